"""Linked data in a page: a block that holds data and runs nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Inside a script element nothing is an entity; these cannot end it or begin a comment.
_ESCAPED = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@register.simple_tag
def linked_data(document: Mapping[str, Any]) -> SafeString:
    """Return a JSON-LD document as an element of the page."""
    said = json.dumps(document, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPED)
    return format_html('<script type="application/ld+json">{}</script>', SafeString(said))
