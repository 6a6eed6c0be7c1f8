"""A learner's pages and the college's desk: who may see what, what comes of odd input, and the same plan as the command's."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from typer.testing import CliRunner

from guildhall.accounts.models import RoleKind, User
from guildhall.accounts.services import COMMAND, create_user, grant
from guildhall.assessment.services import import_results
from guildhall.credentials import services as credentials
from guildhall.credit import services as credit
from guildhall.credit.models import Account, Application, ApplicationState, Outcome
from guildhall.credit.selectors import account_of
from guildhall.curriculum.models import PlanEdition
from guildhall.demo import learning
from guildhall.standards.editions.services import import_edition
from tests.world import PASSWORD

if TYPE_CHECKING:
    from django.test import Client

    from tests.world import World

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NANLING = "/en/desk/college/nanling-polytechnic"
PLAN = "/en/learner/plan?college=nanling-polytechnic&programme=460306"


NOBODY_S = "5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b99"


@pytest.fixture
def study(world: World, settings, tmp_path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The demonstration's colleges and learners, all with their certificates, on a day that stands still."""
    settings.LOG_DIR, settings.STATUS_DIR, settings.HOME = tmp_path / "log", tmp_path / "status", tmp_path
    monkeypatch.setattr("guildhall.web.clock.now", lambda: NOW)
    cache.clear()
    import_edition(standard(), actor=COMMAND, now=NOW)
    learning.load(now=NOW)
    for slug, name, data in learning.results():
        issuer = {"national-centre": world.national, "guangdong-centre": world.guangdong}[slug]
        batch = import_results(data, name, issuer=issuer, preview_digest=None, actor=COMMAND, now=NOW)
        credentials.issue(batch, actor=COMMAND, now=NOW)
    credit.deposit_issued(NOW)
    return world


def standard() -> bytes:
    return resources.files("guildhall.standards").joinpath("data/standards/6-31-01-03-2024.json").read_bytes()


def at(name: str) -> Client:
    """Return the browser of somebody who has signed in, whichever password they have."""
    from django.test import Client

    client = Client()
    client.force_login(_user(name))
    return client


def _user(name: str) -> User:
    return User.objects.get(username=name)


def applied(learner: Client) -> Application:
    """Apply for the plan that the page shows, as its form does."""
    page = learner.get(PLAN)
    digest = page.context["digest"]
    sent = {"college": "nanling-polytechnic", "programme": "460306", "digest": digest}
    answer = learner.post("/en/learner/plan/apply", sent)
    assert answer.status_code == 302
    return Application.objects.order_by("-submitted_at").first()


def grants(n: int, **changes: str) -> dict[str, str]:
    return {f"c{place}-answer": "grant" for place in range(n)} | changes


def test_the_page_has_the_plan_of_the_command(study: World, tmp_path) -> None:
    """The record file that a learner takes away, and what the college has published, give the command the same plan."""
    from guildhall.cli.plan import app

    learner = at("yifan")
    files = {
        "record": learner.get("/learner/record.json").content,
        "programme": json.dumps(PlanEdition.objects.get(code="460306").content).encode(),
        "rules": json.dumps(_rules()).encode(),
        "standard": standard(),
    }
    arguments = ["--json", "--on", "2026-11-22"]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        arguments += [f"--{name}", str(tmp_path / name)]
    told = CliRunner().invoke(app, arguments)
    assert told.exit_code == 0, told.output
    shown = learner.get(PLAN).context["shown"].plan
    assert json.loads(told.stdout) == json.loads(json.dumps(shown))
    assert shown["credits"] == "19"


def test_the_file_of_what_was_done_gives_the_commands_the_pages_answers(study: World, tmp_path) -> None:
    from guildhall.cli.eligible import app as eligible
    from guildhall.cli.match import app as match

    learner = at("yifan")
    row = {"jobs-n": "1", "jobs-0-occupation": "电工", "jobs-0-starts_on": "2020-07-01", "jobs-0-ends_on": ""}
    learner.post("/learner/posts/work", row)
    file = tmp_path / "done.json"
    file.write_bytes(learner.get("/learner/done.json").content)
    shipped = resources.files("guildhall.standards").joinpath("data", "eligibility", "cn-2023.json")
    asked = ["--record", str(file), "--rules", str(shipped), "--occupation", "6-31-01-03", "--level", "4"]
    assert CliRunner().invoke(eligible, [*asked, "--on", "2026-11-22"]).exit_code == 0
    best = learner.get("/learner/posts").context["posts"][0]
    post = resources.files("guildhall.demo").joinpath("study", "posts", f"{best.post.code}.json")
    told = CliRunner().invoke(match, ["--record", str(file), "--post", str(post), "--on", "2026-11-22", "--json"])
    verdicts = [line["verdict"] for line in json.loads(told.stdout)["matches"][0]["requires"]]
    assert verdicts == ["missing", "met", "met"]
    assert [line.check for line in best.lines] == ["failed", "passed", "passed"]


