"""Files of issuers and filings."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.accounts.models import AuditEntry
from guildhall.core.accreditation import Standing
from guildhall.core.errors import Error, ForbiddenError
from guildhall.issuers import loading, selectors
from guildhall.issuers.models import Accreditation, Issuer
from guildhall.issuers.reading import read_filings, read_issuers
from tests.world import NOW, TODAY, World

ISSUER: dict[str, Any] = {
    "slug": "hebei-centre",
    "name": {"zh": "河北中心", "en": "Hebei Centre"},
    "region": "130000",
    "number_parts": {"C": {"authority": "13", "city": "00", "body_type": "1", "body": "001"}},
    "sites": [{"code": "01", "name": {"zh": "石家庄考点"}, "region": "130100"}],
}
FILING: dict[str, Any] = {
    "filing": "VQC-13-0001",
    "issuer": "hebei-centre",
    "scheme": "vqc",
    "occupations": ["6-31-01-03"],
    "levels": ["5", "4"],
    "regions": ["130000"],
    "starts_on": "2026-01-01",
    "ends_on": "2028-12-31",
}
EVENT = {"deed": "suspend", "from_on": "2026-02-01", "reason": {"zh": "整改"}}


def issuers_file(**change: Any) -> bytes:
    return json.dumps({"issuers": [ISSUER | change]}).encode()


def filings_file(**change: Any) -> bytes:
    return json.dumps({"filings": [FILING | change]}).encode()


@pytest.fixture
def hebei(world: World) -> World:
    loading.load_issuers(issuers_file(), actor=world.command, now=NOW)
    return world


def standing(on: Any = TODAY) -> Standing:
    return selectors.accreditation("hebei-centre", "01", "vqc", "6-31-01-03", "4", "130100", on).standing


def test_issuers_and_filings_come_in_and_the_issuer_may_award(hebei: World) -> None:
    assert standing() is Standing.UNKNOWN_ISSUER
    loaded = loading.load_filings(filings_file(), actor=hebei.command, now=NOW)
    assert (loaded.n_rows, loaded.n_new) == (1, 1)
    assert standing() is Standing.AUTHORISED


def test_the_same_files_again_change_nothing(hebei: World) -> None:
    loading.load_filings(filings_file(events=[EVENT]), actor=hebei.command, now=NOW)
    before = AuditEntry.objects.count()
    assert loading.load_issuers(issuers_file(), actor=hebei.command, now=NOW).n_new == 0
    assert loading.load_filings(filings_file(events=[EVENT]), actor=hebei.command, now=NOW).n_new == 0
    assert AuditEntry.objects.count() == before


def test_one_file_may_hold_issuers_and_filings(world: World) -> None:
    both = json.dumps({"issuers": [ISSUER], "filings": [FILING]}).encode()
    loading.load_issuers(both, actor=world.command, now=NOW)
    loading.load_filings(both, actor=world.command, now=NOW)
    assert standing() is Standing.AUTHORISED


def test_what_happened_to_a_filing_comes_in_with_it_and_later_too(hebei: World) -> None:
    loading.load_filings(filings_file(events=[EVENT]), actor=hebei.command, now=NOW)
    assert standing() is Standing.SUSPENDED
    given_back = {"deed": "reinstate", "from_on": "2026-05-01", "reason": {"zh": "整改完成"}}
    loaded = loading.load_filings(filings_file(events=[EVENT, given_back]), actor=hebei.command, now=NOW)
    assert loaded.n_new == 1
    assert standing() is Standing.AUTHORISED


def test_an_officer_loads_no_decisions_for_days_gone_by(hebei: World) -> None:
    with pytest.raises(Error) as refused:
        loading.load_filings(filings_file(events=[EVENT]), actor=hebei.wang, now=NOW)
    assert refused.value.code == "backdated"
    assert not Accreditation.objects.filter(filing="VQC-13-0001").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"levels": ["5"]},
        {"occupations": ["6-18-02-04"]},
        {"regions": ["130100"]},
        {"ends_on": "2029-12-31"},
        {"scheme": "pcc"},
        {"issuer": "national-centre"},
        {"site": "01"},
    ],
)
def test_a_filing_does_not_change_its_scope(hebei: World, change: dict[str, Any]) -> None:
    loading.load_filings(filings_file(), actor=hebei.command, now=NOW)
    with pytest.raises(Error) as refused:
        loading.load_filings(filings_file(**change), actor=hebei.command, now=NOW)
    assert refused.value.code == "filing_changed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"issuer": "nowhere"}, "unknown_issuer"),
        ({"scheme": "xyz"}, "unknown_scheme"),
        ({"site": "99"}, "unknown_site"),
        ({"occupations": ["6-31-01-99"]}, "unknown_occupation"),
        ({"levels": ["chief"]}, "level_not_awarded"),
        ({"ends_on": "2025-12-31"}, "dates_out_of_order"),
    ],
)
def test_what_the_register_does_not_know_is_refused_and_nothing_is_written(
    hebei: World, change: dict[str, Any], code: str
) -> None:
    two = json.dumps({"filings": [FILING, FILING | {"filing": "VQC-13-0002"} | change]}).encode()
    with pytest.raises(Error) as refused:
        loading.load_filings(two, actor=hebei.command, now=NOW)
    assert refused.value.code == code
    assert not Accreditation.objects.filter(filing__startswith="VQC-13").exists()


def test_only_the_authority_loads_files(hebei: World) -> None:
    for actor in (hebei.li, hebei.zhou, hebei.nobody):
        with pytest.raises(ForbiddenError):
            loading.load_issuers(issuers_file(slug="another"), actor=actor, now=NOW)
        with pytest.raises(ForbiddenError):
            loading.load_filings(filings_file(), actor=actor, now=NOW)
    assert not Issuer.objects.filter(organisation__slug="another").exists()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"slug": "Hebei"}, "issuers[0].slug"),
        ({"region": "13"}, "issuers[0].region"),
        ({"credit_code": "1210000000000019I"}, "issuers[0].credit_code"),
        ({"number_parts": {"C": {"body": "no spaces"}}}, "issuers[0].number_parts.C.body"),
        ({"sites": [ISSUER["sites"][0], ISSUER["sites"][0]]}, "issuers[0].sites"),
        ({"sites": [{"code": "01"}]}, "issuers[0].sites[0].name"),
        ({"surprise": 1}, "issuers[0]"),
    ],
)
def test_a_file_of_issuers_that_does_not_keep_its_format_says_where(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Error) as refused:
        read_issuers(issuers_file(**change))
    assert refused.value.code == "invalid_issuers"
    assert where in [p.split(": ")[0] for p in refused.value.params["problems"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"filing": "x" * 33}, "filings[0].filing"),
        ({"occupations": []}, "filings[0].occupations"),
        ({"levels": ["5", "5"]}, "filings[0].levels"),
        ({"levels": [5]}, "filings[0].levels"),
        ({"starts_on": "1 January 2026"}, "filings[0].starts_on"),
        ({"events": [EVENT | {"deed": "accredit"}]}, "filings[0].events[0].deed"),
        ({"events": [EVENT | {"deed": "withdraw", "until_on": "2026-03-01"}]}, "filings[0].events[0].until_on"),
        ({"events": [{"deed": "suspend", "from_on": "2026-02-01"}]}, "filings[0].events[0].reason"),
        ({"surprise": 1}, "filings[0]"),
    ],
)
def test_a_file_of_filings_that_does_not_keep_its_format_says_where(change: dict[str, Any], where: str) -> None:
    with pytest.raises(Error) as refused:
        read_filings(filings_file(**change))
    assert refused.value.code == "invalid_filings"
    assert where in [p.split(": ")[0] for p in refused.value.params["problems"]]  # type: ignore[attr-defined]


def test_a_name_that_stands_twice_in_a_file_is_refused() -> None:
    with pytest.raises(Error) as refused:
        read_issuers(json.dumps({"issuers": [ISSUER, ISSUER]}).encode())
    assert refused.value.code == "invalid_issuers"
    with pytest.raises(Error) as refused:
        read_filings(json.dumps({"filings": [FILING, FILING]}).encode())
    assert refused.value.code == "invalid_filings"


SHAPES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.sampled_from(["slug", "sites", "C", "zh", "deed"]), v),
    max_leaves=8,
)


@settings(max_examples=80)
@given(st.sampled_from(sorted(ISSUER)), st.sampled_from([*sorted(FILING), "events", "site"]), SHAPES)
def test_any_member_of_any_shape_ends_in_facts_or_a_coded_error(own: str, filed: str, value: object) -> None:
    with suppress(Error):
        read_issuers(issuers_file(**{own: value}))
    with suppress(Error):
        read_filings(filings_file(**{filed: value}))


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_coded_error(data: bytes) -> None:
    for read in (read_issuers, read_filings):
        with pytest.raises(Error):
            read(data)
