"""Employers in the register: posts, statements of recognition, and people who let themselves be found."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from typer.testing import CliRunner

from guildhall.accounts.models import AuditEntry, Organisation, OrganisationKind, RoleKind
from guildhall.accounts.services import COMMAND, Actor, actor_of, create_user, grant, register_organisation
from guildhall.cli import app
from guildhall.core.errors import Error
from guildhall.credit.models import Account
from guildhall.employers import selectors, services
from guildhall.employers.models import Listing, Post, Recognition, ToldWork
from guildhall.standards.selectors import occupation_by_code
from tests.apps import bank
from tests.world import NOW, PASSWORD, World

TODAY = NOW.date()
WORKED: dict[str, Any] = {
    "id": "worked",
    "text": {"zh": "从业满 1 年", "en": "One year of work"},
    "kind": "work",
    "occupation": "6-31-01-03",
    "months": 12,
}
CERTIFICATE: dict[str, Any] = {
    "id": "certificate",
    "text": {"zh": "电工四级", "en": "Electrician, level 4"},
    "kind": "certificate",
    "occupation": "6-31-01-03",
    "level": "4",
    "schemes": ["pcc"],
}
POST: dict[str, Any] = {
    "format": "guildhall-post/1",
    "id": "electrician",
    "edition": "1",
    "employer": "north-yard",
    "name": {"zh": "电工", "en": "Electrician"},
    "occupation": "6-31-01-03",
    "requires": {"id": "all", "all": [WORKED]},
}


def employer(slug: str = "north-yard") -> Organisation:
    return register_organisation(
        slug, kind=OrganisationKind.EMPLOYER, name={"zh": "北方船厂"}, region="110000", actor=COMMAND, now=NOW
    )


def officer(of: Organisation, name: str = "liu") -> Actor:
    user = create_user(name, PASSWORD, actor=COMMAND, now=NOW)
    grant(user, of, RoleKind.EMPLOYER_OFFICER, actor=COMMAND, now=NOW)
    return actor_of(user, NOW)


@pytest.fixture
def yard(world: World) -> Organisation:
    return employer()


@pytest.fixture
def hirer(yard: Organisation) -> Actor:
    return officer(yard)


def entered(yard: Organisation, actor: Actor, **changes: Any) -> Post:
    return services.enter_post(json.dumps(POST | changes).encode(), yard, actor=actor, now=NOW)


def published(yard: Organisation, actor: Actor, **changes: Any) -> Post:
    return services.publish_post(entered(yard, actor, **changes), actor=actor, now=NOW)


def refusal(call: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Error) as caught:
        call(*args, **more)
    return caught.value.code


@pytest.fixture
def learner(world: World) -> tuple[Account, Actor]:
    """A person with one course in the bank, who signs in."""
    college = bank.college()
    outcome = bank.course(college, bank.officer(college))
    user = create_user("learner-wang", PASSWORD, actor=COMMAND, now=NOW)
    Account.objects.filter(pk=outcome.account_id).update(user=user)
    return Account.objects.get(pk=outcome.account_id), actor_of(user, NOW)


# ── posts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_may_be_replaced_and_a_published_post_may_not(yard: Organisation, hirer: Actor) -> None:
    first, n_rows = entered(yard, hirer), AuditEntry.objects.count()
    assert entered(yard, hirer) == first
    assert AuditEntry.objects.count() == n_rows
    second = entered(yard, hirer, name={"zh": "维修电工"})
    assert (second.pk, second.name) == (first.pk, {"zh": "维修电工"})
    services.publish_post(second, actor=hirer, now=NOW)
    assert refusal(entered, yard, hirer) == "post_published"


def test_the_database_keeps_a_published_post_and_lets_it_be_closed(yard: Organisation, hirer: Actor) -> None:
    post = published(yard, hirer)
    for change in ({"name": {"zh": "假"}}, {"content": {}}, {"state": "draft"}, {"closes_on": TODAY}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Post.objects.filter(pk=post.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Post.objects.filter(pk=post.pk).delete()
    closed = services.close_post(post, actor=hirer, now=NOW)
    assert closed.closed_at == NOW
    assert services.close_post(post, actor=hirer, now=NOW + timedelta(days=1)).closed_at == NOW
    assert list(selectors.open_posts(TODAY)) == []


def test_a_draft_is_neither_open_nor_closed(yard: Organisation, hirer: Actor) -> None:
    draft = entered(yard, hirer)
    assert list(selectors.open_posts(TODAY)) == []
    assert refusal(services.close_post, draft, actor=hirer, now=NOW) == "post_not_published"
    assert refusal(selectors.post, draft.pk) == "unknown_post"


@pytest.mark.parametrize(
    ("opens", "closes", "is_open"),
    [(0, 0, True), (1, None, False), (None, -1, False), (None, None, True), (-5, 5, True)],
)
def test_a_post_is_open_from_its_first_to_its_last_day(
    yard: Organisation, hirer: Actor, opens: int | None, closes: int | None, is_open: bool
) -> None:
    days = {
        name: None if n is None else (TODAY + timedelta(days=n)).isoformat()
        for name, n in (("opens_on", opens), ("closes_on", closes))
    }
    post = published(yard, hirer, **days)
    assert list(selectors.open_posts(TODAY)) == ([post] if is_open else [])


def test_only_the_employer_enters_its_posts(yard: Organisation, hirer: Actor, world: World) -> None:
    other = officer(employer("south-yard"), "sun")
    assert refusal(entered, yard, other) == "forbidden"
    post = published(yard, hirer)
    assert refusal(services.close_post, post, actor=other, now=NOW) == "forbidden"
    assert refusal(selectors.listed_people, post, actor=other, now=NOW) == "forbidden"
    assert refusal(entered, yard, hirer, employer="south-yard") == "foreign_post"
    assert refusal(entered, bank.college(), COMMAND) == "no_employer"


def test_a_post_that_asks_who_somebody_is_never_enters(yard: Organisation, hirer: Actor) -> None:
    young = WORKED | {"text": {"zh": "35 岁以下"}}
    assert refusal(entered, yard, hirer, requires=young) == "forbidden_requirement"
    assert not Post.objects.exists()


def test_posts_are_found_by_the_certificate_that_they_ask_for(yard: Organisation, hirer: Actor) -> None:
    post = published(yard, hirer, requires=CERTIFICATE | {"related": [{"occupation": "6-31-01-07", "penalty": 20}]})

    def found(occupation: str, **more: str) -> list[Post]:
        return selectors.posts_asking_for(occupation, on=TODAY, **more)

    assert found("6-31-01-03") == found("6-31-01-03", level="4") == found("6-31-01-03", level="3") == [post]
    assert found("6-31-01-03", scheme="pcc") == found("6-31-01-07") == [post]
    assert found("6-31-01-03", level="5") == found("6-31-01-03", scheme="vqc") == found("4-10-01-05") == []


def test_the_posts_that_ship_load_by_command(yard: Organisation, tmp_path: Any) -> None:
    employer("shenjiang-shipyard")
    folder = resources.files("guildhall.demo").joinpath("study/posts")
    file = tmp_path / "post.json"
    file.write_bytes(folder.joinpath("repair-electrician.json").read_bytes())
    for _ in range(2):
        run = ["import", "post", str(file), "--employer", "shenjiang-shipyard", "--publish", "--json"]
        answer = CliRunner().invoke(app, run)
        assert answer.exit_code == 0, answer.output
        assert json.loads(answer.stdout)["state"] == "published"
    assert [one.code for one in selectors.open_posts(date(2026, 11, 22))] == ["repair-electrician"]


# ── records held against posts ───────────────────────────────────────────────────────────────────────────────────────


def test_the_record_holds_what_is_banked_and_what_was_told(learner: tuple[Account, Actor]) -> None:
    account, own = learner
    told = [{"occupation": "6-31-01-03", "starts_on": "2020-01-01", "ends_on": None}]
    services.tell_work(account, told, actor=own, now=NOW)
    record = selectors.record_of(account, NOW)
    assert [one.code for one in record.outcomes] == ["EL101"]
    assert [one.starts_on for one in record.jobs] == [date(2020, 1, 1)]
    services.tell_work(account, [], actor=own, now=NOW)
    assert not ToldWork.objects.exists()
    assert selectors.record_of(account, NOW).jobs == ()
    assert refusal(services.tell_work, account, [{"occupation": "x"}], actor=own, now=NOW) == "invalid_record"


def test_nobody_is_listed_without_wanting_it_and_at_once_no_longer(
    yard: Organisation, hirer: Actor, learner: tuple[Account, Actor]
) -> None:
    account, own = learner
    services.tell_work(account, [{"occupation": "6-31-01-03", "starts_on": "2020-01-01"}], actor=own, now=NOW)
    post = published(yard, hirer)
    assert selectors.listed_people(post, actor=hirer, now=NOW) == []
    listing = services.opt_in(account, actor=own, now=NOW)
    assert services.opt_in(account, actor=own, now=NOW) == listing
    [found] = selectors.listed_people(post, actor=hirer, now=NOW)
    assert (found.reference, found.verdicts) == (listing.pk, (("worked", "met"),))
    assert account.holder_name not in repr(found)
    assert selectors.n_who_fit(post, now=NOW) is None
    services.opt_out(account, actor=own, now=NOW)
    services.opt_out(account, actor=own, now=NOW)
    assert selectors.listed_people(post, actor=hirer, now=NOW) == []
    assert not selectors.is_listed(account)
    assert services.opt_in(account, actor=own, now=NOW).pk != listing.pk
    assert Listing.objects.count() == 2


def test_who_does_not_fit_is_not_listed(yard: Organisation, hirer: Actor, learner: tuple[Account, Actor]) -> None:
    account, own = learner
    services.opt_in(account, actor=own, now=NOW)
    assert selectors.listed_people(published(yard, hirer), actor=hirer, now=NOW) == []


def test_a_closed_post_lists_nobody(yard: Organisation, hirer: Actor) -> None:
    post = services.close_post(published(yard, hirer), actor=hirer, now=NOW)
    assert refusal(selectors.listed_people, post, actor=hirer, now=NOW) == "unknown_post"


def test_only_the_learner_opts_in_and_out(learner: tuple[Account, Actor], hirer: Actor) -> None:
    account, _ = learner
    for deed in (services.opt_in, services.opt_out):
        assert refusal(deed, account, actor=hirer, now=NOW) == "forbidden"
    assert refusal(services.tell_work, account, [], actor=hirer, now=NOW) == "forbidden"


def test_the_trail_names_no_person(learner: tuple[Account, Actor]) -> None:
    account, own = learner
    services.opt_in(account, actor=own, now=NOW)
    entry = AuditEntry.objects.get(deed="opt-in")
    assert account.holder_name not in f"{entry.subject}{entry.params}"


def test_posts_are_ranked_for_a_record(yard: Organisation, hirer: Actor, learner: tuple[Account, Actor]) -> None:
    account, own = learner
    services.tell_work(account, [{"occupation": "6-31-01-03", "starts_on": "2020-01-01"}], actor=own, now=NOW)
    published(yard, hirer, id="a", requires=CERTIFICATE)
    published(yard, hirer, id="b")
    ranked = selectors.ranked_posts(selectors.record_of(account, NOW), TODAY)
    assert [(row.code, match.fits) for row, match in ranked] == [("b", True), ("a", False)]


# ── recognition ──────────────────────────────────────────────────────────────────────────────────────────────────────


def stated(of: Organisation, actor: Actor, **more: Any) -> Recognition:
    facts: dict[str, Any] = {"benefit": {"zh": "津贴每月 500 元"}, "starts_on": TODAY} | more
    return services.state_recognition(of, occupation_by_code("6-31-01-03"), actor=actor, now=NOW, **facts)


def test_recognition_is_counted_by_employer_and_small_counts_are_hidden(world: World) -> None:
    electrician = occupation_by_code("6-31-01-03")
    assert selectors.n_recognising(electrician, TODAY) == 0
    for n in range(4):
        yard = employer(f"yard-{n}")
        stated(yard, officer(yard, f"officer-{n}"), level="3")
    assert selectors.n_recognising(electrician, TODAY, level="3") is None
    fifth = employer("yard-5")
    by = officer(fifth, "officer-5")
    stated(fifth, by)
    stated(fifth, by, level="3")
    assert selectors.n_recognising(electrician, TODAY, level="3") == 5
    assert selectors.n_recognising(electrician, TODAY, level="4") is None
    assert selectors.n_recognising(electrician, TODAY - timedelta(days=1)) == 0


def test_a_statement_stays_as_it_is_and_can_be_withdrawn(yard: Organisation, hirer: Actor) -> None:
    one = stated(yard, hirer, ends_on=TODAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Recognition.objects.filter(pk=one.pk).update(benefit={"zh": "无"})
    with pytest.raises(DatabaseError), transaction.atomic():
        Recognition.objects.filter(pk=one.pk).delete()
    electrician = occupation_by_code("6-31-01-03")
    assert list(selectors.recognitions(electrician, TODAY)) == [one]
    assert list(selectors.recognitions(electrician, TODAY + timedelta(days=1))) == []
    services.withdraw_recognition(one, actor=hirer, now=NOW)
    assert list(selectors.recognitions(electrician, TODAY)) == []
    assert refusal(services.withdraw_recognition, one, actor=hirer, now=NOW) == "recognition_withdrawn"


@pytest.mark.parametrize(
    "wrong", [{"benefit": {}}, {"level": "9"}, {"ends_on": TODAY - timedelta(days=1)}, {"benefit": {"zh": ""}}]
)
def test_a_statement_that_cannot_stand_is_refused(yard: Organisation, hirer: Actor, wrong: dict[str, Any]) -> None:
    assert refusal(stated, yard, hirer, **wrong) == "invalid_recognition"
