"""Attacks on the doors: whatever is sent, the register answers for itself, never with its own mistake, and tells nobody's secret."""

from __future__ import annotations

import base64
import itertools
import json

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guildhall.assessment import services as assessment
from guildhall.assessment.models import Batch
from guildhall.credentials import services
from tests.apps import river
from tests.apps.test_api import an_award, bearer, post
from tests.world import NOW, World

HUGE = [2**31, 2**63 - 1, 2**63, 2**64, 10**30, 10**400, -1, -(2**63) - 1]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, settings):
    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"
    settings.VC_ISSUER = "did:key"
    settings.RATE_LIMITS = {"check": (10_000, 60), "sign-in": (1000, 60), "paper": (1000, 60)}
    cache.clear()


@pytest.fixture
def issued(world: World) -> World:
    batch = assessment.import_results(
        river.csv_file(river.rows(5)), "五月.csv", issuer=world.national, preview_digest=None, actor=world.li, now=NOW
    )
    services.issue(batch, actor=world.li, now=NOW)
    return world


@pytest.fixture
def machine() -> Client:
    return Client(raise_request_exception=True)


def send(machine: Client, path: str, body: bytes, kind: str = "application/json"):
    """Post bytes as they are: the client's own encoding stays out of it."""
    return machine.generic("POST", path, body, kind)


def test_numbers_beyond_what_machines_count_in_are_answered(issued: World, machine: Client):
    head = bearer(issued, "li")
    batch = Batch.objects.get()
    for number in HUGE:
        for path in (
            f"/api/log/inclusion/{number}",
            f"/api/batches/{batch.pk}/awards?first={number}",
            f"/api/batches/{batch.pk}/awards?most={number}",
        ):
            assert machine.get(path, headers=head).status_code < 500, path


def test_a_page_beyond_the_last_award_is_empty(issued: World, machine: Client):
    batch = Batch.objects.get()
    path = f"/api/batches/{batch.pk}/awards"
    assert len(machine.get(path, headers=bearer(issued, "li")).json()) == 5
    assert machine.get(f"{path}?first={10**30}", headers=bearer(issued, "li")).json() == []


BODIES = [
    b"",
    b"[]",
    b"null",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b'{"a":' * 10_000,
    b"[" * 100_000,
    b"1e400",
    b'"\\ud800"',
    b"\x00",
    b'{"number":"\\u0000","name":"\\u0000"}',
    b'{"number":"\\ud800","name":"x"}',
    b'{"verifiableCredential":{"proof":1,"pr\\u006fof":2}}',
    b'{"verifiablePresentation":{"@context":{"@vocab":null},"type":[null]}}',
]
KINDS = [
    "application/json",
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "",
]
DOORS = [
    "/api/check",
    "/api/verify",
    "/api/verify/receipt",
    "/vc/credentials/issue",
    "/vc/credentials/status",
    "/vc/credentials/verify",
    "/vc/presentations/verify",
    "/check",
    "/en/check/receipt",
]


def test_no_content_type_and_no_body_is_our_mistake(issued: World, machine: Client):
    for door, body, kind in itertools.product(DOORS, BODIES, KINDS):
        assert send(machine, door, body, kind).status_code < 500, (door, body[:40], kind)


def test_what_cannot_be_read_is_a_problem_document_and_says_why(issued: World, machine: Client):
    codes = {}
    for name, body in {
        "twice": b'{"number":"1","number":"2","name":"x"}',
        "open": b"{",
        "nul": b'{"number":"1","name":"a\\u0000b"}',
        "infinite": b'{"number":NaN,"name":"x"}',
        "large": b'"' + b"x" * (1 << 20) + b'"',
        "deep": b"[" * 100 + b"]" * 100,
    }.items():
        answer = send(machine, "/api/check", body)
        assert answer["Content-Type"] == "application/problem+json", name
        codes[name] = answer.status_code, answer.json()["code"] if "code" in answer.json() else answer.json()["type"]
    assert {name: code.rpartition("/")[2] for name, (_, code) in codes.items()} == {
        "twice": "duplicate_key",
        "open": "malformed_json",
        "nul": "nul_character",
        "infinite": "malformed_json",
        "large": "too_large",
        "deep": "too_large",
    }


def test_no_form_with_a_zero_byte_is_our_mistake(issued: World, machine: Client):
    head = bearer(issued, "li")
    for path in ("/api/batches/preview", "/api/batches"):
        form = {"issuer": "a\0b", "digest": "\0", "file": SimpleUploadedFile("r\0.csv", b"\0")}
        assert 400 <= machine.post(path, form, headers=head).status_code < 500


def token_of(header: object, payload: object) -> dict[str, object]:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, payload)]
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"data:application/vc+jwt,{'.'.join(parts)}.{'A' * 86}",
        "type": "EnvelopedVerifiableCredential",
    }


