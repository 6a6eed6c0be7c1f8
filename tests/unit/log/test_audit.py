"""The auditor: an honest log is clean, and each attack is found under its own name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core import audit, checkpoint, merkle, tiles
from guildhall.core.audit import Elsewhere
from guildhall.core.audit_book import DigestSet
from guildhall.core.audit_report import (
    FINDINGS,
    NOTICES,
    AuditReport,
    Compared,
    ElsewhereCheckpointError,
    NoCheckpointError,
    RememberedCheckpointError,
)
from guildhall.core.checkpoint import Checkpoint, VerifierKey
from guildhall.core.errors import MalformedError
from guildhall.core.leaves import AccreditationDeed
from guildhall.core.lifecycle import Deed
from guildhall.core.quorum import Quorum
from guildhall.core.report import Outcome
from tests.unit.log.logs import (
    LOG_KEY,
    MALLORY,
    NATIONAL,
    NATIONAL_FILING,
    NOW,
    ORIGIN,
    REGIONAL,
    REGIONAL_FILING,
    WEI_WITNESS,
    WITNESS_KEY,
    WITNESS_NAME,
    Log,
    accredit,
    accredit_without_days,
    at,
    award,
    deed,
    document,
    opening,
    ordinary,
)

N = 600
STEPS = (2, 100, 300, 512)


@pytest.fixture
def log() -> Log:
    """600 leaves published in five steps: two full tiles, a partial one, a tile of level 1, old partial files."""
    return Log.of(ordinary(N), steps=STEPS)


def replay(log: Log, *, remembered: bytes | None = None, **options: object) -> AuditReport:
    defaults = {"log_keys": [LOG_KEY], "witness_keys": [WITNESS_KEY], "names": list(log.files), "now": NOW}
    return audit.replay(log.read, remembered=remembered, **{**defaults, **options})  # type: ignore[arg-type]


def codes(report: AuditReport) -> set[str]:
    return set(report.n_by_code)


# ── honest logs ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 600])
def test_an_honest_log_of_any_size_is_clean(size: int):
    log = Log.of(ordinary(size))
    report = replay(log)
    assert report.clean, report.findings
    assert (report.size, report.n_leaves) == (size, size)
    assert report.root == report.stated_root == log.edge.head


def test_a_log_that_was_published_in_many_steps_is_clean_with_all_its_old_files(log: Log):
    report = replay(log)
    assert report.clean, report.findings
    assert report.n_beyond == 0


@pytest.fixture(scope="module")
def large() -> Log:
    """So many leaves that a tile of level 1 is full; its files must be left as they are."""
    return Log.of(opening() + [award(index) for index in range(66_000 - 2)])


def test_a_log_with_a_second_level_of_tiles_is_clean(large: Log):
    report = replay(large, names=None)
    assert report.clean, report.findings
    assert report.n_by_kind == {"accreditation": 2, "award": 65_998, "status": 0}


def test_a_full_tile_of_an_upper_level_is_compared_too(large: Log):
    forged = Log(files=dict(large.files))
    flip(forged, "tile/1/000", 100 * 32)
    report = replay(forged, names=None)
    assert [(finding.code, finding.place) for finding in report.findings] == [("tile_differs", "tile/1/000")]
    assert report.findings[0].detail.endswith("first at hash 100")
    del forged.files["tile/1/000"]
    assert codes(replay(forged, names=None)) == {"missing_file"}


def test_an_empty_log_is_clean():
    log = Log()
    log.sign(0, hashlib.sha256(b"").digest())
    report = replay(log)
    assert report.clean
    assert report.first_at is None


def test_the_report_counts_leaves_by_kind_scheme_and_issuer_and_says_from_when_to_when(log: Log):
    report = replay(log)
    # By the recipe of the log: every 50th leaf a deed, every 10th at place 3 an award of the regional issuer.
    assert report.n_by_kind == {"accreditation": 2, "award": 586, "status": 12}
    assert report.n_by_issuer == {NATIONAL: 526, REGIONAL: 60}
    assert report.n_by_scheme == {"pcc": 586}
    assert (report.first_at, report.last_at) == (at(0), at(599))


def test_progress_is_told_until_all_leaves_are_done(log: Log):
    told: list[tuple[int, int]] = []
    replay(log, on_progress=lambda done, size: told.append((done, size)))
    assert told == [(256, N), (512, N), (N, N)]


def test_full_files_are_enough_where_old_partial_ones_were_deleted(log: Log):
    for path in [path for path in log.files if ".p/" in path and not path.endswith((".p/88", ".p/2"))]:
        del log.files[path]
    assert replay(log).clean


def test_a_publication_in_progress_is_no_finding(log: Log):
    before = log.files["checkpoint"]
    log.publish([award(index, N) for index in range(N, 700)])
    log.files["checkpoint"] = before
    report = replay(log)
    assert report.clean, report.findings
    assert report.n_beyond == 2


def test_a_replacement_that_is_logged_after_the_deed_that_names_it_is_no_finding():
    log = Log.of([*opening(), award("old"), deed(Deed.REISSUE, "old", 5, replaced_by="new"), award("new", 5)])
    assert replay(log).clean


@pytest.mark.parametrize("lose", ["entries_withheld", "leaf_that_is_not_json"])
def test_nothing_is_called_unknown_once_leaves_could_not_be_read(lose: str):
    # The leaf that was lost may be the one that is missed.
    later = [award("x", 600, filing="2026-999999"), deed(Deed.REVOKE, "nobody's", 601)]
    leaves = [*ordinary(300), *([b"junk"] if lose == "leaf_that_is_not_json" else ordinary(600)[300:]), *later]
    log = Log.of(leaves)
    if lose == "entries_withheld":
        entries_withheld(log)
    assert codes(replay(log)) == {"missing_file" if lose == "entries_withheld" else "malformed_leaf"}


# ── the log's key and the witnesses ──────────────────────────────────────────────────────────────────────────────────


def test_without_a_key_the_log_is_replayed_but_never_clean(log: Log):
    report = replay(log, log_keys=[])
    assert report.signature is Outcome.NOT_RUN
    assert not report.n_findings
    assert not report.clean


def test_a_known_witness_is_named_and_an_unknown_one_is_ignored(log: Log):
    cosigned = checkpoint.cosign(log.files["checkpoint"], WITNESS_NAME, WEI_WITNESS, now=NOW)
    log.files["checkpoint"] = checkpoint.cosign(cosigned, "stranger.example", MALLORY, now=NOW)
    report = replay(log)
    assert report.clean
    assert [witness.witness for witness in report.witnesses] == [WITNESS_NAME]


# ── filings, from the log alone ──────────────────────────────────────────────────────────────────────────────────────


def told(*deeds: bytes) -> tuple[set[str], dict[str, int]]:
    """The codes found and the notices given for a short log with these leaves after its opening."""
    report = replay(Log.of(with_deeds(*deeds)))
    return codes(report), dict(report.n_by_notice)


def happen(deed_: str, minutes: int, from_on: date, until_on: date | None = None) -> bytes:
    return accredit(
        NATIONAL, NATIONAL_FILING, minutes, deed=AccreditationDeed(deed_), from_on=from_on, until_on=until_on
    )


JAN = [date(2026, 1, day) if day else date.min for day in range(32)]


@pytest.mark.parametrize(("deeds", "days_outside"), [
    # Days on which an award is logged, at 9 in the morning in China, that the filing does not cover.
    ([], set()),
    ([("suspend", 8, None)], set(range(8, 20))),
    ([("suspend", 8, 10)], {8, 9, 10}),
    ([("suspend", 8, None), ("reinstate", 12, None)], set(range(8, 12))),
    ([("suspend", 8, 15), ("reinstate", 12, None)], set(range(8, 12))),
    ([("suspend", 12, 15), ("reinstate", 10, None)], set()),
    ([("suspend", 8, 9), ("suspend", 11, 12)], {8, 9, 11, 12}),
    ([("withdraw", 9, None)], set(range(9, 20))),
    ([("accredit", 1, 10)], set(range(11, 20))),
    ([("withdraw", 9, None), ("accredit", 1, 8)], set(range(9, 20))),
    ([("suspend", 8, None), ("accredit", 1, 10)], set(range(8, 20))),
])  # fmt: skip
def test_an_award_logged_on_a_day_that_its_filing_does_not_cover_is_a_notice(deeds, days_outside: set[int]):
    begun = [happen(one, 2, JAN[first], JAN[last] if last else None) for one, first, last in deeds]
    awards = [award(day, (day - 5) * DAY) for day in range(6, 20)]
    report = replay(Log.of([*opening(), *begun, *awards]))
    assert codes(report) == set()
    at_leaves = {int(notice.place.removeprefix("leaf ")) for notice in report.notices}
    assert at_leaves == {2 + len(begun) + day - 6 for day in days_outside}
    assert set(report.n_by_notice) <= {"award_outside_filing"}
    assert report.clean


def test_midnight_is_that_of_china():
    # The logs begin at 01:00 UTC, 09:00 in China: 15 hours later the next day begins there.
    suspended = happen("suspend", 2, JAN[6])
    assert told(suspended, award("x", 15 * 60 - 1)) == (set(), {})
    assert told(suspended, award("x", 15 * 60)) == (set(), {"award_outside_filing": 1})


def test_a_correction_of_an_earlier_award_is_no_new_award():
    ended = accredit(NATIONAL, NATIONAL_FILING, 2, until_on=JAN[6])
    following = award("second", 9 * DAY)
    named = deed(Deed.CORRECT, "first", 9 * DAY, replaced_by="second")
    assert told(ended, following, named) == told(ended, named, following) == (set(), {})
    assert told(ended, following) == (set(), {"award_outside_filing": 1})


def test_a_right_taken_back_for_days_past_is_told():
    for taken in (happen("suspend", 9 * DAY, JAN[7]), happen("withdraw", 9 * DAY, JAN[6])):
        assert told(award("x", 3 * DAY), taken) == (set(), {"accreditation_taken_back": 1})
    # Of the day itself nobody can say what came first, and of days without awards nothing has changed.
    assert told(award("x", 3 * DAY), happen("suspend", 3 * DAY + 1, JAN[8])) == (set(), {})
    assert told(award("x", 3 * DAY), happen("suspend", 9 * DAY, JAN[9])) == (set(), {})


def test_a_filing_stated_anew_with_the_same_days_changes_nothing():
    suspended = happen("suspend", DAY, JAN[10], JAN[12])
    again = accredit(NATIONAL, NATIONAL_FILING, 20 * DAY)
    assert told(suspended, award("x", 2 * DAY), again, award("y", 21 * DAY)) == (set(), {})


def test_a_filing_withdrawn_before_it_began_never_counted():
    never = accredit(NATIONAL, NATIONAL_FILING, 2, from_on=JAN[10], until_on=JAN[9])
    assert told(never, award("x", 10 * DAY)) == (set(), {"award_outside_filing": 1})


@pytest.mark.parametrize(
    "former", [["accredit"], ["accredit", "suspend"], ["accredit", "suspend", "reinstate", "withdraw"]]
)
def test_leaves_of_the_former_form_are_read_and_judge_nothing(former: list[str]):
    deeds = [accredit_without_days(REGIONAL, "old", n, AccreditationDeed(one)) for n, one in enumerate(former, start=2)]
    old = award("x", 90 * DAY, issuer=REGIONAL, filing="old")
    report = replay(Log.of(with_deeds(*deeds, old)))
    assert (codes(report), report.n_by_notice, report.n_without_days) == (set(), {}, 1)
    assert report.as_json()["awards_without_days"] == 1
    # A later leaf that says the days makes the filing known, unless a deed without its day lies between.
    anew = accredit(REGIONAL, "old", 10, until_on=JAN[6])
    report = replay(Log.of(with_deeds(*deeds, anew, old)))
    assert report.n_by_notice == ({"award_outside_filing": 1} if former == ["accredit"] else {})


# ── what others show of the log ──────────────────────────────────────────────────────────────────────────────────────

LONG = Log.of(ordinary(600))
FORKED = Log.of([*ordinary(299), *(award((n, "forked"), 600) for n in range(301))])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 599, 600])
def test_a_mirror_that_lags_behind_or_is_level_agrees(size: int):
    mirror = Log.of(ordinary(size)) if size else Log()
    if not size:
        mirror.sign(0, hashlib.sha256(b"").digest())
    report = replay(LONG, elsewhere=[Elsewhere("mirror", mirror.files["checkpoint"])])
    assert report.compared == (Compared("mirror", size, Outcome.PASSED),)
    assert report.clean
    assert report.memory is Outcome.NOT_RUN


@pytest.mark.parametrize("size", [1, 256, 300, 599])
def test_a_mirror_that_is_ahead_agrees_by_its_own_tiles(size: int):
    report = replay(Log.of(ordinary(size)), elsewhere=[Elsewhere("mirror", LONG.files["checkpoint"], LONG.read)])
    assert report.compared == (Compared("mirror", 600, Outcome.PASSED),)
    assert report.clean


def test_a_mirror_that_is_ahead_without_its_tiles_cannot_be_compared():
    for read in (None, {}.get):
        report = replay(Log.of(ordinary(300)), elsewhere=[Elsewhere("mirror", LONG.files["checkpoint"], read)])
        assert report.compared == (Compared("mirror", 600, Outcome.NOT_RUN),)
        assert report.n_by_notice == {"not_compared": 1}
        assert not report.n_findings


@pytest.mark.parametrize("size", [300, 511, 600])
def test_two_mirrors_that_show_two_histories_are_a_split_view_whichever_is_longer(size: int):
    here = Log.of(ordinary(size))
    for audited, other in ((here, FORKED), (FORKED, here)):
        report = replay(audited, elsewhere=[Elsewhere("mirror", other.files["checkpoint"], other.read)])
        assert codes(report) == {"split_view"}
        assert report.findings[0].place == "mirror"
        assert [one.outcome for one in report.compared] == [Outcome.FAILED]
        assert report.memory is Outcome.NOT_RUN


def test_of_several_mirrors_the_one_that_differs_is_named_and_the_memory_is_told_apart():
    others = {"same": LONG, "behind": Log.of(ordinary(300)), "forked": FORKED}
    elsewhere = [Elsewhere(place, log.files["checkpoint"], log.read) for place, log in others.items()]
    remembered = Log.of(ordinary(100)).files["checkpoint"]
    report = replay(LONG, remembered=remembered, elsewhere=elsewhere)
    assert {one.place: one.outcome.value for one in report.compared} == {
        "same": "passed", "behind": "passed", "forked": "failed",
    }  # fmt: skip
    assert report.memory is Outcome.PASSED
    assert [finding.place for finding in report.findings] == ["forked"]
    assert [one["outcome"] for one in report.as_json()["compared"]] == ["passed", "passed", "failed"]


def test_a_mirror_of_another_log_or_a_forged_checkpoint_is_said():
    other = Log.of(ordinary(600), origin="another.example/log")
    report = replay(LONG, elsewhere=[Elsewhere("mirror", other.files["checkpoint"])])
    assert codes(report) == {"other_log"}
    for forged in (b"", b"junk", checkpoint.sign(Checkpoint(ORIGIN, 600, b"\x00" * 32), MALLORY)):
        with pytest.raises(ElsewhereCheckpointError):
            replay(LONG, elsewhere=[Elsewhere("mirror", forged)])


# ── what is to be known ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_head_by_an_unknown_key_and_a_line_by_an_unknown_witness_are_told_apart(log: Log):
    unknown = replay(log, log_keys=[])
    assert unknown.n_by_notice == {"unknown_log": 1, "unknown_signer": 1}
    strange = Log(files=dict(log.files))
    strange.files["checkpoint"] = checkpoint.cosign(log.files["checkpoint"], WITNESS_NAME, MALLORY, now=NOW)
    report = replay(strange)
    assert [(one.code, one.place) for one in report.notices] == [("unknown_signer", WITNESS_NAME)]
    assert (report.witnesses, report.clean) == ((), True)
    # The log's own name under another key is no signature of the log.
    strange.files["checkpoint"] = checkpoint.sign(Checkpoint(ORIGIN, N, log.edge.head), MALLORY)
    assert codes(replay(strange)) == {"bad_checkpoint_signature"}


def test_a_quorum_that_is_met_is_no_finding(log: Log):
    log.files["checkpoint"] = checkpoint.cosign(log.files["checkpoint"], WITNESS_NAME, WEI_WITNESS, now=NOW)
    assert replay(log, quorums=[Quorum(1, (WITNESS_KEY.text,))]).clean
    assert not replay(log, quorums=[Quorum(1, (LI_WITNESS.text,))]).clean


def test_every_notice_that_is_documented_is_given_somewhere():
    source = Path(__file__).read_text()
    assert all(f'"{code}"' in source for code in NOTICES)


# ── what was seen last ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 2, 100, 255, 256, 257, 512, 599, 600])
def test_a_log_that_extends_what_was_seen_last_passes(log: Log, size: int):
    report = replay(log, remembered=Log.of(ordinary(size)).files["checkpoint"])
    assert report.memory is Outcome.PASSED
    assert report.clean


def test_without_a_memory_nothing_is_compared(log: Log):
    assert replay(log).memory is Outcome.NOT_RUN


def test_a_forged_memory_is_refused_instead_of_accusing_the_log(log: Log):
    for forged in (b"", b"junk", checkpoint.sign(Checkpoint(ORIGIN, 700, b"\x00" * 32), MALLORY)):
        with pytest.raises(RememberedCheckpointError):
            replay(log, remembered=forged)


# ── what cannot be audited at all ────────────────────────────────────────────────────────────────────────────────────


def test_a_place_without_a_checkpoint_is_no_log():
    with pytest.raises(NoCheckpointError):
        audit.replay({}.get)


@pytest.mark.parametrize("note", [b"", b"junk", b"\xff", b"a\n1\nAAAA\n\n\xe2\x80\x94 a AAAAAAA=\n"])
def test_a_checkpoint_that_cannot_be_read_is_an_error_with_a_code(note: bytes):
    with pytest.raises(MalformedError):
        audit.replay({"checkpoint": note}.get)


# ── attacks, each named for what it tries ────────────────────────────────────────────────────────────────────────────

LI_WITNESS = VerifierKey("witness.example/li", MALLORY.public_key, checkpoint.COSIGNATURE)
Attack = Callable[[Log], "bytes | None"]
ATTACKS: dict[str, tuple[Attack, set[str]]] = {}


def finds(*expected: str) -> Callable[[Attack], Attack]:
    """Register an attack with the codes that must be found: these and no others. It may return a remembered head."""

    def register(attack: Attack) -> Attack:
        ATTACKS[attack.__name__] = (attack, set(expected))
        return attack

    return register


def flip(log: Log, path: str, place: int = -1) -> None:
    content = bytearray(log.files[path])
    content[place] ^= 1
    log.files[path] = bytes(content)


def rebuilt(log: Log, leaves: list[bytes], **changes: object) -> None:
    """Put another history, complete in itself, in the place of the log's."""
    log.files.clear()
    log.files.update(Log.of(leaves, **changes).files)


