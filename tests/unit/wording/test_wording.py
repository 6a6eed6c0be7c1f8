"""Restricted words are found however they are written, and only where they stand."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from guildhall.cli import app
from guildhall.core.errors import Error
from guildhall.core.wording import (
    MAX_TEXT,
    Hit,
    InvalidWordingRulesError,
    TextTooLongError,
    lint,
    read_wording_rules,
)
from guildhall.schemes.reading import read_scheme
from guildhall.schemes.wording import findings, lint_text, sentence, wording_rules
from tests.world import scheme_file

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 6, 1)
SHIPPED = ROOT / "src" / "guildhall" / "schemes" / "data" / "wording" / "cn-2022.json"
# As the requirement lists them, not as the data file does.
LISTED = [
    "中华人民共和国", "中国", "中华", "国家", "全国", "职业资格", "岗位合格", "岗位合格凭证", "岗位合格（凭证）",
    "专业技术职务", "职业技能等级", "专项职业能力", "国徽",
]  # fmt: skip


def found(text: str, **asked: Any) -> list[str]:
    return [hit.word for hit in hits(text, **asked)]


def hits(text: str, **asked: Any) -> tuple[Hit, ...]:
    return lint(text, wording_rules(), on=asked.pop("on", TODAY), **asked)


# --- What is found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", LISTED)
def test_every_listed_word_is_found_once_and_cites_a_notice(word: str) -> None:
    (hit,) = hits(f"本证书是{word}证书。")
    assert hit.written == word
    assert (hit.start, hit.end) == (4, 4 + len(word))
    assert hit.rule.notice.title["zh"].endswith("工作的通知")
    assert hit.rule.clause
    assert word[:2] in sentence(hit, "zh")
    assert hit.rule.notice.title["en"] in sentence(hit, "en")


def test_the_longest_word_is_taken_and_nothing_is_hit_twice() -> None:
    assert found("中华人民共和国职业资格证书") == ["中华人民共和国", "职业资格"]
    assert found("中华人民") == ["中华"]
    assert found("国家职业技能等级") == ["国家", "职业技能等级"]
    assert found("国家国家") == ["国家", "国家"]


@pytest.mark.parametrize("target", ["s2t", "s2tw", "s2hk"])
@pytest.mark.parametrize("word", LISTED)
def test_traditional_characters_hide_no_word(word: str, target: str) -> None:
    written = opencc.OpenCC(target).convert(word)
    assert [hit.written for hit in hits(f"某{written}某")] == [written]


def test_every_traditional_form_of_a_listed_character_is_known() -> None:
    rules = wording_rules()
    characters = {c for rule in rules.rules for word in rule.words for c in word if "\u3400" <= c <= "\u9fff"}
    for target in ("s2t", "s2tw", "s2hk"):
        converter = opencc.OpenCC(target)
        for character in characters:
            other = converter.convert(character)
            assert other == character or rules.variants[other] == character


@pytest.mark.parametrize(
    "between",
    [
        " ",
        "\u3000",
        "   ",
        "\u200b",
        "\u200d\ufeff",
        "·",
        ".",
        "-",
        "—",
        "*",
        "**",
        "_",
        "|",
        "\n",
        "\t",
        "<b>",
        "</span>",
        "\u0301",
    ],
)
@pytest.mark.parametrize("word", ["国家", "职业资格", "中华人民共和国"])
def test_what_is_put_between_the_characters_hides_no_word(word: str, between: str) -> None:
    written = between.join(word)
    (hit,) = hits(f"甲{written}乙")
    assert hit.word == word
    assert (hit.start, hit.end) == (1, 1 + len(written))


@pytest.mark.parametrize("between", ["，", "。", "、", "；", "：", "？", "！", "\n\n", "（", "」", " " * 40, "甲"])
def test_what_parts_a_sentence_parts_a_word(between: str) -> None:
    assert found(between.join("国家")) == []


@pytest.mark.parametrize(
    "text",
    [
        "安全国际标准",
        "健全国有资产",
        "其中国内部分",
        "集中国有",
        "外国家具",
        "教育部门",
        "岗位能力证书",
        "中和国",
        "职业技能",
    ],
)
def test_characters_that_meet_by_chance_are_no_word(text: str) -> None:
    assert found(text) == []


def test_a_word_beside_a_chance_meeting_is_still_found() -> None:
    assert found("安全国家标准") == ["国家"]
    assert found("全国安全国际") == ["全国"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("National Vocational Qualification", ["national", "vocational qualification"]),
        ("ＣＨＩＮＡ", ["China"]),
        ("people's   republic\nof China", ["People's Republic of China"]),
        ("vocational-skill level", ["vocational skill level"]),
        ("international, Chinatown, nationality", []),
    ],
)
def test_english_is_found_by_whole_words(text: str, expected: list[str]) -> None:
    assert found(text) == expected
    assert found(text, renderings=False) == []


def test_an_emblem_is_found_by_its_name() -> None:
    text = '<img src="images/guohui.png" alt="国徽"> #image("national-emblem.svg")'
    assert [hit.rule.kind for hit in hits(text)] == ["emblem"] * 3


def test_other_bodies_are_found_and_ones_own_name_is_not() -> None:
    assert found("教育部监制") == ["教育部"]
    assert found("某某协会与别的中心", bodies=["别的中心"]) == ["别的中心"]
    assert found("中国焊接协会证书", allowed=["中国焊接协会"]) == []
    assert found("中国焊接协会与中国证书", allowed=["中国焊接协会"]) == ["中国"]
    assert found("教育部", kinds=("word",)) == []


# --- What is allowed, where, when --------------------------------------------------------------------------------------


def test_an_allowed_word_allows_no_longer_one() -> None:
    assert found("职业资格证书", allowed=["职业资格"]) == []
    assert found("中华人民共和国", allowed=["中华"]) == ["中华人民共和国"]
    assert found("國 家", allowed=["国家"]) == []
    assert found("中华人民共和国", allowed=["中华人民共和国"]) == []


def test_a_rule_holds_from_its_day_on() -> None:
    assert found("国家", on=date(2022, 3, 15)) == []
    assert found("国家", on=date(2022, 3, 16)) == ["国家"]
    assert found("职业技能等级", on=date(2022, 4, 28)) == []
    assert found("职业技能等级", on=date(2022, 4, 29)) == ["职业技能等级"]


def test_a_province_s_rule_holds_there() -> None:
    assert found("专项职业能力", region="310000") == []
    assert found("专项职业能力", region="440100") == ["专项职业能力"]
    assert found("专项职业能力", region="000000") == ["专项职业能力"]
    assert found("国家", region="310000") == ["国家"]


def test_a_hit_tells_its_line_and_column() -> None:
    (hit,) = hits("第一行\n第二行：全国统一\n")
    assert (hit.line, hit.column, hit.excerpt) == (2, 5, "第一行 第二行：全国统一")


def test_a_text_may_be_long_but_not_endless() -> None:
    assert len(hits("国家" * 20_000)) == 20_000
    with pytest.raises(TextTooLongError):
        hits("a" * (MAX_TEXT + 1))


@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("中华人民共和国家全国职业资格 \u200b·*<b>\n")), max_size=80
    )
)
def test_any_text_ends_in_hits_that_stand_where_they_say(text: str) -> None:
    last = 0
    for hit in hits(text):
        assert last <= hit.start < hit.end <= len(text)
        assert text[hit.start : hit.end] == hit.written
        assert text.split("\n")[hit.line - 1][hit.column - 1] == hit.written[0]
        last = hit.end


@given(st.text(alphabet="中华人民共和国家全国职业资格其中安际", max_size=30))
@settings(max_examples=200)
def test_hits_are_those_of_a_plain_search_from_left_to_right(text: str) -> None:
    rules = wording_rules()
    words = sorted({word for rule in rules.rules for word in rule.words}, key=len, reverse=True)
    chance = [phrase for rule in rules.rules for phrase in rule.exceptions]
    expected, at = [], 0
    while at < len(text):
        fitting = [
            w for w in words if text.startswith(w, at) and not any(covered(text, at, at + len(w), c) for c in chance)
        ]
        if fitting:
            expected.append((at, fitting[0]))
        at += len(fitting[0]) if fitting else 1
    assert [(hit.start, hit.word) for hit in hits(text)] == expected


def covered(text: str, start: int, end: int, phrase: str) -> bool:
    return any(
        text.startswith(phrase, n) and end <= n + len(phrase) for n in range(max(0, start - len(phrase)), start + 1)
    )


# --- Rules as data -----------------------------------------------------------------------------------------------------


def rules(**members: Any) -> bytes:
    return json.dumps(json.loads((ROOT / "docs" / "examples" / "wording-rules.json").read_text()) | members).encode()


@pytest.mark.parametrize("path", [SHIPPED, ROOT / "docs" / "examples" / "wording-rules.json"], ids=lambda p: p.name)
def test_rules_keep_their_schema_and_read(path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "schemas" / "wording-rules.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(path.read_text()))
    assert read_wording_rules(path.read_bytes()).rules


def test_every_member_of_the_rules_is_described() -> None:
    text = (ROOT / "docs" / "formats" / "wording-rules.md").read_text()
    shipped = json.loads(SHIPPED.read_text())
    for document in (shipped, *shipped["notices"], *shipped["rules"]):
        for member in document:
            assert f"`{member}`" in text, member


@pytest.mark.parametrize(
    "change",
    [
        {"format": "other/1"},
        {"code": "No Code"},
        {"name": {"en": "no Chinese"}},
        {"rules": {}},
        {"rules": [{"code": "x"}]},
        {"notices": []},
        {"variants": {"國國": "国"}},
        {"variants": {"國": ""}},
        {"colour": "red"},
    ],
)
def test_rules_that_do_not_keep_the_format_are_refused_with_their_place(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidWordingRulesError) as refused:
        read_wording_rules(rules(**change))
    assert refused.value.params["problems"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("words", []), ("words", ["***"]), ("words", ["长" * 81]), ("kind", "colour"), ("notice", "unknown"),
        ("ends_on", "2022-01-01"), ("in_force_on", "2022-02-30"), ("clause", ""),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_keep_the_format_is_refused(member: str, value: Any) -> None:
    whole = json.loads(rules())
    whole["rules"][0][member] = value
    with pytest.raises(InvalidWordingRulesError):
        read_wording_rules(json.dumps(whole).encode())


@given(st.binary(max_size=200))
def test_bytes_end_in_rules_or_a_coded_error(data: bytes) -> None:
    with suppress(Error):
        read_wording_rules(data)


# --- Schemes -----------------------------------------------------------------------------------------------------------


def scheme(code: str, **members: Any) -> Any:
    return read_scheme(json.dumps(json.loads(scheme_file(code)) | members).encode())


ALLOWED = {
    "word": "职业资格",
    "basis": {"zh": "《国家职业资格目录》"},
    "starts_on": "2022-01-01",
    "ends_on": "2026-06-01",
}


def test_a_scheme_is_warned_about_a_title_that_its_legal_basis_does_not_allow() -> None:
    assert findings(scheme("pcc"), on=TODAY) == ()
    warned = findings(scheme("vqc"), on=TODAY)
    assert {(one.member, one.language) for one in warned} == {
        (member, tag) for member in ("certificate_name", "name") for tag in ("zh", "en")
    }
    assert "人社部函〔2022〕25号" in str(warned[0])


def test_what_the_legal_basis_allows_passes_on_its_days() -> None:
    names = {"name": {"zh": "职业资格证书"}, "certificate_name": {"zh": "职业资格证书"}}
    allowed = scheme("vqc", **names, allowed_wording=[ALLOWED])
    assert findings(allowed, on=date(2026, 6, 1)) == ()
    assert len(findings(allowed, on=date(2026, 6, 2))) == 2
    longer = scheme("vqc", name={"zh": "甲"}, certificate_name={"zh": "国家职业资格证书"}, allowed_wording=[ALLOWED])
    assert [one.hit.word for one in findings(longer, on=TODAY)] == ["国家"]


@pytest.mark.parametrize(
    "change",
    [{"word": ""}, {"word": " x"}, {"basis": {}}, {"starts_on": "soon"}, {"ends_on": "2021-01-01"}, {"more": 1}],
)
def test_an_allowance_that_does_not_keep_the_format_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Error) as refused:
        scheme("vqc", allowed_wording=[ALLOWED | change])
    assert refused.value.code == "invalid_scheme"


def test_a_text_may_quote_what_it_explains() -> None:
    assert [hit.word for hit in lint_text("为什么不能写“国家”", on=TODAY)] == ["国家"]
    assert lint_text("为什么不能写“国家”", on=TODAY, allowed=["国家"]) == ()


def test_the_articles_that_ship_use_no_restricted_word_unquoted() -> None:
    from guildhall.encyclopedia.articles.reading import name_of_file, read_article

    files = sorted((ROOT / "src" / "guildhall" / "encyclopedia" / "articles" / "texts").glob("*.md"))
    assert len(files) >= 20
    for file in files:
        slug, language = name_of_file(file.name)
        text = read_article(file.read_bytes(), slug=slug, language=language)
        found = [
            hit
            for part in (text.title, text.summary, text.body)
            for hit in lint_text(part, on=TODAY, allowed=text.quotes)
        ]
        assert [(hit.word, hit.excerpt) for hit in found] == [], file.name


# --- The command -------------------------------------------------------------------------------------------------------


def command(*arguments: str, given: str = "") -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["wording", *arguments], input=given)
    return answer.exit_code, answer.output


def test_the_command_tells_each_place_and_ends_with_one(tmp_path: Path) -> None:
    file = tmp_path / "template.typ"
    file.write_text("= 证书\n全国职业资格\n")
    code, output = command(str(file), "--lang", "zh")
    assert code == 1
    assert f"{file}:2:1: “全国”" in output
    assert f"{file}:2:3: “职业资格”" in output
    assert "人社部函〔2022〕25号" in output


def test_the_command_lets_pass_what_the_scheme_allows(tmp_path: Path) -> None:
    file = tmp_path / "scheme.json"
    file.write_text(json.dumps(json.loads(scheme_file("vqc")) | {"allowed_wording": [ALLOWED]}))
    assert command("-", "--scheme", str(file), "--on", "2026-06-01", given="职业资格证书")[0] == 0
    assert command("-", "--scheme", str(file), "--on", "2026-06-02", given="职业资格证书")[0] == 1
    assert command("-", "--allow", "职业资格", given="职业资格证书")[0] == 0


def test_the_command_answers_in_json() -> None:
    code, output = command("-", "--json", "--on", "2026-06-01", given="国 家")
    answer = json.loads(output)
    assert (code, answer["n_hits"], answer["rules"]) == (1, 1, "cn-2022")
    assert (answer["hits"][0]["written"], answer["hits"][0]["notice"]["document_no"]) == (
        "国 家",
        "人社部函〔2022〕25号",
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-such-file"], "file_unreadable"),
        (["-", "--on", "tomorrow"], "bad_date"),
        (["-", "--region", "44"], "bad_region"),
        (["-", "--lang", "fr"], "bad_language"),
        (["-", "--rules", str(ROOT / "docs" / "examples" / "record.json")], "invalid_wording_rules"),
        (["-", "--scheme", str(ROOT / "docs" / "examples" / "record.json")], "invalid_scheme"),
    ],
)
def test_the_command_says_why_it_could_not_look(arguments: list[str], code: str) -> None:
    status, output = command(*arguments, "--json", given="甲")
    assert (status, json.loads(output)["error"]["code"]) == (2, code)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gbk.txt"
    file.write_bytes("国家".encode("gbk"))
    status, output = command(str(file), "--json")
    assert (status, json.loads(output)["error"]["code"]) == (2, "not_utf8")
