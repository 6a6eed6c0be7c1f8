"""SQLite for several processes beside each other: whoever waits to write begins soon after the writer before has ended.

SQLite itself sleeps longer and longer between its looks, up to a tenth of a second: as long as a whole chunk of a large load
takes, so that two processes that load leave the disk and both cores idle. Here it is looked at every half millisecond.
"""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_LOOK_SECONDS = 0.0005


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for how a transaction begins."""

    def _start_transaction_under_autocommit(self) -> None:
        """Begin, as soon as nobody else writes.

        Raises: django.db.OperationalError (``database is locked``) after the seconds that the option ``timeout`` says.
        """
        timeout = self.settings_dict["OPTIONS"].get("timeout", 5.0)
        until = time.monotonic() + timeout
        self._wait_itself(0)
        try:
            while not self._begun(give_up=time.monotonic() >= until):
                time.sleep(_LOOK_SECONDS)
        finally:
            self._wait_itself(timeout)

    def _begun(self, *, give_up: bool) -> bool:
        """Begin if nobody else writes, and tell whether it has."""
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # the stubs leave it out
        except OperationalError as reason:
            if give_up or not _is_locked(reason):
                raise
            return False
        return True

    def _wait_itself(self, seconds: float) -> None:
        """Have SQLite wait so long by itself, as single statements do that are no transaction."""
        self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _is_locked(reason: BaseException) -> bool:
    cause: Any = reason.__cause__
    return getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY")
