"""Searching the full occupation lists against a bare index query, in one run: ``python -m tests.bench.search``.

What is searched: 1,671 occupations of the national dictionary, 1,016 of O*NET 29.3 and 3,007 of ESCO 1.1.1, with definitions,
work types and alternate titles; the lists must lie beside the checkout.
Ours:   ``search(query)``: the first page with marked titles and excerpts, counts of all facets, suggestions where little is found.
Floor:  the same expression, written out before, as one statement to the index: the numbers of the entries and nothing else.
Queries, the same on both databases: names, pieces of names of one to four characters, codes and their beginnings, pinyin,
English words, names with a slip; in a fixed shuffled order. Each is asked once to become warm, then five times, of which
the least counts; wall clock, since a reader waits by it. The ratio is the median of the ratios of each query, ours over the floor.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from tests.cluster import Cluster

TARGET_MILLISECONDS = 50
N_QUERIES = 600


def queries() -> list[str]:
    """Return the queries of every kind, in a fixed shuffled order."""
    import pypinyin

    from tests.apps.search_pages import occupation_pages

    chance = Random(11)
    pages = occupation_pages()
    names = [name for page in pages for name in page.title.values()]
    chinese = [page.title["zh"] for page in pages if "zh" in page.title]
    english = [page.title["en"] for page in pages if "en" in page.title]
    made: list[str] = []
    for _ in range(N_QUERIES // 10):
        name = chance.choice(chinese)
        for length in (1, 2, 3, 4):
            start = chance.randrange(max(1, len(name) - length + 1))
            made.append(name[start : start + length])
        syllables = pypinyin.lazy_pinyin(chance.choice(chinese), errors="ignore")
        code = chance.choice(pages).codes[0]
        typo = chance.choice(english).lower().replace("e", "", 1)
        made += [
            "".join(one[0] for one in syllables),
            "".join(syllables[:2]),
            code if chance.random() < 0.5 else code[:4],
            chance.choice(chance.choice(english).split()),
            typo,
            chance.choice(names),
        ]
    chance.shuffle(made)
    return made


def run() -> dict[str, float]:
    """Index the lists in this process's database and return milliseconds and ratios."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from guildhall.core.errors import Error
    from guildhall.encyclopedia.search import dialect, indexing
    from guildhall.encyclopedia.search.selectors import search, suggest
    from guildhall.encyclopedia.search.terms import question
    from tests.apps.search_pages import occupation_pages

    pages = occupation_pages()
    indexing.PROVIDERS = {"occupation": lambda _: pages}
    start = time.perf_counter()
    n_pages = indexing.rebuild(datetime.now(UTC))
    indexed = time.perf_counter() - start
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE search_index")
            cursor.execute("VACUUM ANALYZE search_entry")

    def bare(statement: str, asked: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [asked])
            cursor.fetchall()

    floor_of = {
        "sqlite": "SELECT rowid FROM search_index WHERE search_index MATCH %s",
        "postgresql": "SELECT entry_id FROM search_index WHERE terms @@ %s::tsquery",
    }[connection.vendor]
    ours: list[float] = []
    typing: list[float] = []
    floors: list[float] = []
    for query in queries():
        try:
            asked = question(query)
        except Error:
            continue
        if asked is None:
            continue
        written = dialect.expression(asked.wanted)
        for job in (search, suggest):
            job(query)
        floors.append(_milliseconds(lambda written=written: bare(floor_of, written)))
        ours.append(_milliseconds(lambda query=query: search(query)))
        typing.append(_milliseconds(lambda query=query: suggest(query)))
    return {
        "n_pages": n_pages,
        "seconds to index": indexed,
        "n_queries": len(ours),
        "search, median ms": statistics.median(ours),
        "search, p95 ms": _p95(ours),
        "search, slowest ms": max(ours),
        "typing ahead, p95 ms": _p95(typing),
        "bare index query, median ms": statistics.median(floors),
        "bare index query, p95 ms": _p95(floors),
        "ratio, median": statistics.median(o / f for o, f in zip(ours, floors, strict=True)),
        "ratio of p95": _p95(ours) / _p95(floors),
        "target p95 ms": TARGET_MILLISECONDS,
    }


def _milliseconds(job: Callable[[], object]) -> float:
    """Return how long a job takes: the least of five, so that neighbours' work does not count."""
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        job()
        spent.append(time.perf_counter() - start)
    return min(spent) * 1e3


def _p95(spent: list[float]) -> float:
    return statistics.quantiles(spent, n=20)[-1]


def _in_a_process(database: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="guildhall-bench-") as home:
        environment = os.environ | {
            "GUILDHALL_HOME": home,
            "GUILDHALL_DATABASE": database,
            "DJANGO_SETTINGS_MODULE": "guildhall.site.settings",
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.search", "--one"], env=environment, check=True, stdout=subprocess.PIPE
        )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Print the tables of both databases, or JSON with ``--json``."""
    if "--one" in sys.argv:
        print(json.dumps(run()))
        return
    cluster = Cluster().start()
    try:
        tables = {"SQLite": _in_a_process(""), "PostgreSQL": _in_a_process(cluster.url)}
    finally:
        cluster.stop()
    if "--json" in sys.argv:
        print(json.dumps(tables, indent=2))
        return
    for database, table in tables.items():
        print(database)
        for name, value in table.items():
            print(f"  {name:<32}{value:>10.2f}")


if __name__ == "__main__":
    main()
