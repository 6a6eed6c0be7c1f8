"""What can happen to an award after it was issued: each deed an event, a leaf and an audit row in one transaction.

A correction and a reissue make a new document under the same number. The new one is stored first (with the event and
whatever the award says from now on), then signed with its leaf: cut short in between, ``finish`` completes it.
After the transaction the log and the lists are published; cut short there, the next publication does it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from django.db import transaction

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.assessment import identity
from guildhall.assessment.models import Result
from guildhall.assessment.services import rename_holder
from guildhall.core import leaves
from guildhall.core.codes import identity as documents
from guildhall.core.credential import CHINA
from guildhall.core.errors import ConflictError, Error, ForbiddenError
from guildhall.core.lifecycle import Deed, State
from guildhall.core.results import fields as cells
from guildhall.core.results.sentences import CODES
from guildhall.credentials import forms, naming, places, reasons
from guildhall.credentials.bundling import NotIssuedError
from guildhall.credentials.issuing import opening, publish
from guildhall.credentials.keys import signer_at
from guildhall.credentials.models import (
    Award,
    Document,
    EventLeaf,
    Form,
    Instance,
    InstanceKind,
    StatusEvent,
)
from guildhall.credentials.signing import Press
from guildhall.credentials.states import history, standing
from guildhall.issuers.services import DatesOutOfOrderError
from guildhall.tlog import services as tlog

_NOTE_LIMIT = 500
_REPLACING = (Deed.CORRECT.value, Deed.REISSUE.value)
_CARRIED = (Deed.SUSPEND.value, Deed.REINSTATE.value, Deed.EXPIRE.value)


class AlreadyAnnulledError(ConflictError):
    """An annulled award is as if it had never been; nothing more can happen to it."""

    code = "already_annulled"


class AlreadyRevokedError(ConflictError):
    """The award is revoked."""

    code = "already_revoked"


class AlreadyExpiredError(ConflictError):
    """The award has run out by then."""

    code = "already_expired"


class AlreadySuspendedError(ConflictError):
    """The award is suspended on that day already."""

    code = "already_suspended"


class NotSuspendedError(ConflictError):
    """The award is not suspended on that day."""

    code = "award_not_suspended"


class BeforeIssueError(Error):
    """The day lies before the award was issued."""

    code = "before_issue"


class NothingToCorrectError(Error):
    """The correction changes nothing."""

    code = "nothing_to_correct"


class InvalidCorrectionError(Error):
    """A corrected value cannot stand in a certificate."""

    code = "invalid_correction"


class NoteTooLongError(Error):
    """The note is longer than can be kept."""

    code = "note_too_long"


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong, as it should be; None where nothing is changed.

    Occupation, level and scheme are not among these: the number and the accreditation rest on them, so such an award is
    annulled and another one made.

    Shape:  ``id_kind`` and ``id_number`` together; ``marks`` part code → points of 100, only the parts to be changed.
    """

    holder_name: str | None = None
    id_kind: str | None = None
    id_number: str | None = None
    work_type: str | None = None
    examined_on: date | None = None
    marks: Mapping[str, str] | None = None


