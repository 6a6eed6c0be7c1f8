"""Appending to the log, publishing it as static files, and proving that a leaf is in it.

A leaf counts once it is committed; a checkpoint covers it once ``publish`` has run. Files can be lost and made again
from the table (``rebuild``); what a checkpoint has once said is never said otherwise.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from guildhall.accounts import bulk
from guildhall.core import checkpoint as notes
from guildhall.core import tiles
from guildhall.core.errors import Error, NotFoundError
from guildhall.tlog import files, keys
from guildhall.tlog.models import Checkpoint, Cosignature, Leaf, Log

_CHUNK = 8192
_LEFT_FOR_SECONDS = 86_400
Progress = Callable[[int, int], None]


class LogOriginError(Error):
    """The register is set up under another name than the one its log was begun with."""

    code = "log_origin_changed"


class LogDamagedError(Error):
    """The published files do not lead to the last checkpoint: make them again from the register (``rebuild``)."""

    code = "log_files_damaged"


class LeafNotPublishedError(NotFoundError):
    """No checkpoint covers that leaf yet."""

    code = "leaf_not_published"


@dataclass(frozen=True, slots=True)
class Included:
    """Where a leaf stands in the log as last published. ``path`` hashes of 32 bytes, lowest first."""

    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    note: str


def append(leaves: Sequence[bytes]) -> int:
    """Append leaves in the caller's transaction and return the index of the first; the others follow without a gap.

    Whoever appends holds the log's row until commit: append last, commit soon.

    Shape:  each leaf below 64 KiB.
    Raises: LogOriginError; MalformedTileError if a leaf is too long.
    """
    assert connection.in_atomic_block, "what a leaf says and the leaf share one transaction"
    if any(len(leaf) > tiles.MAX_ENTRY_BYTES for leaf in leaves):
        raise tiles.MalformedTileError("an entry must be smaller than 64 KiB")
    log = _locked()
    first = log.size
    bulk.insert(Leaf, {"index": range(first, first + len(leaves)), "body": leaves})
    Log.objects.filter(pk=log.pk).update(size=first + len(leaves))
    return first


def _locked() -> Log:
    log = Log.objects.select_for_update().first()
    if log is None:
        # Two may come here at once; the primary key lets one of them make the row.
        Log.objects.get_or_create(origin=settings.LOG_ORIGIN)
        log = Log.objects.select_for_update().get()
    _check_origin(log)
    return log


def _check_origin(log: Log) -> None:
    if log.origin != settings.LOG_ORIGIN:
        raise LogOriginError(f"the log was begun as {log.origin}, not as {settings.LOG_ORIGIN}", origin=log.origin)


def publish(now: datetime, *, on_progress: Progress | None = None) -> Checkpoint | None:
    """Write the files of all leaves so far and a signed checkpoint over them; None while there is no leaf.

    Can be killed anywhere and run again: tiles are written before the checkpoint that covers them, and the checkpoint
    moves on only from the size that the tiles were grown from (otherwise another publisher was faster).

    Raises: LogDamagedError; LogOriginError; what the keystore raises.
    Source: C2SP tlog-tiles, tlog-checkpoint.
    """
    log = Log.objects.first()
    if log is None or log.size == 0:
        return None
    _check_origin(log)
    root = Path(settings.LOG_DIR)
    files.sweep(root, older_than=now.timestamp() - _LEFT_FOR_SECONDS)
    latest = _publish(root, log, now, on_progress)
    while latest.size < log.size:
        # Another publisher was faster, and its checkpoint does not cover all that was there when we came.
        latest = _publish(root, Log.objects.get(), now, on_progress)
    return latest


def _publish(root: Path, log: Log, now: datetime, on_progress: Progress | None) -> Checkpoint:
    """Try once to publish a log as it was just read; return the latest checkpoint, be it ours or another's."""
    edge = _edge(root, log.published_size)
    if log.size > edge.size:
        edge = _grow(root, edge, log.size, on_progress)
    return _put_checkpoint(root, log.published_size, edge, now)


def _edge(root: Path, size: int) -> tiles.Edge:
    """Return the right edge of the published log, checked against the checkpoint that the register remembers."""
    if size == 0:
        return tiles.Edge()
    known = Checkpoint.objects.get(pk=size)
    try:
        edge = tiles.edge_at(lambda path: files.read(root, path), size)
    except Error as reason:
        raise LogDamagedError("a file of the published log is missing or malformed", size=size) from reason
    # A tile changed on disk would make us sign a head that no former one leads to.
    if edge.head.hex() != known.root:
        raise LogDamagedError("the published files do not lead to the last checkpoint", size=size)
    return edge


def _grow(root: Path, edge: tiles.Edge, size: int, on_progress: Progress | None = None) -> tiles.Edge:
    """Write every file that leads from ``edge`` to ``size`` leaves and return the new edge."""
    first = edge.size
    for leaves in _leaves(first, size):
        growth = tiles.grow(edge, leaves, partial=False)
        files.write(root, growth.files)
        edge = growth.edge
        if on_progress is not None:
            on_progress(edge.size - first, size - first)
    files.write(root, _edge_files(edge))
    return edge


