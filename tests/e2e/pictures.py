"""Take the pictures of the pages for the README again: ``python -m tests.e2e.pictures ADDRESS NUMBER NAME``.

ADDRESS is a demo that is being served, such as http://localhost:8000; NUMBER and NAME are of a certificate in it. Everybody
in the pictures is invented. For the issuing officer's picture a file of twelve thousand rows is made and issued there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.apps import river
from tests.e2e.conftest import ARGUMENTS

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
ROWS = 12_000
PASSWORD = "guildhall-demo"
"""As the demo prints it."""


def page(browser: Browser, height: int) -> Page:
    """Return a desktop page of that height."""
    context = browser.new_context(viewport={"width": 1280, "height": height})
    context.set_default_timeout(120_000)
    return context.new_page()


def at_desk(browser: Browser, address: str, name: str, height: int) -> Page:
    """Return the page of a person of the demo at their desk."""
    desk = signed_in(browser, address, name, height)
    desk.wait_for_url("**/desk/**")
    return desk


def signed_in(browser: Browser, address: str, name: str, height: int) -> Page:
    """Return the page of a person of the demo who has signed in."""
    own = page(browser, height)
    own.goto(f"{address}/sign-in")
    own.fill("#id_username", name)
    own.fill("#id_password", PASSWORD)
    own.click("main button[type=submit]")
    own.wait_for_selector(".desk")
    return own


def main(address: str, number: str, holder: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        home = page(browser, 880)
        home.goto(f"{address}/")
        home.screenshot(path=PICTURES / "home-zh.png")

        home.goto(f"{address}/en/check")
        home.set_viewport_size({"width": 1280, "height": 1000})
        home.fill("#id_number", number)
        home.fill("#id_name", holder)
        home.press("#id_name", "Enter")
        home.wait_for_selector("[data-verdict=valid]")
        home.screenshot(path=PICTURES / "verdict-en.png")

        home.set_viewport_size({"width": 1280, "height": 1100})
        home.goto(f"{address}/encyclopedia/certificates/pcc/6-31-01-03/4")
        home.screenshot(path=PICTURES / "encyclopedia-zh.png")
        home.goto(f"{address}/en/programmes/nanling-polytechnic/460306/2026?level=4")
        home.locator("#matrix").scroll_into_view_if_needed()
        home.screenshot(path=PICTURES / "matrix-en.png")

        authority = at_desk(browser, address, "authority", 1250)
        authority.goto(f"{address}/en/desk/authority")
        authority.screenshot(path=PICTURES / "authority-en.png")

        learner = signed_in(browser, address, "ruoxi", 1150)
        learner.goto(f"{address}/learner")
        learner.screenshot(path=PICTURES / "learner-zh.png")
        learner = signed_in(browser, address, "yifan", 1130)
        learner.goto(f"{address}/en/learner/plan?college=nanling-polytechnic&programme=460306")
        learner.screenshot(path=PICTURES / "plan-en.png")

        officer = at_desk(browser, address, "national", 760)
        officer.goto(f"{address}/desk/issuer/national-centre/upload")
        results = {"name": "2026-05 考次成绩.csv", "mimeType": "text/csv"}
        officer.set_input_files("input[type=file]", {**results, "buffer": river.csv_file(river.rows(ROWS, 40_000))})
        officer.click("form[enctype] button[type=submit]")
        officer.click("form[action$=import] button")
        officer.wait_for_selector("progress:not([value='0'])")
        officer.screenshot(path=PICTURES / "issuing-zh.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
