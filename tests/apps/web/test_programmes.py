"""Programmes in public: the matrix against sums done anew, and what a standard's next edition touches."""

from __future__ import annotations

import copy
import csv
import json
import re
from fractions import Fraction
from importlib import resources
from typing import Any

import pytest
from django.test import Client

from guildhall.core import coverage
from guildhall.core.canonical import jcs
from guildhall.core.standard import read
from guildhall.curriculum import services
from guildhall.standards.editions.services import import_edition
from guildhall.standards.models import Standard
from guildhall.web.matrix import matrix
from tests.apps import bank
from tests.world import NOW, World

STUDY = resources.files("guildhall.demo").joinpath("study")
PROGRAMME: dict[str, Any] = json.loads(STUDY.joinpath("programme-460306-2026.json").read_text("utf-8"))
STANDARD: dict[str, Any] = json.loads(
    resources.files("guildhall.standards").joinpath("data/standards/6-31-01-03-2024.json").read_text("utf-8")
)
ADDRESS = "/en/programmes/north-college/460306/2026"


@pytest.fixture
def reader(world: World) -> Client:
    college = bank.college()
    officer = bank.officer(college)
    for number, starts_on in (("2024", "2024-01-01"), ("next", "2027-07-01")):
        content = copy.deepcopy(STANDARD) | {"edition": number, "in_force_on": starts_on}
        if number == "next":
            content["weights"]["4"]["skill"].update({"1": "15", "4": "25"})
        Standard.objects.filter(occupation=world.electrician, edition=number, content={}).delete()
        import_edition(jcs.canonical(content), actor=world.command, now=NOW)
    plan = services.enter_plan(
        json.dumps(PROGRAMME | {"institution": "north-college"}).encode(), college, actor=officer, now=NOW
    )
    services.publish_plan(plan, actor=officer, now=NOW)
    return Client()


@pytest.mark.parametrize("level", ["5", "4", "3", "2", "1"])
def test_rows_weigh_and_cover_together_what_the_engine_says(level: str) -> None:
    """Rows against a sum over the cells done anew, by number alone."""
    programme = coverage.read_programme(jcs.canonical(PROGRAMME))
    found = matrix(read(STANDARD), programme, level)
    cells = coverage.align(coverage.of_edition(read(STANDARD)), programme, level=level).cells
    whole = {column: sum(c.cell.weight for c in cells if c.cell.column == column) for column in ("theory", "skill")}
    for row in (row for part in found.parts for row in part.rows):
        own = [c for c in cells if c.cell.number == row.number or c.cell.number.startswith(f"{row.number}.")]
        weight = sum(Fraction(c.cell.weight, 2 * whole[c.cell.column]) for c in own)
        covered = sum(Fraction(c.cell.weight * c.covered, 2 * whole[c.cell.column]) for c in own) / weight
        assert abs(Fraction(row.weight) - weight * 100) <= Fraction(1, 20)
        assert abs(row.covered - covered) <= Fraction(1, 2)
    assert sum(len(part.rows) for part in found.parts) == len({".".join(c.cell.number.split(".")[:2]) for c in cells})


def test_a_course_stands_in_the_row_that_it_is_aligned_with() -> None:
    found = matrix(read(STANDARD), coverage.read_programme(jcs.canonical(PROGRAMME)), "4")
    place = [course.code for course in found.courses].index("A107")
    boxes = {row.number: row.boxes[place] for part in found.parts for row in part.rows if row.boxes[place]}
    assert {number: (box.taught, box.assessed, box.shade) for number, box in boxes.items() if box} == {
        "3.2": (100, 100, 4),
        "4.2": (100, 0, 4),
    }
    assert [row.number for row in found.gaps] == ["4.2"]


def test_what_is_taught_after_the_assessment_is_marked_late() -> None:
    programme = coverage.read_programme(jcs.canonical(PROGRAMME))
    end_of_term_2 = programme.terms[1].ends_on
    found = matrix(read(STANDARD), programme, "4", end_of_term_2)
    late = {
        (course.code, row.number)
        for part in found.parts
        for row in part.rows
        for course, box in zip(found.courses, row.boxes, strict=True)
        if box is not None and box.late
    }
    assert ("A104", "2.1") in late
    assert not {number for code, number in late if code in ("A101", "A103")}


def test_the_page_says_the_share_and_names_the_gap(reader: Client) -> None:
    html = reader.get(f"{ADDRESS}?level=4").content.decode()
    assert "It covers 90.0% of level 4" in html
    assert "4.2 " in html.split('id="gaps"')[1]
    assert 'aria-current="true">level 4' in html


def test_both_tracks_are_named_with_the_same_share(reader: Client) -> None:
    html = reader.get(f"{ADDRESS}?level=4").content.decode()
    card = html.split('id="tracks"')[1].split("</section>")[0]
    assert re.findall(r"/encyclopedia/certificates/(\w+)/6-31-01-03/4", card) == ["pcc", "vqc"]
    assert card.count("90.0%") == 2


def test_the_table_of_all_items_is_what_the_engine_says(reader: Client) -> None:
    rows = list(csv.DictReader(reader.get(f"{ADDRESS}.csv?level=4").content.decode("utf-8-sig").splitlines()))
    cells = coverage.align(
        coverage.of_edition(read(STANDARD)), coverage.read_programme(jcs.canonical(PROGRAMME)), level="4"
    ).cells
    assert [(r["number"], r["column"], int(r["covered"])) for r in rows] == [
        (c.cell.number, c.cell.column, c.covered) for c in cells
    ]


@pytest.mark.parametrize("query", ["level=9", "level=", "by=never", "by=2026-02-30", "level=4&by=2099-01-01"])
def test_a_junk_question_gets_the_page(reader: Client, query: str) -> None:
    assert reader.get(f"{ADDRESS}?{query}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/programmes/nobody/460306/2026",
        "/programmes/north-college/460306/1999",
        "/programmes/north-college/000000/2026",
        "/encyclopedia/standards/cn-2022/6-31-01-03/next/programmes-since/1900",
    ],
)
def test_what_is_not_there_is_not_found(reader: Client, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_the_list_names_each_programme_with_its_shares(reader: Client) -> None:
    html = reader.get("/en/programmes").content.decode()
    assert "North College" in html
    assert "level 4, intermediate worker 90.0%" in html


def test_a_new_edition_shows_the_coverage_before_and_after(reader: Client) -> None:
    html = reader.get("/en/encyclopedia/standards/cn-2022/6-31-01-03/next/programmes-since/2024").content.decode()
    row = html.split("<tbody>")[1].split("</tbody>")[0]
    # 4.2 is half of function 4 and only taught: in skill it loses 12.5 instead of 10, in theory 10 as before.
    assert re.findall(r'<td class="figure">([0-9.]+%)</td>', row) == ["90.0%", "88.8%"]


def test_a_programme_is_found_by_its_name_its_college_and_a_course(reader: Client) -> None:
    from guildhall.encyclopedia.search import indexing, selectors

    indexing.rebuild(NOW)
    for query in ("电气自动化", "北方学院", "电机与电气控制", "460306"):
        hits = selectors.search(query, facets={"kind": ["programme"]}).hits
        assert [hit.key for hit in hits] == ["north-college/460306/2026"], query
    assert not selectors.search("烹调", facets={"kind": ["programme"]}).hits
