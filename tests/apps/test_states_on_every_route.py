"""Every state of an award on every way to ask for it: what is not in force on one route is in force on none."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from guildhall.assessment import services as assessment
from guildhall.core import credential as credentials
from guildhall.core import did, trust
from guildhall.core.keys import SeedSigner
from guildhall.core.verify import verify
from guildhall.credentials import services
from guildhall.credentials.models import Instance
from guildhall.credentials.naming import token_text
from guildhall.tlog import keys as keystore
from tests.apps import river
from tests.apps.test_api import bearer, post
from tests.world import NOW, World

DEEDS: dict[str, dict[str, Any] | None] = {
    "": None,
    "suspend": {"reason": "complaint", "from_on": "2026-11-01"},
    "revoke": {"reason": "misconduct"},
    "annul": {"reason": "not-entitled"},
    "expire": {"reason": "term-ended"},
    "reissue": {"reason": "lost"},
    "correct": {"reason": "wrong-name", "holder_name": "王小明"},
}


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, settings):
    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10_000, 60))
    cache.clear()


@pytest.fixture
def machine() -> Client:
    return Client(raise_request_exception=True)


@pytest.fixture
def issued(world: World) -> World:
    batch = assessment.import_results(
        river.csv_file(river.rows(len(DEEDS))), "五月.csv", issuer=world.national, preview_digest=None,
        actor=world.li, now=NOW,
    )  # fmt: skip
    services.issue(batch, actor=world.li, now=NOW)
    return world


def of_page(answer: Any) -> bool:
    return answer.content.decode().split('data-verdict="', 1)[1].split('"', 1)[0] == "valid"


def brought(machine: Client, name: str, data: bytes) -> bool:
    return of_page(machine.post("/en/check", {"file-file": SimpleUploadedFile(name, data)}))


def routes(machine: Client, token: str, old: bytes, held: trust.Trust) -> dict[str, Callable[[], bool]]:
    """Return the ways to ask, each with what it says: in force or not. ``old`` is the bundle from before the deed."""
    address, shown = f"/api/certificates/{token}", f"/en/q/{token}"
    fresh = machine.get(address).content
    signed = json.loads(fresh)["credential"]

    def receipt(answer: Any) -> bool:
        report = verify(answer.content, trust=held, now=timezone.now())
        assert report.check("issuer").outcome == "passed"
        assert report.valid is (json.loads(answer.content)["credentialSubject"]["verdict"] == "valid")
        return report.valid

    return {
        "page": lambda: of_page(machine.get(shown)),
        "page, JSON": lambda: verify(machine.get(f"{shown}.json").content, trust=held, now=timezone.now()).valid,
        "report": lambda: machine.get(f"{address}/report").json()["valid"],
        "bundle, offline": lambda: verify(fresh, trust=held, now=timezone.now()).valid,
        "old bundle at the register": lambda: post(machine, "/api/verify", old).json()["valid"],
        "old bundle on the page": lambda: brought(machine, "old.json", old),
        "PDF": lambda: brought(machine, "c.pdf", machine.get(f"{shown}.pdf").content),
        "receipt of the page": lambda: receipt(machine.post(f"{shown}/receipt")),
        "receipt of an old bundle": lambda: receipt(post(machine, "/api/verify/receipt", old)),
        "VC-API": lambda: post(machine, "/vc/credentials/verify", {"verifiableCredential": signed}).json()["verified"],
        "VC-API, rewritten": lambda: post(
            machine, "/vc/credentials/verify", {"verifiableCredential": without_status_in_sight(signed)}
        ).json()["verified"],
    }


def without_status_in_sight(signed: dict[str, Any]) -> dict[str, Any]:
    """Return the same statements under the same signature, the status under its full address (see tests/unit/attacks)."""
    hidden = json.loads(json.dumps(signed))
    hidden["https://www.w3.org/2018/credentials#credentialStatus"] = hidden.pop("credentialStatus")
    return hidden


def test_every_state_is_the_same_on_every_route(issued: World, machine: Client):
    held = trust.parse(machine.get("/trust.json").content)
    instances = list(Instance.objects.select_related("award").order_by("pk"))
    said: dict[str, dict[str, bool]] = {}
    for (deed, body), instance in zip(DEEDS.items(), instances, strict=True):
        token = token_text(bytes(instance.token))
        old = machine.get(f"/api/certificates/{token}").content
        if body is not None:
            answer = post(
                machine, f"/api/awards/pcc/{instance.award.number}/{deed}", body, headers=bearer(issued, "li")
            )
            assert answer.status_code == 200, answer.content
        said[deed] = {name: ask() for name, ask in routes(machine, token, old, held).items()}
    never = {"VC-API, rewritten"}
    assert said == {deed: {name: deed == "" and name not in never for name in said[""]} for deed in DEEDS}


def test_number_and_name_lead_to_the_document_that_is_in_force(issued: World, machine: Client):
    instances = list(Instance.objects.select_related("award").order_by("pk"))
    for (deed, body), instance in zip(DEEDS.items(), instances, strict=True):
        award = instance.award
        if body is not None:
            answer = post(machine, f"/api/awards/pcc/{award.number}/{deed}", body, headers=bearer(issued, "li"))
            assert answer.status_code == 200, answer.content
        award.refresh_from_db()
        answer = post(machine, "/api/check", {"number": award.number, "name": award.holder_name}).json()
        assert answer["report"]["valid"] is (deed in {"", "reissue", "correct"}), deed


def test_a_day_gone_by_is_judged_by_what_the_register_knows_not_by_what_is_enclosed(issued: World, machine: Client):
    """Revoked first, annulled later: without the second event the days before would look good."""
    instance = Instance.objects.select_related("award").order_by("pk").first()
    token, head = token_text(bytes(instance.token)), bearer(issued, "li")
    before = (instance.award.issued_on + timedelta(days=1)).isoformat()
    post(machine, f"/api/awards/pcc/{instance.award.number}/revoke", {"reason": "misconduct"}, headers=head)
    revoked = machine.get(f"/api/certificates/{token}").content
    assert post(machine, f"/api/verify?at={before}", revoked).json()["valid"] is True
    answer = post(machine, f"/api/awards/pcc/{instance.award.number}/annul", {"reason": "not-entitled"}, headers=head)
    assert answer.status_code == 200, answer.content
    said = post(machine, f"/api/verify?at={before}", revoked).json()
    assert [check["code"] for check in said["checks"] if check["outcome"] == "failed"] == ["annulled"]
    shown = {"file-file": SimpleUploadedFile("c.json", revoked), "file-at": before}
    assert not of_page(machine.post("/en/check", shown))


def test_no_door_gives_a_receipt_about_a_receipt(issued: World, machine: Client):
    instance = Instance.objects.order_by("pk").first()
    token = token_text(bytes(instance.token))
    first = machine.post(f"/en/q/{token}/receipt").content
    answer = post(machine, "/api/verify/receipt", first)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "receipt_of_receipt")
    answer = machine.post("/en/check/receipt", {"file-text": first.decode()})
    assert answer.status_code in {302, 422}
    assert b"VerificationReceipt" not in answer.content


# ── a stolen key ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_a_thief(machine: Client, world: World, **change: Any) -> dict[str, Any]:
    """Return a certificate like an honest one, signed with the issuer's own key, which the log never saw."""
    instance = Instance.objects.order_by("pk").first()
    honest = machine.get(f"/api/certificates/{token_text(bytes(instance.token))}").json()["credential"]
    unsigned = {name: member for name, member in honest.items() if name != "proof"} | change
    return credentials.signed(unsigned, keystore.signer(f"{world.national.did}#key-1"), created=NOW)


