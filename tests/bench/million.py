"""A million certificates in one run: ``python -m tests.bench.million [--rows N] [--workers N]``.

A results file holds 200,000 rows at most (``core.results.limits``), so the run reads as many full files as it needs, one after
the other, in one process that issues each at once. What is done:

issue    import every file and issue it: signed, logged, stored (SQLite, synchronous=FULL), published. Once it is killed
         (SIGKILL, with its whole process group) in the middle of signing, and begun again: it goes on from what it had.
memory   every 0.2 s the resident memory of the process and its children is added up; the highest sum is told.
verify   every certificate: its text is made again from plate and values, its SHA-256 is the one that its leaf in the log names,
         no leaf is named twice, and its Data Integrity proof verifies from its bytes under the issuer's published key
         (canonicalised anew). The published log is replayed as an outside auditor would: all tiles, all leaves, the
         checkpoint's signature. And of a sample, evenly spread, the whole bundle with all its checks.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guildhall.credentials.services import Progress

N_ROWS, IN_FILE, N_SAMPLE = 1_000_000, 200_000, 1000
LIMIT_MIB, GROUP = 1024, 5000
PASSPHRASE = "a passphrase for benches"


def option(name: str, otherwise: int) -> int:
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "GUILDHALL_BENCH_HOME": str(home),
        "GUILDHALL_HOME": str(home),
        "GUILDHALL_ORIGIN": "http://register.test",
        "GUILDHALL_PASSPHRASE": PASSPHRASE,
        "GUILDHALL_DATABASE": str(home / "register.sqlite3"),
        "DJANGO_SETTINGS_MODULE": "guildhall.site.settings",
    }


# ── what the processes do ────────────────────────────────────────────────────────────────────────────────────────


def begin(home: Path, n_rows: int) -> None:
    """Make the register with its small world, and the results files."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests import world

    made = world.build()
    key_id = f"{made.national.did}#key-1"
    (home / "issuer.key").write_text(f"{key_id} {made.signers[key_id].public_key.multibase}")
    numbers = (n for n in _good())
    for place in range(0, n_rows, IN_FILE):
        lines = [_row(next(numbers)) for _ in range(min(IN_FILE, n_rows - place))]
        from tests.apps import river

        (home / f"{place // IN_FILE:04}.csv").write_bytes(river.csv_file(lines))


def _good() -> Iterator[int]:
    """Yield the rows whose identity number a results file may bear (three zeros at its end would be asked about)."""
    from tests.apps import river

    n = 0
    while True:
        if not river.resident_id(n).endswith("000"):
            yield n
        n += 1


def _row(n: int) -> dict[str, str]:
    from tests.apps import river

    # Two levels: one has numbers for 999,999 certificates a year.
    return river.row(n, 级别="43"[n % 2])


def issue(home: Path, n_workers: int) -> None:
    """Import and issue whatever is not issued yet, telling how far it is."""
    import django

    django.setup()
    from guildhall.accounts.services import COMMAND
    from guildhall.assessment.models import Batch
    from guildhall.assessment.services import import_results
    from guildhall.credentials.services import issue as issue_batch
    from guildhall.credentials.services import pressroom
    from guildhall.issuers.selectors import issuer_by_slug
    from tests.world import NOW

    issuer = issuer_by_slug("national-centre")
    before = 0
    with pressroom(n_workers) as room:
        for file in sorted(home.glob("*.csv")):
            content = file.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            batch = Batch.objects.filter(sha256=sha256).first()
            if batch is None:
                batch = import_results(content, file.name, issuer=issuer, preview_digest=None, actor=COMMAND, now=NOW)
            del content
            if batch.issued_at is None:
                issue_batch(batch, actor=COMMAND, now=NOW, room=room, on_progress=partial(_tell, before))
            before += batch.n_good


def _tell(before: int, done: Progress) -> None:
    print(before + done.n_signed, flush=True)


