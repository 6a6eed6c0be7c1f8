"""Standards and programmes for tests, short to write."""

from __future__ import annotations

import json
from typing import Any

OWN = "6-31-01-03"
TERMS = [
    {"number": 1, "starts_on": "2024-09-02", "ends_on": "2025-01-17"},
    {"number": 2, "starts_on": "2025-02-24", "ends_on": "2025-07-04"},
    {"number": 3, "starts_on": "2025-09-01", "ends_on": "2026-01-16"},
]


def standard_file(numbers: list[str], levels: dict[str, Any], **members: Any) -> bytes:
    root = {
        "format": "guildhall-standard/1",
        "occupation": OWN,
        "edition": "1",
        "name": {"zh": "标准"},
        "competencies": [{"number": one, "name": {"zh": f"能力{one}"}} for one in numbers],
        "levels": levels,
    }
    return json.dumps(root | members, ensure_ascii=False).encode()


def programme_file(*courses: dict[str, Any], **members: Any) -> bytes:
    root = {
        "format": "guildhall-programme/1",
        "code": "P",
        "name": {"zh": "专业"},
        "edition": "2024",
        "starts_on": "2024-09-01",
        "occupation": OWN,
        "terms": TERMS,
        "courses": list(courses),
    }
    return json.dumps(root | members, ensure_ascii=False).encode()


def course(code: str, *alignments: dict[str, Any], term: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": {"zh": f"课程{code}"},
        "credits": "2.5",
        "hours": 40,
        "term": term,
        "alignments": list(alignments),
    } | members


def aligned(competency: str, kind: str = "taught", level: str = "4", **members: Any) -> dict[str, Any]:
    return {"competency": competency, "kind": kind, "level": level, **members}


def both(competency: str, **members: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return aligned(competency, **members), aligned(competency, "assessed", **members)
