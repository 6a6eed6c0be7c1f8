"""The demonstration's colleges and learners: two tracks of the same worth, loaded twice without a change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import COMMAND
from guildhall.assessment.services import import_results
from guildhall.credentials import services as credentials
from guildhall.credentials.selectors import shares_by_scheme
from guildhall.credit import services as credit
from guildhall.credit.models import Account, Outcome
from guildhall.credit.selectors import outcomes_of, published_rule_sets
from guildhall.curriculum import selectors as curriculum
from guildhall.demo import learning

if TYPE_CHECKING:
    from tests.world import World

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(office: World) -> learning.Study:
    return learning.load(now=NOW)


def account(place: int) -> Account:
    return Account.objects.get(user__username=learning.LEARNERS[place].username)


def test_loading_again_changes_nothing(loaded: learning.Study, office: World) -> None:
    before = AuditEntry.objects.count(), Outcome.objects.count(), Account.objects.count()
    again = learning.load(now=NOW)
    assert (AuditEntry.objects.count(), Outcome.objects.count(), Account.objects.count()) == before
    assert {seat.password for seat in again.seats} == {""}
    assert (again.n_colleges, again.n_programmes) == (2, 3)


def test_every_programme_on_offer_has_rules_by_which_it_converts(loaded: learning.Study, office: World) -> None:
    on = NOW.date()
    ruled = {one.organisation.slug for one in published_rule_sets(on)}
    assert (
        {one.organisation.slug for one in curriculum.in_force(on)} == ruled == {one.slug for one in learning.COLLEGES}
    )


def test_the_certificates_of_either_track_are_worth_the_same(loaded: learning.Study, office: World) -> None:
    for slug, name, data in learning.results():
        issuer = {"national-centre": office.national, "guangdong-centre": office.guangdong}[slug]
        batch = import_results(data, name, issuer=issuer, preview_digest=None, actor=COMMAND, now=NOW)
        assert batch.n_bad == 0
        credentials.issue(batch, actor=COMMAND, now=NOW)
    credit.deposit_issued(NOW)
    held = [
        sorted(
            (one.outcome.kind, one.outcome.facts.get("level", ""), one.available)
            for one in outcomes_of(account(n), NOW)
        )
        for n in (0, 1)
    ]
    assert held[0] == held[1]
    assert [amount for kind, _, amount in held[0] if kind == "vocational-certificate"] == [800, 400]


def test_the_right_to_convert_is_no_track_of_certification(loaded: learning.Study) -> None:
    assert [share.scheme.code for share in shares_by_scheme(date(2026, 11, 22))] == ["pcc", "vqc"]


def test_nobody_of_the_demonstration_can_be_anybody(loaded: learning.Study) -> None:
    for learner in learning.LEARNERS:
        assert learner.id_number[2:6] == "9999", "no division has this code"
