"""What may stand where the specifications ask for a URL."""

from __future__ import annotations

import re

MAX_URL_LENGTH = 8192

# URL Standard: a scheme, a colon and something behind it, without what no URL may hold as written (spaces, controls,
# the delimiters < > " { } | \ ^ `). Letters beyond ASCII are let through: the parser of the URL Standard encodes them.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\xa0\u2028\u2029<>\"{}|\\^`\ud800-\udfff]+\Z")
_WITH_HOST = re.compile(r"(?i:https?|wss?|ftp)://[^/?#]+")
_SPECIAL = re.compile(r"(?i:https?|wss?|ftp):")


def is_url(value: object) -> bool:
    """Return whether a value is one absolute URL (any scheme; http and https need a host).

    Source: VC Data Model 2.0, section 4.4; URL Standard.
    """
    if not isinstance(value, str) or len(value) > MAX_URL_LENGTH or not _URL.match(value):
        return False
    return not _SPECIAL.match(value) or bool(_WITH_HOST.match(value))
