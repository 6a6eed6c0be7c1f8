"""The log against the floor and a peer, as ratios of one run: ``python -m tests.bench.log``.

Floor:  SHA-256 by hashlib of ready-made inputs, two a leaf (33 and 65 bytes): what a tree of n leaves cannot do without.
Peer:   pymerkle's InmemoryTree, fed one entry at a time, and its inclusion proofs.
All contenders run in turn in each round; a ratio is the median of the per-round ratios, above 1 where we are faster.
"""

from __future__ import annotations

import json
import statistics
import sys
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from pymerkle import InmemoryTree

from guildhall.core import audit, checkpoint, merkle, tiles
from guildhall.core.checkpoint import Checkpoint, VerifierKey
from guildhall.core.keys import SeedSigner
from guildhall.core.leaves import AccreditationDeed, AccreditationLeaf, AwardLeaf
from tests.bench._clock import seconds

N = 30_000
N_PEER = 10_000
N_PROOFS = 2_000
ROUNDS = 15


def leaves_of_a_register(n_leaves: int) -> list[bytes]:
    """Awards as the register logs them, behind the accreditation that they rest on."""
    at, issuer = datetime(2026, 1, 5, tzinfo=UTC), "did:web:register.example:issuers:national"
    first = AccreditationLeaf(
        at, AccreditationDeed.ACCREDIT, "2026-000001", issuer, "00" * 32, "pcc", date(2026, 1, 1)
    ).to_bytes()
    return [
        first,
        *(
            AwardLeaf(
                at + timedelta(seconds=index // 100), issuer, "pcc", "2026-000001", sha256(b"%d" % index).hexdigest()
            ).to_bytes()
            for index in range(1, n_leaves)
        ),
    ]


def run(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Return rates and ratios by name.

    Units:  ``rate`` per second on this machine; ``ratio`` without unit; ``target`` the least that the ratio should be.
    """
    entries = [sha256(b"%d" % index).digest() for index in range(N)]
    short, long = [b"\x00" + entry for entry in entries], [b"\x01" + entry + entry for entry in entries]
    tree = merkle.Tree(merkle.leaf_hashes(entries[:N_PEER]))
    peer = InmemoryTree(algorithm="sha256")
    for entry in entries[:N_PEER]:
        peer.append_entry(entry)
    assert peer.get_root() == tree.head()
    asked = [index * 7919 % N_PEER for index in range(N_PROOFS)]

    def floor() -> None:
        [sha256(one).digest() for one in short]
        [sha256(one).digest() for one in long]

    def at_once() -> None:
        merkle.Tree(merkle.leaf_hashes(entries))

    def in_batches() -> None:
        grown = merkle.Tree()
        for start in range(0, N, 1000):
            grown.extend(merkle.leaf_hashes(entries[start : start + 1000]))

    def to_tiles() -> None:
        edge = tiles.Edge()
        for start in range(0, N, 1000):
            edge = tiles.grow(edge, entries[start : start + 1000]).edge

    def peer_append() -> None:
        grown = InmemoryTree(algorithm="sha256")
        for entry in entries[:N_PEER]:
            grown.append_entry(entry)

    def prove() -> None:
        for index in asked:
            tree.inclusion_path(index)

    def peer_prove() -> None:
        for index in asked:
            peer.prove_inclusion(index + 1)

    files = {f.path: f.content for f in tiles.grow(tiles.Edge(), entries[:N_PEER]).files}

    def prove_from_tiles() -> None:
        nodes = tiles.TileNodes(files.get, N_PEER)
        for index in asked:
            nodes.inclusion_path(index)

    register = leaves_of_a_register(N)
    growth = tiles.grow(tiles.Edge(), register)
    signer = SeedSigner("log", b"\x01" * 32)
    log = {f.path: f.content for f in growth.files}
    log["checkpoint"] = checkpoint.sign(Checkpoint("register.example/log", N, growth.edge.head), signer)
    key = VerifierKey("register.example/log", signer.public_key)

    def replay() -> None:
        assert audit.replay(log.get, log_keys=[key]).clean

    jobs = {
        "floor": (floor, N), "at once": (at_once, N), "in batches": (in_batches, N), "tiles": (to_tiles, N), "peer append": (peer_append, N_PEER),
        "prove": (prove, N_PROOFS), "prove from tiles": (prove_from_tiles, N_PROOFS), "peer prove": (peer_prove, N_PROOFS), "audit": (replay, N),
    }  # fmt: skip
    rates: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, (job, n) in jobs.items():
            rates[name].append(n / seconds(job))

    def row(ours: str, theirs: str, target: float | None) -> dict[str, float]:
        ratio = statistics.median(a / b for a, b in zip(rates[ours], rates[theirs], strict=True))
        answer = {"rate": statistics.median(rates[ours]), "ratio": ratio}
        return answer if target is None else {**answer, "target": target}

    return {
        "append at once / hashlib floor": row("at once", "floor", 0.8),
        "append by 1,000 / hashlib floor": row("in batches", "floor", 0.8),
        "append by 1,000 with tile files / hashlib floor": row("tiles", "floor", None),
        "append by 1,000 / pymerkle append": row("in batches", "peer append", 7),
        "inclusion path / pymerkle proof": row("prove", "peer prove", 15),
        "inclusion path from tiles / pymerkle proof": row("prove from tiles", "peer prove", None),
        "audit of a whole log / hashlib floor": row("audit", "floor", None),
    }


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
