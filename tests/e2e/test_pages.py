"""Every page in a real browser: it fits a telephone, can be used with a screen reader, and nothing on it is refused."""

from __future__ import annotations

import io

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe

from guildhall.credentials import services
from tests.e2e.conftest import Site

PHONE, DESKTOP = 390, 1280
PUBLIC = (
    "/", "/check", "/coverage", "/issuers", "/issuers/national-centre", "/issuers/guangdong-centre", "/schemes/pcc",
    "/log", "/how-to-check", "/privacy", "/sign-in", "/no-such-page",
)  # fmt: skip
ISSUER = "/desk/issuer/national-centre"
AUTHORITY = "/desk/authority"


def public(site: Site) -> list[str]:
    return [*PUBLIC, f"/q/{site.town.token()}", f"/q/{site.town.token(1)}"]


def issuer_desk(site: Site) -> list[str]:
    award = f"{ISSUER}/awards/{site.town.awards[0].pk}"
    deeds = [f"{award}/{deed}" for deed in ("suspend", "correct", "reinstate")]
    batch = f"{ISSUER}/batches/{site.town.awards[0].batch_id}"
    return [
        ISSUER,
        f"{ISSUER}/upload",
        f"{ISSUER}/batches",
        batch,
        f"{ISSUER}/awards",
        award,
        *deeds,
        f"{ISSUER}/filings",
    ]


def authority_desk() -> list[str]:
    pages = (
        "", "/issuers", "/issuers/national-centre", "/accreditations", "/accreditations/new",
        "/accreditations/VQC-44-0002", "/accreditations/VQC-44-0002/withdraw", "/log", "/audit?verify",
    )  # fmt: skip
    return [f"{AUTHORITY}{page}" for page in pages]


def faults(page, path: str) -> list[str]:
    """Return what a page does that it should not: scrolling sideways, faults that axe finds, targets too small."""
    found = []
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > page.viewport_size["width"]:
        found.append(f"{path}: scrolls sideways ({width})")
    for violation in Axe().run(page).response["violations"]:
        nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
        found.append(f"{path}: {violation['id']} ({violation['impact']}): {nodes}")
    small = page.eval_on_selector_all(
        "button, .button, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, summary, nav a",
        """all => all.filter(e => e.checkVisibility()).map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
                 .filter(([box]) => box.height && box.height < 24).map(([, html]) => html)""",
    )
    return found + [f"{path}: a target is too small: {html}" for html in small]


def walk(page, language: str, paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        page.goto(f"{language}{path}")
        found += faults(page, f"{language}{path}")
    return found


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("", DESKTOP, "light"), ("/en", PHONE, "light"), ("", PHONE, "dark"), ("/en", DESKTOP, "dark")]
)  # fmt: skip
def test_public_pages_fit_and_can_be_read_by_everybody(site: Site, language: str, width: int, scheme: str):
    services.revoke(site.town.awards[1], reason="misconduct", actor=site.town.world.command, now=site.town.world.now)
    page = site.open("/", width=width, color_scheme=scheme, bypass_csp=True)
    assert walk(page, language, public(site)) == []


@pytest.mark.parametrize(("language", "width", "scheme"), [("", PHONE, "light"), ("/en", DESKTOP, "dark")])
def test_the_issuer_s_desk_fits_and_can_be_read_by_everybody(site: Site, language: str, width: int, scheme: str):
    page = site.signed_in("li", width=width, language=language, color_scheme=scheme, bypass_csp=True)
    assert walk(page, language, issuer_desk(site)) == []


@pytest.mark.parametrize(("language", "width", "scheme"), [("", DESKTOP, "light"), ("/en", PHONE, "dark")])
def test_the_authority_s_desk_fits_and_can_be_read_by_everybody(site: Site, language: str, width: int, scheme: str):
    page = site.signed_in("wang", width=width, language=language, color_scheme=scheme, bypass_csp=True)
    assert walk(page, language, authority_desk()) == []


