"""The log as static files: tiles of hashes, bundles of entries, and what they allow.

The layout is C2SP tlog-tiles: ``tile/<L>/<N>`` holds 256 hashes of level ``L``, ``tile/entries/<N>`` the 256 leaves
below a tile of level 0; the rightmost ones are partial and carry their width: ``.p/<W>``. Full files never change.

Everything is pure: bytes come in through a ``Read``, file contents go out as values. What writes them to a disk must
write the checkpoint last, when everything that it covers is durable. Nothing read here is trusted: a wrong tile gives
wrong paths, which ``merkle.head_from_path`` and ``merkle.check_consistency`` refuse.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from guildhall.core import merkle
from guildhall.core.errors import Error, MalformedError
from guildhall.core.merkle import HASH_BYTES, MAX_SIZE

WIDTH = 256
HEIGHT = 8
"""A full tile spans 256 hashes: eight levels of the tree (C2SP tlog-tiles, "Merkle Tree")."""

ENTRIES = -1
"""The level that stands for entry bundles."""

MAX_LEVEL = 63
MAX_ENTRY_BYTES = 65_535
CHECKPOINT = "checkpoint"
"""Where the signed head lies, beside the directory ``tile``."""

Read = Callable[[str], bytes | None]
"""``read(path)`` gives a file of the log, or None if there is none."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
).fullmatch


class MalformedTileError(MalformedError):
    """A path, or the bytes of a file, that cannot belong to a tiled log."""

    code = "malformed_tile"


