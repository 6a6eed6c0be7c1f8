"""Attacks on the doors: whatever is sent, the register answers for itself, never with its own mistake, and tells nobody's secret."""

from __future__ import annotations

import itertools
import json

import pytest
from django.core.cache import cache
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
