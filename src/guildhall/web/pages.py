"""How a view answers: one template, its way back to the home page, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way here; ``href`` empty for the page itself."""

    word: str
    href: str = ""


def crumb(word: object, view: str = "", *args: object) -> Crumb:
    """Return a step of the way; ``view`` names the page that it leads to."""
    return Crumb(str(word), reverse(view, args=args) if view else "")


def page(request: HttpRequest, template: str, *crumbs: Crumb, status: int = 200, **context: Any) -> HttpResponse:
    """Render a page with its crumbs."""
    return render(request, f"web/{template}.html", {**context, "crumbs": crumbs}, status=status)
