"""The page of work bounds is true: each reader has a line and a target, each size a refusal, and no reader costs the square."""

from __future__ import annotations

import ast
import gc
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from guildhall.core import bundle, checkpoint, jose, leaves, statuslist, submission, trust, verify
from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error
from guildhall.problems import TITLES
from tests import fuzz_seeds
from tests.fuzz_targets import NOW, target, targets

PAGE = Path("docs/work-bounds.md").read_text("utf-8")
SOURCE = Path("src/guildhall")
MIB = 1 << 20

# Functions of bytes that read nothing from outside: they write, hash, or hand on to a reader that has a line.
NO_READERS = {
    "core.merkle", "core.multibase", "core.results.xlsx_file.is_archive", "core.statuslist.value_at", "core.statuslist.encode",
    "core.tiles.entries_to_bytes", "core.tiles.grow", "credentials.naming.token_text", "credentials.plates.document",
    "credentials.transcripts.identity_of", "credit.rule_sets.enter_rule_set", "curriculum.services.enter_plan",
    "employers.services.enter_post", "encyclopedia.articles.services.import_articles", "issuers.loading",
    "schemes.services.load_scheme", "standards.classifications.crosswalks.import_crosswalk",
    "standards.classifications.facts.digest", "standards.classifications.loading.import_classification",
    "standards.editions.services.import_edition", "standards.frameworks.services.import_framework",
    "standards.services.load_classification",
}  # fmt: skip
ROOMS = ("core", "credentials", "credit", "curriculum", "employers", "encyclopedia", "issuers", "schemes", "standards")


def functions_of_bytes() -> Iterator[str]:
    for room in ROOMS:
        for file in sorted((SOURCE / room).rglob("*.py")):
            module = ".".join(file.relative_to(SOURCE).with_suffix("").parts)
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                    kinds = [ast.unparse(one.annotation) for one in node.args.args if one.annotation is not None]
                    if any("bytes" in kind or kind == "Files" for kind in kinds):
                        yield f"{module}.{node.name}"


def test_every_reader_has_a_line():
    named = set(re.findall(r"`([a-z_0-9.A-Z]+)`", PAGE))
    without = [
        one for one in functions_of_bytes()
        if not any(one == name or one.startswith(f"{name}.") for name in named | NO_READERS)
    ]  # fmt: skip
    assert not without, "give each a line in docs/work-bounds.md and a target in tests/fuzz_targets.py"


def test_every_target_has_a_line_and_seeds_and_every_name_is_one():
    cells = [row.split("|")[2] for row in PAGE.splitlines() if row.startswith(("| `", "| bodies"))]
    named = {name for cell in cells for name in re.findall(r"[a-z_]+", cell)} - {
        "all",
        "of",
        "these",
        "the",
        "classifications",
    }
    known = {*targets(), "api"}
    assert named == known


@pytest.mark.parametrize("name", sorted(targets()))
def test_a_target_takes_its_seeds_and_whatever_they_are_changed_into(name):
    import random

    from tests import fuzz_mutation

    def plain(data: bytes, longest: int) -> bytes:
        at = rng.randrange(len(data) + 1)
        return (data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :])[:longest]

    rng = random.Random(name)
    chosen, seeds = target(name), fuzz_seeds.seeds(name)
    assert seeds
    assert all(0 < len(seed) <= chosen.max_len for seed in seeds)
    donors = [json.loads(seed) for seed in seeds] if chosen.form == "json" else []
    for number in range(len(seeds) + 12):
        data = seeds[number % len(seeds)]
        if number >= len(seeds):
            data = fuzz_mutation.mutate(
                chosen.form, data, max_size=chosen.max_len, seed=number, plain=plain, donors=donors
            )
        assert ending(lambda data=data: chosen.call(data)) in {"", *TITLES}
    assert fuzz_mutation.dictionary(chosen.form).isascii()


# --- sizes -----------------------------------------------------------------------------------------------------------