def replaced(index: int, leaf: bytes) -> list[bytes]:
    leaves = ordinary(N)
    leaves[index] = leaf
    return leaves


def rewrite(log: Log, path: str, name: int) -> None:
    assert document(name).encode() in log.files[path]
    log.files[path] = log.files[path].replace(document(name).encode(), document(f"{name}!").encode())


@finds("entries_differ")
def leaf_changed_in_place(log: Log) -> None:
    rewrite(log, "tile/entries/000", 7)


@finds("entries_differ")
def leaf_changed_in_the_last_bundle(log: Log) -> None:
    rewrite(log, "tile/entries/002.p/88", 555)


@finds("tile_differs", "root_differs")
def leaf_changed_and_its_tile_with_it(log: Log) -> None:
    rewrite(log, "tile/entries/000", 200)
    hashes = merkle.leaf_hashes(tiles.parse_entries(log.files["tile/entries/000"], 256))
    log.files["tile/0/000"] = b"".join(hashes)


@finds("tile_differs", "root_differs")
def leaf_and_tile_changed_in_two_ways(log: Log) -> None:
    rewrite(log, "tile/entries/000", 7)
    flip(log, "tile/0/000", 3)


@finds("too_few_witnesses")
def witnesses_left_out(log: Log) -> None:
    log.files["checkpoint"] = checkpoint.cosign(log.files["checkpoint"], "stranger.example", MALLORY, now=NOW)


