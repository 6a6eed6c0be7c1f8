"""Reading frameworks as the CASE read API asks for them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from guildhall.core.exchange.case import Package
from guildhall.standards.frameworks.services import UnknownFrameworkError
from guildhall.standards.models import Framework, FrameworkAssociation, FrameworkItem, Standard


def frameworks() -> QuerySet[Framework]:
    """Return all frameworks, ours and those of others, by title."""
    return Framework.objects.order_by("title", "pk")


def framework(identifier: UUID) -> Framework:
    """Return one framework.

    Raises: UnknownFrameworkError.
    """
    found = Framework.objects.filter(pk=identifier).first()
    if found is None:
        raise UnknownFrameworkError("there is no such framework", identifier=str(identifier))
    return found


def framework_of(standard: Standard) -> Framework | None:
    """Return a published edition as a framework, None where only its name and dates are known."""
    return Framework.objects.filter(standard=standard).first()


def package(held: Framework) -> Package:
    """Return a whole framework."""
    return Package(
        held.document,
        list(held.items.order_by("position").values_list("content", flat=True)),
        list(held.associations.order_by("position").values_list("content", flat=True)),
        held.remainder,
    )


def item(identifier: UUID) -> FrameworkItem:
    """Return an item; of one that stands in several frameworks, the one entered first.

    Raises: UnknownFrameworkError.
    """
    found = FrameworkItem.objects.select_related("framework").filter(identifier=identifier).order_by("pk").first()
    if found is None:
        raise UnknownFrameworkError("there is no such item", identifier=str(identifier))
    return found


def association(identifier: UUID) -> FrameworkAssociation:
    """Return an association.

    Raises: UnknownFrameworkError.
    """
    found = (
        FrameworkAssociation.objects.select_related("framework").filter(identifier=identifier).order_by("pk").first()
    )
    if found is None:
        raise UnknownFrameworkError("there is no such association", identifier=str(identifier))
    return found


def associations_of(held: FrameworkItem) -> QuerySet[FrameworkAssociation]:
    """Return the associations in which an item stands at either end, in its framework."""
    own = str(held.identifier)
    return FrameworkAssociation.objects.filter(
        Q(origin=own) | Q(destination=own), framework=held.framework_id
    ).order_by("position")