class MissingTileError(Error):
    """The log lacks a file that its size demands."""

    code: ClassVar[str] = "missing_tile"


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The name of one file of the log.

    Shape:  level 0 to 63, or ``ENTRIES``; width 1 to 256, less than 256 for a partial tile.
    Raises: MalformedTileError.
    Source: C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles".
    """

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not ENTRIES <= self.level <= MAX_LEVEL or not 0 <= self.index <= MAX_SIZE or not 1 <= self.width <= WIDTH:
            raise MalformedTileError("there is no such tile", level=self.level, index=self.index, width=self.width)

    @property
    def path(self) -> str:
        """The path below the log's prefix, such as ``tile/0/x001/x234/067.p/12``.

        Source: C2SP tlog-tiles, "Merkle Tree".
        """
        parts = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            parts.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"

    @staticmethod
    def parse(path: str) -> Tile:
        """Return the tile that a path names; only the one proper spelling is accepted.

        Raises: MalformedTileError.
        Source: C2SP tlog-tiles, "Merkle Tree".
        """
        # No tile that a log can have needs more; without a bound a hostile path would cost time.
        found = _PATH(path) if len(path) <= 64 else None
        if found is None:
            raise MalformedTileError("the path names no tile", path=path[:64])
        level = ENTRIES if found["level"] == "entries" else int(found["level"])
        tile = Tile(level, int(found["index"].replace("/", "").replace("x", "")), int(found["width"] or WIDTH))
        if tile.path != path:
            raise MalformedTileError("the path is not spelled properly", path=path)
        return tile


def parse_hashes(tile: bytes, width: int) -> list[bytes]:
    """Return the hashes in a tile.

    Shape:  exactly ``32 * width`` bytes.
    Raises: MalformedTileError.
    Source: C2SP tlog-tiles, "Merkle Tree".
    """
    if len(tile) != HASH_BYTES * width:
        raise MalformedTileError("a hash tile has the wrong length", n_bytes=len(tile), n_expected=HASH_BYTES * width)
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def entries_to_bytes(leaves: Sequence[bytes]) -> bytes:
    """Return an entry bundle: each leaf after its length.

    Shape:  leaves of at most 65,535 bytes.
    Units:  lengths are 16-bit, big-endian.
    Raises: MalformedTileError if a leaf is too long.
    Source: C2SP tlog-tiles, "Log entries".
    """
    parts = []
    for leaf in leaves:
        if len(leaf) > MAX_ENTRY_BYTES:
            raise MalformedTileError("an entry must be smaller than 64 KiB", n_bytes=len(leaf))
        parts.append(len(leaf).to_bytes(2, "big"))
        parts.append(leaf)
    return b"".join(parts)


def parse_entries(bundle: bytes, width: int) -> list[bytes]:
    """Return the leaves in an entry bundle.

    Shape:  exactly ``width`` entries and not a byte more.
    Raises: MalformedTileError.
    Source: C2SP tlog-tiles, "Log entries".
    """
    leaves: list[bytes] = []
    at, n_bytes = 0, len(bundle)
    while at < n_bytes and len(leaves) < width:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        leaves.append(bundle[start:at])
    if at != n_bytes or len(leaves) != width:
        raise MalformedTileError("an entry bundle does not hold its entries exactly", width=width, n_found=len(leaves))
    return leaves


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile that a log of ``size`` leaves must have: entry bundles first, then hashes, level by level.

    Shape:  ``0 <= size``; partial tiles at the right edge included.
    Source: C2SP tlog-tiles, "Partial Tiles".
    """
    for level in (ENTRIES, *range(n_levels(size))):
        n_hashes = size >> HEIGHT * max(level, 0)
        for index in range(n_hashes // WIDTH):
            yield Tile(level, index)
        if n_hashes % WIDTH:
            yield Tile(level, n_hashes // WIDTH, n_hashes % WIDTH)


def n_levels(size: int) -> int:
    """Return how many levels of hash tiles a log of ``size`` leaves has."""
    return -(-size.bit_length() // HEIGHT)


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a log: all that is needed to append to it and to know its head.

    Shape:  ``hashes[level]`` are those of the partial tile of that level, fewer than 256 each;
            ``entries`` the leaves of the partial entry bundle, as many as ``hashes[0]``.
    """

    size: int = 0
    entries: tuple[bytes, ...] = ()
    hashes: tuple[tuple[bytes, ...], ...] = ()

    @property
    def head(self) -> bytes:
        """The tree head at ``size``.

        Source: RFC 9162, section 2.1.1.
        """
        if not self.size:
            return merkle.EMPTY_HEAD
        row: list[bytes] = []
        for level in self.hashes:
            # What lies below the partial tile and is not yet a hash in it is its last, ragged part.
            row = [*level, merkle.root(row)] if row else list(level)
        return merkle.root(row)


@dataclass(frozen=True, slots=True)
class File:
    """One file to be written: where below the log's prefix, and what."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending leaves comes to: the new edge and the files to write, each tile at most once."""

    edge: Edge
    files: tuple[File, ...]


def grow(edge: Edge, leaves: Sequence[bytes], *, partial: bool = True) -> Growth:
    """Return what changes when ``leaves`` are appended to a log with this right edge.

    Shape:  leaves of at most 65,535 bytes. ``partial=False`` leaves partial tiles out, for all steps of a large growth;
            ``partial_files`` then gives them before the checkpoint is signed.
    Raises: MalformedTileError if a leaf is too long.
    Source: C2SP tlog-tiles, "Merkle Tree", "Partial Tiles", "Log entries".
    """
    if not leaves:
        return Growth(edge, ())
    entries = [*edge.entries, *leaves]
    files = []
    n_full = len(entries) // WIDTH * WIDTH
    for start in range(0, n_full, WIDTH):
        tile = Tile(ENTRIES, (edge.size + start) // WIDTH)
        files.append(File(tile.path, entries_to_bytes(entries[start : start + WIDTH])))
    entries = entries[n_full:]
    rows = []
    fresh = merkle.leaf_hashes(leaves)
    level = 0
    while fresh or level < len(edge.hashes):
        row = [*(edge.hashes[level] if level < len(edge.hashes) else ()), *fresh]
        first = edge.size >> HEIGHT * (level + 1)
        n_full = len(row) // WIDTH * WIDTH
        files.extend(
            File(Tile(level, first + start // WIDTH).path, b"".join(row[start : start + WIDTH]))
            for start in range(0, n_full, WIDTH)
        )
        fresh = _tile_heads(row[:n_full])
        rows.append(tuple(row[n_full:]))
        level += 1
    grown = Edge(edge.size + len(leaves), tuple(entries), tuple(rows))
    if partial:
        files.extend(partial_files(grown, since=edge.size))
    return Growth(grown, tuple(files))


def partial_files(edge: Edge, *, since: int = 0) -> tuple[File, ...]:
    """Return the partial tiles at this edge that a log of ``since`` leaves did not have.

    Shape:  ``0 <= since <= edge.size``: the size of the last checkpoint whose partial tiles were written.
    Raises: MalformedTileError if an entry is too long.
    Source: C2SP tlog-tiles, "Partial Tiles".
    """
    files = []
    if edge.entries and edge.size != since:
        tile = Tile(ENTRIES, edge.size // WIDTH, len(edge.entries))
        files.append(File(tile.path, entries_to_bytes(edge.entries)))
    for level, row in enumerate(edge.hashes):
        if row and edge.size >> HEIGHT * level != since >> HEIGHT * level:
            files.append(File(Tile(level, edge.size >> HEIGHT * (level + 1), len(row)).path, b"".join(row)))
    return tuple(files)


def _tile_heads(row: list[bytes]) -> list[bytes]:
    """Return the heads of full tiles that lie side by side."""
    for _ in range(HEIGHT):
        row = merkle.parents(row)
    return row


def edge_at(read: Read, size: int) -> Edge:
    """Return the right edge of a log of ``size`` leaves from its files.

    Shape:  a partial tile that is gone is read from the full tile that took its place.
    Raises: MissingTileError; MalformedTileError.
    Source: C2SP tlog-tiles, "Partial Tiles".
    """
    if not 0 <= size <= MAX_SIZE:
        raise MalformedTileError("a log cannot have that size", size=size)
    rows = []
    for level in range(n_levels(size)):
        n_hashes = size >> HEIGHT * level
        width = n_hashes % WIDTH
        rows.append(tuple(read_hashes(read, Tile(level, n_hashes // WIDTH, width))) if width else ())
    width = size % WIDTH
    entries = tuple(read_entries(read, Tile(ENTRIES, size // WIDTH, width))) if width else ()
    return Edge(size, entries, tuple(rows))


def read_hashes(read: Read, tile: Tile) -> list[bytes]:
    """Return the hashes of a tile, from the full tile where the partial one is gone.

    Raises: MissingTileError; MalformedTileError.
    """
    content = read(tile.path)
    if content is not None:
        return parse_hashes(content, tile.width)
    return parse_hashes(_full(read, tile), WIDTH)[: tile.width]


def read_entries(read: Read, tile: Tile) -> list[bytes]:
    """Return the leaves of an entry bundle, from the full bundle where the partial one is gone.

    Raises: MissingTileError; MalformedTileError.
    """
    content = read(tile.path)
    if content is not None:
        return parse_entries(content, tile.width)
    return parse_entries(_full(read, tile), WIDTH)[: tile.width]


def _full(read: Read, tile: Tile) -> bytes:
    content = read(Tile(tile.level, tile.index).path) if tile.width < WIDTH else None
    if content is None:
        raise MissingTileError("the log lacks a file", path=tile.path)
    return content


class TileNodes:
    """The complete nodes of a log of ``size`` leaves, read from its tiles: proofs from static files alone.

    Units:  an opened tile takes about 37 kB; ``n_tiles`` of those used last are kept.
    """

    def __init__(self, read: Read, size: int, *, n_tiles: int = 256) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise MalformedTileError("a log cannot have that size", size=size)
        self.size = size
        self._read = read
        self._n_tiles = n_tiles
        self._opened: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree ``(level, index)``.

        Raises: MalformedProofError if it is not within the log's size; MissingTileError; MalformedTileError.
        """
        if level < 0 or index < 0 or index + 1 << level > self.size:
            raise merkle.MalformedProofError("the log has no such complete subtree", level=level, index=index)
        tile_level, height = divmod(level, HEIGHT)
        tile_index = index << height >> HEIGHT
        rows = self._rows(tile_level, tile_index)
        return rows[height][index - (tile_index << HEIGHT - height)]

    def head(self) -> bytes:
        """Return the log's head.

        Raises: MissingTileError; MalformedTileError.
        """
        return merkle.head_from_nodes(self.node, self.size)

    def inclusion_path(self, index: int) -> list[bytes]:
        """Return the inclusion path of leaf ``index``.

        Raises: MalformedProofError if there is no such leaf; MissingTileError; MalformedTileError.
        Source: RFC 9162, section 2.1.3.1.
        """
        return merkle.inclusion_path_from(self.node, index, self.size)

    def consistency_path(self, first: int) -> list[bytes]:
        """Return the consistency path from ``first`` leaves to the log's size.

        Raises: MalformedProofError if the sizes do not fit; MissingTileError; MalformedTileError.
        Source: RFC 9162, section 2.1.4.1.
        """
        return merkle.consistency_path_from(self.node, first, self.size)

    def _rows(self, level: int, index: int) -> list[list[bytes]]:
        """Return the tile's hashes and all complete nodes above them within the tile."""
        rows = self._opened.get((level, index))
        if rows is not None:
            self._opened.move_to_end((level, index))
            return rows
        width = min(WIDTH, (self.size >> HEIGHT * level) - index * WIDTH)
        rows = [read_hashes(self._read, Tile(level, index, width))]
        while len(rows[-1]) > 1 and len(rows) < HEIGHT:
            rows.append(merkle.parents(rows[-1]))
        self._opened[level, index] = rows
        if len(self._opened) > self._n_tiles:
            self._opened.popitem(last=False)
        return rows
