"""What can happen to an award: every deed in every state, and what anybody can then see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, transaction

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import verify_audit_chain
from guildhall.assessment import identity
from guildhall.assessment.models import Result
from guildhall.core import leaves, statuslist
from guildhall.core.errors import Error, ForbiddenError
from guildhall.core.lifecycle import Deed, State
from guildhall.credentials import deeds, forms, reasons, selectors, services
from guildhall.credentials.models import Award, Document, EventLeaf, Instance, ListCredential, StatusEvent
from guildhall.tlog.models import Leaf
from tests.apps import river
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
ISSUED = date(2026, 5, 20)
TODAY = date(2026, 6, 1)


def day(n: int) -> date:
    """Return the day so many days after today."""
    return TODAY + timedelta(days=n)


@pytest.fixture
def award(office: World) -> Award:
    river.bring_in(office, river.rows(2))
    return Award.objects.select_related("issuer__organisation").order_by("number")[0]


def by(office: World, **more: Any) -> dict[str, Any]:
    return {"actor": office.li, "now": NOW} | more


DEEDS: dict[str, Callable[..., object]] = {
    "suspend": lambda award, **by: services.suspend(award, from_on=day(1), reason="investigation", **by),
    "reinstate": lambda award, **by: services.reinstate(award, from_on=day(1), reason="cleared", **by),
    "revoke": lambda award, **by: services.revoke(award, from_on=day(1), reason="misconduct", **by),
    "annul": lambda award, **by: services.annul(award, reason="misconduct", **by),
    "expire": lambda award, **by: services.expire(award, from_on=day(1), **by),
    "correct": lambda award, **by: services.correct(
        award, services.Correction(holder_name="王小明"), reason="wrong-name", **by
    ),
    "reissue": lambda award, **by: services.reissue(award, reason="lost", **by),
}
STATES: dict[str, Callable[..., object] | None] = {
    "valid": None,
    "suspended": lambda award, **by: services.suspend(award, from_on=TODAY, reason="complaint", **by),
    "revoked": lambda award, **by: services.revoke(award, from_on=TODAY, reason="misconduct", **by),
    "annulled": lambda award, **by: services.annul(award, reason="misconduct", **by),
    "expired": lambda award, **by: services.expire(award, from_on=TODAY, **by),
}
# None: it happens. What is impossible says so by its code.
GRID = {
    "valid": {"reinstate": "award_not_suspended"},
    "suspended": {"suspend": "already_suspended"},
    "revoked": dict.fromkeys(DEEDS, "already_revoked") | {"annul": None},
    "annulled": dict.fromkeys(DEEDS, "already_annulled"),
    "expired": {"suspend": "already_expired", "expire": "already_expired", "reinstate": "award_not_suspended"},
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("state", STATES)
def test_each_deed_in_each_state(office: World, award: Award, state: str, deed: str) -> None:
    make = STATES[state]
    if make is not None:
        make(award, **by(office))
    before = (StatusEvent.objects.count(), Leaf.objects.count(), AuditEntry.objects.count(), Instance.objects.count())
    code = GRID[state].get(deed)
    if code is None:
        DEEDS[deed](award, **by(office))
        assert StatusEvent.objects.count() == before[0] + 1
        entry = AuditEntry.objects.order_by("-id").first()
        assert entry is not None
        assert (entry.deed, entry.subject) == (f"{deed}-award", f"pcc:{award.number}")
        assert entry.organisation == office.national.organisation
        return
    with pytest.raises(Error) as refusal:
        DEEDS[deed](award, **by(office))
    assert refusal.value.code == code
    after = (StatusEvent.objects.count(), Leaf.objects.count(), AuditEntry.objects.count(), Instance.objects.count())
    assert after == before


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("person", ["chen", "zhou", "nobody"])
def test_nobody_else_changes_an_award(office: World, award: Award, deed: str, person: str) -> None:
    with pytest.raises(ForbiddenError):
        DEEDS[deed](award, **by(office, actor=getattr(office, person)))
    assert StatusEvent.objects.count() == 0


@pytest.mark.parametrize("deed", ["suspend", "revoke", "annul", "expire", "correct", "reissue"])
def test_an_officer_of_the_authority_may_too(office: World, award: Award, deed: str) -> None:
    DEEDS[deed](award, **by(office, actor=office.wang))
    assert StatusEvent.objects.get().actor == "wang"


# ── what the world sees ──────────────────────────────────────────────────────────────────────────────────────────


def seen(office: World, instance: Instance, at: date, now: Any = NOW + timedelta(days=60)) -> list[tuple[str, str]]:
    return river.failed(river.verified(office, instance, at=at, now=now))


def test_a_suspension_counts_from_its_first_to_its_last_day(office: World, award: Award) -> None:
    services.suspend(award, from_on=day(3), until_on=day(9), reason="complaint", **by(office))
    instance = Instance.objects.get(award=award)
    for n, expected in ((2, []), (3, [("status", "suspended")]), (9, [("status", "suspended")]), (10, [])):
        services.publish_status_lists(NOW + timedelta(days=n))
        assert seen(office, instance, day(n), NOW + timedelta(days=n)) == expected
        assert (selectors.state_on(award, day(n)).state is State.SUSPENDED) is bool(expected)


def test_an_open_suspension_ends_with_the_reinstatement(office: World, award: Award) -> None:
    services.suspend(award, from_on=day(0), reason="complaint", **by(office))
    services.reinstate(award, from_on=day(5), reason="cleared", **by(office, now=NOW + timedelta(days=5)))
    instance = Instance.objects.get(award=award)
    assert seen(office, instance, day(4)) == [("status", "suspended")]
    assert seen(office, instance, day(5)) == []


def test_what_was_valid_before_a_revocation_stays_true(office: World, award: Award) -> None:
    services.revoke(award, from_on=day(10), reason="court-order", **by(office))
    instance = Instance.objects.get(award=award)
    assert seen(office, instance, day(9)) == []
    assert seen(office, instance, day(10)) == [("status", "revoked")]
    assert selectors.state_on(award, day(9)).state is State.VALID


def test_an_annulment_counts_from_the_start(office: World, award: Award) -> None:
    services.annul(award, reason="not-entitled", **by(office, now=NOW + timedelta(days=30)))
    instance = Instance.objects.get(award=award)
    assert seen(office, instance, ISSUED) == [("status", "annulled")]
    assert selectors.state_on(award, ISSUED).state is State.ANNULLED
    # What was known before the annulment is another question.
    assert selectors.state_on(award, ISSUED, known_at=NOW).state is State.VALID


def test_the_other_award_of_the_batch_is_not_touched(office: World, award: Award) -> None:
    for deed in ("suspend", "correct", "annul"):
        DEEDS[deed](award, **by(office))
    other = Instance.objects.exclude(award=award).get()
    assert seen(office, other, day(3)) == []


def test_a_corrected_award_has_a_new_document_and_keeps_the_old_facts(office: World, award: Award) -> None:
    old = Instance.objects.get(award=award)
    old_body = Document.objects.get(instance=old).body
    new = services.correct(
        award,
        services.Correction(
            holder_name="王小明",
            id_number=river.resident_id(99),
            marks={"theory": "88.50"},
            examined_on=date(2026, 5, 2),
        ),
        reason="wrong-name",
        note="持证人提交了户口簿",
        **by(office),
    )
    fresh = Award.objects.get(pk=award.pk)
    assert (fresh.number, fresh.holder_name, new.serial, new.kind) == (award.number, "王小明", 2, "correction")
    assert seen(office, new, TODAY) == []
    assert seen(office, old, TODAY) == [("status", "replaced")]
    assert Document.objects.get(instance=old).body == old_body
    told = orjson.loads(new.document.body)["credentialSubject"]
    assert told["licenseNumber"] == award.number
    assert "Document 2 of this award" in orjson.loads(new.document.body)["description"]
    assert told["activityEndDate"].startswith("2026-05-02")
    assert [r["value"] for r in told["result"]] == ["88.5", "60"]
    hashed = next(i for i in told["identifier"] if i["hashed"])
    expected = forms.identity_hash(river.resident_id(99), services.opening(new.pk.hex), hashed["salt"])
    assert hashed["identityHash"] == expected
    event = StatusEvent.objects.get()
    assert set(event.changes) == {"holder_name", "identity", "marks", "examined_on"}
    assert event.changes["holder_name"] == {"old": award.holder_name, "new": "王小明"}
    assert river.resident_id(99) not in str(event.changes)
    # The result stays as the file said it.
    assert Result.objects.get(pk=award.result_id).holder_name == award.holder_name


def test_the_public_finds_a_corrected_award_by_its_new_name_only(office: World, award: Award) -> None:
    services.correct(award, services.Correction(holder_name="王小明"), reason="wrong-name", **by(office))
    assert selectors.find(award.number, award.holder_name) is None
    found = selectors.find(award.number, "王小明")
    assert found is not None
    assert found.serial == 2


def test_a_second_correction_of_the_identity_opens_the_last_number(office: World, award: Award) -> None:
    for n in (98, 99):
        services.correct(
            award, services.Correction(id_number=river.resident_id(n)), reason="wrong-identity", **by(office)
        )
    assert deeds.identity_number(Award.objects.get(pk=award.pk)) == river.resident_id(99)
    first = StatusEvent.objects.order_by("at")[0].changes["identity"]
    assert identity.unseal(bytes.fromhex(first["sealed"]), bytes.fromhex(first["new"])) == river.resident_id(98)


def test_a_file_may_bring_another_award_to_a_person_under_the_corrected_name(office: World, award: Award) -> None:
    services.correct(award, services.Correction(holder_name="王小明"), reason="name-changed", **by(office))
    batch = river.bring_in(office, [river.row(0, 姓名="王小明", 职业="4-03-02-01")])
    assert batch.n_good == 1
    assert river.bring_in(office, [river.row(0, 职业="4-04-05-05")]).n_good == 0


@pytest.mark.parametrize(
    ("correction", "code"),
    [
        ({}, "nothing_to_correct"),
        ({"holder_name": river.name(0)}, "nothing_to_correct"),
        ({"holder_name": f" {river.name(0)} "}, "nothing_to_correct"),
        ({"id_number": river.resident_id(0)}, "nothing_to_correct"),
        ({"marks": {"theory": "60.0"}}, "nothing_to_correct"),
        ({"holder_name": ""}, "invalid_correction"),
        ({"holder_name": "王?明"}, "invalid_correction"),
        ({"holder_name": "王" * 101}, "invalid_correction"),
        ({"id_number": "110001196001010021"}, "invalid_correction"),
        ({"id_number": ""}, "invalid_correction"),
        ({"work_type": "焊\n工"}, "invalid_correction"),
        ({"examined_on": date(2026, 5, 21)}, "invalid_correction"),
        ({"marks": {"theory": "59.99"}}, "invalid_correction"),
        ({"marks": {"theory": "100.01"}}, "invalid_correction"),
        ({"marks": {"theory": "NaN"}}, "invalid_correction"),
        ({"marks": {"theory": "80.001"}}, "invalid_correction"),
        ({"marks": {"theory": "x"}}, "invalid_correction"),
        ({"marks": {"dance": "90"}}, "invalid_correction"),
    ],
)
def test_a_correction_that_cannot_stand_is_refused(office: World, award: Award, correction, code) -> None:
    with pytest.raises(Error) as refusal:
        services.correct(award, services.Correction(**correction), reason="wrong-content", **by(office))
    assert refusal.value.code == code
    assert (Instance.objects.count(), StatusEvent.objects.count()) == (2, 0)


def test_a_reissued_document_has_the_same_facts_a_new_serial_and_a_new_secret(office: World, award: Award) -> None:
    old = Instance.objects.get(award=award)
    new = services.reissue(award, reason="lost", **by(office))
    assert (new.award_id, new.serial, new.kind) == (award.pk, 2, "reissue")
    assert new.token != old.token
    assert seen(office, new, TODAY) == []
    assert seen(office, old, TODAY) == [("status", "replaced")]
    assert seen(office, old, day(-1)) == []
    before, after = (orjson.loads(Document.objects.get(instance=i).body)["credentialSubject"] for i in (old, new))
    for told in (before, after):
        for identifier in told["identifier"]:
            if identifier["hashed"]:
                identifier.pop("identityHash")
                identifier.pop("salt")
    assert before == after
    assert selectors.find(award.number, award.holder_name) == new
    assert services.reissue(award, reason="damaged", **by(office)).serial == 3


def test_a_new_document_tells_what_happened_to_the_award_before(office: World, award: Award) -> None:
    services.suspend(award, from_on=day(1), until_on=day(5), reason="complaint", **by(office))
    services.suspend(award, from_on=day(20), reason="complaint", **by(office))
    services.reinstate(award, from_on=day(25), reason="cleared", **by(office))
    new = services.reissue(award, reason="lost", **by(office, now=NOW + timedelta(days=30)))
    for n, expected in ((3, [("status", "suspended")]), (8, []), (22, [("status", "suspended")]), (25, [])):
        assert seen(office, new, day(n)) == expected
        assert (selectors.state_on(award, day(n)).state is State.SUSPENDED) is bool(expected)


def test_a_suspended_award_can_be_reissued_and_stays_suspended(office: World, award: Award) -> None:
    services.suspend(award, from_on=TODAY, reason="complaint", **by(office))
    new = services.reissue(award, reason="lost", **by(office))
    assert seen(office, new, TODAY) == [("status", "suspended")]


def test_a_correction_leaves_the_remark_and_no_secret_in_the_document(office: World, award: Award) -> None:
    new = services.correct(
        award, services.Correction(holder_name="王小明"), reason="wrong-name", note="私下说明", **by(office)
    )
    told = new.document.body.decode()
    assert "takes the place of document 1" in told
    assert "私下说明" not in told
    assert "wrong-name" not in told


# ── impossible days and words ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("deed", ["suspend", "revoke", "expire"])
def test_nothing_happens_before_the_issue(office: World, award: Award, deed: str) -> None:
    with pytest.raises(deeds.BeforeIssueError):
        getattr(services, deed)(award, from_on=ISSUED - timedelta(days=1), reason="other", **by(office))


def test_a_suspension_does_not_end_before_it_begins(office: World, award: Award) -> None:
    with pytest.raises(deeds.DatesOutOfOrderError):
        services.suspend(award, from_on=day(5), until_on=day(4), reason="other", **by(office))


@pytest.mark.parametrize("deed", [d for d in Deed if d is not Deed.CORRECT])
def test_each_deed_knows_its_reasons_and_no_others(office: World, award: Award, deed: Deed) -> None:
    assert all(set(words) == {"zh", "en"} for words in reasons.reasons(deed).values())
    more = {} if deed in (Deed.ANNUL, Deed.REISSUE) else {"from_on": day(1)}
    with pytest.raises(reasons.UnknownReasonError):
        getattr(services, deed.value)(award, reason="because", **more, **by(office))


def test_every_reason_can_stand_in_a_leaf() -> None:
    for deed in Deed:
        for code in reasons.reasons(deed):
            leaves.StatusLeaf(
                NOW, deed, "0" * 64, TODAY, code, None, "1" * 64 if deed in (Deed.CORRECT, Deed.REISSUE) else None
            )


def test_a_note_too_long_is_refused(office: World, award: Award) -> None:
    with pytest.raises(deeds.NoteTooLongError):
        services.annul(award, reason="other", note="x" * 501, **by(office))


def test_an_award_that_is_not_signed_cannot_be_changed(office: World) -> None:
    batch = river.bring_in(office, river.rows(1), issue=False)
    services.prepare(batch, now=NOW)
    with pytest.raises(services.NotIssuedError):
        services.annul(Award.objects.get(), reason="other", **by(office))


def test_two_deeds_never_have_the_same_moment(office: World, award: Award) -> None:
    services.suspend(award, from_on=day(1), until_on=day(2), reason="other", **by(office))
    services.suspend(award, from_on=day(5), reason="other", **by(office, now=NOW - timedelta(hours=3)))
    services.reinstate(award, from_on=day(6), reason="other", **by(office))
    moments = [event.at for event in selectors.history(award)]
    assert moments == sorted(set(moments))
    assert [event.deed for event in selectors.history(award)] == ["suspend", "suspend", "reinstate"]


def test_what_happened_can_be_neither_changed_nor_removed(office: World, award: Award) -> None:
    services.annul(award, reason="other", **by(office))
    for model, column in ((StatusEvent, "reason"), (EventLeaf, "leaf_id")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            model.objects.update(**{column: "lost" if column == "reason" else 0})
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            model.objects.all()._raw_delete("default")


# ── log and audit ────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_deed_is_a_leaf_that_names_its_document_and_nobody(office: World, award: Award, settings) -> None:
    services.suspend(award, from_on=day(1), until_on=day(9), reason="complaint", note="张三投诉", **by(office))
    services.correct(award, services.Correction(holder_name="王小明"), reason="wrong-name", **by(office))
    services.revoke(award, from_on=day(3), reason="misconduct", **by(office))
    told = [leaves.parse(bytes(b)) for b in Leaf.objects.order_by("index").values_list("body", flat=True)]
    status = [leaf for leaf in told if isinstance(leaf, leaves.StatusLeaf)]
    first, second = (d.sha256 for d in Document.objects.filter(instance__award=award).order_by("instance__serial"))
    assert [(leaf.deed.value, leaf.document, leaf.from_on, leaf.until_on, leaf.replaced_by) for leaf in status] == [
        ("suspend", first, day(1), day(9), None),
        ("correct", first, TODAY, None, second),
        ("suspend", second, day(1), day(9), None),
        ("revoke", second, day(3), None, None),
    ]
    report = river.audited(settings.LOG_DIR)
    assert report.findings == ()
    assert report.n_by_kind["status"] == 4
    written = b"".join(path.read_bytes() for path in Path(settings.LOG_DIR).rglob("*") if path.is_file())
    for secret in ("王小明", "张三", award.number, award.holder_name):
        assert secret.encode() not in written
    assert verify_audit_chain() == []


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────


def bits(settings: Any, purpose: str) -> set[int]:
    """Return the indices set in the published list."""
    credential = orjson.loads((Path(settings.STATUS_DIR) / f"national-centre-{purpose}-1.json").read_bytes())
    raw = statuslist.read_list(credential).raw
    return {index for index in range(len(raw) * 8) if raw[index >> 3] >> (7 - (index & 7)) & 1}


def test_the_lists_say_exactly_what_the_register_says(office: World, settings) -> None:
    river.bring_in(office, river.rows(7))
    awards = list(Award.objects.select_related("issuer__organisation").order_by("number"))
    places = {i.award_id: i.status_index for i in Instance.objects.all()}
    services.suspend(awards[0], from_on=day(0), reason="other", **by(office))
    services.suspend(awards[1], from_on=day(5), reason="other", **by(office))
    services.revoke(awards[2], from_on=day(5), reason="other", **by(office))
    services.annul(awards[3], reason="other", **by(office))
    services.reissue(awards[4], reason="lost", **by(office))
    services.expire(awards[5], from_on=day(0), **by(office))
    at = {n: places[award.pk] for n, award in enumerate(awards)}
    assert bits(settings, "suspension") == {at[0], at[3], at[4], at[5]}
    assert bits(settings, "revocation") == {at[3], at[4], at[5]}
    services.publish_status_lists(NOW + timedelta(days=5))
    assert bits(settings, "suspension") == {at[0], at[1], at[2], at[3], at[4], at[5]}
    assert bits(settings, "revocation") == {at[2], at[3], at[4], at[5]}


def test_a_reinstatement_clears_what_was_suspended_and_never_what_has_ended(office: World, settings) -> None:
    river.bring_in(office, river.rows(2))
    awards = list(Award.objects.select_related("issuer__organisation").order_by("number"))
    places = {i.award_id: i.status_index for i in Instance.objects.all()}
    for award in awards:
        services.suspend(award, from_on=day(0), reason="other", **by(office))
    services.revoke(awards[1], from_on=day(0), reason="other", **by(office))
    both = {places[award.pk] for award in awards}
    assert bits(settings, "suspension") == both
    services.reinstate(awards[0], from_on=day(0), reason="other", **by(office))
    assert bits(settings, "suspension") == bits(settings, "revocation") == {places[awards[1].pk]}


def test_every_verifier_of_status_lists_refuses_what_is_not_to_be_accepted(office: World) -> None:
    """A reader that knows the W3C specification, and nothing of this register, reads only what the certificate names."""
    river.bring_in(office, river.rows(5))
    awards = list(Award.objects.select_related("issuer__organisation").order_by("number"))
    services.suspend(awards[0], from_on=day(0), reason="other", **by(office))
    services.revoke(awards[1], from_on=day(0), reason="other", **by(office))
    services.annul(awards[2], reason="other", **by(office))
    services.expire(awards[3], from_on=day(0), **by(office))
    answers = {}
    for instance in Instance.objects.select_related("document", "award").order_by("award__number"):
        bundle = services.bundle(instance)
        entry = statuslist.read_entry(bundle["credential"]["credentialStatus"])
        named = next(one for one in bundle["statusLists"] if one["id"] == entry.list_url)
        read = statuslist.read_status(
            entry, statuslist.read_list(named), issuers={bundle["credential"]["issuer"]["id"]}, now=NOW
        )
        ours = river.verified(office, instance).check("status").code
        answers[instance.award.number] = (read.stands, ours)
    assert list(answers.values()) == [
        (False, "suspended"), (False, "revoked"), (False, "annulled"), (False, "expired"), (True, "in_force"),
    ]  # fmt: skip


def test_a_list_is_signed_by_its_own_issuer_and_kept(office: World, award: Award, settings) -> None:
    from guildhall.core import proofs

    for kept in ListCredential.objects.all():
        credential = orjson.loads(bytes(kept.body))
        assert credential["issuer"] == office.national.did
        key = office.signers[f"{office.national.did}#key-1"].public_key
        answers = proofs.check_proofs(credential, {f"{office.national.did}#key-1": key}.get, now=NOW)
        assert proofs.all_ok(answers)
        assert (Path(settings.STATUS_DIR) / f"{kept.name}.json").read_bytes() == bytes(kept.body)
        assert credential["id"] == f"http://register.test/status/{kept.name}.json"


def test_lists_are_signed_anew_when_changed_or_no_longer_fresh_and_else_left_alone(office: World, award: Award) -> None:
    assert services.publish_status_lists(NOW + timedelta(hours=1)) == 0
    assert services.publish_status_lists(NOW + timedelta(days=1)) == 2
    later = NOW + timedelta(days=1, hours=1)
    services.suspend(award, from_on=TODAY + timedelta(days=1), reason="other", **by(office, now=later))
    signed = dict(ListCredential.objects.values_list("purpose", "signed_at"))
    assert signed["suspension"] == later
    assert signed["revocation"] == NOW + timedelta(days=1)
    services.revoke(award, reason="other", **by(office, now=later + timedelta(hours=1)))
    assert len(set(ListCredential.objects.values_list("signed_at", flat=True))) == 2


def test_a_lost_list_file_comes_back(office: World, award: Award, settings) -> None:
    file = Path(settings.STATUS_DIR) / "national-centre-revocation-1.json"
    kept = file.read_bytes()
    file.unlink()
    assert services.publish_status_lists(NOW) == 1
    assert file.read_bytes() == kept
