"""What the pages about the log say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from guildhall.cli import audit, witness
from guildhall.core.audit_report import FINDINGS, NOTICES
from guildhall.core.leaves import _MEMBERS, AccreditationDeed
from guildhall.core.lifecycle import Deed

DOCS = Path(__file__).parents[3] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def options(command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("--")} - {"--help"}


def test_the_audit_page_lists_every_finding_and_notice_with_its_meaning():
    for heading, codes in (("Findings", FINDINGS), ("Notices", NOTICES)):
        section = page("commands/audit.md").split(f"## {heading}")[1].split("## ")[0]
        assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)) == codes


def test_the_command_pages_name_every_option_and_no_other():
    for name, commands in (
        ("audit", [get_command(audit.app)]),
        ("witness", get_command(witness.app).commands.values()),
    ):
        named = set(re.findall(r"(--[a-z]+)", page(f"commands/{name}.md")))
        assert named == set().union(*(options(command) for command in commands))


def test_the_format_page_names_every_member_and_deed_of_a_leaf():
    table = page("formats/log.md").split("## Leaves")[1]
    for required, optional in _MEMBERS.values():
        for member in required | optional:
            assert f"| `{member}` |" in table
    for deed in (*Deed, *AccreditationDeed):
        assert f"`{deed}`" in table
