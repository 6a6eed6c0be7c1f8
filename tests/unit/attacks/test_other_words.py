"""One signature, other words: the same signed statements, written so that whoever reads the JSON reads something else.

A signature of an rdfc suite covers statements. Each of these texts states exactly what was signed, and the signature fits;
but ``validUntil`` and ``credentialStatus``, which a verifier reads by their names, are gone from view.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from guildhall.core import did, foreign, presentation, proofs, statuslist
from guildhall.core.canonical import contexts
from guildhall.core.errors import Error
from guildhall.core.keys import PublicKey, SeedSigner
from guildhall.core.report import Outcome, Verdict
from guildhall.core.trust import Trust
from tests.unit.attacks.made import TRUST, ask, failing
from tests.unit.verify.made import FACTS, NOW, Register, seed

Document = dict[str, Any]
Rewrite = Callable[[Document], None]

CREDENTIALS = "https://www.w3.org/2018/credentials#"
STATUS = "https://www.w3.org/ns/credentials/status#"
DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
LIST = "https://issuer.example/status/1.json"

_PUBLIC = SeedSigner("", seed("foreign")).public_key
ISSUER = did.did_key(_PUBLIC)
KEY = SeedSigner(did.did_key_url(_PUBLIC), seed("foreign"))


def a_credential(*, over: bool, revoked: bool, suite: str = "eddsa-rdfc-2022", **more: Any) -> Document:
    """Return a signed credential that has run out, or whose bit is set."""
    document: Document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b11",
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "validFrom": "2020-01-01T00:00:00Z",
        "validUntil": "2021-01-01T00:00:00Z" if over else "2099-01-01T00:00:00Z",
        "credentialSubject": {"name": "Li"},
        "credentialStatus": [statuslist.status_entry(LIST, 7 if revoked else 8)],
        **more,
    }
    return proofs.add_proof(document, KEY, created=NOW, cryptosuite=suite)


def the_list(url: str) -> Document | None:
    bits = statuslist.Bitstring()
    bits.set_all([7])
    listed = statuslist.list_credential(LIST, ISSUER, bits, valid_from=NOW)
    return proofs.add_proof(listed, KEY, created=NOW) if url == LIST else None


def key_of(method: str) -> PublicKey | None:
    try:
        return did.key_of_did_key(method)
    except Error:
        return None


def answer(document: Document) -> foreign.Answer:
    return foreign.check_credential(document, key_of, now=NOW, lists=the_list)


# ── how the same is said in other words ────────────────────────────────────────────────────────────────────────────


def _until_by_its_address(document: Document) -> None:
    document[CREDENTIALS + "validUntil"] = {"@value": document.pop("validUntil"), "@type": DATE_TIME}


def _status_by_its_address(document: Document) -> None:
    document[CREDENTIALS + "credentialStatus"] = document.pop("credentialStatus")


def term_by_its_address(document: Document) -> None:
    _until_by_its_address(document)
    _status_by_its_address(document)


def term_under_a_name_of_ones_own(document: Document) -> None:
    document["@context"] = [
        *document["@context"],
        {
            "endOfWarranty": {"@id": CREDENTIALS + "validUntil", "@type": DATE_TIME},
            "seeAlso": {"@id": CREDENTIALS + "credentialStatus", "@type": "@id"},
        },
    ]
    document["endOfWarranty"] = document.pop("validUntil")
    document["seeAlso"] = document.pop("credentialStatus")


def term_by_a_prefix_of_ones_own(document: Document) -> None:
    document["@context"] = [*document["@context"], {"x": CREDENTIALS}]
    document["x:validUntil"] = {"@value": document.pop("validUntil"), "@type": DATE_TIME}
    document["x:credentialStatus"] = document.pop("credentialStatus")


def term_by_a_vocabulary_of_ones_own(document: Document) -> None:
    document["@context"] = [*document["@context"], {"@vocab": CREDENTIALS[:-3]}]
    document["ls#validUntil"] = {"@value": document.pop("validUntil"), "@type": DATE_TIME}
    document["ls#credentialStatus"] = document.pop("credentialStatus")


def term_in_a_nest(document: Document) -> None:
    document["@nest"] = {name: document.pop(name) for name in ("validUntil", "credentialStatus")}


def term_in_a_nest_under_a_name_of_ones_own(document: Document) -> None:
    document["@context"] = [*document["@context"], {"notes": "@nest"}]
    document["notes"] = {name: document.pop(name) for name in ("validUntil", "credentialStatus")}


def term_at_an_included_node_of_the_same_id(document: Document) -> None:
    inner = {name: document.pop(name) for name in ("type", "validUntil", "credentialStatus")}
    document["@included"] = [{"id": document["id"], **inner}]
    document["type"] = ["VerifiableCredential"]


def entry_that_says_its_type_by_address(document: Document) -> None:
    _until_by_its_address(document)
    (entry,) = document["credentialStatus"]
    document["credentialStatus"] = [
        {
            "id": entry["id"],
            "type": STATUS + "BitstringStatusListEntry",
            STATUS + "statusPurpose": entry["statusPurpose"],
            STATUS + "statusListIndex": entry["statusListIndex"],
            STATUS + "statusListCredential": {"@id": entry["statusListCredential"]},
        }
    ]


REWRITES: list[Rewrite] = [
    term_by_its_address,
    term_under_a_name_of_ones_own,
    term_by_a_prefix_of_ones_own,
    term_by_a_vocabulary_of_ones_own,
    term_in_a_nest,
    term_in_a_nest_under_a_name_of_ones_own,
    term_at_an_included_node_of_the_same_id,
    entry_that_says_its_type_by_address,
]


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda one: one.__name__)
def test_the_signature_fits_and_yet_the_document_is_refused(rewrite: Rewrite) -> None:
    document = a_credential(over=True, revoked=True)
    assert answer(document).code == "expired"
    rewrite(document)
    assert proofs.all_ok(proofs.check_proofs(document, key_of, now=NOW)), "this is no rewriting: the signature broke"
    assert answer(document).code == "meaning_differs"


@pytest.mark.parametrize(
    "rewrite", [*REWRITES, _until_by_its_address, _status_by_its_address], ids=lambda one: one.__name__
)
def test_not_even_a_good_credential_is_accepted_in_other_words(rewrite: Rewrite) -> None:
    document = a_credential(over=False, revoked=False)
    assert answer(document).ok
    rewrite(document)
    assert answer(document).code == "meaning_differs"


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda one: one.__name__)
def test_a_jcs_signature_is_over_the_words_themselves(rewrite: Rewrite) -> None:
    document = a_credential(over=True, revoked=True, suite="eddsa-jcs-2022")
    rewrite(document)
    codes = {found.code for found in proofs.check_proofs(document, key_of, now=NOW)}
    assert codes <= {"signature_invalid", "context_not_signed"}
    assert not answer(document).ok


def test_a_status_list_that_is_over_is_not_made_fresh_by_other_words() -> None:
    bits = statuslist.Bitstring()
    before = NOW.replace(year=2025)
    stale = statuslist.list_credential(LIST, ISSUER, bits, valid_from=before, valid_until=before.replace(month=12))
    signed = proofs.add_proof(stale, KEY, created=before)
    document = a_credential(over=False, revoked=True)
    ask_with = {"now": NOW, "lists": lambda _: signed}
    assert foreign.check_credential(document, key_of, **ask_with).code == "status_list_out_of_date"
    _until_by_its_address(signed)
    assert foreign.check_credential(document, key_of, **ask_with).code == "status_list_unproven"


def test_two_entries_of_one_id_leave_no_room_for_a_third() -> None:
    hidden = statuslist.status_entry(LIST, 7)
    shown = statuslist.status_entry(LIST, 8)
    document = a_credential(over=False, revoked=False, credentialStatus=[shown, hidden])
    assert answer(document).code == "revoked"
    document["credentialStatus"] = [shown, copy.deepcopy(shown)]
    document[CREDENTIALS + "credentialStatus"] = [hidden]
    assert proofs.all_ok(proofs.check_proofs(document, key_of, now=NOW))
    assert answer(document).code == "meaning_differs"


def test_a_credential_without_an_id_is_looked_at_as_closely() -> None:
    document = a_credential(over=True, revoked=True)
    unsigned = {name: member for name, member in document.items() if name not in {"id", "proof"}}
    signed = proofs.add_proof(unsigned, KEY, created=NOW)
    assert answer(signed).code == "expired"
    term_by_its_address(signed)
    assert proofs.all_ok(proofs.check_proofs(signed, key_of, now=NOW))
    assert answer(signed).code == "meaning_differs"


def test_an_id_under_its_keyword_hides_nothing() -> None:
    document = a_credential(over=True, revoked=True)
    document["@id"] = document.pop("id")
    assert answer(document).code == "expired"
    term_in_a_nest(document)
    assert answer(document).code == "meaning_differs"


def test_what_may_be_written_otherwise_may_be_written_otherwise() -> None:
    """The order of members and of a set, one value for a list of one: these say the same to every reader."""
    document = a_credential(over=False, revoked=False)
    document = dict(reversed(document.items()))
    document["credentialStatus"] = document["credentialStatus"][0]
    document["credentialSubject"] = [document["credentialSubject"]]
    assert answer(document).ok


def test_a_document_with_a_context_of_its_own_is_accepted_with_a_warning() -> None:
    own = {"grade": "https://issuer.example/terms#grade"}
    document = a_credential(
        over=False,
        revoked=False,
        **{"@context": ["https://www.w3.org/ns/credentials/v2", own], "credentialSubject": {"grade": "excellent"}},
    )
    found = answer(document)
    assert found.ok
    assert any("context" in warning for warning in found.warnings)


def test_a_good_grade_made_of_another_word_is_accepted_with_a_warning_only() -> None:
    """Meanings are for the reader who knows the domain: a verifier can but say that the words are not common ones."""
    own = {"failedAttempt": "https://issuer.example/terms#failedAttempt"}
    document = a_credential(
        over=False,
        revoked=False,
        **{
            "@context": ["https://www.w3.org/ns/credentials/v2", own],
            "credentialSubject": {"failedAttempt": "level 3"},
        },
    )
    document["@context"][1] = {"passed": own["failedAttempt"]}
    document["credentialSubject"] = {"passed": "level 3"}
    found = answer(document)
    assert found.ok
    assert any("context" in warning for warning in found.warnings)


def test_no_bundled_context_gives_a_second_name_to_what_a_verifier_reads() -> None:
    """Otherwise other words would need no context of one's own."""
    guarded = {
        **{CREDENTIALS + name: name for name in ("validFrom", "validUntil", "issuanceDate", "expirationDate", "issuer",
                                                 "holder", "credentialStatus", "verifiableCredential")},
        **{STATUS + name: name for name in ("statusPurpose", "statusListIndex", "statusListCredential", "statusSize")},
    }  # fmt: skip

    def terms(context: Any) -> list[tuple[str, str]]:
        if isinstance(context, list):
            return [pair for one in context for pair in terms(one)]
        if not isinstance(context, dict):
            return []
        found = []
        for name, meant in context.items():
            address = meant.get("@id", "") if isinstance(meant, dict) else meant
            found.append((name, str(address)))
            found += terms(meant.get("@context")) if isinstance(meant, dict) else []
        return found

    pairs = [pair for url in contexts.CONTEXTS for pair in terms(contexts.context(url)["@context"])]
    assert {name for name, address in pairs if address in guarded} <= set(guarded.values())
    assert all(guarded.get(address, name) == name for name, address in pairs)
    assert not {name for name, address in pairs if address in {"@nest", "@included", "@graph", "@reverse"}}


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda one: one.__name__)
def test_a_claim_that_only_a_presentation_secures_is_looked_at_as_closely(rewrite: Rewrite) -> None:
    claim = {n: m for n, m in a_credential(over=True, revoked=True).items() if n != "proof"}
    unsigned = presentation.presentation([claim], holder=ISSUER)
    shown = proofs.add_proof(unsigned, KEY, created=NOW, purpose="authentication")
    asked = {"now": NOW, "lists": the_list}
    assert foreign.check_presentation(shown, key_of, **asked).code == "expired"
    rewrite(shown["verifiableCredential"][0])
    assert proofs.all_ok(proofs.check_proofs(shown, key_of, purpose="authentication", now=NOW))
    assert not foreign.check_presentation(shown, key_of, **asked).ok


