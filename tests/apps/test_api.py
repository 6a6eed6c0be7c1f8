"""The API, over HTTP as a machine speaks it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildhall.accounts.services import COMMAND
from guildhall.accounts.tokens import create_token
from guildhall.api import answering
from guildhall.assessment import services as assessment
from guildhall.core import checkpoint, statuslist, trust
from guildhall.core.canonical import jcs
from guildhall.core.verify import verify
from guildhall.credentials import selectors, services
from guildhall.credentials.models import Award, Instance
from guildhall.credentials.naming import token_text
from tests.apps import river
from tests.world import NOW, World


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, settings):
    settings.LOG_DIR = tmp_path / "log"
    settings.STATUS_DIR = tmp_path / "status"
    settings.VC_ISSUER = "did:key"
    settings.RATE_LIMITS = {"check": (1000, 60), "sign-in": (1000, 60)}
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


def bearer(world: World, person: str) -> dict[str, str]:
    text = create_token(world.people[person], "test", lasts=timedelta(days=1), actor=COMMAND, now=timezone.now())
    return {"Authorization": f"Bearer {text}"}


def post(machine: Client, path: str, value: object, **more):
    data = value if isinstance(value, bytes) else json.dumps(value)
    return machine.post(path, data=data, content_type="application/json", **more)


def an_award() -> tuple[Award, Instance, str]:
    instance = Instance.objects.select_related("award").order_by("pk").first()
    return instance.award, instance, token_text(bytes(instance.token))


# ── look up and verify ─────────────────────────────────────────────────────────────────────────────────────────────


def test_number_and_name_lead_to_a_valid_report(issued: World, machine: Client):
    award, _, _ = an_award()
    answer = post(machine, "/api/check", {"number": award.number, "name": award.holder_name}).json()
    assert answer["outcome"] == "match"
    assert answer["report"]["valid"] is True
    assert len(answer["report"]["checks"]) == 7


def test_an_unknown_number_and_a_wrong_name_are_answered_byte_for_byte_alike(issued: World, machine: Client):
    award, _, _ = an_award()
    other = award.number[:-1] + ("1" if award.number[-1] != "1" else "2")
    unknown = post(machine, "/api/check", {"number": other[:-3] + "999", "name": award.holder_name})
    wrong = post(machine, "/api/check", {"number": award.number, "name": "无名氏"})
    assert unknown.status_code == wrong.status_code == 200
    assert unknown.content == wrong.content
    assert sorted(unknown.headers.items()) == sorted(wrong.headers.items())


def test_a_number_of_a_layout_that_no_scheme_uses_is_not_covered(issued: World, machine: Client):
    assert post(machine, "/api/check", {"number": "1234567890123", "name": "王伟"}).json()["outcome"] == "not-covered"


def test_no_answer_carries_a_digit_of_an_identity_number(issued: World, machine: Client):
    from guildhall.assessment.identity import unseal

    award, _, token = an_award()
    number = unseal(bytes(award.result.id_sealed), bytes(award.result.id_hash))
    answers = [
        post(machine, "/api/check", {"number": award.number, "name": award.holder_name}),
        machine.get(f"/api/certificates/{token}"),
        machine.get(f"/api/certificates/{token}/report"),
    ]
    for answer in answers:
        text = answer.content.decode()
        assert answer.status_code == 200
        assert all(number[i : i + 6] not in text for i in range(len(number) - 5))


def test_the_rate_limit_answers_429_with_the_seconds_to_wait(issued: World, machine: Client, settings):
    settings.RATE_LIMITS = {"check": (2, 60), "sign-in": (2, 60)}
    answers = [post(machine, "/api/check", {"number": "x", "name": "y"}) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) >= 1
    assert answers[2].json()["code"] == "rate_limited"


def test_the_bundle_behind_a_token_verifies_with_the_published_trust_list_alone(issued: World, machine: Client):
    _, _, token = an_award()
    data = machine.get(f"/api/certificates/{token}").content
    held = trust.parse(machine.get("/trust.json").content)
    report = verify(data, trust=held, now=timezone.now())
    assert report.valid, [c.as_json() for c in report.checks]


def test_verify_answers_a_report_and_a_changed_bundle_is_not_valid(issued: World, machine: Client):
    _, _, token = an_award()
    data = machine.get(f"/api/certificates/{token}").content
    assert post(machine, "/api/verify", data).json()["valid"] is True
    changed = data.replace(b'"licenseNumber":"S', b'"licenseNumber":"Y', 1)
    assert changed != data
    report = post(machine, "/api/verify", changed).json()
    assert [c["name"] for c in report["checks"] if c["outcome"] == "failed"] == ["proof"]


def test_an_old_bundle_cannot_hide_a_newer_revocation(issued: World, machine: Client):
    award, _, token = an_award()
    old = machine.get(f"/api/certificates/{token}").content
    assert post(machine, "/api/verify", old).json()["valid"] is True
    revoked = post(
        machine, f"/api/awards/pcc/{award.number}/revoke", {"reason": "misconduct"}, headers=bearer(issued, "li")
    )
    assert revoked.status_code == 200, revoked.content
    for data in (old, old.replace(b"http:", b"\\u0068ttp:")):
        report = post(machine, "/api/verify", data).json()
        assert [c["name"] for c in report["checks"] if c["outcome"] == "failed"] == ["status"]
    checked = post(machine, "/api/check", {"number": award.number, "name": award.holder_name}).json()
    assert checked["report"]["verdict"] == "not-valid"
    assert machine.get(f"/api/certificates/{token}/report").json()["verdict"] == "not-valid"


def test_a_receipt_from_the_api_verifies_offline_and_fails_when_changed(issued: World, machine: Client):
    _, _, token = an_award()
    data = machine.get(f"/api/certificates/{token}").content
    receipt = post(machine, "/api/verify/receipt", data).content
    held = trust.parse(machine.get("/trust.json").content)
    assert verify(receipt, trust=held, now=timezone.now()).valid
    changed = receipt.replace(b'"verdict":"valid"', b'"verdict":"vali1"')
    assert changed != receipt
    assert not verify(changed, trust=held, now=timezone.now()).valid


# ── issue from a file ──────────────────────────────────────────────────────────────────────────────────────────────


def send(machine: Client, path: str, world: World, person: str, data: bytes, **fields):
    file = SimpleUploadedFile("六月.csv", data, content_type="text/csv")
    return machine.post(
        path, {"issuer": world.national.organisation.slug, "file": file, **fields}, headers=bearer(world, person)
    )


def test_preview_commit_and_issue_over_http(world: World, machine: Client):
    data = river.csv_file(river.rows(3))
    preview = send(machine, "/api/batches/preview", world, "li", data)
    assert preview.status_code == 200, preview.content
    found = preview.json()
    assert (found["n_rows"], found["n_good"], found["n_bad"]) == (3, 3, 0)
    assert Award.objects.count() == 0
    batch = send(machine, "/api/batches", world, "li", data, digest=found["digest"])
    assert batch.status_code == 201, batch.content
    assert batch["Location"] == f"/api/batches/{batch.json()['id']}"
    done = post(machine, batch["Location"] + "/issue", {}, headers=bearer(world, "li")).json()
    assert done["n_issued"] == 3
    awards = machine.get(batch["Location"] + "/awards", headers=bearer(world, "li")).json()
    assert len(awards) == 3
    assert all(award["address"] for award in awards)


def test_a_stale_digest_is_409_and_writes_nothing(world: World, machine: Client):
    answer = send(machine, "/api/batches", world, "li", river.csv_file(river.rows(3)), digest="0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "preview_outdated")
    assert Award.objects.count() == 0


@pytest.mark.parametrize(("person", "status"), [("chen", 403), ("nobody", 403), ("zhou", 403)])
def test_who_is_no_issuing_officer_of_the_issuer_cannot_issue(world: World, machine: Client, person: str, status: int):
    answer = send(machine, "/api/batches", world, person, river.csv_file(river.rows(2)))
    assert (answer.status_code, answer.json()["code"]) == (status, "forbidden")


def test_without_a_token_it_is_401_and_a_wrong_token_too(world: World, machine: Client):
    for headers in ({}, {"Authorization": "Bearer gld_wrong"}):
        answer = machine.get("/api/awards/pcc/X", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_browsers_session_is_no_token(issued: World):
    award, _, _ = an_award()
    browser = Client()
    browser.force_login(issued.people["li"])
    answer = post(browser, f"/api/awards/pcc/{award.number}/revoke", {"reason": "misconduct"})
    assert answer.status_code == 401
    assert selectors.state_on(award, answering.now().date()).state.value == "valid"


def test_another_issuers_batch_and_award_are_not_found(issued: World, machine: Client):
    award, _, _ = an_award()
    headers = bearer(issued, "chen")
    assert machine.get(f"/api/batches/{award.batch_id}", headers=headers).status_code == 404
    assert machine.get(f"/api/awards/pcc/{award.number}", headers=headers).status_code == 404
    answer = post(machine, f"/api/awards/pcc/{award.number}/annul", {"reason": "misconduct"}, headers=headers)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("deed", "body", "state"),
    [
        ("suspend", {"reason": "complaint", "from_on": "2026-11-01"}, "suspended"),
        ("revoke", {"reason": "misconduct"}, "revoked"),
        ("annul", {"reason": "not-entitled"}, "annulled"),
        ("expire", {"reason": "term-ended"}, "expired"),
        ("reissue", {"reason": "lost"}, "valid"),
    ],
)
def test_each_deed_over_http_is_in_force_at_once(issued: World, machine: Client, deed: str, body: dict, state: str):
    award, _, _ = an_award()
    answer = post(machine, f"/api/awards/pcc/{award.number}/{deed}", body, headers=bearer(issued, "li"))
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == state
    assert [event["deed"] for event in answer.json()["history"]] == [deed]


def test_a_correction_over_http_keeps_the_number_and_gives_a_new_address(issued: World, machine: Client):
    award, _, token = an_award()
    answer = post(
        machine,
        f"/api/awards/pcc/{award.number}/correct",
        {"reason": "wrong-name", "holder_name": "王小明"},
        headers=bearer(issued, "li"),
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["holder"] == "王小明"
    assert answer.json()["number"] == award.number
    assert not answer.json()["address"].endswith(token)
    assert machine.get(f"/api/certificates/{token}/report").json()["verdict"] == "not-valid"


def test_what_was_true_on_an_earlier_day_is_answered(issued: World, machine: Client):
    award, _, _ = an_award()
    headers = bearer(issued, "li")
    post(
        machine,
        f"/api/awards/pcc/{award.number}/revoke",
        {"reason": "misconduct", "from_on": "2026-11-01"},
        headers=headers,
    )
    states = [
        machine.get(f"/api/awards/pcc/{award.number}?on={day}", headers=headers).json()["state"]
        for day in ("2026-10-31", "2026-11-01")
    ]
    assert states == ["valid", "revoked"]


def test_an_impossible_deed_is_a_coded_conflict(issued: World, machine: Client):
    award, _, _ = an_award()
    headers = bearer(issued, "li")
    post(machine, f"/api/awards/pcc/{award.number}/annul", {"reason": "misconduct"}, headers=headers)
    again = post(machine, f"/api/awards/pcc/{award.number}/annul", {"reason": "misconduct"}, headers=headers)
    assert again.json()["code"] == "already_annulled"
    assert again.status_code in (409, 422)


def test_an_unknown_deed_or_reason_is_refused(issued: World, machine: Client):
    award, _, _ = an_award()
    headers = bearer(issued, "li")
    deed = post(machine, f"/api/awards/pcc/{award.number}/bless", {"reason": "x"}, headers=headers)
    assert (deed.status_code, deed.json()["code"]) == (404, "unknown_deed")
    reason = post(machine, f"/api/awards/pcc/{award.number}/revoke", {"reason": "x"}, headers=headers)
    assert reason.json()["code"] == "unknown_reason"


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_eight_answers_come_over_http_with_their_filing(world: World, machine: Client):
    slug = world.national.organisation.slug
    asked = {"scheme": "pcc", "occupation": "6-31-01-03", "level": "3", "region": "310000", "on": "2026-06-01"}
    found = machine.get(f"/api/issuers/{slug}/accreditation", asked).json()
    assert (found["standing"], found["filing"]) == ("authorised", "PCC-2025-0001")
    nobody = machine.get("/api/issuers/nobody/accreditation", asked).json()
    assert (nobody["standing"], nobody["authorised"]) == ("unknown-issuer", False)


def test_the_did_documents_publish_the_keys_that_sign(issued: World, machine: Client):
    slug = issued.national.organisation.slug
    document = machine.get(f"/issuers/{slug}/did.json").json()
    assert document["id"] == issued.national.did
    _, _, token = an_award()
    (proof,) = machine.get(f"/api/certificates/{token}").json()["credential"]["proof"]
    assert proof["verificationMethod"] in document["assertionMethod"]
    assert machine.get("/authority/did.json").status_code == 200
    assert machine.get("/.well-known/did.json").status_code == 200
    assert machine.get("/issuers/nobody/did.json").status_code == 404


def test_the_log_is_served_as_static_files(issued: World, machine: Client):
    note = machine.get("/log/checkpoint").content
    held = trust.parse(machine.get("/trust.json").content)
    keys = [checkpoint.VerifierKey.parse(text) for text in held.logs.values()]
    head = checkpoint.open_checkpoint(note, keys).checkpoint
    assert head.size > 5
    tile = machine.get(f"/log/tile/0/000.p/{head.size}")
    assert len(tile.content) == 32 * head.size
    for path in ("/log/tile/0/../../../keys/secret", "/log/tile/0/001", "/log/tile/9x", "/log/tile/entries/000.p/0"):
        assert machine.get(path).status_code == 404


def test_an_inclusion_proof_leads_to_the_checkpoint(issued: World, machine: Client):
    import base64

    from guildhall.core import merkle

    found = machine.get("/api/log/inclusion/3").json()
    path = [base64.b64decode(node) for node in found["path"]]
    root = merkle.head_from_path(merkle.leaf_hash(base64.b64decode(found["leaf"])), 3, found["size"], path)
    assert base64.b64encode(root).decode() == found["checkpoint"].splitlines()[2]
    assert machine.get("/api/log/inclusion/99999").status_code in (400, 404)


def test_the_status_lists_are_served_as_signed_credentials(issued: World, machine: Client):
    _, _, token = an_award()
    bundle = machine.get(f"/api/certificates/{token}").json()
    enclosed = {one["id"] for one in bundle["statusLists"]}
    named = bundle["credential"]["credentialStatus"]["statusListCredential"]
    assert enclosed == {named, statuslist.explaining_url(named)}
    for url in enclosed:
        path = url.removeprefix("http://register.test")
        signed = machine.get(path)
        assert signed["Content-Type"].startswith("application/vc")
        answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": json.loads(signed.content)})
        assert answer.status_code == 200, answer.content
    assert machine.get("/status/none.json").status_code == 404


def test_the_description_names_every_operation_and_its_problems(machine: Client):
    described = machine.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for verb, operation in operations.items():
            assert operation.get("summary"), (verb, path)


# ── VC-API ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_credential(machine: Client) -> dict:
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b11"},
    }


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_credential_is_issued_with_201_and_verified_with_200(db, machine: Client, suite: str):
    issued = post(
        machine, "/vc/credentials/issue", {"credential": a_credential(machine), "options": {"cryptosuite": suite}}
    )
    assert issued.status_code == 201, issued.content
    signed = issued.json()["verifiableCredential"]
    assert signed["issuer"].startswith("did:key:z6Mk")
    assert signed["proof"]["cryptosuite"] == suite
    answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": signed})
    assert (answer.status_code, answer.json()["verified"]) == (200, True)
    signed["credentialSubject"]["id"] = "urn:uuid:5f0c0c0e-6f4e-4c8e-9a63-0d6a4c3c2b12"
    answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": signed})
    assert (answer.status_code, answer.json()["verified"]) == (400, False)


@pytest.mark.parametrize(
    "change",
    [
        {"@context": ["https://www.w3.org/ns/credentials/v1"]},
        {"@context": []},
        {"type": ["Something"]},
        {"type": []},
        {"issuer": "not a url"},
        {"issuer": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"},
        {"validFrom": "yesterday"},
        {"validFrom": "2026-01-02T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
        {"credentialSubject": {}},
        {"credentialSubject": []},
        {"credentialStatus": {"id": "https://example.org/1"}},
        {"evidence": "none"},
        {"termsOfUse": {"id": "https://example.org/terms"}},
        {"salary": 5},
        {"proof": {"type": "DataIntegrityProof"}},
        {"id": 5},
    ],
)
def test_what_does_not_obey_the_data_model_is_not_issued(db, machine: Client, change: dict):
    answer = post(machine, "/vc/credentials/issue", {"credential": a_credential(machine) | change})
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def test_a_credential_on_the_data_model_1_1_is_given_the_context_of_its_proof(db, machine: Client):
    document = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "issuanceDate": "2020-03-16T22:37:26.544Z",
        "credentialSubject": {"id": "did:example:1"},
    }
    issued = post(machine, "/vc/credentials/issue", {"credential": document})
    assert issued.status_code == 201, issued.content
    signed = issued.json()["verifiableCredential"]
    assert signed["@context"] == [*document["@context"], "https://w3id.org/security/data-integrity/v2"]
    assert post(machine, "/vc/credentials/verify", {"verifiableCredential": signed}).json()["verified"] is True
    changed = signed | {"issuanceDate": "2021-03-16T22:37:26.544Z"}
    assert post(machine, "/vc/credentials/verify", {"verifiableCredential": changed}).json()["verified"] is False


def status_of(machine: Client, signed: dict) -> tuple[int, str]:
    answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": signed})
    return answer.status_code, "".join(problem["type"] for problem in answer.json()["problemDetails"])


def test_a_single_credential_with_a_status_can_be_revoked_and_suspended(db, machine: Client, settings, tmp_path):
    settings.STATUS_DIR = tmp_path
    signed = [
        post(
            machine,
            "/vc/credentials/issue",
            {"credential": {"id": name, **a_credential(machine)}, "options": {"credentialStatus": {}, **options}},
        ).json()["verifiableCredential"]
        for name, options in (
            ("urn:example:1", {"credentialStatus": {"type": "BitstringStatusListEntry"}}),
            ("urn:example:2", {"credentialStatus": [{"type": "BitstringStatusListEntry"}]}),
            ("urn:example:3", {}),
        )
    ]
    assert ["credentialStatus" in one for one in signed] == [True, True, False]
    places = [int(one["credentialStatus"][0]["statusListIndex"]) for one in signed[:2]]
    assert places[1] == places[0] + 1
    assert [status_of(machine, one) for one in signed] == [(200, "")] * 3

    url = signed[0]["credentialStatus"][0]["statusListCredential"]
    path = url.removeprefix(settings.ORIGIN)
    assert machine.get(path)["Content-Type"] == "application/vc"
    asked = machine.get(path, headers={"accept": "application/ld+json, application/json"})
    assert (asked["Content-Type"], asked.json()["id"]) == ("application/ld+json", url)
    assert machine.get(path, headers={"accept": "application/json"})["Content-Type"] == "application/json"

    def change(name: str, purpose: str, *, status: object = True) -> int:
        body = {"credentialId": name, "credentialStatus": {"statusPurpose": purpose}, "status": status}
        return post(machine, "/vc/credentials/status", body).status_code

    assert change("urn:example:1", "suspension") == 200
    assert [status_of(machine, one) for one in signed] == [(400, "suspended"), (200, ""), (200, "")]
    assert change("urn:example:1", "suspension", status=False) == 200
    assert change("urn:example:2", "revocation") == 200
    assert [status_of(machine, one) for one in signed] == [(200, ""), (400, "revoked"), (200, "")]
    assert change("urn:example:3", "revocation") == 404
    assert change("urn:example:1", "refresh") == 422
    assert change("urn:example:1", "revocation", status="yes") == 400
    assert change("x" * 3000, "revocation") == 400


def test_issuing_single_credentials_is_off_unless_switched_on(db, machine: Client, settings):
    settings.VC_ISSUER = ""
    answer = post(machine, "/vc/credentials/issue", {"credential": a_credential(machine)})
    assert (answer.status_code, answer.json()["code"]) == (403, "vc_api_off")


def test_a_presentation_is_bound_to_its_domain_and_challenge(db, machine: Client):
    from guildhall.core import presentation, proofs
    from guildhall.core.did import did_key, did_key_url
    from guildhall.core.keys import SeedSigner
    from tests.world import seed

    signed = post(machine, "/vc/credentials/issue", {"credential": a_credential(machine)}).json()[
        "verifiableCredential"
    ]
    key = SeedSigner("x", seed("holder")).public_key
    holder = SeedSigner(did_key_url(key), seed("holder"))
    shown = proofs.add_proof(
        presentation.presentation([signed], holder=did_key(key)),
        holder,
        created=answering.now().replace(microsecond=0),
        purpose="authentication",
        domain="https://employer.example",
        challenge="once-only",
    )
    asked = {"domain": "https://employer.example", "challenge": "once-only"}
    good = post(machine, "/vc/presentations/verify", {"verifiablePresentation": shown, "options": asked})
    assert (good.status_code, good.json()["verified"]) == (200, True), good.content
    for wrong in ({**asked, "challenge": "replayed"}, {**asked, "domain": "https://other.example"}):
        answer = post(machine, "/vc/presentations/verify", {"verifiablePresentation": shown, "options": wrong})
        assert (answer.status_code, answer.json()["verified"]) == (400, False)


def test_an_award_is_a_credential_that_any_verifier_can_check(issued: World, machine: Client):
    _, _, token = an_award()
    credential = machine.get(f"/api/certificates/{token}").json()["credential"]
    answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": credential})
    assert (answer.status_code, answer.json()["verified"]) == (200, True), answer.content


def test_a_revoked_award_is_not_verified_on_the_vc_api_either(issued: World, machine: Client):
    """The VC-API reads what the certificate names, as every verifier of status lists does: that it is not to be accepted."""
    award, _, token = an_award()
    post(machine, f"/api/awards/pcc/{award.number}/revoke", {"reason": "misconduct"}, headers=bearer(issued, "li"))
    credential = machine.get(f"/api/certificates/{token}").json()["credential"]
    answer = post(machine, "/vc/credentials/verify", {"verifiableCredential": credential})
    assert (answer.status_code, answer.json()["problemDetails"][0]["type"]) == (400, "suspended")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
BODIES = (
    st.binary(max_size=120)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(
        lambda name, value: json.dumps({name: value}).encode(),
        st.sampled_from(
            ["credential", "verifiableCredential", "verifiablePresentation", "options", "number", "name", "reason"]
        ),
        JSON,
    )
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [
            "/api/check",
            "/api/verify",
            "/api/verify/receipt",
            "/vc/credentials/issue",
            "/vc/credentials/verify",
            "/vc/presentations/verify",
            "/api/awards/pcc/1/revoke",
            "/api/awards/pcc/1/correct",
            "/api/batches",
        ]
    ),
    BODIES,
)
def test_no_body_is_our_mistake(world: World, machine: Client, path: str, body: bytes):
    quiet = Client(raise_request_exception=True)
    assert quiet.post(path, data=body, content_type="application/json").status_code < 500


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), JSON)
def test_no_changed_credential_is_our_mistake(db, machine: Client, data, value):
    credential = json.loads(jcs.canonical(a_credential(machine)))
    credential[
        data.draw(
            st.sampled_from(
                [
                    "@context",
                    "id",
                    "type",
                    "issuer",
                    "validFrom",
                    "credentialSubject",
                    "credentialStatus",
                    "credentialSchema",
                    "proof",
                    "name",
                    "relatedResource",
                    "refreshService",
                ]
            )
        )
    ] = value
    for path, name in (("/vc/credentials/issue", "credential"), ("/vc/credentials/verify", "verifiableCredential")):
        assert post(machine, path, json.dumps({name: credential}).encode()).status_code < 500


def test_the_description_is_the_one_that_is_published(machine: Client):
    """``docs/openapi.json`` changes only on purpose: UPDATE_OPENAPI=1 writes it anew."""
    import os
    from pathlib import Path

    published = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
    described = machine.get("/api/openapi.json").json()
    if os.environ.get("UPDATE_OPENAPI") == "1":
        published.write_text(json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    assert json.loads(published.read_text()) == described
