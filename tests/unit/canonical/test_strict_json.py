"""Reading JSON: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.canonical import strict_json
from guildhall.core.errors import Error, TooLargeError

REFUSED = {
    "empty": (b"", "malformed_json"),
    "only_space": (b"  \n", "malformed_json"),
    "byte_order_mark": (b'\xef\xbb\xbf{"a":1}', "malformed_json"),
    "utf16": ('{"a":1}'.encode("utf-16"), "malformed_json"),
    "overlong_utf8": (b'"\xc0\xaf"', "malformed_json"),
    "surrogate_as_utf8": (b'"\xed\xa0\x80"', "malformed_json"),
    "lone_high_surrogate": (rb'"\ud800"', "malformed_json"),
    "lone_low_surrogate": (rb'["\udc00x"]', "malformed_json"),
    "surrogates_swapped": (rb'"\udc00\ud800"', "malformed_json"),
    "lone_surrogate_as_name": (rb'{"\ud800":1}', "malformed_json"),
    "text_after_the_value": (b"{} {}", "malformed_json"),
    "trailing_comma": (b"[1,]", "malformed_json"),
    "comment": (b"{} // x", "malformed_json"),
    "single_quotes": (b"{'a':1}", "malformed_json"),
    "bare_name": (b"{a:1}", "malformed_json"),
    "raw_control_character": (b'"a\x00b"', "malformed_json"),
    "raw_newline_in_text": (b'"a\nb"', "malformed_json"),
    "bad_escape": (rb'"\x41"', "malformed_json"),
    "leading_zero": (b"[01]", "malformed_json"),
    "plus_sign": (b"[+1]", "malformed_json"),
    "hexadecimal": (b"[0x10]", "malformed_json"),
    "no_digit_after_point": (b"[1.]", "malformed_json"),
    "not_a_number": (b"[NaN]", "malformed_json"),
    "infinity": (b"[Infinity]", "malformed_json"),
    "minus_infinity": (b"[-Infinity]", "malformed_json"),
    "python_true": (b"[True]", "malformed_json"),
    "duplicate": (b'{"a":1,"a":2}', "duplicate_key"),
    "duplicate_equal": (b'{"a":1,"a":1}', "duplicate_key"),
    "duplicate_deep": (b'[{"x":{"a":[{"b":1,"c":2,"b":3}]}}]', "duplicate_key"),
    "duplicate_by_escape": (rb'{"a":1,"\u0061":2}', "duplicate_key"),
    "duplicate_behind_an_escaped_colon": (rb'{"x":"\u003a","a":1,"a":2}', "duplicate_key"),
    "duplicate_hidden_by_escaped_colons": (rb'{"a":1,"a":"\u003A\u003a"}', "duplicate_key"),
    "duplicate_that_hides_text_with_colons": (b'{"a":"::::","a":":"}', "duplicate_key"),
    "duplicate_empty_name": (b'{"":1,"":2}', "duplicate_key"),
    "duplicate_with_lost_object": (b'{"a":{"b":1},"a":{"b":1}}', "duplicate_key"),
    "beyond_53_bits": (b"[9007199254740992]", "number_out_of_range"),
    "beyond_53_bits_negative": (b"[-9007199254740992]", "number_out_of_range"),
    "beyond_63_bits": (b"[9223372036854775808]", "number_out_of_range"),
    "beyond_64_bits": (b"[18446744073709551616]", "number_out_of_range"),
    "beyond_64_bits_negative": (b"[-18446744073709551616]", "number_out_of_range"),
    "beyond_64_bits_beside_an_exponent": (b"[1.5e3,100000000000000000000]", "number_out_of_range"),
    "a_thousand_digits": (b"[" + b"9" * 1000 + b"]", "number_out_of_range"),
    "ten_thousand_digits": (b"[" + b"9" * 10_000 + b"]", "number_out_of_range"),
    "beyond_a_double": (b"[1e999]", "number_out_of_range"),
    "beyond_a_double_negative": (b"[-1e309]", "number_out_of_range"),
    "too_deep": (b"[" * 65 + b"]" * 65, "too_large"),
    "far_too_deep": (b"[" * 100_000, "too_large"),
    "too_deep_by_objects": (b'{"a":' * 65 + b"1" + b"}" * 65, "too_large"),
}  # fmt: skip

ACCEPTED: dict[bytes, Any] = {
    b"null": None,
    b' {"a" : [1, 2.5, -3, true, false, null, "x"]} \n': {"a": [1, 2.5, -3, True, False, None, "x"]},
    b"[9007199254740991,-9007199254740991]": [9007199254740991, -9007199254740991],
    b"[1e20, 1E3, 5.0, 1e-400]": [1e20, 1000.0, 5.0, 0.0],
    rb'{"x\u003a":":","y":"\u003A"}': {"x:": ":", "y": ":"},
    rb'["\ud83d\ude00", "\u0000", "\u007f"]': ["\U0001f600", "\x00", "\x7f"],
    '{"证书":"中"}'.encode(): {"证书": "中"},
    b'{"a":{"a":{"a":1}}}': {"a": {"a": {"a": 1}}},
    b"[" * 64 + b"]" * 64: None,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_two_readers_could_read_differently_is_refused(name):
    data, code = REFUSED[name]
    with pytest.raises(Error) as caught:
        strict_json.parse(data)
    assert caught.value.code == code


@pytest.mark.parametrize("data", ACCEPTED)
def test_plain_json_is_read_as_the_standard_library_reads_it(data):
    value = strict_json.parse(data)
    assert value == json.loads(data)
    assert ACCEPTED[data] is None or value == ACCEPTED[data]


def test_a_text_of_exactly_the_allowed_size_is_read_and_one_byte_more_is_not():
    data = b'"' + b"a" * 98 + b'"'
    assert strict_json.parse(data, max_bytes=100) == "a" * 98
    with pytest.raises(TooLargeError):
        strict_json.parse(data, max_bytes=99)


def test_depth_counts_arrays_and_objects_alike():
    assert strict_json.parse(b'[{"a":[1]}]', max_depth=3) == [{"a": [1]}]
    with pytest.raises(TooLargeError):
        strict_json.parse(b'[{"a":[1]}]', max_depth=2)


class _RefusedError(Exception):
    pass


def _by_the_book(data: bytes) -> object:
    """The same rules, written another way: hooks of the standard library on every object and number."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        if len(set(names)) != len(names):
            raise _RefusedError
        return dict(members)

    def number(text: str) -> int:
        if abs(int(text[:400])) > 2**53 - 1:
            raise _RefusedError
        return int(text)

    def real(text: str) -> float:
        if math.isinf(float(text)):
            raise _RefusedError
        return float(text)

    def constant(_text: str) -> None:
        raise _RefusedError

    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=pairs, parse_int=number, parse_float=real, parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates
    except (ValueError, RecursionError):
        raise _RefusedError from None
    return value