@finds("root_differs")
def leaf_changed_and_tiles_rebuilt_under_the_old_checkpoint(log: Log) -> None:
    old = log.files["checkpoint"]
    rebuilt(log, replaced(7, award("another", 7)))
    log.files["checkpoint"] = old


@finds("split_view")
def history_rewritten_and_signed_again_at_the_same_size(log: Log) -> bytes:
    seen = log.files["checkpoint"]
    rebuilt(log, replaced(7, award("another", 7)))
    return seen


@finds("split_view")
def history_rewritten_and_grown_over(log: Log) -> bytes:
    seen = Log.of(ordinary(300)).files["checkpoint"]
    rebuilt(log, replaced(7, award("another", 7)))
    return seen


@finds("split_view")
def last_leaf_seen_rewritten_at_the_border_of_a_tile(log: Log) -> bytes:
    seen = Log.of(ordinary(256)).files["checkpoint"]
    rebuilt(log, replaced(255, award("another", 255)))
    return seen


@finds("checkpoint_rolled_back")
def checkpoint_rolled_back(log: Log) -> bytes:
    seen = log.files["checkpoint"]
    log.files["checkpoint"] = Log.of(ordinary(512)).files["checkpoint"]
    return seen


@finds("checkpoint_rolled_back")
def log_started_anew(log: Log) -> bytes:
    seen = log.files["checkpoint"]
    rebuilt(log, ordinary(2))
    return seen


