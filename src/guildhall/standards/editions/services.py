"""Editions of standards: drafted, edited, submitted, and published by a second person; published ones come in by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.errors import ConflictError, NotFoundError
from guildhall.core.standard import Document, competencies, digest, document_id, parse, read, read_draft, tidied
from guildhall.core.standard.editing import blank, next_edition
from guildhall.standards.frameworks.services import enter_edition
from guildhall.standards.models import Competency, Occupation, Standard
from guildhall.standards.selectors import occupation_by_code
from guildhall.standards.services import EditionChangedError

_LONGEST_NOTE = 500


class UnknownEditionError(NotFoundError):
    """There is no such edition of a standard."""

    code = "unknown_edition"


class EditionTakenError(ConflictError):
    """The occupation's standard has an edition of this name."""

    code = "edition_taken"


class DraftChangedError(ConflictError):
    """Somebody else has saved the draft in between; look at theirs and repeat."""

    code = "draft_changed"


class EditionMovedOnError(ConflictError):
    """The edition is no longer in the state in which this can be done."""

    code = "edition_moved_on"


class SecondPersonNeededError(ConflictError):
    """Who wrote or submitted an edition does not publish it."""

    code = "second_person_needed"


class IdentifierTakenError(ConflictError):
    """Another edition has items under these identifiers."""

    code = "identifier_taken"


class OtherEditionError(ConflictError):
    """The content is of another occupation or edition than the draft."""

    code = "other_edition"


@transaction.atomic
def draft(
    occupation: Occupation,
    edition: str,
    *,
    levels: list[str],
    body: Mapping[str, str],
    in_force_on: date,
    actor: Actor,
    now: datetime,
) -> Standard:
    """Begin a first edition, all chapters empty.

    Raises: ForbiddenError; EditionTakenError; InvalidStandardError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    content = blank(
        occupation.code, occupation.name, edition=edition, levels=levels, body=body, in_force_on=in_force_on
    )
    return _begin(occupation, content, actor=actor, now=now)


@transaction.atomic
def draft_next(standard: Standard, edition: str, *, in_force_on: date, actor: Actor, now: datetime) -> Standard:
    """Begin the next edition with the content of a published one.

    Raises: ForbiddenError; EditionMovedOnError if ``standard`` is not published or known by name only; EditionTakenError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    if standard.state != Standard.State.PUBLISHED or not standard.content:
        raise EditionMovedOnError(
            f"edition {standard.edition} has no published text", edition=standard.edition, state=standard.state
        )
    content = next_edition(standard.content, edition, in_force_on=in_force_on)
    return _begin(standard.occupation, content, revises=standard, actor=actor, now=now)


@transaction.atomic
def draft_from(content: Mapping[str, Any], *, actor: Actor, now: datetime) -> Standard:
    """Begin an edition with a content that was written elsewhere (a file, another system's framework).

    Raises: ForbiddenError; UnknownOccupationError; EditionTakenError; InvalidStandardError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    document, _ = read_draft(dict(content))
    return _begin(occupation_by_code(document.occupation), dict(content), actor=actor, now=now)


def _begin(
    occupation: Occupation, content: dict[str, Any], *, revises: Standard | None = None, actor: Actor, now: datetime
) -> Standard:
    document, _ = read_draft(content)
    if Standard.objects.filter(occupation=occupation, edition=document.edition).exists():
        raise _taken(document)
    standard = Standard(
        occupation=occupation,
        edition=document.edition,
        state=Standard.State.DRAFT,
        revises=revises,
        drafted_by=actor.name,
        **_columns(document),
    )
    try:
        with transaction.atomic():
            standard.save(force_insert=True)
    except IntegrityError:
        raise _taken(document) from None
    record("draft-standard", _subject(standard), actor=actor, now=now, digest=standard.digest)
    return standard


def _taken(document: Document) -> EditionTakenError:
    return EditionTakenError(
        f"{document.occupation} has an edition {document.edition}",
        occupation=document.occupation,
        edition=document.edition,
    )


def _columns(document: Document) -> dict[str, Any]:
    """Return the columns that repeat what the content says."""
    return {
        "name": dict(document.name),
        "document_no": document.document_no,
        "levels": list(document.levels),
        "in_force_on": document.in_force_on,
        "ends_on": document.ends_on,
        "content": tidied(document.content),
        "digest": digest(document.content),
        "identifier": document_id(document),
    }


@transaction.atomic
def edit(standard: Standard, content: Mapping[str, Any], *, expected: str, actor: Actor, now: datetime) -> Standard:
    """Save the whole content of a draft, if it is still the one that ``expected`` names.

    The content may be unfinished; what is wrong is refused. The same content again changes nothing.

    Shape:  ``expected`` is the ``digest`` of the draft that the writer saw.
    Raises: ForbiddenError; EditionMovedOnError; DraftChangedError; OtherEditionError; InvalidStandardError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    document, _ = read_draft(dict(content))
    held = _locked(standard, Standard.State.DRAFT)
    if held.digest != expected:
        raise DraftChangedError(
            f"{held.drafted_by} has saved the draft in between", by=held.drafted_by, edition=held.edition
        )
    if (document.occupation, document.edition) != (held.occupation.code, held.edition):
        raise OtherEditionError(
            f"the content is of {document.occupation} {document.edition}",
            occupation=document.occupation,
            edition=document.edition,
        )
    columns = _columns(document)
    if columns["digest"] == held.digest:
        return held
    for name, value in {**columns, "drafted_by": actor.name}.items():
        setattr(held, name, value)
    held.save(update_fields=[*columns, "drafted_by"])
    record("edit-standard", _subject(held), actor=actor, now=now, digest=held.digest)
    return held


