"""One learner's story, from the record to the way to a post, in a real browser: on either track, with the same worth."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from guildhall.accounts.services import COMMAND
from guildhall.assessment.models import Batch
from guildhall.assessment.services import import_results
from guildhall.credentials import checking
from guildhall.credentials import services as credentials
from guildhall.credit import services as credit
from guildhall.credit.models import Account, Application
from guildhall.credit.selectors import outcomes_of
from guildhall.demo import learning
from guildhall.demo.world import PASSWORD
from guildhall.standards.editions.services import import_edition
from guildhall.web import background
from tests.e2e.test_pages import faults

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.conftest import Site

STANDARD = "data/standards/6-31-01-03-2024.json"
OFFICERS = {"national-centre": "li", "guangdong-centre": "chen"}
WORDS = {
    "": {"all": "全部同意", "part": "部分同意", "held": "冻结", "redeemed": "已兑换", "19": "19 学分可以转换"},
    "/en": {
        "all": "Accepted whole",
        "part": "Accepted in part",
        "held": "held",
        "redeemed": "redeemed",
        "19": "19 credits can be converted",
    },
}


@pytest.fixture
def study(site: Site) -> Site:
    """The demonstration's colleges and learners, who hold level 5 so far."""
    now = datetime.now(UTC)
    import_edition(resources.files("guildhall.standards").joinpath(STANDARD).read_bytes(), actor=COMMAND, now=now)
    learning.load(now=now)
    world = site.town.world
    for slug, name, data in learning.results()[:2]:
        issuer = {"national-centre": world.national, "guangdong-centre": world.guangdong}[slug]
        batch = import_results(data, name, issuer=issuer, preview_digest=None, actor=COMMAND, now=now)
        credentials.issue(batch, actor=COMMAND, now=now)
    credit.deposit_issued(now)
    return site


def signed_in(site: Site, name: str, language: str, **options: Any) -> Page:
    page = site.open(f"{language}/sign-in", bypass_csp=True, **options)
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector(".desk")
    return page


def whole(page: Page) -> None:
    """Expect that the page fits, and that axe finds nothing on it."""
    assert faults(page, page.url) == []


@pytest.mark.parametrize(("place", "language", "width"), [(0, "", 1280), (1, "/en", 390)], ids=["pcc-zh", "vqc-en"])
def test_one_learners_story(study: Site, tmp_path: Path, place: int, language: str, width: int):
    learner, words = learning.LEARNERS[place], WORDS[language]
    scheme = "dark" if width < 500 else "light"
    page = signed_in(study, learner.username, language, width=width, color_scheme=scheme)

    # One record: three kinds side by side.
    expect(page.locator(".three > section")).to_have_count(3)
    assert [
        page.locator(f".three > [data-kind={kind}] li").count() for kind in ("academic", "training", "certificates")
    ] == [5, 1, 1]
    whole(page)

    # Eligible for level 4: filled in from the record, with the work that nobody has banked.
    page.click(".doors a >> nth=0")
    expect(page.locator("#id_awards-0-awarded_on")).to_have_value("2025-06-20")
    expect(page.locator("#id_level")).to_have_value("4")
    page.fill("#id_jobs-0-starts_on", "2020-07-01")
    page.click("form.record .deeds button")
    page.wait_for_selector("[data-verdict=valid]")

    # In an assessed batch; the award is issued by the river that exists, and banked.
    issue_level_4(study, learner, language, tmp_path)
    page.goto(f"{language}/learner/credits")
    expect(page.locator("tbody >> nth=0").locator("tr")).to_have_count(8)
    whole(page)

    # The plan: a picture for the keyboard, a table, reasons; the same worth on either track.
    page.goto(f"{language}/learner/plan?college=nanling-polytechnic&programme=460306")
    expect(page.locator("h1")).to_have_text(words["19"])
    whole(page)
    walk_through_the_picture(page)
    elsewhere = signed_in(study, learner.username, language)
    elsewhere.goto(f"{language}/learner/plan?college=binhai-college&programme=460305")
    page.click("form[action$='/learner/plan/apply'] button")
    page.wait_for_url("**/learner/applications/*")
    whole(page)

    # The same outcome is not claimed twice.
    elsewhere.click("form[action$='/learner/plan/apply'] button")
    elsewhere.wait_for_selector(".notes .note")
    assert Application.objects.count() == 1

    decide(study, language)

    # The ledger has posted, and the learner reads why one conversion was refused.
    page.reload()
    expect(page.locator("h1")).to_have_text(words["part"])
    expect(page.locator("[data-check=failed] code")).to_have_text("training-hours")
    page.goto(f"{language}/learner/credits")
    moved = page.locator("section[aria-labelledby=history] td:last-child").all_inner_texts()
    assert any(words["redeemed"] in one for one in moved)
    assert any(words["held"] in one for one in moved)
    account = Account.objects.get(user__username=learner.username)
    states = {one.outcome.facts.get("code", one.outcome.kind): one for one in outcomes_of(account, datetime.now(UTC))}
    assert (states["ENG-1"].redeemed, states["ENG-1"].available) == (800, 0)
    assert states["training-certificate"].available == 100, "what was refused is released"

    transcript(page, language, tmp_path)
    posts_and_the_way(page, language)