@finds("other_log")
def log_renamed_to_escape_the_memory(log: Log) -> bytes:
    seen = log.files["checkpoint"]
    rebuilt(log, ordinary(N), origin="another.example/log")
    return seen


@finds("bad_checkpoint_signature")
def checkpoint_signed_by_somebody_else(log: Log) -> None:
    log.files["checkpoint"] = checkpoint.sign(Checkpoint(ORIGIN, N, log.edge.head), MALLORY)


@finds("bad_checkpoint_signature")
def checkpoint_signature_changed(log: Log) -> None:
    flip(log, "checkpoint", -12)


@finds("bad_checkpoint_signature", "root_differs")
def checkpoint_size_lowered_unsigned(log: Log) -> None:
    log.files["checkpoint"] = log.files["checkpoint"].replace(b"\n600\n", b"\n512\n")


@finds("missing_file", "replay_stopped")
def checkpoint_claims_more_leaves_than_there_are(log: Log) -> None:
    log.sign(2**62, b"\x00" * 32)


@finds("root_differs")
def checkpoint_signed_over_a_head_of_no_tree(log: Log) -> None:
    log.sign(N, b"\x00" * 32)


@finds("bad_cosignature")
def cosignature_moved_from_another_checkpoint(log: Log) -> None:
    other = Log.of(ordinary(512)).files["checkpoint"]
    line = checkpoint.parse_note(checkpoint.cosign(other, WITNESS_NAME, WEI_WITNESS, now=NOW)).signatures[-1].line
    log.files["checkpoint"] += line.encode()


