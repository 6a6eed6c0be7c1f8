"""A coverage-guided fuzzer over every parser of the core and every route that takes a body.

Bytes end in a value or in a coded error, and in nothing else; no route answers with a mistake of ours.

    make fuzz                              60 s for each target
    make fuzz ARGS="--seconds 600 jose"    longer, or only some targets

Each target (``tests.fuzz_targets``) runs in a process of its own, is bounded in time and memory (2 GiB; 20 s for one input), and
begins with a corpus of real documents of its kind. What is found is written to var/fuzz/<target>/. Printed are the runs, the
edges reached by the corpus and by the whole run, and the most memory used.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from tests import fuzz_api, fuzz_mutation, fuzz_seeds, fuzz_targets

API = "api"
HERE = Path("var/fuzz")
_START_AND_END = 300
"""Seconds that loading, the first look at the corpus and the end may take on a busy machine; then a target is ended."""


def _corpus(target: str) -> None:
    """Put real documents before the fuzzer, so that it begins behind the first checks, and the words of their form."""
    folder = HERE / target / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    made, form = (
        (fuzz_api.seeds(), "request") if target == API else (fuzz_seeds.seeds(target), fuzz_targets.target(target).form)
    )
    for number, seed in enumerate(made):
        (folder / f"seed-{number}").write_bytes(seed)
    (HERE / target / "words").write_text(fuzz_mutation.dictionary(form))


def _fuzz_one(target: str, seconds: int) -> None:
    """Run one target in this process. A finding ends the process with another status than 0."""
    import atheris

    with atheris.instrument_imports(include=["guildhall"]):
        chosen = fuzz_api.target() if target == API else fuzz_targets.target(target)
    from guildhall.core.errors import Error

    def once(data: bytes) -> None:
        with contextlib.suppress(Error):
            chosen.call(data)

    folder = HERE / target
    donors = [value for seed in sorted((folder / "corpus").glob("seed-*")) if (value := _parsed(seed)) is not None]

    def mutated(data: bytes, max_size: int, seed: int) -> bytes:
        return fuzz_mutation.mutate(
            chosen.form, data, max_size=max_size, seed=seed, plain=atheris.Mutate, donors=donors
        )

    arguments = [sys.argv[0], str(folder / "corpus"), f"-dict={folder}/words", f"-max_total_time={seconds}",
                 f"-max_len={chosen.max_len}", "-len_control=0", f"-artifact_prefix={folder}/", "-timeout=20",
                 "-rss_limit_mb=2048", "-print_final_stats=1", "-print_funcs=0"]  # fmt: skip
    atheris.Setup(arguments, once, custom_mutator=mutated)
    atheris.Fuzz()


def _parsed(file: Path) -> object:
    content = file.read_bytes()
    with contextlib.suppress(ValueError):
        return json.loads(content[2:] if content[:1] < b" " else content)
    return None


def _said(output: str, pattern: str) -> str:
    found = re.findall(pattern, output)
    return str(found[-1]) if found else "?"


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
    names = chosen.targets or [*fuzz_targets.targets(), API]
    n_found = 0
    for name in names:
        _corpus(name)
        start = time.monotonic()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.fuzz", "--one", "--seconds", str(chosen.seconds), name],
                capture_output=True, text=True, errors="replace", check=False, timeout=chosen.seconds + _START_AND_END,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            n_found += 1
            print(f"{name:24} FOUND: did not stop by itself within {chosen.seconds + _START_AND_END} s", flush=True)
            continue
        runs = _said(done.stderr, r"number_of_executed_units: (\d+)")
        first, edges = _said(done.stderr, r"INITED cov: (\d+)"), _said(done.stderr, r"cov: (\d+)")
        peak = _said(done.stderr, r"peak_rss_mb: +(\d+)")
        said = "nothing" if done.returncode == 0 else f"FOUND (status {done.returncode}), see {HERE / name}"
        spent = time.monotonic() - start
        print(f"{name:24} {runs:>9} runs {spent:5.0f} s {first:>6} > {edges:>6} edges {peak:>5} MB  {said}", flush=True)
        if done.returncode:
            n_found += 1
            print("\n".join(done.stderr.splitlines()[-25:]))
    print(f"{len(names) - n_found} passed, {n_found} failed")
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
