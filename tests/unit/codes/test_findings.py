from __future__ import annotations

import ast
import inspect
import string

import pytest

from guildhall.core.codes import certificate_number, credit_code, identity, occupation_code, resident_id
from guildhall.core.codes.answer import finding
from guildhall.core.codes.findings import FINDINGS

MODULES = (certificate_number, credit_code, identity, occupation_code, resident_id)


def fields(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def codes_said_in_the_source():
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "finding":
                yield node.args[0].value


def test_every_finding_has_a_sentence_in_both_languages():
    for code, sentences in FINDINGS.items():
        assert set(sentences) == {"zh", "en"}, code
        assert all(sentences.values()), code


def test_every_code_in_the_table_is_said_somewhere_and_the_other_way_round():
    assert set(codes_said_in_the_source()) == set(FINDINGS)


def test_a_code_outside_the_table_is_our_mistake():
    with pytest.raises(KeyError):
        finding("made_up")


def test_a_sentence_names_its_facts():
    found = finding("wrong_length", n=17, expected=18)
    assert "17" in found.sentence("zh")
    assert "17" in found.detail
    assert found.as_json()["params"] == {"n": 17, "expected": 18}
