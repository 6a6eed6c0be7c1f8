"""What can be done with credits: every door comes in here."""

from __future__ import annotations

from guildhall.credit.banking import deposit, deposit_issued, set_value

__all__ = ["deposit", "deposit_issued", "set_value"]
