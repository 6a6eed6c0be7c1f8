"""The Merkle tree of the log: heads, inclusion paths, consistency paths.

All hashing is SHA-256 with the leaf and node prefixes of RFC 9162, section 2.1. What this module does not do: it signs
nothing (``checkpoint``), knows no files (``tiles``) and trusts nobody: a path that came from elsewhere is worth only
what ``head_from_path`` or ``check_consistency`` make of it.

A *node* is named by ``(level, index)``: the head of the complete subtree over leaves ``index * 2**level`` to
``(index + 1) * 2**level - 1``. Such a node never changes again, whatever is appended later. So whoever can read
complete nodes (a ``Tree`` in memory, or tiles on disk) can make every path for every size, past or present.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import ClassVar

from guildhall.core.errors import Error, MalformedError

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
EMPTY_HEAD = sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""``node(level, index)`` gives the hash of a complete subtree."""


class MalformedProofError(MalformedError):
    """A path, an index or a size that cannot belong together."""

    code = "malformed_proof"


class InclusionError(Error):
    """A path that leads to another head than the one claimed."""

    code: ClassVar[str] = "not_included"


class InconsistentError(Error):
    """Two heads of which the later does not extend the earlier, or that a path fails to connect."""

    code: ClassVar[str] = "inconsistent_heads"


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one leaf.

    Source: RFC 9162, section 2.1.1 (``HASH(0x00 || d)``).
    """
    return sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of many leaves, in order; the fast form of ``leaf_hash``."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node.

    Source: RFC 9162, section 2.1.1 (``HASH(0x01 || left || right)``).
    """
    return sha256(b"\x01" + left + right).digest()


def parents(row: Sequence[bytes]) -> list[bytes]:
    """Return the hashes one level up: of neighbours two by two; a last one without a neighbour is left out."""
    pairs = iter(row)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the tree head over leaf hashes.

    Shape:  hashes of 32 bytes in leaf order; none gives the head of the empty tree.
    Source: RFC 9162, section 2.1.1.
    """
    if not hashes:
        return EMPTY_HEAD
    row = list(hashes)
    while len(row) > 1:
        above = parents(row)
        if len(row) % 2:
            # A node without a neighbour goes up unhashed: that is where "largest power of two" splits the tree.
            above.append(row[-1])
        row = above
    return row[0]


def head_from_nodes(node: Node, size: int) -> bytes:
    """Return the head of the tree of ``size`` leaves from its complete nodes.

    Shape:  ``0 <= size``; ``node`` must know every complete subtree within ``size`` leaves.
    Source: RFC 9162, section 2.1.1.
    """
    if size == 0:
        return EMPTY_HEAD
    head = _ragged(node, size, size.bit_length())
    assert head is not None
    return head


def _ragged(node: Node, size: int, level: int) -> bytes | None:
    """Return the hash over the leaves to the right of the last complete node of ``level``; None if there are none."""
    head: bytes | None = None
    for below in range(level):
        if size >> below & 1:
            left = node(below, (size >> below) - 1)
            head = left if head is None else node_hash(left, head)
    return head


def inclusion_path_from(node: Node, index: int, size: int) -> list[bytes]:
    """Return the inclusion path of leaf ``index`` in the tree of ``size`` leaves.

    Shape:  ``0 <= index < size``; the path's hashes have 32 bytes, lowest first.
    Raises: MalformedProofError if index and size do not fit.
    Source: RFC 9162, section 2.1.3.1.
    """
    _check_index(index, size)
    # Above ``fork`` the leaf sits in the ragged right edge, below it in a complete subtree.
    fork = (index ^ size).bit_length() - 1
    path = [node(level, index >> level ^ 1) for level in range(fork)]
    path.extend(_edge_path(node, size, fork))
    return path


def _edge_path(node: Node, size: int, fork: int) -> list[bytes]:
    """Return the part of a path that all leaves below node ``(fork, (size >> fork) - 1)`` have in common."""
    path = []
    ragged = _ragged(node, size, fork)
    if ragged is not None:
        path.append(ragged)
    path.extend(node(level, (size >> level) - 1) for level in range(fork + 1, size.bit_length()) if size >> level & 1)
    return path


def consistency_path_from(node: Node, first: int, second: int) -> list[bytes]:
    """Return the consistency path from the tree of ``first`` to that of ``second`` leaves.

    Shape:  ``1 <= first <= second``; empty for equal sizes.
    Raises: MalformedProofError if the sizes do not fit.
    Source: RFC 9162, section 2.1.4.1.
    """
    _check_sizes(first, second)
    if first == second:
        return []
    # The last complete subtree of the old tree: its right edge. Everything left of it and right of it is the proof.
    level = (first & -first).bit_length() - 1
    index = (first >> level) - 1
    path = [] if first == 1 << level else [node(level, index)]
    while 1 << level < second:
        sibling = index ^ 1
        if sibling + 1 << level <= second:
            path.append(node(level, sibling))
        elif sibling << level < second:
            ragged = _ragged(node, second, level)
            assert ragged is not None
            path.append(ragged)
        level, index = level + 1, index >> 1
    return path


def head_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the tree head to which an inclusion path leads.

    Shape:  ``leaf`` is the leaf *hash*, 32 bytes; 0 <= index < size; path holds hashes of 32 bytes, lowest first.
    Raises: MalformedProofError if the path's length does not fit index and size.
    Source: RFC 9162, section 2.1.3.2.
    """
    _check_index(index, size)
    _check_hashes((leaf, *path))
    inner = (index ^ size - 1).bit_length()
    # A longer path would let a node pass for a leaf, a shorter one the reverse.
    expected = inner + (index >> inner).bit_count()
    if len(path) != expected:
        raise MalformedProofError(
            "the inclusion path has the wrong length for its index and size", n_hashes=len(path), n_expected=expected
        )
    head = leaf
    for level, sibling in enumerate(path):
        left = level >= inner or index >> level & 1
        head = node_hash(sibling, head) if left else node_hash(head, sibling)
    return head


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], head: bytes) -> None:
    """Do nothing if the path proves that ``leaf`` is number ``index`` of the tree with that size and head.

    Shape:  as ``head_from_path``.
    Raises: MalformedProofError; InclusionError if the path leads to another head.
    Source: RFC 9162, section 2.1.3.2.
    """
    if head_from_path(leaf, index, size, path) != head:
        raise InclusionError("the inclusion path leads to another head", index=index, size=size)


