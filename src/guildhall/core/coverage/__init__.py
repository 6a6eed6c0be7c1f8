"""What a held or taught set of competencies covers of a required one: one mathematics for curriculum, conversion and posts.

:func:`read_standard` and :func:`read_programme` read files; :func:`align` covers by a programme, :func:`hold` by what a person
holds; :meth:`Coverage.at_least` is the test of "80 % of the content".
"""

from __future__ import annotations

from guildhall.core.coverage.covering import (
    Coverage,
    CoveredCell,
    ForeignStandardError,
    Shares,
    UnknownCompetencyError,
    align,
    as_json,
    certificate,
    courses_on,
    hold,
    percent,
)
from guildhall.core.coverage.programme import InvalidProgrammeError, Programme, part_of, read_programme
from guildhall.core.coverage.standard import Standard, of_edition, read_standard
from guildhall.core.standard.weights import InvalidStandardError, LevelNotInStandardError

__all__ = [
    "Coverage",
    "CoveredCell",
    "ForeignStandardError",
    "InvalidProgrammeError",
    "InvalidStandardError",
    "LevelNotInStandardError",
    "Programme",
    "Shares",
    "Standard",
    "UnknownCompetencyError",
    "align",
    "as_json",
    "certificate",
    "courses_on",
    "hold",
    "of_edition",
    "part_of",
    "percent",
    "read_programme",
    "read_standard",
]
