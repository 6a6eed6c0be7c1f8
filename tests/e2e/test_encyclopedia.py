"""The encyclopedia as people use it: search, read, see who may award, check a certificate; by mouse, keyboard, telephone, on paper."""

from __future__ import annotations

import io
import unicodedata
from importlib import resources

import pypdf
import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from guildhall.encyclopedia.articles.services import import_articles
from guildhall.encyclopedia.search.indexing import rebuild
from guildhall.standards.editions.services import import_edition
from tests.apps.web.town import LATER
from tests.e2e.conftest import Site
from tests.e2e.test_pages import DESKTOP, PHONE, walk

CERTIFICATE = "/encyclopedia/certificates/pcc/6-31-01-03/4"
PAGES = (
    "/encyclopedia", "/encyclopedia/search?q=电工", "/encyclopedia/fields/6", "/encyclopedia/occupations/cn-2022/6-31-01-03",
    "/encyclopedia/certificates/pcc/6-31-01-03", CERTIFICATE, "/encyclopedia/standards/cn-2022/6-31-01-03/2024",
    "/encyclopedia/standards/cn-2022/6-31-01-03/2027/since/2024", "/encyclopedia/articles",
    "/encyclopedia/articles/two-tracks", "/encyclopedia/articles/who-may-sit", "/schemes/vqc",
)  # fmt: skip


@pytest.fixture
def library(site: Site) -> Site:
    """The served register with the articles and the electrician's standard that ship."""
    by = {"actor": site.town.world.command, "now": LATER}
    standards = resources.files("guildhall.standards").joinpath("data", "standards")
    for edition in ("2024", "2027"):
        import_edition(standards.joinpath(f"6-31-01-03-{edition}.json").read_bytes(), **by)
    texts = resources.files("guildhall.encyclopedia.articles").joinpath("texts")
    import_articles({file.name: file.read_bytes() for file in texts.iterdir() if file.name.endswith(".md")}, **by)
    rebuild(LATER)
    cache.clear()
    return site


@pytest.mark.parametrize(
    ("language", "typed", "occupation", "level", "who", "width"),
    [("", "电工", "电工", "四级", "今天谁可以颁发", DESKTOP), ("/en", "electrician", "Electrician", "Level 4", "Who may award it today", PHONE)],
)  # fmt: skip
def test_from_a_search_to_a_check(  # noqa: PLR0917 - a reader and where they look
    library: Site, language: str, typed: str, occupation: str, level: str, who: str, width: int
):
    page = library.open(f"{language}/encyclopedia", width=width)
    page.fill("#q", typed)
    page.press("#q", "Enter")
    page.wait_for_url("**/encyclopedia/search**")
    page.click(f'.hits a[href="{language}/encyclopedia/occupations/cn-2022/6-31-01-03"]')
    expect(page.locator("h1")).to_have_text(occupation)
    page.click(f'.ladder a[href="{language}{CERTIFICATE}"]')
    expect(page.locator(".ladder [aria-current]")).to_contain_text(level)
    expect(page.locator("#who")).to_have_text(who)
    expect(page.locator("section[aria-labelledby=who]")).to_contain_text("PCC-2025-0001")
    page.click('aside a.button[href$="/check"]')
    page.fill("#id_number", library.town.number())
    page.fill("#id_name", library.town.name())
    page.press("#id_name", "Enter")
    page.wait_for_selector("[data-verdict=valid]")


def test_what_there_is_is_said_while_somebody_types(library: Site):
    page = library.open("/encyclopedia")
    page.type("#q", "dg")
    link = page.locator('#suggestions a[href="/encyclopedia/occupations/cn-2022/6-31-01-03"]')
    expect(link).to_be_visible()
    page.fill("#q", "zzzzqqq")
    expect(link).to_have_count(0)


def test_without_script_the_search_works_all_the_same(library: Site):
    page = library.open("/en/encyclopedia", java_script_enabled=False)
    page.fill("#q", "elderly")
    page.press("#q", "Enter")
    expect(page.locator(".hits")).to_contain_text("Elderly-care worker")
    page.click(".facet a >> nth=0")
    expect(page.locator(".facet a[aria-current]")).to_have_count(1)


def test_the_map_leads_on_by_keyboard(library: Site):
    page = library.open(f"/en{CERTIFICATE}")
    boxes = page.locator(".map a")
    assert boxes.count() >= 4
    boxes.first.focus()
    seen = set()
    for _ in range(boxes.count()):
        seen.add(page.evaluate("document.activeElement.getAttribute('href')"))
        page.keyboard.press("Tab")
    assert seen == {boxes.nth(n).get_attribute("href") for n in range(boxes.count())}
    table = page.locator(".picture:has(.map) + .table-frame a")
    assert {table.nth(n).get_attribute("href") for n in range(table.count())} == seen
    boxes.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/encyclopedia/occupations/**")


def test_no_page_of_the_encyclopedia_has_a_fault(library: Site):
    found = []
    for language, width, scheme in (("", DESKTOP, "light"), ("/en", PHONE, "dark")):
        page = library.open("/", width=width, color_scheme=scheme, bypass_csp=True)
        found += walk(page, language, list(PAGES))
    assert found == []


def test_pages_print_whole(library: Site):
    page = library.open(f"/en{CERTIFICATE}")
    report = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    text = " ".join(" ".join(one.extract_text() for one in report).split())
    assert round(report[0].mediabox.width / 72 * 25.4) == 210
    for said in ("Who may award it today", "PCC-2025-0001", "What leads here and what it opens", "Level 4"):
        assert said in text
    page.goto("/encyclopedia/standards/cn-2022/6-31-01-03/2024")
    text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages)
    # Some Chinese characters come out of a PDF as their twins among the radicals.
    assert "一级/高级技师" in unicodedata.normalize("NFKC", text).replace("\n", "")
