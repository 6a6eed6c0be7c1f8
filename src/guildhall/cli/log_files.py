"""A log directory on disk, as the core wants to read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from guildhall.core.tiles import MAX_ENTRY_BYTES, WIDTH, Read

MAX_FILE_BYTES = WIDTH * (2 + MAX_ENTRY_BYTES)
"""The longest entry bundle; whatever is longer is cut, and then refused by whoever reads it."""


def reader(directory: Path) -> Read:
    """Return what gives the files below ``directory``: None where there is no plain file of that name.

    Shape:  the paths asked for are the core's own (``checkpoint``, ``tile/...``), never taken from a file.
    Raises: OSError from the reader if a file is there and cannot be read.
    """

    def read(path: str) -> bytes | None:
        try:
            # Not blocking: a directory from elsewhere may hold a pipe in a tile's place.
            descriptor = os.open(directory / path, os.O_RDONLY | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read(MAX_FILE_BYTES + 1)

    return read


def names(directory: Path) -> Iterator[str]:
    """Yield the paths of all files below ``directory``, relative to it, with ``/``; links are not followed.

    Names that begin with a dot are left out: they are a writer's drafts and are not published.
    """
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        below = Path(folder).relative_to(directory)
        for file in sorted(files):
            if not file.startswith("."):
                yield (below / file).as_posix()
