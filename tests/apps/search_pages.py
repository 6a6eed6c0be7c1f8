"""The real occupation lists as pages, and what a plain search through them finds: the oracle of tests and bench."""

from __future__ import annotations

import csv
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from tests.shared import shared

if TYPE_CHECKING:
    from guildhall.encyclopedia.search.indexing import Page


@cache
def occupation_pages() -> tuple[Page, ...]:
    """1,671 + 1,016 + 3,007 occupations. Level, scheme and region are made up, in a fixed way, so that facets have values."""
    return (*_cn(), *_onet(), *_esco())


def _cn() -> Iterator[Page]:
    for line in shared("data", "cn", "occupations_2022.jsonl").read_text().splitlines():
        row = json.loads(line)
        yield _page(
            "cn-2022",
            row["occupation_code"],
            {"zh": row["occupation_name"]},
            {"zh": row["definition"] or ""},
            row["included_work_types"],
            (f"cn-2022/{row['major_category_code']}", {"zh": row["major_category_name"]}),
        )


def _onet() -> Iterator[Page]:
    folder = shared("data", "onet_29_3")
    others: dict[str, list[str]] = {}
    for code, _, other, *_ in _rows(folder / "Alternate Titles.xlsx"):
        others.setdefault(code, []).append(other)
    for code, name, definition in _rows(folder / "Occupation Data.xlsx"):
        field = (f"onet-29.3/{code[:2]}", {"en": code[:2]})
        yield _page("onet-29.3", code, {"en": name}, {"en": definition}, others.get(code, []), field)


def _rows(path) -> list[list[str]]:
    return [
        [str(cell) for cell in row] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    ]


def _esco() -> Iterator[Page]:
    with shared("data", "esco_1_1_1", "occupations.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            field = (f"esco-1.1.1/{row['ISCOGROUPCODE'][0]}", {"en": row["ISCOGROUPCODE"][0]})
            others = [one for one in row["ALTLABELS"].split("\n") if one]
            yield _page(
                "esco-1.1.1", row["CODE"], {"en": row["PREFERREDLABEL"]}, {"en": row["DESCRIPTION"]}, others, field
            )


def _page(  # noqa: PLR0917 - a row of a list, in its order
    edition: str, code: str, title: dict, summary: dict, names: Sequence[str], field: tuple[str, dict]
) -> Page:
    from guildhall.encyclopedia.search.indexing import Page

    n = sum(map(ord, code))
    levels = [level for level in "54321" if (n >> int(level)) & 1]
    return Page(
        kind="occupation",
        key=f"{edition}/{code}",
        url_name="occupation",
        params=(edition, code),
        title=title,
        summary=summary,
        names=tuple(dict.fromkeys(names)),
        codes=(code,),
        facets={
            "field": {field[0]: field[1]},
            "level": {level: {"zh": f"{level}级"} for level in levels},
            "scheme": {("pcc", "vqc")[n % 2]: {"zh": "体系"}},
            "region": {f"{11 + n % 7}": {"zh": "某省"}},
        },
    )


class Plain:
    """All texts, one after another; a phrase is looked up with ``str.find`` and nothing else."""

    def __init__(self, texts: Iterable[tuple[str, Sequence[str]]]) -> None:
        self._starts: list[int] = []
        self._keys: list[str] = []
        pieces: list[str] = []
        at = 0
        for key, lines in texts:
            text = "\n".join(lines) + "\x01"
            self._starts.append(at)
            self._keys.append(key)
            pieces.append(text)
            at += len(text)
        self._all = "".join(pieces)

    def having(self, phrase: str) -> set[str]:
        """Return the keys of the texts that contain a phrase."""
        found: set[str] = set()
        at = self._all.find(phrase)
        while at >= 0:
            n = bisect_right(self._starts, at) - 1
            found.add(self._keys[n])
            # On to the next text: one occurrence is enough.
            beyond = self._starts[n + 1] if n + 1 < len(self._starts) else len(self._all)
            at = self._all.find(phrase, beyond)
        return found


def texts_of(page: Page) -> list[str]:
    """Everything of a page that is searched, as it is written."""
    return [*page.title.values(), *page.names, *page.summary.values(), *page.texts]
