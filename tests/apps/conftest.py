"""Fixtures of the apps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.world import World


@pytest.fixture
def office(world: World, settings, tmp_path: Path) -> World:
    """The small world ready to issue: its keys in the keystore, folders of its own for the log and the lists."""
    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"
    return world


@pytest.fixture
def shared_office(world: World, settings) -> World:
    """The same in the folders that other processes of this register use, emptied."""
    for folder in (settings.LOG_DIR, settings.STATUS_DIR):
        shutil.rmtree(folder, ignore_errors=True)
    return world
