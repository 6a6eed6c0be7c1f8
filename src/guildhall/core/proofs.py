"""Data Integrity proofs: put on a document, and checked.

Created: ``eddsa-rdfc-2022`` and ``eddsa-jcs-2022``. Checked besides: ``ecdsa-rdfc-2019``, ``ecdsa-jcs-2019`` (P-256,
P-384) and ``Ed25519Signature2020``. Sets (every proof must verify) and chains (``previousProof``) in both directions.

This module does *not* say who the issuer is or whether a key may speak for it: it asks ``resolve`` for the key behind a
verification method and reports, proof by proof, whose key it was. The caller compares that with the issuer; in a set
or chain another party may sign beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from guildhall.core import multibase
from guildhall.core.canonical import jcs, jsonld, rdfc, shapes
from guildhall.core.canonical.familiar import Familiar, of_json
from guildhall.core.did import Resolve, controller_of
from guildhall.core.errors import Error
from guildhall.core.identifiers import is_url
from guildhall.core.instants import MalformedInstantError, from_text, to_text
from guildhall.core.keys import SIGNATURE_BYTES, PublicKey, Signer
from guildhall.core.remembered import Remembered

MAX_PROOFS = 8
MAX_CHAINED = 4  # proofs that build on others: each has the whole document canonicalised anew
MAX_PROOF_TEXT = 4096  # characters in any one text of a proof
CLOCK_SKEW = timedelta(minutes=5)  # how far a signer's clock may run ahead of ours


class ProofError(Error):
    """A proof cannot be put on the document as asked."""

    code = "proof_not_possible"


@dataclass(frozen=True, slots=True)
class Suite:
    """A cryptographic suite: how a document becomes bytes and which keys may sign them."""

    name: str
    canonicalisation: str  # "rdfc" or "jcs"
    kinds: tuple[str, ...]


SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("eddsa-rdfc-2022", "rdfc", ("Ed25519",)),
        Suite("eddsa-jcs-2022", "jcs", ("Ed25519",)),
        Suite("ecdsa-rdfc-2019", "rdfc", ("P-256", "P-384")),
        Suite("ecdsa-jcs-2019", "jcs", ("P-256", "P-384")),
        Suite("Ed25519Signature2020", "rdfc", ("Ed25519",)),
    )
}
CREATED_HERE = ("eddsa-rdfc-2022", "eddsa-jcs-2022")

# One sentence per answer; the key is the stable code.
ANSWERS: Mapping[str, str] = {
    "ok": "the proof verifies",
    "proof_missing": "the document carries no proof",
    "proof_malformed": "the proof is not of the form that Data Integrity asks for",
    "too_many_proofs": "the document carries more proofs than are checked",
    "proof_id_duplicate": "two proofs share one id",
    "unsupported_cryptosuite": "the proof is of a type or cryptosuite that is not supported",
    "proof_purpose_wrong": "the proof was made for another purpose",
    "created_malformed": "the proof's time of creation is not a dateTimeStamp",
    "created_in_future": "the proof says that it was made in the future",
    "expires_malformed": "the proof's time of expiry is not a dateTimeStamp",
    "proof_expired": "the proof has expired",
    "domain_mismatch": "the proof was made for another domain",
    "challenge_mismatch": "the proof answers another challenge",
    "previous_proof_missing": "the proof names a previous proof that the document does not carry",
    "previous_proof_cycle": "the proof names itself, over other proofs, as its previous proof",
    "previous_proof_failed": "a proof that this one builds on does not verify",
    "context_mismatch": "the proof's @context is not the beginning of the document's",
    "context_not_signed": "the document has an @context that no proof covers",
    "verification_method_unknown": "nothing vouches for the key that the proof names",
    "key_kind_wrong": "the key is of a kind that the cryptosuite does not use",
    "proof_value_malformed": "the proof value is not the base58btc of a signature of the right length",
    "signature_invalid": "the signature does not fit document, proof and key",
}


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """What was found about one proof.

    Shape:  ``code`` is a key of ``ANSWERS`` or the code of the canonicaliser's refusal (``undefined_term``, ...);
            ``cryptosuite`` is the proof type for suites without one; texts are empty where the proof has none.
    """

    ok: bool
    code: str
    detail: str
    verification_method: str = ""
    cryptosuite: str = ""
    created: datetime | None = None
    proof_id: str = ""

    @property
    def controller(self) -> str:
        """The identifier whose key signed: compare it with the issuer."""
        return controller_of(self.verification_method)


class _Refusal(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or ANSWERS[code]


# --- document and options to bytes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Intermediates:
    """Every step between document and signature, as the specifications' vectors publish them."""

    canonical_document: bytes
    canonical_options: bytes
    document_hash: bytes
    options_hash: bytes

    @property
    def combined(self) -> bytes:
        """The bytes that are signed: hash of the options, then hash of the document."""
        return self.options_hash + self.document_hash


