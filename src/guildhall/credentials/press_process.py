"""The other side of ``pressing``: a process that only signs.

This module is the first thing such a process reads, before Django is set up, so it imports nothing that needs it.
"""

from __future__ import annotations

import os
import signal
import threading
from functools import cache
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from guildhall.credentials.pressing import Order, Pressed, Table


def begin() -> None:
    """Make this process ready: quiet when its parent is interrupted, gone when its parent is gone."""
    # ^C goes to all processes of a terminal; the parent decides what it means and ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None, "a process that signs has somebody who asks it to"
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    django.setup()


def _follow(parent: BaseProcess) -> None:
    """End with the parent: killed, it cannot tell us, and nobody would ever take what we make."""
    parent.join()
    os._exit(1)


def ready() -> None:
    """Have everything read that signing needs."""
    _table()


def press(order: Order) -> Pressed:
    """Sign what is ordered, with the keystore that this process has opened for itself."""
    return _table().press(order)


@cache
def _table() -> Table:
    from guildhall.credentials.pressing import Table  # noqa: PLC0415 - it needs Django, which is set up by now

    return Table()
