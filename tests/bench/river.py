"""The whole river against a peer and against our own signing, as ratios of one run: ``python -m tests.bench.river``.

River:  one process reads a results file and ends with certificates that are signed, logged, stored (SQLite, synchronous=FULL)
        and published: ``import_results`` and ``issue``, nothing left out.
Peer:   pyld with cryptography, as a plain user would sign: *only* canonicalising and signing documents that are ready in
        memory; it reads, numbers, stores and logs nothing.
Issue:  our own press alone, from facts in memory to signed bytes.
Cores:  one process held on one core; the same with processes that sign on all cores; and as many whole processes as there
        are cores, a file each, as several ``guildhall work`` beside each other would. Beside them stands what the machine's
        cores give to arithmetic that shares nothing: where two of them are one core's two threads, or other guests work on
        them, that is far from two, and no program can do better.
Memory: the peak of a process of its own that brings 100,000 rows through.

All contenders run in turn in each round; a ratio is the median of the per-round ratios. The river counts by the wall clock,
waiting for the disk included, and by processor time, since other work on the machine counts in the former.
``--rows N`` sets the rows a round, ``--memory N`` those of the memory run, ``--cores N`` those of each run of the cores (0 leaves
one out).
"""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("GUILDHALL_BENCH_HOME") or tempfile.mkdtemp(prefix="guildhall-bench-"))
os.environ |= {
    # Processes that sign read this module anew: they shall find the same register.
    "GUILDHALL_BENCH_HOME": str(HOME),
    "GUILDHALL_HOME": str(HOME),
    "GUILDHALL_ORIGIN": "http://register.test",
    "GUILDHALL_PASSPHRASE": "a passphrase for benches",
    "GUILDHALL_DATABASE": os.environ.get("GUILDHALL_BENCH_DATABASE", str(HOME / "register.sqlite3")),
    "DJANGO_SETTINGS_MODULE": "guildhall.site.settings",
}

N_ROWS, N_MEMORY, N_CORES, N_PEER, N_PRESS = 20_000, 100_000, 40_000, 8, 3_000
ROUNDS, ROUNDS_OF_CORES = 5, 5
N_COUNTED = 20_000_000


def option(name: str, otherwise: int) -> int:
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise


