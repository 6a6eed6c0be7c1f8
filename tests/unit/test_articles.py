"""Articles before any database: what is taken, what is refused and where, and that nothing gets through as mark-up."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.errors import Error
from guildhall.encyclopedia.articles import markdown
from guildhall.encyclopedia.articles.markers import SHAPES, Marker
from guildhall.encyclopedia.articles.reading import InvalidArticleError, name_of_file, parted, read_article

HEAD = "title: 标题\nsummary: 一句话。\nkind: how-to\n\n"


def read(text: str, *, slug: str = "a", language: str = "zh"):
    return read_article(text.encode(), slug=slug, language=language)


def codes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(InvalidArticleError) as refused:
        read(text)
    return [(problem.line, problem.code) for problem in refused.value.found]


def html(body: str) -> str:
    return markdown.render(body, resolve=lambda address: f"/to/{address}", fill=lambda marker: f"<i>{marker}</i>").html


# What a browser may be tricked by; none of it may come out as a tag, an attribute or a link.
ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example/)",
    "[x](/\\evil.example)",
    "[x](https://guildhall.example@evil.example/)",
    "[x](http://plain.example/)",
    "![x](https://evil.example/pixel.png)",
    '<https://evil.example/" onmouseover="alert(1)>',
    '[x](/check "onmouseover=alert(1)")',
    "<a href='javascript:alert(1)'>x</a>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    "[x]: javascript:alert(1)\n\n[x]",
    "<!-- <script>alert(1)</script> -->",
    "<style>body{display:none}</style>",
    "| <b onclick=alert(1)> |\n|---|\n| x |",
    "## <u>x</u> {#id onclick=alert(1)}",
    "\ue0000\ue001",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<form action=/x><button>y</button></form>",
    "<base href=//evil.example>",
)
ALLOWED = {tag: set() for tag in markdown.TAGS} | {
    "a": {"href", "class"}, "div": {"class", "tabindex", "role", "aria-label"}, "td": {"class"}, "th": {"class"}, "ol": {"start"},
    **{f"h{n}": {"id"} for n in range(2, 7)}, "i": set(),
}  # fmt: skip


class Watcher(HTMLParser):
    """Notes every tag and attribute that is not ours."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ALLOWED:
            self.seen.append(tag)
        for name, value in attrs:
            if name not in ALLOWED.get(tag, ()):
                self.seen.append(f"{tag} {name}")
            if name == "href" and not (value.startswith(("/to/", "https://"))):
                self.seen.append(value)

    def handle_comment(self, data):
        self.seen.append(f"comment {data}")

    def handle_decl(self, decl):
        self.seen.append(decl)


def strange(drawn: str) -> list[str]:
    watcher = Watcher()
    watcher.feed(drawn)
    watcher.close()
    return watcher.seen


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_comes_out_as_markup(attack: str):
    assert strange(html(attack)) == []
    assert strange(html(f"before {attack} after")) == []


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [*ATTACKS, "{{count}}", "{{shares}}", "\n\n", "`", "**", "](", "<", ">", "&", "\\", "| a |\n|--:|\n"]
            ),
            st.text(max_size=8),
        ),
        max_size=12,
    )
)
@settings(max_examples=200)
def test_no_mixture_of_attacks_comes_out_as_markup(parts: list[str]):
    assert strange(html("".join(parts))) == []


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_any_bytes_end_in_a_text_or_in_an_error_of_ours(data: bytes):
    for given_ in (data, HEAD.encode() + data):
        try:
            text = read_article(given_, slug="a", language="zh")
        except Error:
            continue
        assert text.title
        assert strange(html(text.body)) == []


def test_a_whole_file_is_read():
    text = read_article(
        "title: T\nsummary: S\nkind: system\nabout: scheme:pcc, occupation:6-31-01-03\nfield: 6\nauthor: A, B\n"
        "quotes: 职业资格、合格证\n\nText {{count:pcc}}.\n\n{{shares}}\n".encode(),
        slug="two-tracks",
        language="en",
    )
    assert (text.title, text.summary, text.kind, text.field) == ("T", "S", "system", "6")
    assert text.about == ("scheme:pcc", "occupation:6-31-01-03")
    assert text.authors == ("A", "B")
    assert text.quotes == ("职业资格", "合格证")
    assert markdown.plain_text(text.body) == "Text ."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: T\nkind: system\n\nx", [(1, "missing_line")]),
        ("title: T\ntitle: U\nsummary: S\nkind: system\n\nx", [(2, "repeated_line")]),
        ("title: T\nsummary: S\nkind: system\nsummry: x\n\nx", [(4, "unknown_line")]),
        ("title: T\nsummary: S\nkind: song\n\nx", [(1, "unknown_kind")]),
        ("title: T\nsummary: S\nkind: system\nabout: scheme:pcc, nothing:at-all\n\nx", [(1, "bad_subject")]),
        ("title: T\nsummary: S\nkind: system\nfield: 9\n\nx", [(1, "bad_field")]),
        (f"title: {'T' * 81}\nsummary: S\nkind: system\n\nx", [(1, "too_long")]),
        (HEAD + "# Title\n", [(5, "heading_too_high")]),
        (HEAD + "one\n\n[x](javascript:alert(1))\n", [(7, "refused_link")]),
        (HEAD + "![x](/a.png)\n", [(5, "refused_picture")]),
        (HEAD + "{{nothing}}\n", [(5, "unknown_marker")]),
        (HEAD + "{{count:Pcc!}}\n", [(5, "unknown_marker")]),
        (HEAD + "{{share}}\n", [(5, "unknown_marker")]),
        (HEAD + "{{份额：pcc}}\n", [(5, "unknown_marker")]),
        (HEAD + "one {{shares}}\n", [(5, "misplaced_marker")]),
        (HEAD + "one\n\n\n<b>two</b>\n", [(8, "html_as_text")]),
        (HEAD + "a\0b\n", [(0, "unreadable_text")]),
    ],
)
def test_each_fault_has_its_code_and_its_line(text: str, expected: list[tuple[int, str]]):
    assert codes(text) == expected


