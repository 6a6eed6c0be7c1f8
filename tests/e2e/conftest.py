"""A real server and a real browser: Django's live server, and Debian's Chromium driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from tests.world import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.apps.web.town import Town
    from tests.world import World

# Playwright keeps an event loop in this thread; the models are used beside it, not inside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing: tests/setup-system.sh installs it from Debian's packages"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@dataclass
class Site:
    """The served register, its town, and browsers that look at it. ``said`` collects what browsers complain of."""

    url: str
    town: Town
    browser: Browser
    said: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "/", *, width: int = 1280, **options: Any) -> Page:
        """Return a page of a new visitor."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, base_url=self.url, **options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._complaint(message.type, message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(path)
        return page

    def signed_in(self, name: str, *, width: int = 1280, language: str = "/en", **options: Any) -> Page:
        """Return a page of a named person at their desk."""
        page = self.open(f"{language}/sign-in", width=width, **options)
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url("**/desk/**")
        return page

    def _complaint(self, kind: str, text: str) -> None:
        # A page with status 404 or 422 is meant; the browser calls it a failure to load.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.said.append(text)


@pytest.fixture
def site(live_server, world: World, settings, tmp_path, browser: Browser) -> Iterator[Site]:
    from tests.apps.web.town import build

    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"
    settings.HOME = tmp_path
    cache.clear()
    made = Site(live_server.url, build(world), browser)
    yield made
    for context in made.contexts:
        context.close()
    cache.clear()
    assert made.said == [], "no browser complains of any page"