def spent(job: Callable[[], object]) -> tuple[float, float]:
    """Return wall clock and processor time of a job."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - wall, time.process_time() - processor


class Register:
    """A register of its own with the small world in it."""

    def __init__(self) -> None:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tests import world

        self.world = world.build()
        self._next = 0

    def river(self, file: bytes) -> int:
        """Bring a results file through and return how many awards came of it."""
        from guildhall.assessment.services import import_results
        from guildhall.credentials.services import issue
        from tests.world import NOW

        by: dict[str, Any] = {"actor": self.world.command, "now": NOW}
        batch = import_results(file, "bench.csv", issuer=self.world.national, preview_digest=None, **by)
        return issue(batch, **by).n_good

    def cores(self, n_rows: int) -> dict[str, float]:
        """Return the seconds of each way through that uses one core or all of them; each brings in fresh files."""
        from guildhall.assessment.services import import_results
        from guildhall.credentials.services import issue, pressroom
        from tests.world import NOW

        by: dict[str, Any] = {"actor": self.world.command, "now": NOW}
        cores = os.sched_getaffinity(0)

        def through(file: bytes, n_workers: int = 0) -> float:
            with pressroom(n_workers) as room:
                # They begin while somebody still looks for the file: what is measured is the work.
                time.sleep(3 * bool(n_workers))
                start = time.perf_counter()
                batch = import_results(file, "bench.csv", issuer=self.world.national, preview_digest=None, **by)
                issue(batch, room=room, **by)
                return time.perf_counter() - start

        seconds = {}
        file = self.file(n_rows)
        seconds["machine"] = of_machine(cores)
        os.sched_setaffinity(0, {max(cores)})
        seconds["one core"] = through(file)
        os.sched_setaffinity(0, cores)
        seconds["processes that sign"] = through(self.file(n_rows), len(cores))
        seconds["whole processes"] = self._side_by_side([self.file(n_rows // len(cores)) for _ in cores], through)
        return seconds

    @staticmethod
    def _side_by_side(files: list[bytes], through: Callable[[bytes], float]) -> float:
        from django.db import connection

        connection.close()
        start = time.perf_counter()
        pids = []
        for file in files:
            pid = os.fork()
            if not pid:
                try:
                    through(file)
                    os._exit(0)
                finally:
                    os._exit(1)
            pids.append(pid)
        ended = [os.waitpid(pid, 0)[1] for pid in pids]
        if any(ended):
            raise SystemExit("a process failed")
        return time.perf_counter() - start

    def file(self, n_rows: int) -> bytes:
        """Return the next results file."""
        from tests.apps import river

        self._next += n_rows
        return river.csv_file(river.rows(n_rows, self._next))

    def press(self) -> Callable[[], None]:
        """Return the signing of documents by the press alone."""
        import orjson

        from guildhall.credentials import signing
        from guildhall.credentials.models import Instance

        instances = Instance.objects.select_related("form")[:N_PRESS]
        signer = self.world.signers[f"{self.world.national.did}#key-1"]
        form = orjson.loads(instances[0].form.facts)
        ready = [(i.pk.hex, i.facts.encode()) for i in instances if i.form_id == instances[0].form_id]
        signing_press = signing.Press(
            form, signer, created=instances[0].prepared_at, logged_at=instances[0].prepared_at
        )
        for instance_id, own in ready[: signing.WORTH_A_PLATE + 1]:
            signing_press.sign(instance_id, own)

        def job() -> None:
            for at in range(N_PRESS):
                signing_press.sign(*ready[at % len(ready)])

        return job

    def peer(self) -> Callable[[], None]:
        """Return the signing of the same documents by pyld and cryptography."""
        import orjson

        from guildhall.credentials.models import Document
        from tests.bench.signing import naive_sign

        bodies = [orjson.loads(document.body) for document in Document.objects.all()[:N_PEER]]
        unsigned = [{name: member for name, member in body.items() if name != "proof"} for body in bodies]

        def job() -> None:
            for document in unsigned:
                naive_sign(dict(document))

        return job


def of_machine(cores: set[int]) -> float:
    """Return how many times as much arithmetic all cores do as one of them, each in a process that shares nothing."""

    def count() -> float:
        start = time.perf_counter()
        total = 0
        for number in range(N_COUNTED):
            total += number * number
        return time.perf_counter() - start

    alone = []
    for core in cores:
        os.sched_setaffinity(0, {core})
        alone.append(count())
    start = time.perf_counter()
    pids = []
    for core in cores:
        pid = os.fork()
        if not pid:
            os.sched_setaffinity(0, {core})
            count()
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    together = time.perf_counter() - start
    os.sched_setaffinity(0, cores)
    return sum(alone) / together


def run(n_rows: int, n_cores: int) -> dict[str, dict[str, float]]:
    """Return rates and ratios by name.

    Units:  ``rate`` certificates per second on this machine; ``ratio`` without unit; ``target`` the least it should be.
    """
    register = Register()
    register.river(register.file(500))
    press, peer = register.press(), register.peer()
    seconds: dict[str, list[float]] = {name: [] for name in ("river", "river cpu", "press", "peer")}
    for _ in range(ROUNDS):
        n_awards = 0
        file = register.file(n_rows)

        def through() -> None:
            nonlocal n_awards
            n_awards = register.river(file)  # noqa: B023 - it runs in this round

        wall, processor = spent(through)
        seconds["river"].append(wall / n_awards)
        seconds["river cpu"].append(processor / n_awards)
        seconds["press"].append(min(spent(press)) / N_PRESS)
        seconds["peer"].append(min(spent(peer)) / N_PEER)

    def row(ours: str, theirs: str, target: float | None = None) -> dict[str, float]:
        ratio = statistics.median(b / a for a, b in zip(seconds[ours], seconds[theirs], strict=True))
        made = {"rate": 1 / statistics.median(seconds[ours]), "ratio": ratio}
        return made if target is None else {**made, "target": target}

    table = {
        "river / pyld + cryptography signing alone": row("river", "peer", 40),
        "river by processor time / the same signing": row("river cpu", "peer"),
        "river / our own press alone": row("river", "press", 0.6),
        "river by processor time / our own press": row("river cpu", "press"),
        "our own press / pyld + cryptography": row("press", "peer", 60),
    }
    if n_cores:
        rounds = [register.cores(n_cores) for _ in range(ROUNDS_OF_CORES)]
        given = statistics.median(seconds["machine"] for seconds in rounds)
        table["all cores, arithmetic that shares nothing / one core"] = {"rate": 0.0, "ratio": given}
        for name in ("processes that sign", "whole processes"):
            ratio = statistics.median(seconds["one core"] / seconds[name] for seconds in rounds)
            rate = n_cores / statistics.median(seconds[name] for seconds in rounds)
            table[f"all cores, {name} / one core"] = {"rate": rate, "ratio": ratio, "target": 1.7}
    return table


def memory(n_rows: int) -> dict[str, float]:
    """Return the peak memory of a process that brings so many rows through."""
    folder = Path(tempfile.mkdtemp(prefix="guildhall-bench-memory-"))
    try:
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.river", "--only-memory", str(n_rows)],
            env=os.environ | {"GUILDHALL_BENCH_HOME": str(folder)}, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        answer: dict[str, float] = json.loads(told.stdout)
        return answer
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def high_water() -> int:
    """Return the peak of this process in KiB. Not ``ru_maxrss``: that begins with what its parent had when it was forked."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


def only_memory(n_rows: int) -> None:
    register = Register()
    file = register.file(n_rows)
    before = high_water()
    start = time.perf_counter()
    n_awards = register.river(file)
    seconds = time.perf_counter() - start
    peak = high_water()
    print(json.dumps({"n_awards": n_awards, "seconds": seconds, "before_mib": before / 1024, "peak_mib": peak / 1024}))


def main() -> None:
    """Print the table, or JSON with ``--json``."""
    if "--only-memory" in sys.argv:
        only_memory(option("--only-memory", N_MEMORY))
        return
    try:
        table = run(option("--rows", N_ROWS), option("--cores", N_CORES))
        n_memory = option("--memory", N_MEMORY)
        peak = memory(n_memory) if n_memory else None
    finally:
        shutil.rmtree(HOME, ignore_errors=True)
    if "--json" in sys.argv:
        print(json.dumps({"ratios": table, "memory": peak}, indent=2))
        return
    print(f"{'job':<54}{'per second':>12}{'ratio':>9}{'target':>9}")
    for name, line in table.items():
        target = f"{line['target']:9g}" if "target" in line else ""
        rate = f"{line['rate']:>12,.0f}" if line["rate"] else " " * 12
        print(f"{name:<54}{rate}{line['ratio']:>9.2f}{target}")
    if peak is not None:
        print(
            f"{peak['n_awards']:,.0f} awards in one process: peak {peak['peak_mib']:.0f} MiB "
            f"({peak['before_mib']:.0f} before; at most 500), {peak['n_awards'] / peak['seconds']:,.0f} per second"
        )


if __name__ == "__main__":
    main()