@finds("bad_cosignature")
def cosignature_from_the_future(log: Log) -> None:
    later = NOW + timedelta(days=1)
    log.files["checkpoint"] = checkpoint.cosign(log.files["checkpoint"], WITNESS_NAME, WEI_WITNESS, now=later)


@finds("missing_file")
def entries_withheld(log: Log) -> None:
    del log.files["tile/entries/001"]


@finds("missing_file")
def hash_tile_withheld(log: Log) -> None:
    del log.files["tile/0/001"]


@finds("missing_file")
def upper_tile_withheld(log: Log) -> None:
    del log.files["tile/1/000.p/2"]


@finds("missing_file")
def partial_entries_withheld(log: Log) -> None:
    del log.files["tile/entries/002.p/88"]


@finds("missing_file", "replay_stopped")
def entries_and_their_hashes_withheld(log: Log) -> None:
    del log.files["tile/entries/001"], log.files["tile/0/001"]


@finds("malformed_tile")
def entries_with_a_byte_behind(log: Log) -> None:
    log.files["tile/entries/000"] += b"\x00"


@finds("malformed_tile")
def entries_with_one_entry_more(log: Log) -> None:
    log.files["tile/entries/002.p/88"] += tiles.entries_to_bytes([award("hidden", 599)])


@finds("malformed_tile")
def hash_tile_with_a_hash_more(log: Log) -> None:
    log.files["tile/0/002.p/88"] += b"\x00" * 32


