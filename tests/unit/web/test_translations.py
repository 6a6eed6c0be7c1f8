"""Every text of the pages in Chinese, and the compiled catalogue what the written one says. No gettext programs needed."""

from __future__ import annotations

import re

import polib
import pytest
from django.template import Engine
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation

from guildhall.web import translations
from guildhall.web.translations import CATALOGUE, COMPILED, WEB

TEMPLATES = sorted(path.relative_to(WEB / "templates").as_posix() for path in (WEB / "templates").rglob("*.html"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def said() -> dict[tuple[str, str], translations.Text]:
    return translations.texts()


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def test_every_text_of_the_pages_stands_in_the_catalogue_with_its_chinese(catalogue: polib.POFile, said):
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    missing = [key for key in said if key not in known or not known[key].translated()]
    assert missing == []


def test_the_catalogue_holds_nothing_that_no_page_says(catalogue: polib.POFile, said):
    assert [entry.msgid for entry in catalogue if (entry.msgctxt or "", entry.msgid) not in said] == []


def test_nothing_in_the_catalogue_is_uncertain(catalogue: polib.POFile):
    assert [entry.msgid for entry in catalogue if entry.fuzzy or entry.obsolete] == []


def test_the_compiled_catalogue_is_what_the_written_one_compiles_to():
    assert COMPILED.read_bytes() == translations.compiled()


def test_a_translation_fills_in_only_what_the_text_gives(catalogue: polib.POFile):
    wrong = []
    for entry in catalogue:
        given = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        used = set(PLACEHOLDER.findall(entry.msgstr or entry.msgstr_plural.get(0, "")))
        lost = given - used if not entry.msgid_plural else set()
        if used - given or lost:
            wrong.append(entry.msgid)
    assert wrong == []


def test_chinese_is_written_with_chinese_marks(catalogue: polib.POFile):
    latin_marks = re.compile(r"[一-鿿][,;:!?](?![a-zA-Z0-9])|[一-鿿]\.$")
    assert [entry.msgid for entry in catalogue if latin_marks.search(entry.msgstr)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_django_would_translate_in_a_template_is_found(name: str, said):
    """The search for texts is ours; Django's own parser is the judge of it."""
    template = Engine.get_default().get_template(name)
    for node in template.nodelist.get_nodes_by_type(TranslateNode):
        context = str(node.message_context.var) if node.message_context else ""
        assert (context, str(getattr(node.filter_expression.var, "literal", node.filter_expression.var))) in said
    for node in template.nodelist.get_nodes_by_type(BlockTranslateNode):
        assert ("", node.render_token_list(node.singular)[0]) in said


def test_the_site_speaks_chinese_from_the_compiled_catalogue():
    with translation.override("zh-hans"):
        assert translation.gettext("One certificate.") == "一张证书，"
    with translation.override("en"):
        assert translation.gettext("One certificate.") == "One certificate."