@pytest.mark.parametrize("change", [
    {"description": "with distinction"},
    {"id": "urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b11"},
    {"id": "https://register.test/status/x.json"},
    {"id": "urn:isbn:1"},
])  # fmt: skip
def test_what_a_stolen_key_has_signed_is_on_no_record(issued: World, machine: Client, change: dict[str, Any]):
    forged = by_a_thief(machine, issued, **change)
    answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": forged})
    assert (answer.status_code, answer.json()["problemDetails"][0]["type"]) == (400, "not_on_record")
    shown = presented(forged)
    answer = post(machine, "/vc/presentations/verify", {"verifiablePresentation": shown})
    assert (answer.status_code, answer.json()["problemDetails"][0]["type"]) == (400, "not_on_record")


def test_what_is_on_record_is_verified_alone_and_in_a_presentation(issued: World, machine: Client):
    instance = Instance.objects.order_by("pk").first()
    bundle = machine.get(f"/api/certificates/{token_text(bytes(instance.token))}").json()
    for signed in (bundle["credential"], bundle["accreditation"], *bundle["statusLists"]):
        answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": signed})
        assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.content
    answer = post(machine, "/vc/presentations/verify", {"verifiablePresentation": presented(bundle["credential"])})
    assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.content


def presented(credential: dict[str, Any]) -> dict[str, Any]:
    from guildhall.core import presentation, proofs

    public = SeedSigner("", b"h" * 32).public_key
    holder = SeedSigner(did.did_key_url(public), b"h" * 32)
    unsigned = presentation.presentation([credential], holder=did.did_key(public))
    return proofs.add_proof(unsigned, holder, created=NOW, purpose="authentication")
