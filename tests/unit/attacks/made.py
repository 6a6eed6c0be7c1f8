"""What the attacks are made of: a register whose documents are changed before they are signed, and how an attack is judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from guildhall.core import credential, proofs
from guildhall.core.report import Outcome, Report
from guildhall.core.trust import Trust
from guildhall.core.verify import verify
from tests.unit.verify.made import NOW, Register, trusted

TRUST = trusted()


@dataclass
class Forge(Register):
    """A register whose issuer signs, and whose log holds, what no honest issuer writes."""

    change: Callable[[dict[str, Any]], None] = lambda _: None

    def credential(self) -> dict[str, Any]:
        unsigned = json.loads(json.dumps(credential.document(self.facts)))
        self.change(unsigned)
        return proofs.add_proof(unsigned, self.issuer_key, created=NOW, cryptosuite=self.cryptosuite)


def ask(value: Any, *, trust: Trust = TRUST, at: date | None = None, now: datetime = NOW, **more: Any) -> Report:
    """Return the verifier's report of a value, as bytes or as what JSON can hold."""
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return verify(data, trust=trust, now=now, at=at, **more)


def failing(report: Report) -> list[str]:
    """Return the names of the checks that failed."""
    return [check.name for check in report.checks if check.outcome is Outcome.FAILED]


def judged(report: Report) -> tuple[list[str], str]:
    """Return the names of the checks that failed, and the code of the first."""
    names = failing(report)
    return names, report.check(names[0]).code if names else ""