def call(name: str) -> Callable[[bytes], object]:
    return target(name).call


SIZES: dict[str, tuple[Callable[[bytes], object], int]] = {
    "strict_json": (strict_json.parse, MIB),
    "bundle": (bundle.parse, MIB),
    "trust": (trust.parse, MIB),
    "note": (checkpoint.parse_note, 1_000_000),
    "leaf": (leaves.parse, 65_535),
    "submission": (submission.Submission.parse, 256 * 1024),
    "record": (call("record"), MIB),
    "post": (call("post"), MIB),
    "offers": (call("offers"), 16 * MIB),
    "eligibility_rules": (call("eligibility_rules"), MIB),
    "rule_set": (call("conversion_rule_set"), 8 * MIB),
    "programme": (call("coverage_programme"), 16 * MIB),
    "standard": (call("coverage_standard"), 8 * MIB),
    "edition": (call("standard_edition"), 8 * MIB),
    "wording_rules": (call("wording_rules"), MIB),
    "scheme": (call("scheme"), MIB),
    "issuers": (call("issuers"), 16 * MIB),
    "filings": (call("filings"), 16 * MIB),
    "classification": (call("classification"), 16 * MIB),
    "crosswalk": (call("crosswalk"), 16 * MIB),
    "article": (call("article"), 64 * 1024),
    "standard_table": (call("standard_table"), 16 * MIB),
    "results": (call("results_csv"), 64 * MIB),
    "file": (call("document_file"), 16 * MIB),
    "wording": (call("wording"), 1_000_000),
    "query": (call("search_query"), 200),
    "token": (lambda data: _not_ok(jose.check(data.decode(), lambda _: None, now=NOW).ok), 1_500_000),
    "list": (lambda data: statuslist.decode("u" + data.decode(), max_bytes=1 << 17), 180_000),
    "verify": (lambda data: _not_ok(verify.verify(data, trust=trust.Trust(), now=NOW).valid), MIB),
}


def _not_ok(ok: object) -> None:
    """Answers that are no exception: a token or a bundle too large is simply not valid."""
    if not ok:
        raise strict_json.MalformedJsonError("not valid")


@pytest.mark.parametrize("name", SIZES)
def test_one_byte_more_than_the_bound_is_refused_at_once(name):
    read, limit = SIZES[name]
    data = b'{"a":"' + b"a" * (limit - 5)
    start = time.perf_counter()
    with pytest.raises(Error) as caught:
        read(data)
    assert time.perf_counter() - start < 5
    assert caught.value.code in TITLES


DEEP = sorted(name for name, one in targets().items() if one.form == "json")


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("brackets", [b"[]", b'{"a":}'], ids=["lists", "objects"])
def test_what_is_nested_too_deeply_is_refused(name, brackets):
    opening, closing = brackets[:-1], brackets[-1:]
    read = call(name)
    for depth in (65, 200_000):
        data = opening * depth + b"1" + closing * depth
        if name == "verify":
            assert not verify.verify(data, trust=trust.Trust(), now=NOW).valid
        else:
            with pytest.raises(Error) as caught:
                read(data)
            assert caught.value.code in TITLES


# --- twice as much costs no more than twice ------------------------------------------------------------------------------


