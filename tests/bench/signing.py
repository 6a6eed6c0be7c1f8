"""Signing and checking against floors and peers, as ratios of one run: ``python -m tests.bench.signing``.

Floor:  libsodium (PyNaCl) signing 64 bytes, or checking a signature of 64 bytes.
Peers:  pyld with cryptography, as a plain user would write the suite down from its specification, contexts served from
        memory; ``@digitalbazaar/vc`` with its cryptosuites under Node.js (tests/node), contexts and keys from memory.
Two documents: the certificate of this register, and the one of half its size for which the targets were set.
All contenders run in turn in each round; a ratio is the median of the per-round ratios, above 1 where we are faster.

Checking begins with bytes and ends with the answer about the proof; signing ends with bytes. Whole bundles are of one
register: they share their statement, status lists and checkpoint, which are checked at the first of them.
"""

from __future__ import annotations

import gc
import json
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import base58
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl import bindings

from guildhall.core import bundle as bundles
from guildhall.core import checkpoint, credential, did, instants, leaves, merkle, proofs, statement, verify
from guildhall.core.canonical import shapes, strict_json
from tests import javascript
from tests.bench._clock import seconds
from tests.bench.canonical import by_pyld
from tests.unit.canonical import documents, oracles
from tests.unit.verify.made import FACTS, ISSUER, ISSUER_KEY, LISTS, LOG, LOG_KEY, NOW, Register, seed, trusted

N, N_SLOW, N_NODE, N_NODE_JCS = 240, 3, 10, 60  # the first few of a round find every cache full of another contender
ROUNDS = 41
RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
CREATED = instants.to_text(NOW)
METHOD = ISSUER_KEY.key_id
SEED = seed("issuer")
KEYS = {METHOD: ISSUER_KEY.public_key}


@dataclass(frozen=True)
class Kind:
    """Documents of one template. ``values`` fill its holes, one document each."""

    name: str
    template: shapes.Template
    values: list[dict[str, str | int]]

    @property
    def unsigned(self) -> list[dict[str, Any]]:
        return [self.template.document(one) for one in self.values]


def of_this_register() -> Kind:
    """The certificates of a register, 4.5 KB each."""
    subject = "credentialSubject"
    places = {
        "id": ("id",),
        "number": (subject, "licenseNumber"),
        "holder": (subject, "identifier", 0, "identityHash"),
        "identity": (subject, "identifier", 1, "identityHash"),
        "salt": (subject, "identifier", 1, "salt"),
        "theory": (subject, "result", 0, "value"),
        "skill": (subject, "result", 1, "value"),
        "place": ("credentialStatus", "id"),
        "index": ("credentialStatus", "statusListIndex"),
    }
    values: list[dict[str, str | int]] = [
        {
            "id": f"urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-{n:012d}",
            "number": f"S0001310000012630{n:05d}",
            "holder": "阿卜杜热合曼·买买提伊明"[: 2 + n % 10],
            "identity": "sha256$" + sha256(b"%d" % n).hexdigest(),
            "salt": sha256(b"salt %d" % n).hexdigest()[:22],
            "theory": str(60 + n % 40),
            "skill": f"{61 + n % 30}.5",
            "place": f"{FACTS.status.list_url}#{n}",
            "index": str(n),
        }
        for n in range(N)
    ]
    return Kind("certificate", shapes.Template(credential.document(FACTS), places), values)


def of_half_the_size() -> Kind:
    """Open Badges of 2.3 KB, 53 quads and 4 blank nodes."""
    rng = random.Random(20261122)
    made = [documents.certificate(rng) | {"issuer": {"id": ISSUER, "type": ["Profile"]}} for _ in range(N)]
    places: Mapping[str, Any] = documents.CERTIFICATE_HOLES
    values = [
        {name: documents.at(one, place[0] if isinstance(place[0], tuple) else place) for name, place in places.items()}
        for one in made
    ]
    return Kind("short badge", shapes.Template(made[0], places), values)


# --- contenders ----------------------------------------------------------------------------------------------------


_PRIVATE = Ed25519PrivateKey.from_private_bytes(SEED)