def suspend(
    award: Award,
    *,
    from_on: date,
    until_on: date | None = None,
    reason: str,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> StatusEvent:
    """Take an award out of force for a time, both days included; ``until_on`` None: until reinstated.

    Raises: ForbiddenError; UnknownReasonError; BeforeIssueError; DatesOutOfOrderError; AlreadyAnnulledError;
            AlreadyRevokedError; AlreadyExpiredError; AlreadySuspendedError; NotIssuedError.
    """
    return _happen(award, Deed.SUSPEND, from_on, until_on, reason=reason, note=note, actor=actor, now=now)


def reinstate(
    award: Award, *, from_on: date | None = None, reason: str, note: str = "", actor: Actor, now: datetime
) -> StatusEvent:
    """Put a suspended award into force again, from today or the day given.

    Raises: ForbiddenError; UnknownReasonError; AlreadyAnnulledError; AlreadyRevokedError; NotSuspendedError;
            NotIssuedError.
    """
    return _happen(award, Deed.REINSTATE, from_on or today(now), reason=reason, note=note, actor=actor, now=now)


def revoke(
    award: Award, *, from_on: date | None = None, reason: str, note: str = "", actor: Actor, now: datetime
) -> StatusEvent:
    """Take an award away for good, from today or the day given; what it was before stays true.

    Raises: ForbiddenError; UnknownReasonError; BeforeIssueError; AlreadyAnnulledError; AlreadyRevokedError;
            NotIssuedError.
    """
    return _happen(award, Deed.REVOKE, from_on or today(now), reason=reason, note=note, actor=actor, now=now)


def annul(award: Award, *, reason: str, note: str = "", actor: Actor, now: datetime) -> StatusEvent:
    """Declare that an award never was: it counts from its start. Possible after a revocation too.

    Raises: ForbiddenError; UnknownReasonError; AlreadyAnnulledError; NotIssuedError.
    """
    return _happen(award, Deed.ANNUL, award.issued_on, reason=reason, note=note, actor=actor, now=now)


def expire(
    award: Award,
    *,
    from_on: date | None = None,
    reason: str = "term-ended",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> StatusEvent:
    """Let an award run out from today or the day given.

    Raises: ForbiddenError; UnknownReasonError; BeforeIssueError; AlreadyAnnulledError; AlreadyRevokedError;
            AlreadyExpiredError; NotIssuedError.
    """
    return _happen(award, Deed.EXPIRE, from_on or today(now), reason=reason, note=note, actor=actor, now=now)


def correct(
    award: Award, correction: Correction, *, reason: str, note: str = "", actor: Actor, now: datetime
) -> Instance:
    """Make a new document with right facts under the same number; the old one becomes void and is kept.

    Raises: ForbiddenError; UnknownReasonError; NothingToCorrectError; InvalidCorrectionError; AlreadyAnnulledError;
            AlreadyRevokedError; NotIssuedError.
    """
    return _replace(award, Deed.CORRECT, correction, reason=reason, note=note, actor=actor, now=now)


def reissue(award: Award, *, reason: str, note: str = "", actor: Actor, now: datetime) -> Instance:
    """Make a new document of the same facts under the same number, in place of one that was lost; that one becomes void.

    Raises: ForbiddenError; UnknownReasonError; AlreadyAnnulledError; AlreadyRevokedError; NotIssuedError.
    """
    return _replace(award, Deed.REISSUE, Correction(), reason=reason, note=note, actor=actor, now=now)


def today(now: datetime) -> date:
    """Return the day in China."""
    return now.astimezone(CHINA).date()


# ── what all deeds have in common ────────────────────────────────────────────────────────────────────────────────


def _permitted(actor: Actor, award: Award) -> None:
    """Pass for an issuing officer of the award's issuer, and for an officer of the authority."""
    if actor.holds(RoleKind.AUTHORITY_OFFICER):
        return
    try:
        require(actor, RoleKind.ISSUING_OFFICER, award.issuer_id)
    except ForbiddenError:
        raise ForbiddenError(f"{actor.name} may not change awards of this issuer", actor=actor.name) from None


def _checked_note(note: str) -> str:
    if len(note) > _NOTE_LIMIT:
        raise NoteTooLongError("the note is too long", n=len(note), limit=_NOTE_LIMIT)
    return note


def _begin(award: Award, now: datetime) -> tuple[Award, Instance, list[StatusEvent], datetime]:
    """Lock the award and return it with its current document, its events, and the moment of the new one."""
    locked = (
        Award.objects.select_for_update(no_key=True, of=("self",))
        .select_related("issuer__organisation")
        .get(pk=award.pk)
    )
    current = locked.instances.select_related("document").order_by("-serial").first()
    if current is None or getattr(current, "document", None) is None:
        raise NotIssuedError("the award is not signed yet", number=award.number)
    events = history(locked)
    # Two deeds never have the same moment, whatever the clocks of two machines say: order is part of the facts.
    moment = max(now, events[-1].at + timedelta(microseconds=1)) if events else now
    return locked, current, events, moment


def _happen(
    award: Award,
    deed: Deed,
    from_on: date,
    until_on: date | None = None,
    *,
    reason: str,
    note: str,
    actor: Actor,
    now: datetime,
) -> StatusEvent:
    _permitted(actor, award)
    reasons.check(deed, reason)
    finish(now, award=award)
    with transaction.atomic():
        locked, current, events, moment = _begin(award, now)
        _refuse_impossible(locked, events, deed, from_on, until_on)
        event = StatusEvent.objects.create(
            id=naming.ordered_ids(1, moment)[0],
            award=locked,
            issuer=locked.issuer,
            instance=current,
            deed=deed.value,
            from_on=from_on,
            until_on=until_on,
            reason=reason,
            note=_checked_note(note),
            at=moment,
            actor=actor.name,
        )
        _log(event, [(event, current, None)], now)
        _record(event, actor, now)
    publish(now, issuer=locked.issuer)
    return event


def _record(event: StatusEvent, actor: Actor, now: datetime) -> None:
    record(
        f"{event.deed}-award",
        f"{event.award.scheme_id}:{event.award.number}",
        actor=actor,
        now=now,
        organisation=event.award.issuer_id,
        from_on=event.from_on.isoformat(),
        until_on=event.until_on.isoformat() if event.until_on else None,
        reason=event.reason,
    )


def _refuse_impossible(
    award: Award, events: Sequence[StatusEvent], deed: Deed, from_on: date, until_on: date | None
) -> None:
    """Pass if the deed can happen to the award as it is."""
    number = award.number
    deeds = {event.deed for event in events}
    if Deed.ANNUL.value in deeds:
        raise AlreadyAnnulledError("the award is annulled", number=number)
    if Deed.REVOKE.value in deeds and deed is not Deed.ANNUL:
        raise AlreadyRevokedError("the award is revoked", number=number)
    if from_on < award.issued_on:
        raise BeforeIssueError(
            "the day lies before the award was issued", number=number, issued_on=award.issued_on.isoformat()
        )
    if until_on is not None and until_on < from_on:
        raise DatesOutOfOrderError("the last day lies before the first", number=number)
    state = standing(award, events, from_on).state
    if deed in (Deed.SUSPEND, Deed.EXPIRE) and state is State.EXPIRED:
        raise AlreadyExpiredError("the award has run out by then", number=number)
    if deed is Deed.SUSPEND and state is State.SUSPENDED:
        raise AlreadySuspendedError("the award is suspended on that day already", number=number)
    if deed is Deed.REINSTATE and state is not State.SUSPENDED:
        raise NotSuspendedError("the award is not suspended on that day", number=number)


def _log(event: StatusEvent, said: Sequence[tuple[StatusEvent, Instance, Instance | None]], now: datetime) -> None:
    """Append a leaf for each event and the document that it is said of."""
    at = max(now, event.at).astimezone(UTC).replace(microsecond=0)
    bodies = [
        leaves.StatusLeaf(
            at,
            Deed(what.deed),
            instance.document.sha256,
            what.from_on,
            what.reason,
            what.until_on,
            replaced_by.document.sha256 if replaced_by is not None else None,
        ).to_bytes()
        for what, instance, replaced_by in said
    ]
    first = tlog.append(bodies)
    EventLeaf.objects.bulk_create(
        EventLeaf(leaf_id=first + at, event=what, instance=instance) for at, (what, instance, _) in enumerate(said)
    )


# ── a new document in place of the old one ───────────────────────────────────────────────────────────────────────


def _replace(
    award: Award, deed: Deed, correction: Correction, *, reason: str, note: str, actor: Actor, now: datetime
) -> Instance:
    _permitted(actor, award)
    reasons.check(deed, reason)
    finish(now, award=award)
    with transaction.atomic():
        locked, current, events, moment = _begin(award, now)
        _refuse_impossible(locked, events, deed, max(today(now), locked.issued_on), None)
        rewritten = _rewrite(locked, current, correction, deed, moment)
        if deed is Deed.CORRECT and not rewritten.changes:
            raise NothingToCorrectError("the correction changes nothing", number=locked.number)
        Form.objects.bulk_create([Form(id=rewritten.form_id, facts=rewritten.form_text)], ignore_conflicts=True)
        rewritten.instance.save(force_insert=True)
        event = StatusEvent.objects.create(
            id=naming.ordered_ids(1, moment)[0],
            award=locked,
            issuer=locked.issuer,
            instance=current,
            deed=deed.value,
            from_on=max(today(now), locked.issued_on),
            reason=reason,
            note=_checked_note(note),
            changes=rewritten.changes,
            replaced_by=rewritten.instance,
            at=moment,
            actor=actor.name,
        )
        if rewritten.columns:
            Award.objects.filter(pk=locked.pk).update(**rewritten.columns)
            locked.refresh_from_db(fields=["holder_name", "id_hash"])
            rename_holder(bytes(locked.id_hash), locked.holder_name)
        _record(event, actor, now)
    _finish(event.pk, now)
    publish(now, issuer=locked.issuer)
    return Instance.objects.select_related("document", "award").get(pk=rewritten.instance.pk)


def finish(now: datetime, *, award: Award | None = None) -> int:
    """Sign the documents of corrections and reissues that were cut short; return how many.

    Raises: NoKeyInForceError; what the keystore and the log raise.
    """
    pending = StatusEvent.objects.filter(deed__in=_REPLACING, leaves=None)
    if award is not None:
        pending = pending.filter(award=award)
    return sum(_finish(event_id, now) for event_id in pending.order_by("at").values_list("pk", flat=True))


def _finish(event_id: uuid.UUID, now: datetime) -> int:
    with transaction.atomic():
        event = StatusEvent.objects.select_related("instance__document", "replaced_by__form").get(pk=event_id)
        award = (
            Award.objects.select_for_update(no_key=True, of=("self",))
            .select_related("issuer__organisation")
            .get(pk=event.award_id)
        )
        if event.leaves.exists():
            return 0
        fresh = event.replaced_by
        assert fresh is not None, "a replacing event names its replacement"
        press = Press(
            orjson.loads(fresh.form.facts),
            signer_at(award.issuer.organisation, fresh.prepared_at),
            created=fresh.prepared_at,
            logged_at=max(now, fresh.prepared_at),
        )
        signed = press.sign(fresh.pk.hex, fresh.facts.encode())
        fresh.document = Document.objects.create(
            instance=fresh,
            own=signed.own,
            sha256=signed.digest,
            leaf_id=tlog.append([signed.leaf]),
            signed_at=now,
        )
        earlier = [e for e in history(award) if e.at < event.at and e.deed in _CARRIED]
        # What still bears on the award is said of the new document too: its bundle must tell the whole story.
        _log(event, [(event, event.instance, fresh), *((e, fresh, None) for e in earlier)], now)
    return 1


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """A new document before it is stored. ``columns`` what the award says from now on."""

    instance: Instance
    form_id: str
    form_text: str
    changes: dict[str, Any]
    columns: dict[str, Any]


def _rewrite(award: Award, current: Instance, correction: Correction, deed: Deed, moment: datetime) -> _Rewritten:
    """Put together the facts of the new document."""
    old_form, old_own = orjson.loads(current.form.facts), orjson.loads(current.facts)
    new = _corrected(award, old_form, old_own, correction)
    (status_list, (index,)) = places.take(award.issuer_id, 1)[0]
    form = {
        **old_form,
        "work_type": new.work_type,
        "lists": forms.named_lists(award.issuer.organisation.slug, status_list.ordinal),
    }
    form_id, form_text = forms.stored(form)
    instance_id = naming.ordered_ids(1, moment)[0]
    salt = os.urandom(naming.TOKEN_BYTES).hex()
    serial = current.serial + 1
    own = forms.own(
        number=award.number,
        holder=new.holder_name,
        identity_hash=forms.identity_hash(new.id_number, opening(instance_id), salt),
        salt=salt,
        issued_on=old_own["issued_on"],
        valid_until=old_own["valid_until"],
        examined_on=new.examined_on,
        marks=[new.marks[part["code"]] for part in form["parts"]],
        index=index,
        serial=serial,
        remark=_remark(deed, current.serial),
    )
    instance = Instance(
        id=uuid.UUID(hex=instance_id),
        award=award,
        serial=serial,
        kind=InstanceKind.CORRECTION if deed is Deed.CORRECT else InstanceKind.REISSUE,
        form_id=form_id,
        facts=orjson.dumps(own).decode(),
        token=os.urandom(naming.TOKEN_BYTES),
        status_list=status_list,
        status_index=index,
        prepared_at=moment,
    )
    return _Rewritten(instance, form_id, form_text, new.changes, new.columns)


def _remark(deed: Deed, replaced: int) -> str:
    if deed is Deed.CORRECT:
        return f"Corrected; takes the place of document {replaced}"
    return f"Reissued; takes the place of document {replaced}"


@dataclass(slots=True)
class _Facts:
    """The facts that a correction may change, as they stand after it."""

    holder_name: str
    id_number: str
    work_type: str
    examined_on: str | None
    marks: dict[str, str]
    changes: dict[str, Any]
    columns: dict[str, Any]


def _corrected(award: Award, form: Mapping[str, Any], own: Mapping[str, Any], correction: Correction) -> _Facts:
    marks = dict(zip((part["code"] for part in form["parts"]), own["marks"], strict=True))
    now = _Facts(own["holder"], identity_number(award), form["work_type"], own["examined_on"], marks, {}, {})
    if correction.holder_name is not None:
        name = _name(correction.holder_name)
        _change(now, "holder_name", now.holder_name, name)
        now.holder_name = name
    if correction.id_number is not None:
        _correct_identity(now, award, correction)
    if correction.work_type is not None:
        work_type = correction.work_type.strip()
        if len(work_type) > 100 or not work_type.isprintable():
            raise InvalidCorrectionError("the work type cannot stand in a certificate", member="work_type")
        _change(now, "work_type", now.work_type, work_type)
        now.work_type = work_type
    if correction.examined_on is not None:
        if correction.examined_on > award.issued_on:
            raise InvalidCorrectionError("the exam would be after the issue", member="examined_on")
        _change(now, "examined_on", now.examined_on, correction.examined_on.isoformat(), column=False)
        now.examined_on = correction.examined_on.isoformat()
    if correction.marks:
        corrected = now.marks | {code: _mark(form, code, mark) for code, mark in correction.marks.items()}
        _change(now, "marks", now.marks, corrected, column=False)
        now.marks = corrected
    return now


def _name(text: str) -> str:
    name, said = cells.name(text)
    wrong = next((code for code, _ in said if CODES[code].severity == "error"), None)
    if wrong is not None:
        raise InvalidCorrectionError(CODES[wrong].title["en"], member="holder_name", cause=wrong)
    return name


def _change(facts: _Facts, name: str, old: Any, new: Any, *, column: bool = True) -> None:
    if old != new:
        facts.changes[name] = {"old": old, "new": new}
        if column:
            facts.columns[name] = new


def _correct_identity(facts: _Facts, award: Award, correction: Correction) -> None:
    result = Result.objects.only("id_kind").get(pk=award.result_id)
    answer = documents.check(correction.id_kind or result.id_kind, correction.id_number or "")
    if not answer.valid or answer.parts is None:
        raise InvalidCorrectionError("the identity number cannot be right", member="id_number")
    if answer.parts.number == facts.id_number:
        return
    hashed = identity.keyed_hash(answer.parts.kind, answer.parts.number)
    sealed = identity.seal(answer.parts.number, hashed)
    # Old and new are kept, but only for who holds the register's secret.
    facts.changes["identity"] = {"old": bytes(award.id_hash).hex(), "new": hashed.hex(), "sealed": sealed.hex()}
    facts.columns |= {"id_hash": hashed, "id_corrected": sealed}
    facts.id_number = answer.parts.number


def _mark(form: Mapping[str, Any], code: str, mark: str) -> str:
    part = next((part for part in form["parts"] if part["code"] == code), None)
    if part is None:
        raise InvalidCorrectionError("the certificate has no mark for this part", member="marks", part=code)
    try:
        points = Decimal(mark)
    except InvalidOperation:
        raise InvalidCorrectionError("the mark is not a number", member="marks", part=code) from None
    if not points.is_finite() or not 0 <= points <= 100 or points != points.quantize(Decimal("0.01")):
        raise InvalidCorrectionError("a mark is 0 to 100 with at most two decimals", member="marks", part=code)
    if points < Decimal(part["pass_mark"]):
        raise InvalidCorrectionError("with this mark there would be no award: annul it", member="marks", part=code)
    return f"{points.normalize():f}"


def identity_number(award: Award) -> str:
    """Return the holder's identity number. Never for a door: it is signed as a salted hash, and shown to the holder only.

    Raises: IdentitySecretError.
    """
    if award.id_corrected is not None:
        return identity.unseal(bytes(award.id_corrected), bytes(award.id_hash))
    result = Result.objects.only("id_sealed", "id_hash").get(pk=award.result_id)
    return identity.unseal(bytes(result.id_sealed), bytes(result.id_hash))
