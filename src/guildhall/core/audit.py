"""Replay a log from outside and say whether everything that it publishes fits together.

The auditor trusts nothing but the log's key and its own memory. It reads the published files one after the other, reads
every leaf, computes every hash anew and says what does not fit: each finding has a code, a place and a sentence. Memory
stays flat but for 32 bytes an award, which is what it takes to notice a document that is logged twice.

What it cannot say: whether an award was deserved, and what a leaf's document holds. Whether an award was within its
filing's scope and dates is checked for each certificate by ``guildhall.core.verify``, from the signed documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from guildhall.core import checkpoint, merkle, tiles
from guildhall.core.audit_book import Book
from guildhall.core.checkpoint import Checkpoint, Cosignature, VerifierKey
from guildhall.core.errors import Error, MalformedError, NotFoundError
from guildhall.core.report import Outcome
from guildhall.core.tiles import ENTRIES, HEIGHT, WIDTH, Read, Tile

MAX_FINDINGS = 1000
"""So many findings are kept; all are counted."""

CLOCK_SKEW = timedelta(minutes=5)

FINDINGS: Mapping[str, str] = {
    "bad_checkpoint_signature": "the log's own signature is missing or wrong",
    "bad_cosignature": "a line in the name of a known witness is wrong",
    "checkpoint_rolled_back": "the log was larger when last seen: leaves have been taken back",
    "split_view": "the log shows another history than when last seen",
    "other_log": "the remembered checkpoint is of a log of another name",
    "missing_file": "a file that the log's size demands is not there",
    "malformed_tile": "a file does not hold exactly what it should",
    "tile_differs": "a tile holds other hashes than its leaves or lower tiles give",
    "partial_tile_differs": "an older partial file is not the beginning of the present one",
    "unexpected_file": "a file that no log has",
    "root_differs": "the leaves give another head than the checkpoint states",
    "replay_stopped": "leaves and their hashes are both missing; nothing after this place was read",
    "malformed_leaf": "an entry is no leaf of this log",
    "time_goes_back": "a leaf is older than the one before it",
    "leaf_from_the_future": "a leaf is later than now",
    "duplicate_award": "a document is logged as an award a second time",
    "unknown_document": "a deed is done to a document that no leaf before it awards",
    "unknown_replacement": "a correction or reissue names a document that the log does not award",
    "unknown_filing": "a filing is used that no leaf before it accredits for this issuer",
}
"""Every finding's code and what it means."""


class NoCheckpointError(NotFoundError):
    """There is no log: no checkpoint lies there."""

    code = "no_checkpoint"


