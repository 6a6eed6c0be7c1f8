"""The one verification path: the same code behind the page, the API and the command.

``verify`` takes bytes, a trust list and the time, and gives a report of named checks. It asks no network and no disk.

What each check says of a bundle, in the order in which they are made:

* ``shape``         it is a bundle, and the credential obeys the VC Data Model;
* ``accreditation`` an authority that we trust signed the statement, and the filing covers this award on its day;
* ``issuer``        the key is one that the authority states for this issuer, and the credential names the same issuer;
* ``proof``         the content is what was signed with that key;
* ``dates``         on the day asked for, the certificate had begun and had not run out;
* ``status``        it was neither revoked, suspended nor replaced, as of the signed lists;
* ``log``           the public log holds exactly this document, under a checkpoint signed by a log that we trust.

A check whose ground has been lost is ``not-run``: so one change makes one check fail, and the report names the cause
instead of its consequences.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from guildhall.core import bundle as bundles
from guildhall.core import (
    checkpoint,
    credential,
    data_model,
    leaves,
    lifecycle,
    meaning,
    merkle,
    proofs,
    statement,
    statuslist,
    transcript,
)
from guildhall.core.accreditation import Answer, Question, judge, judge_right
from guildhall.core.bundle import Bundle, Inclusion
from guildhall.core.canonical import jcs, strict_json
from guildhall.core.credential import CHINA, Certified
from guildhall.core.did import key_of_did_key
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey
from guildhall.core.quorum import witnessed
from guildhall.core.remembered import Remembered, name_of
from guildhall.core.report import CHECK_NAMES, Check, Outcome, Report, Verdict
from guildhall.core.transcript import Converted
from guildhall.core.trust import Trust

_PLACES = (frozenset({statuslist.SUSPENSION}), frozenset({statuslist.SUSPENSION, statuslist.REVOCATION}))
_REPLACED = (lifecycle.Deed.CORRECT, lifecycle.Deed.REISSUE)
_ENDED = (lifecycle.State.REVOKED, lifecycle.State.ANNULLED, lifecycle.State.EXPIRED)

# Of what many bundles share, only what a trusted key has signed is kept: nobody else can fill these stores.
_statements: Remembered[bytes, statement.Statement] = Remembered(1_024)
_lists: Remembered[bytes, statuslist.StatusList] = Remembered(32 * 1024 * 1024)  # bytes of bits
_proven: Remembered[tuple[bytes, tuple[PublicKey, ...]], bool] = Remembered(4_096)
_heads: Remembered[tuple[object, ...], tuple[checkpoint.Checkpoint, tuple[str, ...]]] = Remembered(1_024)


class StatusProofError(Error):
    """A status list whose signature does not hold."""

    code = "status_list_unproven"


class StatusPlacesError(Error):
    """A certificate that does not name the place of its status, or names others than are known."""

    code = "status_places"


def document_hash(document: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of the RFC 8785 form of a signed document: its name in the log."""
    return hashlib.sha256(jcs.canonical(document)).hexdigest()


def verify(
    data: bytes,
    *,
    trust: Trust,
    now: datetime,
    at: date | None = None,
    lists: Mapping[str, Mapping[str, Any]] | None = None,
) -> Report:
    """Check a bundle (a certificate's or a conversion transcript's), a single credential or a receipt.

    Shape:  ``data`` UTF-8 JSON of at most 1 MiB; ``now`` aware; ``at`` the day in China that is asked for (today where
            None); ``lists`` fresher status list credentials by address, used instead of those in the bundle.
    Raises: nothing for bad input: that is a report whose ``shape`` check has failed.
    """
    day = at or now.astimezone(CHINA).date()
    made = _Report(now=now, at=day, trust=trust, lists=lists or {})
    try:
        value = strict_json.parse(data, max_bytes=bundles.MAX_BYTES)
    except Error as reason:
        return made.misshapen(reason)
    return verify_value(value, made)


