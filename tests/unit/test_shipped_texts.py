"""What ships to be read: articles and sample standards are whole, in both languages, and lead nowhere that is not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import orjson
import pytest

from guildhall.core import standard
from guildhall.encyclopedia.articles.reading import Text, name_of_file, read_article
from guildhall.schemes import wording
from guildhall.standards.reading import OccupationFacts, read_classification

_LINK = re.compile(r"\]\(article:([a-z0-9-]+)\)")
_MARKER = re.compile(r"\{\{([^}]+)\}\}")
_FIGURE = re.compile(r"[0-9]{3,}\s*(?:张证书|家机构|certificates|issuers)")
# Rules live in the schemes of the register; an article may only use the words that it says it quotes.
_DAY = date(2026, 11, 22)


@cache
def _articles() -> Mapping[tuple[str, str], Text]:
    folder = resources.files("guildhall.encyclopedia.articles").joinpath("texts")
    found = {}
    for file in folder.iterdir():
        slug, language = name_of_file(file.name)
        found[slug, language] = read_article(file.read_bytes(), slug=slug, language=language)
    return found


@cache
def _standards() -> Mapping[str, standard.Document]:
    folder = resources.files("guildhall.standards").joinpath("data", "standards")
    return {file.name: standard.parse(file.read_bytes()) for file in folder.iterdir()}


@cache
def _occupations() -> Mapping[str, OccupationFacts]:
    data = resources.files("guildhall.standards").joinpath("data", "cn-2022.json").read_bytes()
    return {one.code: one for one in read_classification(data).occupations}


def _texts_of(value: Any, path: str = "$") -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(value, dict) and "zh" in value:
        yield path, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _texts_of(below, f"{path}.{name}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts_of(below, f"{path}[{index}]")


def test_there_are_twelve_articles_and_each_is_in_both_languages() -> None:
    languages: dict[str, set[str]] = {}
    for slug, language in _articles():
        languages.setdefault(slug, set()).add(language)
    assert len(languages) >= 12
    assert {slug for slug, tags in languages.items() if tags != {"zh", "en"}} == set()


def test_an_article_is_about_the_same_in_both_languages() -> None:
    for slug, language in _articles():
        zh, en = _articles()[slug, "zh"], _articles()[slug, "en"]
        assert (zh.kind, zh.about, zh.field) == (en.kind, en.about, en.field), slug
        assert language in {"zh", "en"}


def test_both_languages_show_the_same_live_facts() -> None:
    for slug, _ in _articles():
        zh, en = (Counter(_MARKER.findall(_articles()[slug, tag].body)) for tag in ("zh", "en"))
        assert set(zh) == set(en), slug


def test_links_between_articles_lead_to_articles_that_ship() -> None:
    for (slug, language), text in _articles().items():
        for target in _LINK.findall(text.body):
            assert (target, language) in _articles(), f"{slug}.{language} leads to {target}"


def test_articles_use_no_restricted_word_that_they_do_not_quote() -> None:
    for (slug, language), text in _articles().items():
        for part in (text.title, text.summary, text.body):
            hits = wording.lint_text(part, on=_DAY, allowed=text.quotes)
            assert [hit.written for hit in hits] == [], f"{slug}.{language}"


def test_what_an_article_says_to_quote_stands_in_it() -> None:
    for (slug, language), text in _articles().items():
        whole = f"{text.title}\n{text.summary}\n{text.body}"
        assert [word for word in text.quotes if word.lower() not in whole.lower()] == [], f"{slug}.{language}"


def test_figures_of_the_register_are_never_typed() -> None:
    for (slug, language), text in _articles().items():
        found = [hit for hit in _FIGURE.findall(text.body) if not hit.startswith(("128万", "1,280"))]
        assert found == [], f"{slug}.{language}"


def test_every_article_says_where_its_facts_come_from() -> None:
    without = {slug for (slug, tag), text in _articles().items() if tag == "en" and "## Source" not in text.body}
    # Words explained and questions of what this software does have no other source than the software.
    assert without <= {"glossary", "status-words", "public-log", "for-employers"}


def test_occupations_that_articles_are_about_are_in_the_classification() -> None:
    for text in _articles().values():
        codes = {one.partition(":")[2] for one in text.about if one.startswith(("occupation:", "standard:"))}
        assert codes <= set(_occupations())


@pytest.mark.parametrize("occupation", ["6-31-01-03", "4-10-01-05", "4-04-05-05"])
def test_a_whole_sample_standard_ships_for_the_edition_in_force(occupation: str) -> None:
    facts = {one.edition: one for one in _occupations()[occupation].standards}
    document = _standards()[f"{occupation}-2024.json"]
    assert document.in_force_on == facts["2024"].in_force_on
    assert document.name == facts["2024"].name
    assert set(document.levels) == set(facts["2024"].levels) == {"5", "4", "3", "2", "1"}


def test_every_shipped_standard_says_that_it_is_a_sample_and_no_official_text() -> None:
    for document in _standards().values():
        assert document.sample
        assert document.document_no == ""
        assert "演示样本" in document.name["zh"]
        assert "非官方" in document.body["zh"]


def test_every_text_of_a_shipped_standard_is_in_both_languages() -> None:
    for name, document in _standards().items():
        missing = [
            path
            for path, texts in _texts_of(orjson.loads(orjson.dumps(document.content)))
            if set(texts) != {"zh", "en"}
        ]
        assert missing == [], name


def test_each_level_has_three_functions_or_more_with_skills_and_knowledge_in_each_content() -> None:
    for name, document in _standards().items():
        for level in document.levels:
            functions = document.requirements[level]
            assert 3 <= len(functions) <= 5, (name, level)
            for function in functions:
                assert 2 <= len(function.items) <= 3, (name, level, function.number)
                for content in function.items:
                    kinds = Counter(item.kind for item in content.items)
                    assert kinds["skill"] >= 2, (name, level, content.number)
                    assert kinds["knowledge"] >= 2, (name, level, content.number)


def test_skills_begin_with_can() -> None:
    for document in _standards().values():
        for level in document.levels:
            for item in document.items(level):
                if item.kind == "skill":
                    assert item.name["zh"].startswith("能")
                    assert item.name["en"].startswith("Can ")


def test_each_part_asks_for_sixty_of_a_hundred_and_the_upper_levels_are_reviewed() -> None:
    for document in _standards().values():
        for part in document.overview.parts:
            assert (part.pass_mark, part.full_mark) == (60, 100)
        kinds = {level: {p.kind for p in document.overview.parts if level in p.levels} for level in document.levels}
        assert {level for level, held in kinds.items() if "review" in held} == {"2", "1"}
        assert all({"theory", "skill"} <= held for held in kinds.values())


def test_the_next_edition_comes_after_the_one_in_force_and_changes_something() -> None:
    now, later = (_standards()[f"6-31-01-03-{edition}.json"] for edition in ("2024", "2027"))
    assert later.in_force_on > now.in_force_on
    assert standard.digest(now.content) != standard.digest(later.content)
