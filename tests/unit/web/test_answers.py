"""A report in words: every code that the verifier writes has its sentence, and nothing is said that was not found."""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import verify
from guildhall.core.report import CHECK_NAMES, Check, Outcome, Report, Verdict
from guildhall.web import answers

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
SUBJECT = {
    "number": "S000111000001263000001",
    "holder": "阿依古丽·买买提",
    "issuer_name": "国家培训中心",
    "issued_on": "2026-05-20",
}
LANGUAGES = ("zh-hans", "en")


def report(*changed: Check, kind: str = "bundle", at: date = date(2026, 6, 1), subject: dict | None = None) -> Report:
    """Return a report in which all is well but for what is changed."""
    lines = {name: Check(name, Outcome.PASSED, "fine", "fine") for name in CHECK_NAMES} | {c.name: c for c in changed}
    return Report(kind, tuple(lines.values()), NOW, at, subject=SUBJECT if subject is None else subject)


def failed(name: str, code: str, **params: object) -> Check:
    return Check(name, Outcome.FAILED, code, "in English", params)


def codes_written() -> set[tuple[str, str, str]]:
    """Return (outcome, check, code) of every line that the verifier writes with a literal code."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(verify))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if node.func.attr in {"passed", "failed", "not_run"} and len(literals) >= 2 and literals[0] in CHECK_NAMES:
                found.add((node.func.attr, literals[0], literals[1]))
    return found


def test_every_code_of_the_verifier_has_a_sentence_of_its_own():
    written = codes_written()
    assert len(written) > 20, "the verifier's source is no longer read rightly"
    without = {
        (name, code)
        for outcome, name, code in written
        if (name, code) not in answers.SENTENCES and not (outcome == "not_run" and code in answers.REASONS)
    }
    assert without == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CHECK_NAMES)
def test_a_code_that_nobody_foresaw_still_says_what_failed(name: str, language: str):
    with translation.override(language):
        answer = answers.of_report(report(failed(name, "never_heard_of")))
    line = next(line for line in answer.lines if line.outcome == "failed")
    assert line.sentence
    assert line.code == "never_heard_of"
    assert answer.verdict == "not-valid"


def test_what_failed_stands_first():
    answer = answers.of_report(report(failed("log", "not_included")))
    assert answer.lines[0].code == "not_included"
    assert [line.outcome for line in answer.lines[1:]] == ["passed"] * 6


def test_what_was_not_run_is_never_said_to_have_passed():
    with translation.override("en"):
        answer = answers.of_report(
            report(Check("status", Outcome.NOT_RUN, "no_status_list", "", {"purpose": "revocation"}))
        )
    assert answer.verdict == "cannot-check"
    assert answer.summary == "6 passed, 1 not run"
    assert "Status" in answer.sentence
    assert "does not count as passed" in answer.sentence


@pytest.mark.parametrize("name", ["issuer", "accreditation", "log"])
def test_a_document_that_nobody_vouches_for_is_only_said_to_claim(name: str):
    with translation.override("en"):
        sentence = answers.of_report(report(failed(name, "whatever"))).sentence
    assert "belongs to" not in sentence
    assert "cannot be relied on" in sentence


def test_an_unproven_document_is_not_repeated_at_all():
    answer = answers.of_report(report(failed("proof", "signature_invalid"), subject={}))
    assert SUBJECT["holder"] not in str(answer)


def test_a_suspension_says_from_when_until_when_and_why():
    event = failed("status", "suspended", from_on="2026-05-25", until_on=None, reason="investigation")
    with translation.override("zh-hans"):
        answer = answers.of_report(report(event))
    assert answer.headline == "这张证书目前中止使用。"
    assert answer.lines[0].sentence == "已中止，自 2026 年 5 月 25 日起，至另行通知。理由：正在调查。"


def test_a_bit_in_the_list_without_an_event_is_told_as_just_that():
    with translation.override("en"):
        answer = answers.of_report(report(failed("status", "revoked", as_of="2026-06-01T00:00:00+00:00")))
    assert answer.headline == "This certificate was awarded and has since been revoked."
    assert answer.lines[0].sentence == "The issuer’s list says that it is revoked."


def test_an_unknown_authority_is_not_called_invalid():
    answer = answers.of_report(report(failed("accreditation", "unknown_authority", authority="did:web:x.example")))
    assert answer.verdict == "unknown-issuer"


def test_a_past_day_is_named_in_the_headline():
    with translation.override("en"):
        answer = answers.of_report(report(at=date(2026, 5, 21)))
    assert answer.headline == "This certificate was in force on 21 May 2026."


def test_no_match_says_nothing_of_what_was_asked():
    assert answers.no_match() == answers.no_match()
    assert not any(character.isdigit() for character in str(answers.no_match()))


def test_the_issuer_is_named_as_the_register_writes_it():
    attested = Check("issuer", Outcome.PASSED, "attested", "", {"name": "国家培训中心"})
    with translation.override("en"):
        answer = answers.of_report(report(attested), issuer_name="National Centre")
    assert "国家培训中心" not in str(answer)
    assert any(line.sentence.startswith("National Centre is on") for line in answer.lines)


def test_names_cannot_bring_markup_into_the_page():
    nasty = SUBJECT | {"holder": "<script>alert(1)</script>", "issuer_name": "<b>x</b>", "number": "<i>1</i>"}
    for case in (report(subject=nasty), report(failed("log", "x"), subject=nasty)):
        assert "<script>" not in answers.of_report(case).sentence
        assert "<b>x</b>" not in answers.of_report(case).sentence


OUTCOMES = st.sampled_from(list(Outcome))
CODES = st.sampled_from([*sorted({code for _, code in answers.SENTENCES}), "other"])
PARAMS = st.dictionaries(
    st.sampled_from(["on", "from_on", "until_on", "filing", "reason", "name", "index", "size", "as_of"]),
    st.one_of(st.none(), st.just("2026-05-20"), st.integers(0, 10**9)),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(OUTCOMES, CODES, PARAMS), min_size=7, max_size=7), st.sampled_from(LANGUAGES))
def test_any_report_can_be_told(lines, language):
    checks = [
        Check(name, outcome, code, "x", params)
        for name, (outcome, code, params) in zip(CHECK_NAMES, lines, strict=True)
    ]
    with translation.override(language):
        answer = answers.of_report(report(*checks))
    assert answer.headline
    assert answer.sentence
    assert answer.verdict in {v.value for v in Verdict}
    assert len(answer.lines) == 7
