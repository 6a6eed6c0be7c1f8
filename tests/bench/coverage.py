"""Coverage of 200 courses × 400 competencies against a bare floor, in one run: ``python -m tests.bench.coverage``.

Floor:  for each of the 800 cells (two columns), weight × share summed in whole numbers, from shares already known.
Ours:   ``align`` from the files as read: sums by term and level, both columns, all shares exact; parsing excluded.
A sparse plan aligns each course with 20 competencies, taught and assessed (8,000 alignments); a dense one with all 400.
All contenders run in turn in each round; a ratio is the median of the per-round ratios, floor time over ours (1 = the floor).
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

from guildhall.core.coverage import align, as_json, read_standard
from guildhall.core.coverage.programme import Alignment, Course, Programme, Term, _given
from tests.unit.coverage.made import OWN, standard_file

ROUNDS = 25
N_COURSES, N_COMPETENCIES = 200, 400
TARGET_MILLISECONDS = 5


def seconds(job: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    start = time.process_time()  # others' load does not count
    job()
    spent = time.process_time() - start
    gc.enable()
    return spent


def a_standard() -> bytes:
    """20 functions of 20 competencies each, five percent a function."""
    numbers = [n for top in range(1, 21) for n in (str(top), *(f"{top}.{low}" for low in range(1, 21)))]
    weights = {str(top): "5" for top in range(1, 21)}
    return standard_file(numbers, {"4": {"theory": weights, "skill": weights}})


def a_programme(n_each: int) -> Programme:
    chance = Random(3)
    numbers = [f"{top}.{low}" for top in range(1, 21) for low in range(1, 21)]
    terms = tuple(Term(n, date(2024, 1, 1), date(2024 + n, 1, 1)) for n in range(1, 7))
    courses = tuple(
        Course(
            f"C{n}", {"zh": "课程"}, Decimal(3), 48, chance.randint(1, 6), (),
            tuple(
                Alignment(number, chance.choice("43"), kind, chance.choice([30, 50, 100]))
                for number in chance.sample(numbers, n_each) for kind in ("taught", "assessed")
            ),
        )
        for n in range(N_COURSES)
    )  # fmt: skip
    return Programme("P", {"zh": "专业"}, "2024", date(2024, 1, 1), OWN, terms, courses, _given(courses))


def run(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Return milliseconds and ratios by name."""
    standard = read_standard(a_standard())
    sparse, dense = a_programme(20), a_programme(N_COMPETENCIES)
    known = [(cell.weight, 70, 60) for cell in standard.table("4").cells]
    on = date(2028, 1, 1)

    def floor() -> None:
        taught = assessed = covered = 0
        for weight, one, other in known:
            taught += weight * min(one, 100)
            assessed += weight * min(other, 100)
            covered += weight * min(one, other, 100)

    jobs: dict[str, Callable[[], object]] = {
        "sparse plan": lambda: align(standard, sparse, level="4", assessed_on=on),
        "dense plan": lambda: align(standard, dense, level="4", assessed_on=on),
        "sparse plan, with the answer as JSON": lambda: as_json(
            align(standard, sparse, level="4", assessed_on=on), standard
        ),
    }
    spent: dict[str, list[float]] = {name: [] for name in ("floor", *jobs)}
    for _ in range(rounds):
        spent["floor"].append(seconds(floor))
        for name, job in jobs.items():
            spent[name].append(seconds(job))
    table = {}
    for name in jobs:
        row = {
            "milliseconds": statistics.median(spent[name]) * 1e3,
            "ratio": statistics.median(f / o for f, o in zip(spent["floor"], spent[name], strict=True)),
        }
        table[f"{name} / floor"] = row if "JSON" in name else {**row, "target": TARGET_MILLISECONDS}
    return table


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    table = run()
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
        return
    print(f"{'job':<52}{'ms each':>9}{'target':>9}{'ratio':>9}")
    for name, row in table.items():
        target = f"{row['target']:9g}" if "target" in row else " " * 9
        print(f"{name:<52}{row['milliseconds']:>9.2f}{target}{row['ratio']:>9.2f}")


if __name__ == "__main__":
    main()
