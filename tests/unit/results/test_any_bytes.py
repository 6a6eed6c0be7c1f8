"""Whatever the bytes, the reader ends in a value or a coded error."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.errors import Error
from guildhall.core.results import CODES, Limits, corrections
from tests.unit.results.sheets import BEI, csv_bytes, good, parse, raw_xlsx, sheet_of, xlsx_bytes

ROWS = [good(), good(证件号码=BEI, 姓名="阿依古丽·买买提")]
TEXTS = [csv_bytes(ROWS, encoding=encoding) for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")]
BOOK = xlsx_bytes(ROWS)
CELLS = st.text(max_size=12) | st.sampled_from(
    ["#REF!", "1.1E+17", "2026-11-06", "3", "-1", "'", '="1"', "\ue000", "46332", "0" * 18]
)


def read(encoded):
    try:
        parsed = parse(encoded, limits=Limits(n_unpacked=4_000_000))
        return parsed, corrections(encoded, parsed.problems)
    except Error as error:
        return error, b""


def ends_well(encoded):
    parsed, again = read(encoded)
    if isinstance(parsed, Error):
        assert parsed.code in CODES
        assert parsed.as_json()
        return
    for found in (*parsed.problems, *parsed.notices):
        assert found.as_json()
    assert {row.line for row in parsed.rows}.isdisjoint(parsed.bad_lines)
    assert len(parsed.rows) <= parsed.n_rows
    if parsed.rows:
        assert parse(again).n_rows == len(parsed.bad_lines - {0})


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=200)
def test_any_bytes(encoded):
    ends_well(encoded)


@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False), st.integers(1, 6))
@settings(deadline=None, max_examples=150)
def test_damaged_text(encoded, rng, n):
    ends_well(damaged(encoded, rng, n))


@given(st.randoms(use_true_random=False), st.integers(1, 6))
@settings(deadline=None, max_examples=150)
def test_damaged_workbooks(rng, n):
    ends_well(damaged(BOOK, rng, n))


@given(st.lists(st.lists(CELLS, min_size=13, max_size=14), max_size=5))
@settings(deadline=None, max_examples=150)
def test_any_cells_in_text(rows):
    ends_well(csv_bytes(rows, header=list(good()), encoding="utf-8"))


PRINTABLE = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn"], exclude_characters="\ufffe\uffff"), max_size=12
)
ATTRIBUTES = st.sampled_from(['t="s"', 't="n"', 't="e"', 't="b"', 't="d"', 't="str"', 's="1"', 't="?"', 's="x"', ""])
INNER = st.sampled_from(
    [
        "<v>1</v>",
        "<v>46332</v>",
        "<v></v>",
        "<v>-1</v>",
        "<v>1e999</v>",
        "<v>nan</v>",
        "<is><t>x</t></is>",
        "<v>x</v>",
        "<v>_x0000_</v>",
        "<v>_xD800_</v>",
    ]
)


@given(st.lists(st.lists(PRINTABLE | st.tuples(ATTRIBUTES, INNER), max_size=14), max_size=4))
@settings(deadline=None, max_examples=150)
def test_any_cells_in_a_workbook(rows):
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    ends_well(raw_xlsx(sheet_of(tuple(good()), *rows), styles=styles, strings="<sst><si><t>甲</t></si><si/></sst>"))


def damaged(encoded, rng: random.Random, n):
    spoiled = bytearray(encoded)
    for _ in range(n):
        place = rng.randrange(len(spoiled))
        match rng.randrange(3):
            case 0:
                spoiled[place] = rng.randrange(256)
            case 1:
                del spoiled[place : place + rng.randrange(1, 40)]
            case _:
                spoiled[place:place] = bytes(rng.randrange(256) for _ in range(3))
        if not spoiled:
            break
    return bytes(spoiled)
