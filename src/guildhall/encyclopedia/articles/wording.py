"""The wording linter on articles: which restricted words a text uses without saying that it quotes them, and where."""

from __future__ import annotations

from datetime import date

from guildhall.encyclopedia.articles.markdown import Problem
from guildhall.encyclopedia.articles.reading import Text
from guildhall.schemes import wording
from guildhall.schemes.models import Scheme


def problems(text: Text, *, on: date) -> list[Problem]:
    """Return each use of a restricted word, by line of the text (0: in title or summary), citing its notice.

    Words that the text declares as quoted pass, and those to which a scheme that it is about has the right.
    """
    allowed = (*text.quotes, *_of_schemes(text, on))
    found = [
        Problem(0, "restricted_wording", wording.sentence(hit, "en"))
        for part in (text.title, text.summary)
        for hit in wording.lint_text(part, on=on, allowed=allowed)
    ]
    hits = wording.lint_text(text.body, on=on, allowed=allowed)
    return [*found, *(Problem(hit.line, "restricted_wording", wording.sentence(hit, "en")) for hit in hits)]


def _of_schemes(text: Text, on: date) -> tuple[str, ...]:
    codes = [subject.partition(":")[2].partition("/")[0] for subject in text.about if subject.startswith(_SCHEMED)]
    rows = Scheme.objects.filter(code__in=codes) if codes else ()
    return tuple(word for scheme in rows for word in wording.allowed_by(scheme.allowed_wording, on))


_SCHEMED = ("scheme:", "certificate:")
