"""Files of articles: bytes to a checked text, without a database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guildhall.core.errors import MalformedError
from guildhall.encyclopedia.articles import markdown
from guildhall.encyclopedia.articles.markdown import Problem

MAX_BYTES: Final = 64 * 1024
MAX_SUBJECTS: Final = 12
KINDS: Final = ("system", "certificate", "occupation", "standard", "scheme", "issuer", "how-to", "rule", "word")
FIELDS: Final = frozenset("12345678")
LANGUAGES: Final = ("zh", "en")
_LONGEST: Final = {"title": 80, "summary": 300, "author": 200, "quotes": 300}
_LINES: Final = frozenset({"title", "summary", "kind", "about", "field", "author", "quotes"})
_NEEDED: Final = ("title", "summary", "kind")
SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FILE: Final = re.compile(r"(.+)\.(\w+)\.md")
_SUBJECT: Final = re.compile(
    r"scheme:[a-z][a-z0-9-]{0,15}"
    r"|(?:occupation|standard):[0-9A-Za-z][0-9A-Za-z.-]{0,23}"
    r"|certificate:[a-z][a-z0-9-]{0,15}/[0-9A-Za-z][0-9A-Za-z.-]{0,23}/[0-9a-z][0-9a-z-]{0,15}"
    r"|issuer:[a-z0-9][a-z0-9-]{0,63}"
)
_PARTED: Final = re.compile("[,，、]")


class InvalidArticleError(MalformedError):
    """A text of an article that does not keep its format; ``problems`` lists every place by line, ``found`` as values."""

    code = "invalid_article"

    def __init__(self, found: list[Problem], *, name: str = "") -> None:
        first = f"{name}: {found[0]}" if name else str(found[0])
        super().__init__(
            f"the article has {len(found)} problem(s), first {first}",
            problems=[f"{name}: {problem}" if name else str(problem) for problem in found],
            codes=sorted({problem.code for problem in found}),
        )
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Text:
    """One language of an article as its writer has it.

    Shape:  ``about`` subjects such as ``scheme:pcc``; ``field`` a major class or empty; ``quotes`` the restricted words
            that this text names in order to explain them; ``body`` Markdown.
    """

    slug: str
    language: str
    title: str
    summary: str
    kind: str
    body: str
    about: tuple[str, ...] = ()
    field: str = ""
    authors: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


def name_of_file(name: str) -> tuple[str, str]:
    """Return slug and language of ``SLUG.LANGUAGE.md``.

    Raises: InvalidArticleError.
    """
    match = _FILE.fullmatch(name)
    slug, language = (match[1], match[2]) if match else (name, "")
    found = list(_name_problems(slug, language))
    if found:
        raise InvalidArticleError(found, name=name)
    return slug, language


def read_article(data: bytes, *, slug: str, language: str) -> Text:
    """Return the text of one file.

    Shape:  docs/formats/article.md.
    Raises: InvalidArticleError with every problem and its line.
    """
    name = f"{slug}.{language}.md"
    if len(data) > MAX_BYTES:
        raise InvalidArticleError([Problem(0, "too_large", f"more than {MAX_BYTES} bytes")], name=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidArticleError([Problem(line, "unreadable_text", "the file is not UTF-8")], name=name) from None
    head, body, first_line, found = _parted(text.replace("\r\n", "\n").replace("\r", "\n"))
    made = Text(
        slug=slug,
        language=language,
        title=head.get("title", ""),
        summary=head.get("summary", ""),
        kind=head.get("kind", ""),
        body=body,
        about=parted(head.get("about", "")),
        field=head.get("field", ""),
        authors=parted(head.get("author", "")),
        quotes=parted(head.get("quotes", "")),
    )
    found += problems_of(made, first_line=first_line)
    if found:
        raise InvalidArticleError(sorted(found, key=lambda problem: problem.line), name=name)
    return made


def problems_of(text: Text, *, first_line: int = 1) -> list[Problem]:
    """Return what has to be mended in a text, wherever it comes from."""
    found = list(_name_problems(text.slug, text.language))
    found += [Problem(1, "missing_line", f"{name} is needed") for name in _NEEDED if not getattr(text, name)]
    lengths = {"title": text.title, "summary": text.summary, "author": ", ".join(text.authors)}
    lengths["quotes"] = ", ".join(text.quotes)
    found += [
        Problem(1, "too_long", f"{name} has more than {_LONGEST[name]} characters")
        for name, value in lengths.items()
        if len(value) > _LONGEST[name]
    ]
    if text.kind and text.kind not in KINDS:
        found.append(Problem(1, "unknown_kind", f"{text.kind[:40]} is no kind of article"))
    if text.field and text.field not in FIELDS:
        found.append(Problem(1, "bad_field", "field is a major class from 1 to 8"))
    found += [
        Problem(1, "bad_subject", f"{subject[:80]} names no subject")
        for subject in text.about
        if not _SUBJECT.fullmatch(subject)
    ]
    if len(text.about) > MAX_SUBJECTS:
        found.append(Problem(1, "too_many_subjects", f"about names more than {MAX_SUBJECTS} subjects"))
    if len(text.body.encode("utf-8", "replace")) > MAX_BYTES:
        return [*found, Problem(0, "too_large", f"more than {MAX_BYTES} bytes")]
    if any(_unstorable(part) for part in (text.title, text.summary, text.body, *text.authors, *text.quotes)):
        return [*found, Problem(0, "unreadable_text", "the text holds characters that no text holds")]
    return [*found, *markdown.problems(text.body, first_line=first_line)]


def _unstorable(text: str) -> bool:
    """Tell whether a text holds what no database takes: a NUL, or half of a character."""
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _name_problems(slug: str, language: str) -> Iterator[Problem]:
    if len(slug) > 64 or not SLUG.fullmatch(slug):
        yield Problem(0, "bad_slug", "a slug has small letters, digits and single hyphens, 64 at most")
    if language not in LANGUAGES:
        yield Problem(0, "bad_language", "the language is zh or en")


def _parted(text: str) -> tuple[dict[str, str], str, int, list[Problem]]:
    """Part a file into its front matter and its text; say in which line the text begins."""
    head: dict[str, str] = {}
    found: list[Problem] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            return head, "\n".join(lines[number:]).rstrip() + "\n", number + 1, found
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or name not in _LINES:
            found.append(Problem(number, "unknown_line", f"{line.strip()[:40]} is no line of the front matter"))
        elif name in head:
            found.append(Problem(number, "repeated_line", f"{name} stands there twice"))
        else:
            head[name] = value.strip()
    return head, "", len(lines), found


def parted(value: str) -> tuple[str, ...]:
    """Return what stands between commas, each once, in its order."""
    return tuple(dict.fromkeys(part for one in _PARTED.split(value) if (part := one.strip())))
