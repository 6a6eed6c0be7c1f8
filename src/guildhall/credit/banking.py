"""Bringing outcomes into accounts: from the register by itself, and from those entitled to bank others.

An award's outcome comes from the public log: a sweep walks its leaves from where it last stopped, so nothing is banked before a
checkpoint covers it, nothing twice, and a sweep cut short goes on where its last transaction ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import transaction

from guildhall.accounts import bulk
from guildhall.accounts.models import Organisation, OrganisationKind, RoleKind
from guildhall.accounts.services import COMMAND, Actor, record, require
from guildhall.assessment import identity
from guildhall.core.amounts import amount_text
from guildhall.core.codes import identity as documents
from guildhall.core.errors import ConflictError, Error, ForbiddenError, MalformedError
from guildhall.core.outcome import KINDS, read_outcome
from guildhall.core.reading import Reading
from guildhall.core.results import fields as cells
from guildhall.core.results.sentences import CODES
from guildhall.credentials import naming
from guildhall.credentials.models import Document
from guildhall.credit import ledger
from guildhall.credit.models import (
    Account,
    Balance,
    Bucket,
    CreditValue,
    Deed,
    Entry,
    Outcome,
    Position,
    Posting,
    Unit,
)
from guildhall.credit.rule_sets import digest_of
from guildhall.schemes import selectors as schemes
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation
from guildhall.tlog.models import Log

CHUNK: Final = 2000
"""Awards a transaction."""

CERTIFICATE: Final = "vocational-certificate"
ENTITLED: Final[Mapping[OrganisationKind, frozenset[str]]] = {
    OrganisationKind.ISSUER: frozenset({"training-certificate", "x-certificate", "other-certificate"}),
    OrganisationKind.COLLEGE: frozenset({"diploma", "course", "online-course", "training-certificate", "performance"}),
    OrganisationKind.AUTHORITY: frozenset(KINDS) - {CERTIFICATE},
}
"""Who may bank what. A certificate of the register banks itself, and nobody else can bank one."""

_OFFICERS: Final = {
    OrganisationKind.ISSUER: RoleKind.ISSUING_OFFICER,
    OrganisationKind.COLLEGE: RoleKind.COLLEGE_OFFICER,
    OrganisationKind.AUTHORITY: RoleKind.AUTHORITY_OFFICER,
}
_REFERENCE_LIMIT: Final = 120
_KIND_LIMIT: Final = 24
AWARDS: Final = "awards"


class InvalidOutcomeError(MalformedError):
    """An outcome that does not keep its format; ``problems`` lists the places."""

    code = "invalid_outcome"


class NotEntitledError(ForbiddenError):
    """An organisation of this kind banks no outcomes of that kind."""

    code = "not_entitled_to_deposit"


class ReferenceTakenError(ConflictError):
    """The depositor has banked something else under this reference."""

    code = "outcome_reference_taken"


class HolderDiffersError(ConflictError):
    """The account of this identity number bears another name."""

    code = "holder_differs"


class InvalidHolderError(Error):
    """The identity number or the name cannot be right."""

    code = "invalid_holder"


class InvalidValueError(Error):
    """A certificate is worth 0.01 to 9,999.99 credits."""

    code = "invalid_credit_value"


class _Banked(NamedTuple):
    """An outcome before it is written."""

    account: UUID
    depositor: UUID
    reference: str
    facts: dict[str, Any]
    award: UUID | None
    name: dict[str, str]


# ── accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _named(name: str) -> str:
    plain, said = cells.name(name)
    wrong = next((code for code, _ in said if CODES[code].severity == "error"), None)
    if wrong is not None:
        raise InvalidHolderError(CODES[wrong].title["en"], member="holder_name", cause=wrong)
    return plain


def person(id_kind: str, id_number: str) -> documents.Identity:
    """Return an identity number in its one form.

    Raises: InvalidHolderError.
    """
    answer = documents.check(id_kind, id_number)
    if not answer.valid or answer.parts is None:
        raise InvalidHolderError("the identity number cannot be right", member="id_number")
    if len(answer.parts.kind) > _KIND_LIMIT or not answer.parts.kind.isprintable():
        raise InvalidHolderError("the kind of document cannot be right", member="id_kind")
    return answer.parts


def open_account(id_kind: str, id_number: str, holder_name: str, *, now: datetime) -> Account:
    """Return the account of a person, opened if there is none yet, locked until commit.

    Raises: InvalidHolderError; HolderDiffersError.
    """
    known = person(id_kind, id_number)
    name = _named(holder_name)
    hashed = identity.keyed_hash(known.kind, known.number)
    Account.objects.bulk_create(
        [
            Account(
                id_kind=known.kind,
                id_hash=hashed,
                id_sealed=identity.seal(known.number, hashed),
                holder_name=name,
                opened_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    account = Account.objects.select_for_update(no_key=True).get(id_hash=hashed)
    if account.holder_name != name:
        raise HolderDiffersError("the account of this identity number bears another name")
    return account


# ── outcomes of others ───────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def deposit(
    facts: Mapping[str, Any],
    reference: str,
    organisation: Organisation,
    *,
    id_kind: str,
    id_number: str,
    holder_name: str,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """Bank an outcome in a person's account; the same reference with the same facts again changes nothing.

    Shape:  ``facts`` an outcome of a record (docs/formats/record.md) without ``id`` and ``status``; ``reference`` the depositor's own
            name for it, 1 to 120 characters.
    Raises: ForbiddenError; NotEntitledError; InvalidOutcomeError; InvalidHolderError; HolderDiffersError;
            ReferenceTakenError; UnstorableTextError.
    """
    kind = OrganisationKind(organisation.kind)
    if kind not in _OFFICERS:
        raise NotEntitledError("such an organisation banks no outcomes", organisation=organisation.slug)
    require(actor, _OFFICERS[kind], organisation)
    checked = _checked(facts, organisation)
    if checked["kind"] not in ENTITLED[kind]:
        raise NotEntitledError(
            f"{organisation.slug} cannot bank a {checked['kind']}", organisation=organisation.slug, kind=checked["kind"]
        )
    if not reference.strip() or len(reference) > _REFERENCE_LIMIT or not reference.isprintable():
        raise InvalidOutcomeError("a reference has 1 to 120 visible characters", problems=["$.reference"])
    account = open_account(id_kind, id_number, holder_name, now=now)
    known = Outcome.objects.filter(depositor=organisation, reference=reference).first()
    if known is not None:
        if (known.account_id, known.facts) == (account.pk, checked):
            return known
        raise ReferenceTakenError(f"something else is banked as {reference}", reference=reference)
    (outcome,) = _bank(
        [_Banked(account.pk, organisation.pk, reference, checked, None, _name_of(checked))],
        actor=actor.name,
        now=now,
    )
    record(
        "deposit",
        f"outcome/{outcome}",
        actor=actor,
        now=now,
        organisation=organisation,
        kind=checked["kind"],
        credits=checked.get("credits"),
    )
    return Outcome.objects.get(pk=outcome)


def _checked(facts: Mapping[str, Any], organisation: Organisation) -> dict[str, Any]:
    """Return the facts as they are kept; who banked them is said by the register, not by the depositor."""
    said = {name: value for name, value in facts.items() if value is not None}
    reading = Reading()
    for name in sorted({"id", "status", "accredited"} & said.keys()):
        reading.note(f"$.{name}", "is the register's to say")
    who = "institution" if organisation.kind == OrganisationKind.COLLEGE else "issuer"
    outcome = read_outcome(reading, {**said, "id": "x"}, "$")
    if said.get(who, organisation.slug) != organisation.slug:
        reading.note(f"$.{who}", f"{organisation.slug} is needed")
    if outcome.credits == 0:
        reading.note("$.credits", "nothing to bank")
    if reading.problems:
        raise InvalidOutcomeError(
            f"the outcome has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    checked = said | {who: organisation.slug}
    digest_of(checked)
    return checked


def _name_of(facts: Mapping[str, Any]) -> dict[str, str]:
    name = facts.get("name") or KINDS[facts["kind"]]
    return dict(name)


# ── certificates of the register ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def set_value(
    scheme: Scheme,
    level: str,
    hundredths: int,
    *,
    occupation: Occupation | None = None,
    starts_on: date,
    actor: Actor,
    now: datetime,
) -> CreditValue:
    """Say what a certificate issued from a day on is worth when it is banked; what is banked already stays as it is.

    Shape:  ``occupation`` None: every occupation for which nothing else is said.
    Units:  hundredths of a credit.
    Raises: ForbiddenError; UnknownLevelError; InvalidValueError.
    """
    require(actor, RoleKind.AUTHORITY_OFFICER)
    schemes.level(scheme, level)
    if not 1 <= hundredths <= 999_999:
        raise InvalidValueError("a certificate is worth 0.01 to 9999.99 credits", credits=amount_text(hundredths))
    value = CreditValue.objects.create(
        scheme=scheme,
        occupation=occupation,
        level=level,
        amount=hundredths,
        starts_on=starts_on,
        actor=actor.name,
        at=now,
    )
    record(
        "set-credit-value",
        f"{scheme.code}/{occupation.code if occupation else '*'}/{level}",
        actor=actor,
        now=now,
        credits=amount_text(hundredths),
        starts_on=str(starts_on),
    )
    return value


_COLUMNS = (
    "leaf_id",
    "instance__award_id",
    "instance__award__id_hash",
    "instance__award__id_corrected",
    "instance__award__holder_name",
    "instance__award__scheme_id",
    "instance__award__number",
    "instance__award__level",
    "instance__award__issued_on",
    "instance__award__valid_until",
    "instance__award__issuer_id",
    "instance__award__occupation_id",
    "instance__award__result__id_kind",
    "instance__award__result__id_sealed",
)


def deposit_issued(now: datetime, *, actor: Actor = COMMAND) -> int:
    """Bank every award that the last checkpoint covers and that is not banked yet; return how many.

    Can be killed anywhere and run again, by several at once: how far it has come stands in the same transaction.
    """
    n_deposited = 0
    while True:
        n_seen, n_new = _deposit_chunk(now, actor)
        n_deposited += n_new
        if n_seen < CHUNK:
            return n_deposited


def _deposit_chunk(now: datetime, actor: Actor) -> tuple[int, int]:
    log = Log.objects.first()
    if log is None or log.published_size <= position(AWARDS):
        return 0, 0
    with transaction.atomic():
        start = locked_position(AWARDS)
        rows = list(
            Document.objects.filter(leaf_id__gte=start, leaf_id__lt=log.published_size, instance__serial=1)
            .order_by("leaf_id")
            .values_list(*_COLUMNS)[:CHUNK]
        )
        n_new = _bank_awards([dict(zip(_COLUMNS, row, strict=True)) for row in rows], now, actor) if rows else 0
        come_to = rows[-1][0] + 1 if len(rows) == CHUNK else max(start, log.published_size)
        Position.objects.filter(pk=AWARDS).update(leaf=come_to)
    return len(rows), n_new


def position(name: str) -> int:
    """Return how far a sweep has come."""
    return Position.objects.filter(pk=name).values_list("leaf", flat=True).first() or 0


def locked_position(name: str) -> int:
    """Return the same, locked until commit: of two sweeps one waits and then finds the work done."""
    Position.objects.bulk_create([Position(name=name)], ignore_conflicts=True)
    return Position.objects.select_for_update().get(pk=name).leaf


def _bank_awards(rows: Sequence[Mapping[str, Any]], now: datetime, actor: Actor) -> int:
    banked = set(
        Outcome.objects.filter(award__in=[row["instance__award_id"] for row in rows]).values_list("award_id", flat=True)
    )
    fresh = [row for row in rows if row["instance__award_id"] not in banked]
    if not fresh:
        return 0
    _bank(_of_awards(fresh, now), actor=actor.name, now=now)
    record("deposit-issued", "register", actor=actor, now=now, n_outcomes=len(fresh))
    return len(fresh)


def bank_again(outcome: Outcome, *, actor: Actor, now: datetime) -> UUID:
    """Bank an award once more, in the caller's transaction: for the person whom it names since its identity was corrected.

    What was banked before has been taken back; it stays in the account that it was in.
    """
    row = Document.objects.filter(instance__award=outcome.award_id, instance__serial=1).values(*_COLUMNS).get()
    (banked,) = _of_awards([row], now)
    n_before = Outcome.objects.filter(award=outcome.award_id).count()
    again = banked._replace(reference=f"{banked.reference}/{n_before + 1}")
    (key,) = _bank([again], actor=actor.name, now=now)
    return key


def _of_awards(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[_Banked]:
    """Return what is to be banked for awards; accounts are opened where there is none."""
    accounts = _accounts(rows, now)
    values = _Values()
    slugs = dict(
        Organisation.objects.filter(pk__in={r["instance__award__issuer_id"] for r in rows}).values_list("pk", "slug")
    )
    occupations = Occupation.objects.in_bulk({row["instance__award__occupation_id"] for row in rows})
    titles = Scheme.objects.in_bulk({row["instance__award__scheme_id"] for row in rows})
    outcomes: list[_Banked] = []
    for row in rows:
        occupation = occupations[row["instance__award__occupation_id"]]
        facts = _facts(row, occupation, slugs[row["instance__award__issuer_id"]], values)
        outcomes.append(
            _Banked(
                account=accounts[bytes(row["instance__award__id_hash"])],
                depositor=row["instance__award__issuer_id"],
                reference=f"award/{row['instance__award_id']}",
                facts=facts,
                award=row["instance__award_id"],
                name=_title(titles[row["instance__award__scheme_id"]], occupation),
            )
        )
    return outcomes


def _title(scheme: Scheme, occupation: Occupation) -> dict[str, str]:
    return {
        language: f"{scheme.certificate_name.get(language, '')}{mark}{occupation.name.get(language, '')}"
        for language, mark in (("zh", "："), ("en", ": "))
        if scheme.certificate_name.get(language) and occupation.name.get(language)
    } or dict(scheme.certificate_name)


def _accounts(rows: Iterable[Mapping[str, Any]], now: datetime) -> dict[bytes, UUID]:
    """Return the accounts of the awards' holders by keyed hash, those not yet there opened."""
    holders = {bytes(row["instance__award__id_hash"]): row for row in rows}
    Account.objects.bulk_create(
        [
            Account(
                id_kind=row["instance__award__result__id_kind"],
                id_hash=id_hash,
                id_sealed=row["instance__award__id_corrected"] or row["instance__award__result__id_sealed"],
                holder_name=row["instance__award__holder_name"],
                opened_at=now,
            )
            for id_hash, row in holders.items()
        ],
        ignore_conflicts=True,
    )
    found: dict[bytes, UUID] = {}
    for account in Account.objects.filter(id_hash__in=holders).only("id", "id_hash", "holder_name"):
        id_hash = bytes(account.id_hash)
        found[id_hash] = account.pk
        name = holders[id_hash]["instance__award__holder_name"]
        if account.holder_name != name:
            # What a college once wrote gives way to what stands on a certificate.
            Account.objects.filter(pk=account.pk).update(holder_name=name)
    return found


