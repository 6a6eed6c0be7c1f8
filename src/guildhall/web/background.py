"""Work that outlasts a request: one thread in this process per piece of work.

Nothing depends on it being finished. Whatever runs here can be cut short and begun again, from any door or any process;
the database says how far it has come, and the cache of this process says only how it went.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.cache import cache
from django.db import connections

from guildhall.core.errors import Error
from guildhall.web import clock

_LOG = logging.getLogger("guildhall.web")
_REMEMBERED: Final = 24 * 3600
INTERNAL: Final = "internal"
"""What stands in place of a code when the mistake is ours."""

_running: dict[str, threading.Thread] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Run:
    """How a piece of work went last: when it began and ended, and the code of what stopped it."""

    began_at: datetime
    ended_at: datetime | None = None
    stopped_by: str = ""


def start(name: str, work: Callable[[], object]) -> bool:
    """Begin the work unless it is running already; tell whether it was begun."""
    with _lock:
        thread = _running.get(name)
        if thread is not None and thread.is_alive():
            return False
        began_at = clock.now()
        cache.set(_key(name), Run(began_at), _REMEMBERED)
        thread = threading.Thread(target=_run, args=(name, work, began_at), name=name, daemon=True)
        _running[name] = thread
        thread.start()
        return True


def running(name: str) -> bool:
    """Tell whether the work is running in this process."""
    thread = _running.get(name)
    return thread is not None and thread.is_alive()


def last_run(name: str) -> Run | None:
    """Return how the work went last, as far as this process knows."""
    found = cache.get(_key(name))
    return found if isinstance(found, Run) else None


def wait(name: str, seconds: float) -> None:
    """Wait for the work to end, at most so long."""
    thread = _running.get(name)
    if thread is not None:
        thread.join(seconds)


def _run(name: str, work: Callable[[], object], began_at: datetime) -> None:
    stopped_by = ""
    try:
        work()
    except Error as reason:
        stopped_by = reason.code
        _LOG.warning("%s stopped: %s: %s", name, reason.code, reason.detail)
    except Exception:  # noqa: BLE001 - a thread has nobody to raise to
        stopped_by = INTERNAL
        _LOG.exception("%s stopped", name)
    finally:
        cache.set(_key(name), Run(began_at, clock.now(), stopped_by), _REMEMBERED)
        connections.close_all()


def _key(name: str) -> str:
    return f"web:work:{name}"