def _edge_files(edge: tiles.Edge) -> Iterator[tiles.File]:
    """Yield the partial files at the right edge."""
    if edge.entries:
        tile = tiles.Tile(tiles.ENTRIES, edge.size // tiles.WIDTH, len(edge.entries))
        yield tiles.File(tile.path, tiles.entries_to_bytes(edge.entries))
    for level, hashes in enumerate(edge.hashes):
        if hashes:
            tile = tiles.Tile(level, edge.size >> tiles.HEIGHT * (level + 1), len(hashes))
            yield tiles.File(tile.path, b"".join(hashes))


def _leaves(first: int, size: int) -> Iterator[list[bytes]]:
    for start in range(first, size, _CHUNK):
        stop = min(start + _CHUNK, size)
        rows = Leaf.objects.filter(index__gte=start, index__lt=stop).order_by("index").values_list("body", flat=True)
        leaves = [bytes(body) for body in rows]
        assert len(leaves) == stop - start, "the log has a gap"
        yield leaves


def _put_checkpoint(root: Path, from_size: int, edge: tiles.Edge, now: datetime) -> Checkpoint:
    """Sign the head, keep it, put it in public; if another publisher was faster, its checkpoint stands."""
    with transaction.atomic():
        log = _locked()
        if log.published_size != from_size:
            latest = Checkpoint.objects.get(pk=log.published_size)
        elif edge.size == from_size:
            latest = Checkpoint.objects.get(pk=from_size)
        else:
            head = notes.Checkpoint(settings.LOG_ORIGIN, edge.size, edge.head)
            note = notes.sign(head, keys.log_signer()).decode()
            latest = Checkpoint.objects.create(size=edge.size, root=edge.head.hex(), note=note, at=now)
            Log.objects.filter(pk=log.pk).update(published_size=edge.size)
        # Under the lock, so that no older checkpoint can overwrite a newer one. If the commit fails after this, the next
        # run says the same of the same leaves: they are committed, and the signature is deterministic.
        files.write(root, [tiles.File(tiles.CHECKPOINT, cosigned_note(latest).encode())])
    _drop_partials(root, from_size, latest.size)
    return latest


def _drop_partials(root: Path, from_size: int, size: int) -> None:
    """Remove partial tiles whose full tile is there: nobody needs them any more (C2SP tlog-tiles, "Partial Tiles")."""
    for level in (tiles.ENTRIES, *range(tiles.n_levels(from_size))):
        index = from_size >> tiles.HEIGHT * (max(level, 0) + 1)
        if size >> tiles.HEIGHT * (max(level, 0) + 1) > index:
            shutil.rmtree(root / (tiles.Tile(level, index).path + ".p"), ignore_errors=True)


def latest_checkpoint() -> Checkpoint | None:
    """Return the last checkpoint, or None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def cosigned_note(checkpoint: Checkpoint) -> str:
    """Return the signed note with the lines of all witnesses that have cosigned it so far, in the order of their names."""
    lines = checkpoint.cosignatures.order_by("witness", "key_id").values_list("line", flat=True)
    return checkpoint.note + "".join(lines)


def keep_cosignatures(checkpoint: Checkpoint, signatures: Sequence[notes.Signature], *, now: datetime) -> None:
    """Keep what witnesses have signed under a checkpoint, and publish it with it if it is still the newest.

    Shape:  the signatures have been checked; a second one by the same key changes nothing.
    Raises: LogOriginError.
    """
    with transaction.atomic():
        log = _locked()
        for one in signatures:
            Cosignature.objects.get_or_create(
                checkpoint=checkpoint,
                witness=one.name,
                key_id=one.key_id.hex(),
                defaults={"line": one.line, "received_at": now},
            )
        if log.published_size == checkpoint.size:
            note = cosigned_note(checkpoint).encode()
            files.write(Path(settings.LOG_DIR), [tiles.File(tiles.CHECKPOINT, note)])


def inclusion(index: int) -> Included:
    """Return the leaf with that index and its path to the last checkpoint, read from the published files.

    Raises: LeafNotPublishedError; LogDamagedError.
    Source: RFC 9162, section 2.1.3.1.
    """
    return Published.load().inclusion(index)


class Published:
    """The log as last published: many inclusion proofs to one checkpoint, with few reads of files."""

    def __init__(self, checkpoint: Checkpoint, root: Path) -> None:
        self.checkpoint = checkpoint
        self.note = cosigned_note(checkpoint)
        self._nodes = tiles.TileNodes(lambda path: files.read(root, path), checkpoint.size)

    @staticmethod
    def load() -> Published:
        """Return the log at its last checkpoint.

        Raises: LeafNotPublishedError before the first one.
        """
        checkpoint = latest_checkpoint()
        if checkpoint is None:
            raise LeafNotPublishedError("the log has no checkpoint yet")
        return Published(checkpoint, Path(settings.LOG_DIR))

    def inclusion(self, index: int) -> Included:
        """Return the leaf with that index and its path.

        Raises: LeafNotPublishedError; LogDamagedError.
        """
        size = self.checkpoint.size
        if not 0 <= index < size:
            raise LeafNotPublishedError("no checkpoint covers that leaf yet", index=index, size=size)
        body = bytes(Leaf.objects.values_list("body", flat=True).get(pk=index))
        try:
            path = self._nodes.inclusion_path(index)
        except Error as reason:
            raise LogDamagedError("a file of the published log is missing or malformed", size=size) from reason
        return Included(body, index, size, tuple(path), self.note)


def rebuild(folder: Path, *, on_progress: Progress | None = None) -> Checkpoint | None:
    """Write all files of the published log anew from the register into ``folder``; None before the first checkpoint.

    Raises: LogDamagedError if the register's own leaves do not lead to its last checkpoint: then it was changed.
    """
    latest = latest_checkpoint()
    if latest is None:
        return None
    edge = _grow(folder, tiles.Edge(), latest.size, on_progress)
    if edge.head.hex() != latest.root:
        raise LogDamagedError("the register's leaves do not lead to its last checkpoint", size=latest.size)
    files.write(folder, [tiles.File(tiles.CHECKPOINT, cosigned_note(latest).encode())])
    return latest
