"""``guildhall audit`` and ``guildhall witness`` on real files."""

from __future__ import annotations

import json
import os
import shutil
import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guildhall import keystore
from guildhall.cli import audit, durable, log_files, witness
from guildhall.core import checkpoint
from guildhall.core.audit_report import FINDINGS, NOTICES
from guildhall.core.checkpoint import VerifierKey
from tests.unit.log.logs import (
    LOG_KEY,
    MALLORY,
    NATIONAL,
    NATIONAL_FILING,
    ORIGIN,
    WITNESS_NAME,
    Log,
    accredit,
    award,
    ordinary,
)

PASSPHRASE = "correct horse"
CHEAP = keystore.Cost(ops=1, memory=1 << 16)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a log of 300 leaves, a trust list that names its key, and no trust of the installation's own."""
    put(Log.of(ordinary(300), steps=(100,)), tmp_path / "log")
    trust = {"type": "GuildhallTrust", "version": 1, "logs": [{"origin": ORIGIN, "vkey": LOG_KEY.text}]}
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    monkeypatch.setenv("GUILDHALL_TRUST_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv(witness.PASSPHRASE, PASSPHRASE)
    return tmp_path


def put(log: Log, directory: Path) -> None:
    """Put the log, and nothing but the log, into the directory."""
    shutil.rmtree(directory, ignore_errors=True)
    for path, content in log.files.items():
        durable.replace(directory / path, content)


def run(app, *arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def run_audit(place: Path, *more: object):
    return run(audit.app, place / "log", "--trust", place / "trust.json", *more)


# ── audit ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_honest_log_gives_0_and_says_what_it_holds(place: Path):
    answer = run_audit(place)
    assert answer.exit_code == 0, answer.output
    assert f"{ORIGIN}: 300" in answer.stdout
    assert "passed: signed by the log" in answer.stdout
    assert "findings" in answer.stdout


def test_findings_give_1_and_are_named_with_their_place(place: Path):
    (place / "log" / "tile/0/000").unlink()
    answer = run_audit(place)
    assert answer.exit_code == 1
    assert "missing_file  tile/0/000" in answer.stdout


def test_a_log_whose_key_is_not_trusted_gives_2_and_says_how_to_trust_it(place: Path):
    answer = run(audit.app, place / "log")
    assert answer.exit_code == 2
    assert "--trust FILE" in answer.stderr


def test_findings_give_1_also_where_the_key_is_not_trusted(place: Path):
    (place / "log" / "tile/0/000").unlink()
    assert run(audit.app, place / "log").exit_code == 1


@pytest.mark.parametrize(
    "spoil", ["nothing_there", "no_trust_list", "broken_trust_list", "broken_checkpoint", "broken_memory"]
)
def test_what_cannot_be_audited_gives_2_and_a_code(place: Path, spoil: str):
    (place / "seen").write_text("junk" if spoil == "broken_memory" else "")
    if spoil == "nothing_there":
        (place / "log" / "checkpoint").unlink()
    elif spoil == "no_trust_list":
        (place / "trust.json").unlink()
    elif spoil == "broken_trust_list":
        (place / "trust.json").write_text("{}")
    elif spoil == "broken_checkpoint":
        (place / "log" / "checkpoint").write_text("junk")
    answer = run_audit(place, "--json", *(["--remember", place / "seen"] if spoil == "broken_memory" else []))
    assert answer.exit_code == 2
    report = json.loads(answer.stdout)
    assert report["clean"] is False
    assert report["error"]["code"] == {
        "nothing_there": "no_checkpoint", "no_trust_list": "file_unreadable", "broken_trust_list": "malformed_trust",
        "broken_checkpoint": "malformed_note", "broken_memory": "malformed_remembered_checkpoint",
    }[spoil]  # fmt: skip


def test_the_json_report_is_all_there_is_on_standard_output(place: Path):
    report = json.loads(run_audit(place, "--json").stdout)
    assert report["clean"] is True
    assert report["size"] == report["n_leaves"] == 300
    assert report["signature"] == "passed"


def test_the_checkpoint_is_remembered_only_when_nothing_was_found(place: Path):
    seen = place / "seen"
    assert run_audit(place, "--remember", seen).exit_code == 0
    first = seen.read_bytes()
    assert first == (place / "log" / "checkpoint").read_bytes()
    put(Log.of([*ordinary(299), *[award((index, "forked"), 400) for index in range(9)]]), place / "log")
    answer = run_audit(place, "--remember", seen)
    assert answer.exit_code == 1
    assert "split_view" in answer.stdout
    assert seen.read_bytes() == first
    put(Log.of(ordinary(400)), place / "log")
    assert run_audit(place, "--remember", seen).exit_code == 0
    assert seen.read_bytes() == (place / "log" / "checkpoint").read_bytes() != first


def test_without_a_trusted_key_nothing_is_remembered(place: Path):
    assert run(audit.app, place / "log", "--remember", place / "seen").exit_code == 2
    assert not (place / "seen").exists()


def test_a_log_taken_back_is_found_by_its_name(place: Path):
    assert run_audit(place, "--remember", place / "seen").exit_code == 0
    put(Log.of(ordinary(100)), place / "log")
    answer = run_audit(place, "--remember", place / "seen")
    assert answer.exit_code == 1
    assert "checkpoint_rolled_back" in answer.stdout


def test_the_report_can_be_read_in_chinese(place: Path):
    (place / "log" / "tile/0/000").unlink()
    answer = run_audit(place, "--lang", "zh")
    assert answer.exit_code == 1
    assert "缺少应有的文件" in answer.stdout
    assert run_audit(place, "--lang", "fr").exit_code == 2


def test_every_finding_has_a_meaning_in_chinese():
    assert set(audit._MEANINGS_ZH) == {*FINDINGS, *NOTICES}
    assert set(audit._WORDS["zh"]) == set(audit._WORDS["en"])


def test_a_pipe_or_directory_in_the_place_of_a_tile_is_a_missing_file(place: Path):
    for name, make in (("tile/0/000", os.mkfifo), ("tile/0/001.p/44", os.mkdir)):
        (place / "log" / name).unlink()
        make(place / "log" / name)
    answer = run_audit(place)
    assert answer.exit_code == 1
    assert "missing_file  tile/0/000" in answer.stdout
    assert "missing_file  tile/0/001.p/44" in answer.stdout


def test_a_file_without_end_is_not_read_to_the_end(place: Path):
    with (place / "log" / "tile/0/000").open("wb") as file:
        file.truncate(2 * log_files.MAX_FILE_BYTES)
    assert len(log_files.reader(place / "log")("tile/0/000")) == log_files.MAX_FILE_BYTES + 1
    assert "malformed_tile  tile/0/000" in run_audit(place).stdout


def test_a_writers_drafts_are_not_taken_for_published_files(place: Path):
    (place / "log" / ".checkpoint.new").write_text("x")
    (place / "log" / "tile/0/.draft").write_text("x")
    assert run_audit(place).exit_code == 0
    (place / "log" / "tile/0/notes.txt").write_text("x")
    assert run_audit(place).exit_code == 1


def test_two_mirrors_are_compared_and_the_one_that_differs_is_named(place: Path):
    put(Log.of(ordinary(300)), place / "same")
    put(Log.of(ordinary(600)), place / "ahead")
    (place / "behind").write_bytes(Log.of(ordinary(100)).files["checkpoint"])
    put(Log.of([*ordinary(299), award("another", 299)]), place / "forked")
    good = [option for name in ("same", "ahead", "behind") for option in ("--against", place / name)]
    answer = run_audit(place, *good)
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.count("the same log: ") == 3
    answer = run_audit(place, *good, "--against", place / "forked")
    assert answer.exit_code == 1
    assert f"split_view  {place / 'forked'}" in answer.stdout
    assert "ANOTHER HISTORY" in answer.stdout


def test_a_longer_checkpoint_without_its_tiles_gives_2_and_so_does_none(place: Path):
    (place / "alone").mkdir()
    (place / "alone" / "checkpoint").write_bytes(Log.of(ordinary(600)).files["checkpoint"])
    answer = run_audit(place, "--against", place / "alone")
    assert answer.exit_code == 2
    assert "not_compared" in answer.stdout
    assert "needs its tiles" in answer.stderr
    assert run_audit(place, "--against", place / "nowhere").exit_code == 2
    (place / "junk").write_text("junk")
    answer = run_audit(place, "--against", place / "junk", "--json")
    assert json.loads(answer.stdout)["error"]["code"] == "malformed_elsewhere_checkpoint"


def test_notices_are_shown_and_do_not_change_the_answer(place: Path):
    ended = accredit(NATIONAL, NATIONAL_FILING, 400, until_on=date(2026, 1, 5))
    put(Log.of([*ordinary(300), ended, award("late", 3000)]), place / "log")
    answer = run_audit(place, "--remember", place / "seen")
    assert answer.exit_code == 0, answer.output
    assert "award_outside_filing  leaf 301" in answer.stdout
    assert (place / "seen").exists()
    assert json.loads(run_audit(place, "--json").stdout)["by_notice"] == {"award_outside_filing": 1}
    assert "证书记入之日备案不在有效期内" in run_audit(place, "--lang", "zh").stdout


# ── witness ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def key(place: Path) -> Path:
    """A witness's key, sealed cheaply because a test opens it often."""
    keystore.open(place / "key", PASSPHRASE, create=True, cost=CHEAP).create(WITNESS_NAME)
    return place / "key"


def run_witness(place: Path, *more: object):
    options = ("--state", place / "state", "--key", place / "key", "--trust", place / "trust.json")
    return run(witness.app, "cosign", place / "log", *options, *more)


def witness_key(place: Path) -> VerifierKey:
    public_key = keystore.open(place / "key", PASSPHRASE).signer(WITNESS_NAME).public_key
    return VerifierKey(WITNESS_NAME, public_key, checkpoint.COSIGNATURE)


def test_a_trust_list_that_demands_witnesses_is_obeyed(place: Path, key: Path):
    logs = [{"origin": ORIGIN, "vkey": LOG_KEY.text}]
    listed = {"logs": logs, "witnesses": [{"vkey": witness_key(place).text}], "quorum": 1}
    (place / "strict.json").write_text(json.dumps({"type": "GuildhallTrust", "version": 1} | listed))
    answer = run(audit.app, place / "log", "--trust", place / "strict.json")
    assert answer.exit_code == 1
    assert "too_few_witnesses  checkpoint" in answer.stdout
    run_witness(place, "--out", place / "log" / "checkpoint")
    assert run(audit.app, place / "log", "--trust", place / "strict.json").exit_code == 0


def test_making_a_witness_prints_the_key_for_trust_lists_and_seals_the_secret(place: Path):
    answer = run(witness.app, "init", WITNESS_NAME, "--key", place / "key")
    assert answer.exit_code == 0, answer.output
    assert VerifierKey.parse(answer.stdout.strip()) == witness_key(place)
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600


def test_a_witness_is_made_only_once_and_only_under_a_proper_name(place: Path, key: Path):
    assert run(witness.app, "init", WITNESS_NAME, "--key", key).exit_code == 2
    answer = run(witness.app, "init", "a name", "--key", place / "other")
    assert answer.exit_code == 2
    assert "malformed_verifier_key" in answer.stderr
    assert not (place / "other").exists()


def test_a_cosigned_checkpoint_carries_the_logs_signature_and_the_witnesss(place: Path, key: Path):
    answer = run_witness(place)
    assert answer.exit_code == 0, answer.output
    opened = checkpoint.open_checkpoint(answer.stdout.encode(), [LOG_KEY])
    assert opened.checkpoint.size == 300
    assert [cosignature.witness for cosignature in checkpoint.cosignatures(opened.note, [witness_key(place)])] == [
        WITNESS_NAME
    ]


def test_a_witness_goes_along_with_a_log_that_grows(place: Path, key: Path):
    assert "first sight" in run_witness(place).stderr
    put(Log.of(ordinary(600)), place / "log")
    answer = run_witness(place, "--out", place / "log" / "checkpoint")
    assert answer.exit_code == 0, answer.output
    assert "first sight" not in answer.stderr
    assert run_audit(place).exit_code == 0
    # Its own cosigned checkpoint may be shown to it again.
    assert run_witness(place).exit_code == 0


@pytest.mark.parametrize(
    ("log", "code"),
    [
        (Log.of(ordinary(299)), "checkpoint_rolled_back"),
        (Log.of([*ordinary(299), award("another", 299)]), "split_view"),
        (Log.of([*ordinary(299), *[award((index, "forked"), 400) for index in range(9)]]), "split_view"),
        (
            Log.of(ordinary(600), signer=MALLORY),
            "bad_checkpoint_signature",
        ),
        (Log.of(ordinary(600), origin="another.example/log"), "unknown_log"),
    ],
)
def test_a_witness_refuses_and_remembers_what_it_had_seen(place: Path, key: Path, log: Log, code: str):
    run_witness(place)
    before = (place / "state").read_bytes()
    put(log, place / "log")
    answer = run_witness(place, "--out", place / "out")
    assert answer.exit_code == 1
    assert code in answer.stderr
    assert not answer.stdout
    assert not (place / "out").exists()
    assert (place / "state").read_bytes() == before


def test_nothing_is_given_out_when_the_new_state_cannot_be_stored(
    place: Path, key: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "state")

    monkeypatch.setattr(durable, "replace", full)
    answer = run_witness(place)
    assert answer.exit_code == 2
    assert not answer.stdout


@pytest.mark.parametrize(
    "spoil", ["passphrase", "no_key", "no_checkpoint", "no_tiles", "broken_state", "which_witness"]
)
def test_what_a_witness_cannot_check_gives_2(place: Path, key: Path, spoil: str, monkeypatch: pytest.MonkeyPatch):
    run_witness(place)
    put(Log.of(ordinary(600)), place / "log")
    if spoil == "passphrase":
        monkeypatch.setenv(witness.PASSPHRASE, "wrong")
    elif spoil == "no_key":
        key.unlink()
    elif spoil == "no_checkpoint":
        (place / "log" / "checkpoint").unlink()
    elif spoil == "no_tiles":
        (place / "log" / "tile/0/001").unlink()
    elif spoil == "broken_state":
        (place / "state").write_text("junk")
    else:
        keystore.open(key, PASSPHRASE).create("another.example/w")
    answer = run_witness(place)
    assert answer.exit_code == 2
    assert not answer.stdout


def test_the_passphrase_is_not_waited_for_where_nobody_can_type_it(
    place: Path, key: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(witness.PASSPHRASE)
    answer = run_witness(place)
    assert answer.exit_code == 2
    assert "wrong_passphrase" in answer.stderr


def test_a_checkpoint_file_may_lie_apart_from_the_tiles(place: Path, key: Path):
    run_witness(place)
    put(Log.of(ordinary(600)), place / "log")
    (place / "log" / "checkpoint").rename(place / "offered")
    options = ("--state", place / "state", "--key", key, "--trust", place / "trust.json")
    assert run(witness.app, "cosign", place / "offered", *options).exit_code == 2
    assert run(witness.app, "cosign", place / "offered", *options, "--tiles", place / "log").exit_code == 0
