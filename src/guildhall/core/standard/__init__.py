"""Whole editions of occupational standards: the official structure as one JSON document.

:func:`parse` reads a file, :func:`read` parsed JSON, :func:`read_draft` one still being written; :func:`digest` names a
content; :func:`competencies` lists the items with stable ids; :func:`eligibility_rules` gives its rules as a rules file.
"""

from __future__ import annotations

from guildhall.core.standard.competencies import Competency, competencies, document_id, item_id
from guildhall.core.standard.difference import Change, difference
from guildhall.core.standard.document import FORMAT, KINDS, Document, Item, Overview, Part, Staffing, digest, tidied
from guildhall.core.standard.parsing import UNFINISHED, parse, read, read_draft
from guildhall.core.standard.rules import eligibility_rules
from guildhall.core.standard.sentences import change_in_words, difference_in_words, problem_in_words
from guildhall.core.standard.weights import (
    COLUMNS,
    NUMBER,
    Cell,
    InvalidStandardError,
    LevelNotInStandardError,
    LevelTable,
)

__all__ = [
    "COLUMNS",
    "FORMAT",
    "KINDS",
    "NUMBER",
    "UNFINISHED",
    "Cell",
    "Change",
    "Competency",
    "Document",
    "InvalidStandardError",
    "Item",
    "LevelNotInStandardError",
    "LevelTable",
    "Overview",
    "Part",
    "Staffing",
    "change_in_words",
    "competencies",
    "difference",
    "difference_in_words",
    "digest",
    "document_id",
    "eligibility_rules",
    "item_id",
    "parse",
    "problem_in_words",
    "read",
    "read_draft",
    "tidied",
]