def _rules() -> object:
    from guildhall.credit.models import RuleSet

    return RuleSet.objects.get(organisation__slug="nanling-polytechnic").content


def test_both_tracks_are_worth_the_same(study: World) -> None:
    plans = [at(name).get(PLAN).context["shown"] for name in ("yifan", "ruoxi")]
    assert plans[0].plan["credits"] == plans[1].plan["credits"] == "19"
    assert [row.offer for row in plans[0].rows] == [row.offer for row in plans[1].rows]
    reasons = {rule for one in plans[0].outcomes_left for _, rule in one.reasons}
    assert {"general-twelve", "highest-only", "common-it"} <= reasons, "a cap, a level absorbed and a grade"


def test_no_page_calls_an_outcome_by_its_id(study: World) -> None:
    learner = at("yifan")
    for path in ("/learner", "/learner/credits", "/learner/posts"):
        text = learner.get(path).content.decode()
        assert not any(str(key) in text for key in Outcome.objects.values_list("pk", flat=True)), path
    said = [sentence for one in learner.get(PLAN).context["shown"].outcomes_left for sentence, _ in one.reasons]
    assert not any(str(key) in sentence for sentence in said for key in Outcome.objects.values_list("pk", flat=True))


def test_a_what_if_supposes_a_certificate_more_or_a_rule_less(study: World) -> None:
    learner = at("yifan")
    less = learner.get(f"{PLAN}&occupation=&level=&aside=general-twelve").context["supposed"]
    more = learner.get(f"{PLAN}&occupation=6-31-01-03&level=3&aside=").context["supposed"]
    assert (less["gain"], more["more"]) == ("6", True), "mathematics has 6 credits"
    half = learner.get(f"{PLAN}&occupation=6-31-01-03&level=&aside=")
    assert half.status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/learner/plan?college=nanling-polytechnic&programme=..%2F460306",
        "/learner/plan?college=national-centre&programme=460306",
        "/learner/plan?college=%01&programme=%27%3B--",
        "/learner/way?to=0-00-00-00/4",
        "/learner/way?to=%3Cscript%3E",
        "/learner/way",
        f"/learner/applications/{NOBODY_S}",
        f"/learner/transcripts/{NOBODY_S}",
        f"/learner/transcripts/{NOBODY_S}.json",
    ],
)
def test_what_is_not_there_is_not_found(study: World, path: str) -> None:
    assert at("yifan").get(path).status_code == 404


def test_an_unknown_rule_in_a_what_if_is_refused_by_the_form(study: World) -> None:
    answer = at("yifan").get(f"{PLAN}&occupation=&level=&aside=%3Cscript%3E")
    assert answer.status_code == 422
    assert b"<script>" not in answer.content.replace(b"<script src", b"")


def test_who_is_not_signed_in_is_led_to_the_sign_in(study: World) -> None:
    from django.test import Client

    for path in ("/learner", "/learner/credits", "/learner/plan", "/learner/posts", NANLING):
        answer = Client().get(path)
        assert (answer.status_code, "sign-in" in answer["Location"]) == (302, True), path


def test_who_has_no_account_is_led_to_where_one_is_opened_and_a_wrong_code_opens_none(study: World) -> None:
    stranger = at("nobody")
    assert stranger.get("/learner")["Location"] == "/learner/bind"
    answer = stranger.post("/learner/bind", {"code": "guessed", "name": "林一帆"})
    assert answer.status_code == 422
    account = Account.objects.get(user__username="yifan")
    assert not Account.objects.filter(user__username="nobody").exists()
    code = credit.issue_binding_code(account, actor=COMMAND, now=NOW)
    assert stranger.post("/learner/bind", {"code": code, "name": "林一帆"}).status_code == 422, "it is bound already"


