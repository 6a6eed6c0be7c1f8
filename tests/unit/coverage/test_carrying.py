"""A programme under the next edition of its standard: what moved is followed, what ended is told."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from importlib import resources
from typing import Any

from guildhall.core import coverage
from guildhall.core.canonical import jcs
from guildhall.core.coverage.carrying import Touch, touched
from guildhall.core.standard import Document, read

OLD: dict[str, Any] = json.loads(
    resources.files("guildhall.standards").joinpath("data/standards/6-31-01-03-2024.json").read_text("utf-8")
)


def edition(change: Any = None) -> Document:
    content = copy.deepcopy(OLD)
    content["edition"] = "next"
    if change is not None:
        change(content)
    return read(content)


def programme(*aligned: tuple[str, str, str, str]) -> coverage.Programme:
    """A programme of one course for each alignment with (competency, level, kind, column)."""
    courses = [
        {
            "code": f"K{index}",
            "name": {"zh": f"课程{index}"},
            "credits": "2",
            "hours": 32,
            "term": 1,
            "alignments": [
                {"competency": number, "level": level, "kind": kind, **({"column": column} if column else {})}
                for kind in kinds.split("+")
            ],
        }
        for index, (number, level, kinds, column) in enumerate(aligned)
    ]
    return coverage.read_programme(
        jcs.canonical(
            {
                "format": "guildhall-programme/1",
                "code": "X",
                "name": {"zh": "某专业"},
                "edition": "1",
                "starts_on": "2026-09-01",
                "occupation": "6-31-01-03",
                "terms": [{"number": 1, "starts_on": "2026-09-01", "ends_on": "2027-01-15"}],
                "courses": courses,
            }
        )
    )


def of_level(touches: tuple[Touch, ...], level: str) -> Touch:
    return next(touch for touch in touches if touch.level == level)


def swap_functions(content: dict[str, Any]) -> None:
    """Level 4: functions 1 and 2 change places, their weights with them."""
    first, second = content["requirements"]["4"][:2]
    content["requirements"]["4"][:2] = [renumbered(second, "1"), renumbered(first, "2")]
    for column in content["weights"]["4"].values():
        column["1"], column["2"] = column["2"], column["1"]


def renumbered(function: dict[str, Any], number: str) -> dict[str, Any]:
    for content in function["contents"]:
        content["number"] = f"{number}.{content['number'].split('.', 1)[1]}"
        for kind in ("skills", "knowledge"):
            for item in content.get(kind, ()):
                item["number"] = f"{number}.{item['number'].split('.', 1)[1]}"
    return {**function, "number": number}


def test_the_same_text_touches_nothing() -> None:
    taught = programme(("1", "4", "taught+assessed", ""), ("2.1", "5", "taught+assessed", "skill"))
    touches = touched(taught, edition(), edition())
    assert [touch.changed for touch in touches] == [False] * 5
    assert [touch.level for touch in touches] == ["5", "4", "3", "2", "1"]


def test_an_alignment_follows_the_item_that_moved() -> None:
    taught = programme(("1", "4", "taught+assessed", ""), ("2.1", "4", "taught+assessed", "skill"))
    touch = of_level(touched(taught, edition(), edition(swap_functions)), "4")
    assert touch.before is not None
    assert touch.after is not None
    # Function 1 weighs 15 in theory and 20 in skill; 2.1 is half of function 2's skill weight of 30.
    assert touch.before.columns["theory"].covered == Fraction(15, 100)
    assert touch.before.columns["skill"].covered == Fraction(20 + 15, 100)
    assert touch.after.columns == touch.before.columns
    assert not touch.ended


def test_without_carrying_the_numbers_would_mean_other_items() -> None:
    taught = programme(("1", "4", "taught+assessed", ""))
    later = edition(swap_functions)
    wrong = coverage.align(coverage.of_edition(later), taught, level="4")
    assert wrong.columns["theory"].covered == Fraction(20, 100)


def test_an_alignment_to_what_was_removed_ends_and_is_named() -> None:
    def remove(content: dict[str, Any]) -> None:
        content["requirements"]["4"].pop()
        for column in content["weights"]["4"].values():
            column["1"] = str(int(column["1"]) + int(column.pop("4")))

    taught = programme(("4", "4", "taught+assessed", ""), ("4.1", "4", "taught", ""), ("1", "4", "taught+assessed", ""))
    touch = of_level(touched(taught, edition(), edition(remove)), "4")
    assert touch.changed
    assert touch.ended == {"K0": ("4",), "K1": ("4.1",)}
    assert touch.before is not None
    assert touch.after is not None
    # Before: functions 1 and 4 (theory 15 + 20, skill 20 + 20); after: function 1 with the weights of both.
    assert touch.before.overall.covered == touch.after.overall.covered == Fraction(75, 200)


def test_a_change_of_weights_alone_changes_the_coverage() -> None:
    def reweigh(content: dict[str, Any]) -> None:
        content["weights"]["4"]["skill"].update({"1": "35", "2": "15"})

    taught = programme(("1", "4", "taught+assessed", "skill"))
    touch = of_level(touched(taught, edition(), edition(reweigh)), "4")
    assert touch.before is not None
    assert touch.after is not None
    assert (touch.before.columns["skill"].covered, touch.after.columns["skill"].covered) == (
        Fraction(20, 100),
        Fraction(35, 100),
    )


def test_a_level_that_is_new_has_no_before() -> None:
    def drop(content: dict[str, Any]) -> None:
        content["overview"]["levels"].remove("1")
        content["requirements"].pop("1")
        content["weights"].pop("1")
        for part in content["overview"]["assessment"]["parts"]:
            part["levels"] = [level for level in part["levels"] if level != "1"]
        content["overview"].get("training", {}).get("hours", {}).pop("1", None)
        content["overview"].get("eligibility", {}).get("levels", {}).pop("1", None)

    taught = programme(("1", "4", "taught+assessed", ""))
    touch = of_level(touched(taught, edition(drop), edition()), "1")
    assert touch.before is None
    assert touch.after is not None
    assert touch.changed