def canonical(value: Mapping[str, Any], suite: Suite, kind: str = "Ed25519") -> bytes:
    """Return the canonical bytes of a document or of proof options under a suite.

    Raises: what the canonicalisers raise (``undefined_term``, ``unknown_context``, ``work_limit``, ...).
    Source: Data Integrity EdDSA Cryptosuites 1.0, sections 3.2.3 and 3.3.3; ECDSA Cryptosuites 1.0, section 3.2.
    """
    if suite.canonicalisation == "jcs":
        return jcs.canonical(value)
    if kind == "P-384":
        # ECDSA Cryptosuites 1.0, section 3.2: with P-384, RDFC-1.0 itself runs on SHA-384.
        return rdfc.canonical_quads(jsonld.to_quads(value), hash_name="sha384").n_quads.encode("utf-8")
    return shapes.canonical(value)


def intermediates(
    unsecured: Mapping[str, Any], options: Mapping[str, Any], *, suite: Suite, kind: str = "Ed25519"
) -> Intermediates:
    """Return every step between document and signature.

    Shape:  ``unsecured`` is the document without ``proof`` (in a chain: with the proofs built upon); ``options`` is the
            proof without ``proofValue`` and, for rdfc suites, with the document's ``@context``.
    Raises: what the canonicalisers raise.
    Source: Data Integrity EdDSA Cryptosuites 1.0, sections 3.2.1 to 3.3.5.
    """
    digest = hashlib.sha384 if kind == "P-384" else hashlib.sha256
    document_bytes, options_bytes = canonical(unsecured, suite, kind), canonical(options, suite, kind)
    return Intermediates(document_bytes, options_bytes, digest(document_bytes).digest(), digest(options_bytes).digest())


def hash_bytes(
    unsecured: Mapping[str, Any], options: Mapping[str, Any], *, suite: Suite, kind: str = "Ed25519"
) -> bytes:
    """Return the bytes that are signed: 64 (SHA-256) or 96 (SHA-384).

    Raises: what the canonicalisers raise.
    Source: Data Integrity EdDSA Cryptosuites 1.0, sections 3.2.4 and 3.3.4.
    """
    return intermediates(unsecured, options, suite=suite, kind=kind).combined


# --- create --------------------------------------------------------------------------------------------------------


