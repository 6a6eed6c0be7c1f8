"""The engraved ground: what is kept is what is drawn, and it stays light."""

from __future__ import annotations

import re
from itertools import pairwise
from math import hypot, pi
from xml.etree import ElementTree as ET

import pytest

from guildhall.credentials.rendering import ground


def test_the_drawing_kept_is_the_drawing_made():
    assert ground.GROUND_FILE.read_text(encoding="utf-8") == ground.ground_svg()


def test_it_is_a_drawing_of_a4_across_without_text_and_without_anything_from_elsewhere():
    drawing = ET.fromstring(ground.ground_svg())
    assert (drawing.get("width"), drawing.get("height")) == ("297mm", "210mm")
    names = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert names == {"svg", "defs", "g", "path", "use"}
    for element in drawing.iter():
        assert not any("://" in value for value in element.attrib.values())


def test_it_is_light_enough_for_every_page_of_a_file():
    assert len(ground.ground_svg()) < 40_000


def test_every_point_lies_on_the_sheet():
    for numbers in re.findall(r'd="([^"]+)"', ground.ground_svg()):
        values = [float(value) for value in re.findall(r"-?\d+(?:\.\d+)?(?:e-\d+)?", numbers)]
        assert all(abs(x) <= 29.7 / 2 for x in values[::2])
        assert all(abs(y) <= 21.0 / 2 for y in values[1::2])


def test_the_middle_line_of_the_braid_closes_and_is_walked_at_even_pace():
    track = ground._track(ground._stepped(ground._INSET + ground._BAND / 2), ground._BEND)
    assert track.at(0)[0] == pytest.approx(track.at(track.length - 1e-9)[0])
    steps = 4000
    places = [track.at(track.length * i / steps)[0] for i in range(steps + 1)]
    walked = sum(hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(places))
    assert walked == pytest.approx(track.length, rel=1e-4)
    sharp = 2 * (ground.WIDTH + ground.HEIGHT) - 8 * (ground._INSET + ground._BAND / 2)
    assert track.length == pytest.approx(sharp - 12 * (2 - pi / 2) * ground._BEND)


def test_the_braid_keeps_between_its_rules():
    swing = ground._SWING + ground._HAIR
    assert swing < ground._BAND / 2
    assert swing < ground._BEND


def test_left_mirrors_right_and_top_mirrors_bottom():
    corners = {(round(x, 6), round(y, 6)) for x, y in ground._stepped(8)}
    assert {(-x, y) for x, y in corners} == corners == {(x, -y) for x, y in corners}
    assert len(corners) == 12
