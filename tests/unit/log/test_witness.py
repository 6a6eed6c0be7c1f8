"""A witness vouches for a checkpoint only if it extends the last one that it vouched for."""

from __future__ import annotations

import pytest

from guildhall.core.checkpoint import Checkpoint, open_checkpoint
from guildhall.core.tiles import MalformedTileError, MissingTileError
from guildhall.core.witness import OtherLogError, RolledBackError, SplitViewError, check_extends
from tests.unit.log.logs import LOG_KEY, ORIGIN, Log, attempt, award, ordinary


def head(log: Log) -> Checkpoint:
    return open_checkpoint(log.files["checkpoint"], [LOG_KEY]).checkpoint


@pytest.fixture
def log() -> Log:
    return Log.of(ordinary(600))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 599, 600])
def test_a_log_that_grew_is_vouched_for(log: Log, size: int):
    check_extends(head(Log.of(ordinary(size))), head(log), log.read)


def test_at_first_sight_and_after_an_empty_log_there_is_nothing_to_compare(log: Log):
    check_extends(None, head(log), {}.get)
    check_extends(Checkpoint(ORIGIN, 0, Log().edge.head), head(log), {}.get)


def test_the_same_checkpoint_may_be_vouched_for_again(log: Log):
    check_extends(head(log), head(log), {}.get)


def test_a_log_that_shrank_is_refused(log: Log):
    with pytest.raises(RolledBackError):
        check_extends(head(log), head(Log.of(ordinary(599))), log.read)
    with pytest.raises(RolledBackError):
        check_extends(head(log), Checkpoint(ORIGIN, 0, Log().edge.head), log.read)


def test_another_head_of_the_same_size_is_refused(log: Log):
    other = Log.of([*ordinary(599), award("another", 599)])
    with pytest.raises(SplitViewError):
        check_extends(head(log), head(other), other.read)


@pytest.mark.parametrize("size", [1, 255, 256, 300, 512])
def test_a_history_that_was_rewritten_is_refused(size: int):
    seen = head(Log.of([*ordinary(size - 1), award("another", size)]))
    log = Log.of(ordinary(600))
    with pytest.raises(SplitViewError):
        check_extends(seen, head(log), log.read)


def test_tiles_of_the_old_history_do_not_help_the_new_one(log: Log):
    seen = head(Log.of(ordinary(300)))
    forked = Log.of([*ordinary(299), *[award((index, "forked"), 599) for index in range(301)]])
    with pytest.raises(SplitViewError):
        check_extends(seen, head(forked), log.read)


def test_another_log_is_not_taken_for_the_one_remembered(log: Log):
    other = Log.of(ordinary(600), origin="another.example/log")
    with pytest.raises(OtherLogError):
        check_extends(head(log), Checkpoint("another.example/log", 600, other.edge.head), other.read)


def test_a_log_that_does_not_show_its_tiles_is_not_vouched_for(log: Log):
    with pytest.raises(MissingTileError):
        check_extends(head(Log.of(ordinary(300))), head(log), {}.get)
    log.files["tile/0/001"] = b"junk"
    with pytest.raises(MalformedTileError):
        check_extends(head(Log.of(ordinary(300))), head(log), log.read)


def test_changing_any_tile_makes_the_witness_refuse_or_changes_nothing(log: Log):
    seen, now = head(Log.of(ordinary(300))), head(log)
    check_extends(seen, now, log.read)
    refused = set()
    for path in [path for path in log.files if path.startswith(("tile/0", "tile/1"))]:
        forged = {**log.files, path: bytes(b ^ 1 for b in log.files[path])}
        _, code = attempt(check_extends, seen, now, forged.get)
        assert code in {None, "split_view"}
        if code:
            refused.add(path)
    assert refused == {"tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"}
