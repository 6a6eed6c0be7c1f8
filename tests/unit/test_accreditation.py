"""May they, here, on that day? Held against a plain reading of the rules, and against every day of a small world."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.accreditation import Answer, Filing, Question, Standing, Suspension, covers_region, judge

NATIONAL = Filing(
    filing="PCC-1",
    issuer="did:web:national",
    scheme="pcc",
    occupations=frozenset({"6-31-01-03", "4-10-01-05"}),
    levels=frozenset({"5", "4", "3"}),
    regions=frozenset({"000000"}),
    starts_on=date(2025, 1, 1),
    ends_on=date(2027, 12, 31),
)
GUANGDONG = replace(
    NATIONAL,
    filing="VQC-44",
    issuer="did:web:guangdong",
    scheme="vqc",
    regions=frozenset({"440000"}),
    sites=frozenset({"01"}),
)
ASKED = Question(
    issuer="did:web:national", scheme="pcc", occupation="6-31-01-03", level="3", region="310115", on=date(2026, 6, 1)
)


def test_an_issuer_within_its_filing_is_authorised_and_the_filing_is_named() -> None:
    assert judge([GUANGDONG, NATIONAL], ASKED) == Answer(Standing.AUTHORISED, "PCC-1")
    assert judge([NATIONAL], ASKED).authorised


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ({"issuer": "did:web:nobody"}, Standing.UNKNOWN_ISSUER),
        ({"scheme": "vqc"}, Standing.UNKNOWN_ISSUER),
        ({"on": date(2024, 12, 31)}, Standing.NOT_YET),
        ({"on": date(2028, 1, 1)}, Standing.EXPIRED),
        ({"occupation": "6-18-02-04"}, Standing.WRONG_OCCUPATION),
        ({"level": "2"}, Standing.WRONG_LEVEL),
    ],
)
def test_each_way_to_be_outside_has_its_own_answer(change: dict[str, object], standing: Standing) -> None:
    answer = judge([NATIONAL, GUANGDONG], replace(ASKED, **change))
    assert answer.standing is standing
    assert not answer.authorised
    assert answer.filing == ("" if standing is Standing.UNKNOWN_ISSUER else "PCC-1")


def test_the_first_and_the_last_day_count() -> None:
    for on in (NATIONAL.starts_on, NATIONAL.ends_on):
        assert on is not None
        assert judge([NATIONAL], replace(ASKED, on=on)).authorised


def test_a_filing_without_an_end_does_not_expire() -> None:
    assert judge([replace(NATIONAL, ends_on=None)], replace(ASKED, on=date(2999, 1, 1))).authorised


def test_a_regional_issuer_is_refused_in_the_next_province() -> None:
    asked = replace(ASKED, issuer="did:web:guangdong", scheme="vqc", site="01")
    assert judge([GUANGDONG], replace(asked, region="440305")).authorised
    assert judge([GUANGDONG], replace(asked, region="450000")).standing is Standing.WRONG_REGION


def test_a_filing_for_one_site_does_not_cover_another() -> None:
    asked = replace(ASKED, issuer="did:web:guangdong", scheme="vqc", region="440000")
    assert judge([GUANGDONG], replace(asked, site="01")).authorised
    for site in ("02", ""):
        assert judge([GUANGDONG], replace(asked, site=site)).standing is Standing.WRONG_REGION


def test_a_suspension_holds_from_its_first_to_its_last_day() -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    held = replace(NATIONAL, suspensions=(Suspension(first, last),))
    for on, standing in [
        (first - timedelta(days=1), Standing.AUTHORISED),
        (first, Standing.SUSPENDED),
        (last, Standing.SUSPENDED),
        (last + timedelta(days=1), Standing.AUTHORISED),
    ]:
        assert judge([held], replace(ASKED, on=on)).standing is standing


def test_a_suspension_until_further_notice_does_not_end() -> None:
    held = replace(NATIONAL, suspensions=(Suspension(date(2026, 3, 1)),))
    assert judge([held], replace(ASKED, on=date(2027, 12, 31))).standing is Standing.SUSPENDED


def test_later_loss_of_the_right_does_not_touch_earlier_days() -> None:
    lost = replace(NATIONAL, ends_on=date(2026, 7, 1), suspensions=(Suspension(date(2026, 6, 15)),))
    assert judge([lost], ASKED).authorised
    assert not judge([lost], replace(ASKED, on=date(2026, 6, 15))).authorised


def test_a_renewed_right_decides_although_the_old_filing_has_run_out() -> None:
    old = replace(NATIONAL, filing="PCC-0", starts_on=date(2020, 1, 1), ends_on=date(2024, 12, 31))
    assert judge([old, NATIONAL], ASKED) == Answer(Standing.AUTHORISED, "PCC-1")
    assert judge([NATIONAL, old], replace(ASKED, on=date(2024, 6, 1))) == Answer(Standing.AUTHORISED, "PCC-0")


def test_a_refusal_names_the_filing_that_comes_nearest() -> None:
    other = replace(NATIONAL, filing="PCC-2", levels=frozenset({"2"}), ends_on=date(2026, 1, 31))
    answer = judge([NATIONAL, other], replace(ASKED, level="2"))
    assert (answer.standing, answer.filing) == (Standing.EXPIRED, "PCC-2")


def test_of_two_filings_alike_the_same_is_named_whatever_their_order() -> None:
    twin = replace(NATIONAL, filing="PCC-2")
    for asked in (ASKED, replace(ASKED, level="2")):
        assert judge([NATIONAL, twin], asked).filing == judge([twin, NATIONAL], asked).filing


@pytest.mark.parametrize(
    ("region", "covered"),
    [
        ("000000", {"440000", "440300", "440305", "110000", "000000"}),
        ("440000", {"440000", "440300", "440305"}),
        ("440300", {"440300", "440305"}),
        ("440305", {"440305"}),
    ],
)
def test_trailing_pairs_of_zeros_cover_everything_below(region: str, covered: set[str]) -> None:
    everything = {"440000", "440300", "440305", "440306", "440400", "110000", "000000"} - {"440306", "440400"}
    assert {r for r in everything if covers_region([region], r)} == covered


@pytest.mark.parametrize("region", ["", "00", "44", "4403", "4403050", "０１２３４５", "44000x"])
def test_a_region_that_is_not_six_digits_covers_nothing(region: str) -> None:
    assert not covers_region([region], "440305")
    assert not covers_region(["440305", "000000"], region)


# --- Brute force: the rules once more, as a person would check them on paper -----------------------------------------

OCCUPATIONS, LEVELS, SITES = ["6-31-01-03", "4-10-01-05"], ["5", "3"], ["01", "02"]
PARENTS = {"000000": None, "440000": "000000", "440300": "440000", "440305": "440300", "450000": "000000"}
DAY_0 = date(2026, 1, 1)
DAYS = [DAY_0 + timedelta(days=n) for n in range(12)]


def subsets(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


spans = st.tuples(st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS))
filings = st.builds(
    Filing,
    filing=st.sampled_from([f"F-{n}" for n in range(40)]),
    issuer=st.sampled_from(["a", "b"]),
    scheme=st.sampled_from(["pcc", "vqc"]),
    occupations=subsets(OCCUPATIONS),
    levels=subsets(LEVELS),
    regions=subsets(list(PARENTS)),
    starts_on=st.sampled_from(DAYS),
    ends_on=st.none() | st.sampled_from(DAYS),
    sites=subsets(SITES),
    suspensions=st.lists(spans.map(lambda span: Suspension(*span)), max_size=2).map(tuple),
)
questions = st.builds(
    Question,
    issuer=st.sampled_from(["a", "b", "c"]),
    scheme=st.sampled_from(["pcc", "vqc"]),
    occupation=st.sampled_from(OCCUPATIONS),
    level=st.sampled_from(LEVELS),
    region=st.sampled_from(list(PARENTS)),
    on=st.sampled_from(DAYS),
    site=st.sampled_from(["", *SITES]),
)


def region_on_paper(outer: frozenset[str], region: str | None) -> bool:
    """Climb from the region upwards and see whether a filed one is met."""
    while region is not None:
        if region in outer:
            return True
        region = PARENTS[region]
    return False


def on_paper(filing: Filing, asked: Question) -> list[tuple[bool, Standing]]:
    """The conditions in the order in which an officer asks them."""
    held = any(asked.on in _days_of(s.from_on, s.until_on) for s in filing.suspensions)
    return [
        (asked.occupation in filing.occupations, Standing.WRONG_OCCUPATION),
        (asked.level in filing.levels, Standing.WRONG_LEVEL),
        (
            region_on_paper(filing.regions, asked.region) and (not filing.sites or asked.site in filing.sites),
            Standing.WRONG_REGION,
        ),
        (asked.on >= filing.starts_on, Standing.NOT_YET),
        (asked.on in _days_of(date.min, filing.ends_on), Standing.EXPIRED),
        (not held, Standing.SUSPENDED),
    ]


def _days_of(first: date, last: date | None) -> set[date]:
    return {day for day in DAYS if day >= first and (last is None or not day > last)}


@settings(max_examples=300)
@given(st.lists(filings, max_size=6), questions)
def test_the_answer_is_what_one_would_find_on_paper(known: list[Filing], asked: Question) -> None:
    own = [f for f in known if (f.issuer, f.scheme) == (asked.issuer, asked.scheme)]
    answer = judge(known, asked)
    if not own:
        assert answer == Answer(Standing.UNKNOWN_ISSUER, "")
        return
    entitled = {f.filing for f in own if all(held for held, _ in on_paper(f, asked))}
    assert answer.authorised == bool(entitled)
    if entitled:
        assert answer.filing in entitled
        return
    # A refusal gives the first condition that fails, for one of the issuer's own filings, and no filing gets further.
    refusals = {}
    for f in own:
        conditions = on_paper(f, asked)
        step = next(i for i, (held, _) in enumerate(conditions) if not held)
        refusals.setdefault((f.filing, conditions[step][1]), []).append(step)
    assert (answer.filing, answer.standing) in refusals
    # NOT_YET and EXPIRED are one step: the dates.
    reached = max(min(step, 3) if step < 5 else 4 for steps in refusals.values() for step in steps)
    mine = max(refusals[answer.filing, answer.standing])
    assert (min(mine, 3) if mine < 5 else 4) == reached


@given(st.lists(filings, max_size=6), questions, st.randoms(use_true_random=False))
def test_the_order_of_the_filings_does_not_matter(known: list[Filing], asked: Question, shuffle: object) -> None:
    known = list({f.filing: f for f in known}.values())
    turned = list(known)
    shuffle.shuffle(turned)  # type: ignore[attr-defined]
    assert judge(known, asked) == judge(turned, asked)


@given(st.lists(filings, max_size=5), filings, questions)
def test_one_more_filing_never_takes_a_right_away(known: list[Filing], more: Filing, asked: Question) -> None:
    if judge(known, asked).authorised:
        assert judge([*known, more], asked).authorised


@given(st.lists(filings, max_size=5), questions)
def test_what_others_have_filed_changes_nothing(known: list[Filing], asked: Question) -> None:
    own = [f for f in known if f.issuer == asked.issuer and f.scheme == asked.scheme]
    assert judge(known, asked) == judge(own, asked)
