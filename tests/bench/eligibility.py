"""Judging records against a bare floor, as ratios of one run: ``python -m tests.bench.eligibility``.

Floor:  for each record, sort its jobs and add up their days without overlap, once for each clause that counts work: what no
        answer about years can do without. No dates are made, no rules looked up, no answer written.
Ours:   ``judge`` with both shipped editions, the matched clause or all that is missing, and the first day; parsing excluded.
All contenders run in turn in each round; a ratio is the median of the per-round ratios, floor time over ours (1 = the floor).
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

from guildhall.core.eligibility import judge, read_rules
from guildhall.core.record import Diploma, HeldAward, Job, Record

N = 100_000
ROUNDS = 5
TARGET_MICROSECONDS = 20
DATA = Path(__file__).resolve().parents[2] / "src/guildhall/standards/data/eligibility"
OWN, OTHER = "6-31-01-03", "4-10-01-05"


def seconds(job: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    start = time.process_time()  # others' load does not count
    job()
    spent = time.process_time() - start
    gc.enable()
    return spent


def some_records(n_records: int) -> list[Record]:
    """People with one to four jobs, most with a lower award, some with a diploma."""
    chance, first = Random(7), date(2012, 1, 1)

    def day(n_days: int) -> date:
        return first + timedelta(days=chance.randrange(n_days))

    records = []
    for _ in range(n_records):
        jobs = []
        for _ in range(chance.randint(1, 4)):
            start = day(4500)
            ends_on = None if chance.random() < 0.4 else start + timedelta(days=chance.randrange(60, 1500))
            jobs.append(Job(OWN if chance.random() < 0.8 else OTHER, start, ends_on))
        awards = tuple(HeldAward(OWN, chance.choice("54"), day(4500)) for _ in range(chance.randint(0, 2)))
        schools = (Diploma("college", "机电一体化技术", day(4500)),) if chance.random() < 0.3 else ()
        records.append(Record(date(1990, 1, 1), tuple(jobs), awards, diplomas=schools))
    return records


def days_without_overlap(jobs: list[tuple[int, int]]) -> int:
    total, reach = 0, 0
    for start, end in sorted(jobs):
        if end > reach:
            total += end - max(start, reach)
            reach = end
    return total


def run(rounds: int = ROUNDS, n_records: int = N) -> dict[str, dict[str, float]]:
    """Return rates, microseconds and ratios by name."""
    records = some_records(n_records)
    rules = read_rules(*(file.read_bytes() for file in sorted(DATA.glob("*.json"))))
    spans = [
        [(j.starts_on.toordinal(), (j.ends_on or date(2026, 1, 1)).toordinal() + 1) for j in one.jobs]
        for one in records
    ]
    on = date(2024, 6, 1)

    def floor() -> None:
        for one in spans:
            for _ in range(2):  # the two clauses of the level that count work
                days_without_overlap(one)

    def at(level: str) -> Callable[[], None]:
        def ours() -> None:
            for one in records:
                judge(one, rules, occupation=OWN, level=level, on=on)

        return ours

    def old() -> None:
        for one in records:
            judge(one, rules, occupation=OWN, level="4", on=date(2022, 6, 1))

    jobs = {
        "level 4, edition 2023": at("4"),
        "level 3, edition 2023 (six clauses)": at("3"),
        "level 4, edition 2018, next one looked at": old,
    }
    spent: dict[str, list[float]] = {name: [] for name in ("floor", *jobs)}
    for _ in range(rounds):
        spent["floor"].append(seconds(floor))
        for name, job in jobs.items():
            spent[name].append(seconds(job))
    table = {}
    for name in jobs:
        each = statistics.median(spent[name]) / n_records * 1e6
        ratio = statistics.median(f / o for f, o in zip(spent["floor"], spent[name], strict=True))
        table[f"{name} / floor"] = {
            "rate": 1e6 / each, "microseconds": each, "target": TARGET_MICROSECONDS, "ratio": ratio,
        }  # fmt: skip
    return table


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    table = run()
    if "--json" in sys.argv:
        print(json.dumps(table, indent=2))
        return
    print(f"{'job':<52}{'per second':>14}{'µs each':>9}{'target':>9}{'ratio':>9}")
    for name, row in table.items():
        print(f"{name:<52}{row['rate']:>14,.0f}{row['microseconds']:>9.1f}{row['target']:>9g}{row['ratio']:>9.2f}")


if __name__ == "__main__":
    main()
