"""Signed documents, stored by what is their own.

Thousands of documents share all of their text but a dozen values. The text in common (a plate) is stored once, under its
hash; a document is the list of its values. Putting them together is a mere joining of text: no program, of whatever
version, has to make the document again, and its hash says whether the joining is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Plate:
    """A document's text cut at its holes.

    Shape:  ``pieces`` one more than ``holes``; hole ``i``, between piece ``i`` and the next, takes value ``holes[i]`` (a
            value may be taken twice). Values are JSON texts without their quotes, so none of them has a line break.
    """

    pieces: tuple[str, ...]
    holes: tuple[int, ...]
    _skeleton: tuple[str, ...]
    _taken: Callable[[Sequence[str]], Any]

    @staticmethod
    def of(pieces: Sequence[str], holes: Sequence[int]) -> Plate:
        """Return the plate of these pieces and holes, of which there are at least two."""
        skeleton = [""] * (2 * len(holes) + 1)
        skeleton[::2] = pieces
        return Plate(tuple(pieces), tuple(holes), tuple(skeleton), itemgetter(*holes))

    def filled(self, values: Sequence[str]) -> bytes:
        """Return the document with these values."""
        parts = list(self._skeleton)
        parts[1::2] = self._taken(values)
        return "".join(parts).encode()

    @property
    def text(self) -> str:
        """The plate as it is stored."""
        return orjson.dumps({"pieces": self.pieces, "holes": self.holes}).decode()

    @property
    def id(self) -> str:
        """The hash of that text, in hex: the plate's name."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def kept(values: Sequence[str]) -> bytes:
    """Return values as they are stored with a document."""
    return "\n".join(values).encode()


@lru_cache(maxsize=4096)
def read(text: str) -> Plate:
    """Return a plate that was stored."""
    stored = orjson.loads(text)
    return Plate.of(stored["pieces"], stored["holes"])


def document(plate_text: str, own: bytes) -> bytes:
    """Return the document that a plate and the stored values make."""
    return read(plate_text).filled(own.decode().split("\n"))
