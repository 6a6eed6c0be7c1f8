"""Who may sit which level, and what is missing: rules as data, a record, a day, an answer.

:func:`read_rules` reads rules files, ``core.record.read_record`` a record, :func:`judge` answers.
"""

from __future__ import annotations

from guildhall.core.eligibility.conditions import Condition, Missing
from guildhall.core.eligibility.judging import Answer, Shortfall, judge
from guildhall.core.eligibility.rules import (
    Clause,
    InvalidEligibilityRulesError,
    LevelNotInRulesError,
    NoEligibilityRulesError,
    NoRulesInForceError,
    Rules,
    Standard,
    read_rules,
)
from guildhall.core.eligibility.sentences import missing_sentence, time_in_words

__all__ = [
    "Answer",
    "Clause",
    "Condition",
    "InvalidEligibilityRulesError",
    "LevelNotInRulesError",
    "Missing",
    "NoEligibilityRulesError",
    "NoRulesInForceError",
    "Rules",
    "Shortfall",
    "Standard",
    "judge",
    "missing_sentence",
    "read_rules",
    "time_in_words",
]
