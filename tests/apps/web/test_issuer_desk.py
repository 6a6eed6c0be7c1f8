"""The issuer's desk: results in with every problem shown, certificates out, deeds that are looked at twice."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guildhall.assessment.models import Batch, Result
from guildhall.credentials import services
from guildhall.credentials.models import Award, StatusEvent
from guildhall.web import background, uploads
from tests.apps import river
from tests.apps.web.town import LATER, Town, signed_in

DESK = "/en/desk/issuer/national-centre"


@pytest.fixture
def li(town: Town) -> Client:
    return signed_in("li")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work beside a request is done in it: a thread would not see the test's transaction."""

    def start(name: str, work) -> bool:
        work()
        return True

    monkeypatch.setattr(background, "start", start)


def lines(n_rows: int, start: int = 100) -> list[dict[str, str]]:
    return river.rows(n_rows, start)


def upload(li: Client, rows: list[dict[str, str]], name: str = "五月.csv", desk: str = DESK):
    return li.post(f"{desk}/upload", {"file": SimpleUploadedFile(name, river.csv_file(rows))})


def previewed(li: Client, rows: list[dict[str, str]]) -> tuple[str, str]:
    """Upload rows and return the address of the preview and its page."""
    address = upload(li, rows)["Location"]
    return address, li.get(address).content.decode()


def digest(page: str) -> str:
    return re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_desk_asks_who_is_there(town: Town, visitor: Client):
    for path in ("", "/upload", "/batches", "/awards", "/filings"):
        answer = visitor.get(f"{DESK}{path}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/en/sign-in?next=")


@pytest.mark.parametrize("name", ["chen", "nobody"])
def test_nobody_sits_at_the_desk_of_another_issuer(town: Town, name: str):
    stranger = signed_in(name)
    award = town.awards[0].pk
    for path in ("", "/upload", "/batches", "/awards", f"/awards/{award}", f"/awards/{award}/revoke", "/filings"):
        assert stranger.get(f"{DESK}{path}").status_code == 403, path


@pytest.mark.parametrize("name", ["zhou", "wang"])
def test_auditor_and_authority_read_and_do_not_write(town: Town, name: str):
    reader = signed_in(name)
    award = town.awards[0].pk
    batch = town.awards[0].batch_id
    for path in ("", "/batches", f"/batches/{batch}", "/awards", f"/awards/{award}", "/filings"):
        page = reader.get(f"{DESK}{path}")
        assert page.status_code == 200, path
        assert "Reading only" in page.content.decode()
    for path in ("/upload", f"/awards/{award}/revoke", f"/batches/{batch}/corrections"):
        assert reader.get(f"{DESK}{path}").status_code == 403, path
    assert reader.post(f"{DESK}/batches/{batch}/issue").status_code == 403
    assert reader.post(f"{DESK}/awards/{award}/revoke", {"reason": "other", "confirmed": "1"}).status_code == 403
    assert StatusEvent.objects.count() == 0


def test_an_award_of_another_issuer_is_not_found_at_this_desk(town: Town):
    chen = signed_in("chen")
    award = town.awards[0].pk
    assert chen.get(f"/en/desk/issuer/guangdong-centre/awards/{award}").status_code == 404
    assert chen.get(f"/en/desk/issuer/guangdong-centre/awards/{award}/revoke").status_code == 404
    assert chen.get(f"/en/desk/issuer/guangdong-centre/batches/{town.awards[0].batch_id}").status_code == 404


def test_the_way_to_ones_own_desk(town: Town):
    assert signed_in("li").get("/en/desk")["Location"] == DESK
    assert signed_in("wang").get("/en/desk")["Location"] == "/en/desk/authority"
    assert signed_in("zhou").get("/en/desk")["Location"] == "/en/desk/authority"
    assert signed_in("nobody").get("/en/desk").status_code == 403


def test_a_form_without_its_token_does_nothing(town: Town):
    li = Client(enforce_csrf_checks=True)
    li.login(username="li", password="a password for tests")
    answer = li.post(f"{DESK}/awards/{town.awards[0].pk}/revoke", {"reason": "other", "confirmed": "1"})
    assert answer.status_code == 403
    assert "no longer in date" in answer.content.decode()
    assert StatusEvent.objects.count() == 0


