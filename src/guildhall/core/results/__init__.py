"""Results files: reading them with all their problems, and writing the template and the file of corrections.

``parse`` takes the bytes of a CSV or XLSX file and gives rows and problems; ``problem`` makes a further problem of a
row (the register does, for what only it can know); ``corrections`` gives the bad rows back with the reasons.
"""

from __future__ import annotations

from guildhall.core.results.limits import Limits
from guildhall.core.results.problems import RowProblem, problem
from guildhall.core.results.refusals import LargeFileError, RefusedFileError, as_problem
from guildhall.core.results.rows import Parsed, ResultRow, parse
from guildhall.core.results.sentences import CODES, FIXES
from guildhall.core.results.writing import corrections, template

__all__ = [
    "CODES",
    "FIXES",
    "LargeFileError",
    "Limits",
    "Parsed",
    "RefusedFileError",
    "ResultRow",
    "RowProblem",
    "as_problem",
    "corrections",
    "parse",
    "problem",
    "template",
]
