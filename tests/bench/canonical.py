"""Canonical forms against peers, as ratios of one run: ``python -m tests.bench.canonical``.

Peers:  pyld (URDNA2015; its contexts loaded once), pyoxigraph (RDFC-1.0; contexts put in place of addresses, parsing
        included), rfc8785, and the standard library's reader of JSON with duplicate members refused.
All contenders run in turn in each round; a ratio is the median of the per-round ratios, above 1 where we are faster.

``--soak RANDOM HOSTILE`` compares answers instead of times, with pyoxigraph and with jsonld.js in safe mode, and counts.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import orjson
import rfc8785
from pyld import jsonld as pyld

from guildhall.core.canonical import jcs, shapes, strict_json
from guildhall.core.errors import Error
from tests.bench._clock import seconds
from tests.unit.canonical import documents, oracles

N, N_SLOW = 400, 12
ROUNDS = 9


def by_pyld(document: dict[str, Any]) -> str:
    """Canonicalize as a plain user of PyLD would, contexts served from memory."""
    text: str = pyld.normalize(
        document, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _served}
    )
    return text


_CONTEXTS = oracles.all_contexts()


def _served(url: str, _options: object) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": _CONTEXTS[url], "tag": "static",
    }  # fmt: skip


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def run(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Return rates and ratios by name.

    Units:  ``rate`` documents per second on this machine; ``ratio`` without unit; ``target`` the least it should be.
    """
    rng = random.Random(20261122)
    certificates = [documents.certificate(rng) for _ in range(N)]
    mixed = [documents.credential(rng, form=n % 40, blank_nodes=n % 4 > 0) for n in range(N)]
    texts = [orjson.dumps(one) for one in certificates]
    template = shapes.Template(certificates[0], documents.CERTIFICATE_HOLES)
    values = [
        {
            name: documents.at(one, place[0] if isinstance(place[0], tuple) else place)
            for name, place in documents.CERTIFICATE_HOLES.items()
        }
        for one in certificates
    ]
    for one in (*certificates[:3], *mixed, *mixed[:80]):
        shapes.canonical(one)
    assert template.is_compiled
    assert [template.render(one) for one in values] == [shapes.canonical(one) for one in certificates]
    assert shapes.canonical(certificates[0]).decode() == by_pyld(certificates[0])

    jobs: dict[str, tuple[Callable[[], object], int]] = {
        "pyld": (lambda: [by_pyld(one) for one in certificates[:N_SLOW]], N_SLOW),
        "pyld mixed": (lambda: [by_pyld(one) for one in mixed[:40]], 40),  # each form once
        "pyoxigraph": (lambda: [oracles.by_pyoxigraph(one) for one in certificates[:N_SLOW]], N_SLOW),
        "full": (lambda: [shapes.full(one) for one in certificates[: 4 * N_SLOW]], 4 * N_SLOW),
        "shape": (lambda: [shapes.canonical(one) for one in certificates], N),
        "shape mixed": (lambda: [shapes.canonical(one) for one in mixed], N),
        "shape hash": (lambda: [sha256(shapes.canonical(one)).digest() for one in certificates], N),
        "template": (lambda: [template.render(one) for one in values], N),
        "template hash": (lambda: [template.digest(one) for one in values], N),
        "rfc8785": (lambda: [rfc8785.dumps(one) for one in certificates[: 4 * N_SLOW]], 4 * N_SLOW),
        "jcs": (lambda: [jcs.canonical(one) for one in certificates], N),
        "json": (lambda: [json.loads(one, object_pairs_hook=_without_duplicates) for one in texts], N),
        "orjson": (lambda: [orjson.loads(one) for one in texts], N),
        "parse": (lambda: [strict_json.parse(one) for one in texts], N),
    }
    rates: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, (job, n) in jobs.items():
            rates[name].append(n / seconds(job))

    def row(ours: str, theirs: str, target: float | None = None) -> dict[str, float]:
        ratio = statistics.median(a / b for a, b in zip(rates[ours], rates[theirs], strict=True))
        answer = {"rate": statistics.median(rates[ours]), "ratio": ratio}
        return answer if target is None else {**answer, "target": target}

    return {
        "RDFC, compiled shape, one form / pyld": row("shape", "pyld", 80),
        "RDFC, compiled shapes, forty forms / pyld": row("shape mixed", "pyld mixed", 80),
        "RDFC, compiled shape with SHA-256 / pyld": row("shape hash", "pyld"),
        "RDFC, template / pyld": row("template", "pyld", 120),
        "RDFC, template with SHA-256 / pyld": row("template hash", "pyld"),
        "RDFC, full path / pyld": row("full", "pyld"),
        "RDFC, compiled shape / pyoxigraph": row("shape", "pyoxigraph"),
        "JCS / rfc8785": row("jcs", "rfc8785", 10),
        "strict JSON / json without duplicates": row("parse", "json"),
        "strict JSON / orjson (which is not strict)": row("parse", "orjson"),
    }


def soak(n_random: int, n_hostile: int, seed: int = 1) -> Counter[str]:
    """Compare our answers with those of two other processors; return what happened how often."""
    from tests.javascript import script

    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    with script("canonize.mjs") as javascript:
        javascript.ask({"contexts": _CONTEXTS})
        for n in range(n_random + n_hostile):
            label = "random" if n < n_random else "hostile"
            document = (
                documents.presentation(rng, form=n % 8)
                if n % 10 == 9
                else documents.credential(rng, form=n % 60, blank_nodes=n % 2 == 0)
            )
            if label == "hostile":
                document = documents.mutated(rng, document)
            counts.update(f"{label}: {answer}" for answer in _compared(document, javascript))
    return counts


def _compared(document: dict[str, Any], javascript: Any) -> list[str]:
    theirs = javascript.ask({"document": document})
    calls: list[object] = []
    real = shapes.full
    shapes.full = lambda one: calls.append(one) or real(one)  # type: ignore[func-returns-value]
    try:
        ours = shapes.canonical(document).decode()
    except Error as error:
        return ["refused", f"refused as {error.code}", *(["refused, jsonld.js takes it"] if "nquads" in theirs else [])]
    finally:
        shapes.full = real
    answers = ["accepted", "accepted on the short way" if not calls else "accepted on the full path"]
    if ours != real(document).decode():
        answers.append("DIFFERENT on the two ways")
    if theirs.get("nquads") != ours:
        answers.append("DIFFERENT from jsonld.js")
    try:
        if oracles.by_pyoxigraph(document) != ours:
            answers.append("DIFFERENT from pyoxigraph")
    except (SyntaxError, ValueError):
        answers.append("refused by pyoxigraph")
    return answers


def main() -> None:
    """Print the table, JSON with ``--json``, or the counts of ``--soak RANDOM HOSTILE [SEED]``."""
    if "--soak" in sys.argv:
        figures = [int(one) for one in sys.argv[sys.argv.index("--soak") + 1 :]]
        for name, count in sorted(soak(*figures).items()):
            print(f"{name:<60}{count:>8}")
        return
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
