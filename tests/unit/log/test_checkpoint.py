"""Signed notes, checkpoints, cosignatures: published ones by others first, then every way to be wrong."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import checkpoint
from guildhall.core.checkpoint import (
    BadCheckpointSignatureError,
    BadCosignatureError,
    Checkpoint,
    MalformedCheckpointError,
    MalformedNoteError,
    MalformedVerifierKeyError,
    UnknownLogError,
    VerifierKey,
)
from guildhall.core.errors import Error, TooLargeError
from guildhall.core.keys import PublicKey, SeedSigner
from tests.unit.log.logs import (
    LI_LOG_KEEPER,
    LOG_KEY,
    MALLORY,
    NOW,
    ORIGIN,
    WEI_WITNESS,
    WITNESS_KEY,
    WITNESS_NAME,
    attempt,
)

ROOT = hashlib.sha256(b"a root").digest()
HEAD = Checkpoint(ORIGIN, 42, ROOT)

# A checkpoint of a public Certificate Transparency log with the lines of four public witnesses, as the log served it in
# May 2026, and the published keys of the log and of one witness.
ARCHE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
""".encode()
ARCHE_KEY = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
REMORA_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"


def note() -> bytes:
    return checkpoint.sign(HEAD, LI_LOG_KEEPER)


# ── what others have signed ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_checkpoint_of_a_public_log_opens_with_its_published_key():
    opened = checkpoint.open_checkpoint(ARCHE, [VerifierKey.parse(ARCHE_KEY)])
    assert (opened.checkpoint.origin, opened.checkpoint.size) == ("arche2025h1.staging.ct.transparency.dev", 1432088532)
    assert opened.checkpoint.root == base64.b64decode("U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=")
    assert opened.note.to_bytes() == ARCHE


def test_a_public_witness_is_heard_and_the_others_are_ignored():
    opened = checkpoint.open_checkpoint(ARCHE, [VerifierKey.parse(ARCHE_KEY)])
    (heard,) = checkpoint.cosignatures(opened.note, [VerifierKey.parse(REMORA_KEY)])
    assert heard.witness == "remora.n621.de"
    # The eight bytes after the key id: 00 00 00 00 6a 12 21 20.
    assert heard.cosigned_at == datetime.fromtimestamp(0x6A122120, UTC)


def test_a_changed_public_checkpoint_is_refused_by_log_and_witness():
    forged = ARCHE.replace(b"1432088532", b"1432088533")
    with pytest.raises(BadCheckpointSignatureError):
        checkpoint.open_checkpoint(forged, [VerifierKey.parse(ARCHE_KEY)])
    with pytest.raises(BadCosignatureError):
        checkpoint.cosignatures(checkpoint.parse_note(forged), [VerifierKey.parse(REMORA_KEY)])