@finds("malformed_tile")
def hash_tile_cut_short(log: Log) -> None:
    log.files["tile/0/000"] = log.files["tile/0/000"][:-1]


@finds("malformed_tile")
def tile_emptied(log: Log) -> None:
    log.files["tile/1/000.p/2"] = b""


@finds("tile_differs")
def hash_tile_changed(log: Log) -> None:
    flip(log, "tile/0/001", 3)


@finds("tile_differs")
def upper_tile_changed(log: Log) -> None:
    flip(log, "tile/1/000.p/2", 40)


@finds("partial_tile_differs")
def old_partial_entries_tell_another_story(log: Log) -> None:
    path = "tile/entries/000.p/100"
    log.files[path] = log.files[path].replace(document(7).encode(), document("7!").encode())


@finds("partial_tile_differs")
def old_partial_hashes_tell_another_story(log: Log) -> None:
    flip(log, "tile/0/001.p/44", 5)


@finds("malformed_tile")
def old_partial_tile_cut_short(log: Log) -> None:
    log.files["tile/0/001.p/44"] = b"\x00" * 31


@finds("unexpected_file")
def stray_file_published(log: Log) -> None:
    log.files["tile/0/names.csv"] = "王小明".encode()


@finds("unexpected_file")
def file_published_under_a_second_spelling(log: Log) -> None:
    log.files["tile/0/x000/001"] = log.files["tile/0/001"]