def verify_value(value: object, made: _Report) -> Report:
    """Check what has been read from JSON already."""
    try:
        if isinstance(value, dict) and value.get("type") == "GuildhallBundle":
            return made.bundle(bundles.take_apart(value))
        if isinstance(value, dict) and "VerificationReceipt" in data_model.types_of(value):
            return made.receipt(value)
        if isinstance(value, dict) and "VerifiableCredential" in data_model.types_of(value):
            return made.credential(value)
    except Error as reason:
        return made.misshapen(reason)
    return made.misshapen(bundles.NotABundleError("this is neither a bundle, nor a credential, nor a receipt"))


@dataclass(slots=True)
class _Report:
    """A report in the making: what is known, and the lines written so far."""

    now: datetime
    at: date
    trust: Trust
    lists: Mapping[str, Mapping[str, Any]]
    kind: str = "unknown"
    lines: dict[str, Check] = field(default_factory=dict)
    names: tuple[str, ...] = CHECK_NAMES
    hash: str = ""
    subject: Mapping[str, object] = field(default_factory=dict)
    as_of: str = ""
    logged_at: datetime | None = None

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def passed(self, name: str, code: str, detail: str, /, **params: object) -> None:
        self.lines[name] = Check(name, Outcome.PASSED, code, detail, params)

    def failed(self, name: str, code: str, detail: str, /, **params: object) -> None:
        self.lines[name] = Check(name, Outcome.FAILED, code, detail, params)

    def not_run(self, name: str, code: str, detail: str, /, **params: object) -> None:
        self.lines[name] = Check(name, Outcome.NOT_RUN, code, detail, params)

    def ok(self, name: str) -> bool:
        return name in self.lines and self.lines[name].outcome is Outcome.PASSED

    def finished(self, code: str = "not_reached", detail: str = "an earlier check took away its ground") -> Report:
        for name in self.names:
            if name not in self.lines:
                self.not_run(name, code, detail)
        return Report(
            kind=self.kind,
            checks=tuple(self.lines[name] for name in self.names),
            checked_at=self.now,
            at=self.at,
            document_hash=self.hash,
            subject=self.subject,
            as_of=self.as_of,
        )

    def misshapen(self, reason: Error) -> Report:
        self.lines.clear()
        self.failed("shape", reason.code, reason.detail, **reason.params)
        return self.finished()

    # ── a bundle ─────────────────────────────────────────────────────────────────────────────────────────────────

    def bundle(self, bundle: Bundle) -> Report:
        self.kind = "bundle"
        stated = self._statement(bundle.accreditation)
        key = self._attested_key(bundle, stated)
        if key is not None:
            self._proof(bundle.credential, {_text(bundle.key, "id"): key}.get)
        if not self.ok("proof"):
            self.passed("shape", "bundle", "a bundle with all its parts")
            for name in ("issuer", "accreditation"):
                if self.ok(name) or name not in self.lines:
                    self.not_run(name, "content_unproven", "the content is not shown to be what was signed")
            return self.finished("content_unproven", "the content is not shown to be what was signed")
        facts = self._content(bundle.credential)
        if facts is None:
            return self.finished()
        self.hash = document_hash(bundle.credential)
        self.subject = facts.as_json()
        if not self._issuer(bundle, stated, facts):
            stated = None  # what is stated of another issuer says nothing of this award
        self._accreditation(stated, facts)
        self._dates(facts)
        events = self._log(bundle, facts)
        self._key_in_use(bundle, stated)
        self._status(bundle, stated, events)
        return self.finished()

    def _statement(self, signed: Mapping[str, Any]) -> statement.Statement | None:
        """Read the authority's statement and check its signature; a line is written only when it does not hold."""
        if not self.trust.authorities:
            self.not_run("accreditation", "no_trust", "no trusted authority is known to this verifier")
            return None
        name = name_of(signed)
        known = _statements.get(name) if name else None
        try:
            stated = known or statement.read(signed)
        except Error as reason:
            self.failed("accreditation", reason.code, reason.detail)
            return None
        authority = self.trust.authorities.get(stated.authority)
        if authority is None:
            self.failed(
                "accreditation",
                "unknown_authority",
                "the accreditation is stated by a body that is not on the trust list",
                authority=stated.authority,
            )
            return None
        fault = self._shared_fault(signed, name, authority.keys.get)
        if fault is not None:
            self.failed("accreditation", fault.code, f"the authority's statement does not hold: {fault.detail}")
            return None
        if name and known is None:
            _statements.keep(name, stated)
        return stated

    def _attested_key(self, bundle: Bundle, stated: statement.Statement | None) -> PublicKey | None:
        """Return the bundle's key if it is a key; write the issuer line when the authority does not attest it."""
        try:
            key = PublicKey.from_multibase(_text(bundle.key, "publicKeyMultibase"))
        except Error as reason:
            self.failed("issuer", reason.code, f"the issuer's key cannot be read: {reason.detail}")
            return None
        if stated is None:
            self.not_run("issuer", "no_statement", "no trusted statement says which keys are the issuer's")
            return key
        key_id = _text(bundle.key, "id")
        if stated.keys.get(key_id) != key.multibase or bundle.key != statement.key_member(
            key_id, stated.issuer, key.multibase
        ):
            self.failed(
                "issuer",
                "key_not_attested",
                "the authority does not state this key for the issuer",
                fingerprint=key.fingerprint,
            )
            return None
        return key

    def _proof(self, signed: Mapping[str, Any], resolve: Callable[[str], PublicKey | None]) -> None:
        fault = self._proof_fault(signed, resolve)
        if fault is None:
            method = _first_proof(signed).get("verificationMethod", "")
            self.passed("proof", "signed", "the content is unchanged since it was signed", key=str(method))
        else:
            self.failed("proof", fault.code, fault.detail)

    def _proof_fault(
        self, signed: Mapping[str, Any], resolve: Callable[[str], PublicKey | None]
    ) -> proofs.ProofAnswer | None:
        """Return the first proof that does not hold, or None. Every proof of a set must hold."""
        try:
            answers = proofs.check_proofs(signed, resolve, now=self.now)
        except Error as reason:
            return proofs.ProofAnswer(ok=False, code=reason.code, detail=reason.detail)
        if not answers:
            return proofs.ProofAnswer(ok=False, code="proof_missing", detail="the document carries no proof")
        return next((answer for answer in answers if not answer.ok), None)

    def _shared_fault(
        self, signed: Mapping[str, Any], name: bytes | None, resolve: Callable[[str], PublicKey | None]
    ) -> proofs.ProofAnswer | None:
        """Return the same as ``_proof_fault``, for a document that many bundles share.

        A success is remembered with the document's exact form and the keys themselves, not their ids; the times of the
        proofs are judged anew each time.
        """
        keys = tuple(resolve(method) for method in proofs.methods_of(signed))
        if name is None or None in keys:
            return self._proof_fault(signed, resolve)
        known = name, tuple(key for key in keys if key is not None)
        if _proven.get(known) and proofs.in_time(signed, self.now):
            return None
        fault = self._proof_fault(signed, resolve)
        if fault is None:
            _proven.keep(known, True)  # noqa: FBT003 - what is kept is that it holds
        return fault

    def _content(self, signed: Mapping[str, Any]) -> Certified | Converted | None:
        """Check what was signed against the data model and read it; write the shape line."""
        problems = data_model.problems(signed)
        if problems:
            first = problems[0]
            self.failed("shape", first.code, f"{first.path}: {first.detail}", n_problems=len(problems))
            return None
        facts: Certified | Converted
        try:
            facts = transcript.converted(signed) if transcript.is_transcript(signed) else credential.certified(signed)
        except Error as reason:
            self.failed("shape", reason.code, reason.detail)
            return None
        self.passed("shape", "bundle", "a bundle with all its parts, and a credential that obeys the data model")
        return facts

    def _issuer(self, bundle: Bundle, stated: statement.Statement | None, facts: Certified | Converted) -> bool:
        if stated is None:
            return False
        if facts.issuer != stated.issuer:
            self.failed(
                "issuer",
                "issuer_differs",
                "the credential names another issuer than the accreditation",
                issuer=facts.issuer,
                stated=stated.issuer,
            )
            return False
        key = PublicKey.from_multibase(_text(bundle.key, "publicKeyMultibase"))
        self.passed(
            "issuer",
            "attested",
            "the authority states this key for the issuer",
            issuer=stated.issuer,
            name=stated.issuer_name,
            fingerprint=key.fingerprint,
        )
        return True

    def _key_in_use(self, bundle: Bundle, stated: statement.Statement | None) -> None:
        """Refuse what was logged after its key had been taken out of use: that key may be in anybody's hands."""
        key_id = _text(bundle.key, "id")
        if stated is not None and self.logged_at is not None and not stated.signs_at(key_id, self.logged_at):
            self.failed(
                "issuer",
                "key_ended",
                "the key had been taken out of use before the log received this document",
                ended_at=stated.ends[key_id].isoformat(),
                logged_at=self.logged_at.astimezone(UTC).isoformat(),
            )

    def _accreditation(self, stated: statement.Statement | None, facts: Certified | Converted) -> None:
        if stated is None:
            return
        answer = _judged(stated, facts)
        params = {"filing": stated.filing.filing, "on": facts.issued_on.isoformat()}
        if facts.filing != stated.filing.filing:
            self.failed(
                "accreditation",
                "filing_differs",
                "the credential rests on another filing than the one enclosed",
                **params,
            )
        elif answer.authorised:
            self.passed("accreditation", "authorised", "the issuer was entitled to award this on that day", **params)
        else:
            code = answer.standing.value.replace("-", "_")
            self.failed("accreditation", code, f"the issuer was not entitled: {answer.detail}", **params)

    def _dates(self, facts: Certified | Converted) -> None:
        if self.at < facts.issued_on:
            self.failed(
                "dates",
                "not_yet_valid",
                "the certificate begins later than the day asked for",
                on=facts.issued_on.isoformat(),
            )
        elif facts.valid_until is not None and self.at > facts.valid_until:
            self.failed(
                "dates", "expired", "the certificate ran out before the day asked for", on=facts.valid_until.isoformat()
            )
        else:
            until = facts.valid_until.isoformat() if facts.valid_until else None
            self.passed(
                "dates", "in_time", "the day lies within the certificate's validity",
                issued_on=facts.issued_on.isoformat(), valid_until=until,
            )  # fmt: skip

    # ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _log(self, bundle: Bundle, facts: Certified | Converted) -> tuple[lifecycle.Event, ...]:
        """Check inclusion; return the events of this document that the same checkpoint covers."""
        if not self.trust.logs:
            self.not_run("log", "no_trust", "no trusted log is known to this verifier")
            return ()
        try:
            head, witnesses = self._head(bundle.checkpoint)
            leaf = leaves.parse(bundle.inclusion.leaf)
            if not isinstance(leaf, leaves.AwardLeaf) or leaf.document != self.hash:
                raise merkle.InclusionError("the leaf does not name this document")
            if leaf.issuer != facts.issuer or leaf.filing != facts.filing or leaf.scheme != facts.scheme:
                raise merkle.InclusionError("the leaf names another issuer, scheme or filing")
            _check_inclusion(bundle.inclusion, head)
            events = tuple(_event(one, self.hash, head) for one in bundle.events)
        except Error as reason:
            self.failed("log", reason.code, reason.detail, **reason.params)
            return ()
        self.logged_at = leaf.at
        self.passed(
            "log",
            "included",
            "the public log holds exactly this document",
            index=bundle.inclusion.index,
            size=head.size,
            origin=head.origin,
            logged_at=leaf.at.astimezone(UTC).isoformat(),
            witnesses=list(witnesses),
        )
        return events

    def _head(self, note: str) -> tuple[checkpoint.Checkpoint, tuple[str, ...]]:
        """Return the head that the log signed, and the known witnesses that have cosigned it: as many as are demanded."""
        raw, trust = note.encode(), self.trust
        known = hashlib.sha256(raw).digest(), tuple(trust.logs.values()), trust.witnesses, tuple(trust.quorums.items())
        head = _heads.get(known)
        if head is None:
            keys = [checkpoint.VerifierKey.parse(text) for text in trust.logs.values()]
            opened = checkpoint.open_checkpoint(raw, keys)
            quorums = trust.quorums.get(opened.checkpoint.origin, ())
            cosigned = witnessed(opened.note, trust.witnesses, quorums)
            head = opened.checkpoint, tuple(one.witness for one in cosigned)
            _heads.keep(known, head)
        return head

    # ── status ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _status(self, bundle: Bundle, stated: statement.Statement | None, events: Sequence[lifecycle.Event]) -> None:
        if stated is None:
            self.not_run("status", "no_statement", "no trusted statement says which keys are the issuer's")
            return
        keys = {key_id: PublicKey.from_multibase(text) for key_id, text in stated.keys.items()}
        try:
            named = _entries(bundle.credential)
            explaining = _explaining(named)
            known = _enclosed(bundle.status_lists, [*named.values(), *explaining.values()]) | dict(self.lists)
            missing = next((purpose for purpose, place in named.items() if place.list_url not in known), None)
            if missing is not None:
                self.not_run("status", "no_status_list", f"the list for {missing} is not enclosed", purpose=missing)
                return
            said = [
                self._said(signed, place, stated, keys)
                for place in (named | explaining).values()
                if (signed := known.get(place.list_url)) is not None
            ]
        except Error as reason:
            self.failed("status", reason.code, reason.detail, **reason.params)
            return
        # What explains can only add: the date up to which the status is known is that of the lists named.
        self.as_of = min(one.as_of for one in said if one.purpose in named)
        self._judge_status(named, said, events)

    def _said(
        self,
        signed: Mapping[str, Any],
        place: statuslist.Entry,
        stated: statement.Statement,
        keys: Mapping[str, PublicKey],
    ) -> _Said:
        """Read one bit of a list that the same issuer has signed, with a key that it had in use at the list's date.

        Raises: the errors of a status list; StatusProofError.
        """
        name = name_of(signed)
        known = _lists.get(name) if name else None
        bits = known or statuslist.read_list(signed)
        status = statuslist.read_status(place, bits, issuers={stated.issuer}, now=self.now)
        if bits.valid_from is None:
            raise statuslist.StatusListPeriodError("the status list does not say as of when it speaks")
        said_at = bits.valid_from
        fault = self._shared_fault(
            signed, name, lambda key_id: keys.get(key_id) if stated.signs_at(key_id, said_at) else None
        )
        if fault is not None:
            # Otherwise whoever can publish a list could revoke, or clear, somebody else's certificates.
            raise StatusProofError(f"the status list's signature does not hold: {fault.detail}", cause=fault.code)
        if known is None:
            meaning.check(signed, "credential")
            if name:
                _lists.keep(name, bits, len(bits.raw))
        return _Said(place.purpose, not status.stands, _text(signed, "validFrom"), said_at.astimezone(CHINA).date())

    def _judge_status(
        self, named: Mapping[str, statuslist.Entry], said: Sequence[_Said], events: Sequence[lifecycle.Event]
    ) -> None:
        """Weigh the bits (as of their lists' dates) and the logged events (with their days) for the day asked for."""
        standing = _standing(events, self.at)
        replaced = _replaced(events, self.at)
        bars = {one.purpose for one in said if one.is_set}
        # Whoever hands over the bundle may leave out events. A bit that they do not account for speaks for itself; so does
        # one that no honest issuer publishes: ended for good in the list that explains, and not barred in the one named.
        unexplained = any(one.is_set and not _accounts_for(events, one) for one in said) or (
            bars == {statuslist.REVOCATION} and statuslist.REVOCATION not in named
        )
        if standing.state is not lifecycle.State.VALID and standing.event is not None:
            event = standing.event
            self.failed(
                "status",
                standing.state.value,
                f"{standing.state.value} from {event.from_on.isoformat()}",
                from_on=event.from_on.isoformat(),
                until_on=event.until_on.isoformat() if event.until_on else None,
                reason=event.reason,
                as_of=self.as_of,
            )
        elif replaced is not None:
            self.failed(
                "status",
                "replaced",
                f"this document was replaced on {replaced.from_on.isoformat()}; ask for the current one",
                from_on=replaced.from_on.isoformat(),
                as_of=self.as_of,
            )
        elif unexplained:
            code = "revoked" if statuslist.REVOCATION in bars else "suspended"
            self.failed("status", code, f"the issuer's list says: {code}", as_of=self.as_of)
        else:
            self.passed("status", "in_force", f"neither revoked nor suspended, as of {self.as_of}", as_of=self.as_of)

    # ── a single credential ──────────────────────────────────────────────────────────────────────────────────────

    def credential(self, signed: Mapping[str, Any]) -> Report:
        """Check a credential without its bundle: what it cannot show is not run."""
        self.kind = "credential"
        problems = data_model.problems(signed)
        if problems:
            first = problems[0]
            self.failed("shape", first.code, f"{first.path}: {first.detail}", n_problems=len(problems))
            return self.finished()
        self.passed("shape", "credential", "the credential obeys the data model")
        method = str(_first_proof(signed).get("verificationMethod", ""))
        if _key(method, self.trust) is None:
            self.not_run("proof", "unknown_key", "the signer's key is not at hand: ask for the bundle", key=method)
            return self.finished("no_bundle", "a credential without its bundle does not show this")
        self._proof(signed, lambda key_id: _key(key_id, self.trust))
        if self.ok("proof"):
            self.hash = document_hash(signed)
        return self.finished("no_bundle", "a credential without its bundle does not show this")

    # ── a receipt ────────────────────────────────────────────────────────────────────────────────────────────────

    def receipt(self, signed: Mapping[str, Any]) -> Report:
        """Check a receipt: the answer of a register, signed, about one document at one moment."""
        self.kind = "receipt"
        self.names = ("shape", "proof", "issuer", "dates", "status")
        problems = data_model.problems(signed)
        issuer = data_model.issuer_of(signed)
        if not self.trust.registers:
            self.not_run("issuer", "no_trust", "no trusted register is known to this verifier")
            return self.finished("no_trust", "no trusted register is known to this verifier")
        register = self.trust.registers.get(issuer)
        # The register's own keys: another body may have a key of the same name.
        self._proof(signed, register.keys.get if register is not None else self.trust.key)
        if not self.ok("proof"):
            self.passed("shape", "receipt", "a receipt")
            return self.finished("content_unproven", "the content is not shown to be what was signed")
        if problems:
            first = problems[0]
            self.failed("shape", first.code, f"{first.path}: {first.detail}", n_problems=len(problems))
            return self.finished()
        self.passed("shape", "receipt", "a receipt")
        if register is None or str(_first_proof(signed).get("verificationMethod")) not in register.keys:
            self.failed("issuer", "unknown_authority", "the register is not on the trust list", issuer=issuer)
        else:
            self.passed("issuer", "known_register", "a register of the trust list signed this", issuer=issuer)
        if _begins_after(signed, self.at):
            self.failed("dates", "not_yet_valid", "the receipt is dated after the day asked for")
        else:
            self.passed(
                "dates", "in_time", "the receipt was made before the day asked for", on=_text(signed, "validFrom")
            )
        self.hash = document_hash(signed)
        said = signed["credentialSubject"]
        self.subject = dict(said) if isinstance(said, dict) else {}
        self._said_by_receipt()
        return self.finished()

    def _said_by_receipt(self) -> None:
        """Let a receipt count for what it says: a genuine one that says no must never be taken for a yes."""
        verdict, day = _text(self.subject, "verdict"), _text(self.subject, "at")
        if not day:
            self.failed("status", "receipt_without_day", "the receipt does not say for which day it speaks")
        elif verdict == Verdict.VALID:
            self.passed("status", "said_valid", f"the register's answer was: valid on {day}", on=day, verdict=verdict)
        else:
            self.failed("status", "said_otherwise", f"the register's answer was: {verdict}", on=day, verdict=verdict)


