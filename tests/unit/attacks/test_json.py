"""JSON that two readers could read differently: none of it is read at all."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

import pytest

from guildhall.core.report import Verdict
from tests.unit.attacks.made import Forge, ask, judged
from tests.unit.verify.made import Register

GOOD = json.dumps(Register(cryptosuite="eddsa-jcs-2022").bundle(), ensure_ascii=False).encode()
NUMBER = b'"licenseNumber": "'


def _insert(before: bytes, text: bytes) -> bytes:
    assert GOOD.count(before) == 1, before
    return GOOD.replace(before, text + before)


BYTES: dict[str, tuple[bytes, str]] = {
    "byte_order_mark": (b"\xef\xbb\xbf" + GOOD, "malformed_json"),
    "utf_16": (GOOD.decode().encode("utf-16"), "malformed_json"),
    "utf_32_without_a_mark": (GOOD.decode().encode("utf-32-le"), "malformed_json"),
    "overlong_slash": (_insert(NUMBER, b'"x": "\xc0\xaf", '), "malformed_json"),
    "overlong_quote_that_ends_a_text": (_insert(NUMBER, b'"x": "\xc0\xa2, '), "malformed_json"),
    "surrogate_as_bytes": (_insert(NUMBER, b'"x": "\xed\xa0\x80", '), "malformed_json"),
    "lone_surrogate": (_insert(NUMBER, b'"x": "\\ud800", '), "malformed_json"),
    "surrogates_the_wrong_way_round": (_insert(NUMBER, b'"x": "\\udc00\\ud800", '), "malformed_json"),
    "raw_line_feed_in_a_text": (_insert(NUMBER, b'"x": "a\nb", '), "malformed_json"),
    "raw_zero_in_a_text": (_insert(NUMBER, b'"x": "a\0b", '), "malformed_json"),
    "zero_behind_the_end": (GOOD + b"\0", "malformed_json"),
    "second_value_behind_the_end": (GOOD + b"{}", "malformed_json"),
    "comment": (_insert(NUMBER, b"/* genuine */ "), "malformed_json"),
    "trailing_comma": (GOOD[:-1] + b",}", "malformed_json"),
    "not_a_number": (_insert(NUMBER, b'"x": NaN, '), "malformed_json"),
    "infinity": (_insert(NUMBER, b'"x": -Infinity, '), "malformed_json"),
    "leading_zero": (_insert(NUMBER, b'"x": 01, '), "malformed_json"),
    "hexadecimal": (_insert(NUMBER, b'"x": 0x1, '), "malformed_json"),
    "number_beyond_a_double": (_insert(NUMBER, b'"x": 1e400, '), "number_out_of_range"),
    "number_with_an_endless_exponent": (_insert(NUMBER, b'"x": 1e' + b"9" * 5000 + b", "), "number_out_of_range"),
    "integer_beyond_53_bits": (_insert(NUMBER, b'"x": 9007199254740992, '), "number_out_of_range"),
    "integer_that_a_double_rounds": (_insert(NUMBER, b'"x": 9007199254740993.0, '), ""),
    "integer_beyond_64_bits": (_insert(NUMBER, b'"x": 18446744073709551617, '), "number_out_of_range"),
    "integer_of_a_thousand_digits": (_insert(NUMBER, b'"x": ' + b"9" * 1000 + b", "), "number_out_of_range"),
    "number_twice": (_insert(NUMBER, b'"licenseNumber": "S0", '), "duplicate_key"),
    "number_twice_once_in_escapes": (_insert(NUMBER, b'"license\\u004eumber": "S0", '), "duplicate_key"),
    "number_twice_and_a_colon_hidden": (
        _insert(NUMBER, b'"licenseNumber": "S0", "x": "\\u003a", '), "duplicate_key",
    ),
    "number_twice_and_a_text_full_of_colons": (
        _insert(NUMBER, b'"licenseNumber": "::::", "x": "::", '), "duplicate_key",
    ),
    "type_of_the_bundle_twice": (b'{"type": "x", ' + GOOD[1:], "duplicate_key"),
    "proof_twice_once_in_escapes": (_insert(b'"proof": [', b'"pr\\u006fof": [], '), "duplicate_key"),
    "context_twice": (_insert(NUMBER, b'"@context": [], "\\u0040context": [], '), "duplicate_key"),
    "nested_without_end": (_insert(NUMBER, b'"x": ' + b"[" * 100_000 + b"]" * 100_000 + b", "), "too_large"),
    "nested_and_never_closed": (b'{"a":' * 100_000, "too_large"),
    "text_of_two_megabytes": (GOOD[:-1] + b" " * (2 << 20) + b"}", "too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_what_can_be_read_in_two_ways_is_not_read(name: str) -> None:
    data, code = BYTES[name]
    report = ask(data)
    assert report.verdict is Verdict.NOT_VALID
    assert not code or judged(report) == (["shape"], code)


def test_the_same_bundle_with_other_blanks_and_escapes_is_the_same() -> None:
    assert ask(json.dumps(json.loads(GOOD), indent=2, sort_keys=True).encode()).valid


SMUGGLED: dict[str, Callable[[], bytes]] = {
    "prototype": lambda: _insert(NUMBER, b'"__proto__": {"licenseNumber": "S0"}, '),
    "constructor": lambda: _insert(NUMBER, b'"constructor": {"prototype": {}}, '),
    "name_that_looks_alike": lambda: _insert(NUMBER, '"licenseNumbe\u0433": "S0", '.encode()),
    "name_with_a_joiner": lambda: _insert(NUMBER, '"licenseNumber\u200d": "S0", '.encode()),
    "minus_zero": lambda: _insert(NUMBER, b'"x": -0, '),
    "empty_name": lambda: _insert(NUMBER, b'"": "S0", '),
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_member_smuggled_into_signed_words_breaks_the_proof(name: str) -> None:
    assert judged(ask(SMUGGLED[name]())) == (["proof"], "signature_invalid")


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_member_smuggled_into_signed_statements_is_no_term(name: str) -> None:
    """Under rdfc too: what no context defines is refused instead of dropped."""
    smuggled = json.loads(SMUGGLED[name]())["credential"]["credentialSubject"]
    bundle = Register(cryptosuite="eddsa-rdfc-2022").bundle()
    bundle["credential"]["credentialSubject"] |= {
        n: m for n, m in smuggled.items() if n not in ("achievement", "source")
    }
    report = ask(bundle)
    assert judged(report)[0] == ["proof"]
    assert report.check("proof").code in {"undefined_term", "invalid_jsonld", "signature_invalid"}


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_texts_are_not_normalised_on_the_way(suite: str) -> None:
    """One name in two forms of Unicode is two names: whoever changes the form has changed what was signed."""
    composed, apart = "Zoë", unicodedata.normalize("NFD", "Zoë")

    def named(document: dict[str, object]) -> None:
        subject = document["credentialSubject"]
        assert isinstance(subject, dict)
        subject["identifier"][0]["identityHash"] = composed

    bundle = Forge(change=named, cryptosuite=suite).bundle()
    assert ask(bundle).subject["holder"] == composed
    data = json.dumps(bundle, ensure_ascii=False)
    assert judged(ask(data.replace(composed, apart).encode())) == (["proof"], "signature_invalid")


@pytest.mark.parametrize(("written", "other"), [("82", 82), ("82", 82.0), ("82", "82.0"), ("82", True), ("82", None)])
def test_a_mark_of_another_type_or_form_is_another_mark(written: str, other: object) -> None:
    for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        bundle = Register(cryptosuite=suite).bundle()
        result = bundle["credential"]["credentialSubject"]["result"][0]
        assert result["value"] == written
        result["value"] = other
        assert judged(ask(bundle))[0] == ["proof"]
