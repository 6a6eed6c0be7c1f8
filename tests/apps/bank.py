"""What the tests of the bank of credits stand in: a college, a learner, outcomes, and the ledger's own sums done anew."""

from __future__ import annotations

import json
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


def converting_college(slug: str = "north-college", *, did: str = "", now: datetime = NOW) -> Organisation:
    """Enter a college that has the right to convert, a DID, and published rules."""
    from datetime import date

    from guildhall.accounts import services
    from guildhall.issuers import colleges

    by: Any = {"actor": services.COMMAND, "now": now}
    entered = colleges.register_college(
        slug, name={"zh": "北方学院", "en": "North College"}, region="110000", did=did, **by
    )
    colleges.file_right_to_convert(
        entered, f"CONV-{slug}", starts_on=date(2026, 1, 1), ends_on=date(2029, 12, 31), **by
    )
    publish_rules(entered.organisation, now=now)
    return entered.organisation


def rules(institution: str = "north-college", edition: str = "2026", **changes: Any) -> bytes:
    """Return a small rule-set."""
    offers = [
        {"id": "by-certificate", "takes": {"outcome": {"kinds": ["vocational-certificate"]}}, "gives": {"course": "EL201"}},
        {"id": "by-course", "takes": {"outcome": {"kinds": ["course"]}}, "gives": {"into": {"courses": ["EL202", "EL203"]}}},
    ]  # fmt: skip
    made = {
        "format": "guildhall-rule-set/1",
        "id": "north",
        "edition": edition,
        "institution": institution,
        "name": {"zh": "转换规则", "en": "Rules of conversion"},
        "starts_on": "2026-01-01",
        "offers": offers,
        "caps": [{"id": "half", "percent": "50"}],
    }
    return json.dumps(made | changes).encode()


def publish_rules(organisation: Organisation, edition: str = "2026", *, now: datetime = NOW, **changes: Any) -> Any:
    """Enter and publish a rule-set."""
    from guildhall.accounts.services import COMMAND
    from guildhall.credit import services

    entered = services.enter_rule_set(
        rules(organisation.slug, edition, **changes), organisation, actor=COMMAND, now=now
    )
    return services.publish_rule_set(entered, actor=COMMAND, now=now)


PROGRAMME: dict[str, Any] = {
    "format": "guildhall-programme/1",
    "code": "460301",
    "name": {"zh": "机电一体化", "en": "Mechatronics"},
    "edition": "2026",
    "starts_on": "2026-09-01",
    "occupation": "6-31-01-03",
    "terms": [{"number": 1, "starts_on": "2026-09-01", "ends_on": "2027-01-15"}],
    "courses": [
        {"code": code, "name": {"zh": name, "en": code}, "credits": credit, "hours": 64, "term": 1}
        for code, name, credit in (("EL201", "电工技术", "4"), ("EL202", "安全用电", "2.5"), ("EL203", "电机", "3"))
    ],
}


def conversion(offer: str, outcome: Any, course_code: str, credit: str = "4", *, left: str = "0", left_is: str = "lost",
               worth: str | None = None, kept_until: str | None = None) -> dict[str, Any]:  # fmt: skip
    """Return one decision of a plan."""
    return {
        "offer": offer,
        "credits": credit,
        "outcomes": [
            {"outcome": str(outcome), "worth": worth, "drawn": credit, "left": left, "left_is": left_is, "kept_until": kept_until}
        ],
        "courses": [{"course": course_code, "credits": credit, "grade": "90", "counts": True}],
        "rules": [offer, "half"],
        "caps": [],
        "evidence": None,
    }  # fmt: skip


def plan(*decisions: dict[str, Any], institution: str = "north-college", edition: str = "2026") -> dict[str, Any]:
    """Return a plan, as the engine's answer is written."""
    return {
        "format": "guildhall-plan/1",
        "rule_set": {"id": "north", "edition": edition, "institution": institution},
        "decisions": list(decisions),
    }


def learner(person: int = 0, *, now: datetime = NOW) -> Any:
    """Return a person who signs in and is bound to the account of a person of the results files."""
    from guildhall.accounts import services
    from guildhall.credit.models import Account

    name = f"learner-{person}"
    user = services.create_user(name, PASSWORD, actor=services.COMMAND, now=now)
    Account.objects.filter(holder_name=river.name(person)).update(user=user)
    return services.actor_of(user, now)
