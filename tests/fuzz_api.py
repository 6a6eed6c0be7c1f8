"""Every route that takes a body, as one target: whatever the bytes, the register never answers with its own mistake.

The routes are read from the register's own description, so that a new one is fuzzed without a word here. The first byte
chooses the route, the second how the rest is sent (as it is, as a file, or below the member that the route reads first).
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import tempfile
from datetime import timedelta
from typing import Any

from tests.fuzz_targets import Target

VC_ROUTES = {
    "/vc/credentials/issue": "credential",
    "/vc/credentials/status": "credentialStatus",
    "/vc/credentials/verify": "verifiableCredential",
    "/vc/presentations/verify": "verifiablePresentation",
}


class OurMistakeError(AssertionError):
    """The register answered with 500 or more."""


def target() -> Target:
    """Return the target: a register of its own in a temporary folder, with one issued batch."""
    home = tempfile.mkdtemp(prefix="guildhall-fuzz-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ |= {
        "GUILDHALL_HOME": home,
        "GUILDHALL_ORIGIN": "http://register.test",
        "GUILDHALL_PASSPHRASE": "a passphrase for tests",
        "GUILDHALL_VC_ISSUER": "did:key",
        "GUILDHALL_CHECKS": "1000000000",
        "GUILDHALL_HOSTS": "testserver",
    }
    from guildhall.cli.loading import load_django

    load_django()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    send = Client(raise_request_exception=True)
    token, known = _world()
    routes = [_filled(path, known) for path in _described(send)] + list(VC_ROUTES)

    def once(data: bytes) -> None:
        if len(data) < 2:
            return
        path, way, body = routes[data[0] % len(routes)], data[1] % 3, data[2:]
        more: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}}
        if way == 1:
            name = "r.xlsx" if body[:2] == b"PK" else "r.csv"
            answer = send.post(path, {"file": SimpleUploadedFile(name, body)}, **more)
        else:
            member = VC_ROUTES.get(path, "document")
            wrapped = b'{"%s":%s}' % (member.encode(), body) if way == 2 else body
            answer = send.post(path, data=wrapped, content_type="application/json", **more)
        if answer.status_code >= 500:
            raise OurMistakeError(f"{path}: {answer.status_code}")

    return Target(once, "request")


def _described(send: Any) -> list[str]:
    described = send.get("/api/openapi.json").json()["paths"]
    return sorted(path for path, methods in described.items() if {"post", "put", "patch"} & methods.keys())


def _filled(path: str, known: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "1"), path)


def _world() -> tuple[str, dict[str, str]]:
    from django.utils import timezone

    from guildhall.accounts.services import COMMAND
    from guildhall.accounts.tokens import create_token
    from guildhall.assessment import services as assessment
    from guildhall.credentials import services
    from guildhall.credentials.models import Award
    from tests.apps import river
    from tests.world import NOW, build

    world = build()
    batch = assessment.import_results(
        river.csv_file(river.rows(3)), "五月.csv", issuer=world.national, preview_digest=None, actor=world.li, now=NOW
    )
    services.issue(batch, actor=world.li, now=NOW)
    lasts = timedelta(days=1)
    token = create_token(world.people["li"], "fuzz", lasts=lasts, actor=COMMAND, now=timezone.now())
    number = Award.objects.values_list("number", flat=True).first() or ""
    return token, {"scheme": "pcc", "number": number, "deed": "suspend", "batch_id": str(batch.pk)}


def seeds() -> list[bytes]:
    """Return bodies that the routes accept, one for each."""
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b11"},
    }
    bodies: list[object] = [
        {"number": "1", "name": "王伟"},
        {"reason": "misconduct", "from": "2026-06-01"},
        {"credential": credential, "options": {"cryptosuite": "eddsa-jcs-2022", "credentialStatus": {}}},
        {"verifiableCredential": credential | {"issuer": "did:key:z6Mk", "proof": {"type": "DataIntegrityProof"}}},
        {"credentialId": "urn:x", "credentialStatus": {"statusPurpose": "revocation"}, "status": True},
    ]
    return [bytes([i, 0]) + json.dumps(body).encode() for i in range(16) for body in bodies]