# ── results in ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_template_can_be_filled_in_and_uploaded(li: Client):
    for kind in ("xlsx", "csv"):
        answer = li.get(f"{DESK}/template.{kind}")
        assert answer.status_code == 200
        sent = li.post(f"{DESK}/upload", {"file": SimpleUploadedFile(f"t.{kind}", answer.content)})
        assert sent.status_code == 302


def test_the_preview_shows_every_problem_with_its_place_and_remedy(li: Client):
    rows = lines(4)
    rows[1]["证件号码"] = rows[1]["证件号码"][:-1] + ("1" if rows[1]["证件号码"][-1] != "1" else "2")
    rows[2]["职业"] = "6-31-01-99 电气工"
    rows[3]["理论"] = "101"
    rows[3]["技能"] = "五十"
    _, page = previewed(li, rows)
    assert page.count("is-problem") == 3
    assert page.count("#c-failed") == 4, "both marks of the last row are named"
    for said in ("The check digit of the ID number does not fit", "证件号码", "职业", "理论", "技能"):
        assert said in page
    assert rows[1]["证件号码"] not in page, "the middle of an identity number is hidden"
    assert all(row["姓名"] in page for row in rows[1:]), "a row that cannot be read is found by its name"
    assert "Issue one certificate" in page


def test_the_rows_can_be_looked_through_by_kind(li: Client):
    rows = lines(60)
    rows[59]["级别"] = "九级"
    address, page = previewed(li, rows)
    assert page.count('<td class="figure">') == 1, "first only what carries a note"
    good = li.get(f"{address}?show=good").content.decode()
    assert "1 to 50 of 59" in good
    second = li.get(f"{address}?show=good&page=2").content.decode()
    assert "51 to 59 of 59" in second
    assert "show=good&amp;page=1" in second
    assert li.get(f"{address}?show=nonsense&page=x").status_code == 200


def test_the_rows_to_correct_come_back_as_a_file_before_and_after_issuing(li: Client, at_once):
    rows = lines(3)
    rows[1]["级别"] = "九级"
    address, page = previewed(li, rows)
    before = li.get(f"{address}/corrections")
    assert rows[1]["姓名"] in before.content.decode("utf-8-sig")
    assert rows[0]["姓名"] not in before.content.decode("utf-8-sig")
    assert "-corrections.csv" in before["Content-Disposition"]
    batch = li.post(f"{address}/import", {"digest": digest(page)})["Location"]
    after = li.get(f"{batch}/corrections")
    assert rows[1]["姓名"] in after.content.decode("utf-8-sig")


def test_a_corrected_file_issues_only_what_is_new(li: Client, at_once):
    rows = lines(3)
    rows[1]["级别"] = "九级"
    address, page = previewed(li, rows)
    li.post(f"{address}/import", {"digest": digest(page)})
    assert Result.objects.count() == 7 + 2
    rows[1]["级别"] = "4"
    address, page = previewed(li, rows)
    assert "Issue one certificate" in page
    li.post(f"{address}/import", {"digest": digest(page)})
    assert Result.objects.count() == 7 + 3


def test_issuing_brings_certificates_that_the_public_page_finds_valid(li: Client, visitor: Client, at_once):
    address, page = previewed(li, lines(3))
    batch = li.post(f"{address}/import", {"digest": digest(page)})["Location"]
    done = li.get(batch).content.decode()
    assert "Issued" in done
    assert "hx-get" not in done, "nothing more to wait for"
    issued = Award.objects.filter(pk__in=re.findall(r"awards/([0-9a-f-]{36})", done))
    assert len(issued) == 3
    for award in issued:
        answer = visitor.post("/en/check", {"number": award.number, "name": award.holder_name})
        assert 'data-verdict="valid"' in answer.content.decode()


def test_what_was_previewed_is_what_is_imported_or_nothing_is(li: Client, town: Town, at_once):
    address, page = previewed(li, lines(3))
    river.bring_in(town.world, lines(1))  # somebody else was faster with one of the rows
    before = Result.objects.count()
    answer = li.post(f"{address}/import", {"digest": digest(page)}, follow=True)
    assert Result.objects.count() == before
    again = answer.content.decode()
    assert "look again" in again
    assert digest(again) != digest(page)
    assert "Issue 2 certificates" in again


