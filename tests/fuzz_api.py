"""Every route that takes a body, as one target: whatever the bytes, the register never answers with its own mistake.

The routes are read from the register's own description, so that a new one is fuzzed without a word here. The first byte
chooses the route, the second how the rest is sent (as it is, as a file, or below the member that the route reads first) and for
whom: an issuing officer, an officer of a college, a learner with an account, nobody.
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
    tokens, known = _world()
    routes = [_filled(path, known) for path in _described(send)] + list(VC_ROUTES)

    def once(data: bytes) -> None:
        if len(data) < 2:
            return
        path, way, body = routes[data[0] % len(routes)], data[1] % 3, data[2:]
        token = tokens[data[1] // 3 % len(tokens)]
        more: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"} if token else {}}
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


def _world() -> tuple[list[str], dict[str, str]]:
    from django.utils import timezone

    from guildhall.accounts.models import User
    from guildhall.accounts.services import COMMAND
    from guildhall.accounts.tokens import create_token
    from guildhall.assessment import services as assessment
    from guildhall.credentials import services
    from guildhall.credentials.models import Award
    from guildhall.credit import work
    from tests.apps import bank, river
    from tests.world import NOW, build

    world = build()
    batch = assessment.import_results(
        river.csv_file(river.rows(3)), "五月.csv", issuer=world.national, preview_digest=None, actor=world.li, now=NOW
    )
    services.issue(batch, actor=world.li, now=NOW)
    work.run_once(NOW)
    bank.officer(bank.converting_college())
    bank.learner()
    tokens = [
        create_token(
            User.objects.get(username=name), "fuzz", lasts=timedelta(days=1), actor=COMMAND, now=timezone.now()
        )
        for name in ("li", "ma", "learner-0")
    ]
    number = Award.objects.values_list("number", flat=True).first() or ""
    return [*tokens, ""], {"scheme": "pcc", "number": number, "deed": "suspend", "batch_id": str(batch.pk)}


def seeds() -> list[bytes]:
    """Return bodies that the routes accept, each for every route: what fits one is a near miss for its neighbours."""
    from tests import fuzz_seeds
    from tests.apps import bank, river

    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b11"},
    }
    wanted = {"college": "north-college", "programme": bank.PROGRAMME}
    deposit = {
        "organisation": "north-college", "reference": "t/1", "id_number": river.resident_id(0), "holder_name": river.name(0),
        "outcome": bank.COURSE,
    }  # fmt: skip
    bodies: list[tuple[int, object]] = [
        (3, {"number": "1", "name": "王伟", "at": "2026-06-01"}),
        (0, {"reason": "misconduct", "from_on": "2026-06-01", "until_on": "2026-07-01", "note": "n"}),
        (0, {"reason": "name", "holder_name": "王伟", "changes": {"holder_name": "王伟"}}),
        (0, {"credential": credential, "options": {"cryptosuite": "eddsa-jcs-2022", "credentialStatus": {}}}),
        (0, {"verifiableCredential": credential | {"issuer": "did:key:z6Mk", "proof": {"type": "DataIntegrityProof"}}}),
        (0, {"credentialId": "urn:x", "credentialStatus": {"statusPurpose": "revocation"}, "status": True}),
        (1, deposit),
        (2, wanted),
        (2, wanted | {"plan_digest": "0" * 64}),
        (1, {"verdict": "part", "note": "n", "refusals": [], "conversions": []}),
        *((3, json.loads(one)) for name in ("presentation", "bundle") for one in fuzz_seeds.seeds(name)[:1]),
    ]
    made = [
        bytes([i, 3 * who]) + json.dumps(body, ensure_ascii=False).encode() for i in range(16) for who, body in bodies
    ]
    return made + [bytes([i, 1]) + one for i in range(16) for one in fuzz_seeds.seeds("results_csv")[:1]]