def test_a_presentation_does_not_hide_how_many_it_holds_or_whose_it_is() -> None:
    good = a_credential(over=False, revoked=False)
    bad = a_credential(over=True, revoked=True, id="urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12")
    for member, held in (("verifiableCredential", [good, bad]), ("holder", ISSUER)):
        unsigned = presentation.presentation([good, bad], holder=ISSUER)
        shown = proofs.add_proof(unsigned, KEY, created=NOW, purpose="authentication")
        shown[member] = [good] if member == "verifiableCredential" else None
        address = CREDENTIALS + member
        shown[address] = [{"@graph": bad}] if member == "verifiableCredential" else {"@id": held}
        if shown[member] is None:
            del shown[member]
        assert not foreign.check_presentation(shown, key_of, now=NOW, lists=the_list).ok


# ── a certificate of a register ────────────────────────────────────────────────────────────────────────────────────


def _reorder_types(document: Document) -> None:
    document["type"] = document["type"][::-1]


def _double_an_element(document: Document) -> None:
    document["evidence"] = [*document["evidence"], *document["evidence"]]


def _list_of_one(document: Document) -> None:
    document["description"] = [document["description"]]


def _hide_the_end(document: Document) -> None:
    _until_by_its_address(document)


def _an_address_that_is_no_member(document: Document) -> None:
    document["credentialSubject"]["https://schema.org/name"] = []


@pytest.mark.parametrize(
    "rewrite",
    [_reorder_types, _double_an_element, _list_of_one, _hide_the_end, _an_address_that_is_no_member],
    ids=lambda one: one.__name__,
)
def test_the_log_knows_a_certificate_by_its_words(rewrite: Rewrite) -> None:
    bundle = Register().bundle()
    rewrite(bundle["credential"])
    report = ask(bundle)
    assert report.check("proof").outcome is Outcome.PASSED, "this is no rewriting: the signature broke"
    assert failing(report) == ["log"]
    assert report.verdict is Verdict.NOT_VALID


def test_without_a_log_other_words_are_never_valid() -> None:
    bundle = Register().bundle()
    _hide_the_end(bundle["credential"])
    report = ask(bundle, trust=Trust(authorities=TRUST.authorities))
    assert FACTS.valid_until is not None
    assert report.verdict is Verdict.CANNOT_CHECK
    assert not report.valid
