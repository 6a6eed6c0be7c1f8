"""RFC 8785: published vectors, the cases in which fast writers deviate, and agreement with a reference."""

from __future__ import annotations

import enum
import json
import struct
import uuid
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.canonical import jcs
from guildhall.core.canonical.jcs import NotJsonError
from tests.shared import needs_shared, shared

# RFC 8785, appendix B: IEEE 754 bits in hexadecimal, and the number as it must be written.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}

# Where orjson with sorted keys writes something else than RFC 8785 asks for.
DEVIATIONS = {
    '{"a":5.0}': b'{"a":5}',
    "[1e16]": b"[10000000000000000]",
    "[1e-5]": b"[0.00001]",
    "[0.00001234]": b"[0.00001234]",
    "[1e21]": b"[1e+21]",
    "[1e15,123456789012345.5]": b"[1000000000000000,123456789012345.5]",
    "[-0.0]": b"[0]",
    # U+FB33 sorts after U+1F600 as UTF-16, before it as a code point.
    '{"\ufb33":1,"\U0001f600":2}': '{"\U0001f600":2,"\ufb33":1}'.encode(),
    '{"b":{"\uffee":1,"\U00010000":2},"a":0}': '{"a":0,"b":{"\U00010000":2,"\uffee":1}}'.encode(),
}


@needs_shared
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_published_documents_come_out_byte_for_byte(name):
    document = json.loads(shared("vectors", "jcs", "testdata", "input", f"{name}.json").read_bytes())
    expected = shared("vectors", "jcs", "testdata", "output", f"{name}.json").read_bytes()
    in_hex = bytes.fromhex(shared("vectors", "jcs", "testdata", "outhex", f"{name}.txt").read_text())
    assert jcs.canonical(document) == expected == in_hex


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_are_written_as_the_standard_lists_them(bits):
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs.canonical([value, {"x": value}]) == f'[{NUMBERS[bits]},{{"x":{NUMBERS[bits]}}}]'.encode()


@pytest.mark.parametrize("text", DEVIATIONS)
def test_cases_in_which_fast_writers_deviate_are_written_by_the_letter(text):
    assert jcs.canonical(json.loads(text)) == DEVIATIONS[text]


class _Colour(enum.StrEnum):
    RED = "red"


class _Number(enum.Enum):
    ONE = 1


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), float("inf"), -float("inf"), 2**53, -(2**53), 10**400, "\ud800", {"\udc00": 1}, {1: 2}, {None: 1},
        b"bytes", {1, 2}, object(), datetime(2026, 11, 22, tzinfo=UTC), uuid.UUID(int=1), _Number.ONE, [[float("nan")]],
        {"a": uuid.UUID(int=1)}, complex(1, 2), {("a",): 1},
    ],
)  # fmt: skip
def test_what_is_not_exact_json_has_no_canonical_form(value):
    with pytest.raises(NotJsonError):
        jcs.canonical(value)


def test_a_value_that_contains_itself_is_refused():
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(NotJsonError):
        jcs.canonical(circle)


def test_depth_has_a_limit_and_the_limit_is_reached_in_peace():
    deep: object = 1
    for _ in range(jcs.MAX_DEPTH):
        deep = [deep]
    assert jcs.canonical(deep) == b"[" * 200 + b"1" + b"]" * 200
    with pytest.raises(NotJsonError):
        jcs.canonical([deep])


def test_a_text_that_is_an_enumeration_member_is_written_as_its_text():
    assert jcs.canonical({"c": _Colour.RED}) == b'{"c":"red"}'


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_every_value_is_written_as_the_reference_writes_it(value):
    written = jcs.canonical(value)
    assert written == rfc8785.dumps(value)
    # Read back as a JavaScript reader would (every number a double), it is the same again.
    assert jcs.canonical(json.loads(written, parse_int=float)) == written
