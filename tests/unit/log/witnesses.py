"""Witnesses as real processes on this machine, and what a log would send them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from guildhall import keystore
from guildhall.cli import witness
from guildhall.core import checkpoint, tiles
from guildhall.core.checkpoint import Checkpoint, VerifierKey, parse_note
from guildhall.core.submission import Submission

PASSPHRASE = "correct horse"
CHEAP = keystore.Cost(ops=1, memory=1 << 16)
ADD = "/add-checkpoint"


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes


def ask(port: int, body: bytes = b"", *, method: str = "POST", path: str = ADD) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body)
        return read(connection)


def read(connection: http.client.HTTPConnection) -> Answer:
    answer = connection.getresponse()
    return Answer(answer.status, answer.headers["Content-Type"], answer.read())


def request(log: dict[str, bytes], old: int = 0) -> bytes:
    """What a log with these files sends to a witness that has seen ``old`` leaves."""
    note = log["checkpoint"]
    size = Checkpoint.parse(parse_note(note).text).size
    path = tiles.TileNodes(log.get, size).consistency_path(old) if 0 < old < size else []
    return Submission(old, tuple(path), note).to_bytes()


def make_key(folder: Path, name: str) -> VerifierKey:
    """Make a witness's key, sealed cheaply because tests open it often."""
    folder.mkdir(parents=True, exist_ok=True)
    signer = keystore.open(folder / "key", PASSPHRASE, create=True, cost=CHEAP)
    return VerifierKey(name, signer.create(name), checkpoint.COSIGNATURE)


def trust_file(file: Path, log_keys: Sequence[VerifierKey]) -> Path:
    logs = [{"origin": key.name, "vkey": key.text} for key in log_keys]
    file.write_text(json.dumps({"type": "GuildhallTrust", "version": 1, "logs": logs}))
    return file


@contextlib.contextmanager
def serving(
    folder: Path, log_keys: Sequence[VerifierKey], *options: str, program: Sequence[str] = ("-m", "guildhall")
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A witness that serves, with the key and the memory in ``folder``; gives the process and its port."""
    trust = trust_file(folder / "trust.json", log_keys)
    begin = [] if (folder / "memory").exists() else ["--begin"]
    command = [sys.executable, *program, "witness", "serve", "--port", "0", "--key", str(folder / "key"), "--trust"]
    command += [str(trust), "--memory", str(folder / "memory"), *begin, *options]
    environment = os.environ | {witness.PASSPHRASE: PASSPHRASE}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            told = re.search(r" listens on 127\.0\.0\.1:(\d+) for ", process.stdout.readline())
            assert told, process.stderr.read() if process.stderr else ""
            yield process, int(told[1])
        finally:
            process.kill()
            process.wait()
