"""Checking a certificate on the page: what is answered, what is not given away, what one takes home."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guildhall.core.verify import verify
from guildhall.credentials import checking, services
from guildhall.credentials.rendering import qr
from tests.apps.web.town import LATER, NAMES, Town


def ask(visitor: Client, number: str, name: str, **more: str):
    return visitor.post("/en/check", {"number": number, "name": name, **more})


def bring(visitor: Client, data: bytes, file_name: str = "certificate.json", **more: str):
    return visitor.post("/en/check", {"file-file": SimpleUploadedFile(file_name, data), **more})


def bundle(town: Town, place: int = 0) -> dict:
    return services.bundle(town.instance(place))


def verdict(answer) -> str:
    page = answer.content.decode()
    return page.split('data-verdict="', 1)[1].split('"', 1)[0]


# ── number and name ──────────────────────────────────────────────────────────────────────────────────────────────


def test_number_and_name_lead_to_the_seven_checks(town: Town, visitor: Client):
    answer = ask(visitor, town.number(), town.name())
    page = answer.content.decode()
    assert verdict(answer) == "valid"
    assert page.count('data-check="passed"') == 7
    assert f"/en/q/{town.token()}" in page
    assert "no-store" in answer["Cache-Control"]


def test_people_type_as_they_like(town: Town, visitor: Client):
    number = town.number()
    spaced = " ".join((number[:1].lower(), number[1:5], number[5:]))
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    for typed, name in ((spaced, f" {town.name()} "), (wide, town.name()), (number, town.name().replace("·", "•"))):
        assert verdict(ask(visitor, typed, name)) == "valid"


def test_an_unknown_number_and_a_wrong_name_get_the_same_bytes(town: Town, visitor: Client):
    unknown = town.number()[:-6] + "999999"
    answers = [
        ask(visitor, unknown, town.name()),
        ask(visitor, unknown, "谁也不是"),
        ask(visitor, town.number(), "谁也不是"),
        ask(visitor, town.number(), town.name(1)),
        ask(visitor, town.number(1), town.name()),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    # "Expires" is the second of the answer, which may change from one question to the next.
    assert len({tuple(sorted((k, v) for k, v in a.headers.items() if k != "Expires")) for a in answers}) == 1
    assert verdict(answers[0]) == "no-match"


def test_an_award_that_no_checkpoint_covers_yet_looks_like_no_award(town: Town, visitor: Client):
    from guildhall.credentials.models import Award
    from tests.apps import river

    batch = river.bring_in(town.world, [river.row(70)], issue=False)
    services.prepare(batch, now=LATER)
    services.sign(batch, now=LATER)
    award = Award.objects.get(batch=batch)
    unissued = ask(visitor, award.number, award.holder_name)
    assert unissued.content == ask(visitor, town.number(), "谁也不是").content


def test_a_number_of_another_kind_is_not_covered_whoever_is_named(town: Town, visitor: Client):
    foreign = ["GSN440000001265000001", "12", "AB-2020-1"]
    answers = [ask(visitor, number, name) for number in foreign for name in (town.name(), "谁也不是")]
    assert {verdict(answer) for answer in answers} == {"not-covered"}
    assert len({answer.content for answer in answers}) == 1


def test_a_form_left_empty_is_told_what_it_lacks(town: Town, visitor: Client):
    answer = ask(visitor, "", "")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "2 things need correcting" in page
    assert page.count('aria-invalid="true"') == 2


def test_what_was_true_on_a_day(town: Town, visitor: Client):
    services.revoke(town.awards[0], reason="misconduct", actor=town.world.li, now=LATER)
    assert verdict(ask(visitor, town.number(), town.name())) == "not-valid"
    assert "has since been revoked" in ask(visitor, town.number(), town.name()).content.decode()
    assert verdict(ask(visitor, town.number(), town.name(), at="2026-05-25")) == "valid"
    assert verdict(ask(visitor, town.number(), town.name(), at="2026-05-01")) == "not-valid"
    assert ask(visitor, town.number(), town.name(), at="2999-01-01").status_code == 422


def test_the_answer_in_the_other_language_is_one_button_away(town: Town, visitor: Client):
    page = ask(visitor, town.number(), town.name()).content.decode()
    assert '<form action="/check" method="post">' in page
    assert f'<input type="hidden" name="number" value="{town.number()}">' in page
    nobody = ask(visitor, town.number(), "谁也不是").content.decode()
    assert town.number() not in nobody


def test_no_answer_holds_a_digit_of_an_identity_number(town: Town, visitor: Client):
    for place in range(len(NAMES)):
        page = ask(visitor, town.number(place), town.name(place)).content.decode()
        number = town.id_numbers()[place]
        assert number not in page
        assert number[6:14] not in page, "the day of birth"
        assert hashlib.sha256(number.encode()).hexdigest() not in page


def test_a_name_alone_finds_nobody(town: Town, visitor: Client):
    for number in ("", " ", "%", "*", town.number()[:-1]):
        answer = ask(visitor, number, town.name())
        assert answer.status_code == 422 or verdict(answer) in {"no-match", "not-covered"}
    assert town.number() not in visitor.get(f"/check?name={town.name()}").content.decode()


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_checked_as_file_and_as_pasted_text(town: Town, visitor: Client):
    text = json.dumps(bundle(town), ensure_ascii=False)
    assert verdict(bring(visitor, text.encode())) == "valid"
    assert verdict(visitor.post("/en/check", {"file-text": text})) == "valid"


def test_a_pdf_and_a_picture_of_the_code_are_checked(town: Town, visitor: Client):
    pdf = visitor.get(f"/q/{town.token()}.pdf").content
    assert verdict(bring(visitor, pdf, "certificate.pdf")) == "valid"
    code = qr.png(f"http://register.test/q/{town.token()}")
    answer = bring(visitor, code, "code.png")
    assert verdict(answer) == "valid"
    assert f'action="/en/q/{town.token()}/receipt"' in answer.content.decode()


def test_a_code_that_leads_elsewhere_is_refused_by_name(town: Town, visitor: Client):
    answer = bring(visitor, qr.png(f"https://register.test.evil.example/q/{town.token()}"), "code.png")
    assert answer.status_code == 422
    assert "The code leads to register.test.evil.example, not to this register." in answer.content.decode()


def test_a_code_of_ours_that_no_certificate_has_is_refused(town: Town, visitor: Client):
    assert bring(visitor, qr.png("http://register.test/q/AAAAAAAAAAAAAAAAAAAAAA"), "c.png").status_code == 422


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"{", b"{}", b"[]", b"%PDF-1.7 rubbish", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x00" * 99],
)
def test_a_file_that_holds_nothing_to_check_is_told_so(town: Town, visitor: Client, data: bytes):
    answer = bring(visitor, data)
    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()


def test_a_changed_document_fails_by_its_proof_and_none_of_it_is_repeated(town: Town, visitor: Client):
    changed = copy.deepcopy(bundle(town))
    changed["credential"]["credentialSubject"]["identifier"][0]["identityHash"] = "王冒名"
    answer = bring(visitor, json.dumps(changed).encode())
    page = answer.content.decode()
    assert verdict(answer) == "not-valid"
    assert "The content is not what was signed." in page
    shown = re.sub(r'<input type="hidden"[^>]*>', "", page)  # what is sent back for the receipt is not shown
    assert "王冒名" not in shown
    assert json.dumps("王冒名") not in shown
    assert page.count('data-check="passed"') == 1


def test_a_statement_by_a_stranger_makes_the_issuer_unknown_not_the_certificate_false(town: Town, visitor: Client):
    foreign = copy.deepcopy(bundle(town))
    foreign["accreditation"]["issuer"]["id"] = "did:web:elsewhere.example:authority"
    answer = bring(visitor, json.dumps(foreign).encode())
    page = answer.content.decode()
    assert verdict(answer) == "unknown-issuer"
    assert "What the file claims" in page
    assert "What it certifies" not in page, "our words for our schemes are not lent to strangers"


def test_a_credential_alone_cannot_be_checked_and_is_not_called_false(town: Town, visitor: Client):
    assert verdict(bring(visitor, json.dumps(bundle(town)["credential"]).encode())) == "cannot-check"


def test_an_old_bundle_cannot_hide_a_newer_revocation(town: Town, visitor: Client):
    old = json.dumps(bundle(town)).encode()
    services.revoke(town.awards[0], reason="misconduct", actor=town.world.li, now=LATER)
    answer = bring(visitor, old)
    assert verdict(answer) == "not-valid"
    assert "revoked" in answer.content.decode()


def test_the_log_in_repair_is_no_verdict_on_the_certificate(town: Town, visitor: Client, settings, tmp_path):
    settings.LOG_DIR = tmp_path / "gone"
    answer = ask(visitor, town.number(), town.name())
    assert answer.status_code == 503
    assert verdict(answer) == "cannot-check"


# ── receipts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def receipts(town: Town, visitor: Client) -> list:
    text = json.dumps(bundle(town), ensure_ascii=False)
    return [
        visitor.post("/check/receipt", {"number": town.number(), "name": town.name()}),
        visitor.post("/check/receipt", {"file-text": text}),
        visitor.post(f"/q/{town.token()}/receipt"),
    ]


def test_a_receipt_verifies_offline_and_fails_on_any_changed_character(town: Town, visitor: Client):
    trust = checking.own_trust()
    for answer in receipts(town, visitor):
        assert answer["Content-Disposition"] == f'attachment; filename="{town.number()}.receipt.json"'
        receipt = json.loads(answer.content)
        assert verify(answer.content, trust=trust, now=LATER + timedelta(days=900)).valid
        said = receipt["credentialSubject"]
        assert (said["verdict"], said["certificateNumber"]) == ("valid", town.number())
        for path in ("verdict", "checkedAt", "certificateNumber", "documentHash", "logCheckpoint"):
            changed = copy.deepcopy(receipt)
            changed["credentialSubject"][path] = said[path].replace(
                said[path][-1], "0" if said[path][-1] != "0" else "1"
            )
            assert not verify(json.dumps(changed).encode(), trust=trust, now=LATER).valid, path


def test_a_receipt_names_no_holder(town: Town, visitor: Client):
    for answer in receipts(town, visitor):
        text = answer.content.decode()
        assert town.name() not in text
        assert not any(number in text for number in town.id_numbers())


def test_a_receipt_of_a_revoked_certificate_says_so(town: Town, visitor: Client):
    services.revoke(town.awards[0], reason="misconduct", actor=town.world.li, now=LATER)
    for answer in receipts(town, visitor)[::2]:
        assert json.loads(answer.content)["credentialSubject"]["verdict"] == "not-valid"


def test_a_receipt_can_itself_be_checked_on_the_page(town: Town, visitor: Client):
    receipt = receipts(town, visitor)[0].content
    page = bring(visitor, receipt).content.decode()
    assert "This receipt is genuine." in page
    assert "answered “Valid” about certificate number" in page
    assert verdict(bring(visitor, receipt.replace(b'"valid"', b'"not-valid"'))) == "not-valid"


def test_no_receipt_is_given_for_a_pair_that_is_not_there(town: Town, visitor: Client):
    unknown = town.number()[:-6] + "999999"
    for asked in (
        {"number": town.number(), "name": "谁也不是"},
        {"number": unknown, "name": town.name()},
        {"number": "", "name": ""},
        {},
    ):
        answer = visitor.post("/en/check/receipt", asked)
        assert (answer.status_code, answer["Location"], answer.content) == (302, "/en/check", b"")
    assert visitor.get("/check/receipt").status_code == 405


def test_a_forged_face_around_an_honest_bundle_shows_what_the_bundle_says(town: Town, visitor: Client):
    """The printed words are not read: the page shows the record's, and says that both must be compared."""
    from dataclasses import replace

    from guildhall.credentials import faces
    from guildhall.credentials.rendering.pdf import certificate_pdf

    forged = replace(faces.face(town.instance(0)), holder_name="李冒名")
    paper = certificate_pdf(forged, language="zh", bundle=json.dumps(bundle(town)).encode())
    answer = bring(visitor, paper, "certificate.pdf")
    page = answer.content.decode()
    assert "李冒名" not in page
    assert "What is printed on a certificate was not read" in page
    assert "纸面上印的字" in visitor.post("/check", {"file-file": SimpleUploadedFile("c.pdf", paper)}).content.decode()
    asked = visitor.post("/en/check", {"number": town.number(), "name": town.name()}).content.decode()
    assert "What is printed on a certificate was not read" not in asked


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_asks_too_often_is_told_when_to_come_back(town: Town, visitor: Client, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"check": (3, 60)}
    for _ in range(3):
        assert ask(visitor, town.number(), town.name()).status_code == 200
    answer = ask(visitor, town.number(), town.name())
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 61
    assert "Too many requests from this address" in answer.content.decode()
    other = Client(REMOTE_ADDR="198.51.100.7")
    assert ask(other, town.number(), town.name()).status_code == 200
    assert visitor.get("/check").status_code == 200, "reading is not counted"


def test_an_address_cannot_be_made_up(town: Town, visitor: Client, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"check": (1, 60)}
    ask(visitor, town.number(), town.name())
    forged = visitor.post(
        "/en/check",
        {"number": town.number(), "name": town.name()},
        headers={"x-forwarded-for": "203.0.113.9", "x-real-ip": "203.0.113.9"},
    )
    assert forged.status_code == 429


def test_behind_our_own_proxy_the_address_is_the_one_that_it_wrote(town: Town, visitor: Client, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"check": (1, 60)}
    settings.TRUSTED_PROXIES = 1

    def through(written: str) -> int:
        body = {"number": town.number(), "name": town.name()}
        return visitor.post("/en/check", body, headers={"x-forwarded-for": written}).status_code

    assert through("203.0.113.9") == 200
    assert through("6.6.6.6, 203.0.113.9") == 429, "what stands before the proxy's own entry is anybody's"
    assert through("203.0.113.10") == 200
