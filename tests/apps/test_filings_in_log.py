"""What the log alone says of filings is what the register did: read from its published files by an auditor from outside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guildhall.credentials import services
from guildhall.credentials.models import Award, Instance
from guildhall.issuers import services as issuers
from guildhall.issuers.models import Accreditation
from tests.apps import river
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
REASON = {"zh": "检查", "en": "inspection"}


def filing(office: World) -> Accreditation:
    """The filing that the rows of these tests rest on."""
    return Award.objects.select_related("accreditation").get(holder_name=river.name(0)).accreditation


def told(settings) -> tuple[set[str], dict[str, int]]:
    report = river.audited(settings.LOG_DIR)
    assert report.n_without_days == 0
    return set(report.n_by_code), dict(report.n_by_notice)


def test_an_honest_register_with_all_its_filings_gives_neither_findings_nor_notices(office: World, settings) -> None:
    river.bring_in(office, river.rows(5))
    services.attest(NOW)
    river.bring_in(office, river.rows(2, 50))
    report = river.audited(settings.LOG_DIR)
    assert report.n_by_kind["accreditation"] == 7
    assert told(settings) == (set(), {})


def test_an_award_of_an_earlier_day_logged_under_suspension_is_valid_and_a_notice(office: World, settings) -> None:
    river.bring_in(office, river.rows(1))
    issuers.suspend_accreditation(
        filing(office), from_on=date(2026, 6, 2), reason=REASON, actor=office.command, now=NOW
    )
    later = NOW + timedelta(days=3)
    river.bring_in(office, river.rows(1, 7), now=later)
    late = Instance.objects.get(award__holder_name=river.name(7))
    assert river.failed(river.verified(office, late, now=later)) == []
    assert told(settings) == (set(), {"award_outside_filing": 1})


def test_a_reissue_after_the_filing_was_withdrawn_is_no_new_award(office: World, settings) -> None:
    river.bring_in(office, river.rows(2))
    issuers.withdraw_accreditation(
        filing(office), from_on=date(2026, 6, 2), reason=REASON, actor=office.command, now=NOW
    )
    later = NOW + timedelta(days=3)
    services.attest(later)
    services.reissue(Award.objects.get(holder_name=river.name(1)), reason="lost", actor=office.li, now=later)
    services.publish(later)
    report = river.audited(settings.LOG_DIR)
    assert report.n_by_kind["award"] == 3
    assert told(settings) == (set(), {})


def test_a_filing_stated_anew_for_a_new_key_or_the_closing_of_its_issuer_changes_no_day_past(
    office: World, settings
) -> None:
    river.bring_in(office, river.rows(2))
    issuers.close_issuer(office.national, last_day=date(2026, 6, 10), actor=office.command, now=NOW)
    later = NOW + timedelta(days=3)
    assert services.attest(later, issuer=office.national)
    river.bring_in(office, river.rows(1, 9), now=later)
    assert told(settings) == (set(), {})
    after = NOW + timedelta(days=30)
    river.bring_in(office, river.rows(1, 11), now=after)
    assert told(settings) == (set(), {"award_outside_filing": 1})


def test_a_suspension_that_the_operator_enters_for_days_past_is_told_of(office: World, settings) -> None:
    river.bring_in(office, river.rows(1))
    later = NOW + timedelta(days=3)
    issuers.suspend_accreditation(
        filing(office), from_on=date(2026, 5, 25), reason=REASON, actor=office.command, now=later
    )
    services.attest(later)
    services.publish(later)
    assert told(settings) == (set(), {"accreditation_taken_back": 1})


def test_a_suspension_undone_for_days_past_is_found(office: World, settings) -> None:
    river.bring_in(office, river.rows(1))
    suspended = filing(office)
    issuers.suspend_accreditation(suspended, from_on=date(2026, 6, 2), reason=REASON, actor=office.command, now=NOW)
    river.bring_in(office, river.rows(1, 7), now=NOW + timedelta(days=3))
    later = NOW + timedelta(days=9)
    issuers.reinstate_accreditation(suspended, from_on=date(2026, 6, 3), reason=REASON, actor=office.command, now=later)
    services.attest(later)
    services.publish(later)
    assert told(settings) == ({"accreditation_backdated"}, {"award_outside_filing": 1})
