"""Files that are either wholly there or not at all, also after a power cut."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from guildhall.core.tiles import File

# So many files are written before the disk is asked to have them, and it is asked for several at once: a file system
# commits its journal once for all who wait.
_TOGETHER = 256
_AT_ONCE = 16
_TRIES = 1_000


def write(root: Path, files: Iterable[File]) -> int:
    """Write files below ``root``, durably, and return how many. What has the same content already stays untouched.

    Each is written beside ``root`` first and moved to its place when the disk has it, so that nothing half-written is ever
    seen there, also if the process is killed.
    """
    n_written = 0
    for group in _groups(files):
        n_written += _write_group(root, group)
    return n_written


def sweep(root: Path, *, older_than: float) -> None:
    """Remove what writers that were killed have left beside ``root``.

    Shape:  ``older_than`` a Unix time; what is younger may belong to somebody who is still writing.
    """
    for left in root.with_name(f".{root.name}.unfinished").glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < older_than:
                left.unlink()


def read(root: Path, path: str) -> bytes | None:
    """Return the content of a file below ``root``, or None if there is none."""
    try:
        return (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _groups(files: Iterable[File]) -> Iterator[list[File]]:
    rest = iter(files)
    while group := list(islice(rest, _TOGETHER)):
        yield group


def _write_group(root: Path, group: list[File]) -> int:
    open_files: list[tuple[int, Path, Path]] = []
    folders: set[Path] = set()
    unfinished = root.with_name(f".{root.name}.unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    try:
        for place, file in enumerate(group):
            target = root / file.path
            if read(root, file.path) == file.content:
                continue
            fresh = unfinished / f"{os.getpid()}.{threading.get_ident()}.{place}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            open_files.append((descriptor, fresh, target))
            _write_all(descriptor, file.content)
        _sync([descriptor for descriptor, _, _ in open_files])
        for _, fresh, target in open_files:
            folders |= _place(fresh, target, root)
    finally:
        for descriptor, fresh, _ in open_files:
            os.close(descriptor)
            fresh.unlink(missing_ok=True)
    # A name, too, is on the disk only once its folder is.
    for folder in folders | {target.parent for _, _, target in open_files}:
        with contextlib.suppress(FileNotFoundError):
            _sync_folder(folder)
    return len(open_files)


def _place(fresh: Path, target: Path, root: Path) -> set[Path]:
    """Give a file its name; return the folders that got a new name in them.

    Another publisher may remove the folder of partial tiles at any moment, because it has filled the tile: then it is made anew.
    """
    folders: set[Path] = set()
    for _ in range(_TRIES):
        with contextlib.suppress(FileNotFoundError, FileExistsError):
            folders |= _make_folders(target.parent, root)
            fresh.replace(target)
            return folders
    fresh.replace(target)
    return folders


def _make_folders(folder: Path, root: Path) -> set[Path]:
    """Make a folder and those above it; return the folders that got a new name in them."""
    changed: set[Path] = set()
    missing = folder
    while not missing.exists():
        changed.add(missing.parent)
        if missing == root:
            break
        missing = missing.parent
    folder.mkdir(parents=True, exist_ok=True)
    return changed


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync(descriptors: list[int]) -> None:
    """Wait until the disk has every one of these files."""
    if len(descriptors) < 4:
        for descriptor in descriptors:
            os.fsync(descriptor)
        return
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        # The list is taken to the end: what goes wrong in a thread is raised here.
        list(threads.map(os.fsync, descriptors))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
