"""The witness over HTTP: every answer of C2SP tlog-witness, two views refused, and death at any moment."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guildhall.cli import durable, witness_server
from guildhall.cli.witness_memory import Memory, NoWitnessMemoryError, place_of
from guildhall.cli.witness_server import Server
from guildhall.core import checkpoint
from guildhall.core.checkpoint import Checkpoint, VerifierKey, parse_note
from guildhall.core.keys import SeedSigner
from guildhall.core.submission import MAX_SUBMISSION_BYTES, read_answer
from tests.unit.log import witnesses
from tests.unit.log.logs import (
    LOG_KEY,
    MALLORY,
    NOW,
    ORIGIN,
    WEI_WITNESS,
    WITNESS_KEY,
    WITNESS_NAME,
    Log,
    award,
    ordinary,
)
from tests.unit.log.witnesses import ADD, ask, request

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OTHER_ORIGIN = "other.example/log"
OTHER_KEEPER = SeedSigner("other log", b"\x03" * 32)
OTHER_KEY = VerifierKey(OTHER_ORIGIN, OTHER_KEEPER.public_key)

SMALL = Log.of(ordinary(100)).files
LOG = Log.of(ordinary(300)).files
GROWN = Log.of(ordinary(600)).files
OTHER_VIEW = Log.of([*ordinary(299), award("another", 299)]).files
FORKED = Log.of([*ordinary(299), *(award((n, "forked"), 600) for n in range(301))]).files
OTHER = Log.of(ordinary(40), origin=OTHER_ORIGIN, signer=OTHER_KEEPER).files


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.open(tmp_path / "memory", WITNESS_KEY, WEI_WITNESS, [LOG_KEY, OTHER_KEY], begin=True)


@pytest.fixture
def port(memory: Memory) -> Iterator[int]:
    with Server("127.0.0.1", 0, memory) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def cosigned(port: int, log: dict[str, bytes], old: int = 0) -> None:
    """Offer a log and hold the answer to be one good cosignature and nothing else."""
    answer = ask(port, request(log, old))
    assert answer.status == 200, answer
    line = read_answer(answer.body, log["checkpoint"], WITNESS_KEY, now=datetime.now(UTC))
    assert line.line.encode() == answer.body


def seen(memory: Memory, origin: str = ORIGIN) -> Checkpoint | None:
    state = memory.folder / place_of(origin) / "checkpoint"
    return Checkpoint.parse(parse_note(state.read_bytes()).text) if state.exists() else None


# ── what is cosigned ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_that_grows_is_cosigned_each_time_and_again_at_the_same_size(port: int, memory: Memory):
    for log, old in ((SMALL, 0), (LOG, 100), (LOG, 300), (GROWN, 300)):
        cosigned(port, log, old)
    assert seen(memory).size == 600


def test_two_logs_are_remembered_apart(port: int, memory: Memory):
    cosigned(port, LOG)
    cosigned(port, OTHER)
    assert (seen(memory).size, seen(memory, OTHER_ORIGIN).size) == (300, 40)
    assert ask(port, request(LOG)).body == b"300\n"


def test_a_monitor_gets_the_checkpoint_with_the_logs_line_and_the_witnesss_only(port: int):
    place = f"/{place_of(ORIGIN)}/checkpoint"
    assert ask(port, method="GET", path=place).status == 404
    with_stranger = {**LOG, "checkpoint": checkpoint.cosign(LOG["checkpoint"], "stranger.example", MALLORY, now=NOW)}
    cosigned(port, with_stranger)
    answer = ask(port, method="GET", path=place)
    assert answer.status == 200
    opened = checkpoint.open_checkpoint(answer.body, [LOG_KEY])
    assert [one.name for one in opened.note.signatures] == [ORIGIN, WITNESS_NAME]
    assert len(checkpoint.cosignatures(opened.note, [WITNESS_KEY])) == 1
    for wrong in ("/", "/checkpoint", f"/{'0' * 64}/checkpoint", f"/{place_of(ORIGIN)}/../witness", place + "?x"):
        assert ask(port, method="GET", path=wrong).status == 404


def test_a_connection_may_ask_several_times(port: int):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for log, old, status in ((SMALL, 0, 200), (LOG, 0, 409), (LOG, 100, 200)):
        connection.request("POST", ADD, request(log, old))
        assert witnesses.read(connection).status == status
    connection.close()


# ── what is refused, and how ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_refusal_has_the_status_of_the_specification_and_leaves_the_memory_as_it_was(port: int, memory: Memory):
    cosigned(port, LOG)
    before = (memory.folder / place_of(ORIGIN) / "checkpoint").read_bytes()
    unknown = Log.of(ordinary(300), origin="unknown.example/log").files
    forged = {**GROWN, "checkpoint": Log.of(ordinary(600), signer=MALLORY).files["checkpoint"]}
    refusals = [
        (request(unknown), 404, b"unknown_log"),
        (request(forged, 300), 403, b"bad_checkpoint_signature"),
        (request(LOG, 300).replace(b"old 300", b"old 301"), 400, b"old_size_above_checkpoint"),
        (request(LOG)[:-1], 400, b"malformed_note"),
        (b"", 400, b"malformed_submission"),
        (request(GROWN, 300).replace(b"old 300", b"old 0300"), 400, b"malformed_submission"),
        (request(GROWN, 299), 409, b"300\n"),
        (request(GROWN), 409, b"300\n"),
        (request(SMALL), 409, b"300\n"),
        (request(SMALL, 100), 409, b"300\n"),
        (request(GROWN, 300).replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1), 422, b"inconsistent_heads"),
        (request(FORKED, 300), 422, b"inconsistent_heads"),
        (request(OTHER_VIEW, 300), 422, b"split_view"),
        (request(OTHER).replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n"), 422, b"inconsistent_heads"),
    ]
    for body, status, begins in refusals:
        answer = ask(port, body)
        assert (answer.status, answer.body[: len(begins)]) == (status, begins), body[:80]
        assert answer.content_type == ("text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8")
        assert "—".encode() not in answer.body
    assert (memory.folder / place_of(ORIGIN) / "checkpoint").read_bytes() == before
    assert seen(memory, OTHER_ORIGIN) is None


def test_the_second_of_two_heads_of_one_size_is_kept_as_evidence(port: int, memory: Memory):
    cosigned(port, LOG)
    ask(port, request(OTHER_VIEW, 300))
    ask(port, request(FORKED, 300))
    (kept,) = (memory.folder / place_of(ORIGIN) / "split").iterdir()
    assert kept.read_bytes() == OTHER_VIEW["checkpoint"]


def test_so_much_evidence_is_kept_and_no_more(port: int, memory: Memory):
    cosigned(port, LOG)
    for n in range(20):
        assert ask(port, request(Log.of([*ordinary(299), award(("another", n), 299)]).files, 300)).status == 422
    assert len(list((memory.folder / place_of(ORIGIN) / "split").iterdir())) == 16


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        said = b""
        while part := connection.recv(65536):
            said += part
        return said


@pytest.mark.parametrize(("head", "status"), [
    (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", b"411"),
    (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"411"),
    (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"411"),
    (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
    (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_SUBMISSION_BYTES + 1), b"413"),
    (b"POST /sign-subtree HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"404"),
    (b"PUT /add-checkpoint HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"501"),
    (b"junk\r\n\r\n", b"400"),
    (b"GET / HTTP/9.9\r\n\r\n", b"505"),
    (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
])  # fmt: skip
def test_a_request_that_is_none_is_answered_and_the_connection_ends(port: int, head: bytes, status: bytes):
    # What is no HTTP at all is answered without a status line.
    assert status in raw(port, head)[:13]


def test_a_body_that_does_not_come_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(witness_server._Requests, "timeout", 0.2)
    assert raw(port, b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nold") == b""
    assert raw(port, b"POST /add-ch") == b""
    monkeypatch.setattr(witness_server, "SECONDS", 0)
    assert raw(port, b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nold") == b""
    monkeypatch.undo()
    cosigned(port, LOG)


def test_too_many_at_once_are_hung_up_on_and_the_others_are_served(memory: Memory, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(witness_server, "AT_ONCE", 2)
    with Server("127.0.0.1", 0, memory) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        where = ("127.0.0.1", server.server_address[1])
        with socket.create_connection(where) as first, socket.create_connection(where) as second:
            for one in (first, second):
                one.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert one.recv(100).startswith(b"HTTP/1.1 404")
            with socket.create_connection(where, timeout=10) as third:
                assert third.recv(100) == b""
        for _ in range(100):
            try:
                cosigned(where[1], LOG)
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                time.sleep(0.02)  # the two threads may not have seen yet that nobody is there
        server.shutdown()
        thread.join()
    assert seen(memory).size == 300


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this machine has no IPv6: this check did not run")
@pytest.mark.allow_hosts(["::1"])
def test_a_witness_listens_on_the_newer_protocol_too(memory: Memory):
    with Server("::1", 0, memory) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        connection = http.client.HTTPConnection("::1", server.server_address[1], timeout=10)
        connection.request("POST", ADD, request(LOG))
        assert witnesses.read(connection).status == 200
        connection.close()
        server.shutdown()
        thread.join()


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_two_views_offered_at_once_one_is_cosigned(port: int, memory: Memory):
    cosigned(port, SMALL)
    views = [Log.of([*ordinary(299), award(("view", n), 299)]).files for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda log: ask(port, request(log, 100)).status, views))
    assert sorted(answers) == [200] + [409] * 7
    assert seen(memory).size == 300


def test_whatever_is_offered_at_once_the_memory_never_goes_back(port: int, memory: Memory):
    logs = [Log.of(ordinary(size)).files for size in range(101, 125)]
    cosigned(port, SMALL)

    def push(log: dict[str, bytes]) -> int | None:
        """Offer it from whatever size the witness says that it remembers; give the size that it cosigned."""
        old, size = 100, Checkpoint.parse(parse_note(log["checkpoint"]).text).size
        while old <= size:
            answer = ask(port, request(log, old))
            if answer.status == 200:
                return size
            assert answer.status == 409, answer
            old = int(answer.body)
        return None

    with ThreadPoolExecutor(6) as threads:
        sizes = [size for size in threads.map(push, reversed(logs)) if size]
    assert seen(memory).size == max(sizes) == 124


# ── nothing is told before it is stored ──────────────────────────────────────────────────────────────────────────────


def test_where_the_new_state_cannot_be_stored_nothing_is_told(
    port: int, memory: Memory, monkeypatch: pytest.MonkeyPatch
):
    cosigned(port, SMALL)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "checkpoint")

    monkeypatch.setattr(durable, "replace", full)
    answer = ask(port, request(LOG, 100))
    assert answer.status == 500
    assert "—".encode() not in answer.body
    monkeypatch.undo()
    assert seen(memory).size == 100
    cosigned(port, LOG, 100)


@pytest.mark.parametrize("spoilt", [b"", b"junk", OTHER["checkpoint"]])
def test_a_memory_that_cannot_be_read_is_not_taken_for_none(port: int, memory: Memory, spoilt: bytes):
    cosigned(port, LOG)
    state = memory.folder / place_of(ORIGIN) / "checkpoint"
    state.write_bytes(spoilt)
    for old in (0, 300):
        answer = ask(port, request(LOG, old))
        assert (answer.status, answer.body[:22]) == (500, b"witness_memory_damaged")
    assert state.read_bytes() == spoilt


def test_a_witness_begins_once_and_only_in_a_folder_of_its_own(tmp_path: Path, memory: Memory):
    def opened(folder: Path, key: VerifierKey = WITNESS_KEY, **options: bool) -> None:
        Memory.open(folder, key, WEI_WITNESS, [LOG_KEY], **options)

    opened(memory.folder)
    with pytest.raises(NoWitnessMemoryError):
        opened(memory.folder, begin=True)
    with pytest.raises(NoWitnessMemoryError):
        opened(memory.folder, VerifierKey(WITNESS_NAME, MALLORY.public_key, checkpoint.COSIGNATURE))
    (tmp_path / "not mounted").mkdir()
    for folder in (tmp_path / "not mounted", tmp_path / "nowhere"):
        with pytest.raises(NoWitnessMemoryError):
            opened(folder)


# ── as a process ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "w"


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_witness_killed_while_it_stores_never_cosigns_two_views(
    folder: Path, point: str, monkeypatch: pytest.MonkeyPatch
):
    key = witnesses.make_key(folder, WITNESS_NAME)
    with witnesses.serving(folder, [LOG_KEY]) as (process, port):
        assert ask(port, request(SMALL)).status == 200
        process.kill()
    monkeypatch.setenv("DIE", point)
    with witnesses.serving(folder, [LOG_KEY], program=("-m", "tests.unit.log.killed_witness")) as (process, port):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            ask(port, request(LOG, 100))
        assert process.wait(timeout=20) == -9
    left = list((folder / "memory" / place_of(ORIGIN)).glob(".checkpoint.*"))
    assert len(left) == (1 if point == "before" else 0)
    with witnesses.serving(folder, [LOG_KEY]) as (process, port):
        assert not any(file.exists() for file in left)
        if point == "after":
            # It remembers more than it has said: another view of that size is refused, the same one is cosigned again.
            assert ask(port, request(OTHER_VIEW, 100))[::2] == (409, b"300\n")
            assert ask(port, request(OTHER_VIEW, 300)).status == 422
            answer = ask(port, request(LOG, 300))
        else:
            answer = ask(port, request(LOG, 100))
        assert answer.status == 200
        assert answer.body.startswith(f"— {key.name} ".encode())
        assert ask(port, request(OTHER_VIEW, 300)).status == 422
        assert ask(port, request(SMALL, 100))[::2] == (409, b"300\n")


def test_a_witness_without_its_memory_key_or_log_does_not_serve(folder: Path):
    witnesses.make_key(folder, WITNESS_NAME)
    trust = witnesses.trust_file(folder / "trust.json", [LOG_KEY])
    nobody = witnesses.trust_file(folder / "nobody.json", [])
    environment = {**os.environ, "GUILDHALL_WITNESS_PASSPHRASE": witnesses.PASSPHRASE}

    def serve(*options: object) -> tuple[int, str]:
        command = [sys.executable, "-m", "guildhall", "witness", "serve", "--port", "0", *map(str, options)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return ended.returncode, ended.stderr

    own = ("--key", folder / "key", "--trust", trust, "--memory", folder / "memory")
    assert serve(*own)[0] == 2
    assert "no_witness_memory" in serve(*own)[1]
    assert serve("--key", folder / "none", "--trust", trust, "--memory", folder / "memory", "--begin")[0] == 2
    assert serve("--key", folder / "key", "--trust", nobody, "--memory", folder / "memory", "--begin")[0] == 1
    assert not (folder / "memory").exists()
