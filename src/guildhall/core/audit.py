"""Replay a log from outside and say whether everything that it publishes fits together.

The auditor trusts nothing but the log's key and its own memory. It reads the published files one after the other, reads
every leaf, computes every hash anew and says what does not fit: each finding has a code, a place and a sentence. Memory
stays flat but for 32 bytes an award, which is what it takes to notice a document that is logged twice.

What it cannot say: whether an award was deserved, and what a leaf's document holds. A leaf says when an award was logged and
under which filing, not its own day, place, occupation and level: whether the filing covers these is checked for each
certificate by ``guildhall.core.verify``, from the signed documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from guildhall.core import checkpoint, merkle, quorum, tiles
from guildhall.core.audit_book import Book
from guildhall.core.audit_report import (
    FINDINGS,
    MAX_FINDINGS,
    NOTICES,
    AuditReport,
    Compared,
    ElsewhereCheckpointError,
    Finding,
    NoCheckpointError,
    RememberedCheckpointError,
)
from guildhall.core.checkpoint import Checkpoint, Cosignature, Note, VerifierKey
from guildhall.core.errors import Error
from guildhall.core.quorum import Quorum
from guildhall.core.report import Outcome
from guildhall.core.tiles import ENTRIES, HEIGHT, WIDTH, Read, Tile

CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same log as somebody else shows it: the checkpoint and, where they are at hand, its tiles."""

    place: str
    note: bytes
    read: Read | None = None


