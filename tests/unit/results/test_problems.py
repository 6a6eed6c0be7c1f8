from __future__ import annotations

import ast
import inspect
import string

import pytest

from guildhall.core.results import CODES, FIXES, fields, problem, refusals, rows, table
from guildhall.core.results import columns as columns_module
from guildhall.core.results.problems import masked, shown

# Said by the register and its services, not by the reader of the file.
OF_THE_REGISTER = {
    "occupation_unknown",
    "work_type_unknown",
    "issuer_unknown",
    "issuer_differs",
    "site_unknown",
    "scheme_unknown",
    "region_unknown",
    "not_accredited",
    "level_not_in_ladder",
    "number_missing",
    "number_taken",
    "number_layout_wrong",
    "number_level_differs",
    "number_year_differs",
    "number_issuer_differs",
    "numbers_used_up",
    "missing_mark",
    "failed_part",
    "holder_name_differs",
    "already_awarded",
    "already_issued",
    "not_now",
}


def texts_in(module):
    return {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def braces(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_code_is_said_by_the_reader_or_reserved_for_the_register():
    said = set().union(*map(texts_in, (fields, rows, table, refusals, columns_module)))
    assert {code for code in CODES if code not in said} == OF_THE_REGISTER


def test_every_code_has_title_and_remedy_in_both_languages():
    for code, meaning in CODES.items():
        assert set(meaning.title) == set(meaning.more) == {"zh", "en"}, code
        assert all(meaning.title.values()), code
        assert set(FIXES[meaning.fix]) == {"zh", "en"}, code


def test_both_languages_name_the_same_facts():
    for code, meaning in CODES.items():
        assert braces(meaning.more["zh"]) == braces(meaning.more["en"]), code
        assert not braces(meaning.title["zh"]) | braces(meaning.title["en"]), code


def test_every_remedy_is_used():
    assert {meaning.fix for meaning in CODES.values()} == set(FIXES)


def test_a_problem_of_the_register_is_made_in_one_call():
    found = problem(
        7, "颁证机构", "not_accredited", "某中心", reason={"zh": "备案已过期", "en": "the accreditation has expired"}
    )
    assert found.is_error
    assert "备案已过期" in found.detail["zh"]
    assert "expired" in found.detail["en"]
    assert found.as_json()["params"] == {"reason": {"zh": "备案已过期", "en": "the accreditation has expired"}}
    assert problem(7, "", "already_issued", number="A-1").severity == "notice"
    assert found.sentence("zh").startswith("颁证机构: ")


def test_a_code_outside_the_table_or_a_missing_fact_is_our_mistake():
    with pytest.raises(KeyError):
        problem(1, "", "made_up")
    with pytest.raises(KeyError):
        problem(1, "", "not_accredited")


@pytest.mark.parametrize(
    ("value", "is_shown"),
    [
        ("110105194912310021", "11**************21"),
        ("x 11010519491231002X y", "x 11**************2X y"),
        ("110105491231002", "11***********02"),
        ("1510003012300045", "1510003012300045"),  # a certificate number of layout C
        ("Y000123004567195000001", "Y000123004567195000001"),
        ("１１０１０５１９４９１２３１００２１", "１１**************２１"),
        ("1510003012300045 and 1234567890123", "1510003012300045 and 1234567890123"),
        ("AGN37010100123300045", "AGN37010100123300045"),
        ("ID110105194912310021", "ID11**************21"),
        ("110105194912310021" * 20, "11********************21"),
        ("20261106", "20261106"),
    ],
)
def test_what_looks_like_an_id_is_masked_in_the_middle(value, is_shown):
    assert shown(value) == is_shown


@pytest.mark.parametrize(
    ("number", "hidden"), [("", ""), ("1234", "****"), ("12345", "1***5"), ("E12345678", "E1*****78")]
)
def test_short_numbers_are_masked_too(number, hidden):
    assert masked(number) == hidden