def test_all_faults_are_told_at_once():
    found = codes("title: T\nkind: song\nx: y\n\n# A\n\n<b> {{x}} [l](data:x)\n")
    assert {code for _line, code in found} == {
        "missing_line", "unknown_kind", "unknown_line", "heading_too_high", "html_as_text", "unknown_marker", "refused_link",
    }  # fmt: skip


def test_what_is_too_large_or_no_text_is_refused():
    with pytest.raises(InvalidArticleError) as refused:
        read_article(b"x" * (64 * 1024 + 1), slug="a", language="zh")
    assert refused.value.params["codes"] == ["too_large"]
    with pytest.raises(InvalidArticleError) as refused:
        read_article("title: T\nsummary: 岗位能力\n".encode("gb18030"), slug="a", language="zh")
    assert [(one.line, one.code) for one in refused.value.found] == [(2, "unreadable_text")]


@pytest.mark.parametrize(
    "name", ["A.zh.md", "a.md", "a.fr.md", "a--b.zh.md", "../a.zh.md", "a.zh.txt", f"{'a' * 65}.zh.md"]
)
def test_a_file_of_another_name_is_refused(name: str):
    with pytest.raises(InvalidArticleError):
        name_of_file(name)


def test_small_signs_are_no_tags():
    read(HEAD + "3 < 5 and 7 > 2, a<b, R&D, <3\n")


def test_an_escaped_marker_and_one_in_code_stay_as_they_are():
    rendered = markdown.render(r"\{{count}} `{{count}}` {{count}}", resolve=str, fill=lambda _: "7")
    assert rendered.markers == (Marker("count"),)
    assert rendered.html.count("{{count}}") == 2
    assert "7" in rendered.html


def test_a_block_marker_loses_its_paragraph_and_an_inline_one_keeps_it():
    drawn = html("{{shares}}\n\n{{count}}\n")
    assert "<p><i>{{shares}}</i>" not in drawn
    assert "<p><i>{{count}}</i></p>" in drawn


def test_headings_are_listed_and_lead_to_their_places():
    rendered = markdown.render("## One\n\n### Two\n\n## Three\n", resolve=str, fill=str)
    assert [heading.text for heading in rendered.contents] == ["One", "Three"]
    assert all(f'id="{heading.anchor}"' in rendered.html for heading in rendered.contents)
    assert len(set(re.findall(r'id="([^"]+)"', rendered.html))) == 3


def test_a_link_to_an_article_that_is_not_there_is_its_words():
    assert (
        markdown.render("[words](article:gone)", resolve=lambda _: "", fill=str).html.strip() == "<p><a>words</a></p>"
    )


def test_each_table_has_a_name_of_its_own():
    table = "| a |\n|---|\n| 1 |\n\n"
    drawn = markdown.render(f"{table}x\n\n{table}", resolve=str, fill=str, table="表").html
    assert re.findall(r'aria-label="([^"]+)"', drawn) == ["表 1", "表 2"]
    assert drawn.count("<div") == drawn.count("</div>") == 2


def test_figures_stand_to_the_right():
    assert '<td class="figure">1</td>' in html("| a |\n|--:|\n| 1 |\n")


def test_the_format_s_page_names_every_marker_and_no_other():
    page = (Path(__file__).parents[2] / "docs" / "formats" / "article.md").read_text()
    rows = "\n".join(line for line in page.splitlines() if line.startswith("| `{{"))
    named = set(re.findall(r"\{\{([a-z-]+)", rows))
    assert named == set(SHAPES)


def test_what_stands_between_commas_is_listed_once():
    assert parted(" a, b，c、a ,") == ("a", "b", "c")