def test_a_learner_reaches_nothing_of_another(study: World) -> None:
    own, other = at("yifan"), at("ruoxi")
    application = applied(own)
    assert own.get(f"/learner/applications/{application.pk}").status_code == 200
    assert other.get(f"/learner/applications/{application.pk}").status_code == 404
    for deed in ("withdraw", "appeal"):
        assert other.post(f"/learner/applications/{application.pk}/{deed}", {"grounds": "x"}).status_code == 404
    grant(_user("ruoxi"), application.organisation, RoleKind.COLLEGE_OFFICER, actor=COMMAND, now=NOW)
    assert other.get(f"/learner/applications/{application.pk}").status_code == 404, (
        "an officer's right is not a learner's"
    )
    assert other.get(f"{NANLING}/applications/{application.pk}").status_code == 200
    application.refresh_from_db()
    assert application.state == ApplicationState.SUBMITTED
    assert "林一帆" not in other.get("/learner").content.decode()


def test_only_the_colleges_own_officer_decides(study: World) -> None:
    application = applied(at("yifan"))
    path = f"{NANLING}/applications/{application.pk}"
    for name, status in (("binhai", 403), ("ruoxi", 403), ("yifan", 403), ("nobody", 403), ("li", 403)):
        assert at(name).get(path).status_code == status, name
        assert at(name).post(path, grants(4)).status_code == status, name
    assert at("binhai").get(f"/desk/college/binhai-college/applications/{application.pk}").status_code == 404
    auditor = at("zhou")
    assert auditor.get(f"/desk/college/binhai-college/applications/{application.pk}").status_code == 404, "not theirs"
    assert auditor.get(path).status_code == 200
    assert auditor.post(path, grants(4)).status_code == 403, "who reads does not decide"
    application.refresh_from_db()
    assert application.state == ApplicationState.SUBMITTED


def test_a_refusal_without_rule_or_reason_is_not_taken(study: World) -> None:
    application = applied(at("yifan"))
    officer, path = at("nanling"), f"{NANLING}/applications/{application.pk}"
    for sent in (
        grants(4, **{"c1-answer": "refuse"}),
        grants(4, **{"c1-answer": "refuse", "c1-rules": "training-hours"}),
        grants(4, **{"c1-answer": "refuse", "c1-reason": "because"}),
        grants(4, **{"c1-answer": "refuse", "c1-rules": "no-such-rule", "c1-reason": "because"}),
        grants(3),
        {},
    ):
        assert officer.post(path, sent).status_code == 422, sent
    application.refresh_from_db()
    assert application.state == ApplicationState.SUBMITTED
    sent = grants(4, **{"c1-answer": "refuse", "c1-rules": "training-hours", "c1-reason": "<b>hours</b> not shown"})
    assert officer.post(path, sent).status_code == 302
    application.refresh_from_db()
    assert application.state == ApplicationState.PARTLY
    page = at("yifan").get(f"/learner/applications/{application.pk}").content.decode()
    assert "&lt;b&gt;hours&lt;/b&gt; not shown" in page
    assert "training-hours" in page
    assert "nanling" not in page.replace("nanling-polytechnic", "").replace("nanling-conversion", ""), (
        "no officer's name"
    )
    assert officer.post(path, grants(4)).status_code == 409, "it is decided"


def test_a_plan_that_has_changed_is_not_applied_for(study: World) -> None:
    learner = at("yifan")
    sent = {"college": "nanling-polytechnic", "programme": "460306", "digest": "0" * 64}
    assert learner.post("/learner/plan/apply", sent).status_code == 302
    assert not Application.objects.exists()


def test_the_same_outcome_is_not_claimed_twice(study: World) -> None:
    learner = at("yifan")
    first = learner.get("/learner/plan?college=binhai-college&programme=460305").context["digest"]
    applied(learner)
    sent = {"college": "binhai-college", "programme": "460305", "digest": first}
    answer = learner.post("/en/learner/plan/apply", sent, follow=True)
    assert Application.objects.count() == 1
    assert 'role="status"' in answer.content.decode(), "the page says why"
    left = learner.get("/learner/plan?college=binhai-college&programme=460305").context["shown"]
    claimed = {str(claim.outcome_id) for claim in Application.objects.get().claims.all()}
    assert claimed
    assert not claimed & {one.id for row in left.rows for one in row.outcomes}


