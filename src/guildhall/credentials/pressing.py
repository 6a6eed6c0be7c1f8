"""Where documents are signed while the register writes: in this thread, in one beside it, or in processes of their own.

A chunk of drafts goes out as an order and comes back signed. An order carries the *name* of the key and what the register
has published of it; whoever signs opens the keystore for himself, so no key material ever travels between processes.
Nobody here touches the database, and nothing here is lost when it dies: what was to be signed is stored, and signing it
again gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Any

from guildhall.core.errors import Error
from guildhall.credentials import press_process
from guildhall.credentials.keys import signer_named
from guildhall.credentials.signing import Press

MOST_WORKERS = 64


class SigningWorkerLostError(Error):
    """A process that signs has ended before its work was done. The batch goes on from where it stands when run again."""

    code = "signing_worker_lost"


@dataclass(frozen=True, slots=True)
class Order:
    """Documents to be signed, one after the other, with one key.

    Shape:  ``ids`` 32 hex digits each; ``forms`` the name of each one's form, ``facts`` those forms by name; ``owns`` JSON
            texts; ``multibase`` the public half of the key named ``key_id``.
    """

    ids: Sequence[str]
    forms: Sequence[str]
    owns: Sequence[bytes]
    facts: Mapping[str, Mapping[str, Any]]
    key_id: str
    multibase: str
    created: datetime
    logged_at: datetime


@dataclass(frozen=True, slots=True)
class Pressed:
    """The same documents, signed, column by column (``signing.Signed``), and the plates they use by name."""

    plates: Sequence[str | None]
    owns: Sequence[bytes]
    digests: Sequence[str]
    leaves: Sequence[bytes]
    plate_texts: Mapping[str, str]


@dataclass(slots=True)
class Table:
    """Who signs in one thread or process: the presses at hand."""

    _presses: dict[tuple[str, str, datetime, datetime], Press] = field(default_factory=dict)

    def press(self, order: Order) -> Pressed:
        """Sign what is ordered.

        Raises: KeyNotFoundError; KeyMismatchError; what the canonicalisers and the keystore raise.
        """
        presses = {name: self._press(order, name) for name in dict.fromkeys(order.forms)}
        signed = [
            presses[form].sign(instance_id, own)
            for form, instance_id, own in zip(order.forms, order.ids, order.owns, strict=True)
        ]
        plates, owns, digests, leaves = zip(*signed, strict=True)
        texts = {name: text for press in presses.values() for name, text in press.plates().items()}
        return Pressed(plates, owns, digests, leaves, texts)

    def _press(self, order: Order, form: str) -> Press:
        key = (form, order.key_id, order.created, order.logged_at)
        press = self._presses.get(key)
        if press is None:
            signer = signer_named(order.key_id, order.multibase)
            press = Press(order.facts[form], signer, created=order.created, logged_at=order.logged_at)
            self._presses[key] = press
        return press


@dataclass(frozen=True, slots=True)
class Room:
    """Where orders are taken. ``depth`` how many may be out at once: so much is held in memory, and no more."""

    submit: Callable[[Order], Future[Pressed]]
    depth: int


def pressed(waiting: Future[Pressed]) -> Pressed:
    """Wait for an order and return what came of it.

    Raises: SigningWorkerLostError; what ``Table.press`` raises.
    """
    try:
        return waiting.result()
    except BrokenProcessPool as reason:
        raise SigningWorkerLostError("a process that signs has ended; run again to go on") from reason


@contextmanager
def pressroom(n_workers: int) -> Iterator[Room]:
    """Open a room: 0 workers sign in a thread beside the caller's, more in processes of their own, which begin at once.

    It serves one batch after the other; open it before a file is read, and its processes are ready when they are needed.

    Shape:  0 <= n_workers <= 64.
    """
    if n_workers:
        with _processes(min(n_workers, MOST_WORKERS)) as processes:
            yield Room(lambda order: _sent(processes, order), 2 * n_workers)
        return
    table = Table()
    with ThreadPoolExecutor(1, "press") as thread:
        try:
            yield Room(lambda order: thread.submit(table.press, order), 2)
        finally:
            thread.shutdown(wait=True, cancel_futures=True)


def here() -> Room:
    """Return a room without another thread: an order is done when it has been taken."""
    table = Table()

    def submit(order: Order) -> Future[Pressed]:
        done: Future[Pressed] = Future()
        try:
            done.set_result(table.press(order))
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is asked for
            done.set_exception(error)
        return done

    return Room(submit, 1)


def _sent(processes: Executor, order: Order) -> Future[Pressed]:
    try:
        return processes.submit(press_process.press, order)
    except BrokenProcessPool as reason:
        raise SigningWorkerLostError("a process that signs has ended; run again to go on") from reason


@contextmanager
def _processes(n_workers: int) -> Iterator[ProcessPoolExecutor]:
    # Started afresh, not forked: a fork would share the database's connection and whatever locks threads hold just then.
    processes = ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"), initializer=press_process.begin)
    try:
        for _ in range(n_workers):
            processes.submit(press_process.ready)
        yield processes
    finally:
        processes.shutdown(wait=True, cancel_futures=True)