def _begins_after(signed: Mapping[str, Any], day: date) -> bool:
    first, _ = data_model.validity_of(signed)
    try:
        return first is not None and first.astimezone(CHINA).date() > day
    except OverflowError:  # the last hours of 9999
        return True


def _judged(stated: statement.Statement, facts: Certified | Converted) -> Answer:
    """Ask the enclosed filing for the right that the document needs: to award this, or to state conversions."""
    if isinstance(facts, Converted):
        return judge_right([stated.filing], issuer=facts.issuer, scheme=facts.scheme, on=facts.issued_on)
    return judge(
        [stated.filing],
        Question(
            issuer=facts.issuer,
            scheme=facts.scheme,
            occupation=facts.occupation,
            level=facts.level,
            region=facts.region,
            on=facts.issued_on,
            site=facts.site,
        ),
    )


def _first_proof(signed: Mapping[str, Any]) -> Mapping[str, Any]:
    proof = signed.get("proof")
    first = proof[0] if isinstance(proof, list) and proof else proof
    return first if isinstance(first, dict) else {}


def _text(value: Mapping[str, Any], name: str) -> str:
    member = value.get(name)
    return member if isinstance(member, str) else ""


def _key(key_id: str, trust: Trust) -> PublicKey | None:
    if key_id.startswith("did:key:"):
        try:
            return key_of_did_key(key_id)
        except Error:
            return None
    return trust.key(key_id)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one list says of a document: whether its bit is set, and as of when (as it stands there, and as a day in China)."""

    purpose: str
    is_set: bool
    as_of: str
    on: date


def _entries(signed: Mapping[str, Any]) -> dict[str, statuslist.Entry]:
    """Return the status entries that a certificate names, by purpose.

    The one of purpose ``suspension`` holds all that is not to be accepted now, whether for a time or for good; a certificate
    without it would hide its status. Older ones name the one of revocation too.

    Raises: StatusPlacesError; StatusEntryError.
    """
    entries = statuslist.entries_of(signed)
    purposes = {_text(entry, "statusPurpose") for entry in entries}
    if purposes not in _PLACES or len(entries) != len(purposes):
        raise StatusPlacesError("a certificate names one place for suspension, and at most one for revocation")
    return {_text(entry, "statusPurpose"): statuslist.read_entry(entry) for entry in entries}


def _explaining(named: Mapping[str, statuslist.Entry]) -> dict[str, statuslist.Entry]:
    """Return where the issuer's other list tells whether what is barred is so for good, if the certificate does not name it."""
    barring = named[statuslist.SUSPENSION]
    url = statuslist.explaining_url(barring.list_url)
    if url is None or statuslist.REVOCATION in named:
        return {}
    return {statuslist.REVOCATION: statuslist.Entry(statuslist.REVOCATION, barring.index, url)}