def heads_from_consistency_path(
    first: int, second: int, first_head: bytes, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Return both heads, old and new, to which a consistency path leads.

    Shape:  1 <= first < second; ``first_head`` and the path's hashes have 32 bytes.
    Raises: MalformedProofError if the path's length does not fit the sizes.
    Source: RFC 9162, section 2.1.4.2.
    """
    _check_sizes(first, second)
    if first == second:
        raise MalformedProofError("equal sizes need no path", first=first, second=second)
    _check_hashes((first_head, *path))
    # A complete old tree is its own first node and is therefore left out of the path.
    steps = list(path) if first & first - 1 else [first_head, *path]
    level = (first & -first).bit_length() - 1
    index, last = first - 1 >> level, second - 1 >> level
    inner = (index ^ last).bit_length()
    expected = 1 + inner + (index >> inner).bit_count()
    if len(steps) != expected:
        raise MalformedProofError(
            "the consistency path has the wrong length for its sizes",
            n_hashes=len(path),
            n_expected=expected - (len(steps) - len(path)),
        )
    old = new = steps[0]
    for height, sibling in enumerate(steps[1:]):
        if height >= inner or index >> height & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    return old, new


def check_consistency(first: int, first_head: bytes, second: int, second_head: bytes, path: Sequence[bytes]) -> None:
    """Do nothing if the tree of ``second`` leaves extends that of ``first``.

    Shape:  1 <= first <= second; an empty path for equal sizes. From the empty tree nothing can be proved: every tree
            extends it, so a caller must not take that for a check.
    Raises: MalformedProofError; InconsistentError if the heads do not agree.
    Source: RFC 9162, section 2.1.4.2.
    """
    _check_sizes(first, second)
    if first == second:
        if path:
            raise MalformedProofError("equal sizes need no path", first=first, second=second)
        if first_head != second_head:
            raise InconsistentError("two heads of one size differ", first=first, second=second)
        return
    old, new = heads_from_consistency_path(first, second, first_head, path)
    if old != first_head:
        raise InconsistentError("the path does not lead to the earlier head", first=first, second=second)
    if new != second_head:
        raise InconsistentError("the later head does not extend the earlier one", first=first, second=second)


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise MalformedProofError("there is no such leaf in a tree of this size", index=index, size=size)


def _check_sizes(first: int, second: int) -> None:
    if not 1 <= first <= second <= MAX_SIZE:
        raise MalformedProofError("these two sizes allow no consistency proof", first=first, second=second)


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for place, value in enumerate(hashes):
        if len(value) != HASH_BYTES:
            raise MalformedProofError("a hash must have 32 bytes", place=place, n_bytes=len(value))


class Tree:
    """A growing tree that keeps all complete nodes in memory, for fast appends and fast paths.

    Units:  about 150 bytes of memory a leaf. A log of many millions is better served from its tiles
            (``guildhall.core.tiles``), which hold the same nodes.
    """

    __slots__ = ("_edges", "_rows")

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        # One row a level, of complete nodes only; a row above the leaves is never empty.
        self._rows: list[list[bytes]] = [[]]
        self._edges: dict[tuple[int, int], list[bytes]] = {}
        self.extend(hashes)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return len(self._rows[0])

    def append(self, leaf: bytes) -> None:
        """Append one leaf *hash*."""
        rows = self._rows
        rows[0].append(leaf)
        index = len(rows[0])
        level = 0
        while not index & 1:
            left, right = rows[level][-2:]
            level += 1
            index >>= 1
            if level == len(rows):
                rows.append([])
            rows[level].append(sha256(b"\x01" + left + right).digest())

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Append leaf *hashes* in one go; about as fast as the hashing itself."""
        rows = self._rows
        fresh = hashes if isinstance(hashes, list) else list(hashes)
        level = 0
        while fresh:
            if level == len(rows):
                rows.append([])
            row = rows[level]
            unpaired = row[-1:] if len(row) % 2 else None
            row += fresh
            fresh = parents([*unpaired, *fresh] if unpaired else fresh)
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree ``(level, index)``.

        Raises: MalformedProofError if the tree has not grown so far.
        """
        if not 0 <= level < len(self._rows) or not 0 <= index < len(self._rows[level]):
            raise MalformedProofError("the tree has no such complete subtree", level=level, index=index)
        return self._rows[level][index]

    def head(self, size: int | None = None) -> bytes:
        """Return the head now, or as it was at ``size`` leaves.

        Raises: MalformedProofError if the tree never had that size.
        """
        return head_from_nodes(self.node, self._size(size))

    def inclusion_path(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion path of leaf ``index`` now, or as of ``size`` leaves.

        Shape:  32-byte hashes, lowest first.
        Raises: MalformedProofError if there is no such leaf or the tree never had that size.
        Source: RFC 9162, section 2.1.3.1.
        """
        size = self._size(size)
        _check_index(index, size)
        fork = (index ^ size).bit_length() - 1
        edge = self._edges.get((size, fork))
        if edge is None:
            edge = self._edge(size, fork)
        path = []
        for row in self._rows[:fork]:
            path.append(row[index ^ 1])
            index >>= 1
        path += edge
        return path

    def consistency_path(self, first: int, second: int | None = None) -> list[bytes]:
        """Return the consistency path from ``first`` leaves to now, or to ``second`` leaves.

        Raises: MalformedProofError if the sizes do not fit.
        Source: RFC 9162, section 2.1.4.1.
        """
        return consistency_path_from(self.node, first, self._size(second))

    def _edge(self, size: int, fork: int) -> list[bytes]:
        if len(self._edges) >= 4096:
            self._edges.clear()
        edge = self._edges[size, fork] = _edge_path(self.node, size, fork)
        return edge

    def _size(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise MalformedProofError("the tree never had that size", size=size, now=self.size)
        return size
