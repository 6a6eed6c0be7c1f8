"""Rules and records for tests, short to write."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from guildhall.core.eligibility import Answer, Rules, judge, read_rules
from guildhall.core.record import Record, read_record

OWN, RELATED, FOREIGN = "6-31-01-03", "6-25-04-01", "4-10-01-05"
MAJOR = "机电一体化技术"


def clause(*conditions: dict[str, Any], name: str = "a") -> dict[str, Any]:
    return {"id": name, "text": {"zh": f"条款{name}"}, "all": list(conditions)}


def standard(*clauses: dict[str, Any], level: str = "4", **members: Any) -> dict[str, Any]:
    return {
        "occupation": OWN,
        "edition": "2018",
        "starts_on": "2000-01-01",
        "related_occupations": [RELATED],
        "related_majors": [MAJOR],
        "levels": {level: list(clauses)},
    } | members


def rules_file(*standards: dict[str, Any], **members: Any) -> bytes:
    root = {"format": "guildhall-eligibility-rules/1", "name": {"zh": "测试"}, "standards": list(standards), **members}
    return json.dumps(root, ensure_ascii=False).encode()


def rules(*conditions: dict[str, Any]) -> Rules:
    return read_rules(rules_file(standard(clause(*conditions))))


def record_file(**members: Any) -> bytes:
    return json.dumps({"format": "guildhall-record/1", **members}, ensure_ascii=False).encode()


def record(**members: Any) -> Record:
    return read_record(record_file(**members))


def job(starts_on: str, ends_on: str | None = None, occupation: str = OWN) -> dict[str, Any]:
    return {"occupation": occupation, "starts_on": starts_on, "ends_on": ends_on}


def award(level: str, awarded_on: str, occupation: str = OWN, **members: Any) -> dict[str, Any]:
    return {"occupation": occupation, "level": level, "awarded_on": awarded_on, **members}


def asked(held: Record, by: Rules, on: str, level: str = "4", occupation: str = OWN) -> Answer:
    return judge(held, by, occupation=occupation, level=level, on=date.fromisoformat(on))
