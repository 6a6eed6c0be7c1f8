"""`guildhall standard`: check a whole edition of a standard, and compare two.

Exit status: 0 in order (no difference), 1 not in order (differences), 2 could not tell.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guildhall.cli.asking import asking
from guildhall.core.errors import Error
from guildhall.core.language import in_language
from guildhall.core.standard import (
    Document,
    InvalidStandardError,
    competencies,
    difference,
    difference_in_words,
    digest,
    parse,
    problem_in_words,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_WORDS = {
    "in_order": {"zh": "格式正确", "en": "In order"},
    "not_in_order": {"zh": "存在问题", "en": "Not in order"},
    "same": {"zh": "没有差别", "en": "No difference"},
    "sample": {"zh": "示范文本", "en": "sample"},
    "items": {"zh": "项", "en": "items"},
    "levels": {"zh": "等级", "en": "levels"},
}
_Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
_Lang = Annotated[str, typer.Option("--lang", help="zh or en; the environment's language where left out.")]


@app.callback()
def _standard() -> None:
    """Check a whole edition of a standard, and compare two."""


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="The edition; - for standard input.")],
    *,
    json_wanted: _Json = False,
    lang: _Lang = "",
) -> None:
    """Say whether an edition keeps its format, with all problems. Exit 0 it does, 1 it does not, 2 could not tell."""
    door = asking(lang, as_json=json_wanted, answer="in_order")
    language = door.language
    data = door.read(file)
    try:
        document = parse(data)
    except InvalidStandardError as error:
        _refused(error, json_wanted=json_wanted, language=language)
        raise typer.Exit(1) from None
    except Error as error:
        door.cannot(error.as_json())
    if json_wanted:
        print(json.dumps({"in_order": True, **_facts(document)}, ensure_ascii=False, indent=2))
        return
    facts = _facts(document)
    sample = f" ({_word('sample', language)})" if document.sample else ""
    print(f"{_word('in_order', language)}: {document.occupation} {document.edition}{sample}")
    print(f"  {in_language(document.name, language)}")
    print(f"  {_word('levels', language)}: {' '.join(document.levels)}; {_word('items', language)}: {facts['n_items']}")
    print(f"  sha256: {facts['digest']}")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="The earlier edition; - for standard input.")],
    new: Annotated[str, typer.Argument(help="The later edition.")],
    *,
    json_wanted: _Json = False,
    lang: _Lang = "",
) -> None:
    """Say what is different in a later edition. Exit 0 nothing, 1 something, 2 could not tell."""
    door = asking(lang, as_json=json_wanted, answer="in_order")
    language = door.language
    try:
        before, after = (parse(door.read(file)) for file in (old, new))
    except InvalidStandardError as error:
        _refused(error, json_wanted=json_wanted, language=language)
        raise typer.Exit(2) from None
    except Error as error:
        door.cannot(error.as_json())
    changes = difference(before, after)
    if json_wanted:
        answer = {
            "same": not changes,
            "old": _facts(before),
            "new": _facts(after),
            "changes": [change.as_json() for change in changes],
        }
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print("\n".join(difference_in_words(changes, language)) or _word("same", language))
    raise typer.Exit(1 if changes else 0)


def _facts(document: Document) -> dict[str, object]:
    return {
        "occupation": document.occupation,
        "edition": document.edition,
        "name": dict(document.name),
        "sample": document.sample,
        "levels": list(document.levels),
        "n_items": len(competencies(document)),
        "digest": digest(document.content),
    }


def _refused(error: InvalidStandardError, *, json_wanted: bool, language: str) -> None:
    problems, codes = (error.params[name] for name in ("problems", "codes"))
    assert isinstance(problems, list)
    assert isinstance(codes, list)
    if json_wanted:
        print(json.dumps({"in_order": False, "error": error.as_json()}, ensure_ascii=False, indent=2))
    else:
        print(f"{_word('not_in_order', language)}: {error.params['n_problems']}")
        for code, problem in zip(codes, problems, strict=True):
            print(f"  [x] {problem_in_words(code, language)} ({code}): {problem}")


def _word(key: str, language: str) -> str:
    return in_language(_WORDS[key], language)
