"""Reading organisations and the audit trail."""

from __future__ import annotations

from django.db.models import QuerySet

from guildhall.accounts.models import AuditEntry, Organisation, OrganisationKind
from guildhall.accounts.services import Actor, require_reading
from guildhall.core.errors import NotFoundError


class UnknownOrganisationError(NotFoundError):
    """No organisation has this slug."""

    code = "unknown_organisation"


def organisation(slug: str) -> Organisation:
    """Return the organisation with this slug.

    Raises: UnknownOrganisationError.
    """
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownOrganisationError(f"no organisation {slug}", slug=slug)
    return found


def organisations(kind: OrganisationKind) -> list[Organisation]:
    """Return all organisations of a kind, by slug."""
    return list(Organisation.objects.filter(kind=kind).order_by("slug"))


def organisations_of(actor: Actor) -> list[Organisation]:
    """Return the organisations in which ``actor`` holds a role, by slug."""
    held = {organisation for _, organisation in actor.roles if organisation is not None}
    return list(Organisation.objects.filter(pk__in=held).order_by("slug"))


def audit_entries(*, actor: Actor, organisation: Organisation | None = None, subject: str = "") -> QuerySet[AuditEntry]:
    """Return audit rows, newest first: of one organisation, or of the whole register.

    Raises: ForbiddenError.
    """
    require_reading(actor, organisation)
    entries = AuditEntry.objects.select_related("organisation").order_by("-id")
    if organisation is not None:
        entries = entries.filter(organisation=organisation)
    return entries.filter(subject=subject) if subject else entries
