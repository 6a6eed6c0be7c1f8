"""Reading awards: constant answers for the public, own awards only for a desk, counts from the register."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guildhall.assessment import award_keys
from guildhall.core.errors import ForbiddenError
from guildhall.credentials import naming, selectors, services
from guildhall.credentials.models import Award, Instance
from tests.apps import river
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def award(office: World) -> Award:
    river.bring_in(office, [river.row(1, 姓名="阿依古丽·买买提"), river.row(2)])
    return Award.objects.select_related("issuer__organisation").order_by("number")[0]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("S000111000001264000001", "阿依古丽·买买提"),
        (" s0001 11 000001 26 4 000001 ", "阿依古丽•买买提"),
        ("Ｓ０００１１１０００００１２６４０００００１", "阿依古丽 · 买买提"),
        ("S000111000001264000001", "  阿依古丽‧买买提"),
    ],
)
def test_number_and_name_are_found_however_they_are_typed(office: World, award: Award, number, name) -> None:
    found = selectors.find(number, name)
    assert found is not None
    assert found.award == award


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("S000111000001264000001", "阿依古丽"),
        ("S000111000001264000001", ""),
        ("S000111000001264000001", "阿依古丽·买买提江"),
        ("S000111000001264000001", "\x00"),
        ("S000111000001264000001", "阿" * 100_000),
        ("S000111000001264999999", "阿依古丽·买买提"),
        ("S000111000001264999999", "无此人"),
        ("", "阿依古丽·买买提"),
        ("0" * 100_000, "x"),
        ("\ud800", "\ud800"),
    ],
)
def test_any_other_pair_is_not_found(office: World, award: Award, number, name) -> None:
    assert selectors.find(number, name) is None


def test_an_unknown_number_and_a_wrong_name_ask_the_same_of_the_database(office: World, award: Award) -> None:
    asked = []
    for number, name in (("S000111000001264999999", "王伟"), (award.number, "王伟")):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert selectors.find(number, name) is None
        asked.append([query["sql"].split(" WHERE ")[0] for query in queries])
    assert asked[0] == asked[1]
    assert len(asked[0]) == 2


def test_the_same_number_in_two_schemes_is_told_apart_by_the_name(office: World) -> None:
    from guildhall.schemes.models import Scheme

    # Two schemes of one layout, as two ministries may have.
    Scheme.objects.filter(code="vqc").update(number_layout="A")
    number = "S000111000001263000009"
    river.bring_in(office, [river.row(1, 级别="3", 证书编号=number)])
    batch = river.bring_in(
        office, [river.row(2, 级别="3", 证书编号=number)], issuer=office.guangdong, actor=office.chen, now=NOW
    )
    assert batch.n_good == 1
    first, second = (selectors.find(number, river.name(n)) for n in (1, 2))
    assert first is not None
    assert second is not None
    assert (first.award.scheme_id, second.award.scheme_id) == ("pcc", "vqc")


def test_a_token_leads_to_its_document_and_only_in_its_one_spelling(office: World, award: Award) -> None:
    instance = Instance.objects.get(award=award)
    token = naming.token_text(bytes(instance.token))
    assert len(token) == 22
    assert selectors.by_token(token) == instance
    for wrong in ("", "x", token + "=", token[:-1], token[:-1] + "_", token.swapcase(), "\ud800" * 22, token + "\n"):
        assert selectors.by_token(wrong) is None or wrong == token


def test_the_token_of_a_replaced_document_still_leads_to_it(office: World, award: Award) -> None:
    old = Instance.objects.get(award=award)
    new = services.reissue(award, reason="lost", actor=office.li, now=NOW)
    assert selectors.by_token(naming.token_text(bytes(old.token))) == old
    assert selectors.by_token(naming.token_text(bytes(new.token))) == new
    assert selectors.current_instance(award) == new


def test_an_awards_key_is_a_name_based_uuid_of_scheme_and_number() -> None:
    import uuid

    for number in ("S000111000001264000001", "某号"):
        expected = uuid.uuid5(award_keys.NAMESPACE, f"pcc:{number}")
        assert award_keys.award_id("pcc", number) == expected
        assert award_keys.award_ids("pcc", [number]) == [expected.hex]


def test_ordered_keys_are_unique_uuids_that_sort_as_they_were_made() -> None:
    import uuid

    keys = naming.ordered_ids(40_000, NOW)
    assert keys == sorted(set(keys))
    assert {uuid.UUID(hex=key).version for key in keys[::1000]} == {7}
    assert {uuid.UUID(hex=key).variant for key in keys[::1000]} == {uuid.RFC_4122}
    assert naming.ordered_ids(1, NOW + timedelta(milliseconds=1))[0] > keys[-1]


def test_a_desk_finds_by_the_beginning_of_number_or_name_and_only_its_own(office: World, award: Award) -> None:
    river.bring_in(office, [river.row(5, 姓名="阿依古丽·买买提", 级别="3")], issuer=office.guangdong, actor=office.chen)
    own = selectors.search(office.national, "阿依", actor=office.li)
    assert [found.number for found in own] == [award.number]
    assert selectors.search(office.national, "s0001 1100", actor=office.li)[0] == award
    assert len(selectors.search(office.national, "", actor=office.li)) == 2
    assert selectors.search(office.national, "%", actor=office.li) == []
    assert selectors.search(office.national, "_", actor=office.li) == []
    assert selectors.search(office.national, "\0\ud800", actor=office.li) == selectors.search(
        office.national, "", actor=office.li
    )
    assert [f.issuer_id for f in selectors.search(office.guangdong, "阿依", actor=office.chen)] == [office.guangdong.pk]
    for person in (office.chen, office.nobody):
        with pytest.raises(ForbiddenError):
            selectors.search(office.national, "阿依", actor=person)
    assert selectors.search(office.national, "阿依", actor=office.zhou) == own


def test_an_award_is_known_by_its_number_inside_its_scheme(office: World, award: Award) -> None:
    assert selectors.award_by_number("pcc", award.number.lower()) == award
    for scheme, number in (("vqc", award.number), ("pcc", "S1"), ("none", award.number)):
        with pytest.raises(selectors.UnknownAwardError):
            selectors.award_by_number(scheme, number)


def test_shares_are_counted_in_the_register(office: World) -> None:
    river.bring_in(office, river.rows(9))
    river.bring_in(office, [river.row(50, 级别="3")], issuer=office.guangdong, actor=office.chen)
    shares = {
        share.scheme.code: (share.n_awards, share.share) for share in selectors.shares_by_scheme(date(2026, 6, 1))
    }
    assert shares == {"pcc": (9, 0.9), "vqc": (1, 0.1)}
    assert all(share.n_awards == 0 for share in selectors.shares_by_scheme(date(2026, 5, 19)))
    services.annul(Award.objects.filter(scheme="pcc")[0], reason="other", actor=office.li, now=NOW)
    services.revoke(Award.objects.filter(scheme="vqc")[0], reason="other", actor=office.chen, now=NOW)
    after = {share.scheme.code: share.n_awards for share in selectors.shares_by_scheme(date(2026, 6, 1))}
    assert after == {"pcc": 8, "vqc": 1}


def test_the_desk_sees_how_far_each_file_has_come(office: World) -> None:
    river.bring_in(office, river.rows(3))
    river.bring_in(office, river.rows(2, 50), issue=False, now=NOW + timedelta(minutes=1))
    seen = selectors.batches_of(office.national, actor=office.li)
    assert [(progress.n_good, progress.n_signed, progress.n_issued) for _, progress in seen] == [(2, 0, 0), (3, 3, 3)]
    with pytest.raises(ForbiddenError):
        selectors.batches_of(office.national, actor=office.chen)


def test_the_health_of_the_log_says_what_is_not_yet_published(office: World) -> None:
    batch = river.bring_in(office, river.rows(3))
    healthy = selectors.health()
    assert healthy.size == healthy.published_size > 3
    assert (healthy.n_unfinished_batches, healthy.checkpoint_at, batch.issued_at) == (0, NOW, NOW)
    waiting = river.bring_in(office, river.rows(2, 50), issue=False)
    services.prepare(waiting, now=NOW)
    services.sign(waiting, now=NOW)
    sick = selectors.health()
    assert (sick.size - sick.published_size, sick.n_unfinished_batches) == (2, 1)
