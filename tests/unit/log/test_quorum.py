"""How many witnesses a verifier demands, and cosignatures by ML-DSA-44."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from typer.testing import CliRunner

from guildhall.cli import trust as trust_command
from guildhall.core import checkpoint, trust
from guildhall.core.checkpoint import (
    COSIGNATURE,
    BadCosignatureError,
    Checkpoint,
    MalformedVerifierKeyError,
    Note,
    VerifierKey,
    cosignatures,
    parse_note,
)
from guildhall.core.keys import SeedSigner
from guildhall.core.quorum import Quorum, TooFewWitnessesError, witnessed
from guildhall.core.trust import MalformedTrustError
from tests.unit.log.logs import LI_LOG_KEEPER, LOG_KEY, MALLORY, NOW, ORIGIN, attempt

NAMES = ("witness.example/ann", "witness.example/bob", "witness.example/cai")
SIGNERS = [SeedSigner(name, bytes([0x40 + place]) * 32) for place, name in enumerate(NAMES)]
KEYS = [VerifierKey(name, signer.public_key, COSIGNATURE) for name, signer in zip(NAMES, SIGNERS, strict=True)]
TEXTS = tuple(key.text for key in KEYS)
HEAD = Checkpoint(ORIGIN, 300, hashlib.sha256(b"head").digest())


def cosigned(*who: int) -> Note:
    note = checkpoint.sign(HEAD, LI_LOG_KEEPER)
    for place in who:
        note = checkpoint.cosign(note, NAMES[place], SIGNERS[place], now=NOW)
    return parse_note(note)


@pytest.mark.parametrize(("who", "n", "enough"), [
    ((), 1, False), ((0,), 1, True), ((2,), 1, True), ((0,), 2, False), ((0, 2), 2, True), ((0, 1, 2), 3, True),
    ((1, 2), 3, False),
])  # fmt: skip
def test_a_quorum_is_met_by_so_many_of_its_witnesses(who: Sequence[int], n: int, enough: bool):
    found, code = attempt(witnessed, cosigned(*who), TEXTS, [Quorum(n, TEXTS)])
    assert code == (None if enough else "too_few_witnesses")
    if enough:
        assert [one.witness for one in found] == [NAMES[place] for place in who]


def test_one_witness_counts_once_however_many_lines_it_has():
    note = cosigned(0)
    with pytest.raises(TooFewWitnessesError) as error:
        witnessed(Note(note.text, (*note.signatures, note.signatures[-1])), TEXTS, [Quorum(2, TEXTS)])
    assert error.value.params == {"n": 1, "n_needed": 2}


def test_witnesses_that_are_not_asked_for_do_not_count():
    with pytest.raises(TooFewWitnessesError):
        witnessed(cosigned(1, 2), TEXTS, [Quorum(1, TEXTS[:1])])


def test_every_quorum_must_be_met():
    both = [Quorum(1, TEXTS[:1]), Quorum(1, TEXTS[1:])]
    assert len(witnessed(cosigned(0, 2), (), both)) == 2
    with pytest.raises(TooFewWitnessesError):
        witnessed(cosigned(1, 2), (), both)


def test_a_wrong_line_in_the_name_of_a_known_witness_spoils_the_note():
    note = cosigned(0, 1)
    stolen = parse_note(checkpoint.cosign(note.to_bytes(), NAMES[2], MALLORY, now=NOW))
    # Under its own key the stranger is unknown; with the witness's key id it is a forgery.
    assert len(witnessed(stolen, TEXTS, [Quorum(2, TEXTS)])) == 2
    forged = checkpoint.Signature(NAMES[2], KEYS[2].key_id, stolen.signatures[-1].value)
    with pytest.raises(BadCosignatureError):
        witnessed(Note(note.text, (*note.signatures, forged)), TEXTS, [Quorum(2, TEXTS)])


# ── in a trust list ──────────────────────────────────────────────────────────────────────────────────────────────────


def listed(**members: object) -> bytes:
    witnesses = [{"vkey": text} for text in TEXTS]
    logs = [{"origin": ORIGIN, "vkey": LOG_KEY.text}]
    return json.dumps({"type": "GuildhallTrust", "version": 1, "logs": logs, "witnesses": witnesses} | members).encode()


def test_a_trust_lists_quorum_is_that_of_each_of_its_logs():
    assert trust.parse(listed(quorum=2)).quorums == {ORIGIN: (Quorum(2, TEXTS),)}
    assert trust.parse(listed()).quorums == {}


def test_a_log_may_demand_witnesses_of_its_own():
    logs = [{"origin": ORIGIN, "vkey": LOG_KEY.text, "quorums": [{"n": 1, "of": list(TEXTS[:2])}]}]
    assert trust.parse(listed(logs=logs)).quorums == {ORIGIN: (Quorum(1, TEXTS[:2]),)}
    assert len(trust.parse(listed(logs=logs, quorum=3)).quorums[ORIGIN]) == 2


def test_joining_lists_demands_of_each_log_what_every_list_demands_and_nothing_of_others():
    other = listed(logs=[{"origin": "other.example/log", "vkey": LOG_KEY.text}], witnesses=[])
    joined = trust.joined([trust.parse(listed(quorum=2)), trust.parse(other), trust.parse(listed(quorum=2))])
    assert joined.quorums == {ORIGIN: (Quorum(2, TEXTS),)}
    assert joined.witnesses == TEXTS


def test_what_a_trust_list_says_of_witnesses_can_be_written_and_read_again():
    witnesses = [{"vkey": text, "url": f"https://{name}"} for text, name in zip(TEXTS, NAMES, strict=True)]
    read = trust.parse(listed(quorum=2, witnesses=witnesses))
    assert read.addresses[TEXTS[0]] == f"https://{NAMES[0]}"
    assert trust.parse(json.dumps(read.as_json()).encode()) == read


@pytest.mark.parametrize("members", [
    {"quorum": 0}, {"quorum": 4}, {"quorum": "2"}, {"quorum": True}, {"quorum": 1.5}, {"quorum": None},
    {"quorum": 1, "witnesses": []},
    {"quorum": 1, "witnesses": [{"vkey": LOG_KEY.text}]},
    {"quorum": 2, "witnesses": [{"vkey": TEXTS[0]}, {"vkey": TEXTS[0]}]},
    {"quorum": 2, "witnesses": [{"vkey": TEXTS[0]},
                                {"vkey": VerifierKey("alias.example", SIGNERS[0].public_key, COSIGNATURE).text}]},
    {"quorum": 1, "logs": [{"origin": "another.example/log", "vkey": LOG_KEY.text}]},
    {"logs": [{"origin": ORIGIN, "vkey": LOG_KEY.text, "quorums": [{"n": 1}]}]},
    {"logs": [{"origin": ORIGIN, "vkey": LOG_KEY.text, "quorums": [{"n": 2, "of": [TEXTS[0]]}]}]},
])  # fmt: skip
def test_a_quorum_that_cannot_be_meant_is_refused(members: dict[str, object]):
    with pytest.raises(MalformedTrustError):
        trust.parse(listed(**members))


def test_what_is_demanded_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "register.json").write_bytes(listed(quorum=2))
    monkeypatch.setenv("GUILDHALL_TRUST_DIR", str(tmp_path))
    shown = CliRunner().invoke(trust_command.app, ["show"]).stdout
    assert f"cosigned by 2 of {', '.join(NAMES)}" in shown
    assert all(text in shown for text in TEXTS)


# ── ML-DSA-44 ────────────────────────────────────────────────────────────────────────────────────────────────────────
# The signed message and the key id are put together here from the specification's text, not with Guildhall's code.

SECRET = MLDSA44PrivateKey.from_seed_bytes(b"\x07" * 32)
NAME = "witness.example/lattice"


def ml_dsa_key(name: str = NAME) -> VerifierKey:
    encoded = b"\x06" + SECRET.public_key().public_bytes_raw()
    key_id = hashlib.sha256(name.encode() + b"\n" + encoded).digest()[:4]
    return VerifierKey.parse(f"{name}+{key_id.hex()}+{base64.b64encode(encoded).decode()}")


def line(*, at: int, size: int = HEAD.size, start: int = 0, name: str = NAME, origin: str = ORIGIN) -> str:
    message = b"subtree/v1\n\x00" + bytes([len(name)]) + name.encode() + at.to_bytes(8, "big")
    message += bytes([len(origin)]) + origin.encode() + start.to_bytes(8, "big") + size.to_bytes(8, "big") + HEAD.root
    value = ml_dsa_key().key_id + at.to_bytes(8, "big") + SECRET.sign(message)
    return f"— {NAME} {base64.b64encode(value).decode()}\n"


def under(*lines: str) -> Note:
    return parse_note(checkpoint.sign(HEAD, LI_LOG_KEEPER) + "".join(lines).encode())


def test_a_cosignature_by_ml_dsa_is_verified():
    moment = int(NOW.timestamp())
    (found,) = cosignatures(under(line(at=moment)), [ml_dsa_key()], now=NOW)
    assert (found.witness, found.cosigned_at) == (NAME, NOW)
    assert ml_dsa_key().text == VerifierKey.parse(ml_dsa_key().text).text
    texts = (TEXTS[0], ml_dsa_key().text)
    mixed = checkpoint.cosign(under(line(at=moment)).to_bytes(), NAMES[0], SIGNERS[0], now=NOW)
    assert len(witnessed(parse_note(mixed), (), [Quorum(2, texts)])) == 2


@pytest.mark.parametrize("changes", [
    {"size": 299}, {"start": 1}, {"name": "witness.example/another"}, {"origin": "other.example/log"}, {"at": 0},
])  # fmt: skip
def test_a_cosignature_by_ml_dsa_of_anything_else_is_wrong(changes: dict[str, object]):
    with pytest.raises(BadCosignatureError):
        cosignatures(under(line(**{"at": int(NOW.timestamp()), **changes})), [ml_dsa_key()])


def test_an_ml_dsa_signature_that_is_cut_short_is_wrong():
    note = under(line(at=1))
    whole = note.signatures[-1]
    cut = checkpoint.Signature(whole.name, whole.key_id, whole.value[:-1])
    with pytest.raises(BadCosignatureError):
        cosignatures(Note(note.text, (cut,)), [ml_dsa_key()])


def test_ml_dsa_keys_of_another_length_type_or_too_long_a_name_are_refused():
    with pytest.raises(MalformedVerifierKeyError):
        ml_dsa_key("w" * 256)
    for encoded in (b"\x06" + bytes(1311), b"\x06" + bytes(32), b"\x04" + SECRET.public_key().public_bytes_raw()):
        key_id = hashlib.sha256(NAME.encode() + b"\n" + encoded).digest()[:4]
        with pytest.raises(MalformedVerifierKeyError):
            VerifierKey.parse(f"{NAME}+{key_id.hex()}+{base64.b64encode(encoded).decode()}")
