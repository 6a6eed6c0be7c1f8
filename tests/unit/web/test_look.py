"""The look, measured: contrast by WCAG 2.2's own formula, and nothing in a template that the content policy forbids."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from guildhall.web.translations import WEB

STATIC = WEB / "static" / "web"
VENDOR = WEB.parent / "vendor"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
VALUE = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\s*;")


def values(*sheets: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for sheet in sheets:
        found |= dict(VALUE.findall((STATIC / sheet).read_text()))
    return found


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_gives_the_published_extremes():
    assert round(ratio("#000", "#fff"), 6) == 21
    assert round(ratio("#777777", "#ffffff"), 2) == 4.48


LIGHT = values("tokens.css")
DARK = values("tokens.css", "night.css")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (text, ground)
        for text in ("ink", "ink-2", "ink-3", "blue", "red")
        for ground in ("paper", "raised", "sunk", "blue-tint", "red-tint")
        if (text, ground) not in {("blue", "red-tint"), ("red", "blue-tint")}  # these never meet
    ],
)
def test_text_stands_out_from_every_ground(theme: dict[str, str], text: str, ground: str):
    assert ratio(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("on-blue", "blue-fill"),
        ("on-blue", "blue-press"),
        ("paper", "ink"),
        ("on-shade", "shade-1"),
        ("on-shade", "shade-2"),
        ("on-deep-shade", "shade-3"),
        ("on-deep-shade", "shade-4"),
        ("sheet-ink", "sheet"),
        ("sheet-ink-2", "sheet"),
        ("sheet-blue", "sheet"),
        ("sheet-seal", "sheet"),
    ],
)
def test_words_on_fills_and_on_the_sheet_can_be_read(theme: dict[str, str], text: str, ground: str):
    assert ratio(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "raised"])
def test_the_edges_of_controls_are_seen(theme: dict[str, str], ground: str):
    assert ratio(theme["edge"], theme[ground]) >= 3


def test_the_night_changes_only_values_that_the_day_has():
    assert set(values("night.css")) <= set(LIGHT)


def test_every_value_that_a_sheet_reads_is_given_somewhere():
    own = "".join(path.read_text() for path in STATIC.glob("*.css"))
    marks = (WEB / "templates" / "web" / "parts" / "marks.html").read_text()
    read = set(re.findall(r"var\(--([\w-]+)", own + marks))
    given = set(re.findall(r"--([\w-]+)\s*:", own))
    assert {name for name in read - given if not name.startswith("pico-")} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_script_and_no_style_of_its_own(path: Path):
    text = path.read_text()
    assert not re.search(r"\sstyle=", text), "the content policy refuses style attributes"
    assert not re.search(r"\son\w+=", text), "the content policy refuses handlers in attributes"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "the content policy refuses scripts in the page"
    assert "<style" not in text
    assert not re.search(r"https?://(?!www\.w3\.org)", text), "nothing is fetched from elsewhere"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_class_in_a_template_has_a_rule(path: Path):
    rules = set(re.findall(r"\.([a-zA-Z][\w-]*)", "".join(sheet.read_text() for sheet in STATIC.glob("*.css"))))
    plain = re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text())
    used = {name for attribute in re.findall(r'class="([^"]*)"', plain) for name in attribute.split()}
    # "depth-{{ n }}" leaves "depth-": some rule begins so.
    begun = {name for name in used if name.endswith("-") and any(rule.startswith(name) for rule in rules)}
    assert used - rules - begun == set()


def test_the_files_of_others_are_as_they_were_published():
    listed = re.findall(r"`(web/[\w./-]+)` \| `([0-9a-f]{64})`", (VENDOR / "SOURCES.md").read_text())
    there = {path.relative_to(VENDOR).as_posix() for path in (VENDOR / "web").rglob("*") if path.is_file()}
    assert {name for name, _ in listed} == there
    for name, digest in listed:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