def test_a_transcript_is_given_to_its_holder_alone_and_is_annulled_with_the_decision(study: World) -> None:
    learner = at("yifan")
    application = applied(learner)
    officer, path = at("nanling"), f"{NANLING}/applications/{application.pk}"
    assert officer.post(path, grants(4, note="")).status_code == 302
    transcript = application.decisions.get().transcript
    page = learner.get(f"/en/learner/transcripts/{transcript.pk}")
    assert page.context["answer"].verdict == "valid"
    for ending in ("", ".json"):
        assert at("ruoxi").get(f"/learner/transcripts/{transcript.pk}{ending}").status_code == 404
    assert officer.post(f"{path}/annul", {"reason": ""}).status_code == 302
    application.refresh_from_db()
    assert application.state == ApplicationState.ACCEPTED, "an annulment gives its reason"
    officer.post(f"{path}/annul", {"reason": "decided by mistake"})
    assert learner.get(f"/en/learner/transcripts/{transcript.pk}").context["answer"].verdict == "not-valid"


def test_being_listed_is_the_learners_own_wish_and_ends_at_once(study: World) -> None:
    from guildhall.employers.models import Listing

    learner = at("yifan")
    assert learner.get("/learner/posts/listing").status_code == 405
    learner.post("/learner/posts/listing", {"listed": "yes"})
    assert Listing.objects.filter(ends_at=None).count() == 1
    assert "2026-11-22" in learner.get("/learner/posts").content.decode()
    learner.post("/learner/posts/listing", {"listed": "no"})
    assert not Listing.objects.filter(ends_at=None).exists()


def test_work_that_is_told_is_kept_counts_and_can_be_removed(study: World) -> None:
    learner = at("yifan")
    row = {"jobs-n": "1", "jobs-0-occupation": "电工", "jobs-0-starts_on": "2020-07-01", "jobs-0-ends_on": ""}
    assert learner.post("/learner/posts/work", row).status_code == 302
    rows = learner.get("/eligibility?mine=1&occupation=6-31-01-03&level=4").content.decode()
    assert 'value="2020-07-01"' in rows
    assert learner.post("/learner/posts/work", row | {"jobs-0-occupation": "飞行汽车"}).status_code == 422
    assert learner.post("/learner/posts/work", row | {"jobs-0-starts_on": "yesterday"}).status_code == 422
    learner.post("/learner/posts/work", {"jobs-n": "1"})
    assert 'value="2020-07-01"' not in learner.get("/eligibility?mine=1").content.decode()


def test_a_visitor_gets_nothing_filled_in(study: World) -> None:
    from django.test import Client

    page = Client().get("/eligibility?mine=1").content.decode()
    assert not re.search(r'value="20(25-06-20|26-11-16|26-03-28)"', page), "nothing of anybody, bound or not"
    assert account_of(AnonymousUser()) is None


def test_the_way_to_a_post_is_dated_and_proved(study: World) -> None:
    learner = at("yifan")
    best = learner.get("/en/learner/posts").context["posts"][0]
    found = learner.get(f"/en/learner/way?to={best.post.pk}")
    assert found.context["route"].proved
    assert [one["step"].kind for one in found.context["steps"]] == ["licence"], "the law asks for it"
    assert learner.get("/learner/way?to=6-31-01-03/3&by=cheapest").status_code == 200


def test_an_officer_who_lost_the_role_is_out(study: World) -> None:
    user = create_user("former", PASSWORD, actor=COMMAND, now=NOW)
    from guildhall.accounts.models import Organisation

    college = Organisation.objects.get(slug="nanling-polytechnic")
    role = grant(user, college, RoleKind.COLLEGE_OFFICER, actor=COMMAND, now=NOW)
    former = at("former")
    assert former.get(NANLING).status_code == 200
    role.ends_at = NOW
    role.save()
    assert former.get(NANLING).status_code == 403


def test_the_page_of_a_certificate_tells_what_it_converts_into_and_which_posts_ask_for_it(study: World) -> None:
    from django.test import Client

    page = Client().get("/en/encyclopedia/certificates/vqc/6-31-01-03/4").content.decode()
    assert "electrician-control" in page
    assert "Motors and control" in page
    assert "Site electrician" in page
    assert "carer-core" not in page, "another occupation"
    assert "occupation=6-31-01-03&amp;level=4" in page
    below = Client().get("/en/encyclopedia/certificates/pcc/6-31-01-03/5").content.decode()
    assert ("electrician-skills" in below, "electrician-control" in below) == (True, False), "level 4 at least"
    assert "Maintenance electrician" not in below, "level 3 at least"