def naive_hash(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    with_context = {**options, "@context": document["@context"]}
    return sha256(by_pyld(with_context).encode()).digest() + sha256(by_pyld(dict(document)).encode()).digest()


def naive_sign(document: dict[str, Any]) -> str:
    options = {
        "type": "DataIntegrityProof", "cryptosuite": RDFC, "created": CREATED, "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }  # fmt: skip
    signature = _PRIVATE.sign(naive_hash(document, options))
    proof = {**options, "proofValue": "z" + base58.b58encode(signature).decode()}
    return json.dumps({**document, "proof": proof}, ensure_ascii=False)


def naive_check(text: bytes) -> None:
    document = json.loads(text)
    proof = document.pop("proof")
    signature = base58.b58decode(proof.pop("proofValue")[1:])
    _PRIVATE.public_key().verify(signature, naive_hash(document, proof))


def check(texts: list[bytes]) -> None:
    for text in texts:
        document = strict_json.parse(text)
        assert isinstance(document, dict)
        assert proofs.all_ok(proofs.check_proofs(document, KEYS.get, now=NOW))


class Node:
    """The peer under Node.js."""

    def __init__(self, script: javascript.Script) -> None:
        self._script = script
        document = did.document(ISSUER, [did.Method(METHOD, ISSUER_KEY.public_key)])
        method = document["verificationMethod"][0]
        served = oracles.all_contexts() | {
            ISSUER: document,
            METHOD: {"@context": "https://w3id.org/security/multikey/v1", **method},
        }
        assert script.ask({"served": served}) == {"ready": True}

    def sign(self, documents: list[dict[str, Any]], suite: str) -> dict[str, Any]:
        return self._script.ask(
            {"sign": documents, "suite": suite, "seed": SEED.hex(), "keyId": METHOD, "created": CREATED}
        )

    def check(self, texts: list[bytes], suite: str) -> dict[str, Any]:
        answer = self._script.ask({"check": [one.decode() for one in texts], "suite": suite, "now": CREATED})
        assert answer["verified"] == len(texts), answer
        return answer


@contextmanager
def node() -> Iterator[Node | None]:
    """Start the peer, or say why it cannot be had."""
    reason = javascript.why_not()
    if reason:
        print(f"without Node.js: {reason}", file=sys.stderr)
        yield None
        return
    running = javascript.Script("speed.mjs")
    try:
        yield Node(running)
    finally:
        running.end()


def press() -> Callable[[], object]:
    """Return a job: the certificates of a results file as the register makes them, signed and hashed, with their leaves."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guildhall.site.settings")
    import django

    django.setup()
    from guildhall.credentials import forms, signing

    form = {name: getattr(FACTS, name) for name in (
        "origin", "issuer", "issuer_name", "issuer_credit_code", "scheme", "certificate_name", "occupation", "occupation_name",
        "classification", "classification_name", "level", "level_name", "edition", "filing", "region", "site", "site_name", "work_type",
    )}  # fmt: skip
    form["parts"] = [{"code": one.code, "name": one.name, "pass_mark": one.pass_mark} for one in FACTS.results]
    form["lists"] = {"suspension": FACTS.status.list_url}
    rows = [
        orjson.dumps(
            forms.own(
                number=f"S0001310000012630{n:05d}", holder="买买提伊明", identity_hash="sha256$" + sha256(b"%d" % n).hexdigest(),
                salt=sha256(b"salt %d" % n).hexdigest()[:22], issued_on="2026-11-06", valid_until="2031-11-05", examined_on="2026-10-18",
                marks=[str(60 + n % 40), "77.5"], index=n,
            )
        )
        for n in range(N)
    ]  # fmt: skip
    made = signing.Press(form, ISSUER_KEY, created=NOW, logged_at=NOW)
    assert [made.sign(f"{n:032x}", own) for n, own in enumerate(rows)][-1].plate is not None
    return lambda: [made.sign(f"{n:032x}", own) for n, own in enumerate(rows)]


def bundles_of_one_register(signed: list[dict[str, Any]]) -> list[bytes]:
    """Bundles of a log of a million leaves, in its last thousands."""
    register = Register()
    entries = [
        leaves.AwardLeaf(NOW, FACTS.issuer, FACTS.scheme, FACTS.filing, verify.document_hash(one)).to_bytes() for one in signed
    ]  # fmt: skip
    n_before = 1_000_000 - len(entries)
    tree = merkle.Tree([sha256(b"%d" % n).digest() for n in range(n_before)])
    tree.extend(merkle.leaf_hashes(entries))
    size = n_before + len(entries)
    note = checkpoint.sign(checkpoint.Checkpoint(LOG, size, tree.head()), LOG_KEY).decode()
    accreditation, lists = register.statement(), [register.status_list(purpose) for purpose in LISTS]
    return [
        orjson.dumps(
            bundles.build(
                credential=one,
                key=statement.key_member(METHOD, ISSUER, ISSUER_KEY.public_key.multibase),
                accreditation=accreditation,
                status_lists=lists,
                inclusion=bundles.Inclusion(entry, n_before + n, size, tuple(tree.inclusion_path(n_before + n))),
                checkpoint=note,
            )
        )
        for n, (one, entry) in enumerate(zip(signed, entries, strict=True))
    ]


# --- the run -------------------------------------------------------------------------------------------------------

Job = tuple[Callable[[], float], int]


def jobs_of(kind: Kind, peer: Node | None) -> dict[str, Job]:
    """Return what is run in each round for documents of a kind, checked once against one another."""
    unsigned = kind.unsigned
    batches = {suite: proofs.BatchSigner(ISSUER_KEY, created=NOW, cryptosuite=suite) for suite in (RDFC, JCS)}
    signed = {suite: [orjson.dumps(batch.sign(one)) for one in unsigned] for suite, batch in batches.items()}
    assert orjson.loads(naive_sign(unsigned[0])) == orjson.loads(signed[RDFC][0])
    naive_check(signed[RDFC][0])

    def filled(suite: str) -> Callable[[], object]:
        return lambda: [orjson.dumps(batches[suite].sign_filled(kind.template, one)) for one in kind.values]

    here: dict[str, tuple[Callable[[], object], int]] = {
        "issue rdfc": (filled(RDFC), N),
        "issue rdfc, any": (lambda: [orjson.dumps(batches[RDFC].sign(one)) for one in unsigned], N),
        "issue jcs": (filled(JCS), N),
        "issue pyld": (lambda: [naive_sign(one) for one in unsigned[:N_SLOW]], N_SLOW),
        "check rdfc": (lambda: check(signed[RDFC]), N),
        "check jcs": (lambda: check(signed[JCS]), N),
        "check pyld": (lambda: [naive_check(one) for one in signed[RDFC][:N_SLOW]], N_SLOW),
    }
    jobs: dict[str, Job] = {}
    for name, (job, n) in here.items():
        job()
        jobs[name] = (lambda job=job: seconds(job)), n  # type: ignore[misc]
    for suite, short, n in ((RDFC, "rdfc", N_NODE), (JCS, "jcs", N_NODE_JCS)) if peer is not None else ():
        assert peer is not None
        check([orjson.dumps(peer.sign(unsigned[:n], suite)["last"])])
        peer.check(signed[suite][:n], suite)
        jobs[f"issue node {short}"] = (lambda s=suite, n=n: peer.sign(unsigned[:n], s)["seconds"]), n  # type: ignore[misc]
        jobs[f"check node {short}"] = (lambda s=suite, n=n: peer.check(signed[s][:n], s)["seconds"]), n  # type: ignore[misc]
    return jobs


def floors() -> dict[str, Job]:
    """Return the jobs of libsodium alone."""
    message = b"\x01" * 64
    public, secret = bindings.crypto_sign_seed_keypair(SEED)
    signed = bindings.crypto_sign(message, secret)
    others = [bindings.crypto_sign(2 * sha256(b"%d" % n).digest(), secret) for n in range(N)]
    return {
        "raw sign": (lambda: seconds(lambda: [bindings.crypto_sign(message, secret) for _ in range(N)]), N),
        "raw verify": (lambda: seconds(lambda: [bindings.crypto_sign_open(signed, public) for _ in range(N)]), N),
        "raw verify, others": (lambda: seconds(lambda: [bindings.crypto_sign_open(one, public) for one in others]), N),
    }


def whole(kind: Kind) -> dict[str, Job]:
    """Return the jobs on whole bundles, and the register's own press."""
    batch = proofs.BatchSigner(ISSUER_KEY, created=NOW)
    made = bundles_of_one_register([batch.sign(one) for one in kind.unsigned])
    trust = trusted()
    stores = (verify._statements, verify._lists, verify._proven, verify._heads)

    def warm() -> None:
        for one in made:
            assert verify.verify(one, trust=trust, now=NOW).valid

    def cold() -> None:
        for one in made[: N // 8]:
            for store in stores:
                store.forget()
            assert verify.verify(one, trust=trust, now=NOW).valid

    warm()
    pressing = press()
    return {
        "bundle": (lambda: seconds(warm), N),
        "bundle, cold": (lambda: seconds(cold), N // 8),
        "press": (lambda: seconds(pressing), N),
    }


def run(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Return rates and ratios by name.

    Units:  ``rate`` per second on this machine; ``ratio`` without unit; ``target`` the least that the ratio should be.
    """
    kinds = [of_this_register(), of_half_the_size()]
    with node() as peer:
        jobs = floors()
        for kind in kinds:
            jobs |= {f"{kind.name}: {name}": job for name, job in jobs_of(kind, peer).items()}
        jobs |= whole(kinds[0])
        rates: dict[str, list[float]] = {name: [] for name in jobs}
        gc.freeze()  # or else each look for garbage would wade through all that was made ready
        for _ in range(rounds):
            for name, (spent, n) in jobs.items():
                rates[name].append(n / spent())

    table: dict[str, dict[str, float]] = {}

    def row(title: str, ours: str, theirs: str, target: float | None = None) -> None:
        if ours not in rates or theirs not in rates:
            return
        ratio = statistics.median(a / b for a, b in zip(rates[ours], rates[theirs], strict=True))
        table[title] = {"rate": statistics.median(rates[ours]), "ratio": ratio} | (
            {} if target is None else {"target": target}
        )

    for kind in kinds:
        name = kind.name
        row(f"{name}: issue rdfc, one template / pyld", f"{name}: issue rdfc", f"{name}: issue pyld", 60)
        row(f"{name}: issue rdfc, one template / Node", f"{name}: issue rdfc", f"{name}: issue node rdfc", 65)
        row(f"{name}: issue rdfc, one template / raw sign", f"{name}: issue rdfc", "raw sign", 0.22)
        row(f"{name}: issue rdfc, any document / pyld", f"{name}: issue rdfc, any", f"{name}: issue pyld")
        row(f"{name}: issue jcs, one template / Node", f"{name}: issue jcs", f"{name}: issue node jcs", 10)
        row(f"{name}: issue jcs, one template / raw sign", f"{name}: issue jcs", "raw sign", 0.38)
        row(f"{name}: verify rdfc / pyld", f"{name}: check rdfc", f"{name}: check pyld", 35)
        row(f"{name}: verify rdfc / Node", f"{name}: check rdfc", f"{name}: check node rdfc")
        row(f"{name}: verify rdfc / raw verify", f"{name}: check rdfc", "raw verify", 0.32)
        row(f"{name}: verify jcs / Node", f"{name}: check jcs", f"{name}: check node jcs", 3)
        row(f"{name}: verify jcs / raw verify", f"{name}: check jcs", "raw verify", 0.55)
    # A processor learns one signature by heart; no certificate has the signature of another.
    row("raw verify, different signatures / one and the same", "raw verify, others", "raw verify")
    row("register's press, with hash and leaf / pyld", "press", "certificate: issue pyld")
    row("register's press, with hash and leaf / raw sign", "press", "raw sign")
    row("whole bundle, all checks / raw verify", "bundle", "raw verify")
    row("whole bundle, all checks / pyld on its credential", "bundle", "certificate: check pyld")
    row("whole bundle, nothing remembered / raw verify", "bundle, cold", "raw verify")
    return table


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    table = run()
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
        return
    print(f"{'job':<52}{'per second':>14}{'ratio':>9}{'target':>9}")
    for name, row in table.items():
        target = f"{row['target']:9g}" if "target" in row else ""
        print(f"{name:<52}{row['rate']:>14,.0f}{row['ratio']:>9.2f}{target}")


if __name__ == "__main__":
    main()
