"""What people read in the demonstration: sample standards, articles, and the index in which all of it is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable

from guildhall.accounts.services import COMMAND
from guildhall.encyclopedia.articles.services import import_articles
from guildhall.encyclopedia.search.indexing import rebuild
from guildhall.standards.editions.services import import_edition


@dataclass(frozen=True, slots=True)
class Library:
    """What there is to read: whole editions of standards, articles, and pages that a search may find."""

    n_editions: int
    n_articles: int
    n_pages: int


def load(*, now: datetime) -> Library:
    """Load the sample standards and the articles that ship, and make the index; what is there already stays.

    Raises: the errors of the services that load them.
    """
    editions = _shipped("guildhall.standards", "data/standards", ".json")
    for text in editions.values():
        import_edition(text, actor=COMMAND, now=now)
    articles = _shipped("guildhall.encyclopedia.articles", "texts", ".md")
    loaded = import_articles(articles, actor=COMMAND, now=now)
    return Library(len(editions), len(loaded.articles), rebuild(now))


def _shipped(package: str, folder: str, ending: str) -> dict[str, bytes]:
    place: Traversable = resources.files(package)
    for part in folder.split("/"):
        place = place.joinpath(part)
    return {
        one.name: one.read_bytes()
        for one in sorted(place.iterdir(), key=lambda one: one.name)
        if one.name.endswith(ending)
    }
