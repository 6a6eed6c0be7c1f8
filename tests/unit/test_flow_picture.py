"""The picture of a flow: bands as broad as it is much, every box a link, nothing that was typed becomes mark-up."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from guildhall.web.drawing import Band, Knot, flow

HEADS = ("what", "by", "into")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(names: list[str], amounts: list[int], idle: int = 0) -> ET.Element:
    boxes = [Knot(name, "under", f"#{place}") for place, name in enumerate(names)]
    bands = [Band(place, place, place, amount, f"band {place}") for place, amount in enumerate(amounts)]
    text = flow(boxes, boxes, boxes, bands, idle=boxes[:idle], heads=HEADS, title="a title")
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def breadth(path: str) -> float:
    """Return how broad a band is where it begins: between its first point and where its second edge comes back."""
    numbers = [float(one) for one in re.findall(r"-?\d+\.\d", path.split("Z", maxsplit=1)[0])]
    return numbers[-1] - numbers[1]


@pytest.mark.parametrize("amounts", [[800, 400], [500, 200, 800, 400], [1, 999]])
def test_bands_are_as_broad_as_it_is_much(amounts: list[int]) -> None:
    bands = drawn([f"box {n}" for n in range(len(amounts))], amounts).findall(f"{SVG}path")
    broad = [breadth(band.get("d", "")) for band in bands]
    most = max(amounts)
    for amount, own in zip(amounts, broad, strict=True):
        assert own == pytest.approx(max(2.0, 84 * amount / most), abs=0.11)


def test_every_box_is_a_link_with_its_whole_name_and_none_lies_on_another() -> None:
    names = [
        "岗位能力证书：电工 · 四级／中级工以及很长很长很长很长很长的名称",
        "A very long name of a course that never ends at all",
        "x",
    ]
    picture = drawn(names, [5, 8, 2], idle=2)
    links = picture.findall(f"{SVG}a")
    assert [link.get("aria-label") for link in links] == [f"{name}, under" for name in [*names * 3, *names[:2]]]
    places: dict[str, list[tuple[float, float]]] = {}
    for link in links:
        box = link.find(f"{SVG}rect")
        assert box is not None
        top = float(box.get("y", ""))
        places.setdefault(box.get("x", ""), []).append((top, top + float(box.get("height", ""))))
    height = float(picture.get("viewBox", "").split()[3])
    for column in places.values():
        laid = sorted(column)
        assert all(below[0] >= above[1] for above, below in pairwise(laid))
        assert laid[-1][1] <= height


def test_what_was_typed_is_never_markup() -> None:
    picture = drawn(["<script>alert(1)</script>", 'a" onclick="b'], [1, 1])
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} == {"svg", "a", "rect", "text", "path", "title"}
    assert set().union(*(one.attrib for one in picture.iter())) <= {
        "viewBox", "role", "aria-label", "class", "href", "x", "y", "width", "height", "d",
    }  # fmt: skip


def test_nothing_flowing_is_drawn_without_a_fault() -> None:
    assert drawn([], []).findall(f"{SVG}a") == []
    assert len(drawn(["one"], [0]).findall(f"{SVG}a")) == 3