def _enclosed(lists: Sequence[Mapping[str, Any]], places: Sequence[statuslist.Entry]) -> dict[str, Mapping[str, Any]]:
    """Return the enclosed lists by address.

    Raises: StatusListIdentityError for one that is none of the document's, or comes twice: it would travel along unchecked.
    """
    by_url = {_text(one, "id"): one for one in lists}
    if len(by_url) != len(lists) or not by_url.keys() <= {place.list_url for place in places}:
        raise statuslist.StatusListIdentityError("a status list that the credential does not name is enclosed")
    return by_url


def _standing(events: Sequence[lifecycle.Event], day: date) -> lifecycle.Standing:
    return lifecycle.state_on(events, issued_on=date.min, valid_until=None, day=day)


def _replaced(events: Sequence[lifecycle.Event], day: date) -> lifecycle.Event | None:
    return next((event for event in events if event.deed in _REPLACED and event.from_on <= day), None)


def _accounts_for(events: Sequence[lifecycle.Event], said: _Said) -> bool:
    """Tell whether by these events a bit had to be set on the day of its list."""
    state = _standing(events, said.on).state
    if _replaced(events, said.on) is not None or state in _ENDED:
        return True
    return said.purpose == statuslist.SUSPENSION and state is lifecycle.State.SUSPENDED


def _check_inclusion(inclusion: Inclusion, head: checkpoint.Checkpoint) -> None:
    if inclusion.size != head.size:
        raise merkle.InclusionError("the path is for another size of the log than the checkpoint")
    merkle.check_inclusion(merkle.leaf_hash(inclusion.leaf), inclusion.index, inclusion.size, inclusion.path, head.root)


def _event(inclusion: Inclusion, document: str, head: checkpoint.Checkpoint) -> lifecycle.Event:
    """Return the logged event that a status leaf records, once its inclusion holds."""
    _check_inclusion(inclusion, head)
    leaf = leaves.parse(inclusion.leaf)
    if not isinstance(leaf, leaves.StatusLeaf) or leaf.document != document:
        raise merkle.InclusionError("an event names another document")
    return lifecycle.Event(deed=leaf.deed, from_on=leaf.from_on, at=leaf.at, until_on=leaf.until_on, reason=leaf.reason)
