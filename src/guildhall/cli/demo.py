"""`guildhall demo`: the main job, from nothing to a served site, in one command.

Two schemes, one national centre, the regional centres, shipped results files; issue, verify a sample, audit the log, write
sample bundles, and serve. It can be run again: what is there is kept, and only what is new is issued.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from guildhall.cli import trust as trust_lists
from guildhall.cli.loading import load_django

if TYPE_CHECKING:
    from guildhall.assessment.models import Batch
    from guildhall.credentials.models import Instance
    from guildhall.demo.learning import Study
    from guildhall.demo.world import DemoWorld

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SAMPLES_PER_SCHEME = 2
_CHECKED_PER_SCHEME = 100


@app.command()
def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the site at the end.")] = True,
    folder: Annotated[Path, typer.Option(help="Where everything is written.")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="The port to serve on.", min=1, max=65535)] = 8000,
) -> None:
    """Issue a results file on two tracks, verify a sample, and serve the site."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("GUILDHALL_HOME", str((folder / "register").absolute()))
    os.environ.setdefault("GUILDHALL_ORIGIN", f"http://localhost:{port}")
    console = Console(highlight=False)
    console.rule("Guildhall 岗证通 – demo")
    load_django()
    loaded = _load(console)
    _load_library(console)
    study = _load_study(console)
    _import_and_issue(console)
    _bank(console)
    _check(console, folder)
    _tell(console, folder)
    if serve:
        _tell_addresses(console, loaded, study)
    if serve:
        # A process of its own: the typesetter must not be carried over a fork, and this one has set pages.
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "guildhall", "serve", "--port", str(port)])  # noqa: S606


def _now() -> datetime:
    return datetime.now(UTC)


def _load(console: Console) -> DemoWorld:
    from guildhall.demo import world
    from guildhall.tlog import keys

    loaded = world.load(now=_now(), keystore=keys.opened())
    console.print(
        f"loaded:   {len(loaded.schemes)} schemes, 1 national centre, {len(loaded.regional)} regional centres, "
        f"{loaded.n_filings} filings, {loaded.n_occupations} occupations; {loaded.n_keys_made} keys made"
    )
    return loaded


def _load_library(console: Console) -> None:
    from guildhall.demo import library

    read = library.load(now=_now())
    console.print(
        f"to read:  {read.n_editions} sample standards, {read.n_articles} articles in two languages, "
        f"{read.n_pages} pages to search"
    )


def _load_study(console: Console) -> Study:
    from guildhall.demo import learning

    loaded = learning.load(now=_now())
    console.print(
        f"to study: {loaded.n_colleges} colleges, {loaded.n_programmes} programmes, {loaded.n_posts} posts; "
        "2 learners, one on each track"
    )
    return loaded


def _bank(console: Console) -> None:
    from guildhall.credit.services import deposit_issued

    console.print(f"banked:   {deposit_issued(_now())} certificates in their holders' credit accounts")


def _import_and_issue(console: Console) -> None:
    from guildhall.demo import learning, results

    table = Table("results file", "issuer", "rows", "good", "bad", "already", title="Results in")
    batches = []
    for slug, file_name, data in (*results.shipped(), *learning.results()):
        batch, row = _import(slug, file_name, data)
        batches.append(batch)
        if len(batches) <= 3 or batch.n_bad:
            table.add_row(*row)
    n_rows, n_bad = sum(batch.n_rows for batch in batches), sum(batch.n_bad for batch in batches)
    table.caption = f"{len(batches)} files, {n_rows} rows, {n_bad} of them come back with reasons (all shown above)"
    console.print(table)
    _issue(console, batches)


def _import(slug: str, file_name: str, data: bytes) -> tuple[Batch, Sequence[str]]:
    from guildhall.accounts.services import COMMAND
    from guildhall.assessment import services as assessment
    from guildhall.issuers.selectors import issuer_by_slug

    issuer = issuer_by_slug(slug)
    batch = assessment.import_results(data, file_name, issuer=issuer, preview_digest=None, actor=COMMAND, now=_now())
    counts = (batch.n_rows, batch.n_good, batch.n_bad, batch.n_already)
    return batch, (file_name, issuer.organisation.name["zh"], *map(str, counts))


