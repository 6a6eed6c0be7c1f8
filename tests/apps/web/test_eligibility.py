"""The self-check: what is typed is judged as the command judges it, and nothing is kept."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.utils import translation

from guildhall.core.canonical import jcs
from guildhall.core.eligibility import judge, read_rules
from guildhall.core.record import read_record
from guildhall.encyclopedia.sitting import _shipped
from tests.world import World

EMPTY = {f"{name}-n": "0" for name in ("jobs", "awards", "diplomas", "trainings", "apprenticeships", "titles")}
ASKED = {"occupation": "电工", "level": "4", "on": "2026-06-01", "born_on": "2000-01-01"}


def sent(**rows: list[dict[str, str]]) -> dict[str, str]:
    """What a browser sends: section → rows."""
    data = EMPTY | ASKED
    for name, listed in rows.items():
        data[f"{name}-n"] = str(len(listed))
        data |= {f"{name}-{i}-{field}": value for i, row in enumerate(listed) for field, value in row.items()}
    return data


@pytest.fixture
def reader(world: World) -> Client:
    return Client()


def shown(reader: Client, data: dict[str, str], path: str = "/en/eligibility", status: int = 200) -> str:
    answer = reader.post(path, data)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def headline(html: str) -> str:
    found = re.search(r'<h1 id="verdict">(.*?)</h1>', html, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


@pytest.mark.parametrize(
    ("starts_on", "expected"),
    [
        ("2021-06-01", "Yes: this can be applied for"),
        ("2021-06-02", "Not yet: from 2 June 2026"),
        ("2024-06-01", "Not yet: from 1 June 2029"),
    ],
)
def test_five_years_of_work_open_level_4_on_the_very_day(reader: Client, starts_on: str, expected: str) -> None:
    html = shown(reader, sent(jobs=[{"occupation": "", "starts_on": starts_on, "ends_on": ""}]))
    assert headline(html) == expected


def test_the_page_and_the_engine_say_the_same(reader: Client) -> None:
    rows = {
        "jobs": [{"occupation": "6-31-01-03", "starts_on": "2023-01-05", "ends_on": ""}],
        "awards": [{"occupation": "", "level": "5", "awarded_on": "2024-02-29", "valid_until": ""}],
    }
    html = shown(reader, sent(**rows))
    typed = json.loads(unescape(re.search(r"<pre><code>(.*?)</code>", html, re.DOTALL)[1]))  # type: ignore[index]
    record = read_record(jcs.canonical(typed))
    answer = judge(record, read_rules(*_shipped()), occupation="6-31-01-03", level="4", on=date(2026, 6, 1))
    assert answer.first_on is not None
    assert not answer.eligible
    assert re.findall(r'<code class="fine">(\w+)</code>', html) == [one.clause.id for one in answer.shortfalls]
    with translation.override("en"):
        assert headline(html) == f"Not yet: from {answer.first_on.day} February {answer.first_on.year}"


def test_without_anything_no_waiting_helps(reader: Client) -> None:
    assert headline(shown(reader, sent())) == "Not yet, and not by waiting alone"


def test_one_more_row_keeps_what_was_typed_and_judges_nothing(reader: Client) -> None:
    data = sent(jobs=[{"occupation": "焊工", "starts_on": "2020-01-01", "ends_on": "not a day"}])
    html = shown(reader, data | {"more": "jobs"})
    assert 'name="jobs-n" value="2"' in html
    assert 'name="jobs-0-occupation" value="焊工"' in html
    assert "verdict" not in html
    assert "not a day" in html


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"occupation": "飞行员"}, "occupation"),
        ({"level": "9"}, "Level"),
        ({"on": "yesterday"}, "Day of application"),
        ({"jobs-n": "1", "jobs-0-starts_on": "2020-01-01", "jobs-0-occupation": "不存在的职业"}, "occupation"),
        ({"awards-n": "1", "awards-0-level": "5"}, "required"),
        ({"trainings-n": "1", "trainings-0-hours": "-5"}, "required"),
        ({"level": "T"}, "level"),
    ],
)
def test_what_cannot_be_judged_is_said_at_its_place(reader: Client, change: dict[str, str], said: str) -> None:
    html = shown(reader, EMPTY | ASKED | change, status=422)
    assert 'class="error"' in html
    assert said in html
    assert 'value="2000-01-01"' in html


@pytest.mark.parametrize("junk", ["x", "99999999", "-1", "１", ""])
def test_a_junk_count_of_rows_is_no_row(reader: Client, junk: str) -> None:
    assert headline(shown(reader, EMPTY | ASKED | {"jobs-n": junk})) == "Not yet, and not by waiting alone"


def test_chinese_and_english_answer_in_their_languages(reader: Client) -> None:
    job = [{"occupation": "", "starts_on": "2024-06-01", "ends_on": ""}]
    assert headline(shown(reader, sent(jobs=job), "/eligibility")) == "还不行：最早 2029 年 6 月 1 日"


def test_nothing_that_was_typed_is_kept(reader: Client, world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        shown(reader, sent(jobs=[{"occupation": "", "starts_on": "2024-06-01", "ends_on": ""}]))
    assert all(query["sql"].lstrip("( ").upper().startswith("SELECT") for query in queries)
