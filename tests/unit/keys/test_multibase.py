from __future__ import annotations

import base64
import contextlib

import base58
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import multibase
from tests.refusals import code_of


@given(st.binary(max_size=120))
def test_base58_agrees_with_an_independent_library(raw: bytes) -> None:
    assert multibase.base58btc(raw) == base58.b58encode(raw).decode()
    assert multibase.from_base58btc(base58.b58encode(raw).decode()) == raw


@given(st.integers(0, 5), st.binary(max_size=40))
def test_leading_zero_bytes_survive_base58(n_zeros: int, raw: bytes) -> None:
    padded = bytes(n_zeros) + raw
    assert multibase.from_base58btc(multibase.base58btc(padded)) == padded


@pytest.mark.parametrize("n_digits", [*range(1, 20), 47, 48, 49, 87, 88, 89, 95, 96, 97, 127, 128, 129, 192, 256, 257])
@pytest.mark.parametrize("difference", [-1, 0, 1])
def test_base58_agrees_with_an_independent_library_at_the_borders_of_the_lanes(n_digits: int, difference: int) -> None:
    number = 58**n_digits + difference
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    assert multibase.base58btc(raw) == base58.b58encode(raw).decode()
    assert multibase.from_base58btc(base58.b58encode(raw).decode()) == raw


@given(st.binary(min_size=56, max_size=300))
def test_base58_of_more_than_one_group_agrees_with_an_independent_library(raw: bytes) -> None:
    assert multibase.base58btc(raw) == base58.b58encode(raw).decode()
    assert multibase.from_base58btc(base58.b58encode(raw).decode()) == raw


@given(st.text(alphabet="123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=300))
def test_reading_any_base58_text_agrees_with_an_independent_library(text: str) -> None:
    assert multibase.from_base58btc(text) == base58.b58decode(text)


# draft-msporny-base58-03, section 5.
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
    ],
)
def test_the_published_base58_vectors_hold(raw: bytes, text: str) -> None:
    assert multibase.base58btc(raw) == text
    assert multibase.from_base58btc(text) == raw


@given(st.binary(max_size=200))
def test_base64url_agrees_with_the_standard_library(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert multibase.base64url(raw) == text
    assert multibase.from_base64url(text) == raw


@pytest.mark.parametrize("text", ["QQ==", "QQ=", "QR", "QUI=", "QUJ=", "QUJ", "Q", "Q Q", "Q+8", "Q/8", "QQ\n", "é"])
def test_base64url_that_is_padded_bent_or_foreign_is_refused(text: str) -> None:
    with pytest.raises(multibase.MalformedMultibaseError):
        multibase.from_base64url(text)


@pytest.mark.parametrize(
    "text", ["", "z0", "zO", "zI", "zl", "z ", "z\n", "zé", "Zabc", "mQQ", "z" + "2" * 600, "u" + "A" * 600]
)
def test_multibase_that_is_not_allowed_is_refused(text: str) -> None:
    with pytest.raises(multibase.MalformedMultibaseError):
        multibase.decode(text)


def test_a_letter_outside_the_allowed_bases_is_refused() -> None:
    with pytest.raises(multibase.MalformedMultibaseError):
        multibase.decode(multibase.encode(b"x", "u"), bases="z")


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_ends_in_bytes_or_a_coded_error(text: str) -> None:
    code = code_of(lambda: multibase.decode(text))
    assert code in {"", "malformed_multibase"}
    assert code or multibase.encode(multibase.decode(text), text[0]) == text


@settings(max_examples=100)
@given(st.binary(min_size=1, max_size=64), st.data())
def test_changing_one_character_of_base64url_changes_the_bytes_or_is_refused(raw: bytes, data: st.DataObject) -> None:
    text = multibase.base64url(raw)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="))
    changed = text[:at] + other + text[at + 1 :]
    if changed != text:
        with contextlib.suppress(multibase.MalformedMultibaseError):
            assert multibase.from_base64url(changed) != raw