def proof_options(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    created: datetime | None,
    cryptosuite: str = "eddsa-rdfc-2022",
    purpose: str = "assertionMethod",
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    expires: datetime | None = None,
    proof_id: str | None = None,
    previous_proof: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the proof as it will stand in the document, but for its ``proofValue``.

    Raises: ProofError when the suite is not one that is created here or the signer's key does not fit it.
    Source: Data Integrity 1.0, section 2.1; EdDSA Cryptosuites 1.0, section 3.3.1, step 2.
    """
    suite = SUITES.get(cryptosuite)
    if suite is None or cryptosuite not in CREATED_HERE:
        raise ProofError("proofs of this cryptosuite are not created here", cryptosuite=cryptosuite)
    if signer.public_key.kind not in suite.kinds:
        raise ProofError("the key does not fit the cryptosuite", kind=signer.public_key.kind, cryptosuite=cryptosuite)
    members = {
        "id": proof_id,
        "type": "DataIntegrityProof",
        "cryptosuite": cryptosuite,
        "created": None if created is None else to_text(created),
        "expires": None if expires is None else to_text(expires),
        "verificationMethod": signer.key_id,
        "proofPurpose": purpose,
        "domain": domain if domain is None or isinstance(domain, str) else list(domain),
        "challenge": challenge,
        "previousProof": previous_proof
        if previous_proof is None or isinstance(previous_proof, str)
        else list(previous_proof),
        # With the context inside, a later proof may add to the document's contexts without breaking this one.
        "@context": document.get("@context") if suite.canonicalisation == "jcs" else None,
    }
    return {name: member for name, member in members.items() if member is not None}


def add_proof(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    created: datetime | None,
    cryptosuite: str = "eddsa-rdfc-2022",
    purpose: str = "assertionMethod",
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    expires: datetime | None = None,
    proof_id: str | None = None,
    previous_proof: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the document with one more proof.

    Shape:  a document without proof gets an object, one with proofs a list in which the new one is last;
            ``previous_proof`` names ids of proofs that the document carries already. The document itself is not
            changed. Signing twice with the same arguments gives the same bytes.
    Raises: ProofError; what the canonicalisers raise (an undefined term is never silently left unsigned).
    Source: Data Integrity 1.0, sections 4.2 and 4.3; EdDSA Cryptosuites 1.0, sections 3.2.1 and 3.3.1.
    """
    proof = proof_options(
        document,
        signer,
        created=created,
        cryptosuite=cryptosuite,
        purpose=purpose,
        domain=domain,
        challenge=challenge,
        expires=expires,
        proof_id=proof_id,
        previous_proof=previous_proof,
    )
    suite = SUITES[cryptosuite]
    present = _proofs_in(document)
    if len(present) >= MAX_PROOFS:
        raise ProofError("the document carries as many proofs as are allowed", limit=MAX_PROOFS)
    if proof_id is not None and any(other.get("id") == proof_id for other in present):
        raise ProofError("the document carries a proof of that id", proof_id=proof_id)
    matching = _previous(proof, {other["id"]: other for other in present if isinstance(other.get("id"), str)})
    if matching is None:
        raise ProofError("the document does not carry the previous proof that was named")
    unsecured = _without_proof(document)
    if matching:
        unsecured["proof"] = matching
    options = proof if suite.canonicalisation == "jcs" else {**proof, "@context": document.get("@context")}
    signature = signer.sign(hash_bytes(unsecured, options, suite=suite))
    proof["proofValue"] = multibase.encode(signature)
    secured = _without_proof(document)
    secured["proof"] = [*present, proof] if present else proof
    return secured


class BatchSigner:
    """Signs many documents alike: one signer, one suite, one ``created``, usually one shape of document.

    Shape:  what does not depend on the document (proof options, their hash) is made once per ``@context``; the result
            equals ``add_proof`` with the same arguments, byte for byte.
    Raises: ProofError when the suite is not one that is created here or the signer's key does not fit it.
    Source: EdDSA Cryptosuites 1.0, sections 3.2.1 and 3.3.1.
    """

    def __init__(
        self,
        signer: Signer,
        *,
        created: datetime,
        cryptosuite: str = "eddsa-rdfc-2022",
        purpose: str = "assertionMethod",
    ) -> None:
        self._signer = signer
        self._created = created
        self._cryptosuite = cryptosuite
        self._purpose = purpose
        self._context: object = _NO_CONTEXT
        self._proof = proof_options({}, signer, created=created, cryptosuite=cryptosuite, purpose=purpose)
        self._suite = SUITES[cryptosuite]
        self._options_hash = b""

    def sign(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document with its one proof.

        Raises: ProofError when the document carries a proof already; what the canonicalisers raise.
        """
        self._begin(document)
        return self._with_proof(document, hashlib.sha256(canonical(document, self._suite)).digest())

    def sign_filled(self, template: shapes.Template, values: Mapping[str, str | int]) -> dict[str, Any]:
        """Return the document of a template with these values in its holes, with its one proof.

        Shape:  the same as ``sign(template.document(values))``, by the shortest way there is.
        Raises: ProofError when the sample carries a proof; UnknownHoleError; what the canonicalisers raise.
        """
        document = template.document(values)
        self._begin(document)
        if self._suite.canonicalisation == "rdfc":
            return self._with_proof(document, template.digest(values))
        return self._with_proof(document, hashlib.sha256(template.json(values)).digest())

    def _with_proof(self, document: Mapping[str, Any], document_hash: bytes) -> dict[str, Any]:
        signature = self._signer.sign(self._options_hash + document_hash)
        return {**document, "proof": {**self._proof, "proofValue": multibase.encode(signature)}}

    def _begin(self, document: Mapping[str, Any]) -> None:
        if "proof" in document:
            raise ProofError("a batch signs documents that carry no proof yet")
        context = document.get("@context")
        if _same(context, self._context):
            return
        self._proof = proof_options(
            document, self._signer, created=self._created, cryptosuite=self._cryptosuite, purpose=self._purpose
        )
        options = self._proof if self._suite.canonicalisation == "jcs" else {**self._proof, "@context": context}
        self._options_hash = hashlib.sha256(canonical(options, self._suite)).digest()
        self._context = deepcopy(context)  # the caller may change his own


_NO_CONTEXT = object()


def _without_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    unsecured = dict(document)
    unsecured.pop("proof", None)
    return unsecured


def _proofs_in(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    present = document.get("proof", [])
    proofs = present if isinstance(present, list) else [present]
    if not all(isinstance(proof, Mapping) for proof in proofs):
        raise ProofError("the document carries something under proof that is no proof")
    return proofs


def _previous(proof: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]] | None:
    """Return the proofs that ``proof`` builds upon, in the order of its list; ``None`` when one is missing."""
    named = proof.get("previousProof", [])
    if named == []:
        return []
    names = [named] if isinstance(named, str) else named
    if any(name not in by_id for name in names):
        return None
    return [by_id[name] for name in names]


# --- check ---------------------------------------------------------------------------------------------------------


def check_proofs(
    document: Mapping[str, Any],
    resolve: Resolve,
    *,
    purpose: str | None = "assertionMethod",
    now: datetime | None,
    domain: str | Iterable[str] | None = None,
    challenge: str | None = None,
) -> list[ProofAnswer]:
    """Return one answer per proof of the document, in its order; the document is signed only if *every* one is ok.

    Shape:  never empty: a document without proof gets one answer ``proof_missing``. ``resolve`` returns the key behind
            a verification method, or ``None`` where nothing vouches for it. ``now`` judges ``created`` and
            ``expires`` (``None``: only their form). ``purpose`` ``None``: any.
    Source: Data Integrity 1.0, sections 4.4 and 4.5; EdDSA Cryptosuites 1.0, sections 3.2.2 and 3.3.2.
    """
    present = document.get("proof")
    proofs = present if isinstance(present, list) else [] if present is None else [present]
    if not proofs:
        return [_failed("proof_missing")]
    if len(proofs) > MAX_PROOFS:
        return [_failed("too_many_proofs")]
    if not all(isinstance(proof, Mapping) for proof in proofs):
        return [_failed("proof_malformed")]
    if len(proofs) > 1:
        if sum("previousProof" in proof for proof in proofs) > MAX_CHAINED:
            return [_failed("too_many_proofs", proof) for proof in proofs]
        ids = [proof["id"] for proof in proofs if isinstance(proof.get("id"), str)]
        if len(set(ids)) != len(ids):
            return [_failed("proof_id_duplicate", proof) for proof in proofs]
    expected = _Expected(purpose, now, None if domain is None else _set_of(domain), challenge)
    if len(proofs) > 1:
        return _Check(document, proofs, resolve, expected).answers()
    held = _held_before(document, proofs[0])
    if held is not None:
        return [held.answer(document, proofs[0], resolve, expected)]
    check = _Check(document, proofs, resolve, expected)
    answers = check.answers()
    if answers[0].ok:
        check.held(answers[0])
    return answers


def all_ok(answers: Sequence[ProofAnswer]) -> bool:
    """Return whether there is a proof and every one verifies."""
    return bool(answers) and all(answer.ok for answer in answers)


def methods_of(document: Mapping[str, Any]) -> list[str]:
    """Return the verification methods that a document's proofs name, in their order."""
    present = document.get("proof")
    proofs = present if isinstance(present, list) else [present]
    return [_text(proof, "verificationMethod") for proof in proofs if isinstance(proof, Mapping)]


def in_time(document: Mapping[str, Any], now: datetime) -> bool:
    """Return whether no proof of the document was made after ``now`` or had expired by then.

    This is the only part of ``check_proofs`` (without domain and challenge) whose answer changes as time goes by.

    Source: Data Integrity 1.0, section 4.4.
    """
    present = document.get("proof")
    try:
        for proof in present if isinstance(present, list) else [present]:
            if not isinstance(proof, Mapping):
                return False
            _check_times(proof, now)
    except _Refusal:
        return False
    return True


class _Expected(NamedTuple):
    """What the caller asks of every proof. It is asked anew each time, of proofs that held before as well."""

    purpose: str | None
    now: datetime | None
    domain: frozenset[str] | None
    challenge: str | None

    def of(self, proof: Mapping[str, Any]) -> datetime | None:
        """Return when a proof of the right form was made, if it says so; refuse it if it is not as expected."""
        if self.purpose is not None and proof["proofPurpose"] != self.purpose:
            raise _Refusal("proof_purpose_wrong")
        created = _check_times(proof, self.now)
        if self.domain is not None and _set_of(proof.get("domain", ())) != self.domain:
            raise _Refusal("domain_mismatch")
        if self.challenge is not None and proof.get("challenge") != self.challenge:
            raise _Refusal("challenge_mismatch")
        return created


def _set_of(texts: str | Iterable[str]) -> frozenset[str]:
    return frozenset([texts] if isinstance(texts, str) else texts)


def _text(proof: Mapping[str, Any], name: str) -> str:
    value = proof.get(name)
    return value if isinstance(value, str) else ""


def _failed(code: str, proof: Mapping[str, Any] | None = None, detail: str = "") -> ProofAnswer:
    about = proof or {}
    return ProofAnswer(
        ok=False,
        code=code,
        detail=detail or ANSWERS[code],
        verification_method=_text(about, "verificationMethod"),
        cryptosuite=_text(about, "cryptosuite") or _text(about, "type"),
        created=_instant_or_none(about.get("created")),
        proof_id=_text(about, "id"),
    )


def _instant_or_none(text: object) -> datetime | None:
    try:
        return from_text(text, zone_required=False)
    except MalformedInstantError:
        return None


def _key_and_signature(proof: Mapping[str, Any], suite: Suite, resolve: Resolve) -> tuple[PublicKey, bytes]:
    key = resolve(proof["verificationMethod"])
    if key is None:
        raise _Refusal("verification_method_unknown")
    if key.kind not in suite.kinds:
        raise _Refusal("key_kind_wrong")
    return key, _signature_of(proof, key.kind)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a proof said that held, but for its signature: the certificates of a batch all say the same there.

    Its form was judged and its options were hashed by the full check. Both rest on nothing of the document but the
    contexts, and these are compared. All the rest is asked anew, in the order of the full check.
    """

    suite: Suite
    context: object
    own_context: object
    options_hash: bytes
    good: ProofAnswer

    def answer(
        self, document: Mapping[str, Any], proof: Mapping[str, Any], resolve: Resolve, expected: _Expected
    ) -> ProofAnswer:
        try:
            expected.of(proof)
            key, signature = _key_and_signature(proof, self.suite, resolve)
            written = _written(_without_proof(document), self.suite, self.good.verification_method)
            holds = key.verify(self.options_hash + hashlib.sha256(written).digest(), signature)
        except _Refusal as refusal:
            return _failed(refusal.code, proof, refusal.detail)
        except Error as error:  # the canonicaliser's refusal
            return _failed(error.code, proof, error.detail)
        return self.good if holds else _failed("signature_invalid", proof)


_held: Remembered[tuple[tuple[str, str], ...], _Held] = Remembered(1 << 20)  # characters


_familiar: Remembered[int, Familiar] = Remembered(256)


def _written(unsecured: dict[str, Any], suite: Suite, method: str) -> bytes:
    """Return ``canonical``: what one key signs by jcs, with the same members, has much in common."""
    if suite.canonicalisation == "jcs":
        kin = hash((method, *unsecured))  # should two coincide, both are still written as they must be
        familiar = _familiar.get(kin)
        if familiar is None:
            familiar = of_json()
            _familiar.keep(kin, familiar)
        written = familiar.read(unsecured)
        if written is not None:
            return written
    return canonical(unsecured, suite)


def _held_before(document: Mapping[str, Any], proof: Mapping[str, Any]) -> _Held | None:
    said = _said(proof)
    held = None if said is None else _held.get(said)
    if held is None or held.context != document.get("@context"):
        return None
    return held if held.own_context == proof.get("@context", _NO_CONTEXT) else None


def _said(proof: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """Return what a proof says but for its signature and context; None if any of it, or the signature, is no plain text."""
    said = dict(proof)
    signature = said.pop("proofValue", None)
    said.pop("@context", None)
    if type(signature) is not str or not 0 < len(signature) <= MAX_PROOF_TEXT:
        return None
    return tuple(said.items()) if _TEXT.issuperset(map(type, said.values())) else None


_TEXT = frozenset({str})


def _names_alone(context: object) -> str | list[str] | None:
    """Return a copy of a context that consists of names: then Python's equality is that of JSON."""
    if type(context) is str:
        return context
    return list(context) if type(context) is list and _TEXT.issuperset(map(type, context)) else None


class _Check:
    """One document's proofs under check; canonical forms are shared among proofs that sign the same bytes."""

    def __init__(
        self, document: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]], resolve: Resolve, expected: _Expected
    ) -> None:
        self._document = document
        self._unsecured = _without_proof(document)
        self._proofs = proofs
        self._by_id = {proof["id"]: proof for proof in proofs if isinstance(proof.get("id"), str)}
        self._resolve = resolve
        self._expected = expected
        self._hashes: dict[tuple[str, str], bytes | Error] = {}
        self._covers_context: list[bool] = []
        self._signed = b""

    def answers(self) -> list[ProofAnswer]:
        found = [self._answer(proof) for proof in self._proofs]
        found = self._chained(found)
        return self._context_covered(found)

    def _answer(self, proof: Mapping[str, Any]) -> ProofAnswer:
        self._covers_context.append(True)
        try:
            created = self._verify(proof)
        except _Refusal as refusal:
            return _failed(refusal.code, proof, refusal.detail)
        except Error as error:  # the canonicaliser's refusal
            return _failed(error.code, proof, error.detail)
        return ProofAnswer(
            ok=True,
            code="ok",
            detail=ANSWERS["ok"],
            verification_method=proof["verificationMethod"],
            cryptosuite=proof.get("cryptosuite", proof["type"]),
            created=created,
            proof_id=proof.get("id", ""),
        )

    def _verify(self, proof: Mapping[str, Any]) -> datetime | None:
        _check_form(proof)
        suite = _suite_of(proof)
        created = self._expected.of(proof)
        key, signature = _key_and_signature(proof, suite, self._resolve)
        self._signed = self._signed_bytes(proof, suite, key.kind)
        if not key.verify(self._signed, signature):
            raise _Refusal("signature_invalid")
        return created

    def held(self, answer: ProofAnswer) -> None:
        """Remember the one proof of this document, of which every check has said that it holds."""
        proof = self._proofs[0]
        suite, said, context = _suite_of(proof), _said(proof), _names_alone(self._document.get("@context"))
        # Where a suite has keys of one kind, it has one hash function.
        if said is None or context is None or len(suite.kinds) > 1:
            return
        own_context = context if "@context" in proof else _NO_CONTEXT
        weight = sum(len(name) + len(value) for name, value in said) + sum(map(len, context))
        _held.keep(said, _Held(suite, context, own_context, self._signed[:32], answer), weight)

    def _signed_bytes(self, proof: Mapping[str, Any], suite: Suite, kind: str) -> bytes:
        options = {name: member for name, member in proof.items() if name != "proofValue"}
        unsecured: Mapping[str, Any] = self._unsecured
        plain = True
        if suite.canonicalisation == "jcs":
            if "@context" in proof:
                if not _begins_with(self._document.get("@context"), proof["@context"]):
                    raise _Refusal("context_mismatch")
                plain = _same(proof["@context"], self._document.get("@context"))
                self._covers_context[-1] = plain
                if not plain:
                    unsecured = {**unsecured, "@context": proof["@context"]}
        else:
            # EdDSA Cryptosuites 1.0, section 3.2.5, step 4. A document without contexts has none to give. Another one in
            # the proof would be replaced by the document's: carried along, and signed by nobody.
            if "@context" in proof and not _same(proof["@context"], self._document.get("@context")):
                raise _Refusal("context_mismatch")
            options.pop("@context", None)
            if "@context" in self._document:
                options["@context"] = self._document["@context"]
        matching = _previous(proof, self._by_id)
        if matching is None:
            raise _Refusal("previous_proof_missing")
        if matching:
            plain = False
            unsecured = {**unsecured, "proof": matching}
        digest = hashlib.sha384 if kind == "P-384" else hashlib.sha256
        document_hash = self._plain_hash(suite, kind) if plain else digest(canonical(unsecured, suite, kind)).digest()
        return digest(canonical(options, suite, kind)).digest() + document_hash

    def _plain_hash(self, suite: Suite, kind: str) -> bytes:
        """Return the hash of the document without proofs; worked out, or refused, once for all proofs of a kind."""
        known = self._hashes.get((suite.canonicalisation, kind))
        if known is None:
            digest = hashlib.sha384 if kind == "P-384" else hashlib.sha256
            try:
                known = digest(canonical(self._unsecured, suite, kind)).digest()
            except Error as error:
                known = error
            self._hashes[suite.canonicalisation, kind] = known
        if isinstance(known, Error):
            raise known
        return known

    def _chained(self, found: list[ProofAnswer]) -> list[ProofAnswer]:
        """A proof that builds on others is ok only if they are (Data Integrity 1.0, section 2.1, previousProof)."""
        if len(found) == 1 and "previousProof" not in self._proofs[0]:
            return found
        position = {proof["id"]: i for i, proof in enumerate(self._proofs) if isinstance(proof.get("id"), str)}
        before = [
            [position[name] for name in _names(proof.get("previousProof")) if name in position]
            for proof in self._proofs
        ]
        out = list(found)
        settled: set[int] = set()
        # Kahn's order: what is never reached stands on or behind a cycle.
        while ready := [i for i in range(len(out)) if i not in settled and settled.issuperset(before[i])]:
            for i in ready:
                settled.add(i)
                if out[i].ok and not all(out[j].ok for j in before[i]):
                    out[i] = _failed("previous_proof_failed", self._proofs[i])
        return [
            answer if i in settled else _failed("previous_proof_cycle", self._proofs[i]) for i, answer in enumerate(out)
        ]

    def _context_covered(self, found: list[ProofAnswer]) -> list[ProofAnswer]:
        """Refuse contexts that stand behind the part that every jcs proof signed.

        The suite lets a later signer append contexts and sign them; contexts that nobody signed could give the signed
        words a new meaning (safeguards beyond the algorithms: Data Integrity 1.0, section 4).
        """
        for answer, covers in zip(found, self._covers_context, strict=True):
            if answer.ok and covers:
                return found
        return [_failed("context_not_signed", p) if a.ok else a for a, p in zip(found, self._proofs, strict=True)]


