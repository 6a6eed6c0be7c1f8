"""Words that a certificate may not use unless its scheme has the right to: the list is data, the linter is pure.

Begin with ``read_wording_rules``, then ``lint``.
"""

from guildhall.core.wording.linting import MAX_TEXT, Hit, TextTooLongError, lint
from guildhall.core.wording.rules import InvalidWordingRulesError, Notice, Rule, Rules, read_wording_rules

__all__ = [
    "MAX_TEXT",
    "Hit",
    "InvalidWordingRulesError",
    "Notice",
    "Rule",
    "Rules",
    "TextTooLongError",
    "lint",
    "read_wording_rules",
]