def issue_level_4(site: Site, learner: learning.Learner, language: str, folder: Path) -> None:
    (name, data) = next((name, data) for slug, name, data in learning.results()[2:] if slug == learner.centre)
    (folder / name).write_bytes(data)
    desk = site.signed_in(OFFICERS[learner.centre], language=language)
    desk.goto(f"{language}/desk/issuer/{learner.centre}/upload")
    desk.set_input_files("input[type=file]", folder / name)
    desk.click("form[enctype] button[type=submit]")
    desk.click("form[action$=import] button")
    desk.wait_for_url("**/batches/*")
    batch = Batch.objects.get(file_name=name)
    background.wait(f"issue:{batch.pk}", 60)
    batch.refresh_from_db()
    assert (batch.n_good, batch.n_bad, batch.issued_at is None) == (3, 0, False)


def walk_through_the_picture(page: Page) -> None:
    """Every box is reached by the keyboard alone, is seen when it is, and leads to its line."""
    boxes = page.locator("svg.flow a")
    n_boxes = boxes.count()
    assert n_boxes == 16, "four outcomes, rules, courses, and four outcomes that are not used"
    page.focus(".flow-frame")
    for _ in range(n_boxes):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('svg.flow') !== null")
        stroke = page.evaluate("getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth")
        assert stroke == "3px", "the focus is seen"
        target = page.evaluate("document.activeElement.getAttribute('href')")
        assert page.locator(f"[id='{target[1:]}']").count() == 1, target
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == target


def decide(site: Site, language: str) -> None:
    """The college's officer sees the queue, and grants all but the training certificate."""
    desk = signed_in(site, "nanling", language)
    desk.wait_for_url("**/desk/college/nanling-polytechnic")
    whole(desk)
    desk.click("tbody th a")
    desk.wait_for_url("**/applications/*")
    whole(desk)
    desk.select_option("#id_c1-answer", "refuse")
    desk.click("form:has(#id_note) .deeds button")
    desk.wait_for_selector(".error")
    desk.select_option("#id_c1-rules", ["training-hours"])
    desk.fill("#id_c1-reason", "学时证明不足 / the hours are not shown")
    desk.click("form:has(#id_note) .deeds button")
    expect(desk.locator("#id_note")).to_have_count(0, timeout=30_000)
    desk.goto(f"{language}/desk/college/nanling-polytechnic/decided")
    expect(desk.locator("tbody tr")).to_have_count(1)
    whole(desk)


def transcript(page: Page, language: str, folder: Path) -> None:
    """The transcript verifies on the page, and offline by the command."""
    from guildhall.cli.verify import app

    page.goto(f"{language}/learner")
    page.click("section[aria-labelledby=transcripts] a")
    page.wait_for_selector("[data-verdict=valid]")
    whole(page)
    with page.expect_download() as download:
        page.click(".verdict .deeds a")
    bundle, trust = folder / "transcript.bundle.json", folder / "trust.json"
    bundle.write_bytes(download.value.path().read_bytes())
    trust.write_text(json.dumps(checking.own_trust().as_json()))
    told = CliRunner().invoke(app, [str(bundle), "--trust", str(trust), "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["verdict"] == "valid"
    forged = bundle.read_text().replace("AG04", "AG05")
    assert forged != bundle.read_text()
    bundle.write_text(forged)
    assert CliRunner().invoke(app, [str(bundle), "--trust", str(trust), "--json"]).exit_code == 1


def posts_and_the_way(page: Page, language: str) -> None:
    """Three posts are ranked line by line; the way to the best one is dated."""
    page.goto(f"{language}/learner/posts")
    assert page.locator("main .post:visible").count() == 3
    best = page.locator(".post >> nth=0")
    expect(best.locator("[data-check=passed]")).to_have_count(3)
    expect(best.locator("[data-check=failed]")).to_have_count(1)
    whole(page)
    best.locator("a[href*='/learner/way']").click()
    page.wait_for_selector("ol.way .goal")
    assert page.locator("ol.way time").count() >= 3
    whole(page)
