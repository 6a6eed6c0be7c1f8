"""What a log sends to a witness and what the witness may answer (C2SP tlog-witness), without a network."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guildhall.core import checkpoint, merkle, submission, tiles
from guildhall.core.checkpoint import Checkpoint, VerifierKey, parse_note
from guildhall.core.errors import Error
from guildhall.core.submission import MAX_SUBMISSION_BYTES, Submission, judge, read_answer, read_size, vouch
from tests.unit.log.logs import (
    LI_LOG_KEEPER,
    LOG_KEY,
    MALLORY,
    NOW,
    ORIGIN,
    WEI_WITNESS,
    WITNESS_KEY,
    WITNESS_NAME,
    Log,
    attempt,
    award,
    ordinary,
)

LOG = Log.of(ordinary(600))
FORKED = Log.of([*ordinary(299), *(award((n, "forked"), 600) for n in range(301))])
EMPTY = hashlib.sha256(b"").digest()


def head(log: Log, size: int | None = None) -> Checkpoint:
    leaves = ordinary(600) if log is LOG else [*ordinary(299), *(award((n, "forked"), 600) for n in range(301))]
    size = size or len(leaves)
    return Checkpoint(ORIGIN, size, merkle.root(merkle.leaf_hashes(leaves[:size])))


def offered(log: Log, old: int, size: int = 600, *, path: list[bytes] | None = None) -> Submission:
    note = checkpoint.sign(head(log, size), LI_LOG_KEEPER)
    if path is None:
        path = tiles.TileNodes(log.read, size).consistency_path(old) if 0 < old < size == 600 else []
    return Submission(old, tuple(path), note)


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# The request that stands in the specification.
PUBLISHED = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()


def test_the_published_example_is_read_and_written_byte_for_byte():
    read = Submission.parse(PUBLISHED)
    assert read.old_size == 20852014
    assert [len(one) for one in read.path] == [32] * 4
    assert Checkpoint.parse(parse_note(read.note).text).size == 20852163
    assert len(parse_note(read.note).signatures) == 2
    assert read.to_bytes() == PUBLISHED


HASH = base64.b64encode(b"\x01" * 32)


@pytest.mark.parametrize("body", [
    b"", b"\n\n", b"old\n\nx", b"old 1\nx", b"old 01\n\nx", b"old -1\n\nx", b"old +1\n\nx", b"old 1 \n\nx", b"old  1\n\nx",
    b"Old 1\n\nx", b"old 1.0\n\nx", b"old 1\r\n\r\nx", b"old 1\n" + HASH + b" \n\nx", b"old 1\n" + HASH[:-1] + b"\n\nx",
    b"old 1\n" + base64.b64encode(b"\x01" * 31) + b"\n\nx", b"old 1\n" + base64.b64encode(b"\x01" * 33) + b"\n\nx",
    b"old 1\n" + HASH.replace(b"E=", b"F=") + b"\n\nx", b"old 1\n\xff\n\nx", "old １\n\nx".encode(),
    b"old 1\n" + (HASH + b"\n") * 64 + b"\nx", b"old 99999999999999999999\n\nx",
])  # fmt: skip
def test_what_is_no_request_is_refused(body: bytes):
    assert attempt(Submission.parse, body)[1] == "malformed_submission"


def test_sixty_three_hashes_are_read_and_a_longer_body_is_not():
    assert len(Submission.parse(b"old 1\n" + (HASH + b"\n") * 63 + b"\nx").path) == 63
    assert attempt(Submission.parse, b"old 0\n\n" + bytes(MAX_SUBMISSION_BYTES))[1] == "too_large"


@given(st.binary(max_size=300) | st.binary(max_size=80).map(lambda end: b"old 7\n" + HASH + b"\n\n" + end))
def test_bytes_end_in_a_request_or_in_a_coded_error(body: bytes):
    with contextlib.suppress(Error):
        assert Submission.parse(body).to_bytes() == body


# ── may it be cosigned? ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("old", [0, 1, 255, 256, 257, 300, 512, 599, 600])
def test_what_extends_the_head_that_is_remembered_may_be_cosigned(old: int):
    remembered = head(LOG, old) if old else None
    assert judge(offered(LOG, old), [LOG_KEY], remembered).checkpoint == head(LOG)


def test_an_empty_log_may_be_cosigned_and_grow_from_there():
    nothing = Checkpoint(ORIGIN, 0, EMPTY)
    note = checkpoint.sign(nothing, LI_LOG_KEEPER)
    assert judge(Submission(0, (), note), [LOG_KEY], None).checkpoint == nothing
    assert judge(Submission(0, (), note), [LOG_KEY], nothing).checkpoint == nothing
    assert judge(offered(LOG, 0), [LOG_KEY], nothing).checkpoint == head(LOG)
    wrong = Submission(0, (), checkpoint.sign(Checkpoint(ORIGIN, 0, bytes(32)), LI_LOG_KEEPER))
    assert attempt(judge, wrong, [LOG_KEY], None)[1] == "inconsistent_heads"


def refused(one: Submission, remembered: Checkpoint | None) -> str | None:
    return attempt(judge, one, [LOG_KEY], remembered)[1]


def test_each_refusal_has_its_own_code():
    seen = head(LOG, 300)
    unsigned = checkpoint.sign(head(LOG), MALLORY)
    renamed = checkpoint.sign(Checkpoint("another.example/log", 600, head(LOG).root), MALLORY)
    assert refused(Submission(300, (), b"junk"), seen) == "malformed_note"
    assert refused(Submission(300, (), renamed), seen) == "unknown_log"
    assert refused(Submission(300, (), unsigned), seen) == "bad_checkpoint_signature"
    assert refused(offered(LOG, 601), head(LOG, 300)) == "old_size_above_checkpoint"
    assert refused(offered(LOG, 299), seen) == "other_size_seen"
    assert refused(offered(LOG, 0), seen) == "other_size_seen"
    assert refused(offered(LOG, 300), None) == "other_size_seen"
    assert refused(offered(LOG, 300, path=[]), seen) == "inconsistent_heads"
    assert refused(offered(LOG, 300, path=[bytes(32)] * 63), seen) == "inconsistent_heads"
    assert refused(offered(LOG, 0, path=[bytes(32)]), None) == "inconsistent_heads"
    assert refused(offered(LOG, 600, path=[bytes(32)]), head(LOG)) == "inconsistent_heads"
    assert refused(offered(FORKED, 300), seen) == "inconsistent_heads"
    assert refused(offered(FORKED, 600), head(LOG)) == "split_view"
    assert refused(offered(LOG, 100, 100), seen) == "other_size_seen"
    assert refused(offered(LOG, 300, 100), seen) == "old_size_above_checkpoint"


def test_a_stale_size_is_answered_with_the_size_that_was_seen():
    with pytest.raises(submission.OtherSizeSeenError) as error:
        judge(offered(LOG, 0), [LOG_KEY], head(LOG, 300))
    assert error.value.size == 300


GOOD, SEEN = offered(LOG, 300), head(LOG, 300)


@given(st.integers(0, 4), st.integers(0, 31), st.integers(1, 255))
def test_no_byte_of_the_proof_can_be_another(place: int, byte: int, change: int):
    path = [bytearray(one) for one in GOOD.path]
    path[place % len(path)][byte] ^= change
    assert refused(Submission(300, tuple(map(bytes, path)), GOOD.note), SEEN) == "inconsistent_heads"


# ── what is stored and answered ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_stored_carries_the_logs_signature_and_the_witnesss_and_nobody_elses():
    note = checkpoint.cosign(offered(LOG, 0).note, "stranger.example", MALLORY, now=NOW)
    signed = judge(Submission(0, (), note), [LOG_KEY], None)
    stored, line = vouch(signed, [LOG_KEY], WITNESS_NAME, WEI_WITNESS, now=NOW)
    assert [one.name for one in parse_note(stored).signatures] == [ORIGIN, WITNESS_NAME]
    assert stored.decode().endswith(line)
    found = read_answer(line.encode(), note, WITNESS_KEY, now=NOW)
    assert found.line == line


def answer(note: bytes, *, name: str = WITNESS_NAME, at=NOW) -> bytes:
    return parse_note(checkpoint.cosign(note, name, WEI_WITNESS, now=at)).signatures[-1].line.encode()


def test_lines_of_strangers_in_a_witnesss_answer_are_ignored():
    note = offered(LOG, 0).note
    strange = parse_note(checkpoint.cosign(note, "stranger.example", MALLORY, now=NOW)).signatures[-1].line.encode()
    assert read_answer(strange + answer(note), note, WITNESS_KEY, now=NOW).line.encode() == answer(note)
    assert attempt(lambda: read_answer(strange, note, WITNESS_KEY, now=NOW))[1] == "no_cosignature"


def test_a_witness_that_lies_is_not_believed():
    note, older = offered(LOG, 0).note, offered(LOG, 0, 300).note
    lies = {
        b"": "malformed_note",
        b"\n": "malformed_note",
        b"<html>": "malformed_note",
        answer(older): "bad_cosignature",
        answer(note, at=NOW + timedelta(hours=1)): "bad_cosignature",
        b"more text\n\n" + answer(note): "no_cosignature",
        answer(note) + b"\n" + answer(note): "no_cosignature",
        answer(note, name="alias.example"): "no_cosignature",
        answer(note) * 101: "too_large",
        bytes(70_000): "too_large",
    }
    for said, code in lies.items():
        assert attempt(lambda said=said: read_answer(said, note, WITNESS_KEY, now=NOW))[1] == code, said[:60]


def test_an_answer_by_another_key_under_the_same_name_is_ignored():
    note = offered(LOG, 0).note
    other = VerifierKey(WITNESS_NAME, MALLORY.public_key, checkpoint.COSIGNATURE)
    assert attempt(lambda: read_answer(answer(note), note, other, now=NOW))[1] == "no_cosignature"


@pytest.mark.parametrize(("said", "size"), [
    (b"0\n", 0), (b"300\n", 300), (b"300", None), (b"", None), (b"03\n", None), (b"-3\n", None), (b"3\n\n", None),
    (b"9" * 20 + b"\n", None), ("３\n".encode(), None),
])  # fmt: skip
def test_a_size_is_read_in_one_form_only(said: bytes, size: int | None):
    assert attempt(read_size, said) == (size, None if size is not None else "malformed_submission")
