"""What was counted a moment ago is not counted again for every page."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

_T = TypeVar("_T")
_HELD: dict[str, tuple[str, Any]] = {}


def held(name: str, version: object, make: Callable[[], _T], *, seconds: int) -> _T:
    """Return what ``make`` makes, made anew after so many seconds or when ``version`` is another.

    The value stays in this process, since it is large and changes nowhere; the shared cache only holds the word under which
    it is known, so that clearing the cache forgets it.

    Shape:  ``version`` anything with a stable ``repr``.
    """
    key = f"encyclopedia:{name}:{os.getpid()}"
    word = cache.get(key)
    known = _HELD.get(name)
    if known is not None and word is not None and known[0] == word and word.endswith(repr(version)):
        value: _T = known[1]
        return value
    made = make()
    word = f"{secrets.token_hex(8)}:{version!r}"
    cache.set(key, word, seconds)
    _HELD[name] = (word, made)
    return made
