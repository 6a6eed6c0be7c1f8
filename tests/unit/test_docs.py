"""The documentation keeps up: every command has its page, every link leads somewhere, every decision is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guildhall.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_that_names_it(name: str) -> None:
    page = ROOT / "docs" / "commands" / f"{name}.md"
    assert page.is_file()
    assert f"guildhall {name}" in page.read_text()
    assert f"commands/{name}.md" in (ROOT / "docs" / "README.md").read_text()


def test_no_page_describes_a_command_that_does_not_exist() -> None:
    assert {page.stem for page in (ROOT / "docs" / "commands").glob("*.md")} <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in _LINK.findall(page.read_text())]
    local = [link for link in links if link and not link.startswith(("http:", "https:", "mailto:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_decision_and_every_format_is_listed() -> None:
    decisions = (ROOT / "docs" / "adr" / "README.md").read_text()
    assert [p.name for p in (ROOT / "docs" / "adr").glob("0*.md") if p.name not in decisions] == []
    index = (ROOT / "docs" / "README.md").read_text()
    assert [p.name for p in (ROOT / "docs" / "formats").glob("*.md") if f"formats/{p.name}" not in index] == []
