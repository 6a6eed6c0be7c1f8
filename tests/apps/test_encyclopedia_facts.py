"""The facts of the encyclopedia against a plain walk over the register; what must not be told is not told."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.accreditation import Question, judge
from guildhall.core.lifecycle import State
from guildhall.credentials import deeds, selectors
from guildhall.credentials.models import Award
from guildhall.encyclopedia import facts, fields
from guildhall.encyclopedia.census import SMALLEST, count, published, published_row
from guildhall.encyclopedia.rights import read, rights
from guildhall.encyclopedia.sitting import sitting
from guildhall.issuers import services as issuers
from guildhall.issuers.selectors import filings_of
from guildhall.schemes.selectors import levels
from tests.apps import river
from tests.world import NOW, TODAY

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def town(office: World) -> World:
    """Forty awards of the national centre at three levels over two months, some of them undone in every way."""
    lines = [
        river.row(
            n, 级别="543"[n % 3], 职业="6-31-01-03 电工" if n % 4 else "4-10-01-05", 发证日期=f"2026-0{4 + n % 2}-20"
        )
        for n in range(40)
    ]
    river.bring_in(office, lines)
    awards = list(Award.objects.order_by("number"))
    by = {"actor": office.command, "now": NOW}
    deeds.revoke(awards[0], reason="misconduct", from_on=TODAY - timedelta(days=2), **by)
    deeds.annul(awards[1], reason="issuer-error", **by)
    deeds.suspend(awards[2], reason="investigation", from_on=TODAY - timedelta(days=2), **by)
    deeds.suspend(awards[3], reason="investigation", from_on=TODAY - timedelta(days=5), **by)
    deeds.reinstate(awards[3], reason="cleared", from_on=TODAY - timedelta(days=1), **by)
    deeds.suspend(awards[4], reason="investigation", from_on=TODAY + timedelta(days=5), **by)
    return office


def plain_count(on: date) -> tuple[Counter, Counter, Counter]:
    """Count one award after the other."""
    issued, in_force, months = Counter(), Counter(), Counter()
    for award in Award.objects.all():
        state = selectors.state_on(award, on).state
        key = (award.scheme_id, award.occupation_id, award.level, award.issuer_id)
        if state not in {State.ANNULLED, State.NOT_YET}:
            issued[key] += 1
            months[award.scheme_id, award.occupation_id, award.issued_on.year, award.issued_on.month] += 1
        in_force[key] += state is State.VALID
    return issued, in_force, months


def test_the_census_is_what_a_walk_over_all_awards_finds(town: World):
    for on in (TODAY, TODAY + timedelta(days=10), date(2026, 4, 25), date(2026, 1, 1)):
        check_census(town, on)
    counted = count(TODAY, now=NOW)
    for share in selectors.shares_by_scheme(TODAY):
        assert counted.tally(share.scheme.code).n_issued == share.n_awards


def check_census(town: World, on: date) -> None:
    issued, in_force, months = plain_count(on)
    counted = count(on, now=NOW)
    told = {key: tally for key, tally in counted.tallies.items() if "" not in key and None not in key}
    assert {key: tally.n_issued for key, tally in told.items() if tally.n_issued} == {
        k: n for k, n in issued.items() if n
    }
    assert {key: tally.n_in_force for key, tally in told.items() if tally.n_in_force} == {
        k: n for k, n in in_force.items() if n
    }
    assert counted.tally().n_issued == sum(issued.values())
    assert counted.tally("pcc", town.electrician.pk).n_in_force == sum(
        n for key, n in in_force.items() if key[:2] == ("pcc", town.electrician.pk)
    )
    for (scheme, occupation), by_month in counted.months.items():
        if scheme and occupation:
            assert {m: n for m, n in by_month.items() if n} == {
                key[2:]: n for key, n in months.items() if key[:2] == (scheme, occupation)
            }
    assert sum(counted.provinces.values()) == sum(issued.values())


def test_who_may_award_is_what_the_judgement_says_for_each(world: World):
    listed = (world.national, world.guangdong, world.shanghai)
    occupations = (world.electrician, world.carer, world.cook, world.welder, world.trainer)
    for on in (TODAY, date(2025, 12, 31), date(2026, 2, 1), date(2027, 1, 1), date(2030, 1, 1)):
        known = read(on)
        for scheme in (world.pcc, world.vqc):
            for occupation in occupations:
                for level in levels(scheme):
                    told = {right.slug for right in known.today(scheme.code, occupation.code, level.code)}
                    expected = set()
                    for issuer in listed:
                        region = {"national-centre": "110000", "guangdong-centre": "440100"}.get(
                            issuer.organisation.slug, "310000"
                        )
                        asked = Question(issuer.did, scheme.code, occupation.code, level.code, region, on)
                        if judge(filings_of(issuer), asked).authorised:
                            expected.add(issuer.organisation.slug)
                    assert told == expected, (on, scheme.code, occupation.code, level.code)


def test_what_happens_to_a_filing_is_known_at_once(world: World):
    assert rights(TODAY).today("vqc", "6-31-01-03", "3")
    issuers.withdraw_accreditation(
        world.filings["VQC-44-0001"], from_on=TODAY, reason={"zh": "退出"}, actor=world.command, now=NOW
    )
    assert rights(TODAY).today("vqc", "6-31-01-03", "3") == []


def test_since_counts_back_through_filings_that_touch(world: World):
    def filed(number: str, starts: date, ends: date, region: str = "440000") -> None:
        issuers.accredit(
            world.guangdong, number, scheme=world.vqc, occupations=["4-04-04-05", "4-04-05-05"][1:], levels=["3"],
            regions=[region], starts_on=starts, ends_on=ends, actor=world.command, now=NOW,
        )  # fmt: skip

    filed("A", date(2020, 1, 1), date(2021, 12, 31))
    filed("B", date(2022, 1, 1), date(2023, 12, 31))
    filed("C", date(2024, 1, 2), date(2025, 6, 30))  # a day's gap before
    filed("D", date(2025, 7, 1), date(2027, 12, 31))
    known = read(TODAY)
    (right,) = known.today("vqc", "4-04-05-05", "3")
    assert (right.filing, known.since(right, "4-04-05-05", "3")) == ("D", date(2024, 1, 2))


def test_a_suspension_breaks_since(world: World):
    filing = world.filings["VQC-31-0001"]
    by = {"actor": world.command, "now": NOW}
    issuers.suspend_accreditation(filing, from_on=date(2026, 1, 1), reason={"zh": "检查"}, **by)
    issuers.reinstate_accreditation(filing, from_on=date(2026, 3, 1), reason={"zh": "整改完成"}, **by)
    known = read(TODAY)
    (right,) = known.today("vqc", "4-10-01-05", "3")
    assert known.since(right, "4-10-01-05", "3") == date(2026, 3, 1)


def test_a_wider_right_is_not_carried_by_a_narrower_one(world: World):
    for number, region, starts, ends in (
        ("N", "440100", date(2020, 1, 1), date(2023, 12, 31)),
        ("W", "440000", date(2024, 1, 1), date(2027, 12, 31)),
    ):
        issuers.accredit(
            world.guangdong, number, scheme=world.vqc, occupations=["4-04-05-05"], levels=["3"], regions=[region],
            starts_on=starts, ends_on=ends, actor=world.command, now=NOW,
        )  # fmt: skip
    known = read(TODAY)
    (right,) = known.today("vqc", "4-04-05-05", "3")
    assert known.since(right, "4-04-05-05", "3") == date(2024, 1, 1)


def test_small_counts_are_withheld_and_none_is_told_as_none():
    assert [published(n) for n in (0, 1, SMALLEST - 1, SMALLEST, 1000)] == [0, None, None, SMALLEST, 1000]


@given(st.lists(st.integers(0, 40), max_size=8))
@settings(max_examples=200)
def test_no_sum_gives_a_withheld_count_away(counts: list[int]):
    shown = published_row(counts)
    hidden = [place for place, n in enumerate(shown) if n is None]
    assert all(shown[place] in {None, n} for place, n in enumerate(counts))
    assert all(shown[place] is None for place, n in enumerate(counts) if 0 < n < SMALLEST)
    # One count alone follows from the sum, unless there is no other to withhold.
    if len(hidden) == 1:
        assert all(n == 0 for place, n in enumerate(counts) if place not in hidden)


def test_the_facts_of_a_certificate(town: World):
    found = facts.certificate("pcc", "6-31-01-03", "4", on=TODAY, now=NOW)
    assert found.key == "pcc/6-31-01-03/4"
    assert [(one.right.slug, one.right.filing, one.since) for one in found.awarders] == [
        ("national-centre", "PCC-2025-0001", date(2025, 1, 1))
    ]
    assert [(part.code, part.pass_mark, part.full_mark) for part in found.parts] == [
        ("theory", 60, 100),
        ("skill", 60, 100),
    ]
    assert found.sitting is not None
    assert (found.sitting.edition, found.sitting.own, found.sitting.months) == ("template-2023", False, 36)
    assert [one.scheme.code for one in found.neighbours] == ["vqc"]
    issued, in_force, _ = plain_count(TODAY)
    key = ("pcc", town.electrician.pk, "4", town.national.pk)
    assert (found.tally.n_issued, found.tally.n_in_force) == (issued[key], in_force[key])
    with CaptureQueriesContext(connection) as asked:
        facts.certificate("pcc", "6-31-01-03", "4", on=TODAY, now=NOW)
    assert len(asked) <= 8


@pytest.mark.parametrize(
    ("scheme", "occupation", "level"),
    [
        ("pcc", "6-31-01-03", "apprentice"),
        ("vqc", "4-04-05-05", "3"),
        ("pcc", "9-99-99-99", "3"),
        ("none", "6-31-01-03", "3"),
        ("pcc", "6-31-01-03", "9"),
    ],
)
def test_what_nobody_awards_has_no_facts(world: World, scheme: str, occupation: str, level: str):
    from guildhall.core.errors import NotFoundError

    with pytest.raises(NotFoundError):
        facts.certificate(scheme, occupation, level, on=TODAY, now=NOW)


def test_a_right_that_ended_leaves_the_page_and_says_so(world: World):
    found = facts.certificate("vqc", "6-18-02-04", "3", on=TODAY, now=NOW)
    assert found.awarders == ()
    assert found.n_former_filings == 2  # one suspended, one that has not begun


def test_a_field_lists_its_occupations_and_where_one_may_award(world: World):
    listed = {one.code: (one.n_occupations, one.n_awarded) for one in fields.fields(TODAY)}
    assert listed["6"] == (2, 2)
    assert listed["4"] == (3, 3)
    assert listed["1"] == (0, 0)
    found = fields.field("6", on=TODAY, now=NOW)
    rows = {row.code: row.schemes for row in fields.awarded_rows(found.groups)}
    assert set(rows) == {"6-31-01-03", "6-18-02-04"}
    assert set(rows["6-31-01-03"]) == {"pcc", "vqc"}
    assert set(rows["6-18-02-04"]) == {"pcc"}  # the other filing is suspended
    with pytest.raises(fields.UnknownFieldError):
        fields.field("9", on=TODAY, now=NOW)


def test_the_rules_of_the_day_say_who_may_sit(world: World):
    assert sitting("6-31-01-03", "4", date(2022, 6, 1)).edition == "template-2018"
    assert sitting("6-31-01-03", "4", date(2023, 6, 1)).edition == "template-2023"
    assert sitting("6-31-01-03", "4", date(2010, 6, 1)) is None
    assert sitting("6-31-01-03", "9", TODAY) is None


def test_counts_are_the_same_whatever_the_order_of_the_deeds(office: World):
    river.bring_in(office, river.rows(12))
    awards = list(Award.objects.all())
    Random(7).shuffle(awards)
    by = {"actor": office.command, "now": NOW}
    for award in awards[:4]:
        deeds.annul(award, reason="issuer-error", **by)
    counted = count(TODAY, now=NOW)
    assert (counted.tally().n_issued, counted.tally().n_in_force) == (8, 8)
    assert counted.tally("pcc").first_on == date(2026, 5, 20)


def test_what_a_certificate_converts_into_is_read_from_the_rules_in_force(world: World):
    from guildhall.demo import learning
    from guildhall.encyclopedia.conversions import conversions

    college = next(one for one in learning.COLLEGES if one.slug == learning.NANLING)
    learning._college(college, NOW)
    after = date(2026, 7, 1)
    assert conversions("pcc", "6-31-01-03", "4", on=date(2026, 6, 14)) == []  # the rules hold from 15 June
    found = {one.rule.split(" · ")[1]: one for one in conversions("pcc", "6-31-01-03", "4", on=after)}
    assert set(found) == {"electrician-skills", "electrician-control"}
    assert found["electrician-control"].credits == 8
    assert len(found["electrician-control"].courses) == 3
    assert all(course["zh"] != "A104" for course in found["electrician-control"].courses)
    assert {one.rule.split(" · ")[1] for one in conversions("vqc", "6-31-01-03", "5", on=after)} == {
        "electrician-skills"
    }
    assert conversions("pcc", "4-03-02-01", "3", on=after) == []