def _inflated(name: str, n_bytes: int, where: str) -> bytes:
    """Return a seed with one member made so large, out of its own items under names of their own."""
    document: Any = json.loads(fuzz_seeds.seeds(name)[-1])
    *path, last = where.split(".")
    holder = document
    for step in path:
        holder = holder[int(step) if step.isdigit() else step]
    was = holder[int(last) if last.isdigit() else last]
    each = len(json.dumps(was[0] if isinstance(was, list) else was)) + 10
    n = max(1, n_bytes // each)
    if isinstance(was, list):
        grown: Any = [_renamed(was[0], k) for k in range(n)]
    elif isinstance(was, dict):
        grown = {**was, **{f"k{k}": was[next(iter(was))] for k in range(n)}}
    else:
        grown = was + "0. ,-a（" * (n_bytes // 9)
    holder[int(last) if last.isdigit() else last] = grown
    return json.dumps(document, ensure_ascii=False).encode()


def _renamed(item: Any, k: int) -> Any:
    if isinstance(item, str):
        return f"{item}{k}"
    if not isinstance(item, dict):
        return item
    own = {name: f"{value}-{k}" for name, value in item.items() if name in ("id", "code", "slug", "filing", "number")}
    identifier = {"identifier": f"{k:08x}-0000-4000-8000-000000000000"} if "identifier" in item else {}
    return {**item, **own, **identifier}


GROWING = [
    ("record", "jobs"), ("post", "requires.all"), ("post", "name.zh"), ("offers", "trainings"), ("offers", "sittings"),
    ("eligibility_rules", "templates"), ("conversion_rule_set", "offers"), ("coverage_programme", "courses"),
    ("coverage_standard", "basic"), ("standard_edition", "basic"), ("standard_edition", "overview.definition.zh"),
    ("wording_rules", "rules"), ("wording_rules", "rules.0.words"), ("scheme", "ladder"), ("scheme", "parts"),
    ("issuers", "issuers"), ("filings", "filings"), ("filings", "filings.0.occupations"), ("classification", "occupations"),
    ("classification", "groups"), ("crosswalk", "lines"), ("case_package", "CFItems"), ("case_package", "CFAssociations"),
    ("verify", "@context"), ("bundle", "statusLists"), ("data_model", "type"), ("jsonld", "type"), ("trust", "authorities"),
    ("did", "verificationMethod"), ("credential", "type"), ("proofs", "proof"),
]  # fmt: skip


def ending(run: Callable[[], object]) -> str:
    """Return the code of the error in which a call ends, empty for a value; any other exception passes."""
    try:
        run()
    except Error as error:
        return error.code
    return ""


def best_of(n: int, run: Callable[[], object]) -> float:
    found = []
    gc.disable()
    try:
        for _ in range(n):
            start = time.process_time()
            ending(run)
            found.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(found)


@pytest.mark.parametrize(("name", "where"), GROWING)
def test_twice_as_much_takes_no_more_than_three_times_as_long(name, where):
    read = call(name)
    small, large = (_inflated(name, n_bytes, where) for n_bytes in (60_000, 120_000))
    assert len(large) > 1.6 * len(small)
    first, second = best_of(2, lambda: read(small)), best_of(2, lambda: read(large))
    assert second < 3 * first + 0.1


TEXTS = {
    "results_csv": b"\xe5\xa7\x93\xe5\x90\x8d,\xe8\xaf\x81\xe4\xbb\xb6\xe5\x8f\xb7\xe7\xa0\x81\n",
    "standard_table": "类别,编号,中文\n".encode(),
    "crosswalk_csv": b"from_classification,from_code,relation,to_classification,to_code,source\n",
    "classification_cn": b"code,name,middle,minor\n",
    "classification_isco": b"CODE,PREFERREDLABEL\n",
    "rdfc": b"",
    "checkpoint": b"",
    "wording": b"",
    "codes": b"",
}
PIECES = [
    b"a,",
    b" ",
    b"1-",
    b'"',
    b"a\n",
    b"\xe5\x9b\xbd",
    b"- ",
    b"a,b,c,d,e,f\n",
    b'<urn:a> <urn:b> "c" .\n',
    b"(",
    b"0",
]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("piece", PIECES)
def test_twice_as_much_text_takes_no_more_than_three_times_as_long(name, piece):
    read, head = call(name), TEXTS[name]
    small, large = (head + piece * (n // len(piece)) for n in (30_000, 60_000))
    first, second = best_of(2, lambda: read(small)), best_of(2, lambda: read(large))
    assert second < 3 * first + 0.1