def verify(home: Path, part: int, n_parts: int) -> None:
    """Verify every certificate of one part of the log."""
    import django

    django.setup()
    from guildhall.core import leaves, proofs
    from guildhall.core.canonical import strict_json
    from guildhall.core.keys import PublicKey
    from guildhall.credentials import plates
    from guildhall.credentials.models import Document, Plate
    from guildhall.tlog.models import Leaf, Log
    from tests.world import NOW

    key_id, multibase = (home / "issuer.key").read_text().split()
    keys = {key_id: PublicKey.from_multibase(multibase)}
    read: Any = strict_json.parse
    texts = dict(Plate.objects.values_list("pk", "text"))
    size = Log.objects.get().size
    first, last = size * part // n_parts, size * (part + 1) // n_parts
    n_verified = 0
    for start in range(first, last, GROUP):
        stop = min(start + GROUP, last)
        bodies = dict(Leaf.objects.filter(index__gte=start, index__lt=stop).values_list("index", "body"))
        rows = Document.objects.filter(leaf__gte=start, leaf__lt=stop).values_list(
            "leaf_id", "plate_id", "own", "sha256"
        )
        for index, plate, own, sha256 in rows:
            body = bytes(own) if plate is None else plates.document(texts[plate], bytes(own))
            leaf = leaves.parse(bytes(bodies[index]))
            named = leaf.document
            if not hashlib.sha256(body).hexdigest() == sha256 == named:
                raise SystemExit(f"leaf {index} names another document")
            if not proofs.all_ok(proofs.check_proofs(read(body), keys.get, now=NOW)):
                raise SystemExit(f"the proof of the document at leaf {index} does not verify")
            n_verified += 1
        print(n_verified, flush=True)