def test_no_text_that_is_looked_up_is_our_mistake(issued: World, machine: Client):
    """One database refuses the zero byte, the other a name that is too long: neither may hear of it."""
    inside = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"]}
    for text in ("did:web:a\0b", "\0", "x" * 5000, "did:web:" + "x" * 9000, "\ud800", "\U0010ffff"):
        for kid in (text, "#" + text, "key-1"):
            document = token_of({"alg": "EdDSA", "kid": kid}, inside | {"issuer": text, "iss": text})
            answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": document})
            assert answer.status_code == 400, (text[:20], kid[:20])
        asked = {"credentialId": text[:2000], "credentialStatus": {"statusPurpose": "revocation"}}
        assert 400 <= post(machine, "/vc/credentials/status", asked).status_code < 500, text[:20]
        asked = {"credentialId": "urn:x", "credentialStatus": {"statusPurpose": text[:200]}}
        assert 400 <= post(machine, "/vc/credentials/status", asked).status_code < 500, text[:20]


def test_no_address_of_a_list_is_our_mistake(issued: World, machine: Client, settings):
    """The issuer of a foreign credential writes the address: it reaches into neither folder nor database."""
    unsigned = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"name": "x"},
    }
    for name in ("vc-api-" + "x" * 4000, "vc-api-%00", "vc-api-..", "vc-api-/../../keystore", "vc-api-\\..\\x", "é"):
        entry = {
            "id": "urn:x:y",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "9" * 90,
            "statusListCredential": f"{settings.ORIGIN}/status/{name}.json",
        }
        made = post(machine, "/vc/credentials/issue", {"credential": unsigned | {"credentialStatus": entry}})
        if made.status_code != 201:
            assert made.status_code < 500
            continue
        answer = post(machine, "/vc/credentials/verify", made.json())
        assert (answer.status_code, answer.json()["problemDetails"][0]["type"]) == (400, "status_retrieval"), name


def test_a_body_beyond_its_bound_is_told_so(issued: World, machine: Client):
    large = b" " * ((1 << 20) + 1)
    assert send(machine, "/vc/credentials/verify", large).status_code == 413
    said = send(machine, "/api/verify", large).json()
    assert (said["valid"], said["checks"][0]["code"]) == (False, "too_large")


DAYS = ["0001-01-01", "9999-12-31", "2024-02-29", "2023-02-29", "2026-W01-1", "20260101", "%00", "1e5", "-1"]


def test_the_edges_of_the_calendar_are_answered(issued: World, machine: Client):
    award, _, token = an_award()
    head = bearer(issued, "li")
    for day in DAYS:
        for path in (
            f"/api/certificates/{token}/report?at={day}",
            f"/api/shares?on={day}",
            f"/api/issuers/national-centre/accreditation?scheme=pcc&occupation=x&level=3&region=310000&on={day}",
            f"/api/awards/{award.scheme_id}/{award.number}?on={day}",
            f"/en/q/{token}?at={day}",
        ):
            assert machine.get(path, headers=head).status_code < 500, path
        asked = {"number": award.number, "name": award.holder_name, "at": day}
        assert post(machine, "/api/check", asked).status_code < 500


NAMES = ["%00", "a%00b", "%F0%9F%92%A9", "..%2f..%2fetc%2fpasswd", "%ff", "x" * 5000, "%ed%a0%80"]


def test_no_name_in_an_address_is_our_mistake_or_leads_out_of_its_folder(issued: World, machine: Client):
    head = bearer(issued, "li")
    for name in NAMES:
        for path in (
            f"/api/certificates/{name}",
            f"/api/issuers/{name}",
            f"/status/{name}.json",
            f"/log/{name}",
            f"/log/tile/0/{name}",
            f"/api/awards/pcc/{name}",
            f"/en/q/{name}",
            f"/api/batches/{name}",
        ):
            assert 400 <= machine.get(path, headers=head).status_code < 500, path


def test_problem_documents_echo_no_secret(issued: World, machine: Client):
    """What somebody typed stays his: a name, a token, a number is not written back where it may be logged or shared."""
    award, _, _ = an_award()
    secret = "gh_0123456789abcdefghij"
    answers = [
        post(machine, "/api/check", {"number": {"a": award.holder_name}, "name": [award.holder_name]}),
        machine.get("/api/awards/pcc/x", headers={"Authorization": f"Bearer {secret}"}),
        machine.get(f"/api/certificates/{secret}"),
        post(machine, "/vc/credentials/verify", {"verifiableCredential": award.holder_name}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert award.holder_name not in answer.content.decode()
        assert secret not in answer.content.decode()


def test_a_look_up_that_fails_names_nobody(issued: World, machine: Client):
    award, _, _ = an_award()
    for wrong in ({"number": award.number, "name": "王"}, {"number": award.number[:-1], "name": award.holder_name}):
        said = json.dumps(post(machine, "/api/check", wrong).json(), ensure_ascii=False)
        assert award.holder_name not in said
        assert award.number not in said
