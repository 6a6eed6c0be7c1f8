"""A coverage-guided fuzzer over every parser of the core and every route that takes a body.

Bytes end in a value or in a coded error, and in nothing else; no route answers with a mistake of ours.

    make fuzz                              60 s for each target
    make fuzz ARGS="--seconds 600 jose"    longer, or only some targets

Each target runs in a process of its own, is bounded in time, and begins with a corpus of real documents (made in memory
with fixed keys). What is found is written to var/fuzz/<target>/.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests import fuzz_api

API = "api"
HERE = Path("var/fuzz")
_MAX_BYTES = 4096


def _targets() -> dict[str, Callable[[bytes], object]]:
    from datetime import UTC, date, datetime

    from guildhall.core import (
        bundle,
        checkpoint,
        data_model,
        did,
        jose,
        leaves,
        multibase,
        presentation,
        proofs,
        results,
        statuslist,
        tiles,
        trust,
        verify,
    )
    from guildhall.core.canonical import jcs, rdfc, shapes, strict_json
    from guildhall.core.codes import certificate_number, credit_code, level, occupation_code, resident_id
    from guildhall.core.conversion import read_rule_set
    from guildhall.core.coverage import read_programme, read_standard
    from guildhall.core.eligibility import read_rules
    from guildhall.core.exchange import tables
    from guildhall.core.exchange.case import read_package
    from guildhall.core.record import read_record
    from guildhall.core.routes import read_offers, read_post
    from guildhall.core.standard import parse as parse_edition
    from guildhall.core.wording import lint, read_wording_rules
    from guildhall.encyclopedia.articles.reading import read_article
    from guildhall.encyclopedia.search import terms
    from guildhall.encyclopedia.search.marking import mark
    from guildhall.schemes.wording import wording_rules
    from guildhall.standards.classifications import cn, isco, onet, own
    from guildhall.standards.classifications.crosswalk import read_crosswalk
    from guildhall.standards.reading import read_classification
    from tests.unit.verify.made import NOW, trusted

    held = trusted()
    now = datetime(2026, 11, 22, tzinfo=UTC)

    def text(data: bytes) -> str:
        return data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace") if _decodes(data) else ""

    def document(data: bytes) -> dict[str, object]:
        value = strict_json.parse(data)
        return value if isinstance(value, dict) else {"value": value}

    def all_codes(data: bytes) -> None:
        for kind in (certificate_number, credit_code, occupation_code, resident_id):
            kind.check(text(data))
        level.level_of(text(data))

    def search_query(data: bytes) -> None:
        asked = terms.question(text(data))
        if asked is not None:
            mark(text(data), asked.pieces)
            terms.terms_of([text(data)], [], [text(data)], [text(data)])

    return {
        "strict_json": strict_json.parse,
        "jcs": lambda data: jcs.canonical(strict_json.parse(data)),
        "rdfc": lambda data: rdfc.canonical_quads(rdfc.parse_nquads(data)),
        "jsonld": lambda data: shapes.canonical(document(data)),
        "data_model": lambda data: data_model.problems(strict_json.parse(data)),
        "proofs": lambda data: proofs.check_proofs(document(data), lambda _: None, now=NOW),
        "presentation": lambda data: presentation.check_presentation(document(data), lambda _: None, now=now),
        "jose": lambda data: jose.check(text(data), lambda _: None, now=now),
        "verify": lambda data: verify.verify(data, trust=held, now=NOW),
        "bundle": bundle.parse,
        "trust": trust.parse,
        "statuslist": lambda data: statuslist.decode(text(data), max_bytes=1 << 18),
        "status_list_credential": lambda data: statuslist.read_list(document(data)),
        "checkpoint": lambda data: checkpoint.Checkpoint.parse(checkpoint.parse_note(data).text),
        "leaves": leaves.parse,
        "tiles": lambda data: tiles.parse_entries(data, 1 + len(data) % 256),
        "did": lambda data: did.read_document(strict_json.parse(data)),
        "multibase": lambda data: multibase.decode(text(data)),
        "results_csv": lambda data: results.parse(data, file_name="x.csv", today=date(2026, 11, 22)),
        "results_xlsx": lambda data: results.parse(data, file_name="x.xlsx", today=date(2026, 11, 22)),
        "codes": all_codes,
        "record": read_record,
        "post": read_post,
        "offers": read_offers,
        "search_query": search_query,
        "wording": lambda data: lint(text(data), wording_rules(), on=date(2026, 11, 22)),
        "wording_rules": read_wording_rules,
        "eligibility_rules": read_rules,
        "coverage_standard": read_standard,
        "standard_edition": parse_edition,
        "case_package": read_package,
        "standard_table": lambda data: tables.read(data, file_name="x"),
        "coverage_programme": read_programme,
        "conversion_rule_set": read_rule_set,
        "classification": lambda data: own.entries(read_classification(data), data),
        "classification_cn": lambda data: cn.read({"occupations.csv": data}),
        "classification_onet": lambda data: onet.read({"Occupation Data.xlsx": data, "Skills.xlsx": data}),
        "classification_esco": lambda data: isco.read({isco.FILE: data}),
        "crosswalk": read_crosswalk,
        "article": lambda data: read_article(data, slug="fuzz", language="en"),
    }


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return len(data) % 2 == 0
    return True


def _corpus(target: str) -> None:
    """Put real documents before the fuzzer, so that it begins behind the first checks."""
    from tests.unit.verify.made import Register

    folder = HERE / target / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    if target == API:
        for i, body in enumerate(fuzz_api.seeds()):
            (folder / f"seed-{i}").write_bytes(body)
    made = Register(cryptosuite="eddsa-jcs-2022").bundle()
    seeds: list[object] = [made, made["credential"], made["accreditation"], *made["statusLists"]]
    for i, seed in enumerate(seeds):
        (folder / f"seed-{i}.json").write_bytes(json.dumps(seed, ensure_ascii=False).encode())
    for example in Path("docs/examples").glob("*.json"):
        (folder / f"seed-{example.name}").write_bytes(example.read_bytes())
    (folder / "seed-note").write_text(made["checkpoint"])
    (folder / "seed-list").write_text(made["statusLists"][0]["credentialSubject"]["encodedList"])
    (folder / "seed-csv").write_text(
        "姓名,证件类型,证件号码,职业,级别,发证日期,理论,技能\n王伟,201,11010519491231002X,电工,4,2026-05-20,80,81\n"
    )


def _fuzz_one(target: str, seconds: int) -> None:
    """Run one target in this process. A finding ends the process with another status than 0."""
    import atheris

    with atheris.instrument_imports(include=["guildhall"]):
        call = fuzz_api.target() if target == API else _targets()[target]
    from guildhall.core.errors import Error

    def once(data: bytes) -> None:
        with contextlib.suppress(Error):
            call(data)

    folder = HERE / target
    arguments = [sys.argv[0], str(folder / "corpus"), f"-max_total_time={seconds}", f"-max_len={_MAX_BYTES * 4}",
                 f"-artifact_prefix={folder}/", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"]  # fmt: skip
    atheris.Setup(arguments, once)
    atheris.Fuzz()


def main() -> int:
    """Fuzz the targets one after the other and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        _fuzz_one(chosen.targets[0], chosen.seconds)
        return 0
    names = chosen.targets or [*_targets(), API]
    n_found = 0
    for name in names:
        _corpus(name)
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", "--one", "--seconds", str(chosen.seconds), name],
            capture_output=True, text=True, check=False, timeout=chosen.seconds + 120,
        )  # fmt: skip
        runs = next(
            (line.split(":")[-1].strip() for line in done.stderr.splitlines() if "number_of_executed_units" in line),
            "?",
        )
        said = "nothing" if done.returncode == 0 else f"FOUND (status {done.returncode}), see {HERE / name}"
        print(f"{name:24} {runs:>10} runs {time.monotonic() - start:6.0f} s  {said}", flush=True)
        if done.returncode:
            n_found += 1
            print("\n".join(done.stderr.splitlines()[-25:]))
    print(f"{len(names) - n_found} passed, {n_found} failed")
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