def finish() -> None:
    """Replay the published log, count, and verify the bundles of a sample."""
    import django

    django.setup()
    from django.conf import settings
    from django.db.models import Max, Min

    from guildhall.core.trust import Body, Trust
    from guildhall.core.verify import verify as verify_bundle
    from guildhall.credentials import services
    from guildhall.credentials.models import Award, Document, Instance
    from guildhall.issuers import selectors
    from guildhall.tlog import keys
    from guildhall.tlog.models import Leaf, Log
    from tests.apps import river
    from tests.world import NOW

    report = river.audited(settings.LOG_DIR)
    did = selectors.did_of_authority()
    key = keys.signer(f"{did}#key-1").public_key
    held = Trust(
        authorities={did: Body(did, {"zh": "主管部门"}, {f"{did}#key-1": key})},
        logs={settings.LOG_ORIGIN: keys.verifier_key().text},
    )
    n_documents = Document.objects.count()
    step = max(1, n_documents // N_SAMPLE)
    span = Document.objects.aggregate(first=Min("leaf"), last=Max("leaf"))
    sample = Instance.objects.select_related("document", "award__accreditation").filter(
        document__leaf__in=range(span["first"], span["last"] + 1, step)
    )
    failed = sum(
        bool(river.failed(verify_bundle(json.dumps(services.bundle(instance)).encode(), trust=held, now=NOW)))
        for instance in sample
    )
    log = Log.objects.get()
    print(
        json.dumps(
            {
                "n_awards": Award.objects.count(),
                "n_numbers": Award.objects.values("scheme", "number").distinct().count(),
                "n_documents": n_documents,
                "log_size": log.size,
                "log_published": log.published_size,
                "n_leaves": Leaf.objects.count(),
                "audit_findings": [str(found) for found in report.findings],
                "audit_awards": report.n_by_kind["award"],
                "n_bundles": len(sample),
                "n_bundles_failed": failed,
            }
        )
    )


# ── the one who watches ──────────────────────────────────────────────────────────────────────────────────────────


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    wanted, grown = {pid}, True
    while grown:
        below = {child for child, parent in parents.items() if parent in wanted} - wanted
        wanted |= below
        grown = bool(below)
    total = 0
    for one in wanted:
        with contextlib.suppress(OSError, IndexError):
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return total * os.sysconf("SC_PAGE_SIZE") / 1024**2


class Run:
    """One process at work: how far it says it is, and its highest memory."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.million", *arguments], env=environment(home), stdout=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.n_done = 0
        self.peak_mib = 0.0

    def look(self) -> bool:
        """Wait a little and look; False when it has ended."""
        time.sleep(0.2)
        self.peak_mib = max(self.peak_mib, resident_mib(self.process.pid))
        is_alive = self.process.poll() is None
        assert self.process.stdout is not None
        # Nothing to read is None, or a TypeError within, depending on where the last line ends.
        with contextlib.suppress(TypeError):
            told = self.process.stdout.read() or ""
            if told.strip():
                self.n_done = int(told.split()[-1])
        return is_alive

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def watched(run: Run, n_rows: int, what: str, *, until: int | None = None) -> float:
    """Watch a run, telling how far it is, to its end or ``until``; return the seconds."""
    start = told = time.monotonic()
    while run.look() and (until is None or run.n_done < until):
        if time.monotonic() - told > 15:
            told = time.monotonic()
            print(
                f"  {what}: {run.n_done:,} of {n_rows:,} after {told - start:.0f} s, {run.peak_mib:.0f} MiB", flush=True
            )
    if until is None and run.process.returncode:
        raise SystemExit(f"{what} failed with {run.process.returncode}")
    return time.monotonic() - start


def watch(home: Path, n_rows: int, n_workers: int) -> None:
    """Do all of it and print what was seen."""
    n_free = shutil.disk_usage(home).free
    if n_free < n_rows * 9000:
        raise SystemExit(
            f"{n_free / 1e9:.0f} GB are free in {home}: a run of {n_rows:,} needs {n_rows * 9000 / 1e9:.0f}"
        )
    made = Run(home, "--begin", "--rows", str(n_rows))
    watched(made, n_rows, "results files")
    arguments = ("--issue", "--workers", str(n_workers))
    first = Run(home, *arguments)
    before = watched(first, n_rows, "issue", until=n_rows * 3 // 10)
    first.kill()
    print(f"  killed (SIGKILL) at {first.n_done:,}; begun again", flush=True)
    second = Run(home, *arguments)
    after = watched(second, n_rows, "issue")
    n_parts = len(os.sched_getaffinity(0))
    verifiers = [Run(home, "--verify", str(part), "--parts", str(n_parts)) for part in range(n_parts)]
    start = time.monotonic()
    for one in verifiers:
        watched(one, n_rows // n_parts, "verify")
    verifying = time.monotonic() - start
    n_verified = sum(one.n_done for one in verifiers)
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.million", "--finish"], env=environment(home), check=True,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seen: dict[str, Any] = json.loads(told.stdout)
    peak = max(first.peak_mib, second.peak_mib)
    whole = (
        {seen[name] for name in ("n_awards", "n_numbers", "n_documents", "audit_awards")} == {n_rows}
        and n_verified == n_rows
        and seen["log_size"] == seen["log_published"] == seen["n_leaves"]
        and not seen["audit_findings"]
        and not seen["n_bundles_failed"]
    )
    size = (home / "register.sqlite3").stat().st_size
    print(f"certificates issued                {seen['n_documents']:>14,}   of {n_rows:,}")
    print(f"rate, both runs together           {n_rows / (before + after):>14,.0f}   a second ({before + after:.0f} s)")
    print(f"peak memory of the process tree    {peak:>14,.0f}   MiB, at most {LIMIT_MIB}")
    print(f"killed at                          {first.n_done:>14,}   and gone on from there")
    print(
        f"log: leaves, all published         {seen['n_leaves']:>14,}   findings of the replay: {len(seen['audit_findings'])}"
    )
    print(f"hash, leaf and proof verified      {n_verified:>14,}   in {verifying:.0f} s by {n_parts} processes")
    print(
        f"whole bundles verified             {seen['n_bundles'] - seen['n_bundles_failed']:>14,}   of {seen['n_bundles']:,}"
    )
    print(f"register                           {size / 1e9:>14,.2f}   GB")
    print("whole" if whole and peak <= LIMIT_MIB else f"NOT WHOLE: {seen}")
    if not whole or peak > LIMIT_MIB:
        raise SystemExit(1)


def main() -> None:
    """Run the part that the command line names; without one, all of it."""
    n_rows, n_workers = option("--rows", N_ROWS), option("--workers", 0)
    inner = {"--begin", "--issue", "--verify", "--finish"} & set(sys.argv)
    if not inner:
        home = Path(tempfile.mkdtemp(prefix="guildhall-million-"))
        try:
            watch(home, n_rows, n_workers)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        return
    home = Path(os.environ["GUILDHALL_BENCH_HOME"])
    match inner.pop():
        case "--begin":
            begin(home, n_rows)
        case "--issue":
            issue(home, n_workers)
        case "--verify":
            verify(home, option("--verify", 0), option("--parts", 1))
        case _:
            finish()


if __name__ == "__main__":
    main()
