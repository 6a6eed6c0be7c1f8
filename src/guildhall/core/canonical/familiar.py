"""A way of writing documents that grows familiar with them.

The certificates of one results file, and those that are asked for in one week, share far more than their shape: issuer,
occupation, level, every address. What a shape answers is watched for a while; then a second function is compiled in which
the texts that were always the same are part of the shape. It writes their quads in one piece and hashes most blank nodes
beforehand, and it refuses any document in which one of those texts is another: that one gets the general answer. The same
serves for RFC 8785, where what documents share need not be looked at value by value.

All of this is bounded: one sample is kept, of limited size; a function is made a few times only, at intervals that double
(to make one costs as much as some hundred answers), and one that serves less than half of the documents is given up.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from guildhall.core.canonical import jcs, shape_code
from guildhall.core.canonical.shape_code import Leaf, NotCompilableError, Path
from guildhall.core.errors import Error

FIRST: Final = 256
"""General answers before the first narrower function is made."""
N_LOOKS: Final = 16
"""How many of them are looked at."""
MAX_TRIES: Final = 8
MAX_SAMPLE: Final = 32_768  # bytes of N-Quads
WORTH: Final = 3
"""A narrower function is made if one text of so many, or more, is always the same."""

Reader = Callable[[Any], bytes | None]
Maker = Callable[[Mapping[str, Any], frozenset[Path]], Reader]


class Familiar:
    """A shape's reader, and the narrower one for what is frequent just now.

    Shape:  ``used`` is the store's own mark of when it answered last; ``full`` the path that is exact for every document.
    """

    __slots__ = (
        "_alike", "_full", "_general", "_lock", "_make", "_n_general", "_n_narrow", "_narrow", "_sample", "_tries", "_wait", "used",
    )  # fmt: skip

    def __init__(
        self, general: Reader, used: int, full: Callable[[Mapping[str, Any]], bytes], make: Maker | None = None
    ) -> None:
        self.used = used
        self._make = make
        self._general = general
        self._full = full
        self._narrow: Reader | None = None
        self._tries = MAX_TRIES
        self._wait = FIRST
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._n_general = self._n_narrow = 0
        self._sample: dict[str, Any] | None = None
        self._alike: list[Leaf] = []

    def read(self, document: dict[str, Any]) -> bytes | None:
        """Return the canonical N-Quads of a document of this shape; None for any other."""
        narrow = self._narrow
        if narrow is not None:
            written = narrow(document)
            if written is not None:
                self._n_narrow += 1
                return written
        written = self._general(document)
        if written is not None and self._tries:
            self._n_general += 1
            # Whoever comes while another one learns goes on without.
            if self._n_general % (self._wait // N_LOOKS) == 0 and self._lock.acquire(blocking=False):
                try:
                    self._learn(document, written)
                finally:
                    self._lock.release()
        return written

    def _learn(self, document: dict[str, Any], written: bytes) -> None:
        if self._n_general >= self._wait:
            self._settle(document, written)
        elif self._sample is not None:
            self._alike = [leaf for leaf in self._alike if _says(document, leaf)]
        elif len(written) <= MAX_SAMPLE:
            try:
                self._alike = shape_code.leaves_of(document)
            except NotCompilableError:
                return
            self._sample = deepcopy(document)

    def _settle(self, document: dict[str, Any], written: bytes) -> None:
        """Keep the narrow reader that serves at least half of the documents, or make another one."""
        if self._n_narrow < self._n_general:
            self._tries -= 1
            self._wait *= 2
            self._narrow = self._made(document, written) if self._tries else None
        self._begin()

    def _made(self, document: dict[str, Any], written: bytes) -> Reader | None:
        sample, alike = self._sample, self._alike
        if sample is None or len(alike) * WORTH < len(shape_code.leaves_of(sample)):
            return None
        fixed = frozenset(path for leaf in alike for path in leaf.paths)
        try:
            narrow = (self._make or shape_code.reader)(sample, fixed)
            checked = narrow(sample) == self._full(sample) and narrow(document) in (written, None)
        except (NotCompilableError, Error):
            return None
        return narrow if checked else None


def _says(document: Any, leaf: Leaf) -> bool:
    try:
        return all(_at(document, path) == leaf.value for path in leaf.paths)
    except (LookupError, TypeError):
        return False


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def of_json() -> Familiar:
    """Return what writes RFC 8785, and grows familiar with documents that share most of their texts.

    Shape:  ``read`` answers for every document as ``jcs.canonical`` does, and raises what that raises.
    """
    return Familiar(jcs.canonical, 0, jcs.canonical, shape_code.json_reader)
