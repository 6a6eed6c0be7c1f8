"""What the index is given and asked: folding, terms, pinyin, marking, corrections. No database."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise, product

import opencc
import pypinyin
import pytest
import snowballstemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.errors import Error
from guildhall.encyclopedia.search import pinyin
from guildhall.encyclopedia.search.corrections import Names, corrected, distance
from guildhall.encyclopedia.search.folding import fold, fold_with_places
from guildhall.encyclopedia.search.marking import excerpt, mark
from guildhall.encyclopedia.search.terms import (
    MAX_QUERY,
    All,
    Any,
    NothingToSearchError,
    QueryTooLongError,
    Term,
    question,
    terms_of,
)

TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("电工電乾燥员師 \u3000ＡＢ-6３ßé\u0301ﬁ①㈱\u200bＩİ𠮷々〇ー\x00\ud800'\"*&|:()"),
    ),
    max_size=40,
)


# --- Folding ---------------------------------------------------------------------------------------------------------


@given(TEXTS, TEXTS)
def test_a_part_of_a_text_is_a_part_of_the_folded_text(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_each_folded_character_has_its_place_in_the_text(text: str) -> None:
    folded, places = fold_with_places(text)
    assert folded == fold(text)
    assert len(places) == len(folded)
    assert places == sorted(places)
    assert "".join(fold(text[place]) for place in dict.fromkeys(places)) == folded


@given(TEXTS)
def test_a_folded_text_holds_nothing_that_a_database_refuses(text: str) -> None:
    folded = fold(text)
    folded.encode()
    assert not any(unicodedata.category(one) in ("Cc", "Cs", "Mn") for one in folded)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("電工", "电工"),
        ("乾燥", "干燥"),
        ("ＳＭＴ操作员", "smt操作员"),
        ("Café-Œuvre", "cafe-œuvre"),
        ("6－31—01", "6-31-01"),
        ("电\u200b工", "电工"),
        ("a\x00b\ud800c", "a b c"),
        ("Straße", "strasse"),
        ("ﬁtter", "fitter"),
    ],
)
def test_ways_to_write_the_same(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    "name", ["电工", "养老护理员", "人工智能训练师", "汽车维修工", "云计算工程技术人员", "钢琴调律师"]
)
def test_traditional_names_fold_to_simplified_ones(name: str) -> None:
    for target in ("s2t", "s2tw", "s2hk"):
        assert fold(opencc.OpenCC(target).convert(name)) == name


# --- Terms -----------------------------------------------------------------------------------------------------------


@given(TEXTS, TEXTS)
def test_terms_are_letters_figures_and_common_characters_only(name: str, text: str) -> None:
    made = terms_of([name], [name], [text], [name])
    for terms in (made.title, made.names, made.text):
        assert re.fullmatch(r"[0-9a-z\u3400-\u4db5\u4e00-\u9fa5 ]*", terms)
        assert all(len(term) < 2046 // 3 or len(term.encode()) < 2046 for term in terms.split())


@given(TEXTS)
def test_any_query_is_a_question_or_a_coded_error(query: str) -> None:
    try:
        asked = question(query)
    except NothingToSearchError:
        assert not any(one.isalnum() for one in fold(query))
        return
    if asked is None:
        assert not fold(query).strip()
        return
    for term in _terms(asked.wanted):
        assert re.fullmatch(r"[0-9a-z\u3400-\u4db5\u4e00-\u9fa5]+", term.text)
    assert all(piece in fold(query) for piece in asked.contains)


def test_a_query_of_two_hundred_characters_is_the_longest() -> None:
    assert question("电" * MAX_QUERY) is not None
    with pytest.raises(QueryTooLongError):
        question("电" * (MAX_QUERY + 1))


@pytest.mark.parametrize("query", ["*", '"', "()", "-", "…。！", "' OR", "%%%"])
def test_signs_alone_are_nothing_to_search_for(query: str) -> None:
    if any(letter.isalnum() for letter in query):
        assert question(query) is not None
        return
    with pytest.raises(NothingToSearchError):
        question(query)


@pytest.mark.parametrize("query", ["", "   ", "\u3000\t\n", "\x00", "\u200b"])
def test_a_blank_query_asks_nothing(query: str) -> None:
    assert question(query) is None


def test_small_words_are_left_out_beside_others_only() -> None:
    assert question("manager of the") == question("manager the") or question("manager of the").pieces == ("manager",)
    assert question("the").pieces == ("the",)


def test_a_code_is_one_piece_and_is_found_by_its_beginning() -> None:
    asked = question("6-31-01")
    assert asked.pieces == ("6-31-01",)
    assert asked.by_code
    whole = terms_of(["x"], [], [], ["6-31-01-03"]).title.split()
    begun = next(term for term in _terms(asked.wanted) if term.begins)
    assert any(term.startswith(begun.text) for term in whole)


def _terms(node: Term | All | Any) -> list[Term]:
    return [node] if isinstance(node, Term) else [term for one in node.of for term in _terms(one)]


# --- Pinyin ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "initials", "spelling"),
    [
        ("电工", "dg", "diangong"),
        ("重庆", "cq", "chongqing"),
        ("律师", "ls", "lvshi"),
        ("律师", "ls", "lushi"),
        ("smt操作员", "smtczy", "smtcaozuoyuan"),
        ("调车长", "dcz", "diaochezhang"),
        ("调车长", "tcc", "tiaochechang"),
    ],
)
def test_a_name_is_known_by_its_pinyin_in_every_reading(name: str, initials: str, spelling: str) -> None:
    assert initials in pinyin.initials(name)
    assert spelling in pinyin.spellings(name)


@given(st.text(alphabet="电工行长重调车乐了女绿员师干", min_size=1, max_size=4))
def test_few_readings_are_all_combined(name: str) -> None:
    ways = [
        {way for one in pypinyin.pinyin(c, style=pypinyin.Style.NORMAL, heteronym=True)[0] for way in _v(one)}
        for c in name
    ]
    # A character beside others may have fewer readings than alone; what stays is among them.
    every = {"".join(one) for one in product(*ways)}
    assert pinyin.spellings(name) <= every
    assert "".join(pypinyin.lazy_pinyin(name)) in pinyin.spellings(name)


def _v(syllable: str) -> set[str]:
    return {syllable, syllable.replace("v", "u", 1)} if syllable[:2] in ("nv", "lv") else {syllable}


def test_a_name_with_very_many_readings_stays_bounded() -> None:
    assert len(pinyin.spellings("行" * 30)) < 200
    assert "hang" * 30 in pinyin.spellings("行" * 30) or "xing" * 30 in pinyin.spellings("行" * 30)


@pytest.mark.parametrize(
    ("letters", "n"), [("dian", 1), ("diangong", 2), ("diang", 2), ("cook", 0), ("nurse", 0), ("lv", 1), ("xian", 1)]
)
def test_letters_are_cut_into_syllables(letters: str, n: int) -> None:
    assert pinyin.n_syllables(letters) == n


# --- Marking ---------------------------------------------------------------------------------------------------------


@given(TEXTS, st.lists(TEXTS.map(fold).filter(lambda one: any(c.isalnum() for c in one)), max_size=3))
def test_the_parts_put_together_are_the_text(text: str, pieces: list[str]) -> None:
    parts = mark(text, pieces)
    assert "".join(part.text for part in parts) == text
    assert all(part.text for part in parts)
    assert not any(a.marked and b.marked for a, b in pairwise(parts))


def test_what_was_looked_for_is_marked_as_it_is_written() -> None:
    assert [p.text for p in mark("維修電工，電工", ["电工"]) if p.marked] == ["電工", "電工"]
    assert [p.text for p in mark("Electricians’ tools", ["electrician"]) if p.marked] == ["Electricians"]
    assert [p.text for p in mark("electrical", ["elec"]) if p.marked] == ["elec"]
    assert [p.text for p in mark("<b>电工</b>", ["电工"]) if p.marked] == ["电工"]


def test_an_excerpt_shows_where_it_was_found() -> None:
    text = "甲" * 300 + "电工" + "乙" * 300
    parts = excerpt(text, ["电工"], length=100)
    assert [p.text for p in parts if p.marked] == ["电工"]
    assert sum(len(p.text) for p in parts) == 102
    assert (parts[0].text, parts[-1].text) == ("…", "…")
    assert "".join(p.text for p in excerpt("短", ["电"], length=100)) == "短"


# --- Corrections -----------------------------------------------------------------------------------------------------


def textbook(one: str, other: str) -> int:
    """The restricted Damerau-Levenshtein distance by its definition, cell by cell."""
    cells = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i, j in product(range(1, len(one) + 1), range(1, len(other) + 1)):
        ways = [cells[i - 1, j] + 1, cells[i, j - 1] + 1, cells[i - 1, j - 1] + (one[i - 1] != other[j - 1])]
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            ways.append(cells[i - 2, j - 2] + 1)
        cells[i, j] = min(ways)
    return cells[len(one), len(other)]


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8), st.integers(0, 4))
@settings(max_examples=300)
def test_the_distance_is_that_of_the_textbook(one: str, other: str, at_most: int) -> None:
    assert distance(one, other, at_most=at_most) == min(textbook(one, other), at_most + 1)


NAMES = Names.of([("电工", "electrician"), ("焊工", "welder"), ("养老护理员",), ("会计专业人员", "accountant")])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("电公", "电工"),
        ("点工", "电工"),
        ("养老护里员", "养老护理员"),
        ("diangogn", "电工"),
        ("dinagong", "电工"),
        ("electrican", "electrician"),
        ("eletcrician", "electrician"),
        ("wleder", "welder"),
        ("acountant", "accountant"),
    ],
)
def test_a_slip_of_the_finger_is_understood(typed: str, meant: str) -> None:
    asked = question(typed)
    assert asked is not None
    assert corrected(asked, NAMES, language="zh")[0] == meant


@pytest.mark.parametrize("typed", ["电工", "zzzz", "化学", "x"])
def test_what_is_right_or_far_off_is_left_alone(typed: str) -> None:
    asked = question(typed)
    assert asked is not None
    assert typed not in corrected(asked, NAMES, language="zh")
    if typed != "电工":
        assert corrected(asked, NAMES, language="zh") == []


@given(TEXTS)
@settings(max_examples=60)
def test_nothing_typed_breaks_the_corrections(query: str) -> None:
    try:
        asked = question(query)
    except Error:
        return
    if asked is not None:
        assert all(isinstance(one, str) for one in corrected(asked, NAMES, language="en"))


@given(st.from_regex(r"[a-z]{2,12}", fullmatch=True))
def test_every_english_word_meets_its_own_stem(word: str) -> None:
    held = terms_of([], [], [word], []).text.split()
    assert held == ["w" + snowballstemmer.stemmer("english").stemWord(word)]
