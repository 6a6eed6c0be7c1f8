"""Conversion of learning outcomes into the courses of a programme: rules as data, the best plan, proved, and why not more."""

from __future__ import annotations

from guildhall.core.conversion.answer import plan_json
from guildhall.core.conversion.asking import Loss, Standing, Target, compare, joined, most, opportunity_cost, pair
from guildhall.core.conversion.holding import outcomes_of
from guildhall.core.conversion.plan import (
    CapStep,
    CapUse,
    Decision,
    Drawn,
    Flow,
    Granted,
    LeftOut,
    Plan,
    Reason,
    RuleAt,
    Shown,
    Worth,
    flows,
)
from guildhall.core.conversion.planning import RuleSetNotInForceError, UnknownRuleError, best_plan
from guildhall.core.conversion.reading_rules import InvalidRuleSetError, read_rule_set
from guildhall.core.conversion.rule_set import RuleSet

__all__ = [
    "CapStep",
    "CapUse",
    "Decision",
    "Drawn",
    "Flow",
    "Granted",
    "InvalidRuleSetError",
    "LeftOut",
    "Loss",
    "Plan",
    "Reason",
    "RuleAt",
    "RuleSet",
    "RuleSetNotInForceError",
    "Shown",
    "Standing",
    "Target",
    "UnknownRuleError",
    "Worth",
    "best_plan",
    "compare",
    "flows",
    "joined",
    "most",
    "opportunity_cost",
    "outcomes_of",
    "pair",
    "plan_json",
    "read_rule_set",
]
