"""Whole ways through the site, as people go them: with a mouse, by keyboard, on a telephone, without scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from guildhall.assessment.models import Batch
from guildhall.core.verify import verify
from guildhall.credentials import checking, services
from guildhall.credentials.models import Award
from guildhall.credentials.rendering import qr
from guildhall.web import background
from tests.apps import river
from tests.e2e.conftest import Site

DESK = "/desk/issuer/national-centre"


@pytest.fixture
def results(tmp_path):
    """A results file of forty rows, two of which cannot be issued."""
    rows = river.rows(40, 200)
    rows[3]["级别"] = "九级"
    rows[9]["职业"] = "6-31-01-99 电气工"
    file = tmp_path / "五月成绩.csv"
    file.write_bytes(river.csv_file(rows))
    return file


def wait_until_issued(page) -> Batch:
    batch = Batch.objects.exclude(file_name="results.csv").get()
    background.wait(f"issue:{batch.pk}", 60)
    return batch


@pytest.mark.parametrize(("language", "width"), [("", 1280), ("/en", 390)])
def test_from_a_results_file_to_a_receipt(site: Site, results, language: str, width: int):
    page = site.signed_in("li", language=language, width=width)
    page.goto(f"{language}{DESK}/upload")
    page.set_input_files("input[type=file]", results)
    page.click("form[enctype] button[type=submit]")

    expect(page.locator("tr.is-problem")).to_have_count(2)
    page.click("form[action$=import] button")
    page.wait_for_url("**/batches/*")
    batch = wait_until_issued(page)
    page.wait_for_selector(f"a[href*='{DESK}/awards/']", timeout=20_000)  # the page has noticed by itself
    assert page.locator("#progress[hx-get]").count() == 0
    assert (batch.n_good, batch.n_bad) == (38, 2)

    page.click(f"tbody a[href*='{DESK}/awards/'] >> nth=0")
    page.wait_for_url("**/awards/*")
    award = Award.objects.get(pk=page.url.rsplit("/", 1)[-1])
    page.click("a[href*='/q/'] >> nth=0")
    page.wait_for_selector("[data-verdict=valid]")
    assert award.holder_name in page.inner_text(".sheet-name").replace("\n", "")

    visitor = site.open(f"{language}/", width=width)
    visitor.fill("#id_number", award.number)
    visitor.fill("#id_name", award.holder_name)
    visitor.click("form button[type=submit]")
    visitor.wait_for_selector("[data-verdict=valid]")
    with visitor.expect_download() as download:
        visitor.click("form[action$='/check/receipt'] button")
    receipt = download.value.path().read_bytes()
    assert download.value.suggested_filename == f"{award.number}.receipt.json"
    assert verify(receipt, trust=checking.own_trust(), now=datetime.now(UTC)).valid


def test_the_whole_check_by_keyboard(site: Site):
    page = site.open("/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_number":
            break
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(ring.removesuffix("px")) >= 2, "the focus is seen"
    page.keyboard.type(site.town.number())
    page.keyboard.press("Tab")
    page.keyboard.type(site.town.name())
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-verdict=valid]")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Download the signed receipt", "See the certificate", "Print this page", "中文"} <= reached


def test_a_typing_mistake_is_mended_without_typing_all_again(site: Site):
    page = site.open("/en/")
    page.fill("#id_number", site.town.number())
    page.fill("#id_name", "阿依古丽买买提")
    page.press("#id_name", "Enter")
    page.wait_for_selector("[data-verdict=no-match]")
    assert page.input_value("#id_number") == site.town.number(), "from this tab's memory, not from the server"
    page.fill("#id_name", site.town.name())
    page.press("#id_name", "Enter")
    page.wait_for_selector("[data-verdict=valid]")
    page.goto("/en/check")
    assert page.input_value("#id_number") == "", "nothing is filled in for the next one"


def test_the_answer_changes_its_language_and_stays_the_same_answer(site: Site):
    page = site.open("/check")
    page.fill("#id_number", site.town.number())
    page.fill("#id_name", site.town.name())
    page.press("#id_name", "Enter")
    expect(page.locator("h1")).to_have_text("这张证书真实有效。")
    page.click(".switch button")
    expect(page.locator("h1")).to_have_text("This certificate is genuine and in force.")
    page.click(".switch button")
    expect(page.locator("h1")).to_have_text("这张证书真实有效。")


def drop(page, name: str, data: bytes, kind: str) -> None:
    transfer = page.evaluate_handle(
        """([name, bytes, kind]) => { const t = new DataTransfer();
             t.items.add(new File([new Uint8Array(bytes)], name, { type: kind })); return t; }""",
        [name, list(data), kind],
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": transfer})


def test_a_file_is_dropped_and_checked(site: Site):
    page = site.open("/en/check")
    bundle = json.dumps(services.bundle(site.town.instance())).encode()
    drop(page, "certificate.json", bundle, "application/json")
    page.click("#file button[type=submit]")
    page.wait_for_selector("[data-verdict=valid]")


def test_a_picture_of_the_code_is_pasted_and_checked(site: Site):
    page = site.open("/en/check")
    picture = list(qr.png(f"http://register.test/q/{site.town.token()}"))
    page.evaluate(
        """bytes => { const t = new DataTransfer();
             t.items.add(new File([new Uint8Array(bytes)], 'code.png', { type: 'image/png' }));
             document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: t, bubbles: true })); }""",
        picture,
    )
    page.click("#file button[type=submit]")
    page.wait_for_selector("[data-verdict=valid]")


def test_everything_works_without_scripts(site: Site, results):
    visitor = site.open("/en/check", java_script_enabled=False)
    visitor.fill("#id_number", site.town.number())
    visitor.fill("#id_name", site.town.name())
    visitor.click("form[data-remember] button[type=submit]")
    assert visitor.locator("[data-verdict=valid]").count() == 1
    assert visitor.locator(".needs-script:visible").count() == 0, "no button that does nothing"
    visitor.goto("/en/check")
    visitor.click("#file details:has(textarea) summary")
    visitor.fill("#id_file-text", json.dumps(services.bundle(site.town.instance())))
    visitor.click("#file button[type=submit]")
    assert visitor.locator("[data-verdict=valid]").count() == 1

    li = site.signed_in("li", java_script_enabled=False)
    li.goto(f"/en{DESK}/upload")
    li.set_input_files("input[type=file]", results)
    li.click("form[enctype] button[type=submit]")
    li.click("form[action$=import] button")
    wait_until_issued(li)
    li.reload()
    expect(li.locator("h1")).to_have_text("Issued")


def test_a_deed_is_done_in_two_steps_and_seen_by_everybody(site: Site):
    page = site.signed_in("li")
    award = site.town.awards[0]
    page.goto(f"/en{DESK}/awards/{award.pk}")
    page.click("a[href$='/revoke']")
    page.select_option("#id_reason", "misconduct")
    page.fill("#id_note", "决定书 2026-113 号")
    page.click("form.card button[type=submit]")
    expect(page.locator("#confirm")).to_have_text("A last look")
    page.click("section.card form button[type=submit]")
    expect(page.locator(".note")).to_contain_text("Revoked")
    visitor = site.open(f"/en/q/{site.town.token()}")
    expect(visitor.locator("h1")).to_have_text("This certificate was awarded and has since been revoked.")
    expect(visitor.locator(".sheet-stamp")).to_have_text("Not valid")


def test_the_authority_suspends_a_filing_and_replays_the_log(site: Site):
    page = site.signed_in("wang")
    page.goto("/en/desk/authority/accreditations/VQC-44-0001")
    page.click("a[href$='/suspend']")
    page.fill("#id_reason_zh", "现场检查")
    page.click("form.card button[type=submit]")
    page.click("section.card form button[type=submit]")
    expect(page.locator("h1 .tag")).to_have_text("Suspended")
    page.goto("/en/desk/authority/log")
    page.click("form[action$=audit] button")
    background.wait("audit-log", 60)
    page.goto("/en/desk/authority/log")
    expect(page.locator("[data-check=passed] >> nth=-1")).to_contain_text("everything fits")


def test_too_many_questions_are_answered_with_patience(site: Site, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"check": (1, 60)}
    page = site.open("/en/")
    for _ in range(2):
        page.goto("/en/")
        page.fill("#id_number", "12345")
        page.fill("#id_name", "x")
        page.press("#id_name", "Enter")
        page.wait_for_load_state()
    expect(page.locator("h1")).to_have_text("Too many requests from this address")