@transaction.atomic
def discard(standard: Standard, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away; the audit trail keeps that there was one.

    Raises: ForbiddenError; EditionMovedOnError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    held = _locked(standard, Standard.State.DRAFT)
    subject = _subject(held)
    held.delete()
    record("discard-standard", subject, actor=actor, now=now)


@transaction.atomic
def submit(standard: Standard, *, actor: Actor, now: datetime) -> Standard:
    """Hand a finished draft to a second person.

    Raises: ForbiddenError; EditionMovedOnError; InvalidStandardError naming all that is unfinished.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    held = _locked(standard, Standard.State.DRAFT)
    read(held.content)
    held.state, held.submitted_by, held.submitted_at = Standard.State.REVIEW, actor.name, now
    held.save(update_fields=["state", "submitted_by", "submitted_at"])
    record("submit-standard", _subject(held), actor=actor, now=now, digest=held.digest)
    return held


@transaction.atomic
def send_back(standard: Standard, note: str, *, actor: Actor, now: datetime) -> Standard:
    """Return an edition under review to its writers, saying why.

    Raises: ForbiddenError; EditionMovedOnError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    held = _locked(standard, Standard.State.REVIEW)
    held.state, held.submitted_by, held.submitted_at = Standard.State.DRAFT, "", None
    held.save(update_fields=["state", "submitted_by", "submitted_at"])
    record("send-back-standard", _subject(held), actor=actor, now=now, note=note[:_LONGEST_NOTE])
    return held


@transaction.atomic
def publish(standard: Standard, *, expected: str, actor: Actor, now: datetime) -> Standard:
    """Publish an edition under review: from now on the database keeps it as it is.

    Shape:  ``expected`` is the ``digest`` of what the second person has read.
    Raises: ForbiddenError; EditionMovedOnError; DraftChangedError; SecondPersonNeededError; InvalidStandardError.
    """
    require(actor, RoleKind.STANDARDS_OFFICER)
    held = _locked(standard, Standard.State.REVIEW)
    if held.digest != expected:
        raise DraftChangedError("the edition is not the one that was read", by=held.drafted_by, edition=held.edition)
    if actor.name in {held.submitted_by, held.drafted_by}:
        raise SecondPersonNeededError("a second person publishes what somebody wrote", actor=actor.name)
    document = read(held.content)
    held.state, held.published_by, held.published_at = Standard.State.PUBLISHED, actor.name, now
    held.save(update_fields=["state", "published_by", "published_at"])
    _project(held, document)
    enter_edition(held, document, by=actor.name, now=now)
    record("publish-standard", _subject(held), actor=actor, now=now, digest=held.digest)
    return held


@transaction.atomic
def import_edition(data: bytes, *, actor: Actor, now: datetime) -> tuple[Standard, bool]:
    """Enter a published edition from a file; return it, and whether it is new. The same file again changes nothing.

    An edition that was known by name and dates only gets its text.

    Shape:  JSON as in docs/formats/standard.md (``guildhall-standard/2``).
    Raises: ForbiddenError; InvalidStandardError; UnknownOccupationError; EditionChangedError; ``strict_json.parse``'s.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    document = parse(data)
    occupation = occupation_by_code(document.occupation)
    known = Standard.objects.select_for_update().filter(occupation=occupation, edition=document.edition).first()
    columns = _columns(document)
    if known is not None:
        if known.digest == columns["digest"] and known.state == Standard.State.PUBLISHED:
            return known, False
        if known.digest or (known.levels, known.in_force_on) != (columns["levels"], columns["in_force_on"]):
            raise EditionChangedError(
                f"edition {document.edition} of the standard for {document.occupation} is here with another text",
                code=document.occupation,
                edition=document.edition,
            )
    standard = known or Standard(occupation=occupation, edition=document.edition)
    for name, value in {**columns, "published_by": actor.name, "published_at": now}.items():
        setattr(standard, name, value)
    standard.save()
    _project(standard, document)
    enter_edition(standard, document, by=actor.name, now=now)
    record("import-standard", _subject(standard), actor=actor, now=now, digest=standard.digest)
    return standard, True


def _project(standard: Standard, document: Document) -> None:
    """Enter the items of a published edition, those above before those below."""
    listed = competencies(document)
    foreign = [one.id for one in listed if one.item.id]
    if len(set(foreign)) != len(foreign) or _taken_ids(foreign):
        raise IdentifierTakenError("another item has one of the identifiers", edition=document.edition)
    Competency.objects.bulk_create(
        [
            Competency(
                id=one.id,
                standard=standard,
                parent_id=one.parent,
                level=one.level,
                number=one.item.number,
                kind=one.item.kind,
                name=dict(one.item.name),
                position=position,
            )
            for position, one in enumerate(listed)
        ],
        batch_size=1000,
    )


def _taken_ids(ids: Sequence[UUID]) -> bool:
    return any(Competency.objects.filter(pk__in=ids[start : start + 500]).exists() for start in range(0, len(ids), 500))


def _locked(standard: Standard, state: Standard.State) -> Standard:
    held = Standard.objects.select_for_update(of=("self",)).select_related("occupation").filter(pk=standard.pk).first()
    if held is None:
        raise UnknownEditionError("the edition is no longer here", edition=standard.edition)
    if held.state != state:
        raise EditionMovedOnError(f"the edition is {held.state}", edition=held.edition, state=held.state)
    return held


def _subject(standard: Standard) -> str:
    return f"{standard.occupation.code} {standard.edition}"
