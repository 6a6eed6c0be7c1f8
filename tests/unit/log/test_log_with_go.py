"""Go's checksum database code (golang.org/x/mod/sumdb) reads our log directory, and we read its own."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guildhall import keystore
from guildhall.cli.witness_memory import place_of
from guildhall.core import audit, checkpoint, merkle, tiles
from guildhall.core.checkpoint import COSIGNATURE, VerifierKey
from guildhall.core.submission import read_answer, read_size
from tests.unit.log import witnesses
from tests.unit.log.logs import (
    LOG_KEY,
    NOW,
    ORIGIN,
    WEI_WITNESS,
    WITNESS_KEY,
    WITNESS_NAME,
    Log,
    award,
    opening,
    ordinary,
)
from tests.unit.log.witnesses import PASSPHRASE

GOCODE = Path("/usr/share/gocode")
MISSING = (
    "Go is not installed"
    if shutil.which("go") is None
    else "Go's package golang.org/x/mod is not installed"
    if not (GOCODE / "src/golang.org/x/mod/sumdb/tlog").is_dir()
    else ""
)
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"{MISSING}: Debian has both as golang-go and golang-golang-x-mod-dev; this check did not run"
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GOCODE),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    source = Path(__file__).parents[2] / "go" / "log.go"
    subprocess.run(["go", "build", "-o", str(folder / "log"), str(source)], check=True, env=environment)
    return folder / "log"


def run(program: Path, *arguments: object, given: object) -> subprocess.CompletedProcess[str]:
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def put(log: Log, directory: Path) -> None:
    for path, content in log.files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def cosigned(log: Log) -> Log:
    log.files["checkpoint"] = checkpoint.cosign(log.files["checkpoint"], WITNESS_NAME, WEI_WITNESS, now=NOW)
    return log


def proofs(log: Log, leaves: list[bytes]) -> dict[str, object]:
    """Our proofs, made from the static files alone."""
    size = len(leaves)
    nodes = tiles.TileNodes(log.read, size)
    tree = merkle.Tree(merkle.leaf_hashes(leaves))
    some = sorted(
        {0, 1, size // 7, size // 3, size // 2, size - 2, size - 1, *range(0, size, 1 + size // 40)} & set(range(size))
    )
    return {
        "inclusion": [
            {"index": index, "leaf": text(leaves[index]), "path": [text(node) for node in nodes.inclusion_path(index)]}
            for index in some
        ],
        "consistency": [
            {
                "size": first,
                "head": text(tree.head(first)),
                "path": [text(node) for node in nodes.consistency_path(first)],
            }
            for first in (index + 1 for index in some)
        ],
    }


# ── witnesses over HTTP ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_log_kept_by_go_is_cosigned_by_our_witness_and_go_opens_the_answer(program: Path, tmp_path: Path):
    witnesses.make_key(tmp_path / "w", WITNESS_NAME)
    key = VerifierKey(
        WITNESS_NAME, keystore.open(tmp_path / "w/key", PASSPHRASE).signer(WITNESS_NAME).public_key, COSIGNATURE
    )
    said = []
    with witnesses.serving(tmp_path / "w", [LOG_KEY]) as (_, port):
        for place, (leaves, old) in enumerate([
            (ordinary(100), 0), (ordinary(300), 0), (ordinary(300), 100), (ordinary(300), 300), (ordinary(600), 300),
            ([*ordinary(599), award("another", 599)], 600), ([*ordinary(299), *(award(n, 700) for n in range(1000, 1400))], 600),
        ]):  # fmt: skip
            put(Log.of(leaves), tmp_path / str(place))
            asked = (tmp_path / str(place), LOG_KEY.text, key.text, f"http://127.0.0.1:{port}", old)
            answer = run(program, "ask", *asked, given=None)
            assert answer.returncode == 0, answer.stderr
            said.append(" ".join(answer.stdout.split(maxsplit=4)[:4]))
        monitored = witnesses.ask(port, method="GET", path=f"/{place_of(ORIGIN)}/checkpoint").body
        # Go reads what monitors get, with the log's tiles beside it.
        (tmp_path / "4" / "checkpoint").write_bytes(monitored)
        given = {"inclusion": [], "consistency": []}
        assert run(program, "read", tmp_path / "4", LOG_KEY.text, key.text, given=given).returncode == 0
    good, text = "200 text/plain; charset=utf-8 —", "422 text/plain; charset=utf-8"
    assert said == [
        good, "409 text/x.tlog.size 100", good, good, good, f"{text} split_view:", f"{text} inconsistent_heads:",
    ]  # fmt: skip


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_we_send_to_a_witness_is_what_gos_merkle_tree_and_notes_accept(program: Path):
    command = [str(program), "witness", LOG_KEY.text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        vkey, address = process.stdout.readline().split()
        key, port = VerifierKey.parse(vkey), int(address.rpartition(":")[2])
        for size, old, status in (
            (1, 0, 200),
            (255, 1, 200),
            (256, 255, 200),
            (257, 256, 200),
            (600, 0, 409),
            (600, 257, 200),
        ):
            files = Log.of(ordinary(size)).files
            answer = witnesses.ask(port, witnesses.request(files, old))
            assert answer.status == status, (size, old, answer)
            if status == 409:
                assert (answer.content_type, read_size(answer.body)) == ("text/x.tlog.size", 257)
            else:
                line = read_answer(answer.body, files["checkpoint"], key, now=datetime.now(UTC))
                assert line.line.encode() == answer.body
        forked = Log.of([*ordinary(599), *(award(n, 700) for n in range(1000, 1010))]).files
        assert witnesses.ask(port, witnesses.request(forked, 600)).status == 422
        process.kill()


SIZES = [1, 2, 255, 256, 257, 600, 66_000]


def some_leaves(size: int) -> list[bytes]:
    return ordinary(size) if size < 1000 else opening() + [award(index) for index in range(size - 2)]


@pytest.mark.parametrize("size", SIZES)
def test_go_opens_our_checkpoint_and_finds_our_tiles_leaves_and_proofs_right(program: Path, tmp_path: Path, size: int):
    leaves = some_leaves(size)
    log = cosigned(Log.of(leaves, steps=[step for step in (1, 100, 300) if step < size]))
    put(log, tmp_path)
    given = proofs(log, leaves)
    answer = run(program, "read", tmp_path, LOG_KEY.text, WITNESS_KEY.text, given=given)
    assert answer.returncode == 0, answer.stderr
    n_paths = len(given["inclusion"])
    assert answer.stdout == f"{size} leaves, {n_paths} inclusion paths, {n_paths} consistency paths\n"


@pytest.mark.parametrize("spoil", ["checkpoint", "tile/0/000", "tile/1/000.p/2", "tile/entries/001", "proof"])
def test_go_refuses_our_log_when_it_was_changed(program: Path, tmp_path: Path, spoil: str):
    leaves = ordinary(600)
    log = cosigned(Log.of(leaves))
    given = proofs(log, leaves)
    if spoil == "proof":
        given["inclusion"][3]["path"][0] = text(b"\x00" * 32)
    else:
        content = bytearray(log.files[spoil])
        content[20] ^= 1
        log.files[spoil] = bytes(content)
    put(log, tmp_path)
    assert run(program, "read", tmp_path, LOG_KEY.text, WITNESS_KEY.text, given=given).returncode == 1


@pytest.mark.parametrize("size", SIZES)
def test_the_tiles_that_go_writes_are_ours_byte_for_byte_and_we_open_its_checkpoint(
    program: Path, tmp_path: Path, size: int
):
    leaves = some_leaves(size)
    answer = run(program, "write", tmp_path, given=[text(leaf) for leaf in leaves])
    assert answer.returncode == 0, answer.stderr
    key = VerifierKey.parse(answer.stdout.strip())
    log = Log.of(leaves)
    opened = checkpoint.open_checkpoint((tmp_path / "checkpoint").read_bytes(), [key])
    assert (opened.checkpoint.origin, opened.checkpoint.size, opened.checkpoint.root) == (key.name, size, log.edge.head)
    theirs = {
        str(file.relative_to(tmp_path)): file.read_bytes() for file in (tmp_path / "tile").rglob("*") if file.is_file()
    }
    ours = {path: content for path, content in log.files.items() if path.startswith("tile/") and "entries" not in path}
    assert {path: theirs.get(path) for path in ours} == ours
    # Go also writes the partial tiles of every size on the way there.
    assert all(".p/" in path for path in theirs.keys() - ours.keys())
    # And with our entries beside them the auditor has nothing to say.
    files = {**log.files, **theirs, "checkpoint": opened.note.to_bytes()}
    assert audit.replay(files.get, log_keys=[key], names=files).clean
