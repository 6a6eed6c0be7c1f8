"""Processes that start together on a fresh home agree about its secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from guildhall.site import settings


def test_of_two_that_make_a_secret_at_once_the_first_ones_stands(tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "keys" / "secret"
    real = os.open

    def another_is_faster(*asked: Any, **more: Any) -> int:
        monkeypatch.setattr(os, "open", real)
        file.write_text("the other's secret\n")
        return real(*asked, **more)

    monkeypatch.setattr(os, "open", another_is_faster)
    assert settings._kept_secret("GUILDHALL_NO_SUCH_NAME", file) == "the other's secret"
    assert [one.name for one in file.parent.iterdir()] == ["secret"]


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "secret"
    made = settings._kept_secret("GUILDHALL_NO_SUCH_NAME", file)
    assert len(made) > 40
    assert settings._kept_secret("GUILDHALL_NO_SUCH_NAME", file) == made
    assert file.stat().st_mode & 0o777 == 0o600
