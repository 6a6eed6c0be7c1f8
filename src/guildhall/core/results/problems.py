"""What is said about a row of a results file.

The reader of the file says some of it; the register says the rest later (who may issue, which numbers are taken)
with the same type, so that a person sees one list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from guildhall.core.language import in_language
from guildhall.core.results.sentences import CODES, FIXES, Severity

Fact = str | int | Mapping[str, str]
"""What a sentence can name: a text or number, or a language map where the fact itself has two languages."""

_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One problem or notice.

    Shape:  ``line`` as a spreadsheet counts, 0 for the file as a whole; ``column`` as the file writes it, empty for
            the row as a whole; ``value`` as found, with the middle of an ID number hidden.
    """

    line: int
    column: str
    code: str
    value: str
    params: Mapping[str, Fact]

    @property
    def severity(self) -> Severity:
        """``error`` or ``notice``."""
        return CODES[self.code].severity

    @property
    def is_error(self) -> bool:
        """The row cannot become an award as it is."""
        return self.severity == "error"

    @property
    def title(self) -> Mapping[str, str]:
        """The kind of problem in both languages, the same for all of its rows."""
        return CODES[self.code].title

    @property
    def detail(self) -> dict[str, str]:
        """The problem with the facts of this row, in both languages."""
        more = CODES[self.code].more
        return {
            language: " ".join(filter(None, (title, _filled(more[language], self.params, language))))
            for language, title in self.title.items()
        }

    @property
    def fix(self) -> Mapping[str, str]:
        """What to do, in both languages."""
        return FIXES[CODES[self.code].fix]

    def sentence(self, language: str) -> str:
        """Return column, problem and remedy as one text, for a person who mends the row."""
        where = f"{self.column}: " if self.column else ""
        return f"{where}{in_language(self.detail, language)} {in_language(self.fix, language)}"

    def as_json(self) -> dict[str, object]:
        """Return all members, JSON-ready."""
        return {
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "severity": self.severity,
            "value": self.value,
            "params": {name: dict(fact) if isinstance(fact, Mapping) else fact for name, fact in self.params.items()},
            "title": dict(self.title),
            "detail": self.detail,
            "fix": {"code": CODES[self.code].fix, **self.fix},
        }


def problem(line: int, column: str, code: str, value: str = "", **params: Fact) -> RowProblem:
    """Return a problem; value and facts are cut short and ID numbers in them masked.

    Raises: KeyError for a code that is not in ``CODES``, or a param that its sentence needs and did not get.
    """
    if code not in _NAKED:
        for language, sentence in CODES[code].more.items():
            _filled(sentence, params, language)
    facts = {name: shown(fact) if isinstance(fact, str) else fact for name, fact in params.items()}
    return RowProblem(line, column, code, shown(value), facts)


_NAKED = frozenset(code for code, meaning in CODES.items() if not any(meaning.more.values()))


def _filled(sentence: str, params: Mapping[str, Fact], language: str) -> str:
    facts = {name: in_language(fact, language) if isinstance(fact, Mapping) else fact for name, fact in params.items()}
    return sentence.format(**facts)


# Numbers of the layouts A, B and E begin with letters and are shown; of the bare digits only the lengths of layouts
# C and D (16, 13) are.
_ID_NUMBER = re.compile(
    r"(?P<certificate>(?<![0-9A-Za-z])(?:[YS]\d{21}|[A-Z][GSCX][NW]\d{17})(?![0-9A-Za-z]))"
    r"|(?P<id>\d{17,}[XxＸｘ]?|(?<!\d)\d{15}(?!\d))"
)


def shown(value: str) -> str:
    """Return a value as it may be shown: the middle of anything that looks like an ID number hidden, then cut short."""
    safe = _ID_NUMBER.sub(lambda found: found["certificate"] or masked(found["id"]), value)
    return safe if len(safe) <= _LONGEST_VALUE else safe[: _LONGEST_VALUE - 1] + "…"


def masked(number: str) -> str:
    """Return a number with its middle hidden: enough left to find it in one's own sheet, not enough to use it."""
    n = len(number)
    keep = 0 if n <= 4 else 1 if n <= 8 else 2
    return number[:keep] + "*" * min(n - 2 * keep, 20) + number[n - keep :] if keep else "*" * n
