"""Who may do what, and the audit trail that every deed leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from guildhall.accounts.models import AuditEntry, Organisation, OrganisationKind, Role, RoleKind, User
from guildhall.core.canonical import jcs
from guildhall.core.errors import ConflictError, Error, ForbiddenError

_HOMES = {
    RoleKind.ISSUING_OFFICER: OrganisationKind.ISSUER,
    RoleKind.COLLEGE_OFFICER: OrganisationKind.COLLEGE,
    RoleKind.EMPLOYER_OFFICER: OrganisationKind.EMPLOYER,
}
"""Roles that reach no further than the organisation that they are held in, and its kind; the others: the authority's."""
_OF_ONE_BODY = frozenset(_HOMES)

# The audit chain is one sequence: whoever adds a link holds this lock until commit (any constant of our own).
_CHAIN_LOCK = 0x6775696C64


class SlugTakenError(ConflictError):
    """Another organisation, or the same with other facts, has this slug."""

    code = "slug_taken"


class MisplacedRoleError(Error):
    """A role of this kind cannot be held in an organisation of that kind."""

    code = "misplaced_role"


class UsernameTakenError(ConflictError):
    """Another person signs in under this name."""

    code = "username_taken"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person with the roles in force at the moment of asking, or the system itself.

    Shape:  ``roles`` holds (kind, organisation); an authority officer's and an auditor's role reach over the whole
            register, whatever organisation they are held in.
    """

    name: str
    user_id: int | None = None
    roles: frozenset[tuple[RoleKind, UUID | None]] = frozenset()
    system: bool = False

    def holds(self, kind: RoleKind, organisation: Organisation | UUID | None = None) -> bool:
        """Tell whether the actor holds a role of ``kind``: an officer of one body in ``organisation``, others anywhere."""
        if self.system:
            return True
        if kind in _OF_ONE_BODY:
            return organisation is not None and (kind, _id(organisation)) in self.roles
        return any(held is kind for held, _ in self.roles)

    def reads(self, organisation: Organisation | UUID | None = None) -> bool:
        """Tell whether the actor may read the papers of ``organisation`` (None: of the whole register)."""
        return (
            self.holds(RoleKind.AUTHORITY_OFFICER)
            or self.holds(RoleKind.AUDITOR)
            or any(self.holds(kind, organisation) for kind in _OF_ONE_BODY)
        )


COMMAND = Actor("command", system=True)
"""The actor of commands that the operator runs on the machine itself."""


def actor_of(user: User, now: datetime) -> Actor:
    """Return ``user`` as an actor with the roles in force at ``now``; a user who is not active holds none."""
    if not user.is_active:
        return Actor(user.get_username(), user.pk)
    in_force = Role.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), user=user, starts_at__lte=now)
    roles = frozenset(
        (RoleKind(kind), organisation) for kind, organisation in in_force.values_list("kind", "organisation")
    )
    return Actor(user.get_username(), user.pk, roles)


def require(actor: Actor, kind: RoleKind, organisation: Organisation | UUID | None = None) -> None:
    """Pass if ``actor`` holds a role of ``kind`` (an officer of one body: in ``organisation``).

    Raises: ForbiddenError.
    """
    if not actor.holds(kind, organisation):
        raise ForbiddenError(f"{actor.name} is no {kind.value} here", actor=actor.name, role=kind.value)


def require_reading(actor: Actor, organisation: Organisation | UUID | None = None) -> None:
    """Pass if ``actor`` may read the papers of ``organisation`` (None: of the whole register).

    Raises: ForbiddenError.
    """
    if not actor.reads(organisation):
        raise ForbiddenError(f"{actor.name} may not read this", actor=actor.name)


@transaction.atomic
def register_organisation(
    slug: str,
    *,
    kind: OrganisationKind,
    name: Mapping[str, str],
    region: str,
    credit_code: str = "",
    actor: Actor,
    now: datetime,
) -> Organisation:
    """Enter an organisation; the same facts under the same slug again change nothing.

    Raises: ForbiddenError; SlugTakenError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    facts: dict[str, Any] = {"kind": kind, "name": dict(name), "region": region, "credit_code": credit_code}
    known = Organisation.objects.filter(slug=slug).first()
    if known is not None:
        if all(getattr(known, field) == value for field, value in facts.items()):
            return known
        raise SlugTakenError(f"the slug {slug} is taken", slug=slug)
    organisation = Organisation.objects.create(slug=slug, created_at=now, **facts)
    record("register-organisation", slug, actor=actor, now=now, organisation=organisation, kind=kind.value)
    return organisation