@finds("malformed_leaf")
def leaf_with_a_name_smuggled_in(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), award("x", 600)[:-1] + ',"name":"王小明"}'.encode()])


@finds("malformed_leaf")
def leaf_in_a_second_spelling(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), award("x", 600).replace(b":", b": ", 1)])


@finds("malformed_leaf")
def leaf_that_is_not_json(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), b"\xff\xfe"])


@finds("time_goes_back")
def award_backdated(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), award("x", 3)])


@finds("leaf_from_the_future")
def award_from_the_future(log: Log) -> None:
    minutes = int((NOW - at(0)).total_seconds()) // 60
    rebuilt(log, [*ordinary(N - 2), award("in time", minutes + 5), award("too early", minutes + 6)])


@finds("duplicate_award")
def award_logged_twice(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), award(7, 600)])


@finds("unknown_filing")
def award_without_accreditation(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), award("x", 600, filing="2026-999999")])


@finds("unknown_filing")
def award_under_the_filing_of_another_issuer(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), award("x", 600, issuer=NATIONAL, filing=REGIONAL_FILING)])


@finds("unknown_filing")
def accreditation_backfilled_after_the_award(log: Log) -> None:
    rebuilt(
        log,
        [
            *opening(),
            award("x", 1, filing="2026-999999"),
            accredit(NATIONAL, "2026-999999", 2),
            award("y", 3, filing="2026-999999"),
        ],
    )


@finds("unknown_filing")
def filing_withdrawn_that_never_was(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), accredit(NATIONAL, "2026-999999", 600, deed=AccreditationDeed.WITHDRAW)])


def with_deeds(*deeds: bytes) -> list[bytes]:
    """A short log in which these come after the opening."""
    return [*opening(), award("first", 1), *deeds]


DAY = 1440  # minutes; the logs begin on 5 January 2026, at 9 in the morning in China


@finds("filing_of_another_scheme")
def award_in_a_scheme_that_the_filing_is_not_for(log: Log) -> None:
    rebuilt(log, with_deeds(accredit(NATIONAL, "v", 2, scheme="vqc"), award("x", 3, filing="v")))


@finds("award_before_filing")
def award_logged_before_its_filing_begins(log: Log) -> None:
    rebuilt(log, with_deeds(accredit(NATIONAL, "later", 2, from_on=date(2026, 1, 6)), award("x", 3, filing="later")))


@finds("award_before_filing", "accreditation_backdated")
def accreditation_backdated(log: Log) -> None:
    rebuilt(
        log,
        with_deeds(
            accredit(NATIONAL, "later", 2, from_on=date(2026, 2, 1)),
            award("x", 3, filing="later"),
            accredit(NATIONAL, "later", 2 * DAY, from_on=date(2026, 1, 1)),
        ),
    )


@finds("accreditation_backdated")
def accreditation_extended_after_the_award(log: Log) -> None:
    rebuilt(
        log,
        with_deeds(
            accredit(NATIONAL, "ended", 2, until_on=date(2026, 1, 6)),
            award("x", 5 * DAY, filing="ended"),
            accredit(NATIONAL, "ended", 6 * DAY, until_on=date(2026, 12, 31)),
        ),
    )


