"""Prepare, sign, publish: the way from results to awards that anyone can check.

Each stage may be cut short anywhere and run again. A chunk of rows is prepared in one transaction (what will be signed is
then stored), signed, and put into the register in a later one (document and leaf together); the batch's own counts move on
in the same transactions, so nothing is done twice and nothing left out. While one chunk is being signed (``pressing``) the
register takes in the one before it and the drafts of the one after it, in one transaction. What is kept in memory from
one stage to the next is only what has been stored, as it was stored.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from guildhall.accounts import bulk
from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import COMMAND, Actor, record, require
from guildhall.assessment.award_keys import award_ids_of
from guildhall.assessment.identity import derived, derived_many, unseal
from guildhall.assessment.models import Batch
from guildhall.credentials import forms, naming, places, pressing
from guildhall.credentials.attesting import attest
from guildhall.credentials.keys import provide_issuer_key
from guildhall.credentials.lists import publish_status_lists
from guildhall.credentials.models import Award, Document, Form, Instance, InstanceKind, Plate, StatusList
from guildhall.credentials.pressing import Pressed, Room
from guildhall.issuers import selectors as issuers
from guildhall.issuers.models import Accreditation, Issuer, Site
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation, Standard
from guildhall.tlog import services as tlog
from guildhall.tlog.models import Log

CHUNK = 10_000
"""Rows a transaction at most: enough that waiting for the disk does not count, few enough to be quickly done again."""

_CHUNKS, _LEAST = 5, 1000
"""A batch goes in so many chunks, if they are not too small for that: while one is signed the others are written."""

_OF_RESULT = (
    "id", "holder_name", "number", "work_type", "level", "region", "CAST(examined_on AS TEXT)",
    "CAST(issued_on AS TEXT)", "CAST(marks AS TEXT)", "scheme_id", "occupation_id", "standard_id", "accreditation_id",
    "site_id",
)  # fmt: skip
_OF_DRAFT = ("award_id", "id", "form_id", "facts")
_RESULTS = "FROM assessment_result WHERE batch_id = %s AND place >= %s AND place < %s ORDER BY place"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come."""

    n_good: int
    n_prepared: int
    n_signed: int
    n_issued: int