NUMBERS = st.one_of(
    st.integers(-(10**25), 10**25).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1e5", "1E5", "-0", "1e999", "1.5e3", "9007199254740992", "100000000000000000000", "00", "1."]),
)
STRINGS = st.one_of(
    st.text(max_size=8).map(json.dumps),
    st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from(
        [r'"\u003a"', r'"\u003A:"', '":"', '"a"', r'"\u0061"', r'"\ud800"', '"e9"', '"null"', r'"\\u003a"']
    ),
)
SCALARS = st.one_of(NUMBERS, STRINGS, st.sampled_from(["true", "false", "null"]))
TEXTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(STRINGS, inner), max_size=4).map(
            lambda members: "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"
        ),
    ),
    max_leaves=12,
)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_the_fast_reader_agrees_with_a_slow_and_obvious_one(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        expected = _by_the_book(data)
    except _RefusedError:
        with pytest.raises(Error):
            strict_json.parse(data)
        return
    read = strict_json.parse(data)
    assert json.dumps(read) == json.dumps(expected)


def _outcome(data: bytes) -> str:
    try:
        strict_json.parse(data)
    except Error as error:
        return error.code
    return "value"


@given(st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_bytes_end_in_a_value_or_a_coded_error(data):
    assert _outcome(data) in {"value", "malformed_json", "duplicate_key", "number_out_of_range", "too_large"}


@given(TEXTS, st.integers(0, 200), st.binary(min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_damaged_json_ends_in_a_value_or_a_coded_error(text, place, damage):
    data = text.encode("utf-8", "surrogatepass")
    damaged = data[:place] + damage + data[place + 1 :]
    assert _outcome(damaged) in {"value", "malformed_json", "duplicate_key", "number_out_of_range", "too_large"}


@pytest.mark.parametrize("before", ["", " ", "[", '{"a":', '{"a": ', "[1,", "[1, ", "[\n\t", '["x",\r\n'])
@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1" + "0" * 40, "-" + "9" * 25])
def test_an_integer_beyond_64_bits_is_found_wherever_it_stands(before: str, number: str) -> None:
    after = {"[": " ]", "{": " }"}.get(before.lstrip()[:1], " ")
    with pytest.raises(strict_json.NumberRangeError):
        strict_json.parse(f"{before}{number}{after}".encode())


def test_many_digits_within_a_text_are_no_number() -> None:
    assert strict_json.parse(b'{"a": "x: 18446744073709551616", "b": [ 1.5 ]}') == {
        "a": "x: 18446744073709551616",
        "b": [1.5],
    }