def replay(
    read: Read,
    *,
    log_keys: Sequence[VerifierKey] = (),
    witness_keys: Sequence[VerifierKey] = (),
    quorums: Iterable[Quorum] = (),
    remembered: bytes | None = None,
    elsewhere: Iterable[Elsewhere] = (),
    names: Iterable[str] | None = None,
    now: datetime | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Replay a whole log from its files.

    Shape:  ``read`` gives the bytes of a path below the log's prefix, or None. ``log_keys`` are the keys that the auditor
            trusts, of this log or others. ``quorums`` are what its checkpoint must meet. ``remembered`` is the
            signed checkpoint that it saw last; ``elsewhere`` what others show of this log. ``names`` lists all paths that are there, to find what should not be. ``on_progress`` is told leaves done and leaves in all.
    Units:  one tile of 256 leaves is held at a time, and 32 bytes for each award.
    Raises: NoCheckpointError; MalformedNoteError, MalformedCheckpointError, TooLargeError if the checkpoint cannot be
            read at all; RememberedCheckpointError, ElsewhereCheckpointError. Whatever else is wrong is a finding.
    Source: RFC 9162, section 2.1; C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature.
    """
    note = read(tiles.CHECKPOINT)
    if note is None:
        raise NoCheckpointError("there is no checkpoint, so no log")
    parsed = checkpoint.parse_note(note)
    auditor = _Auditor(read, Checkpoint.parse(parsed.text), now, on_progress or _silent)
    auditor.check_signatures(note, parsed, log_keys, witness_keys)
    auditor.check_quorums(parsed, quorums)
    if remembered is not None:
        auditor.recall(_seen(remembered, log_keys, RememberedCheckpointError))
    for other in elsewhere:
        auditor.compare(other, _seen(other.note, log_keys, ElsewhereCheckpointError))
    auditor.replay_tiles()
    if names is not None:
        auditor.check_names(names)
    return auditor.report()


def _silent(_done: int, _size: int) -> None:
    pass


def _seen(
    note: bytes,
    log_keys: Sequence[VerifierKey],
    refusal: type[RememberedCheckpointError | ElsewhereCheckpointError],
) -> Checkpoint:
    """Return a head to compare with; a forged one would accuse an honest log."""
    try:
        seen = Checkpoint.parse(checkpoint.parse_note(note).text)
        if any(key.name == seen.origin for key in log_keys):
            checkpoint.open_checkpoint(note, log_keys)
    except Error as error:
        raise refusal(f"a checkpoint to compare with cannot be used: {error.detail}", reason=error.code) from None
    return seen


@dataclass(slots=True)
class _Awaited:
    """A head seen before or elsewhere, of fewer leaves: the replay must pass through it. ``place`` empty: the memory."""

    head: Checkpoint
    place: str
    outcome: Outcome = Outcome.NOT_RUN


@dataclass(slots=True)
class _Auditor:
    """The state of one replay."""

    read: Read
    stated: Checkpoint
    now: datetime | None
    on_progress: Callable[[int, int], None]
    signature: Outcome = Outcome.NOT_RUN
    memory: Outcome = Outcome.NOT_RUN
    witnesses: tuple[Cosignature, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    n_by_code: Counter[str] = field(default_factory=Counter)
    notices: list[Finding] = field(default_factory=list)
    n_by_notice: Counter[str] = field(default_factory=Counter)
    awaited: list[_Awaited] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    rows: list[list[bytes]] = field(default_factory=list)
    """The hashes of the partial tile of level 1 and up, as computed so far."""
    faulty: set[tuple[int, int]] = field(default_factory=set)
    """Level and index of the tiles in which a fault was found: what follows from it is not reported again."""
    root: bytes | None = None
    n_beyond: int = 0
    book: Book = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book(self.find, self.notice, self.now + CLOCK_SKEW if self.now else None)

    def find(self, code: str, place: str, detail: str = "") -> None:
        self.n_by_code[code] += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(code, place, detail or FINDINGS[code]))

    def notice(self, code: str, place: str, detail: str = "") -> None:
        self.n_by_notice[code] += 1
        if len(self.notices) < MAX_FINDINGS:
            self.notices.append(Finding(code, place, detail or NOTICES[code]))

    # ── the checkpoint ───────────────────────────────────────────────────────────────────────────────────────────

    def check_signatures(
        self, note: bytes, parsed: Note, log_keys: Sequence[VerifierKey], witness_keys: Sequence[VerifierKey]
    ) -> None:
        try:
            checkpoint.open_checkpoint(note, log_keys)
            self.signature = Outcome.PASSED
        except checkpoint.UnknownLogError:
            self.notice("unknown_log", self.stated.origin)
        except checkpoint.BadCheckpointSignatureError as error:
            self.signature = Outcome.FAILED
            self.find(error.code, tiles.CHECKPOINT, error.detail)
        for key in witness_keys:
            try:
                self.witnesses += checkpoint.cosignatures(parsed, [key], now=self.now)
            except checkpoint.BadCosignatureError as error:
                self.find(error.code, tiles.CHECKPOINT, f"{error.detail} ({key.name})")
        for line in parsed.signatures:
            if not any(line.is_by(key) for key in (*log_keys, *witness_keys)):
                self.notice("unknown_signer", line.name)

    def check_quorums(self, parsed: Note, quorums: Iterable[Quorum]) -> None:
        for demanded in quorums:
            try:
                quorum.witnessed(parsed, (), [demanded])
            except quorum.TooFewWitnessesError as error:
                self.find(error.code, tiles.CHECKPOINT, error.detail)
            except checkpoint.BadCosignatureError as error:
                # The quorum's witnesses may be unknown otherwise; a line that is known to be wrong has been told of.
                if error.code not in self.n_by_code:
                    self.find(error.code, tiles.CHECKPOINT, error.detail)

    def recall(self, recalled: Checkpoint) -> None:
        """Hold the log against what was seen last: it must be as long, and go through the same head."""
        if recalled.origin == self.stated.origin and recalled.size > self.stated.size:
            n_now = self.stated.size
            self.find(
                "checkpoint_rolled_back", tiles.CHECKPOINT, f"{recalled.size} leaves were remembered, and now {n_now}"
            )
            self.memory = Outcome.FAILED
        else:
            self.memory = self._meet(recalled, "")

    def compare(self, other: Elsewhere, seen: Checkpoint) -> None:
        """Hold the log against what it shows elsewhere, which may be shorter or longer."""
        longer = seen.origin == self.stated.origin and seen.size > self.stated.size
        outcome = self._extended(other, seen) if longer else self._meet(seen, other.place)
        self.compared.append(Compared(other.place, seen.size, outcome))

    def _meet(self, seen: Checkpoint, place: str) -> Outcome:
        """Compare with a head of as many leaves or fewer; one of fewer is met on the way."""
        stated, where = self.stated, place or tiles.CHECKPOINT
        if seen.origin != stated.origin:
            self.find("other_log", where, f"{seen.origin} was seen, and this is {stated.origin}")
            return Outcome.FAILED
        if seen.size == stated.size and seen.root != stated.root:
            self.find("split_view", where, f"another head of the same size {stated.size} was seen")
            return Outcome.FAILED
        if seen.size in {0, stated.size}:
            return Outcome.PASSED
        self.awaited.append(_Awaited(seen, place))
        return Outcome.NOT_RUN

    def _extended(self, other: Elsewhere, seen: Checkpoint) -> Outcome:
        """Compare with a head of more leaves, by the tiles that belong to it."""
        stated = self.stated
        if stated.size == 0:
            return Outcome.PASSED
        try:
            if other.read is None:
                raise tiles.MissingTileError("without its tiles a longer log cannot be compared")
            path = tiles.TileNodes(other.read, seen.size).consistency_path(stated.size)
            merkle.check_consistency(stated.size, stated.root, seen.size, seen.root, path)
        except merkle.InconsistentError:
            self.find("split_view", other.place, f"the {seen.size} leaves there do not extend the {stated.size} here")
            return Outcome.FAILED
        except Error as error:
            self.notice("not_compared", other.place, error.detail)
            return Outcome.NOT_RUN
        return Outcome.PASSED

    # ── the tiles ────────────────────────────────────────────────────────────────────────────────────────────────

    def replay_tiles(self) -> None:
        """Read all leaves in order; compute and compare every tile; compare the head."""
        size = self.stated.size
        hashes: list[bytes] = []
        for index in range(-(-size // WIDTH)):
            tile = Tile(0, index, min(WIDTH, size - index * WIDTH))
            hashes = self._leaf_hashes(tile)
            if not hashes:
                self.find("replay_stopped", f"leaf {index * WIDTH}")
                return
            self._pass_through(index * WIDTH, hashes)
            if tile.width == WIDTH:
                self._push(1, index, merkle.root(hashes))
                hashes = []
            self.on_progress(index * WIDTH + tile.width, size)
        for level, row in enumerate(self.rows, start=1):
            if row:
                self._compare(Tile(level, size >> HEIGHT * (level + 1), len(row)), row)
        self.root = self._head(hashes)
        if self.root != self.stated.root:
            self.find("root_differs", tiles.CHECKPOINT)
        self.book.close()

    def _leaf_hashes(self, tile: Tile) -> list[bytes]:
        """Return the hashes of a tile of level 0: from the leaves or, where these are lost, from the tile itself."""
        entries = self._entries(tile)
        if entries is None:
            self.book.gap()
            return self._hashes(tile) or []
        hashes = merkle.leaf_hashes(entries)
        published = self._hashes(tile)
        if published is not None and published != hashes:
            if self._leads_up(tile, published):
                bundle = Tile(ENTRIES, tile.index, tile.width)
                place = f"leaf {tile.index * WIDTH + _first_difference(published, hashes)}"
                self._fault(bundle, "entries_differ", f"{FINDINGS['entries_differ']}, first at {place}")
                self.book.gap()
                return published
            self._differ(tile, published, hashes)
        self.book.enter(tile.index * WIDTH, entries)
        return hashes

    def _leads_up(self, tile: Tile, hashes: list[bytes]) -> bool:
        """Tell whether a tile's own hashes lead to what is published above it: then it is its entries that were changed."""
        if tile.width < WIDTH:
            return self._head(hashes) == self.stated.root
        above = Tile(1, tile.index // WIDTH, min(WIDTH, (self.stated.size >> HEIGHT) - tile.index // WIDTH * WIDTH))
        try:
            return tiles.read_hashes(self.read, above)[tile.index % WIDTH] == merkle.root(hashes)
        except Error:
            return False

    def _entries(self, tile: Tile) -> list[bytes] | None:
        bundle = Tile(ENTRIES, tile.index, tile.width)
        try:
            return tiles.read_entries(self.read, bundle)
        except tiles.MissingTileError:
            self._fault(bundle, "missing_file")
        except tiles.MalformedTileError as error:
            self._fault(bundle, "malformed_tile", error.detail)
        return None

    def _hashes(self, tile: Tile) -> list[bytes] | None:
        try:
            return tiles.read_hashes(self.read, tile)
        except tiles.MissingTileError:
            self._fault(tile, "missing_file")
        except tiles.MalformedTileError as error:
            self._fault(tile, "malformed_tile", error.detail)
        return None

    def _fault(self, tile: Tile, code: str, detail: str = "") -> None:
        self.faulty.add((max(tile.level, 0), tile.index))
        self.find(code, tile.path, detail)

    def _compare(self, tile: Tile, computed: list[bytes]) -> None:
        published = self._hashes(tile)
        if published is not None and published != computed:
            self._differ(tile, published, computed)

    def _differ(self, tile: Tile, published: list[bytes], computed: list[bytes]) -> None:
        at = _first_difference(published, computed)
        where = f"leaf {tile.index * WIDTH + at}" if tile.level == 0 else f"hash {at}"
        self._fault(tile, "tile_differs", f"{FINDINGS['tile_differs']}, first at {where}")

    def _push(self, level: int, index: int, head: bytes) -> None:
        """Take in the head of a full tile; when this fills a tile above, compare that one and go on up."""
        if level > len(self.rows):
            self.rows.append([])
        row = self.rows[level - 1]
        row.append(head)
        if len(row) == WIDTH:
            self._compare(Tile(level, index // WIDTH), row)
            self.rows[level - 1] = []
            self._push(level + 1, index // WIDTH, merkle.root(row))

    def _head(self, hashes: Sequence[bytes]) -> bytes:
        return tiles.Edge(self.stated.size, (), (tuple(hashes), *map(tuple, self.rows))).head

    def _pass_through(self, start: int, hashes: list[bytes]) -> None:
        """Compare the heads on the way with those that were seen at these sizes."""
        for one in self.awaited:
            if not start < one.head.size <= start + len(hashes):
                continue
            one.outcome = Outcome.PASSED
            if self._head(hashes[: one.head.size - start]) != one.head.root:
                one.outcome = Outcome.FAILED
                detail = f"the log does not extend the head seen at {one.head.size} leaves"
                self.find("split_view", one.place or tiles.CHECKPOINT, detail)

    # ── what else lies there ─────────────────────────────────────────────────────────────────────────────────────

    def check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if name == tiles.CHECKPOINT:
                continue
            try:
                tile = Tile.parse(name)
            except tiles.MalformedTileError:
                self.find("unexpected_file", name[:256])
                continue
            n_hashes = self.stated.size >> HEIGHT * max(tile.level, 0)
            if tile.index * WIDTH + tile.width > n_hashes:
                self.n_beyond += 1
                continue
            width = min(WIDTH, n_hashes - tile.index * WIDTH)
            if tile.width < width and (max(tile.level, 0), tile.index) not in self.faulty:
                self._check_old_partial(tile, width)

    def _check_old_partial(self, tile: Tile, width: int) -> None:
        """Compare a partial file of an earlier checkpoint with what stands in its place now."""
        read = tiles.read_entries if tile.level == ENTRIES else tiles.read_hashes
        try:
            earlier, present = read(self.read, tile), read(self.read, Tile(tile.level, tile.index, width))
        except tiles.MissingTileError:
            return
        except tiles.MalformedTileError as error:
            self.find("malformed_tile", tile.path, error.detail)
            return
        if earlier != present[: tile.width]:
            self.find("partial_tile_differs", tile.path)

    def report(self) -> AuditReport:
        book = self.book
        met = {one.place: one.outcome for one in self.awaited}
        return AuditReport(
            origin=self.stated.origin,
            size=self.stated.size,
            stated_root=self.stated.root,
            root=self.root,
            signature=self.signature,
            memory=met.get("", self.memory),
            witnesses=self.witnesses,
            findings=tuple(self.findings),
            n_by_code=dict(self.n_by_code),
            n_by_kind={kind: book.n_by_kind[kind] for kind in ("accreditation", "award", "status")},
            n_by_scheme=dict(sorted(book.n_by_scheme.items())),
            n_by_issuer=dict(sorted(book.n_by_issuer.items())),
            first_at=book.first_at,
            last_at=book.last_at,
            n_beyond=self.n_beyond,
            notices=tuple(self.notices),
            n_by_notice=dict(self.n_by_notice),
            compared=tuple(Compared(one.place, one.size, met.get(one.place, one.outcome)) for one in self.compared),
            n_without_days=book.filings.n_without_days,
        )


def _first_difference(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    return next(place for place, (left, right) in enumerate(zip(one, other, strict=True)) if left != right)