_SALT_BYTES = 16
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Documents that are stored and not yet signed, in the order of the batch. Ids are 32 hex digits."""

    first: int
    ids: Sequence[str]
    forms: Sequence[str]
    owns: Sequence[bytes]
    prepared_at: datetime

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class _Sheets:
    """Drafts as they will be stored, column by column."""

    drafts: Drafts
    awards: Mapping[str, bulk.Column]
    instances: Mapping[str, bulk.Column]


def issue(
    batch: Batch, *, actor: Actor, now: datetime, room: Room | None = None, on_progress: OnProgress | None = None
) -> Batch:
    """Bring a batch from results to issued awards, from wherever it stands.

    Shape:  ``room`` is where documents are signed (``pressroom``); without one a thread of this process does it.
    Raises: ForbiddenError; NoKeyInForceError; SigningWorkerLostError (run again to go on); what the keystore and the log
            raise.
    """
    work = _begun(batch, actor, now)
    with bulk.loading(), nullcontext(room) if room is not None else pressing.pressroom(0) as work.room:
        while work.step(now):
            _tell(work.batch, on_progress)
    publish(now, issuer=batch.issuer)
    _mark_issued(work.batch, actor, now)
    batch.refresh_from_db()
    _tell(batch, on_progress)
    return batch


def prepare(batch: Batch, *, actor: Actor = COMMAND, now: datetime) -> int:
    """Fix all that will be signed for every result of the batch that has none yet, and return for how many.

    Raises: ForbiddenError.
    """
    work = _begun(batch, actor, now)
    n_prepared = 0
    while drafts := work.prepare(now):
        n_prepared += len(drafts)
    return n_prepared


def sign(batch: Batch, *, actor: Actor = COMMAND, now: datetime) -> int:
    """Sign every prepared document of the batch that is not signed, each with its leaf, and return how many.

    Raises: ForbiddenError; NoKeyInForceError; what the keystore raises.
    """
    work = _begun(batch, actor, now)
    n_signed = 0
    while drafts := work.stored_drafts():
        n_signed += work.sign(drafts, now)
    return n_signed


def _begun(batch: Batch, actor: Actor, now: datetime) -> _Work:
    """Begin a stage: the actor may, the issuer has a key, and what its filings say is attested."""
    require(actor, RoleKind.ISSUING_OFFICER, batch.issuer_id)
    provide_issuer_key(batch.issuer, now=now)
    attest(now, issuer=batch.issuer)
    return _Work(Batch.objects.select_related("issuer__organisation").get(pk=batch.pk), actor)


def publish(now: datetime, *, issuer: Issuer | None = None) -> None:
    """Put into public what is signed: a checkpoint over all leaves, and the status lists that are new or changed."""
    tlog.publish(now)
    publish_status_lists(now, issuer=issuer)


def progress(batch: Batch) -> Progress:
    """Return how far a batch has come."""
    return Progress(batch.n_good, batch.n_prepared, batch.n_signed, batch.n_good if batch.issued_at else 0)


def _tell(batch: Batch, on_progress: OnProgress | None) -> None:
    if on_progress is not None:
        on_progress(progress(batch))


def _mark_issued(batch: Batch, actor: Actor, now: datetime) -> None:
    """Note that a checkpoint covers the whole batch, once."""
    with transaction.atomic():
        fresh = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        if fresh.issued_at is not None or fresh.n_signed < fresh.n_good:
            return
        # Documents are signed in the order of the batch, so the last one's leaf is the last.
        last = Document.objects.filter(
            instance__serial=1, instance__award_id__in=_award_ids(fresh, fresh.n_good - 1, fresh.n_good)
        ).values_list("leaf", flat=True)
        log = Log.objects.first()
        if fresh.n_good and (log is None or last[0] >= log.published_size):
            return
        Batch.objects.filter(pk=fresh.pk).update(issued_at=now)
        record("publish", str(fresh.pk), actor=actor, now=now, organisation=fresh.issuer_id, n_awards=fresh.n_good)


@dataclass(slots=True)
class _Work:
    """One run over one batch: what stays the same between its chunks."""

    batch: Batch
    actor: Actor
    room: Room = field(default_factory=pressing.here)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    _groups: dict[tuple[Any, ...], str] = field(default_factory=dict)
    _lists: dict[str, StatusList] = field(default_factory=dict)
    _out: deque[tuple[Drafts, Future[Pressed]]] = field(default_factory=deque)
    _sent: int | None = None

    def step(self, now: datetime) -> bool:
        """Send drafts to be signed, or take in signed ones; False when there is nothing more to do."""
        if len(self._out) < self.room.depth:
            drafts = self.stored_drafts(self._sent)
            if drafts is None:
                drafts = self.prepare(now)
            if drafts is not None:
                self._send(drafts, now)
                return True
        if not self._out:
            return False
        drafts, waiting = self._out.popleft()
        fresh = self._take_in(drafts, pressing.pressed(waiting), now)
        if fresh is not None and fresh.first == self._sent:
            self._send(fresh, now)
        return True

    def _send(self, drafts: Drafts, now: datetime) -> None:
        """Send drafts, which are stored, to be signed."""
        self._out.append((drafts, self.room.submit(self._order(drafts, now))))
        self._sent = drafts.first + len(drafts)

    def _take_in(self, drafts: Drafts, pressed: Pressed, now: datetime) -> Drafts | None:
        """Put signed documents into the register, together with the next drafts, which are returned if there are any."""
        fresh = None
        # Made before the transaction begins: while it lasts, others wait.
        sheets = self._drawn_up(now) if self.batch.n_prepared == self._sent else None
        with transaction.atomic():
            batch = self._locked()
            if batch.n_signed == drafts.first:
                if sheets is not None and self._enter(batch, sheets, now):
                    fresh = sheets.drafts
                # The log's row is held from here to the commit, so it comes last.
                self._keep(batch, drafts, pressed, now)
            else:
                # Somebody else was faster: what is out may be signed by now, too, so it is looked up anew.
                self._out.clear()
                self._sent = None
        self.batch = batch
        return fresh

    # ── prepare ──────────────────────────────────────────────────────────────────────────────────────────────────

    def prepare(self, now: datetime) -> Drafts | None:
        """Prepare the next chunk; None when all rows are."""
        self.batch = self._read()
        while (sheets := self._drawn_up(now)) is not None:
            with transaction.atomic():
                batch = self._locked()
                is_entered = self._enter(batch, sheets, now)
            self.batch = batch
            if is_entered:
                return sheets.drafts
        return None

    def _drawn_up(self, now: datetime) -> _Sheets | None:
        """Return drafts of the next chunk that are not stored yet; None when all rows of the batch have theirs."""
        first = self.batch.n_prepared
        if first >= self.batch.n_good:
            return None
        columns = (*_OF_RESULT, bulk.hexed("id_hash"), bulk.hexed("id_sealed"))
        # Nothing is signed before the first chunk is stored, so that one is small.
        n_rows = self._n_together if first else min(self._n_together, _LEAST)
        rows = bulk.read(columns, _RESULTS, self.batch.pk, first, first + n_rows)
        return self._of_rows(rows, first, now)

    def _enter(self, batch: Batch, sheets: _Sheets, now: datetime) -> bool:
        """Store drafts in the caller's transaction; False if another worker has been faster (their places stay empty)."""
        if batch.n_prepared != sheets.drafts.first:
            return False
        bulk.insert(Award, sheets.awards)
        bulk.insert(Instance, sheets.instances)
        batch.n_prepared += len(sheets.drafts)
        Batch.objects.filter(pk=batch.pk).update(n_prepared=batch.n_prepared)
        if batch.n_prepared == batch.n_good:
            record("prepare", str(batch.pk), actor=self.actor, now=now, organisation=batch.issuer_id,
                   n_awards=batch.n_good)  # fmt: skip
        return True

    @property
    def _n_together(self) -> int:
        return min(CHUNK, max(_LEAST, self.batch.n_good // _CHUNKS))

    def _locked(self) -> Batch:
        batch = Batch.objects.select_for_update(no_key=True).get(pk=self.batch.pk)
        batch.issuer = self.batch.issuer
        return batch

    def _of_rows(self, rows: Sequence[Sequence[Any]], first: int, now: datetime) -> _Sheets:
        (result_ids, holders, numbers, work_types, levels, regions, examined, issued, marks, schemes, occupations,
         standards, accreditations, sites, hashes, sealed) = zip(*rows, strict=True)  # fmt: skip
        n_rows = len(rows)
        id_hashes = [bytes.fromhex(text) for text in hashes]
        instance_ids = naming.ordered_ids(n_rows, now)
        indices: list[int] = []
        lists: list[str] = []
        with transaction.atomic():
            given = places.take(self.batch.issuer_id, n_rows)
        for status_list, taken in given:
            indices += taken
            lists += [status_list.pk.hex] * len(taken)
            self._lists[status_list.pk.hex] = status_list
        salts = os.urandom(_SALT_BYTES * n_rows).hex()
        codes = {text: tuple(orjson.loads(text)) for text in dict.fromkeys(marks)}
        keys = zip(schemes, occupations, standards, levels, accreditations, sites, regions, work_types, lists,
                   [codes[text] for text in marks], strict=True)  # fmt: skip
        form_ids = [self._groups.get(key) or self._new_form(key) for key in keys]
        points = {pair: self._points(*pair) for pair in dict.fromkeys(zip(form_ids, marks, strict=True))}
        until = self._last_days(schemes, issued)
        opened = openings(instance_ids)
        owns = [
            orjson.dumps(
                forms.own(
                    number=number,
                    holder=holder,
                    identity_hash=forms.identity_hash(unseal(bytes.fromhex(box), id_hash), opening_, salt),
                    salt=salt,
                    issued_on=issued_on,
                    valid_until=valid_until,
                    examined_on=examined_on,
                    marks=points[pair],
                    index=index,
                )
            )
            for salt, number, holder, box, id_hash, opening_, issued_on, valid_until, examined_on, pair, index in zip(
                [salts[at : at + 32] for at in range(0, 32 * n_rows, 32)], numbers, holders, sealed, id_hashes, opened,
                issued, until, examined, zip(form_ids, marks, strict=True), indices, strict=True,
            )
        ]  # fmt: skip
        award_ids = award_ids_of(schemes, numbers)
        awards: dict[str, bulk.Column] = {
            "id": award_ids,
            "scheme_id": schemes,
            "number": numbers,
            "result_id": result_ids,
            "batch_id": bulk.Same(self.batch.pk),
            "issuer_id": bulk.Same(self.batch.issuer_id),
            "accreditation_id": accreditations,
            "occupation_id": occupations,
            "standard_id": standards,
            "work_type": work_types,
            "level": levels,
            "holder_name": holders,
            "id_hash": id_hashes,
            "issued_on": issued,
            "valid_until": until,
            "created_at": bulk.Same(now),
        }
        instances: dict[str, bulk.Column] = {
            "id": instance_ids,
            "award_id": award_ids,
            "serial": bulk.Same(1),
            "kind": bulk.Same(InstanceKind.ORIGINAL.value),
            "form_id": form_ids,
            "facts": [text.decode() for text in owns],
            "token": naming.ordered_tokens(n_rows, now),
            "status_list_id": lists,
            "status_index": indices,
            "prepared_at": bulk.Same(now),
        }
        return _Sheets(Drafts(first, instance_ids, form_ids, owns, now), awards, instances)

    def _new_form(self, key: tuple[Any, ...]) -> str:
        scheme, occupation, standard, level, accreditation, site, region, work_type, status_list, marked = key
        facts = forms.form(
            issuer=self.batch.issuer,
            scheme=Scheme.objects.get(pk=scheme),
            occupation=Occupation.objects.select_related("classification").get(pk=occupation),
            standard=None if standard is None else Standard.objects.get(pk=standard),
            level=level,
            accreditation=Accreditation.objects.get(pk=accreditation),
            site=None if site is None else Site.objects.get(pk=site),
            region=region,
            work_type=work_type,
            marked=marked,
            status_list=self._lists[status_list],
        )
        form_id, text = forms.stored(facts)
        Form.objects.bulk_create([Form(id=form_id, facts=text)], ignore_conflicts=True)
        self.forms[form_id] = facts
        self._groups[key] = form_id
        return form_id

    def _points(self, form_id: str, marks: str) -> list[str]:
        """Return the points of a text of marks in the order of the form's parts."""
        points = orjson.loads(marks)
        return [points[part["code"]] for part in self.forms[form_id]["parts"]]

    def _last_days(self, schemes: Sequence[str], issued: Sequence[str]) -> list[str | None]:
        months = dict(Scheme.objects.filter(pk__in=set(schemes)).values_list("code", "validity_months"))
        if not any(months.values()):
            return [None] * len(issued)
        days = (
            forms.last_day(date.fromisoformat(text), months[code]) for code, text in zip(schemes, issued, strict=True)
        )
        return [None if day is None else day.isoformat() for day in days]

    # ── sign ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def stored_drafts(self, after: int | None = None) -> Drafts | None:
        """Return the next chunk of documents that are prepared and not signed, read back; None when there is none.

        Shape:  ``after`` so many documents of the batch are signed or being signed; None looks it up.
        """
        if after is None:
            self.batch = self._read()
            after = self.batch.n_signed
        first, last = after, min(self.batch.n_prepared, after + self._n_together)
        if first >= last:
            return None
        award_ids = _award_ids(self.batch, first, last)
        drafts = {bulk.hex_of(row[0]): row[1:] for row in bulk.read(_OF_DRAFT, *_drafts(award_ids))}
        ids, form_ids, owns = zip(*(drafts[award_id] for award_id in award_ids), strict=True)
        times = Instance.objects.filter(pk__in=[ids[0], ids[-1]]).values_list("prepared_at", flat=True).distinct()
        if len(times) > 1:
            # The chunk spans two runs of prepare: take it up to where the time changes.
            return self._of_one_time(ids, form_ids, owns, first)
        return Drafts(first, [bulk.hex_of(i) for i in ids], form_ids, [text.encode() for text in owns], times[0])

    def _read(self) -> Batch:
        batch = Batch.objects.get(pk=self.batch.pk)
        batch.issuer = self.batch.issuer
        return batch

    def _of_one_time(
        self, ids: Sequence[str | UUID], form_ids: Sequence[str], owns: Sequence[str], first: int
    ) -> Drafts:
        times = dict(Instance.objects.filter(pk__in=ids).values_list("id", "prepared_at"))
        stamps = [times[key if isinstance(key, UUID) else UUID(hex=key)] for key in ids]
        n_alike = next((at for at, stamp in enumerate(stamps) if stamp != stamps[0]), len(stamps))
        return Drafts(
            first,
            [bulk.hex_of(key) for key in ids[:n_alike]],
            form_ids[:n_alike],
            [text.encode() for text in owns[:n_alike]],
            stamps[0],
        )

    def sign(self, drafts: Drafts, now: datetime) -> int:
        """Sign documents and log them, all or none; return how many (none if another worker was faster)."""
        pressed = pressing.pressed(self.room.submit(self._order(drafts, now)))
        with transaction.atomic():
            batch = self._locked()
            is_next = batch.n_signed == drafts.first
            if is_next:
                self._keep(batch, drafts, pressed, now)
        self.batch = batch
        return len(drafts) if is_next else 0

    def _order(self, drafts: Drafts, now: datetime) -> pressing.Order:
        key = issuers.key_at(self.batch.issuer.organisation, drafts.prepared_at)
        facts = {name: self._form(name) for name in dict.fromkeys(drafts.forms)}
        return pressing.Order(
            drafts.ids, drafts.forms, drafts.owns, facts, key.key_id, key.multibase, drafts.prepared_at, now
        )

    def _form(self, form_id: str) -> dict[str, Any]:
        if form_id not in self.forms:
            self.forms[form_id] = orjson.loads(Form.objects.get(pk=form_id).facts)
        return self.forms[form_id]

    def _keep(self, batch: Batch, drafts: Drafts, pressed: Pressed, now: datetime) -> None:
        """Put signed documents and their leaves into the register, in the caller's transaction."""
        _keep_plates(pressed.plate_texts)
        first_leaf = tlog.append(pressed.leaves)
        bulk.insert(
            Document,
            {
                "instance_id": drafts.ids,
                "plate_id": pressed.plates,
                "own": pressed.owns,
                "sha256": pressed.digests,
                "leaf_id": range(first_leaf, first_leaf + len(drafts)),
                "signed_at": bulk.Same(now),
            },
        )
        batch.n_signed += len(drafts)
        Batch.objects.filter(pk=batch.pk).update(n_signed=batch.n_signed)
        if batch.n_signed == batch.n_good:
            record("sign", str(batch.pk), actor=self.actor, now=now, organisation=batch.issuer_id,
                   n_awards=batch.n_good)  # fmt: skip


def _award_ids(batch: Batch, first: int, last: int) -> list[str]:
    """Return the keys of a batch's awards, from place ``first`` up to before ``last``."""
    rows = bulk.read(("scheme_id", "number"), _RESULTS, batch.pk, first, last)
    return award_ids_of([scheme for scheme, _ in rows], [number for _, number in rows])


def _drafts(award_ids: Sequence[str]) -> tuple[str, str]:
    """Return the SQL for the first documents of these awards, from FROM on, and what it takes."""
    keys = (
        "json_array_elements_text(%s::json)::uuid" if connection.vendor == "postgresql" else "value FROM json_each(%s)"
    )
    source = f"FROM credentials_instance WHERE serial = 1 AND award_id IN (SELECT {keys})"
    return source, orjson.dumps(award_ids).decode()


def _keep_plates(texts: Mapping[str, str]) -> None:
    """Store the plates that are new. It is done in each transaction: a plate of one rolled back would be missing."""
    known = set(Plate.objects.filter(pk__in=texts).values_list("pk", flat=True))
    fresh = [Plate(id=name, text=text) for name, text in texts.items() if name not in known]
    Plate.objects.bulk_create(fresh, ignore_conflicts=True)


def opening(instance_id: str) -> str:
    """Return the secret that opens the identity hash of a document: for its holder alone.

    It is computed, not stored: nobody without the register's secret can (``assessment.identity``).

    Shape:  ``instance_id`` 32 hex digits; 128 bits as 32 hex digits.
    """
    return derived("opening", bytes.fromhex(instance_id), 16).hex()


def openings(instance_ids: Sequence[str]) -> list[str]:
    """Return the secrets of many documents, as ``opening`` gives each."""
    return [secret.hex() for secret in derived_many("opening", [bytes.fromhex(i) for i in instance_ids], 16)]


def unfinished() -> Iterator[Batch]:
    """Yield the batches that are not wholly issued, oldest first."""
    yield from Batch.objects.filter(issued_at=None).select_related("issuer__organisation").order_by("created_at")