def _names(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [name for name in listed if isinstance(name, str)]


def _check_form(proof: Mapping[str, Any]) -> None:
    """Refuse a proof whose members are not of the form of Data Integrity 1.0, section 2.1."""
    for name in ("type", "verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str) or not 0 < len(proof[name]) <= MAX_PROOF_TEXT:
            raise _Refusal("proof_malformed", f"the proof's {name} is missing, not a string, or too long")
    for name in ("id", "cryptosuite", "created", "expires", "challenge", "nonce"):
        if name in proof and (not isinstance(proof[name], str) or len(proof[name]) > MAX_PROOF_TEXT):
            raise _Refusal("proof_malformed", f"the proof's {name} is not a string, or too long")
    for name in ("domain", "previousProof"):
        if name in proof and not _is_text_or_texts(proof[name]):
            raise _Refusal("proof_malformed", f"the proof's {name} is neither a string nor a list of strings")
    for name in ("id", "verificationMethod"):
        if name in proof and not is_url(proof[name]):
            raise _Refusal("proof_malformed", f"the proof's {name} is not a URL")


def _is_text_or_texts(value: object) -> bool:
    listed = value if isinstance(value, list) else [value]
    return len(listed) <= MAX_PROOFS and all(isinstance(text, str) and len(text) <= MAX_PROOF_TEXT for text in listed)


def _suite_of(proof: Mapping[str, Any]) -> Suite:
    kind = proof["type"]
    name = proof.get("cryptosuite") if kind == "DataIntegrityProof" else kind
    suite = SUITES.get(name) if isinstance(name, str) else None
    if suite is None or (kind != "DataIntegrityProof") != (suite.name == "Ed25519Signature2020"):
        raise _Refusal("unsupported_cryptosuite")
    return suite


def _check_times(proof: Mapping[str, Any], now: datetime | None) -> datetime | None:
    """Return when the proof was made, if it says so."""
    created = _instant(proof, "created")
    expires = _instant(proof, "expires")
    if now is not None:
        if created is not None and created > now + CLOCK_SKEW:
            raise _Refusal("created_in_future")
        if expires is not None and expires <= now:
            raise _Refusal("proof_expired")
    return created


def _instant(proof: Mapping[str, Any], name: str) -> datetime | None:
    if name not in proof:
        return None
    try:
        # "Incorrectly serialized time values without an offset are to be interpreted as UTC" (section 2.1).
        return from_text(proof[name], zone_required=False)
    except MalformedInstantError:
        raise _Refusal(f"{name}_malformed") from None


def _signature_of(proof: Mapping[str, Any], kind: str) -> bytes:
    try:
        signature = multibase.decode(proof["proofValue"], bases=multibase.BASE58BTC, max_length=160)
    except multibase.MalformedMultibaseError:
        raise _Refusal("proof_value_malformed") from None
    if len(signature) != SIGNATURE_BYTES[kind]:
        raise _Refusal("proof_value_malformed")
    return signature


def _begins_with(whole: object, beginning: object) -> bool:
    """EdDSA Cryptosuites 1.0, section 3.3.2, step 4.1."""
    all_of_it = whole if isinstance(whole, list) else [whole]
    first_of_it = beginning if isinstance(beginning, list) else [beginning]
    return _same(all_of_it[: len(first_of_it)], first_of_it)


def _same(one: object, other: object) -> bool:
    """JSON equality: Python holds ``True == 1``, which would let a context change under its signature."""
    if one != other:
        return False
    if isinstance(one, str) or (isinstance(one, list) and {str}.issuperset(map(type, one))):
        return True
    return jcs.canonical(one) == jcs.canonical(other)
