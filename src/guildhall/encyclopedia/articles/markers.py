"""The markers of an article: places in its text that are filled from the register when it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SCHEME: Final = r"[a-z][a-z0-9-]{0,15}"
_OCCUPATION: Final = r"[0-9A-Za-z][0-9A-Za-z.-]{0,23}"
_LEVEL: Final = r"[0-9a-z][0-9a-z-]{0,15}"
_SLUG: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_SCOPE: Final = f"{_SCHEME}(?:/{_OCCUPATION}(?:/{_LEVEL})?)?"
_CERTIFICATE: Final = f"{_SCHEME}/{_OCCUPATION}/{_LEVEL}"
_NOTHING: Final = ""

MARKER: Final = re.compile(r"\{\{\s*([a-z][a-z-]{0,31})(?:\s*:\s*([0-9A-Za-z./-]{1,120}))?\s*\}\}")
"""How a marker is written. What else stands between two such brackets is an unknown one."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a marker may look like: ``arguments`` are patterns of the whole argument, the empty one meaning none."""

    arguments: tuple[str, ...]
    block: bool = False

    def takes(self, argument: str) -> bool:
        """Tell whether an argument (empty for none) fits."""
        return any(re.fullmatch(pattern, argument) for pattern in self.arguments)


SHAPES: Final[Mapping[str, Shape]] = {
    "today": Shape((_NOTHING,)),
    "count": Shape((_NOTHING, _SCOPE)),
    "in-force": Shape((_NOTHING, _SCOPE)),
    "share": Shape((_SCHEME,)),
    "schemes": Shape((_NOTHING,)),
    "issuers": Shape((_NOTHING, _SCOPE)),
    "occupations": Shape((_NOTHING, _SCHEME)),
    "filings": Shape((_NOTHING, _SCHEME)),
    "standards": Shape((_NOTHING,)),
    "classification": Shape((_NOTHING,)),
    "leaves": Shape((_NOTHING,)),
    "scheme": Shape((_SCHEME,)),
    "certificate-name": Shape((_SCHEME,)),
    "occupation": Shape((_OCCUPATION,)),
    "certificate": Shape((_CERTIFICATE,)),
    "standard": Shape((_OCCUPATION,)),
    "issuer": Shape((_SLUG,)),
    "article": Shape((_SLUG,)),
    "starts": Shape((_SCHEME,)),
    "covered-from": Shape((_SCHEME,)),
    "validity": Shape((_SCHEME,)),
    "n-levels": Shape((_SCHEME,)),
    "pass-mark": Shape((_SCHEME,)),
    "shares": Shape((_NOTHING,), block=True),
    "shares-by-region": Shape((_NOTHING,), block=True),
    "awards-over-time": Shape((_NOTHING, _SCHEME), block=True),
    "ladder": Shape((_SCHEME,), block=True),
    "parts": Shape((_SCHEME,), block=True),
    "proves": Shape((_SCHEME,), block=True),
    "proves-not": Shape((_SCHEME,), block=True),
    "legal-basis": Shape((_SCHEME,), block=True),
    "eligibility": Shape((_NOTHING,), block=True),
}
"""Name → shape; docs/formats/article.md says what stands there."""


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker of a text: ``{{count:pcc}}`` is ``Marker("count", "pcc")``."""

    name: str
    argument: str = ""

    @property
    def shape(self) -> Shape | None:
        """The shape of markers of this name; None for an unknown name."""
        return SHAPES.get(self.name)

    @property
    def known(self) -> bool:
        """Whether there is a marker of this name that takes this argument."""
        return self.shape is not None and self.shape.takes(self.argument)

    @property
    def block(self) -> bool:
        """Whether the marker stands alone in a paragraph."""
        return self.shape is not None and self.shape.block

    def __str__(self) -> str:
        return f"{{{{{self.name}{':' if self.argument else ''}{self.argument}}}}}"
