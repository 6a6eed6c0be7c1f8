"""Two-language content: a language map ``{"zh": ..., "en": ...}``."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("zh", "en")


def in_language(text: Mapping[str, str], language: str) -> str:
    """Return the text in ``language`` or, where that is missing, in the first language that has it.

    Shape:  ``language`` is ``zh``, ``en`` or a longer tag such as ``zh-hans``; the map may be empty.
    """
    wanted = language.split("-", 1)[0].lower()
    if text.get(wanted):
        return text[wanted]
    return next((text[tag] for tag in LANGUAGES if text.get(tag)), "")
