"""Fixtures of the pages' tests. What needs Django's models is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client

if TYPE_CHECKING:
    from tests.apps.web.town import Town
    from tests.world import World


@pytest.fixture
def _standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.apps.web.town import LATER

    monkeypatch.setattr("guildhall.web.clock.now", lambda: LATER)


@pytest.fixture
def _own_folders(tmp_path, settings) -> Iterator[None]:
    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"
    settings.HOME = tmp_path
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def town(world: World, _own_folders, _standing_clock) -> Town:
    """The small world with seven certificates."""
    from tests.apps.web.town import build

    return build(world)


@pytest.fixture
def visitor() -> Client:
    """Somebody who has not signed in, and whose forms are held to their tokens."""
    return Client(enforce_csrf_checks=True)
