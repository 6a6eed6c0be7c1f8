"""GB 18030 as the edition of 2022 reads it, on top of Python's codec, which keeps the mapping of 2000.

Nineteen double-byte codes meant a private-use character in the first edition and a real one now, for instance
``FE 59``: U+E81E then, U+9FB4 龴 now. What the bytes *show* never changed, so reading them as the real character
is right for files of any age. Six more ideographs are private-use to this day in the double-byte table; the
standard reaches their real code points by four bytes only. They are read as what they show, too.

Source: GB 18030-2022; Unicode L2/23-003R (recommended mapping); WHATWG Encoding, index gb18030 of 2024-09-18.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

MOVED: Mapping[int, int] = {
    0xE78D: 0xFE10,  # A6D9, vertical comma
    0xE78E: 0xFE12,  # A6DA
    0xE78F: 0xFE11,  # A6DB
    0xE790: 0xFE13,  # A6DC
    0xE791: 0xFE14,  # A6DD
    0xE792: 0xFE15,  # A6DE
    0xE793: 0xFE16,  # A6DF
    0xE794: 0xFE17,  # A6EC
    0xE795: 0xFE18,  # A6ED
    0xE796: 0xFE19,  # A6F3
    0xE7C7: 0x1E3F,  # A8BC ḿ (moved in 2005)
    0xE81E: 0x9FB4,  # FE59 龴
    0xE826: 0x9FB5,  # FE61 龵
    0xE82B: 0x9FB6,  # FE66 龶
    0xE82C: 0x9FB7,  # FE67 龷
    0xE832: 0x9FB8,  # FE6D 龸
    0xE843: 0x9FB9,  # FE7E 龹
    0xE854: 0x9FBA,  # FE90 龺
    0xE864: 0x9FBB,  # FEA0 龻
}
"""Private-use code point that Python's codec gives → character of GB 18030-2022."""

STILL_PRIVATE: Mapping[int, int] = {
    0xE816: 0x20087,  # FE51 𠂇
    0xE817: 0x20089,  # FE52 𠂉
    0xE818: 0x200CC,  # FE53 𠃌
    0xE831: 0x215D7,  # FE6C 𡗗
    0xE83B: 0x2298F,  # FE76 𢦏
    0xE855: 0x241FE,  # FE91 𤇾
}
"""Private-use code point that every edition gives → the ideograph that the double-byte code shows."""

_DECODE = {**MOVED, **STILL_PRIVATE}
_ENCODE = {real: private for private, real in MOVED.items()}
_PRIVATE = re.compile("[\ue78d-\ue864]")


def mended(text: str) -> str:
    """Return text that Python's ``gb18030`` codec decoded, with the moved characters in their right places."""
    return text.translate(_DECODE) if _PRIVATE.search(text) else text


def mended_lines(lines: Iterable[str]) -> Iterator[str]:
    """Mend line by line, so that a large file is never held twice."""
    return map(mended, lines)


def decode(encoded: bytes) -> str:
    """Return the text of GB 18030 bytes.

    Raises: UnicodeDecodeError, which the caller turns into a refusal that names the line.
    """
    return mended(encoded.decode("gb18030"))


def encode(text: str) -> bytes:
    """Return GB 18030 bytes that every edition shows alike: the moved characters in their double-byte codes."""
    return text.translate(_ENCODE).encode("gb18030")