def test_pressing_the_button_twice_issues_once(li: Client, at_once):
    address, page = previewed(li, lines(2))
    first = li.post(f"{address}/import", {"digest": digest(page)})
    second = li.post(f"{address}/import", {"digest": digest(page)})
    assert first["Location"].startswith(f"{DESK}/batches/")
    assert second["Location"] == f"{DESK}/upload"
    assert Result.objects.count() == 7 + 2


def test_a_file_of_nothing_but_problems_issues_nothing(li: Client):
    rows = [row | {"级别": "九级"} for row in lines(2)]
    _, page = previewed(li, rows)
    assert "No row can be issued as it is." in page
    assert 'name="digest"' not in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "xlsx"),
        (b"PK\x03\x04 not a workbook", "workbook"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(li: Client, data: bytes, said: str):
    answer = li.post(f"{DESK}/upload", {"file": SimpleUploadedFile("f.xls", data)})
    assert answer.status_code == 200
    assert 'class="errors"' in answer.content.decode()
    assert said in answer.content.decode()


# ── the file between preview and import ──────────────────────────────────────────────────────────────────────────


def test_a_kept_file_is_sealed_and_its_owner_s_alone(li: Client, town: Town, settings):
    rows = lines(2)
    address, _ = previewed(li, rows)
    kept = list((Path(settings.HOME) / "uploads").iterdir())
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0
    sealed = kept[0].read_bytes()
    assert rows[0]["证件号码"].encode() not in sealed
    assert rows[0]["姓名"].encode() not in sealed
    key = address.rsplit("/", 1)[-1]
    chen = signed_in("chen")
    assert chen.get(address).status_code == 403
    stolen = chen.get(f"/en/desk/issuer/guangdong-centre/uploads/{key}")
    assert stolen["Location"] == "/en/desk/issuer/guangdong-centre/upload"


def test_a_kept_file_is_forgotten_after_its_import_and_after_a_day(li: Client, monkeypatch, settings, at_once):
    address, page = previewed(li, lines(2))
    li.post(f"{address}/import", {"digest": digest(page)})
    assert list((Path(settings.HOME) / "uploads").iterdir()) == []
    address, _ = previewed(li, lines(2, 300))
    cache.clear()
    written = next((Path(settings.HOME) / "uploads").iterdir()).stat().st_mtime
    from datetime import UTC, datetime

    monkeypatch.setattr("guildhall.web.clock.now", lambda: datetime.fromtimestamp(written, UTC) + timedelta(hours=25))
    assert li.get(address)["Location"] == f"{DESK}/upload"
    uploads.sweep()
    assert list((Path(settings.HOME) / "uploads").iterdir()) == []


@pytest.mark.parametrize("key", ["x", "../secret", "0" * 32, "0" * 31 + "G"])
def test_a_made_up_key_leads_back_to_the_upload(li: Client, key: str):
    from urllib.parse import quote

    answer = li.get(f"{DESK}/uploads/{quote(key, safe='')}")
    assert answer.status_code in {302, 404}


# ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_progress_is_told_without_a_page_around_it(li: Client, town: Town):
    batch = river.bring_in(town.world, lines(3), issue=False)
    page = li.get(f"{DESK}/batches/{batch.pk}").content.decode()
    assert f'hx-get="{DESK}/batches/{batch.pk}/progress"' in page
    assert "htmx.min.js" in page
    part = li.get(f"{DESK}/batches/{batch.pk}/progress")
    assert part.content.decode().startswith('<div id="progress"')
    assert "HX-Refresh" not in part
    services.issue(batch, actor=town.world.command, now=LATER)
    assert li.get(f"{DESK}/batches/{batch.pk}/progress")["HX-Refresh"] == "true"


def test_a_batch_cut_short_is_taken_up_again(li: Client, town: Town, at_once):
    batch = river.bring_in(town.world, lines(3), issue=False)
    services.prepare(batch, now=LATER)
    page = li.get(f"{DESK}/batches/{batch.pk}").content.decode()
    assert "Go on issuing" in page
    li.post(f"{DESK}/batches/{batch.pk}/issue")
    assert Batch.objects.get(pk=batch.pk).issued_at is not None
    assert Award.objects.filter(batch=batch).count() == 3
    li.post(f"{DESK}/batches/{batch.pk}/issue")
    assert Award.objects.filter(batch=batch).count() == 3


def test_why_issuing_stopped_is_said(li: Client, town: Town):
    batch = river.bring_in(town.world, lines(1), issue=False)
    cache.set(f"web:work:issue:{batch.pk}", background.Run(LATER, LATER, "no_key_in_force"))
    page = li.get(f"{DESK}/batches/{batch.pk}").content.decode()
    assert "Issuing has stopped" in page
    assert "No key was in force" in page


def test_a_batch_prints_as_pages_in_the_order_of_its_file(li: Client, town: Town):
    import io

    import pypdf

    answer = li.get(f"{DESK}/batches/{town.awards[0].batch_id}/certificates-1.pdf")
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 7
    for place, printed in enumerate(pages):
        assert town.number(place) in printed.extract_text().replace(" ", "").replace("\n", "")
    assert li.get(f"{DESK}/batches/{town.awards[0].batch_id}/certificates-2.pdf").status_code == 404
    assert li.get(f"{DESK}/batches/{town.awards[0].batch_id}/certificates-0.pdf").status_code == 404


# ── awards and deeds ─────────────────────────────────────────────────────────────────────────────────────────────


def test_awards_are_found_by_number_and_by_name(li: Client, town: Town):
    for asked in (town.number(2), town.number(2)[:-1], town.name(2), town.name(2)[:1]):
        assert str(town.awards[2].pk) in li.get(f"{DESK}/awards", {"q": asked}).content.decode()
    assert "None." in li.get(f"{DESK}/awards", {"q": "谁也不是"}).content.decode()


def test_the_list_can_be_narrowed_to_what_happened(li: Client, town: Town):
    services.revoke(town.awards[1], reason="misconduct", actor=town.world.li, now=LATER)
    page = li.get(f"{DESK}/awards?happened=revoke").content.decode()
    assert str(town.awards[1].pk) in page
    assert str(town.awards[0].pk) not in page
    assert li.get(f"{DESK}/awards?happened=nonsense").status_code == 200


FIELDS = {
    "suspend": {"from_on": "2026-06-01", "reason": "investigation"},
    "revoke": {"from_on": "2026-06-01", "reason": "misconduct"},
    "annul": {"reason": "issuer-error"},
    "expire": {"from_on": "2026-06-01", "reason": "term-ended"},
    "reissue": {"reason": "lost"},
    "correct": {"holder_name": "欧阳静怡", "reason": "wrong-name"},
}


@pytest.mark.parametrize("deed", FIELDS)
def test_a_deed_is_shown_once_more_before_it_is_done(li: Client, town: Town, deed: str):
    award = town.awards[1]
    address = f"{DESK}/awards/{award.pk}/{deed}"
    assert "Continue" in li.get(address).content.decode()
    look = li.post(address, FIELDS[deed] | {"note": "决定书 2026-1"}).content.decode()
    assert "A last look" in look
    assert "决定书 2026-1" in look
    assert StatusEvent.objects.count() == 0
    hidden = dict(re.findall(r'<input type="hidden" name="([a-z_]+)"(?: value="([^"]*)")?', look))
    done = li.post(address, hidden | {"confirmed": "1"})
    assert done["Location"] == f"{DESK}/awards/{award.pk}"
    event = StatusEvent.objects.get()
    assert (event.award_id, event.deed, event.reason, event.note, event.actor) == (
        award.pk, deed, FIELDS[deed]["reason"], "决定书 2026-1", "li",
    )  # fmt: skip


def test_a_suspended_award_is_reinstated(li: Client, town: Town):
    address = f"{DESK}/awards/{town.awards[0].pk}"
    li.post(f"{address}/suspend", FIELDS["suspend"] | {"confirmed": "1"})
    page = li.get(address).content.decode()
    assert "The award is suspended already." in page
    li.post(f"{address}/reinstate", {"from_on": "2026-06-02", "reason": "cleared", "confirmed": "1"})
    assert StatusEvent.objects.filter(deed="reinstate").count() == 1


def test_what_cannot_be_done_is_explained_and_not_hidden(li: Client, town: Town):
    services.annul(town.awards[0], reason="issuer-error", actor=town.world.li, now=LATER)
    page = li.get(f"{DESK}/awards/{town.awards[0].pk}").content.decode()
    assert page.count("The award has been annulled: nothing more can happen to it.") == 7
    for deed in ("suspend", "reinstate", "revoke", "annul", "expire", "correct", "reissue"):
        form = li.get(f"{DESK}/awards/{town.awards[0].pk}/{deed}").content.decode()
        assert "Not possible" in form
        answer = li.post(f"{DESK}/awards/{town.awards[0].pk}/{deed}", {"reason": "other", "confirmed": "1"})
        assert answer.status_code == 200
    assert StatusEvent.objects.count() == 1


def test_a_deed_that_nobody_knows_is_not_found(li: Client, town: Town):
    assert li.get(f"{DESK}/awards/{town.awards[0].pk}/forge").status_code == 404


def test_a_reason_is_needed_and_must_be_one_of_the_deed_s(li: Client, town: Town):
    address = f"{DESK}/awards/{town.awards[0].pk}/revoke"
    for reason in ("", "lost", "because"):
        page = li.post(address, {"from_on": "2026-06-01", "reason": reason, "confirmed": "1"}).content.decode()
        assert 'aria-invalid="true"' in page
    assert StatusEvent.objects.count() == 0


def test_a_correction_changes_only_what_was_changed_and_hides_the_identity_number(li: Client, town: Town):
    award = town.awards[1]
    address = f"{DESK}/awards/{award.pk}/correct"
    form = li.get(address).content.decode()
    given = dict(re.findall(r'<input type="(?:text|date|number)" name="([a-z_]+)"(?: value="([^"]*)")?', form))
    assert given["holder_name"] == award.holder_name
    assert given["id_number"] == ""
    right = river.resident_id(9_000)
    look = li.post(address, given | {"id_number": right, "reason": "wrong-identity"}).content.decode()
    shown = re.sub(r'<input type="hidden"[^>]*>', "", look)
    assert "will be changed" in shown
    assert right not in shown
    assert award.holder_name not in shown.split("A last look")[1], "the name is as it was"
    li.post(address, given | {"id_number": right, "reason": "wrong-identity", "confirmed": "1"})
    event = StatusEvent.objects.get()
    assert set(event.changes) == {"identity"}
    assert Award.objects.get(pk=award.pk).number == award.number


def test_a_correction_that_changes_nothing_is_refused_in_words(li: Client, town: Town):
    address = f"{DESK}/awards/{town.awards[1].pk}/correct"
    page = li.post(address, {"reason": "wrong-name", "confirmed": "1"}).content.decode()
    assert "changes nothing" in page
    assert StatusEvent.objects.count() == 0


def test_what_was_true_on_a_day_is_answered_at_the_desk(li: Client, town: Town):
    services.revoke(town.awards[0], reason="misconduct", actor=town.world.li, now=LATER)
    address = f"{DESK}/awards/{town.awards[0].pk}"
    assert "25 May 2026" in li.get(f"{address}?at=2026-05-25").content.decode()
    for asked, word in (("2026-05-25", "In force"), ("2026-06-01", "Revoked"), ("2026-05-19", "Not yet in force")):
        page = li.get(f"{address}?at={asked}").content.decode()
        assert re.search(rf'<p>[^<]*: <span class="tag [^"]*">{word}</span></p>', page)


def test_the_desk_shows_note_and_actor_which_the_public_page_does_not(li: Client, town: Town):
    services.suspend(
        town.awards[0], from_on=LATER.date(), reason="complaint", note="文号 12", actor=town.world.li, now=LATER
    )
    page = li.get(f"{DESK}/awards/{town.awards[0].pk}").content.decode()
    assert "文号 12" in page
    assert "· li" in page


def test_no_page_of_the_desk_shows_an_identity_number(li: Client, town: Town):
    award, batch = town.awards[0].pk, town.awards[0].batch_id
    for path in ("", "/batches", f"/batches/{batch}", "/awards", f"/awards/{award}", f"/awards/{award}/correct"):
        page = li.get(f"{DESK}{path}").content.decode()
        assert not any(number in page for number in town.id_numbers()), path


def test_the_preview_says_where_a_certificate_s_title_uses_restricted_wording(town: Town):
    slug = town.world.guangdong.organisation.slug
    chen = signed_in("chen")
    for language, said in (("", "属于限制使用的字样"), ("/en", "is restricted wording")):
        desk = f"{language}/desk/issuer/{slug}"
        page = chen.get(upload(chen, lines(1), desk=desk)["Location"]).content.decode()
        assert page.count(said) == 1
        assert "人社部函〔2022〕25号" in page
    _, page = previewed(signed_in("li"), lines(1))
    assert "restricted wording" not in page