# C2SP signed-note, "Verifier keys", "Example"; and the example of Go's package golang.org/x/mod/sumdb/note.
EXAMPLES = {
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k": """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""",
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW": """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
""",
}


@pytest.mark.parametrize(("vkey", "signed"), EXAMPLES.items())
def test_published_example_notes_have_the_form_and_signature_that_they_claim(vkey: str, signed: str):
    key = VerifierKey.parse(vkey)
    assert key.text == vkey
    parsed = checkpoint.parse_note(signed.encode())
    (signature,) = parsed.signatures
    assert signature.is_by(key)
    assert key.public_key.verify(parsed.text.encode(), signature.value)
    assert parsed.to_bytes() == signed.encode()


@pytest.mark.parametrize(
    "vkey",
    [
        ARCHE_KEY,
        REMORA_KEY,
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    ],
)
def test_published_verifier_keys_come_back_as_they_were(vkey: str):
    assert VerifierKey.parse(vkey).text == vkey


# ── the note ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signed_checkpoint_is_written_byte_for_byte_as_specified():
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + LI_LOG_KEEPER.public_key.raw).digest()[:4]
    text = f"{ORIGIN}\n42\n{base64.b64encode(ROOT).decode()}\n"
    line = base64.b64encode(key_id + LI_LOG_KEEPER.sign(text.encode())).decode()
    assert note() == f"{text}\n\u2014 {ORIGIN} {line}\n".encode()


def test_a_cosignature_is_written_byte_for_byte_as_specified():
    key_id = hashlib.sha256(WITNESS_NAME.encode() + b"\n\x04" + WEI_WITNESS.public_key.raw).digest()[:4]
    timestamp = int(NOW.timestamp())
    message = f"cosignature/v1\ntime {timestamp}\n".encode() + HEAD.text.encode()
    line = base64.b64encode(key_id + timestamp.to_bytes(8, "big") + WEI_WITNESS.sign(message)).decode()
    cosigned = checkpoint.cosign(note(), WITNESS_NAME, WEI_WITNESS, now=NOW)
    assert cosigned == note() + f"\u2014 {WITNESS_NAME} {line}\n".encode()


def test_what_was_signed_opens_again():
    opened = checkpoint.open_checkpoint(note(), [VerifierKey.parse(ARCHE_KEY), LOG_KEY])
    assert opened.checkpoint == HEAD
    assert opened.note.to_bytes() == note()


def test_extension_lines_are_signed_and_kept():
    head = Checkpoint(ORIGIN, 0, ROOT, ("one", "两"))
    signed = checkpoint.sign(head, LI_LOG_KEEPER)
    assert checkpoint.open_checkpoint(signed, [LOG_KEY]).checkpoint == head
    with pytest.raises(BadCheckpointSignatureError):
        checkpoint.open_checkpoint(signed.replace("两".encode(), "二".encode()), [LOG_KEY])


def test_the_text_of_a_note_may_hold_empty_lines():
    signed = b"one\n\n\ntwo\n\n" + f"— {ORIGIN} AAAAAAA=\n".encode()
    assert checkpoint.parse_note(signed).text == "one\n\n\ntwo\n"
    assert checkpoint.parse_note(signed).to_bytes() == signed


LINE = f"— {ORIGIN} AAAAAAA=\n"


@pytest.mark.parametrize(
    "note_",
    [
        "", "\n", "text\n", "text\n\n", f"text\n{LINE}", f"text\n\n{LINE}\n", f"text\n\n{LINE}junk\n", f"text\n\n{LINE[:-1]}",
        f"text\n\n{LINE}{LINE[2:]}", f"text\n\n-{LINE[1:]}", f"text\n\n—{LINE[2:]}", "text\n\n— a+b AAAAAAA=\n", "text\n\n—  AAAAAAA=\n",
        "text\n\n— a\u3000b AAAAAAA=\n", "text\n\n— a AAAAAA==\n", "text\n\n— a AAAAAAB=\n", "text\n\n— a AAAAAAA\n",
        "text\n\n— a AAA AAAA=\n", "text\n\n— a AAAAAAA= \n", "text\n\n— a \n", "text\n\n— a _AAAAAA=\n", "te\rxt\n\n" + LINE, "te\x00xt\n\n" + LINE,
        "te\txt\n\n" + LINE, "text\r\n\r\n" + LINE,
    ],
)  # fmt: skip
def test_what_is_not_a_signed_note_is_refused(note_: str):
    with pytest.raises(MalformedNoteError):
        checkpoint.parse_note(note_.encode())


def test_a_note_that_is_not_utf8_is_refused():
    with pytest.raises(MalformedNoteError):
        checkpoint.parse_note(b"text\xff\n\n" + LINE.encode())


def test_sixteen_signatures_and_more_are_read_but_not_endlessly_many():
    assert len(checkpoint.parse_note(("text\n\n" + LINE * 100).encode()).signatures) == 100
    with pytest.raises(TooLargeError):
        checkpoint.parse_note(("text\n\n" + LINE * 101).encode())
    with pytest.raises(TooLargeError):
        checkpoint.parse_note(b"x" * 1_000_001)


ROOT_LINE = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "a\n", "a\n1\n", f"a\n1\n{ROOT_LINE}", f"\n1\n{ROOT_LINE}\n", f"a\n01\n{ROOT_LINE}\n", f"a\n-1\n{ROOT_LINE}\n", f"a\n+1\n{ROOT_LINE}\n",
        f"a\n1 \n{ROOT_LINE}\n", f"a\n\n{ROOT_LINE}\n", f"a\n１\n{ROOT_LINE}\n", f"a\n1_0\n{ROOT_LINE}\n", f"a\n9223372036854775808\n{ROOT_LINE}\n",
        f"a\n99999999999999999999999999\n{ROOT_LINE}\n", f"a\n1\n{ROOT_LINE[:-4]}\n", f"a\n1\n{ROOT_LINE} \n", "a\n1\n\n", "a\n1\nAAAA\n",
        f"a\n1\n{ROOT_LINE}\n\n", f"a\n1\n{ROOT_LINE}\next\n\n", f"a\n1\n{ROOT_LINE}\n\next\n", f"a\n0x1\n{ROOT_LINE}\n",
    ],
)  # fmt: skip
def test_a_text_that_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(MalformedCheckpointError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [("", 1, ROOT, ()), ("a\nb", 1, ROOT, ()), ("a", -1, ROOT, ()), ("a", 2**63, ROOT, ()), ("a", 1, ROOT[:31], ()), ("a", 1, ROOT, ("",)), ("a", 1, ROOT, ("x\n",))],
)  # fmt: skip
def test_a_checkpoint_that_could_not_be_read_back_cannot_be_made(origin, size, root, extensions):
    with pytest.raises(MalformedCheckpointError):
        Checkpoint(origin, size, root, extensions)


# ── who signed ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_checkpoint_of_a_log_that_is_not_trusted_proves_nothing():
    with pytest.raises(UnknownLogError):
        checkpoint.open_checkpoint(note(), [])
    with pytest.raises(UnknownLogError):
        checkpoint.open_checkpoint(note(), [VerifierKey("another.example/log", LI_LOG_KEEPER.public_key)])


def test_the_key_of_one_log_cannot_speak_for_another():
    foreign = checkpoint.sign(Checkpoint("another.example/log", 42, ROOT), LI_LOG_KEEPER)
    with pytest.raises(UnknownLogError):
        checkpoint.open_checkpoint(foreign, [LOG_KEY])
    # Nor by putting its own line under the other's text.
    line = checkpoint.parse_note(foreign).signatures[0].line
    with pytest.raises(BadCheckpointSignatureError):
        checkpoint.open_checkpoint((HEAD.text + "\n" + line).encode(), [LOG_KEY])


def test_a_checkpoint_that_somebody_else_signed_is_refused():
    with pytest.raises(BadCheckpointSignatureError):
        checkpoint.open_checkpoint(checkpoint.sign(HEAD, MALLORY), [LOG_KEY])


def test_a_cosignature_does_not_pass_for_the_signature_of_the_log():
    cosigned = checkpoint.cosign(note(), ORIGIN, LI_LOG_KEEPER, now=NOW)
    only_cosigned = HEAD.text.encode() + b"\n" + cosigned.removeprefix(note())
    with pytest.raises(BadCheckpointSignatureError):
        checkpoint.open_checkpoint(only_cosigned, [LOG_KEY])
    with pytest.raises(UnknownLogError):
        checkpoint.open_checkpoint(note(), [VerifierKey(ORIGIN, LI_LOG_KEEPER.public_key, checkpoint.COSIGNATURE)])


def test_one_good_line_does_not_excuse_a_bad_one_of_the_same_key():
    good = checkpoint.parse_note(note())
    bad = checkpoint.Signature(ORIGIN, LOG_KEY.key_id, b"\x00" * 64)
    for lines in ((good.signatures[0], bad), (bad, good.signatures[0])):
        with pytest.raises(BadCheckpointSignatureError):
            checkpoint.open_checkpoint(checkpoint.Note(good.text, lines).to_bytes(), [LOG_KEY])


def test_lines_of_unknown_keys_are_ignored_even_where_name_or_id_is_known():
    good = checkpoint.parse_note(note())
    others = (
        checkpoint.Signature(ORIGIN, b"\x00" * 4, b"whatever"),
        checkpoint.Signature("stranger.example", LOG_KEY.key_id, b"\x00" * 64),
    )
    opened = checkpoint.open_checkpoint(checkpoint.Note(good.text, (*others, *good.signatures)).to_bytes(), [LOG_KEY])
    assert opened.checkpoint == HEAD


def test_both_keys_of_a_log_that_changes_its_key_are_accepted():
    fresh = SeedSigner("log", b"\x09" * 32)
    keys = [LOG_KEY, VerifierKey(ORIGIN, fresh.public_key)]
    for signer in (LI_LOG_KEEPER, fresh):
        assert checkpoint.open_checkpoint(checkpoint.sign(HEAD, signer), keys).checkpoint == HEAD


def test_changing_any_byte_of_a_signed_checkpoint_is_noticed():
    signed = note()
    for place in range(len(signed)):
        changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
        with pytest.raises(Error):
            checkpoint.open_checkpoint(changed, [LOG_KEY])


# ── witnesses ────────────────────────────────────────────────────────────────────────────────────────────────────────


def cosigned(now: datetime = NOW) -> checkpoint.Note:
    return checkpoint.parse_note(checkpoint.cosign(note(), WITNESS_NAME, WEI_WITNESS, now=now))


def test_a_cosignature_is_heard_with_its_time():
    assert checkpoint.cosignatures(cosigned(), [WITNESS_KEY]) == (checkpoint.Cosignature(WITNESS_NAME, NOW),)
    assert checkpoint.cosignatures(cosigned(), []) == ()
    assert checkpoint.cosignatures(checkpoint.parse_note(note()), [WITNESS_KEY]) == ()


def test_cosigning_leaves_text_and_log_signature_as_they_were():
    assert cosigned().to_bytes().startswith(note())
    assert checkpoint.open_checkpoint(cosigned().to_bytes(), [LOG_KEY]).checkpoint == HEAD


def test_cosigning_again_replaces_the_older_cosignature():
    later = NOW + timedelta(hours=1)
    again = checkpoint.parse_note(checkpoint.cosign(cosigned().to_bytes(), WITNESS_NAME, WEI_WITNESS, now=later))
    assert len(again.signatures) == 2
    assert checkpoint.cosignatures(again, [WITNESS_KEY]) == (checkpoint.Cosignature(WITNESS_NAME, later),)


def test_a_witness_counts_once_however_often_its_line_is_repeated():
    twice = checkpoint.Note(cosigned().text, cosigned().signatures + cosigned().signatures[1:])
    assert len(checkpoint.cosignatures(twice, [WITNESS_KEY, WITNESS_KEY])) == 1


@pytest.mark.parametrize("place", [4, 11, 12, 75])
def test_a_changed_time_or_signature_of_a_witness_is_refused(place: int):
    line = cosigned().signatures[1]
    value = bytearray(line.key_id + line.value)
    value[place] ^= 1
    forged = checkpoint.Note(cosigned().text, (checkpoint.Signature(line.name, bytes(value[:4]), bytes(value[4:])),))
    with pytest.raises(BadCosignatureError):
        checkpoint.cosignatures(forged, [WITNESS_KEY])


def test_a_cosignature_moved_under_another_checkpoint_is_refused():
    moved = checkpoint.Note(Checkpoint(ORIGIN, 43, ROOT).text, cosigned().signatures)
    with pytest.raises(BadCosignatureError):
        checkpoint.cosignatures(moved, [WITNESS_KEY])


def test_a_cosignature_from_the_future_is_refused_where_the_time_is_known():
    assert checkpoint.cosignatures(cosigned(), [WITNESS_KEY], now=NOW - timedelta(minutes=4))
    with pytest.raises(BadCosignatureError):
        checkpoint.cosignatures(cosigned(), [WITNESS_KEY], now=NOW - timedelta(minutes=6))


@pytest.mark.parametrize("timestamp", [2**63, 2**64 - 1, 2**40])
def test_a_cosignature_from_beyond_all_time_is_refused(timestamp: int):
    message = f"cosignature/v1\ntime {timestamp}\n{HEAD.text}".encode()
    value = timestamp.to_bytes(8, "big") + WEI_WITNESS.sign(message)
    forged = checkpoint.Note(HEAD.text, (checkpoint.Signature(WITNESS_NAME, WITNESS_KEY.key_id, value),))
    with pytest.raises(BadCosignatureError):
        checkpoint.cosignatures(forged, [WITNESS_KEY])


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00" * 8, b"\x00" * 71, b"\x00" * 73])
def test_a_cosignature_of_the_wrong_length_is_refused(value: bytes):
    forged = checkpoint.Note(HEAD.text, (checkpoint.Signature(WITNESS_NAME, WITNESS_KEY.key_id, value),))
    with pytest.raises(BadCosignatureError):
        checkpoint.cosignatures(forged, [WITNESS_KEY])


def test_only_a_checkpoint_is_cosigned():
    with pytest.raises(MalformedCheckpointError):
        checkpoint.cosign(("some other text\n\n" + LINE).encode(), WITNESS_NAME, WEI_WITNESS, now=NOW)


# ── verifier keys ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "vkey",
    [
        "", "name", "name+12345678", "+12345678+AQ==", LOG_KEY.text[:-4], LOG_KEY.text + "AAAA", LOG_KEY.text.replace(ORIGIN, "a b"),
        LOG_KEY.text.replace(ORIGIN, ORIGIN + "x"), LOG_KEY.text.replace(LOG_KEY.key_id.hex(), LOG_KEY.key_id.hex().upper()),
        LOG_KEY.text.replace(LOG_KEY.key_id.hex(), "00000000"), "bananas.sigstore.dev+12344556", "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB", LOG_KEY.text + "\n",
    ],
)  # fmt: skip
def test_what_is_not_a_verifier_key_is_refused(vkey: str):
    with pytest.raises(MalformedVerifierKeyError):
        VerifierKey.parse(vkey)


def test_a_key_of_small_order_under_which_anything_verifies_is_refused():
    raw = (1).to_bytes(32, "little")
    key_id = hashlib.sha256(b"evil\n\x01" + raw).digest()[:4].hex()
    with pytest.raises(MalformedVerifierKeyError):
        VerifierKey.parse(f"evil+{key_id}+{base64.b64encode(bytes([1]) + raw).decode()}")


def test_kinds_of_signature_that_are_not_supported_are_refused():
    with pytest.raises(MalformedVerifierKeyError):
        VerifierKey("name", LOG_KEY.public_key, 0x06)
    with pytest.raises(MalformedVerifierKeyError):
        VerifierKey("name", PublicKey("P-256", b"\x02" + b"\x01" * 32))
    with pytest.raises(MalformedVerifierKeyError):
        checkpoint.sign(Checkpoint("an origin with spaces", 1, ROOT), LI_LOG_KEEPER)


# ── anything at all ──────────────────────────────────────────────────────────────────────────────────────────────────

pieces = st.sampled_from(
    ["\n", "\n\n", "— ", ORIGIN, " ", "42", ROOT_LINE, LINE, "+", "AAAAAAA=", "\u2028", "\r", "\x85", "两"]
)
texts = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=14).map("".join))


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=80), texts.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_the_one_form_of_their_note_or_a_coded_error(data):
    parsed, code = attempt(checkpoint.parse_note, data)
    assert code in {None, "malformed_note", "too_large"}
    assert code or parsed.to_bytes() == data


@settings(max_examples=300)
@given(texts)
def test_any_text_is_the_one_form_of_its_checkpoint_and_key_or_a_coded_error(text):
    for parse, expected in ((Checkpoint.parse, "malformed_checkpoint"), (VerifierKey.parse, "malformed_verifier_key")):
        parsed, code = attempt(parse, text)
        assert code in {None, expected}
        assert code or parsed.text == text
