"""The register asks witnesses: real ones over HTTP, and some that are down, late, behind or lying."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from guildhall.cli import publish, work
from guildhall.cli.witness_memory import Memory
from guildhall.cli.witness_server import Server
from guildhall.core import audit, checkpoint, trust
from guildhall.core.checkpoint import COSIGNATURE, Checkpoint, VerifierKey, open_checkpoint
from guildhall.core.keys import SeedSigner
from guildhall.core.quorum import Quorum
from guildhall.core.trust import MalformedTrustError
from guildhall.core.verify import verify
from guildhall.credentials import checking, services
from guildhall.credentials.models import Award, Instance
from guildhall.tlog import cosigning, keys, posting
from guildhall.tlog import services as tlog
from guildhall.tlog.models import Cosignature
from tests.apps import river
from tests.unit.log import witnesses
from tests.unit.log.witnesses import ask, request
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

NAMES = ("witness.example/ann", "witness.example/bob", "witness.example/cai")
SIGNERS = {name: SeedSigner(name, bytes([0x50 + place]) * 32) for place, name in enumerate(NAMES)}
KEYS = {name: VerifierKey(name, signer.public_key, COSIGNATURE) for name, signer in SIGNERS.items()}


def clock() -> datetime:
    """The time as the witnesses have it."""
    return datetime.now(UTC)


class Town(NamedTuple):
    """Witnesses of which each serves on a port, and the file that names them for the register."""

    ports: dict[str, int]
    file: Path

    def name(self, settings: object, *who: str, quorum: int = 0, **also: str) -> None:
        """Tell the register whom to ask; ``also`` gives other addresses."""
        addresses = {name: also.get(name.rpartition("/")[2], f"http://127.0.0.1:{self.ports[name]}") for name in who}
        listed = [{"vkey": KEYS[name].text, "url": address} for name, address in addresses.items()]
        members = {"type": "GuildhallTrust", "version": 1, "witnesses": listed} | ({"quorum": quorum} if quorum else {})
        self.file.write_text(json.dumps(members))
        settings.WITNESSES = self.file  # type: ignore[attr-defined]


@contextlib.contextmanager
def running(server: HTTPServer) -> Iterator[int]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def town(office: World, tmp_path: Path) -> Iterator[Town]:
    with contextlib.ExitStack() as open_doors:
        ports = {}
        for name in NAMES:
            memory = Memory.open(tmp_path / name, KEYS[name], SIGNERS[name], [keys.verifier_key()], begin=True)
            ports[name] = open_doors.enter_context(running(Server("127.0.0.1", 0, memory)))
        yield Town(ports, tmp_path / "witnesses.json")


def codes(asked: Sequence[cosigning.Asked]) -> dict[str, str]:
    return {one.witness.rpartition("/")[2]: one.code for one in asked}


def published(settings: object) -> set[str]:
    """The witnesses whose cosignatures stand under the published checkpoint, all of which must hold."""
    note = (settings.LOG_DIR / "checkpoint").read_bytes()  # type: ignore[attr-defined]
    opened = open_checkpoint(note, [keys.verifier_key()])
    found = checkpoint.cosignatures(opened.note, list(KEYS.values()), now=clock())
    assert len(opened.note.signatures) == 1 + len(found)
    return {one.witness.rpartition("/")[2] for one in found}


# ── they cosign ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_witnesses_that_are_named_cosign_and_their_lines_are_published(office: World, town: Town, settings) -> None:
    river.bring_in(office, river.rows(3))
    town.name(settings, *NAMES[:2])
    assert codes(cosigning.cosign(clock())) == {"ann": "cosigned", "bob": "cosigned"}
    assert published(settings) == {"ann", "bob"}
    assert cosigning.cosign(clock()) == ()
    assert Cosignature.objects.count() == 2
    report = audit.replay(
        lambda path: (settings.LOG_DIR / path).read_bytes(),
        log_keys=[keys.verifier_key()],
        witness_keys=list(KEYS.values()),
        now=NOW + timedelta(days=3650),
    )
    assert (report.clean, len(report.witnesses)) == (True, 2)


def test_as_the_log_grows_they_are_given_the_proof_from_what_each_has_seen(office: World, town: Town, settings) -> None:
    town.name(settings, *NAMES[:2])
    for n in (1, 2, 270):
        river.bring_in(office, river.rows(n, n * 1000))
        assert published(settings) == set()
        assert set(codes(cosigning.cosign(clock())).values()) == {"cosigned"}
    # One that was away for a while, and one of whom the register knows nothing, which has been asked by others.
    latest = tlog.latest_checkpoint()
    assert latest is not None
    assert ask(town.ports[NAMES[2]], request({"checkpoint": latest.note.encode()})).status == 200
    river.bring_in(office, river.rows(5, 5000))
    town.name(settings, NAMES[0])
    cosigning.cosign(clock())
    river.bring_in(office, river.rows(6, 6000))
    town.name(settings, *NAMES)
    assert codes(cosigning.cosign(clock())) == dict.fromkeys(("ann", "bob", "cai"), "cosigned")
    assert published(settings) == {"ann", "bob", "cai"}


def test_publishing_and_rebuilding_keep_the_lines_of_the_witnesses(
    office: World, town: Town, settings, tmp_path
) -> None:
    river.bring_in(office, river.rows(3))
    town.name(settings, *NAMES[:2])
    cosigning.cosign(clock())
    kept = (settings.LOG_DIR / "checkpoint").read_bytes()
    (settings.LOG_DIR / "checkpoint").unlink()
    tlog.publish(clock())
    assert (settings.LOG_DIR / "checkpoint").read_bytes() == kept
    tlog.rebuild(tmp_path / "anew")
    assert (tmp_path / "anew" / "checkpoint").read_bytes() == kept


def test_a_real_witness_process_cosigns_what_the_register_publishes(office: World, settings, tmp_path: Path) -> None:
    name = NAMES[0]
    river.bring_in(office, river.rows(3))
    key = witnesses.make_key(tmp_path / "w", name)
    with witnesses.serving(tmp_path / "w", [keys.verifier_key()]) as (_, port):
        listed = [{"vkey": key.text, "url": f"http://127.0.0.1:{port}/"}]
        (tmp_path / "list").write_text(json.dumps({"type": "GuildhallTrust", "version": 1, "witnesses": listed}))
        settings.WITNESSES = tmp_path / "list"
        assert codes(cosigning.cosign(clock())) == {"ann": "cosigned"}
    opened = open_checkpoint((settings.LOG_DIR / "checkpoint").read_bytes(), [keys.verifier_key()])
    assert len(checkpoint.cosignatures(opened.note, [key], now=clock())) == 1


def test_nobody_is_asked_unless_named(office: World, town: Town, settings, monkeypatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("somebody was contacted")

    monkeypatch.setattr(cosigning, "post", never)
    river.bring_in(office, river.rows(1))
    assert settings.WITNESSES is None
    assert cosigning.cosign(clock()) == ()
    # A witness without an address is one for verifiers alone.
    listed = [{"vkey": KEYS[NAMES[0]].text}]
    town.file.write_text(json.dumps({"type": "GuildhallTrust", "version": 1, "witnesses": listed}))
    settings.WITNESSES = town.file
    assert cosigning.cosign(clock()) == ()


# ── they do not ──────────────────────────────────────────────────────────────────────────────────────────────────────

Reply = Callable[[BaseHTTPRequestHandler, bytes], None]


def replying(reply: Reply) -> HTTPServer:
    class Liar(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with contextlib.suppress(OSError):
                reply(self, body)

        def log_message(self, *_: object) -> None:
            pass

    return HTTPServer(("127.0.0.1", 0), Liar)


def says(status: int, body: bytes = b"", content_type: str = "text/plain", **headers: str) -> Reply:
    def reply(to: BaseHTTPRequestHandler, _: bytes) -> None:
        to.send_response(status)
        for header, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **headers}.items():
            to.send_header(header, value)
        to.end_headers()
        to.wfile.write(body)

    return reply


def size(n: int) -> Reply:
    return says(409, f"{n}\n".encode(), "text/x.tlog.size")


def of_another_checkpoint(to: BaseHTTPRequestHandler, _: bytes) -> None:
    note = checkpoint.sign(Checkpoint(keys.verifier_key().name, 1, bytes(32)), keys.log_signer())
    cosigned = checkpoint.cosign(note, NAMES[0], SIGNERS[NAMES[0]], now=clock())
    says(200, checkpoint.parse_note(cosigned).signatures[-1].line.encode())(to, b"")


def by_somebody_else(to: BaseHTTPRequestHandler, body: bytes) -> None:
    note = body.partition(b"\n\n")[2]
    cosigned = checkpoint.cosign(note, NAMES[1], SIGNERS[NAMES[1]], now=clock())
    says(200, checkpoint.parse_note(cosigned).signatures[-1].line.encode())(to, b"")


def drips(to: BaseHTTPRequestHandler, _: bytes) -> None:
    to.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        time.sleep(0.05)
        to.wfile.write(b"x")


def is_no_http(to: BaseHTTPRequestHandler, _: bytes) -> None:
    to.wfile.write(b"220 mail.example ready\r\n")


LIES: dict[str, tuple[Reply, str]] = {
    "another checkpoint's cosignature": (of_another_checkpoint, "bad_cosignature"),
    "somebody else's cosignature": (by_somebody_else, "no_cosignature"),
    "nothing": (says(200), "malformed_note"),
    "a page": (says(200, b"<html></html>\n"), "malformed_note"),
    "without end": (says(200, b"x" * 70_000), "too_large"),
    "a redirect": (says(307, b"", Location="http://127.0.0.1:9/"), "witness_refused"),
    "its own mistake": (says(500, b"oops"), "witness_refused"),
    "unknown log": (says(404), "witness_refused"),
    "a longer log": (size(1_000_000), "witness_ahead"),
    "always the same size": (size(1), "witness_refused"),
    "a size that is none": (says(409, b"all\n", "text/x.tlog.size"), "malformed_submission"),
    "a conflict without a size": (says(409, b"3\n"), "witness_refused"),
    "byte after byte": (drips, "witness_unreachable"),
    "another protocol": (is_no_http, "witness_unreachable"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_witness_that_lies_is_told_of_and_changes_nothing(
    office: World, town: Town, settings, monkeypatch, lie: str
) -> None:
    if lie == "byte after byte":
        # Long enough for the honest one on a busy machine, and shorter than the liar takes.
        monkeypatch.setattr(posting, "SECONDS", 1.5)
    river.bring_in(office, river.rows(2))
    reply, code = LIES[lie]
    with running(replying(reply)) as port:
        town.name(settings, NAMES[0], NAMES[2], ann=f"http://127.0.0.1:{port}/prefix/")
        began = time.monotonic()
        assert codes(cosigning.cosign(clock())) == {"ann": code, "cai": "cosigned"}
        assert time.monotonic() - began < 10
    assert published(settings) == {"cai"}


def test_a_witness_that_is_down_is_asked_again_and_the_others_are_not(
    office: World, town: Town, settings, monkeypatch
) -> None:
    river.bring_in(office, river.rows(2))
    town.name(settings, *NAMES[:2], ann="http://127.0.0.1:9/")
    assert codes(cosigning.cosign(clock())) == {"ann": "witness_unreachable", "bob": "cosigned"}
    assert codes(cosigning.cosign(clock())) == {"ann": "witness_unreachable"}
    town.name(settings, *NAMES[:2])
    assert codes(cosigning.cosign(clock())) == {"ann": "cosigned"}
    assert published(settings) == {"ann", "bob"}


def test_a_witness_that_has_seen_another_view_refuses_and_one_that_has_seen_more_is_told_of(
    office: World, town: Town, settings
) -> None:
    river.bring_in(office, river.rows(2))
    latest = tlog.latest_checkpoint()
    assert latest is not None
    name = keys.verifier_key().name
    for who, seen in ((NAMES[0], latest.size), (NAMES[1], latest.size + 7)):
        other = checkpoint.sign(Checkpoint(name, seen, b"\x07" * 32), keys.log_signer())
        assert ask(town.ports[who], request({"checkpoint": other})).status == 200
    town.name(settings, *NAMES)
    told = cosigning.cosign(clock())
    assert codes(told) == {"ann": "witness_refused", "bob": "witness_ahead", "cai": "cosigned"}
    assert "422 split_view" in told[0].detail
    assert str(latest.size + 7) in told[1].detail


@pytest.mark.parametrize("address", [
    "ftp://w.example", "https://", "w.example", "https://u:p@w.example", "https://w.example/?x", "https://w.example:x",
    "https://w.example:0", "https://w.example/a b", "https://w.example/é", "file:///etc/passwd",
])  # fmt: skip
def test_an_address_that_is_none_is_refused_before_anybody_is_asked(
    office: World, town: Town, settings, address
) -> None:
    river.bring_in(office, river.rows(1))
    town.name(settings, NAMES[0], ann=address)
    with pytest.raises(posting.WitnessAddressError):
        cosigning.cosign(clock())


def test_a_list_that_cannot_be_read_or_used_is_said(office: World, town: Town, settings, tmp_path: Path) -> None:
    river.bring_in(office, river.rows(1))
    settings.WITNESSES = tmp_path / "nowhere"
    with pytest.raises(cosigning.WitnessListError):
        cosigning.cosign(clock())
    town.name(settings, NAMES[0], quorum=2)
    with pytest.raises(MalformedTrustError):
        cosigning.cosign(clock())
    town.file.write_text("[]")
    with pytest.raises(MalformedTrustError):
        cosigning.cosign(clock())


# ── who demands them ─────────────────────────────────────────────────────────────────────────────────────────────────


def instance(n: int = 0) -> Instance:
    award = Award.objects.get(holder_name=river.name(n))
    return Instance.objects.select_related("document", "award__accreditation").get(award=award)


def bundle(n: int = 0) -> dict[str, object]:
    return services.bundle(instance(n))


def checked(world: World, made: dict[str, object], *quorums: Quorum) -> tuple[str, str]:
    """What the check of the log says to a verifier that demands these witnesses."""
    held = replace(
        river.trust(world),
        quorums={keys.verifier_key().name: quorums},
        witnesses=tuple(key.text for key in KEYS.values()),
    )
    report = verify(json.dumps(made).encode(), trust=held, now=NOW)
    found = next(check for check in report.checks if check.name == "log")
    assert {check.name for check in report.checks if check.outcome != "passed"} <= {"log"}
    return found.outcome, found.code


TEXTS = tuple(key.text for key in KEYS.values())


def test_a_verifier_that_demands_two_of_three_believes_two_and_not_one(office: World, town: Town, settings) -> None:
    river.bring_in(office, river.rows(1))
    assert checked(office, bundle()) == ("passed", "included")
    assert checked(office, bundle(), Quorum(2, TEXTS)) == ("failed", "too_few_witnesses")
    town.name(settings, NAMES[0])
    cosigning.cosign(clock())
    assert checked(office, bundle(), Quorum(2, TEXTS)) == ("failed", "too_few_witnesses")
    town.name(settings, *NAMES[:2])
    cosigning.cosign(clock())
    assert checked(office, bundle(), Quorum(2, TEXTS)) == ("passed", "included")
    assert checked(office, bundle(), Quorum(3, TEXTS)) == ("failed", "too_few_witnesses")
    assert checked(office, bundle(), Quorum(1, TEXTS[2:])) == ("failed", "too_few_witnesses")
    forged = bundle()
    lines = str(forged["checkpoint"]).splitlines(keepends=True)
    line = lines[-1][:-10] + ("A" if lines[-1][-10] != "A" else "B") + lines[-1][-9:]
    forged["checkpoint"] = "".join((*lines[:-1], line))
    assert checked(office, forged) == ("failed", "bad_cosignature")


def test_a_bundle_rests_on_a_checkpoint_with_enough_witnesses_unless_something_is_newer(
    office: World, town: Town, settings
) -> None:
    two = Quorum(2, TEXTS[:2])
    river.bring_in(office, river.rows(2))
    town.name(settings, *NAMES[:2], quorum=2)
    assert cosigning.witnessed() is None
    cosigning.cosign(clock())
    river.bring_in(office, river.rows(1, 5))
    first, newest = cosigning.witnessed(), tlog.Published.load()
    assert first is not None
    assert first.checkpoint.size < newest.checkpoint.size
    assert checked(office, bundle(0), two) == ("passed", "included")
    # Not cosigned yet: what is new is shown under the newest checkpoint all the same.
    assert checked(office, bundle(5), two) == ("failed", "too_few_witnesses")
    assert checked(office, bundle(5)) == ("passed", "included")
    services.revoke(instance(1).award, from_on=NOW.date(), reason="misconduct", actor=office.wang, now=NOW)
    tlog.publish(NOW)
    shown = bundle(1)
    assert len(shown["events"]) == 1
    assert shown["checkpoint"] == tlog.Published.load().note
    cosigning.cosign(clock())
    assert checked(office, bundle(5), two) == ("passed", "included")
    assert bundle(0)["checkpoint"] == bundle(5)["checkpoint"] == tlog.Published.load().note


def test_the_trust_list_of_the_register_names_witnesses_and_quorum_but_its_own_look_up_waits_for_nobody(
    office: World, town: Town, settings
) -> None:
    river.bring_in(office, river.rows(1))
    town.name(settings, *NAMES, quorum=2)
    listed = trust.parse(json.dumps(checking.own_trust().as_json()).encode())
    assert listed.quorums == {keys.verifier_key().name: (Quorum(2, TEXTS),)}
    assert set(listed.witnesses) == set(TEXTS)
    assert checking.held_trust().quorums == {}


def test_publish_says_of_each_witness_what_came_of_it_and_ends_well(office: World, town: Town, settings) -> None:
    river.bring_in(office, river.rows(1))
    town.name(settings, *NAMES[:2], ann="http://127.0.0.1:9/")
    answer = CliRunner().invoke(publish.app, ["--json"])
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)["witnesses"]
    assert {one["witness"]: one["code"] for one in told} == {
        NAMES[0]: "witness_unreachable",
        NAMES[1]: "cosigned",
    }
    answer = CliRunner().invoke(publish.app, [])
    assert answer.exit_code == 0
    assert f"witness {NAMES[0]} (witness_unreachable)" in answer.stderr


@pytest.mark.django_db(transaction=True)
def test_the_worker_asks_the_witnesses_too(office: World, town: Town, settings) -> None:
    river.bring_in(office, river.rows(1))
    town.name(settings, *NAMES[:2], ann="http://127.0.0.1:9/")
    answer = CliRunner().invoke(work.app, ["--once"])
    assert answer.exit_code == 0, answer.output
    assert f"witness {NAMES[1]}: cosigned at " in answer.stdout
    assert f"witness {NAMES[0]} (witness_unreachable)" in answer.stderr
    assert published(settings) == {"bob"}