class _Values:
    """What certificates are worth, read once."""

    def __init__(self) -> None:
        self._values = list(
            CreditValue.objects.order_by("-starts_on").values_list(
                "scheme_id", "occupation_id", "level", "starts_on", "amount"
            )
        )

    def of(self, scheme: str, occupation: UUID, level: str, issued_on: date) -> int | None:
        """Return the latest value in force on the day, that of the occupation before that of all; None: none is set."""
        for wanted in (occupation, None):
            for one, other, rung, starts_on, amount in self._values:
                if (one, other, rung) == (scheme, wanted, level) and starts_on <= issued_on:
                    return int(amount)
        return None


def _facts(row: Mapping[str, Any], occupation: Occupation, issuer: str, values: _Values) -> dict[str, Any]:
    scheme, level = row["instance__award__scheme_id"], row["instance__award__level"]
    issued_on: date = row["instance__award__issued_on"]
    facts: dict[str, Any] = {
        "kind": CERTIFICATE,
        "awarded_on": issued_on.isoformat(),
        "scheme": scheme,
        "occupation": occupation.code,
        "level": level,
        "number": row["instance__award__number"],
        "issuer": issuer,
        "basis": "exam",
        # The river signs nothing that no filing covers on its day.
        "accredited": True,
    }
    if row["instance__award__valid_until"] is not None:
        facts["valid_until"] = row["instance__award__valid_until"].isoformat()
    worth = values.of(scheme, occupation.pk, level, issued_on)
    if worth is not None:
        facts["credits"] = amount_text(worth)
    return facts


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bank(outcomes: Sequence[_Banked], *, actor: str, now: datetime) -> list[UUID]:
    """Write outcomes, their balances and one entry that brings them all in."""
    keys = [UUID(hex=key) for key in naming.ordered_ids(len(outcomes), now)]
    accounts, depositors, references, facts, awards, names = zip(*outcomes, strict=True)
    amounts = [_amount(one) for one in facts]
    bulk.insert(
        Outcome,
        {
            "id": keys,
            "account_id": accounts,
            "depositor_id": depositors,
            "reference": references,
            "kind": [one["kind"] for one in facts],
            "name": [orjson.dumps(name).decode() for name in names],
            "facts": [orjson.dumps(one).decode() for one in facts],
            "unit": [Unit.CREDIT.value if "credits" in one else Unit.WHOLE.value for one in facts],
            "amount": amounts,
            "award_id": awards,
            "attained_on": [one["awarded_on"] for one in facts],
            "expires_on": [one.get("valid_until") for one in facts],
            "deposited_at": bulk.Same(now),
        },
    )
    nothing = bulk.Same(0)
    bulk.insert(Balance, {"outcome_id": keys, **{bucket.value: nothing for bucket in Bucket}})
    entry = UUID(hex=naming.ordered_ids(1, now)[0])
    bulk.insert(
        Posting,
        {
            "entry_id": bulk.Same(entry),
            "outcome_id": [key for key in keys for _ in range(2)],
            "bucket": [Bucket.SOURCE.value, Bucket.AVAILABLE.value] * len(keys),
            "amount": [signed for amount in amounts for signed in (-amount, amount)],
        },
    )
    Entry.objects.create(id=entry, deed=Deed.DEPOSIT, n_lines=2 * len(keys), at=now, actor=actor)
    return keys


def _amount(facts: Mapping[str, Any]) -> int:
    if "credits" not in facts:
        return ledger.WHOLE
    reading = Reading()
    found = read_outcome(reading, {**facts, "id": "x"}, "$").credits
    assert found is not None, "what is banked was read before"
    return found