class RememberedCheckpointError(MalformedError):
    """The remembered checkpoint cannot be used to compare with."""

    code = "malformed_remembered_checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit. ``code`` one of ``FINDINGS``; ``place`` a path or ``leaf <index>``."""

    code: str
    place: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return the finding as JSON-ready members."""
        return {"code": self.code, "place": self.place, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a replay gave.

    Shape:  ``size`` and ``stated_root`` are the checkpoint's; ``root`` is the head that the leaves give, None if the
            replay stopped. ``signature`` and ``memory`` are ``not-run`` where no key was known, nothing remembered.
            ``findings`` holds the first 1000, ``n_by_code`` counts all. ``n_beyond`` files lie beyond the checkpoint:
            a publication in progress or broken off, no finding.
    """

    origin: str
    size: int
    stated_root: bytes
    root: bytes | None
    signature: Outcome
    memory: Outcome
    witnesses: tuple[Cosignature, ...]
    findings: tuple[Finding, ...]
    n_by_code: Mapping[str, int]
    n_by_kind: Mapping[str, int]
    n_by_scheme: Mapping[str, int]
    n_by_issuer: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    n_beyond: int

    @property
    def n_findings(self) -> int:
        """How many findings there are in all."""
        return sum(self.n_by_code.values())

    @property
    def n_leaves(self) -> int:
        """How many leaves were read."""
        return sum(self.n_by_kind.values())

    @property
    def clean(self) -> bool:
        """Tell whether the log's signature was checked and nothing was found."""
        return self.signature is Outcome.PASSED and not self.n_by_code

    def as_json(self) -> dict[str, object]:
        """Return the report as JSON-ready members (hashes in hex, times as RFC 3339)."""
        return {
            "type": "GuildhallAudit",
            "clean": self.clean,
            "origin": self.origin,
            "size": self.size,
            "stated_root": self.stated_root.hex(),
            "root": self.root.hex() if self.root else None,
            "signature": self.signature.value,
            "memory": self.memory.value,
            "witnesses": [{"name": w.witness, "at": _text(w.cosigned_at)} for w in self.witnesses],
            "n_leaves": self.n_leaves,
            "by_kind": dict(self.n_by_kind),
            "by_scheme": dict(self.n_by_scheme),
            "by_issuer": dict(self.n_by_issuer),
            "first_at": _text(self.first_at),
            "last_at": _text(self.last_at),
            "files_beyond_checkpoint": self.n_beyond,
            "n_findings": self.n_findings,
            "by_code": dict(self.n_by_code),
            "findings": [finding.as_json() for finding in self.findings],
        }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def replay(
    read: Read,
    *,
    log_keys: Sequence[VerifierKey] = (),
    witness_keys: Sequence[VerifierKey] = (),
    remembered: bytes | None = None,
    names: Iterable[str] | None = None,
    now: datetime | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Replay a whole log from its files.

    Shape:  ``read`` gives the bytes of a path below the log's prefix, or None. ``log_keys`` are the keys that the auditor
            trusts, of this log or others. ``remembered`` is the signed checkpoint that it saw last. ``names`` lists all
            paths that are there, to find what should not be. ``on_progress`` is told leaves done and leaves in all.
    Units:  one tile of 256 leaves is held at a time, and 32 bytes for each award.
    Raises: NoCheckpointError; MalformedNoteError, MalformedCheckpointError, TooLargeError if the checkpoint cannot be
            read at all; RememberedCheckpointError. Whatever else is wrong is a finding.
    Source: RFC 9162, section 2.1; C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature.
    """
    note = read(tiles.CHECKPOINT)
    if note is None:
        raise NoCheckpointError("there is no checkpoint, so no log")
    parsed = checkpoint.parse_note(note)
    auditor = _Auditor(read, Checkpoint.parse(parsed.text), now, on_progress or _silent)
    auditor.check_signatures(note, log_keys, witness_keys)
    if remembered is not None:
        auditor.recall(_recalled(remembered, log_keys))
    auditor.replay_tiles()
    if names is not None:
        auditor.check_names(names)
    return auditor.report()


def _silent(_done: int, _size: int) -> None:
    pass


def _recalled(remembered: bytes, log_keys: Sequence[VerifierKey]) -> Checkpoint:
    """Return what the auditor remembers; a forged memory would accuse an honest log."""
    try:
        recalled = Checkpoint.parse(checkpoint.parse_note(remembered).text)
        if any(key.name == recalled.origin for key in log_keys):
            checkpoint.open_checkpoint(remembered, log_keys)
    except Error as error:
        raise RememberedCheckpointError(
            f"the remembered checkpoint cannot be used: {error.detail}", reason=error.code
        ) from None
    return recalled


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
    recalled: Checkpoint | None = None
    rows: list[list[bytes]] = field(default_factory=list)
    """The hashes of the partial tile of level 1 and up, as computed so far."""
    faulty: set[tuple[int, int]] = field(default_factory=set)
    """Level and index of the tiles in which a fault was found: what follows from it is not reported again."""
    root: bytes | None = None
    n_beyond: int = 0
    book: Book = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book(self.find, self.now + CLOCK_SKEW if self.now else None)

    def find(self, code: str, place: str, detail: str = "") -> None:
        self.n_by_code[code] += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(code, place, detail or FINDINGS[code]))

    # ── the checkpoint ───────────────────────────────────────────────────────────────────────────────────────────

    def check_signatures(
        self, note: bytes, log_keys: Sequence[VerifierKey], witness_keys: Sequence[VerifierKey]
    ) -> None:
        try:
            checkpoint.open_checkpoint(note, log_keys)
            self.signature = Outcome.PASSED
        except checkpoint.UnknownLogError:
            pass
        except checkpoint.BadCheckpointSignatureError as error:
            self.signature = Outcome.FAILED
            self.find(error.code, tiles.CHECKPOINT, error.detail)
        for key in witness_keys:
            try:
                self.witnesses += checkpoint.cosignatures(checkpoint.parse_note(note), [key], now=self.now)
            except checkpoint.BadCosignatureError as error:
                self.find(error.code, tiles.CHECKPOINT, f"{error.detail} ({key.name})")

    def recall(self, recalled: Checkpoint) -> None:
        stated = self.stated
        if recalled.origin != stated.origin:
            self._forgotten("other_log", f"{recalled.origin} was remembered, and this is {stated.origin}")
        elif recalled.size > stated.size:
            self._forgotten("checkpoint_rolled_back", f"{recalled.size} leaves were remembered, and now {stated.size}")
        elif recalled.size == stated.size and recalled.root != stated.root:
            self._forgotten("split_view", f"another head of the same size {stated.size} was remembered")
        else:
            self.memory = Outcome.PASSED if recalled.size in {0, stated.size} else Outcome.NOT_RUN
            self.recalled = recalled

    def _forgotten(self, code: str, detail: str) -> None:
        self.memory = Outcome.FAILED
        self.find(code, tiles.CHECKPOINT, detail)

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
            self._compare_with_memory(index * WIDTH, hashes)
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
        self._compare(tile, hashes)
        self.book.enter(tile.index * WIDTH, entries)
        return hashes

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
        if published is None or published == computed:
            return
        at = next(i for i, (theirs, ours) in enumerate(zip(published, computed, strict=True)) if theirs != ours)
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

    def _compare_with_memory(self, start: int, hashes: list[bytes]) -> None:
        recalled = self.recalled
        if recalled is None or not start < recalled.size <= start + len(hashes) or recalled.size == self.stated.size:
            return
        if self._head(hashes[: recalled.size - start]) == recalled.root:
            self.memory = Outcome.PASSED
        else:
            self._forgotten("split_view", f"the log does not extend the head remembered at {recalled.size} leaves")

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
        return AuditReport(
            origin=self.stated.origin,
            size=self.stated.size,
            stated_root=self.stated.root,
            root=self.root,
            signature=self.signature,
            memory=self.memory,
            witnesses=self.witnesses,
            findings=tuple(self.findings),
            n_by_code=dict(self.n_by_code),
            n_by_kind={kind: book.n_by_kind[kind] for kind in ("accreditation", "award", "status")},
            n_by_scheme=dict(sorted(book.n_by_scheme.items())),
            n_by_issuer=dict(sorted(book.n_by_issuer.items())),
            first_at=book.first_at,
            last_at=book.last_at,
            n_beyond=self.n_beyond,
        )
