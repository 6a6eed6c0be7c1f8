"""The typesetter: a kept typst compiler behind a pool, with the vendored fonts and no others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import LifoQueue
from typing import Any, Final

import typst

from guildhall.credentials.rendering import fonts

TEMPLATES: Final = Path(__file__).parent / "templates"

# PDF/A-3 keeps for decades and may carry the bundle; the "a" of it and PDF/UA-1 let a screen reader in.
_STANDARDS: Final = ("a-3a", "ua-1")
# typst remembers parts of the last ten pieces of work; after so many pages at once that is more than it is worth.
_MANY_PAGES: Final = 300
_MEMORY: Final = 11
_NO_GLYPH: Final = "could not be displayed with font"


# The process whose threads typst has started; a fork of it inherits none of them and would wait for them for ever.
_at_home: list[int] = []


class Typesetter:
    """Turns the words of pages into PDF or PNG.

    Threads may share one: each compilation takes a compiler of its own from a pool, and compiling lets other
    threads run. The pool grows to ``at_most`` compilers, which share their fonts. A process that has set a page
    must not be forked to set more: the child refuses with ``RuntimeError`` rather than hang.

    ``extra_fonts`` are directories of further fonts for characters beyond the vendored ones; system fonts are
    never used, so that the same face gives the same bytes on every machine.
    """

    def __init__(self, extra_fonts: Sequence[Path] = (), *, at_most: int | None = None) -> None:
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(directory) for directory in (fonts.VENDORED, *extra_fonts)],
        )
        # Only what the compiler itself has taken counts as printable.
        extra = [font for font in self._fonts.fonts() if font.family not in fonts.FAMILIES]
        self._extra_files = tuple(sorted({Path(font.path) for font in extra if font.path}))
        self._extra_families = sorted({font.family for font in extra})
        self._n_remembered = 0
        self._pool: LifoQueue[typst.Compiler | None] = LifoQueue()
        for _ in range(at_most or os.cpu_count() or 1):
            self._pool.put(None)

    @property
    def type_(self) -> fonts.FontSet:
        """What can be printed, and how wide."""
        return fonts.font_set(self._extra_files)

    def pdf(self, book: Mapping[str, Any]) -> bytes:
        """Set pages as PDF/A-3a and PDF/UA-1; the same book gives the same bytes, dated with the day it names.

        Raises: GlyphMissingError where the fonts fail a combination of characters.
        """
        return self._compile(book, format="pdf", pdf_standards=list(_STANDARDS))

    def png(self, book: Mapping[str, Any], *, pixels_per_inch: float) -> bytes:
        """Set the first page as a picture.

        Raises: GlyphMissingError where the fonts fail a combination of characters.
        """
        return self._compile(book, format="png", ppi=pixels_per_inch)

    def _compile(self, book: Mapping[str, Any], **how: Any) -> bytes:
        _stay_at_home()
        words = json.dumps({**book, "extra_fonts": self._extra_families}, ensure_ascii=False)
        try:
            with self._compiler() as compiler:
                made = compiler.compile(sys_inputs={"book": words}, **how)
            self._forget(len(book["pages"]))
        except typst.TypstError as error:
            raise _meaning(error) from error
        pages = made if isinstance(made, list) else [made]
        assert pages[0] is not None
        return pages[0]

    def _forget(self, n_pages: int) -> None:
        """Let memory stay flat in the number of pages set."""
        self._n_remembered += n_pages if n_pages > 1 else 0
        if self._n_remembered >= _MANY_PAGES:
            self._n_remembered = 0
            blank = typst.Compiler(str(TEMPLATES / "empty.typ"), root=str(TEMPLATES), font_paths=self._fonts)
            for _ in range(_MEMORY):
                blank.compile(format="svg")

    @contextmanager
    def _compiler(self) -> Iterator[typst.Compiler]:
        compiler = self._pool.get()
        try:
            compiler = compiler or typst.Compiler(
                str(TEMPLATES / "certificate.typ"),
                root=str(TEMPLATES),
                font_paths=self._fonts,
                ignore_system_fonts=True,
            )
            yield compiler
        finally:
            self._pool.put(compiler)


@cache
def typesetter() -> Typesetter:
    """Return the typesetter of this process, with the vendored fonts."""
    return Typesetter()


def _stay_at_home() -> None:
    if not _at_home:
        _at_home.append(os.getpid())
    if _at_home[0] != os.getpid():
        message = "certificates were set before this process was forked: start workers first, or spawn them"
        raise RuntimeError(message)


def _meaning(error: typst.TypstError) -> Exception:
    """Tell the caller's mistake from ours."""
    message = error.message
    if _NO_GLYPH in message:
        return fonts.GlyphMissingError(f"A character cannot be printed: {message}", message=message)
    return error
