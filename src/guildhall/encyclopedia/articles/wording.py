"""The wording linter on articles: which restricted words a text uses, and where."""

from __future__ import annotations

from guildhall.encyclopedia.articles.markdown import Problem
from guildhall.encyclopedia.articles.reading import Text


def problems(text: Text) -> list[Problem]:  # noqa: ARG001 - the list of words is not here yet
    """Return each use of a restricted word that the text does not declare as quoted, by line."""
    return []