@finds("accreditation_backdated")
def suspension_undone_after_the_award(log: Log) -> None:
    deeds = AccreditationDeed
    rebuilt(
        log,
        with_deeds(
            accredit(NATIONAL, NATIONAL_FILING, DAY, deed=deeds.SUSPEND, from_on=date(2026, 1, 6)),
            award("x", 3 * DAY),
            accredit(NATIONAL, NATIONAL_FILING, 9 * DAY, deed=deeds.REINSTATE, from_on=date(2026, 1, 7)),
        ),
    )


@finds("unknown_document")
def document_revoked_that_never_was_awarded(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), deed(Deed.REVOKE, "nobody's", 600)])


@finds("unknown_document")
def document_revoked_before_it_was_awarded(log: Log) -> None:
    rebuilt(log, [*opening(), deed(Deed.REVOKE, "x", 5), award("x", 5)])


@finds("unknown_replacement")
def document_replaced_by_one_that_is_not_logged(log: Log) -> None:
    rebuilt(log, [*ordinary(N - 1), deed(Deed.CORRECT, 7, 600, replaced_by="nowhere")])


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found_under_its_own_name_and_no_other(log: Log, name: str):
    attack, expected = ATTACKS[name]
    remembered = attack(log)
    quorums = [Quorum(1, (WITNESS_KEY.text,))] if name == "witnesses_left_out" else []
    report = replay(log, remembered=remembered, quorums=quorums)
    if name == "log_renamed_to_escape_the_memory":
        assert report.signature is Outcome.NOT_RUN
    assert codes(report) == expected, report.findings
    assert not report.clean
    assert report.memory is (Outcome.NOT_RUN if remembered is None else Outcome.FAILED)
    assert {finding.code for finding in report.findings} == expected


def test_every_finding_that_is_documented_is_provoked_by_an_attack():
    assert set().union(*(expected for _, expected in ATTACKS.values())) == set(FINDINGS)


def test_a_finding_names_its_place(log: Log):
    hash_tile_changed(log)
    award_logged = replay(log).findings
    assert [(finding.code, finding.place) for finding in award_logged] == [("tile_differs", "tile/0/001")]
    assert award_logged[0].detail.endswith("first at leaf 256")


def test_the_head_is_still_known_where_entries_are_lost_but_their_hashes_are_not(log: Log):
    entries_withheld(log)
    report = replay(log)
    assert report.root == report.stated_root
    assert report.n_leaves == N - 256


def test_a_flood_of_findings_is_counted_but_not_kept(log: Log):
    rebuilt(log, [b"junk"] * 3000)
    report = replay(log)
    assert report.n_findings == 3000
    assert len(report.findings) == 1000
    assert report.n_by_code == {"malformed_leaf": 3000}


def test_the_report_is_json(log: Log):
    award_logged_twice(log)
    report = replay(log).as_json()
    assert report["clean"] is False
    assert report["by_code"] == {"duplicate_award": 1}
    assert report["findings"] == [
        {"code": "duplicate_award", "place": "leaf 599", "detail": FINDINGS["duplicate_award"]}
    ]
    assert report["root"] == report["stated_root"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_changing_any_byte_of_any_file_ends_in_a_finding_or_a_coded_error(data):
    log = Log.of(ordinary(300), steps=(100,))
    seen = log.files["checkpoint"]
    path = data.draw(st.sampled_from(sorted(log.files)))
    place = data.draw(st.integers(0, len(log.files[path]) - 1))
    content = bytearray(log.files[path])
    content[place] ^= data.draw(st.integers(1, 255))
    log.files[path] = bytes(content)
    try:
        report = replay(log, remembered=seen)
    except MalformedError:
        assert path == "checkpoint"
    else:
        assert not report.clean, (path, place)


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=32, max_size=32), max_size=60))
def test_the_digest_set_is_a_set(digests):
    kept, expected = DigestSet(), set()
    # All on one shelf, where neighbours could be mistaken for a digest that was never added.
    for digest in [b"\x00\x00" + digest[2:] for digest in digests] + digests + digests:
        assert (digest in kept) is (digest in expected)
        assert kept.add(digest) is (digest not in expected)
        expected.add(digest)


def test_bytes_across_the_border_of_two_digests_are_no_digest():
    kept = DigestSet()
    first, second = b"\x00\x00" + bytes(range(30)), b"\x00\x00" + bytes(range(30, 60))
    kept.add(first)
    kept.add(second)
    assert b"\x00\x00" + bytes(range(5, 35)) not in kept
    assert second in kept
