"""What the tests of the bank of credits stand in: a college, a learner, outcomes, and the ledger's own sums done anew."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.apps import river
from tests.world import NOW, PASSWORD, World

if TYPE_CHECKING:
    from guildhall.accounts.models import Organisation
    from guildhall.credit.models import Outcome

COURSE = {
    "kind": "course",
    "awarded_on": "2025-07-01",
    "name": {"zh": "电工基础", "en": "Basics of electricity"},
    "code": "EL101",
    "credits": "4.5",
    "grade": "85",
    "basis": "exam",
}


def college(slug: str = "north-college", *, now: datetime = NOW) -> Organisation:
    """Enter a college."""
    from guildhall.accounts import services
    from guildhall.accounts.models import OrganisationKind

    return services.register_organisation(
        slug, kind=OrganisationKind.COLLEGE, name={"zh": "北方学院", "en": "North College"}, region="110000",
        actor=services.COMMAND, now=now,
    )  # fmt: skip


def officer(organisation: Organisation, name: str = "ma", *, now: datetime = NOW) -> Any:
    """Return an officer of a college as an actor."""
    from guildhall.accounts import services
    from guildhall.accounts.models import RoleKind

    user = services.create_user(name, PASSWORD, actor=services.COMMAND, now=now)
    services.grant(user, organisation, RoleKind.COLLEGE_OFFICER, actor=services.COMMAND, now=now)
    return services.actor_of(user, now)


def course(
    organisation: Organisation, actor: Any, n: int = 1, *, person: int = 0, now: datetime = NOW, **changes: Any
) -> Outcome:
    """Bank a course of a person as the college's officer."""
    from guildhall.credit import services

    return services.deposit(
        COURSE | {"code": f"EL{100 + n}"} | changes, f"transcript/{person}/{n}", organisation,
        id_kind="居民身份证", id_number=river.resident_id(person), holder_name=river.name(person), actor=actor, now=now,
    )  # fmt: skip


def sums() -> dict[UUID, dict[str, int]]:
    """Return where the credits of each outcome stand, summed from the lines by ourselves."""
    from guildhall.credit.models import Posting

    found: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for outcome, bucket, amount in Posting.objects.values_list("outcome_id", "bucket", "amount"):
        found[outcome][bucket] += amount
    return {outcome: {bucket: amount for bucket, amount in held.items() if amount} for outcome, held in found.items()}


def balances() -> dict[UUID, dict[str, int]]:
    """Return the same as the register keeps it."""
    from guildhall.credit.models import Balance, Bucket

    return {
        row.pk: {bucket.value: getattr(row, bucket.value) for bucket in Bucket if getattr(row, bucket.value)}
        for row in Balance.objects.all()
    }


def office_with_awards(world: World, n_awards: int) -> None:
    """Issue so many certificates."""
    river.bring_in(world, river.rows(n_awards))
