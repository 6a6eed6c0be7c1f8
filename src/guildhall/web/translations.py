"""The Chinese of the pages: finds every text that needs one, and compiles the catalogue without gettext's programs.

``python -m guildhall.web.translations`` brings ``django.po`` up to date with the texts found (new ones come in empty, those
no longer used go) and writes ``django.mo``. It needs polib, which the tests bring along; the site itself does not.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polib  # type: ignore[import-untyped]

WEB: Final = Path(__file__).resolve().parent
CATALOGUE: Final = WEB / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
COMPILED: Final = CATALOGUE.with_suffix(".mo")
METADATA: Final = {
    "Project-Id-Version": "guildhall-register",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}

_PYTHON_CALLS: Final = {
    "_": (0, None, None),
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "lazy": (0, None, None),
    "ngettext": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
}
_TRANSLATE: Final = re.compile(
    r"{%\s*translate\s+(?P<text>\"(?:[^\"\\]|\\.)*\")(?:\s+context\s+\"(?P<context>[^\"]*)\")?[^%]*%}"
)
_BLOCK: Final = re.compile(
    r"{%\s*blocktranslate(?P<options>[^%]*)%}(?P<one>.*?)(?:{%\s*plural\s*%}(?P<many>.*?))?{%\s*endblocktranslate\s*%}",
    re.DOTALL,
)
_CONTEXT: Final = re.compile(r"context\s+\"([^\"]*)\"")
_VARIABLE: Final = re.compile(r"{{\s*([\w.]+)\s*}}")


@dataclass(slots=True)
class Text:
    """One text as the code writes it, with its plural and context, and where it stands."""

    one: str
    many: str = ""
    context: str = ""
    places: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str]:
        """What gettext knows the text by."""
        return self.context, self.one


def texts(root: Path = WEB) -> dict[tuple[str, str], Text]:
    """Return every text of Python files and templates below ``root`` that is to be translated."""
    found: dict[tuple[str, str], Text] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix == ".py":
            here: Iterator[Text] = _in_python(path.read_text(encoding="utf-8"))
        elif path.suffix in {".html", ".txt"}:
            here = _in_template(path.read_text(encoding="utf-8"))
        else:
            continue
        for text in here:
            known = found.setdefault(text.key, text)
            known.many = known.many or text.many
            known.places.add(path.relative_to(root).as_posix())
    return found


def _in_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        places = _PYTHON_CALLS.get(node.func.id)
        if places is None:
            continue
        one, many, context = (_literal(node, place) for place in places)
        if one:
            yield Text(one, many, context)


def _literal(call: ast.Call, place: int | None) -> str:
    if place is None or place >= len(call.args):
        return ""
    argument = call.args[place]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def _in_template(source: str) -> Iterator[Text]:
    for match in _TRANSLATE.finditer(source):
        yield Text(ast.literal_eval(match["text"]), context=match["context"] or "")
    for match in _BLOCK.finditer(source):
        trimmed = "trimmed" in match["options"].split()
        context = _CONTEXT.search(match["options"])
        yield Text(
            _block_text(match["one"], trimmed=trimmed),
            _block_text(match["many"] or "", trimmed=trimmed),
            context[1] if context else "",
        )


def _block_text(body: str, *, trimmed: bool) -> str:
    """Return the text of a block as Django asks gettext for it."""
    text = _VARIABLE.sub(r"%(\1)s", body.replace("%", "%%"))
    return " ".join(line.strip() for line in text.strip().splitlines()) if trimmed else text


def refresh() -> list[str]:
    """Bring the catalogue up to date with the texts found, compile it, and return what lacks a translation."""
    old = (
        {(entry.msgctxt or "", entry.msgid): entry for entry in polib.pofile(str(CATALOGUE))}
        if CATALOGUE.exists()
        else {}
    )
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = METADATA
    for key, text in sorted(texts().items(), key=lambda item: (min(item[1].places), item[0][1], item[0][0])):
        known = old.get(key)
        entry = polib.POEntry(
            msgid=text.one,
            msgctxt=text.context or None,
            occurrences=[(place, "") for place in sorted(text.places)],
        )
        if text.many:
            entry.msgid_plural = text.many
            entry.msgstr_plural = {0: (known.msgstr_plural.get(0, "") or known.msgstr) if known else ""}
        else:
            entry.msgstr = known.msgstr or known.msgstr_plural.get(0, "") if known else ""
        catalogue.append(entry)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(CATALOGUE))
    COMPILED.write_bytes(compiled())
    return [entry.msgid for entry in catalogue if not entry.translated()]


def compiled() -> bytes:
    """Return the catalogue as gettext reads it."""
    return bytes(polib.pofile(str(CATALOGUE)).to_binary())


def main() -> int:
    """Refresh the catalogue and say what is still missing; 1 if anything is."""
    missing = refresh()
    for text in missing:
        sys.stdout.write(f"{text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