@pytest.mark.parametrize(("language", "width"), [("", PHONE), ("/en", DESKTOP)])
def test_every_kind_of_answer_fits_and_can_be_read_by_everybody(site: Site, language: str, width: int):
    town = site.town
    services.suspend(
        town.awards[1], from_on=town.world.today, reason="complaint", actor=town.world.command, now=town.world.now
    )
    found = []
    page = site.open("/", width=width, bypass_csp=True)
    for number, name, verdict in (
        (town.number(), town.name(), "valid"),
        (town.number(1), town.name(1), "not-valid"),
        (town.number(), "谁也不是", "no-match"),
        ("12345", "谁也不是", "not-covered"),
    ):
        page.goto(f"{language}/check")
        page.fill("#id_number", number)
        page.fill("#id_name", name)
        page.press("#id_name", "Enter")
        page.wait_for_selector(f"[data-verdict={verdict}]")
        found += faults(page, verdict)
    assert found == []


def test_nothing_on_any_page_is_refused_by_the_content_policy(site: Site):
    """The fixture fails if a browser complains. (axe writes styles of its own, so it runs without the policy.)"""
    page = site.open("/")
    for path in public(site):
        page.goto(f"/en{path}")
    for name, paths in (("li", issuer_desk(site)), ("wang", authority_desk())):
        page = site.signed_in(name)
        for path in paths:
            page.goto(path)


def test_an_outline_and_a_word_tell_the_verdict_without_its_colour(site: Site):
    page = site.open(f"/en/q/{site.town.token()}")
    assert page.inner_text(".verdict .word") == "Valid"
    assert page.get_attribute(".verdict > svg use", "href") == "#v-valid"
    outlines = page.eval_on_selector_all("symbol[id^=v-]", "all => all.map(one => one.innerHTML)")
    assert len(outlines) == len(set(outlines)) == 6


def test_the_page_turns_dark_by_its_button_and_remembers(site: Site):
    page = site.open("/en/", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("button.theme")
    dark = page.evaluate(ground)
    assert light != dark
    assert page.get_attribute("button.theme", "aria-pressed") == "true"
    page.goto("/en/coverage")
    assert page.evaluate(ground) == dark
    page.click("button.theme")
    assert page.evaluate(ground) == light


def test_the_certificate_is_paper_by_night(site: Site):
    page = site.open(f"/q/{site.town.token()}", color_scheme="dark")
    sheet = page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    red, green, blue = (int(part) for part in sheet.removeprefix("rgb(").rstrip(")").split(","))
    assert min(red, green, blue) > 200


def test_the_holder_s_name_is_the_largest_thing_on_the_sheet(site: Site):
    page = site.open(f"/q/{site.town.token()}")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.sheet-face p, .sheet-face h2')].map(e => "
        "[parseFloat(getComputedStyle(e).fontSize), e.className])"
    )
    assert max(sizes)[1].startswith("sheet-name")


def test_no_name_leaves_the_sheet(site: Site):
    outside = """() => {
        const sheet = document.querySelector('.sheet-face').getBoundingClientRect();
        return [...document.querySelectorAll('.sheet-face *:not(wbr)')]
            .filter(e => e.checkVisibility({ visibilityProperty: true }))
            .filter(e => { const b = e.getBoundingClientRect();
                return b.left < sheet.left - 2 || b.right > sheet.right + 2 || b.bottom > sheet.bottom + 2; })
            .map(e => e.outerHTML.slice(0, 90)); }"""
    for width in (PHONE, DESKTOP):
        page = site.open("/", width=width)
        for place in range(len(site.town.awards)):
            for language in ("", "/en"):
                page.goto(f"{language}/q/{site.town.token(place)}")
                assert page.evaluate(outside) == [], (width, language, site.town.name(place))


def test_the_certificate_prints_as_one_page_across_and_the_report_upright(site: Site):
    page = site.open(f"/q/{site.town.token()}")
    sheet = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True))).pages
    assert len(sheet) == 1
    assert round(sheet[0].mediabox.width / 72 * 25.4) == 297
    page.goto("/en/check")
    page.fill("#id_number", site.town.number())
    page.fill("#id_name", site.town.name())
    page.press("#id_name", "Enter")
    page.wait_for_selector("[data-verdict=valid]")
    report = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert round(report[0].mediabox.width / 72 * 25.4) == 210
    assert "To check again, type register.test" in report[0].extract_text().replace("\n", " ")


def test_forced_colours_keep_the_marks(site: Site):
    page = site.open(f"/en/q/{site.town.token()}", forced_colors="active")
    assert page.is_visible(".verdict .word")
    assert page.locator('[data-check="passed"]').count() == 7
