"""Whole editions for tests: the example of the documentation, and random ones."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE: dict[str, Any] = json.loads((ROOT / "docs/examples/standard-edition.json").read_bytes())
LADDER = ["5", "4", "3", "2", "1"]
_WORDS = ["检修", "安装", "调试", "护理", "照护", "建模", "巡检", "记录", "沟通", "设计"]


def example() -> dict[str, Any]:
    """Return a copy of the documentation's example."""
    copy: dict[str, Any] = json.loads(json.dumps(EXAMPLE))
    return copy


def encoded(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


def text(chance: Random, prefix: str) -> dict[str, str]:
    said = {"zh": f"{prefix}{chance.choice(_WORDS)}{chance.randrange(40)}"}
    if chance.random() < 0.6:
        said["en"] = f"{prefix} item {chance.randrange(40)}"
    return said


def weights(chance: Random, numbers: list[str]) -> dict[str, str]:
    cuts = sorted(chance.randrange(10001) for _ in range(len(numbers) - 1))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, 10000], strict=True)]
    return {number: f"{part // 100}.{part % 100:02}" for number, part in zip(numbers, parts, strict=True)}


def some_edition(seed: int) -> dict[str, Any]:
    """Return a random edition in order: one to five levels, one to four functions at each."""
    chance = Random(seed)
    content = example()
    levels = LADDER[: chance.randint(1, 5)]
    overview = content["overview"]
    overview["levels"] = levels
    overview["training"]["hours"] = {level: chance.randint(40, 400) for level in levels}
    overview["assessment"]["parts"] = [
        {"kind": kind, "levels": levels, "minutes": chance.randint(60, 200), "pass_mark": 60}
        for kind in ("theory", "skill")
    ]
    overview["eligibility"] = {"template": "cn-2018"} if chance.random() < 0.5 else EXAMPLE["overview"]["eligibility"]
    if "levels" in overview["eligibility"]:
        overview["eligibility"] = {
            "levels": dict.fromkeys(levels[:1], EXAMPLE["overview"]["eligibility"]["levels"]["5"])
        }
    content["requirements"] = {level: _functions(chance) for level in levels}
    content["weights"] = {}
    for level in levels:
        tops = [one["number"] for one in content["requirements"][level]]
        content["weights"][level] = {
            "theory": weights(chance, ["0.1", "0.2", *tops]),
            "skill": weights(chance, tops),
        }
    return content


def _functions(chance: Random) -> list[dict[str, Any]]:
    functions = []
    for f in range(1, chance.randint(2, 5)):
        contents = [
            {
                "number": f"{f}.{c}",
                "name": text(chance, "内容"),
                "skills": [
                    {"number": f"{f}.{c}.{n}", "name": text(chance, "能")} for n in range(1, chance.randint(2, 4))
                ],
                "knowledge": [
                    {"number": f"{f}.{c}.{n}", "name": text(chance, "知识")} for n in range(1, chance.randint(1, 4))
                ],
            }
            for c in range(1, chance.randint(2, 4))
        ]
        functions.append({"number": str(f), "name": text(chance, "功能"), "contents": contents})
    return functions
