"""What anybody sees: pages in two languages, certificates behind their code, nothing about persons beyond that."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from guildhall.credentials import services
from guildhall.web.context import in_language
from tests.apps.web.town import LATER, NAMES, Town

PUBLIC = (
    "/",
    "/check",
    "/coverage",
    "/issuers",
    "/issuers/national-centre",
    "/schemes/pcc",
    "/schemes/vqc",
    "/log",
    "/how-to-check",
    "/privacy",
    "/sign-in",
)


def test_every_public_page_is_there_in_both_languages(town: Town, visitor: Client):
    for path in PUBLIC:
        chinese, english = visitor.get(path), visitor.get(f"/en{path}")
        assert (path, chinese.status_code, english.status_code) == (path, 200, 200)
        assert '<html lang="zh-Hans">' in chinese.content.decode()
        assert '<html lang="en">' in english.content.decode()


def test_the_language_switch_leads_to_the_same_page(town: Town, visitor: Client):
    for path in PUBLIC:
        page = visitor.get(f"{path}?page=1").content.decode()
        switch = re.search(r'<div class="switch".*?</div>', page, re.DOTALL)[0]
        assert f'href="/en{path}?page=1" lang="en"' in switch
        assert f'href="{path}?page=1" lang="zh-Hans" hreflang="zh-Hans" aria-current="true"' in switch


def test_the_switch_takes_only_the_language_off_an_address(rf):
    assert in_language(rf.get("/en/issuers"), "zh") == "/issuers"
    assert in_language(rf.get("/enquiry"), "zh") == "/enquiry"
    assert in_language(rf.get("/en/"), "en") == "/en/"
    assert in_language(rf.post("/check?x=1"), "en") == "/en/check"


def test_a_page_allows_no_script_but_our_own_files_and_sets_no_cookie(town: Town, visitor: Client):
    for path in [*PUBLIC, "/no-such-page"]:
        answer = visitor.get(path)
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert "nosniff" in answer["X-Content-Type-Options"]
        if path != "/sign-in":
            assert answer.cookies == {}


def test_no_public_page_names_a_holder(town: Town, visitor: Client):
    for path in PUBLIC:
        page = visitor.get(path).content.decode()
        assert not any(name in page for name in NAMES)
        assert not any(number in page for number in town.id_numbers())
        assert town.number() not in page


def test_shares_are_counted_in_the_register(town: Town, visitor: Client):
    page = visitor.get("/en/").content.decode()
    assert "100.0% of certificates on the register (7)" in page
    assert "No certificate on the register yet." in page, "the other scheme has none"


def test_counts_that_point_at_persons_are_withheld(town: Town, visitor: Client):
    from tests.apps import river

    river.bring_in(town.world, [river.row(40, 职业="4-03-02-01 中式烹调师")])
    page = visitor.get("/en/issuers/national-centre").content.decode()
    table = page[page.index('id="counts"') :]
    assert re.search(r"Electrician.*?<td class=\"figure\">7</td>", table, re.DOTALL)
    assert re.search(r"Chinese cook.*?<td class=\"figure\">&lt; 5</td>", table, re.DOTALL)


def test_an_issuer_page_says_what_it_may_award_since_when(town: Town, visitor: Client):
    page = visitor.get("/en/issuers/guangdong-centre").content.decode()
    assert "VQC-44-0001" in page
    assert "2025-01-01" in page
    assert "Suspended" in page


def test_what_is_not_there_is_told_in_the_language_of_the_address(town: Town, visitor: Client):
    for path in ("/issuers/nobody", "/schemes/none", "/q/AAAAAAAAAAAAAAAAAAAAAA", "/q/short", "/x"):
        chinese, english = visitor.get(path), visitor.get(f"/en{path}")
        assert (chinese.status_code, english.status_code) == (404, 404)
        assert "没有这一页" in chinese.content.decode()
        assert "There is no such page." in english.content.decode()


def test_our_own_mistake_is_a_page_that_repeats_nothing(town: Town, monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("guildhall.web.register.figures", broken)
    answer = Client(raise_request_exception=False).get("/en/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()
    assert "Something went wrong here" in answer.content.decode()


def test_a_certificate_page_shows_verdict_sheet_checks_and_downloads(town: Town, visitor: Client):
    page = visitor.get(f"/en/q/{town.token()}").content.decode()
    assert 'data-verdict="valid"' in page
    assert page.count('data-check="passed"') == 7
    assert "Post Competency Certificate" in page
    assert f"/en/q/{town.token()}.pdf" in page
    assert "阿依古丽·" in page
    assert not any(number in page for number in town.id_numbers())


def test_the_same_address_gives_the_bundle_to_a_machine_and_the_page_to_a_browser(town: Town, visitor: Client):
    for accept in ("application/json", "application/ld+json", "application/json, text/html;q=0.5"):
        answer = visitor.get(f"/q/{town.token()}", headers={"accept": accept})
        assert answer["Content-Type"] == "application/json"
        assert "Accept" in answer["Vary"]
        assert json.loads(answer.content) == services.bundle(town.instance())
    for accept in ("text/html", "*/*", "text/html,application/xhtml+xml,application/json;q=0.1", ""):
        answer = visitor.get(f"/q/{town.token()}", headers={"accept": accept} if accept else {})
        assert answer["Content-Type"].startswith("text/html")


def test_head_is_answered_like_get_without_a_body(town: Town, visitor: Client):
    for ending in ("", ".json", ".pdf"):
        answer = visitor.head(f"/q/{town.token()}{ending}")
        assert answer.status_code == 200
        assert answer.content == b""


def test_the_pdf_carries_the_bundle_and_comes_in_three_languages(town: Town, visitor: Client):
    from guildhall.credentials.rendering import extract

    for language in ("zh", "en", "both"):
        answer = visitor.get(f"/q/{town.token()}.pdf?language={language}")
        assert answer["Content-Type"] == "application/pdf"
        found = extract.read(answer.content)
        assert (found.kind, json.loads(found.document)) == ("bundle", services.bundle(town.instance()))
    assert visitor.get(f"/q/{town.token()}.pdf?language=fr").status_code == 404


def test_a_token_has_one_spelling(town: Town, visitor: Client):
    token = town.token()
    padded = token[:-1] + ("B" if token[-1] == "A" else "A" if token[-1] != "A" else "B")
    assert visitor.get(f"/q/{padded}").status_code == 404


def test_a_certificate_page_is_kept_out_of_search_engines_and_caches(town: Town, visitor: Client):
    for ending in ("", ".json", ".pdf"):
        answer = visitor.get(f"/q/{town.token()}{ending}")
        assert answer["X-Robots-Tag"] == "noindex"
        assert "no-store" in answer["Cache-Control"]


def test_the_old_code_of_a_reissued_certificate_says_that_it_was_replaced(town: Town, visitor: Client):
    old = town.token()
    services.reissue(town.awards[0], reason="lost", actor=town.world.li, now=LATER)
    assert town.token() != old
    page = visitor.get(f"/en/q/{old}").content.decode()
    assert 'data-verdict="not-valid"' in page
    assert "replaced by a newer one" in page
    assert town.token() not in page, "a lost paper does not lead its finder to the new one"
    assert 'data-verdict="valid"' in visitor.get(f"/en/q/{town.token()}").content.decode()


def test_a_certificate_out_of_force_is_stamped_so_on_its_sheet(town: Town, visitor: Client):
    services.revoke(town.awards[0], reason="misconduct", actor=town.world.li, now=LATER)
    page = visitor.get(f"/en/q/{town.token()}").content.decode()
    assert '<span class="sheet-stamp">Not valid</span>' in page
    then = visitor.get(f"/en/q/{town.token()}?at=2026-05-25").content.decode()
    assert "This certificate was in force on 25 May 2026." in then
    assert "sheet-stamp" not in then


def test_the_history_is_public_without_its_notes(town: Town, visitor: Client):
    services.suspend(
        town.awards[0],
        from_on=LATER.date(),
        reason="complaint",
        note="letter of Mr Zhou, file 12",
        actor=town.world.li,
        now=LATER,
    )
    page = visitor.get(f"/en/q/{town.token()}").content.decode()
    assert "a complaint was received" in page
    assert "Mr Zhou" not in page
    assert ">li<" not in page


def test_a_wish_for_a_day_that_is_none_changes_nothing(town: Town, visitor: Client):
    for wish in ("2999-01-01", "yesterday", "2026-02-30"):
        answer = visitor.get(f"/en/q/{town.token()}?at={wish}")
        assert answer.status_code == 200
        assert "genuine and in force" in answer.content.decode()


def test_the_list_of_the_log_s_files_names_all_of_them_and_the_checkpoint_last(town: Town, visitor: Client, settings):
    body = b"".join(visitor.get("/log/files.txt").streaming_content).decode()
    listed = [line.removeprefix(f"{settings.ORIGIN}/log/") for line in body.splitlines()]
    there = {path.relative_to(settings.LOG_DIR).as_posix() for path in settings.LOG_DIR.rglob("*") if path.is_file()}
    assert set(listed) == there
    assert listed[-1] == "checkpoint"
    assert visitor.get("/en/log").content.decode().count("files.txt") == 2


def test_paper_is_not_printed_without_end(town: Town, visitor: Client, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"paper": (1, 60)}
    assert visitor.get(f"/q/{town.token()}.pdf").status_code == 200
    assert visitor.get(f"/q/{town.token()}.pdf").status_code == 429
