"""Markdown to HTML that nothing can get through: parsed with HTML switched off, then sanitised by a short list.

The parser turns tags into text, :func:`problems` names what a writer should mend, and the sanitiser stands behind both: what
it lets through is what this module itself writes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from guildhall.encyclopedia.articles.markers import MARKER, Marker

TAGS: Final = frozenset({
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "a": frozenset({"href", "title"}),
    "ol": frozenset({"start"}),
    **{rank: frozenset({"id"}) for rank in ("h2", "h3", "h4", "h5", "h6")},
}
_ARTICLE: Final = re.compile(r"article:([a-z0-9]+(?:-[a-z0-9]+)*)")
_PATH: Final = re.compile(r"/(?!/)[A-Za-z0-9/._~%?=&+-]*(?:#[A-Za-z0-9_-]+)?")
_WEB: Final = re.compile(r"https://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?")
# What a browser would take for a tag, a comment or a declaration; "3 < 5" is none.
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>|<!--|<[!?][A-Za-z]")
_BRACES: Final = re.compile(r"\{\{([^{}\n]{0,160})\}\}")
MAX_CELLS: Final = 20_000
"""Cells of all tables together. Short rows are filled up to the width of the heading: a few kilobytes ask for millions."""
_DELIMITERS: Final = re.compile(r"[ \t>]{0,64}\|?[ \t]{0,8}:?-[-:| \t]*")
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE: Final = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_ALIGNED: Final = {"text-align:right": "figure", "text-align:center": "is-centred"}

Resolve = Callable[[str], str]
"""Turns ``article:SLUG`` or a path of this site into an address in the page's language; empty: there is none."""
Fill = Callable[[Marker], str]
"""Turns a marker into HTML that is safe."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One place of a text that has to be mended; ``line`` counts from 1 in the whole file (0: the file itself)."""

    line: int
    code: str
    detail: str

    def __str__(self) -> str:
        return f"line {self.line} ({self.code}): {self.detail}" if self.line else f"({self.code}): {self.detail}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second rank, for the list of contents."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML, its headings of the second rank, and its markers in their order."""

    html: str
    contents: tuple[Heading, ...]
    markers: tuple[Marker, ...]


def link_is_allowed(address: str) -> bool:
    """Tell whether a link may lead there: an article, a path of this site, or ``https``."""
    return any(shape.fullmatch(address) for shape in (_ARTICLE, _PATH, _WEB))


def problems(body: str, *, first_line: int = 1) -> list[Problem]:
    """Return what has to be mended in a text, by line.

    Shape:  ``first_line`` is the line of the file in which the text begins.
    """
    found: list[Problem] = []
    if _n_cells(body) > MAX_CELLS:
        found.append(Problem(first_line, "too_large", f"the tables have more than {MAX_CELLS} cells"))
    for token in _parsed(body):
        line = (token.map[0] if token.map else 0) + first_line
        if token.type == "heading_open" and token.tag == "h1":
            found.append(Problem(line, "heading_too_high", "headings begin at ##; the title is the first"))
        if token.type == "inline":
            found += [Problem(line, code, detail) for code, detail in _inline_problems(token)]
        if token.type == "marker_block" and not token.meta["marker"].known:
            found.append(_unknown(line, token.meta["marker"]))
    return sorted(set(found), key=lambda problem: (problem.line, problem.code, problem.detail))


def _inline_problems(inline: Token) -> Iterator[tuple[str, str]]:
    for token in inline.children or ():
        if token.type == "link_open" and not link_is_allowed(str(token.attrs.get("href", ""))):
            yield "refused_link", f"a link may not lead to {str(token.attrs.get('href', ''))[:80]}"
        elif token.type == "image":
            yield "refused_picture", "pictures are not loaded"
        elif token.type == "text" and _TAG.search(token.content):
            yield "html_as_text", f"HTML is shown as text: {_TAG.search(token.content)[0][:40]}"  # type: ignore[index]
        elif token.type == "marker":
            marker: Marker = token.meta["marker"]
            if not marker.known:
                yield "unknown_marker", f"there is no marker {marker}"
            elif marker.block:
                yield "misplaced_marker", f"{marker} stands alone in a paragraph of its own"


def _unknown(line: int, marker: Marker) -> Problem:
    return Problem(line, "unknown_marker", f"there is no marker {marker}")


def render(body: str, *, resolve: Resolve, fill: Fill, table: str = "Table") -> Rendered:
    """Return a text as HTML.

    What :func:`problems` would name is shown as text and does no harm, so that an old revision can always be read.

    Shape:  ``resolve`` and ``fill`` are asked once for each link and marker; ``table`` is the word by which its tables are
            called for readers of screens, each with its number.
    """
    tokens = _parsed(body)
    markers: list[Marker] = []
    contents: list[Heading] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrs["id"] = f"s{len(contents) + 1}" if token.tag == "h2" else f"t{place}"
            if token.tag == "h1":
                token.tag = tokens[place + 2].tag = "h2"
                token.attrs["id"] = f"s{len(contents) + 1}"
            if token.tag == "h2":
                contents.append(Heading(str(token.attrs["id"]), _plain(tokens[place + 1])))
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = _href(str(child.attrs.get("href", "")), resolve)
            _number(child, markers)
        _number(token, markers)
    drawn = _markdown().renderer.render(tokens, _markdown().options, {})
    clean = nh3.clean(
        drawn,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        allowed_classes={"td": set(_ALIGNED.values()), "th": set(_ALIGNED.values()), "a": {"is-away"}},
        url_schemes={"https"},
        link_rel=None,
    )
    # Tables that fill a marker come framed.
    filled = _PLACE.sub(lambda match: fill(markers[int(match[1])]), _framed(clean, table))
    return Rendered(filled, tuple(contents), tuple(markers))


def plain_text(body: str) -> str:
    """Return the words of a text without any mark-up, markers left out: for search, lists and the wording linter."""
    return "\n".join(text for token in _parsed(body) if token.type == "inline" and (text := _plain(token)))


def lines_of_words(body: str, *, first_line: int = 1) -> list[tuple[int, str]]:
    """Return the words of a text by the line in which their paragraph begins."""
    return [
        ((token.map[0] if token.map else 0) + first_line, text)
        for token in _parsed(body)
        if token.type == "inline" and (text := _plain(token))
    ]


def _number(token: Token, markers: list[Marker]) -> None:
    """Give a marker its place in the list of markers; the renderer writes the place, the filler reads it."""
    if token.type in {"marker", "marker_block"}:
        token.content = f"{_OPEN}{len(markers)}{_CLOSE}"
        markers.append(token.meta["marker"])


def _href(address: str, resolve: Resolve) -> str:
    if _WEB.fullmatch(address):
        return address
    return resolve(address) if link_is_allowed(address) else ""


def _plain(inline: Token) -> str:
    words = []
    for token in inline.children or ():
        if token.type in {"text", "code_inline"}:
            words.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            words.append(" ")
        elif token.type == "image":
            words.append(token.content)
    return "".join(words).strip()


def _framed(clean: str, word: str) -> str:
    # After the sanitiser every "<table>" is a tag of ours: what a writer typed is "&lt;table&gt;".
    first, *others = clean.split("<table>")
    return first + "".join(
        f'<div class="table-frame" tabindex="0" role="region" aria-label="{html.escape(word)} {number}"><table>'
        + other.replace("</table>", "</table></div>")
        for number, other in enumerate(others, start=1)
    )


def _parsed(body: str) -> list[Token]:
    # The two characters that mark places are nobody's text.
    # A text with more cells than tables may have is read as if tables were unknown.
    parser = _without_tables() if _n_cells(body) > MAX_CELLS else _markdown()
    tokens = parser.parse(body.replace(_OPEN, "").replace(_CLOSE, ""))
    return list(_blocks_alone(tokens))


def _n_cells(body: str) -> int:
    """Return how many cells the tables of a text may have at most: rows down to the next empty line, times columns."""
    n_cells = 0
    n_columns = 0
    for line in body.split("\n"):
        if not line.strip():
            n_columns = 0
        elif _DELIMITERS.fullmatch(line):
            n_columns = max(n_columns, line.count("|") + 1)
        n_cells += n_columns
    return n_cells


def _blocks_alone(tokens: Sequence[Token]) -> Iterator[Token]:
    """Take the paragraph off a block marker that stands alone in it."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        marker = _alone(tokens[place + 1]) if token.type == "paragraph_open" else None
        if marker is None:
            yield token
            place += 1
        else:
            yield Token("marker_block", "", 0, map=token.map, meta={"marker": marker}, block=True)
            place += 3


