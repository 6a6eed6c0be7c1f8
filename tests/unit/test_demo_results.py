"""The results files that ship: nobody's, always the same, with the mistakes that they are meant to have."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from guildhall.core import results as core
from guildhall.demo import results as demo

TODAY = date(2026, 11, 22)
# What the file itself cannot tell: only the register knows what is filed, and what passes.
REGISTER_KNOWS = {"not_accredited", "failed_part", "missing_mark", "occupation_unknown"}


def table(name: str, content: bytes) -> list[list[str]]:
    """Read a file with other libraries than the register does."""
    if name.endswith(".xlsx"):
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [[str(cell) for cell in row] for row in sheet.to_python()]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def files() -> list[demo.ResultsFile]:
    return demo.files(demo.SEED)


def test_making_the_files_again_gives_the_rows_that_ship() -> None:
    made = {name: (slug, table(name, content)) for slug, name, content in demo.make(demo.SEED)}
    shipped = {name: (slug, table(name, content)) for slug, name, content in demo.shipped()}
    assert made == shipped
    assert next(iter(demo.shipped()))[0] == "national-centre"


def test_another_seed_gives_other_people() -> None:
    ours, others = ({row["id_number"] for f in demo.files(seed) for row in f.rows} for seed in (demo.SEED, 1))
    assert len(ours & others) < 5


def test_nine_rows_in_ten_are_the_national_centres(files: list[demo.ResultsFile]) -> None:
    national, *regional = files
    assert national.n_good >= 1000
    assert len(regional) >= 30
    assert national.n_good / sum(f.n_good for f in files) == pytest.approx(0.9)


def test_each_file_has_the_mistakes_that_it_is_meant_to_have_and_no_others(files: list[demo.ResultsFile]) -> None:
    for file in files:
        parsed = core.parse(file.content, file_name=file.name, today=TODAY)
        found = {(p.line, p.code) for p in parsed.problems}
        assert found == {(m.line, m.code) for m in file.mistakes if m.code not in REGISTER_KNOWS}, file.name
        assert parsed.n_rows == file.n_good + len(file.mistakes)


def test_the_mistakes_are_those_that_offices_make(files: list[demo.ResultsFile]) -> None:
    codes = Counter(m.code for f in files for m in f.mistakes)
    assert codes == {
        "id_check_digit": 3,
        "id_as_number": 2,
        "not_accredited": 2 + 5,
        "failed_part": 2,
        "missing_mark": 1,
        "duplicate_row": 1,
        "occupation_unknown": 1,
        "date_in_future": 1,
        "name_missing": 1,
    }


def test_nobody_has_two_good_rows_and_no_number_can_be_anybodys(files: list[demo.ResultsFile]) -> None:
    wrong = {(f.name, m.line) for f in files for m in f.mistakes}
    numbers = [
        str(row["id_number"]) for f in files for line, row in enumerate(f.rows, 2) if (f.name, line) not in wrong
    ]
    assert len(numbers) == len(set(numbers)) == sum(f.n_good for f in files)
    assert {number[2:6] for number in numbers} == {"9999"}


def test_every_good_row_lies_in_the_past_and_is_issued_after_its_exam(files: list[demo.ResultsFile]) -> None:
    for file in files:
        wrong = {m.line for m in file.mistakes}
        for line, row in enumerate(file.rows, 2):
            if line not in wrong:
                assert date(2026, 1, 1) <= row["examined_on"] < row["issued_on"] < TODAY  # type: ignore[operator]


def test_the_files_come_in_the_encodings_that_offices_send(files: list[demo.ResultsFile]) -> None:
    by_slug = {f.issuer: f.content for f in files}
    assert by_slug["national-centre"].startswith(b"PK")
    assert by_slug["hebei-centre"].startswith(b"\xef\xbb\xbf")
    assert not by_slug["beijing-centre"].startswith(b"\xef\xbb\xbf")
    by_slug["beijing-centre"].decode()
    assert by_slug["shanghai-centre"].startswith(b"Name,")
    for slug in ("guangdong-centre", "xinjiang-centre"):
        with pytest.raises(UnicodeDecodeError):
            by_slug[slug].decode()


def test_names_are_as_varied_as_in_life(files: list[demo.ResultsFile]) -> None:
    names = [str(row["name"]) for row in files[0].rows]
    assert any("·" in name for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert any(row["id_kind"] == "港澳台居民居住证" for row in files[0].rows)


def test_the_script_writes_what_ships_without_the_register(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "guildhall.demo.results", str(tmp_path)], check=True, env={"PATH": ""})
    assert {p.name: table(p.name, p.read_bytes()) for p in tmp_path.iterdir()} == {
        name: table(name, content) for _, name, content in demo.shipped()
    }
