"""Prepare, sign, publish: what is stored when, and that doing it again changes nothing."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import verify_audit_chain
from guildhall.assessment import award_keys
from guildhall.assessment.models import Batch, Result
from guildhall.core import leaves, merkle, tiles
from guildhall.core.canonical import jcs
from guildhall.core.checkpoint import Checkpoint as Head
from guildhall.core.checkpoint import open_checkpoint
from guildhall.core.errors import ForbiddenError
from guildhall.credentials import issuing, places, plates, selectors, services, signing, work
from guildhall.credentials.keys import KeyMismatchError
from guildhall.credentials.models import (
    AccreditationStatement,
    Award,
    Document,
    Form,
    Instance,
    ListCredential,
    Plate,
    StatusList,
)
from guildhall.issuers.models import AccreditationEvent
from guildhall.issuers.services import add_key, end_key
from guildhall.tlog import keys
from guildhall.tlog import services as tlog
from guildhall.tlog.models import Checkpoint, Leaf, Log
from tests.apps import river
from tests.apps.river import together
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plates_from_the_first_document_on(monkeypatch):
    """A file of a few rows is to go the way that a file of many goes."""
    monkeypatch.setattr(signing, "WORTH_A_PLATE", 0)


def signer(office: World):
    return office.signers[f"{office.national.did}#key-1"]


def test_the_first_documents_of_a_form_are_signed_without_a_plate_and_alike(office: World, monkeypatch) -> None:
    monkeypatch.setattr(signing, "WORTH_A_PLATE", 2)
    batch = river.bring_in(office, river.rows(5))
    assert Document.objects.filter(plate=None).count() == 2
    for instance in Instance.objects.filter(award__batch=batch):
        assert river.failed(river.verified(office, instance)) == []


# ── what is stored when ──────────────────────────────────────────────────────────────────────────────────────────


def test_all_that_will_be_signed_is_stored_before_it_is_signed(office: World) -> None:
    batch = river.bring_in(office, river.rows(3), issue=False)
    services.prepare(batch, actor=office.li, now=NOW)
    assert (Award.objects.count(), Instance.objects.count(), Document.objects.count()) == (3, 3, 0)
    expected = {
        instance.pk: signing.Press(
            orjson.loads(instance.form.facts), signer(office), created=NOW, logged_at=NOW
        ).sign_the_long_way(instance.pk.hex, orjson.loads(instance.facts))
        for instance in Instance.objects.select_related("form")
    }
    # Signed two days later, the documents are what was stored, with the stored time.
    services.sign(batch, actor=office.li, now=NOW + timedelta(days=2))
    assert {document.pk: document.body for document in Document.objects.all()} == expected


def test_an_award_counts_as_issued_once_a_checkpoint_covers_its_leaf(office: World) -> None:
    batch = river.bring_in(office, river.rows(1), issue=False)
    services.prepare(batch, now=NOW)
    services.sign(batch, now=NOW)
    award = Award.objects.get()
    assert selectors.find(award.number, award.holder_name) is None
    assert selectors.current_instance(award) is None
    with pytest.raises(services.NotIssuedError):
        services.bundle(Instance.objects.get())
    services.issue(batch, actor=office.li, now=NOW)
    assert selectors.find(award.number, award.holder_name) == Instance.objects.get()


def test_statements_of_the_filing_come_before_the_awards_that_rest_on_it(office: World) -> None:
    river.bring_in(office, river.rows(3))
    last_statement = max(AccreditationStatement.objects.values_list("leaf", flat=True))
    assert last_statement < min(Document.objects.values_list("leaf", flat=True))


def test_each_stage_leaves_one_audit_row_and_the_chain_holds(office: World) -> None:
    batch = river.bring_in(office, river.rows(5))
    for _ in range(2):
        services.prepare(batch, now=NOW)
        services.sign(batch, now=NOW)
        services.issue(batch, actor=office.li, now=NOW)
    deeds = AuditEntry.objects.filter(subject=str(batch.pk)).values_list("deed", flat=True)
    assert Counter(deeds) == {"import": 1, "prepare": 1, "sign": 1, "publish": 1}
    assert verify_audit_chain() == []


def test_stages_in_chunks_give_what_one_stroke_gives(office: World, monkeypatch) -> None:
    monkeypatch.setattr(issuing, "CHUNK", 3)
    batch = river.bring_in(office, river.rows(10))
    assert (batch.n_prepared, batch.n_signed, Document.objects.count()) == (10, 10, 10)
    places_in_order = Award.objects.order_by("result__place").values_list("instances__document__leaf", flat=True)
    assert list(places_in_order) == sorted(places_in_order)
    for instance in Instance.objects.all():
        assert river.failed(river.verified(office, instance)) == []


def test_progress_is_told_and_ends_at_the_end(office: World, monkeypatch) -> None:
    monkeypatch.setattr(issuing, "CHUNK", 2)
    batch = river.bring_in(office, river.rows(5), issue=False)
    seen: list[issuing.Progress] = []
    services.issue(batch, actor=office.li, now=NOW, on_progress=seen.append)
    assert [p.n_signed for p in seen] == sorted(p.n_signed for p in seen)
    assert seen[-1] == issuing.Progress(5, 5, 5, 5)
    assert all(p.n_issued == 0 for p in seen[:-1])


def test_counts_of_a_batch_are_what_the_rows_say(office: World, monkeypatch) -> None:
    monkeypatch.setattr(issuing, "CHUNK", 4)
    batch = river.bring_in(office, river.rows(6), issue=False)
    run = issuing._Work(Batch.objects.select_related("issuer__organisation").get(), office.li)
    for _ in range(3):
        run.step(NOW)
        batch.refresh_from_db()
        assert batch.n_prepared == Award.objects.count() == Instance.objects.count()
        assert batch.n_signed == Document.objects.count()


@pytest.mark.parametrize("person", ["chen", "wang", "zhou", "nobody"])
def test_only_the_issuers_own_officer_issues(office: World, person: str) -> None:
    batch = river.bring_in(office, river.rows(1), issue=False)
    for service in (services.prepare, services.sign, services.issue):
        with pytest.raises(ForbiddenError):
            service(batch, actor=getattr(office, person), now=NOW)
    assert Award.objects.count() == 0


def test_a_batch_of_several_occupations_and_levels_verifies(office: World) -> None:
    rows = [
        river.row(1),
        river.row(2, 职业="4-03-02-01 中式烹调师", 级别="3"),
        river.row(3, 级别="1", 综合评审="77.5", 考点="01"),
        river.row(4, 考试日期=""),
        river.row(5, 姓名='引号"与\\斜线𠮷', 职业="4-10-01-05", 工种="社区助老员") | {"姓名": "𠮷野𬎆"},
    ]
    river.bring_in(office, rows)
    for instance in Instance.objects.all():
        report = river.verified(office, instance)
        assert river.failed(report) == []
    assert Plate.objects.count() == 5


def test_a_scheme_with_a_term_gives_certificates_that_end(office: World) -> None:
    from guildhall.schemes.models import Scheme

    Scheme.objects.filter(code="pcc").update(validity_months=36)
    river.bring_in(office, river.rows(2))
    award = Award.objects.first()
    assert award is not None
    assert award.valid_until.isoformat() == "2029-05-19"
    instance = Instance.objects.get(award=award)
    assert river.failed(river.verified(office, instance, at=award.valid_until)) == []
    after = river.verified(office, instance, at=award.valid_until + timedelta(days=1))
    assert river.failed(after) == [("dates", "expired")]


def test_the_bundle_verifies_when_issuer_site_and_register_are_gone(office: World, tmp_path: Path) -> None:
    river.bring_in(office, river.rows(2))
    instance = Instance.objects.select_related("document", "award__accreditation").first()
    assert instance is not None
    kept = json.dumps(services.bundle(instance)).encode()
    held = river.trust(office)
    shutil.rmtree(tmp_path / "log")
    from guildhall.core.verify import verify

    assert verify(kept, trust=held, now=NOW + timedelta(days=9000)).valid


def test_a_bundle_tells_no_digit_of_the_identity_number(office: World) -> None:
    river.bring_in(office, [river.row(4)])
    told = json.dumps(services.bundle(Instance.objects.select_related("document").get()))
    number = river.resident_id(4)
    assert not any(number[at : at + 6] in told for at in range(len(number) - 5))


def test_the_holder_can_open_the_identity_hash_and_nobody_else_can(office: World) -> None:
    river.bring_in(office, [river.row(4)])
    instance = Instance.objects.select_related("document").get()
    subject = orjson.loads(instance.document.body)["credentialSubject"]
    hashed = next(i for i in subject["identifier"] if i["hashed"])
    opening = services.opening(instance.pk.hex)
    # Open Badges 3.0, IdentityObject: sha256 over identity and salt
    plain = f"{river.resident_id(4)}#{opening}{hashed['salt']}"
    assert hashed["identityHash"] == "sha256$" + hashlib.sha256(plain.encode()).hexdigest()
    without = f"{river.resident_id(4)}{hashed['salt']}"
    assert hashed["identityHash"] != "sha256$" + hashlib.sha256(without.encode()).hexdigest()
    assert len(opening) == 32


def test_a_worker_who_comes_late_writes_nothing(office: World) -> None:
    batch = river.bring_in(office, river.rows(3), issue=False)
    services.prepare(batch, now=NOW)
    first, second = (issuing._Work(Batch.objects.select_related("issuer__organisation").get(), office.li) for _ in "ab")
    drafts = second.stored_drafts()
    assert drafts is not None
    assert first.sign(drafts, NOW) == 3
    n_leaves = Leaf.objects.count()
    assert second.sign(drafts, NOW) == 0
    assert (Document.objects.count(), Leaf.objects.count()) == (3, n_leaves)


# ── the press ────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
TEXTS = st.text(st.sampled_from('ABC019-·"\\\u00a0𠮷'), min_size=1, max_size=8)


@pytest.fixture
def prepared(office: World) -> tuple[World, Instance]:
    batch = river.bring_in(office, river.rows(1), issue=False)
    services.prepare(batch, now=NOW)
    return office, Instance.objects.select_related("form").get()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    holder=NAMES, number=TEXTS, mark=st.decimals(0, 100, places=2), index=st.integers(0, 131_071), until=st.booleans()
)
@example(holder="{mark number}", number="{mark salt}", mark="60", index=0, until=True)
@example(holder="\u0000\u001f\u007f\u2028", number="S", mark="1", index=99_999_917 % 131_072, until=False)
def test_the_press_signs_exactly_what_the_long_way_signs(prepared, *, holder, number, mark, index, until) -> None:
    office, instance = prepared
    own = orjson.loads(instance.facts) | {
        "holder": holder, "number": number, "marks": [str(mark), "60"], "index": index,
        "valid_until": "2031-01-01" if until else None,
    }  # fmt: skip
    press = signing.Press(orjson.loads(instance.form.facts), signer(office), created=NOW, logged_at=NOW)
    by_press = press.sign(instance.pk.hex, orjson.dumps(own))
    (plate,) = press.plates().values()
    assert by_press.plate is not None
    long_way = press.sign_the_long_way(instance.pk.hex, own)
    assert plates.document(plate, by_press.own) == long_way
    assert by_press.digest == hashlib.sha256(long_way).hexdigest()
    assert leaves.parse(by_press.leaf).document == by_press.digest


def test_a_form_that_contains_a_mark_by_itself_is_signed_the_long_way(prepared) -> None:
    office, instance = prepared
    form = orjson.loads(instance.form.facts) | {"certificate_name": {"zh": "{mark number}", "en": "x"}}
    press = signing.Press(form, signer(office), created=NOW, logged_at=NOW)
    signed = press.sign(instance.pk.hex, instance.facts.encode())
    assert signed.plate is None
    assert signed.own == press.sign_the_long_way(instance.pk.hex, orjson.loads(instance.facts))
    assert press.plates() == {}


def test_a_stored_document_is_canonical_and_its_hash_is_in_the_log(office: World) -> None:
    river.bring_in(office, river.rows(3))
    for document in Document.objects.all():
        assert jcs.canonical(orjson.loads(document.body)) == document.body
        assert hashlib.sha256(document.body).hexdigest() == document.sha256
        leaf = leaves.parse(bytes(Leaf.objects.get(pk=document.leaf_id).body))
        assert isinstance(leaf, leaves.AwardLeaf)
        assert (leaf.document, leaf.issuer, leaf.filing) == (
            document.sha256, office.national.did, "PCC-2025-0001",
        )  # fmt: skip


def test_signing_twice_gives_the_same_credential(office: World) -> None:
    batch = river.bring_in(office, river.rows(2), issue=False)
    services.prepare(batch, now=NOW)
    bodies = []
    for _ in range(2):
        with transaction.atomic():
            services.sign(batch, now=NOW + timedelta(hours=len(bodies)))
            bodies.append(sorted(document.body for document in Document.objects.all()))
            transaction.set_rollback(True)
    assert bodies[0] == bodies[1]


def test_a_key_that_is_not_the_published_one_signs_nothing(office: World) -> None:
    from guildhall.issuers.models import IssuerKey

    key = IssuerKey.objects.get(organisation=office.national.organisation)
    end_key(key, ends_at=NOW - timedelta(days=1), actor=office.wang, now=NOW)
    other = f"{office.national.did}#key-2"
    keys.signer(other)
    foreign = office.signers[f"{office.guangdong.did}#key-1"].public_key.multibase
    add_key(
        office.national.organisation, other, multibase=foreign, starts_at=NOW - timedelta(days=1),
        actor=office.wang, now=NOW,
    )  # fmt: skip
    batch = river.bring_in(office, river.rows(1), issue=False)
    with pytest.raises(KeyMismatchError):
        services.issue(batch, actor=office.li, now=NOW)
    assert Document.objects.count() == 0


def test_awards_signed_by_a_new_key_and_by_the_old_one_both_verify(office: World) -> None:
    river.bring_in(office, river.rows(1))
    old = Instance.objects.get()
    from guildhall.issuers.models import IssuerKey

    later = NOW + timedelta(days=10)
    end_key(IssuerKey.objects.get(pk=f"{office.national.did}#key-1"), ends_at=later, actor=office.wang, now=later)
    fresh = services.provide_key(office.national.organisation, office.national.did, actor=office.wang, now=later)
    assert fresh.key_id == f"{office.national.did}#key-2"
    n_before = AccreditationStatement.objects.count()
    river.bring_in(office, river.rows(1, 50), now=later)
    assert AccreditationStatement.objects.count() == n_before + 1
    for instance in Instance.objects.all():
        report = river.verified(office, instance, now=later)
        assert river.failed(report) == []
    methods = {orjson.loads(d.body)["proof"][0]["verificationMethod"].partition("#")[2] for d in Document.objects.all()}
    assert methods == {"key-1", "key-2"}
    assert old.document.leaf_id < n_before + 2


def test_an_issuer_of_this_site_without_a_key_gets_one_with_its_first_award(office: World) -> None:
    from datetime import date

    from guildhall.issuers.models import IssuerKey
    from guildhall.issuers.services import accredit, register_issuer

    parts = {"A": {"body": "S", "institution": "0002", "province": "33", "site": "000001"}}
    by = {"actor": office.wang, "now": NOW}
    fresh = register_issuer("fresh", name={"zh": "新中心"}, region="330000", number_parts=parts, **by)
    accredit(
        fresh, "PCC-2026-0099", scheme=office.pcc, occupations=["6-31-01-03"], levels=["4"], regions=["330000"],
        starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 1), **by,
    )  # fmt: skip
    batch = river.bring_in(office, river.rows(2), issuer=fresh)
    assert IssuerKey.objects.get(organisation=fresh.organisation).key_id == f"{fresh.did}#key-1"
    for instance in Instance.objects.filter(award__batch=batch):
        assert river.failed(river.verified(office, instance)) == []


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_published_log_is_what_its_leaves_make(office: World, settings) -> None:
    river.bring_in(office, river.rows(5))
    river.bring_in(office, river.rows(300, 50))
    bodies = [bytes(body) for body in Leaf.objects.order_by("index").values_list("body", flat=True)]
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(len(bodies)))
    latest = tlog.latest_checkpoint()
    assert latest is not None
    head = open_checkpoint(latest.note.encode(), [keys.verifier_key()]).checkpoint
    # RFC 9162, section 2.1.1, from the leaves alone
    assert head == Head(settings.LOG_ORIGIN, len(bodies), merkle.root(merkle.leaf_hashes(bodies)))
    assert (settings.LOG_DIR / "checkpoint").read_bytes() == latest.note.encode()


def test_the_auditor_from_outside_finds_nothing_and_the_log_only_grew(office: World, settings) -> None:
    for n in (1, 3, 260, 2):
        river.bring_in(office, river.rows(n, n * 1000))
    report = river.audited(settings.LOG_DIR)
    assert (report.findings, report.n_beyond, report.n_by_scheme) == ((), 0, {"pcc": 266})
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", "root"))
    tree = merkle.Tree(
        merkle.leaf_hashes(bytes(b) for b in Leaf.objects.order_by("index").values_list("body", flat=True))
    )
    assert [(size, tree.head(size).hex()) for size, _ in sizes] == sizes


def test_every_leaf_can_be_shown_to_be_in_the_log(office: World) -> None:
    river.bring_in(office, river.rows(20))
    published = tlog.Published.load()
    root = bytes.fromhex(published.checkpoint.root)
    for index in range(published.checkpoint.size):
        found = published.inclusion(index)
        merkle.check_inclusion(merkle.leaf_hash(found.leaf), index, found.size, found.path, root)
    with pytest.raises(tlog.LeafNotPublishedError):
        published.inclusion(published.checkpoint.size)


def test_publishing_nothing_new_changes_nothing(office: World, settings) -> None:
    river.bring_in(office, river.rows(2))
    before = {path: path.stat().st_mtime_ns for path in Path(settings.LOG_DIR).rglob("*") if path.is_file()}
    assert tlog.publish(NOW + timedelta(days=3)) == tlog.latest_checkpoint()
    assert Checkpoint.objects.count() == 1
    assert {path: path.stat().st_mtime_ns for path in Path(settings.LOG_DIR).rglob("*") if path.is_file()} == before


def test_an_empty_log_is_not_published(office: World, settings) -> None:
    assert tlog.publish(NOW) is None
    assert not (settings.LOG_DIR / "checkpoint").exists()


def test_a_lost_checkpoint_file_comes_back(office: World, settings) -> None:
    river.bring_in(office, river.rows(2))
    kept = (settings.LOG_DIR / "checkpoint").read_bytes()
    (settings.LOG_DIR / "checkpoint").unlink()
    tlog.publish(NOW)
    assert (settings.LOG_DIR / "checkpoint").read_bytes() == kept


@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_nothing_is_signed_over_a_damaged_tile_and_the_register_mends_it(office: World, settings, damage) -> None:
    river.bring_in(office, river.rows(4))
    (tile,) = Path(settings.LOG_DIR).glob("tile/0/000.p/*")
    if damage == "changed":
        tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    elif damage == "cut":
        tile.write_bytes(tile.read_bytes()[:-1])
    else:
        tile.unlink()
    batch = river.bring_in(office, river.rows(1, 50), issue=False)
    with pytest.raises(tlog.LogDamagedError):
        services.issue(batch, actor=office.li, now=NOW)
    tlog.rebuild(Path(settings.LOG_DIR))
    assert services.issue(batch, actor=office.li, now=NOW).issued_at is not None
    assert river.audited(settings.LOG_DIR).findings == ()


def test_rebuilding_writes_the_same_files(office: World, settings, tmp_path: Path) -> None:
    for n in (3, 270):
        river.bring_in(office, river.rows(n, n * 100))
    tlog.rebuild(tmp_path / "anew")
    for path in (tmp_path / "anew").rglob("*"):
        if path.is_file():
            assert (settings.LOG_DIR / path.relative_to(tmp_path / "anew")).read_bytes() == path.read_bytes()


def test_partial_tiles_go_when_their_full_tile_is_public(office: World, settings) -> None:
    river.bring_in(office, river.rows(10))
    assert list(Path(settings.LOG_DIR).glob("tile/0/000.p/*"))
    river.bring_in(office, river.rows(300, 50))
    assert not Path(settings.LOG_DIR / "tile/0/000.p").exists()
    assert not Path(settings.LOG_DIR / "tile/entries/000.p").exists()
    assert (settings.LOG_DIR / "tile/0/000").stat().st_size == 256 * 32


def test_a_log_whose_key_is_lost_is_not_gone_on_with_under_another(office: World, settings, tmp_path: Path) -> None:
    river.bring_in(office, river.rows(1))
    settings.KEYSTORE_PATH = tmp_path / "another" / "keys"
    with pytest.raises(keys.LogKeyLostError):
        keys.verifier_key()
    published = Log.objects.get().published_size
    with transaction.atomic():
        tlog.append([b"{}"])
    with pytest.raises(keys.LogKeyLostError):
        tlog.publish(NOW)
    assert Log.objects.get().published_size == published


def test_a_log_begun_under_another_name_is_not_gone_on_with(office: World, settings) -> None:
    river.bring_in(office, river.rows(1))
    settings.LOG_ORIGIN = "elsewhere.test/log"
    with pytest.raises(tlog.LogOriginError):
        tlog.publish(NOW)
    with pytest.raises(tlog.LogOriginError), transaction.atomic():
        tlog.append([b"{}"])


def test_a_leaf_rolled_back_leaves_no_gap(office: World) -> None:
    with transaction.atomic():
        assert tlog.append([b"a", b"b"]) == 0
        transaction.set_rollback(True)
    with transaction.atomic():
        assert tlog.append([b"c"]) == 0
        assert tlog.append([b"d", b"e"]) == 1
    assert Log.objects.get().size == 3


@pytest.mark.django_db(transaction=True)
def test_leaves_appended_at_once_stand_side_by_side(office: World) -> None:
    def append(writer: int) -> None:
        for n in range(10):
            with transaction.atomic():
                tlog.append([b"%d %d %d" % (writer, n, at) for at in range(3)])

    outcomes = together([lambda writer=writer: append(writer) for writer in range(6)])
    assert outcomes == [None] * 6
    bodies = [bytes(body) for body in Leaf.objects.order_by("index").values_list("body", flat=True)]
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(180))
    for at in range(0, 180, 3):
        writer, n, _ = bodies[at].split()
        assert bodies[at : at + 3] == [b"%s %s %d" % (writer, n, k) for k in range(3)]


def test_a_publisher_who_comes_late_lets_the_other_ones_checkpoint_stand(office: World, settings) -> None:
    with transaction.atomic():
        tlog.append([b"a", b"b"])
    stale = tlog._grow(Path(settings.LOG_DIR), tiles.Edge(), 2)
    with transaction.atomic():
        tlog.append([b"c"])
    ahead = tlog.publish(NOW)
    assert ahead is not None
    assert tlog._put_checkpoint(Path(settings.LOG_DIR), 0, stale, NOW) == ahead
    assert (Checkpoint.objects.count(), Log.objects.get().published_size) == (1, 3)
    assert (settings.LOG_DIR / "checkpoint").read_bytes() == ahead.note.encode()


@pytest.mark.django_db(transaction=True)
def test_publishers_at_once_agree_on_one_history(office: World, settings) -> None:
    batch = river.bring_in(office, river.rows(3), issue=False)
    services.prepare(batch, now=NOW)
    services.sign(batch, now=NOW)

    def grow_and_publish(writer: int) -> None:
        for n in range(6):
            with transaction.atomic():
                first = tlog.append([b'{"writer":%d,"n":%d}' % (writer, n)] * 40)
            latest = tlog.publish(NOW)
            assert latest is not None
            assert latest.size >= first + 40
            # A log never goes back: whoever asks later sees at least as much.
            assert Log.objects.get().published_size >= latest.size

    assert together([lambda writer=writer: grow_and_publish(writer) for writer in range(4)]) == [None] * 4
    tlog.publish(NOW)
    bodies = [bytes(body) for body in Leaf.objects.order_by("index").values_list("body", flat=True)]
    tree = merkle.Tree(merkle.leaf_hashes(bodies))
    for size, root in Checkpoint.objects.values_list("size", "root"):
        assert tree.head(size).hex() == root
    found = {f.code for f in river.audited(settings.LOG_DIR).findings}
    # The leaves of this test are none of the register's; nothing else may be wrong.
    assert found <= {"malformed_leaf"}


def test_the_log_knows_no_learner(office: World, settings) -> None:
    river.bring_in(office, river.rows(3))
    told = b"".join(path.read_bytes() for path in Path(settings.LOG_DIR).rglob("*") if path.is_file())
    for award in Award.objects.all():
        assert award.number.encode() not in told
        assert award.holder_name.encode() not in told
        assert award.holder_name not in told.decode("utf-8", "replace")
    for n in range(3):
        assert river.resident_id(n).encode() not in told


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_event_of_every_filing_is_attested_once(office: World) -> None:
    assert services.attest(NOW) == AccreditationEvent.objects.count() == 7
    assert services.attest(NOW + timedelta(days=1)) == 0
    for statement in AccreditationStatement.objects.select_related("event"):
        leaf = leaves.parse(bytes(Leaf.objects.get(pk=statement.leaf_id).body))
        assert isinstance(leaf, leaves.AccreditationLeaf)
        assert (leaf.deed.value, leaf.document) == (statement.event.deed, statement.sha256)
        event, filing = statement.event, statement.accreditation
        assert (leaf.from_on, leaf.until_on, leaf.scheme) == (event.from_on, event.until_on, filing.scheme_id)
        assert hashlib.sha256(bytes(statement.body)).hexdigest() == statement.sha256


def test_a_statement_says_what_was_so_after_its_event_and_not_what_came_later(office: World) -> None:
    services.attest(NOW)
    told = {
        statement.event.deed: orjson.loads(bytes(statement.body))["credentialSubject"]["accreditation"]
        for statement in AccreditationStatement.objects.filter(accreditation__filing="VQC-44-0002")
    }
    assert "suspensions" not in told["accredit"]
    assert told["suspend"]["suspensions"] == [{"from": "2026-03-01"}]


def test_a_filing_is_stated_anew_when_its_issuer_closes(office: World) -> None:
    from guildhall.issuers.services import close_issuer

    services.attest(NOW)
    close_issuer(office.national, last_day=NOW.date() + timedelta(days=30), actor=office.wang, now=NOW)
    assert services.attest(NOW, issuer=office.national) == 1
    latest = AccreditationStatement.objects.filter(accreditation__issuer=office.national).order_by("-leaf").first()
    assert latest is not None
    assert orjson.loads(bytes(latest.body))["credentialSubject"]["accreditation"]["endsOn"] == "2026-07-01"


# ── places in the lists ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_places_of_a_list_are_all_its_places_in_no_visible_order() -> None:
    first, other = award_keys.award_id("x", "1"), award_keys.award_id("x", "2")
    indices = places.permuted(first, range(StatusList.PLACES))
    assert sorted(indices) == list(range(StatusList.PLACES))
    # Of 131,071 neighbours a random order has about two that stay neighbours on each side.
    near = sum(abs(a - b) == 1 for a, b in itertools.pairwise(indices))
    assert near < 20
    assert places.permuted(other, range(8)) != indices[:8]
    assert places.permuted(first, range(100, 105)) == indices[100:105]


def test_a_full_list_is_followed_by_the_next_one(office: World) -> None:
    river.bring_in(office, river.rows(1))
    StatusList.objects.update(n_used=StatusList.PLACES - 2)
    river.bring_in(office, river.rows(5, 50))
    assert list(StatusList.objects.order_by("ordinal").values_list("ordinal", "n_used")) == [(1, 131_072), (2, 3)]
    names = sorted(ListCredential.objects.values_list("name", flat=True))
    assert names == [f"national-centre-{purpose}-{n}" for purpose in ("revocation", "suspension") for n in (1, 2)]
    for instance in Instance.objects.all():
        assert river.failed(river.verified(office, instance)) == []


# ── work ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_worker_finishes_what_was_begun_and_then_has_nothing_to_do(office: World) -> None:
    for at in range(3):
        river.bring_in(office, river.rows(4, at * 100), issue=False)
    assert work.run_once(NOW) > 0
    assert Batch.objects.filter(issued_at=None).count() == 0
    assert Document.objects.count() == 12
    assert work.run_once(NOW) == 0


def test_a_batch_that_another_worker_holds_is_left_to_it(office: World, monkeypatch) -> None:
    from contextlib import contextmanager

    @contextmanager
    def held_elsewhere(_batch_id):
        yield False

    river.bring_in(office, river.rows(2), issue=False)
    monkeypatch.setattr(work, "lease", held_elsewhere)
    work.run_once(NOW)
    assert Award.objects.count() == 0


# ── append-only ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Result, "holder_name", "x"),
        (Batch, "n_good", 0),
        (Leaf, "body", b"x"),
        (Checkpoint, "note", "x"),
        (Form, "facts", "x"),
        (Plate, "text", "x"),
        (Instance, "facts", "x"),
        (Document, "own", b"x"),
        (AccreditationStatement, "body", b"x"),
        (Award, "number", "x"),
        (Award, "level", "1"),
        (StatusList, "ordinal", 9),
    ],
)
def test_what_is_recorded_cannot_be_changed_or_removed(office: World, model, column, value) -> None:
    river.bring_in(office, river.rows(2))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(**{column: value})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