@transaction.atomic
def create_user(username: str, password: str, *, language: str = "zh-hans", actor: Actor, now: datetime) -> User:
    """Enter a person who signs in, without any role yet.

    Raises: ForbiddenError; UsernameTakenError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    if User.objects.filter(username=username).exists():
        raise UsernameTakenError(f"the name {username} is taken", username=username)
    user = User.objects.create_user(username, password=password, language=language, date_joined=now)
    record("create-user", username, actor=actor, now=now)
    return user


@transaction.atomic
def grant(
    user: User,
    organisation: Organisation,
    kind: RoleKind,
    *,
    actor: Actor,
    now: datetime,
    ends_at: datetime | None = None,
) -> Role:
    """Give ``user`` a role in ``organisation`` from ``now`` on; an ended role of the same kind begins anew.

    Raises: ForbiddenError; MisplacedRoleError (an authority's role elsewhere, an issuer's role with no issuer).
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    home = _HOMES.get(kind, OrganisationKind.AUTHORITY)
    if organisation.kind != home:
        raise MisplacedRoleError(
            f"{kind.value} is held in an organisation of kind {home.value}", role=kind.value, slug=organisation.slug
        )
    role, _ = Role.objects.update_or_create(
        user=user, organisation=organisation, kind=kind, defaults={"starts_at": now, "ends_at": ends_at}
    )
    record("grant-role", user.get_username(), actor=actor, now=now, organisation=organisation, role=kind.value)
    return role


@transaction.atomic
def end_role(role: Role, *, actor: Actor, now: datetime) -> Role:
    """End a role at ``now``.

    Raises: ForbiddenError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    role.ends_at = now
    role.save(update_fields=["ends_at"])
    record("end-role", role.user.get_username(), actor=actor, now=now, organisation=role.organisation, role=role.kind)
    return role


def record(
    deed: str,
    subject: str,
    *,
    actor: Actor,
    now: datetime,
    organisation: Organisation | UUID | None = None,
    **params: object,
) -> AuditEntry:
    """Add one deed to the audit chain, in the caller's transaction.

    Writers wait for one another here until commit, so a service records last.

    Shape:  ``subject`` at most 200 characters and never a person's name or number; ``params`` JSON values without
            fractions.
    """
    assert connection.in_atomic_block, "a deed and its audit row share one transaction"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    previous = AuditEntry.objects.order_by("-id").values_list("digest", flat=True).first() or ""
    entry = AuditEntry(
        at=now,
        actor=actor.name,
        organisation_id=None if organisation is None else _id(organisation),
        deed=deed,
        subject=subject,
        params=dict(params),
        previous=previous,
    )
    entry.digest = _digest(entry)
    entry.save(force_insert=True)
    return entry


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One place where the audit chain does not fit.

    Shape:  ``code`` is ``changed_entry`` (the row is not what was recorded) or ``missing_entry`` (rows between this one
            and the one before it are gone).
    """

    entry: int
    code: str
    detail: str


def verify_audit_chain() -> list[ChainProblem]:
    """Return every link that does not fit, oldest first; an empty list means that the chain holds.

    What it cannot see: rows removed from the end. Whoever keeps the newest digest elsewhere can.
    """
    return list(_chain_problems())


def _chain_problems() -> Iterator[ChainProblem]:
    before = ""
    for entry in AuditEntry.objects.order_by("id").iterator():
        if entry.previous != before:
            yield ChainProblem(entry.pk, "missing_entry", "the entry does not follow the one before it")
        if entry.digest != _digest(entry):
            yield ChainProblem(entry.pk, "changed_entry", "the entry is not what was recorded")
        before = entry.digest


def _digest(entry: AuditEntry) -> str:
    content = {
        "actor": entry.actor,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "deed": entry.deed,
        "organisation": str(entry.organisation_id) if entry.organisation_id else None,
        "params": entry.params,
        "previous": entry.previous,
        "subject": entry.subject,
    }
    return hashlib.sha256(jcs.canonical(content)).hexdigest()


def _id(organisation: Organisation | UUID) -> UUID:
    return organisation.pk if isinstance(organisation, Organisation) else organisation
