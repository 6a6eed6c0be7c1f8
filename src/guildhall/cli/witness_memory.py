"""What a witness remembers of each log: one folder, and nothing is told before it is on the disk.

``<folder>/witness`` says whose memory this is; ``<folder>/<SHA-256 of the origin>/checkpoint`` is the checkpoint cosigned last.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

from guildhall.cli import durable
from guildhall.core import submission
from guildhall.core.checkpoint import Checkpoint, VerifierKey, parse_note
from guildhall.core.errors import Error
from guildhall.core.keys import Signer
from guildhall.core.submission import Submission
from guildhall.core.tiles import CHECKPOINT
from guildhall.core.witness import SplitViewError

_MARK = "witness"
_MOST_KEPT = 16


class NoWitnessMemoryError(Error):
    """The folder is not the memory of this witness: an empty one would let it cosign another history."""

    code: ClassVar[str] = "no_witness_memory"


class WitnessMemoryError(Error):
    """What the witness remembers of a log cannot be read: it must not cosign until that is mended."""

    code: ClassVar[str] = "witness_memory_damaged"


@dataclass(frozen=True, slots=True)
class Memory:
    """A witness's folder, opened."""

    folder: Path
    key: VerifierKey
    signer: Signer
    log_keys: tuple[VerifierKey, ...]

    @staticmethod
    def open(
        folder: Path, key: VerifierKey, signer: Signer, log_keys: Sequence[VerifierKey], *, begin: bool = False
    ) -> Memory:
        """Return the memory of the witness ``key``; with ``begin``, make an empty one, once.

        A disk that is not mounted looks like a witness that has never seen anything: that is why a beginning is said.

        Raises: NoWitnessMemoryError; OSError.
        """
        mark = folder / _MARK
        if begin:
            if folder.is_dir() and any(folder.iterdir()):
                raise NoWitnessMemoryError("the folder is not empty: a witness begins only once", folder=str(folder))
            durable.replace(mark, f"{key.text}\n".encode())
        if not mark.exists():
            raise NoWitnessMemoryError("the folder is no witness's memory; the first time, say --begin")
        if mark.read_text() != f"{key.text}\n":
            raise NoWitnessMemoryError("the folder is the memory of another witness", folder=str(folder))
        for log_key in log_keys:
            (folder / place_of(log_key.name)).mkdir(exist_ok=True)
            with durable.locked(folder / place_of(log_key.name) / CHECKPOINT):
                for left in (folder / place_of(log_key.name)).glob(f".{CHECKPOINT}.*.new"):
                    left.unlink()  # a witness that was killed has left it
        # The names of these folders, too, must be on the disk before anything in them counts.
        for one in (folder, folder.parent):
            _sync(one)
        return Memory(folder, key, signer, tuple(log_keys))

    def cosign(self, offered: Submission, *, now: datetime) -> str:
        """Return this witness's line for a checkpoint that extends what it remembers, once the new state is on the disk.

        Raises: those of ``core.submission.judge``; WitnessMemoryError; OSError.
        Source: C2SP tlog-witness, "add-checkpoint": comparing and storing are one step.
        """
        origin = Checkpoint.parse(parse_note(offered.note).text).origin
        state = self.folder / place_of(origin) / CHECKPOINT
        if not any(key.name == origin for key in self.log_keys):
            # No lock and no folder for whatever name a stranger may think of.
            submission.judge(offered, self.log_keys, None)
        with durable.locked(state):
            try:
                signed = submission.judge(offered, self.log_keys, self._remembered(state, origin))
            except SplitViewError:
                self._keep(state.parent, offered.note)
                raise
            cosigned, line = submission.vouch(signed, self.log_keys, self.key.name, self.signer, now=now)
            durable.replace(state, cosigned)
        return line

    def checkpoint(self, place: str) -> bytes | None:
        """Return the checkpoint cosigned last of the log at ``place`` (64 hex digits), or None.

        Source: C2SP tlog-witness, "Monitor Retrieval Mechanism".
        """
        if not any(place == place_of(key.name) for key in self.log_keys):
            return None
        state = self.folder / place / CHECKPOINT
        # Behind the lock, because a file that has its new name already may not be on the disk yet.
        with durable.locked(state), contextlib.suppress(FileNotFoundError):
            return state.read_bytes()
        return None

    @staticmethod
    def _remembered(state: Path, origin: str) -> Checkpoint | None:
        try:
            remembered = Checkpoint.parse(parse_note(state.read_bytes()).text)
        except FileNotFoundError:
            return None
        except Error as error:
            raise WitnessMemoryError(f"what is remembered of {origin} cannot be read: {error.detail}") from None
        if remembered.origin != origin:
            raise WitnessMemoryError(f"what is remembered of {origin} is of another log")
        return remembered

    @staticmethod
    def _keep(folder: Path, note: bytes) -> None:
        """Keep a second head of one size under the log's own signature: with the first it proves the split view."""
        kept = folder / "split"
        if not kept.is_dir() or len(list(kept.iterdir())) < _MOST_KEPT:
            durable.replace(kept / sha256(note).hexdigest(), note)


def place_of(origin: str) -> str:
    """Return the name of a log's folder.

    Source: C2SP tlog-witness, "Monitor Retrieval Mechanism".
    """
    return sha256(origin.encode()).hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