def _alone(inline: Token) -> Marker | None:
    children = [child for child in inline.children or () if child.content or child.type == "marker"]
    if len(children) == 1 and children[0].type == "marker":
        marker: Marker = children[0].meta["marker"]
        return marker if marker.block else None
    return None


def _marker_rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's own signature
    match = _BRACES.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("marker", "", 0)
        known = MARKER.fullmatch(match[0])
        token.meta = {"marker": Marker(known[1], known[2] or "") if known else Marker(match[1].strip())}
    state.pos = match.end()
    return True


class _Renderer(RendererHTML):
    """Markers as places, links without an address as their text, alignment as a class, pictures as their words."""

    def marker(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        return tokens[idx].content

    def marker_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        return f"{tokens[idx].content}\n"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        return html.escape(tokens[idx].content)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        address = str(tokens[idx].attrs.get("href", ""))
        if not address:
            return "<a>"
        away = ' class="is-away"' if _WEB.fullmatch(address) else ""
        return f'<a href="{html.escape(address)}"{away}>'

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:  # noqa: ARG002
        return _cell(tokens[idx])

    td_open = th_open


def _cell(token: Token) -> str:
    name = _ALIGNED.get(str(token.attrs.get("style", "")), "")
    return f'<{token.tag} class="{name}">' if name else f"<{token.tag}>"


def _any_link(url: str) -> bool:  # noqa: ARG001 - the parser's own signature
    return True


@cache
def _markdown() -> MarkdownIt:
    """Return the parser, made when it is first needed."""
    return _made().enable("table")


@cache
def _without_tables() -> MarkdownIt:
    return _made()


def _made() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    # Links are judged by us, so that a writer is told; the renderer drops the address of a refused one.
    made.validateLink = _any_link  # type: ignore[method-assign]
    made.inline.ruler.before("text", "marker", _marker_rule)
    return made