def _issue(console: Console, batches: Sequence[Batch]) -> None:
    from guildhall.accounts.services import COMMAND
    from guildhall.credentials import services

    waiting = [batch for batch in batches if batch.issued_at is None]
    n_good = sum(batch.n_good for batch in waiting)
    started = time.perf_counter()
    columns = (TextColumn("signed and logged"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=n_good)
        done = 0
        for batch in waiting:
            services.issue(
                batch,
                actor=COMMAND,
                now=_now(),
                on_progress=lambda now, done=done: bar.update(task, completed=done + now.n_signed),  # type: ignore[misc]
            )
            done += batch.n_good
            bar.update(task, completed=done)
    seconds = time.perf_counter() - started
    if n_good:
        console.print(
            f"issued:     {n_good} certificates in {seconds:.1f} s ({n_good / seconds:.0f} per second, this machine)"
        )
    else:
        console.print("issued:   nothing new, every row was issued before")


def _check(console: Console, folder: Path) -> None:
    from guildhall.core.verify import verify
    from guildhall.credentials import checking
    from guildhall.credentials.bundling import Bundler

    trust = checking.own_trust()
    (folder / "trust.json").write_text(json.dumps(trust.as_json(), ensure_ascii=False, indent=2))
    trust_lists.add_list("demo", (folder / "trust.json").read_bytes())
    for old in folder.glob("*.bundle.json"):
        old.unlink()
    bundler = Bundler.load()
    n_valid = n_checked = 0
    seconds = 0.0
    for scheme, instance, place in _sample():
        data = json.dumps(bundler.bundle(instance), ensure_ascii=False).encode()
        started = time.perf_counter()
        n_valid += verify(data, trust=trust, now=_now()).valid
        seconds += time.perf_counter() - started
        n_checked += 1
        if place < _SAMPLES_PER_SCHEME:
            (folder / f"{scheme}-{place + 1}.bundle.json").write_bytes(data)
            (folder / f"{scheme}-{place + 1}.pdf").write_bytes(_pdf(instance, data))
    console.print(
        f"verified: {n_valid} of {n_checked} sampled bundles are valid ({n_checked / seconds:.0f} per second, from bytes)"
    )
    _audit(console, trust.logs)


def _sample() -> Iterator[tuple[str, Instance, int]]:
    from guildhall.credentials.models import Instance
    from guildhall.credentials.selectors import issued
    from guildhall.schemes.selectors import schemes

    for scheme in schemes():
        known = issued(
            Instance.objects.select_related("document", "award__accreditation", "award__issuer__organisation")
        )
        for place, instance in enumerate(known.filter(award__scheme=scheme).order_by("pk")[:_CHECKED_PER_SCHEME]):
            yield scheme.code, instance, place


def _pdf(instance: Instance, bundle: bytes) -> bytes:
    from guildhall.credentials.faces import face
    from guildhall.credentials.rendering.pdf import certificate_pdf

    return certificate_pdf(face(instance), language="zh", bundle=bundle)


def _audit(console: Console, logs: Any) -> None:
    from django.conf import settings

    from guildhall.cli.log_files import reader
    from guildhall.core import audit
    from guildhall.core.checkpoint import VerifierKey

    keys = [VerifierKey.parse(text) for text in logs.values()]
    report = audit.replay(reader(settings.LOG_DIR), log_keys=keys)
    said = "nothing amiss" if not report.findings else f"{len(report.findings)} findings"
    console.print(f"audited:  a log of {report.size} leaves, {said}")


def _tell(console: Console, folder: Path) -> None:
    from guildhall.core.credential import CHINA
    from guildhall.credentials.faces import check_url
    from guildhall.credentials.selectors import shares_by_scheme

    rows = shares_by_scheme(_now().astimezone(CHINA).date())
    shares = ", ".join(f"{row.scheme.name['en']} {row.n_awards} ({row.share:.1%})" for row in rows)
    console.print(f"shares:   {shares}")
    for scheme, instance in [(scheme, instance) for scheme, instance, place in _sample() if place == 0]:
        award = instance.award
        console.print(f"sample:   {award.number}  {award.holder_name}  {folder}/{scheme}-1.bundle.json")
        console.print(f"          {check_url(instance)}")
    console.print(f"check it: guildhall verify {folder.absolute()}/pcc-1.bundle.json   (any folder, no network)")
    console.print(f"trust:    this environment now trusts the demo ({trust_lists.folder()}/demo.json);")
    console.print("          take it out with: guildhall trust remove demo")


def _tell_addresses(console: Console, loaded: DemoWorld, study: Study) -> None:
    from django.conf import settings

    origin = settings.ORIGIN
    console.print(f"site:     {origin}/   English: {origin}/en/   API: {origin}/api/docs")
    for person in loaded.people:
        password = person.password or "(password as set before)"
        console.print(f"desk:     {person.username} / {password}   {person.role.label}")
    for seat in study.seats:
        console.print(f"sign in:  {seat.username} / {seat.password or '(password as set before)'}   {seat.role}")
    console.print("Stop with Ctrl-C.")
