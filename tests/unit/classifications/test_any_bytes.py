"""Whatever the bytes, a reader of classifications ends in entries or in a coded refusal with places."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.errors import Error
from guildhall.problems import TITLES
from guildhall.standards.classifications import cn, esco, isco, onet, own
from guildhall.standards.classifications.crosswalk import read_crosswalk
from guildhall.standards.reading import read_classification
from tests.unit.classifications.made import CN_ROWS, CN_TABLE, CROSSWALK, csv_bytes, esco_files, json_lines, onet_files

ONET, ESCO = onet_files(), esco_files()
CELLS = st.text(max_size=8) | st.sampled_from(
    ["6-31-01-03", "47-2111.00", "7411", "7411.1", "key_5", "IM", "3.5", "1E+400", "-0"]
)


def ends_well(read: Callable[[Mapping[str, bytes]], object], files: Mapping[str, bytes]) -> None:
    said: Error | None = None
    try:
        read(files)
    except Error as error:
        said = error
    if said is not None:
        assert said.code in TITLES
        assert said.as_json()


def damaged(encoded: bytes, rng: random.Random, n: int) -> bytes:
    changed = bytearray(encoded)
    for _ in range(n):
        place = rng.randrange(len(changed))
        match rng.randrange(3):
            case 0:
                changed[place] = rng.randrange(256)
            case 1:
                del changed[place : place + rng.randrange(1, 20)]
            case _:
                changed[place:place] = bytes(rng.choices(range(256), k=rng.randrange(1, 6)))
        if not changed:
            break
    return bytes(changed)


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_any_bytes(encoded: bytes) -> None:
    for reader, file in ((cn, "x.csv"), (isco, isco.FILE), (esco, "occupations.csv"), (onet, "Occupation Data.xlsx")):
        ends_well(reader.read, {file: encoded})
    ends_well(lambda files: read_crosswalk(files["x"]), {"x": encoded})


@given(st.sampled_from([json_lines(CN_ROWS), csv_bytes(CN_TABLE), csv_bytes(CN_TABLE, "gb18030")]),
       st.randoms(use_true_random=False), st.integers(1, 6))  # fmt: skip
@settings(max_examples=150)
def test_a_damaged_dictionary(encoded: bytes, rng: random.Random, n: int) -> None:
    ends_well(cn.read, {"x": damaged(encoded, rng, n)})


@given(st.sampled_from(sorted(ONET)), st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=100)
def test_a_damaged_release(file: str, rng: random.Random, n: int) -> None:
    ends_well(onet.read, {**ONET, file: damaged(ONET[file], rng, n)})


@given(st.sampled_from(sorted(ESCO)), st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=100)
def test_a_damaged_esco(file: str, rng: random.Random, n: int) -> None:
    ends_well(esco.read, {**ESCO, file: damaged(ESCO[file], rng, n)})


@pytest.mark.parametrize("table", ["Occupation Data", "Skills", "Technology Skills", "Related Occupations"])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=8), max_size=5))
@settings(max_examples=25)
def test_any_rows_of_a_release(table: str, rows: list[list[str]]) -> None:
    # A heading that fits brings the rows into play.
    heading = list(onet._TABLES[table].all)
    ends_well(onet.read, {**ONET, f"{table}.xlsx": csv_bytes([heading, *rows], "utf-8")})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=6),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["format", "crosswalk", "lines", "from", "to", "relation", "label", "name", "code"]),
                        inner, max_size=5), max_leaves=20))  # fmt: skip
@settings(max_examples=150)
def test_any_document_as_a_crosswalk(value: object) -> None:
    import orjson

    try:
        data = orjson.dumps({**CROSSWALK, **value} if isinstance(value, dict) else value)
    except TypeError:  # an integer beyond 64 bits
        return
    ends_well(lambda files: read_crosswalk(files["x"]), {"x": data})
    ends_well(lambda files: own.entries(read_classification(files["x"]), files["x"]), {"x": data})
