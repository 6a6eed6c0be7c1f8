"""The authority's desk: the whole field counted, filings entered and ended, the log replayed, the audit trail."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from guildhall.accounts.models import AuditEntry
from guildhall.core import accreditation as core
from guildhall.credentials import services
from guildhall.issuers import selectors
from guildhall.issuers.models import Accreditation, AccreditationEvent
from guildhall.web import background, overview
from tests.apps import river
from tests.apps.web.town import LATER, Town, signed_in

DESK = "/en/desk/authority"
PAGES = ("", "/issuers", "/issuers/national-centre", "/accreditations", "/accreditations/VQC-44-0001", "/log", "/audit")
FILING = {
    "filing": "VQC-44-0009",
    "issuer": "guangdong-centre",
    "scheme": "vqc",
    "occupations": "6-31-01-03\n焊工\n4-03-02-01 中式烹调师",
    "levels": ["5", "4"],
    "regions": ["440000"],
    "starts_on": "2026-07-01",
    "ends_on": "2028-06-30",
}


@pytest.fixture
def wang(town: Town) -> Client:
    return signed_in("wang")


@pytest.mark.parametrize("name", ["wang", "zhou"])
def test_officer_and_auditor_read_every_page_in_both_languages(town: Town, name: str):
    reader = signed_in(name)
    for path in PAGES:
        assert reader.get(f"{DESK}{path}").status_code == 200, path
        assert reader.get(f"/desk/authority{path}").status_code == 200, path


@pytest.mark.parametrize("name", ["li", "chen", "nobody"])
def test_nobody_else_sits_here(town: Town, visitor: Client, name: str):
    stranger = signed_in(name)
    for path in (*PAGES, "/accreditations/new"):
        assert stranger.get(f"{DESK}{path}").status_code == 403, path
        assert visitor.get(f"{DESK}{path}").status_code == 302, path
    assert stranger.post(f"{DESK}/accreditations/new", FILING).status_code == 403
    assert stranger.post(f"{DESK}/log/audit").status_code == 403


def test_an_auditor_changes_nothing(town: Town):
    zhou = signed_in("zhou")
    before = AccreditationEvent.objects.count()
    page = zhou.get(f"{DESK}/accreditations/VQC-44-0001").content.decode()
    assert page.count("Your role reads only.") == 3
    assert "New filing" not in zhou.get(f"{DESK}/accreditations").content.decode()
    deed = {"from_on": "2026-07-01", "reason_zh": "x", "confirmed": "1"}
    assert zhou.get(f"{DESK}/accreditations/VQC-44-0001/withdraw").status_code == 403
    assert zhou.post(f"{DESK}/accreditations/VQC-44-0001/withdraw", deed).status_code == 403
    refused = zhou.post(f"{DESK}/accreditations/new", FILING)
    assert refused.status_code == 200
    assert Accreditation.objects.filter(filing=FILING["filing"]).count() == 0
    assert AccreditationEvent.objects.count() == before


# ── the whole field ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shares_are_those_of_the_register(wang: Client, town: Town):
    row = {"职业": "6-31-01-03 电工", "级别": "4", "认证体系": "vqc"}
    river.bring_in(town.world, [river.row(80, **row)], issuer=town.world.guangdong)
    page = wang.get(DESK).content.decode()
    table = page[page.index('id="shares"') : page.index('id="months"')]
    assert re.findall(r'<td class="figure">([^<]+)</td>', table) == ["7", "87.5%", "1", "12.5%"]
    assert 'role="img"' in table, "the picture stands above its table"


def test_months_and_regions_add_up_to_all_awards(town: Town):
    river.bring_in(town.world, [river.row(81, 发证日期="2025-08-02", 考试日期="2025-07-01")])
    months = overview.months(LATER.date())
    assert [month.first.isoformat()[:7] for month in months][:2] == ["2025-07", "2025-08"]
    assert [month.n for month in months if month.n] == [1, 7]
    assert sum(total for _, _, total in overview.regions_by_level().rows) == 8


def test_an_annulled_award_is_not_counted(wang: Client, town: Town):
    services.annul(town.awards[0], reason="issuer-error", actor=town.world.li, now=LATER)
    page = wang.get(DESK).content.decode()
    assert re.search(r"Certificates issued</dt><dd class=\"value\">6<", page)


def test_what_waits_is_named_with_its_way_there(wang: Client, town: Town):
    river.bring_in(town.world, [river.row(90)], issue=False)
    page = wang.get(DESK).content.decode()
    waits = page[page.index('id="todo"') : page.index('id="shares"')]
    assert "Filing suspended" in waits
    assert f"{DESK}/accreditations/VQC-44-0002" in waits
    assert "Batch not finished" in waits


def test_a_filing_that_ends_soon_is_told_in_time(town: Town):
    words = [one.word for one in overview.waiting(LATER.date())]
    assert "备案将到期" not in words
    assert "Filing ends soon" not in words
    soon = overview.waiting(selectors.accreditation_by_filing("VQC-44-0001").ends_on - timedelta(days=59))
    assert any(one.why == "VQC-44-0001" and one.due for one in soon)


# ── filings ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_filing_is_entered_by_codes_or_names(wang: Client):
    answer = wang.post(f"{DESK}/accreditations/new", FILING)
    assert answer["Location"] == f"{DESK}/accreditations/VQC-44-0009"
    made = selectors.accreditation_by_filing("VQC-44-0009")
    assert made.occupations == ["4-03-02-01", "6-18-02-04", "6-31-01-03"]
    assert (made.levels, made.regions) == (["4", "5"], ["440000"])
    assert "VQC-44-0009" in wang.get(f"{DESK}/accreditations?standing=not-yet").content.decode()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"filing": ""}, "Filing number"),
        ({"filing": "VQC-44-0001"}, "The filing number VQC-44-0001 is taken."),
        ({"occupations": "6-31-01-99"}, "6-31-01-99"),
        ({"occupations": "养蜂人"}, "养蜂人"),
        ({"ends_on": "2026-01-01"}, "end before it starts"),
        ({"levels": []}, "Levels"),
        ({"site": "99"}, "99"),
        ({"regions": ["999999"]}, "Regions"),
    ],
)
def test_what_is_wrong_with_a_filing_is_said_on_the_form(wang: Client, changed: dict, said: str):
    answer = wang.post(f"{DESK}/accreditations/new", FILING | changed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page[page.index('class="errors"') :]
    assert "6-31-01-03" in page or "occupations" in changed, "what was typed is still there"
    assert Accreditation.objects.filter(filing="VQC-44-0009").count() == 0


def test_the_list_can_be_narrowed_by_standing(wang: Client):
    page = wang.get(f"{DESK}/accreditations?standing=suspended").content.decode()
    assert "VQC-44-0002" in page
    assert "VQC-44-0001" not in page


def test_a_suspension_is_shown_once_more_before_it_is_done(wang: Client, town: Town):
    address = f"{DESK}/accreditations/VQC-44-0001/suspend"
    form = {"from_on": "2026-07-01", "until_on": "2026-08-31", "reason_zh": "整改", "reason_en": "findings"}
    look = wang.post(address, form).content.decode()
    assert "A last look" in look
    assert "1 July 2026" in look
    assert selectors.standing_of(town.world.filings["VQC-44-0001"], LATER.date() + timedelta(days=40)) is (
        core.Standing.AUTHORISED
    )
    done = wang.post(address, form | {"confirmed": "1"})
    assert done["Location"] == f"{DESK}/accreditations/VQC-44-0001"
    found = selectors.accreditation_by_filing("VQC-44-0001")
    assert selectors.standing_of(found, LATER.date() + timedelta(days=40)) is core.Standing.SUSPENDED
    page = wang.get(done["Location"]).content.decode()
    assert "findings" in page
    assert "VQC-44-0001: Suspended." in page


def test_a_filing_is_reinstated_and_withdrawn_for_good(wang: Client):
    base = f"{DESK}/accreditations/VQC-44-0002"
    deed = {"from_on": "2026-07-01", "reason_zh": "整改完成", "confirmed": "1"}
    assert wang.post(f"{base}/reinstate", deed).status_code == 302
    assert wang.post(f"{base}/withdraw", deed).status_code == 302
    page = wang.get(base).content.decode()
    assert page.count("It has been withdrawn") == 3
    refused = wang.post(f"{base}/suspend", deed).content.decode()
    assert "withdrawn" in refused


def test_no_deed_reaches_into_the_past(wang: Client):
    deed = {"from_on": "2026-05-01", "reason_zh": "x", "confirmed": "1"}
    page = wang.post(f"{DESK}/accreditations/VQC-44-0001/suspend", deed).content.decode()
    assert "before today" in page
    chinese = wang.post("/desk/authority/accreditations/VQC-44-0001/suspend", deed).content.decode()
    assert "不能追溯既往" in chinese


def test_what_is_not_there_is_not_found(wang: Client):
    for path in ("/accreditations/NONE", "/accreditations/VQC-44-0001/abolish", "/issuers/nobody"):
        assert wang.get(f"{DESK}{path}").status_code == 404, path


# ── log and trail ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "start", lambda _name, work: work() or True)


def test_the_log_is_replayed_and_found_whole(wang: Client, at_once):
    assert "has not been replayed lately" in wang.get(f"{DESK}/log").content.decode()
    wang.post(f"{DESK}/log/audit")
    page = wang.get(f"{DESK}/log").content.decode()
    assert "everything fits" in page
    assert "The last checkpoint covers all" in page


def test_a_log_that_was_touched_is_named_with_what_does_not_fit(wang: Client, settings, at_once):
    tile = next(path for path in sorted(settings.LOG_DIR.rglob("*")) if path.is_file() and "entries" in str(path))
    body = bytearray(tile.read_bytes())
    body[len(body) // 2] ^= 1
    tile.write_bytes(bytes(body))
    wang.post(f"{DESK}/log/audit")
    page = wang.get(f"{DESK}/log").content.decode()
    assert 'data-check="failed"' in page
    assert "What does not fit" in page


def test_a_log_that_lags_behind_says_so(wang: Client, town: Town):
    batch = river.bring_in(town.world, [river.row(95)], issue=False)
    services.prepare(batch, now=LATER)
    services.sign(batch, now=LATER)
    page = wang.get(f"{DESK}/log").content.decode()
    assert "the rest waits for the next publication" in page
    assert "1 batch is not finished." in page


def test_the_trail_is_read_newest_first_and_its_chain_checked(wang: Client, town: Town):
    services.revoke(town.awards[0], reason="misconduct", actor=town.world.li, now=LATER)
    page = wang.get(f"{DESK}/audit?verify").content.decode()
    assert "follows the one before it" in page
    assert page.index("revoke-award") < page.index("publish")
    about = wang.get(f"{DESK}/audit", {"subject": f"pcc:{town.number()}"}).content.decode()
    assert about.count("<code>") == 1
    assert "None." in wang.get(f"{DESK}/audit", {"subject": "nothing"}).content.decode()


def test_a_broken_chain_is_shown(wang: Client, town: Town, monkeypatch: pytest.MonkeyPatch):
    from guildhall.accounts.services import ChainProblem

    entry = AuditEntry.objects.order_by("id")[1]
    monkeypatch.setattr(
        "guildhall.web.views.authority.verify_audit_chain",
        lambda: [ChainProblem(entry.pk, "changed_entry", "the entry is not what was recorded")],
    )
    page = wang.get(f"{DESK}/audit?verify").content.decode()
    assert "the entry is not what was recorded" in page
    cache.clear()


def test_no_page_of_this_desk_shows_an_identity_number(wang: Client, town: Town):
    for path in PAGES:
        page = wang.get(f"{DESK}{path}").content.decode()
        assert not any(number in page for number in town.id_numbers()), path
