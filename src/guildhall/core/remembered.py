"""What was found out before and need not be found out again: bounded, and named by all that the answer rests on.

Thousands of bundles carry the same statement, the same status lists and the same checkpoint. What is kept here are
successes alone, under the hash of the very bytes and the very keys they were checked with: another byte, or another key
under the same name, is another question. What depends on the time of day is never part of an answer.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import orjson

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_EXACT = (
    orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)


class Remembered(Generic[_Key, _Value]):
    """Answers by question; the one longest unused leaves first.

    Units:  the sum of all ``weight``s stays at or below ``limit``; an answer heavier than a quarter of that is not kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._answers: OrderedDict[_Key, tuple[_Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: _Key) -> _Value | None:
        """Return the answer, or None."""
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                return None
            self._answers.move_to_end(key)
            return found[0]

    def keep(self, key: _Key, answer: _Value, weight: int = 1) -> None:
        """Keep an answer, for as long as there is room."""
        if weight > self._limit // 4:
            return
        with self._lock:
            if key in self._answers:
                self._weight -= self._answers.pop(key)[1]
            self._answers[key] = answer, weight
            self._weight += weight
            while self._weight > self._limit:
                self._weight -= self._answers.popitem(last=False)[1][1]

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._answers.clear()
            self._weight = 0


def name_of(document: Mapping[str, Any]) -> bytes | None:
    """Return the SHA-256 of a document as it was read: two that differ in anything have different names.

    Shape:  the order of members counts, and so does ``1`` against ``1.0``; None for what strict JSON cannot hold.
    """
    try:
        return hashlib.sha256(orjson.dumps(document, option=_EXACT)).digest()
    except TypeError:
        return None
