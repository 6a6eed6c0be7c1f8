"""The sealed file: keys that come back, errors that have codes, writes that survive."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildhall import keystore
from guildhall.core import did
from guildhall.core.keys import SeedSigner, Signer
from guildhall.keystore import Cost, Keystore, SealedFile
from guildhall.keystore import sealed as sealed_module
from tests.refusals import code_of

QUICK = Cost(ops=1, memory=8192)  # the least that libsodium takes: these tests guess no passphrase
KEY_1 = "did:web:register.example:authority#key-1"
KEY_2 = "did:web:register.example:authority#key-2"
PASSPHRASE = "a passphrase for tests"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keystore.json"


def opened(path: Path, passphrase: str = PASSPHRASE) -> SealedFile:
    return keystore.open(path, passphrase, create=True, cost=QUICK)


# --- what it is for ------------------------------------------------------------------------------------------------


def test_a_key_that_was_made_signs_and_is_still_there_tomorrow(path: Path) -> None:
    store = opened(path)
    assert isinstance(store, Keystore)
    public = store.create(KEY_1)
    signer = store.signer(KEY_1)
    assert isinstance(signer, Signer)
    assert (signer.key_id, signer.public_key) == (KEY_1, public)
    signature = signer.sign(b"message")
    assert public.verify(b"message", signature)
    tomorrow = keystore.open(path, PASSPHRASE)
    assert tomorrow.signer(KEY_1).sign(b"message") == signature
    assert tomorrow.keys() == {KEY_1: public}


def test_two_keys_are_two_keys(path: Path) -> None:
    store = opened(path)
    assert store.create(KEY_1) != store.create(KEY_2)
    assert list(store.keys()) == [KEY_1, KEY_2]


def test_a_did_key_is_named_by_itself(path: Path) -> None:
    store = opened(path)
    public = store.create_did_key()
    assert store.signer(did.did_key_url(public)).public_key == public


def test_a_key_made_elsewhere_is_taken_in(path: Path) -> None:
    seed = bytes(range(32))
    public = opened(path).import_seed(KEY_1, seed)
    assert public == SeedSigner(KEY_1, seed).public_key
    assert keystore.open(path, PASSPHRASE).signer(KEY_1).sign(b"m") == SeedSigner(KEY_1, seed).sign(b"m")
    assert code_of(lambda: opened(path).import_seed(KEY_2, b"short")) == "malformed_key"


def test_opening_with_create_opens_what_is_there(path: Path) -> None:
    public = opened(path).create(KEY_1)
    assert opened(path).keys() == {KEY_1: public}


def test_the_passphrase_can_be_changed(path: Path) -> None:
    store = opened(path)
    public = store.create(KEY_1)
    before = path.read_bytes()
    other = keystore.open(path, PASSPHRASE)
    store.reseal("another passphrase")
    assert path.read_bytes() != before
    assert store.keys() == {KEY_1: public}
    assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "wrong_passphrase"
    assert keystore.open(path, "another passphrase").keys() == {KEY_1: public}
    # Who had it open before can sign with what he holds, but has to open it anew to see more.
    assert code_of(lambda: other.create(KEY_2)) == "wrong_passphrase"
    assert code_of(lambda: store.reseal("")) == "wrong_passphrase"


# --- how it says no ------------------------------------------------------------------------------------------------


def test_keystore_missing(path: Path) -> None:
    assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "keystore_missing"
    assert not path.exists()


def test_wrong_passphrase(path: Path) -> None:
    opened(path).create(KEY_1)
    for wrong in ("", "A passphrase for tests", PASSPHRASE + " "):
        assert code_of(lambda wrong=wrong: keystore.open(path, wrong)) == "wrong_passphrase"
    assert code_of(lambda: keystore.open(path.with_name("new"), "", create=True)) == "wrong_passphrase"
    assert not path.with_name("new").exists()


def test_wrong_passphrase_for_an_empty_keystore(path: Path) -> None:
    opened(path)
    assert code_of(lambda: keystore.open(path, "wrong")) == "wrong_passphrase"


def test_key_not_found_and_key_exists(path: Path) -> None:
    store = opened(path)
    assert code_of(lambda: store.signer(KEY_1)) == "key_not_found"
    public = store.create(KEY_1)
    assert code_of(lambda: store.create(KEY_1)) == "key_exists"
    assert code_of(lambda: store.import_seed(KEY_1, bytes(32))) == "key_exists"
    assert store.keys() == {KEY_1: public}
    assert code_of(lambda: store.create("")) == "key_not_found"


def test_every_changed_byte_of_the_file_is_noticed(path: Path) -> None:
    opened(path).create(KEY_1)
    raw = path.read_bytes()
    meaning = json.loads(raw)
    for i in range(len(raw)):
        for bit in (1, 0x20):
            changed = raw[:i] + bytes([raw[i] ^ bit]) + raw[i + 1 :]
            try:
                if json.loads(changed) == meaning:
                    continue  # white space
            except ValueError:
                pass
            path.write_bytes(changed)
            assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "keystore_corrupted", changed[i - 9 : i + 9]


@pytest.mark.parametrize("cut", [0, 1, 10, 100, -1, -10])
def test_a_file_cut_short_is_noticed(path: Path, cut: int) -> None:
    opened(path).create(KEY_1)
    path.write_bytes(path.read_bytes()[:cut] if cut >= 0 else path.read_bytes()[: cut - 1])
    assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "keystore_corrupted"


@pytest.mark.parametrize(
    "change",
    [
        {"ops": 10**6}, {"memory": 10**12}, {"ops": 0}, {"memory": 1}, {"ops": "1"}, {"ops": True}, {"ops": 1.5},
        {"salt": ""}, {"salt": "AAAA"}, {"salt": 5}, {"salt": "not base64!"},
    ],
)  # fmt: skip
def test_a_file_from_elsewhere_cannot_make_us_work_without_end(path: Path, change: dict[str, Any]) -> None:
    """``keystore_bomb``: parameters that would take all memory or hours are refused before anything is derived."""
    opened(path).create(KEY_1)
    members = json.loads(path.read_bytes())
    members.pop("sha256")
    members["argon2id"].update(change)
    path.write_text(json.dumps({**members, "sha256": sealed_module._digest(members)}))
    assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "keystore_corrupted"


def test_a_weaker_cost_written_into_the_file_opens_nothing(path: Path) -> None:
    opened(path).create(KEY_1)
    members = json.loads(path.read_bytes())
    members.pop("sha256")
    members["argon2id"]["ops"] = 2
    path.write_text(json.dumps({**members, "sha256": sealed_module._digest(members)}))
    assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "wrong_passphrase"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["format", "version", "argon2id", "sealed", "sha256", "salt"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=60), _JSON.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_end_in_a_coded_error(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "keystore.json"
    path.write_bytes(raw)
    assert code_of(lambda: keystore.open(path, PASSPHRASE)) == "keystore_corrupted"


# --- secrecy -------------------------------------------------------------------------------------------------------


def test_nobody_else_may_read_the_file(path: Path) -> None:
    before = os.umask(0)
    try:
        store = opened(path)
        store.create(KEY_1)
    finally:
        os.umask(before)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_neither_file_nor_words_hold_a_secret_in_the_clear(path: Path) -> None:
    seed = b"\x5e" * 16 + b"\xa7" * 16
    store = opened(path)
    store.import_seed(KEY_1, seed)
    raw = path.read_bytes()
    assert seed not in raw
    assert seed.hex().encode() not in raw
    assert KEY_1.encode() not in raw  # who holds which key is nobody's business either
    shown = [repr(store), str(store), repr(store.signer(KEY_1))]
    for call in (lambda: store.create(KEY_1), lambda: store.signer("x"), lambda: keystore.open(path, "wrong")):
        try:
            call()
        except keystore.PassphraseError as error:
            shown += [str(error), repr(error), str(error.params)]
        except (keystore.KeyExistsError, keystore.KeyNotFoundError) as error:
            shown += [str(error), repr(error), str(error.params)]
    for words in shown:
        assert seed.hex() not in words
        assert "^^^^" not in words
        assert PASSPHRASE not in words


def test_the_cost_of_a_guess_is_what_the_documents_say() -> None:
    assert Cost() == Cost(ops=3, memory=64 * 1024 * 1024)


# --- durability ----------------------------------------------------------------------------------------------------


def test_a_write_that_fails_leaves_the_old_keystore(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(path)
    public = store.create(KEY_1)
    before = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        store.create(KEY_2)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["keystore.json", "keystore.json.lock"]
    assert store.keys() == {KEY_1: public}
    store.create(KEY_2)


def test_file_and_folder_reach_the_disk_before_create_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(path)
    synced: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    store.create(KEY_1)
    assert synced == ["file", "folder"]


def _make_keys(path: str, worker: int) -> None:
    store = keystore.open(path, PASSPHRASE, create=True, cost=QUICK)
    for i in range(5):
        store.create(f"did:example:{worker}#{i}")


def test_processes_that_make_keys_at_once_lose_none(path: Path) -> None:
    processes = [multiprocessing.get_context("spawn").Process(target=_make_keys, args=(str(path), w)) for w in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert set(keystore.open(path, PASSPHRASE).keys()) == {f"did:example:{w}#{i}" for w in range(3) for i in range(5)}


def test_threads_that_make_keys_at_once_lose_none(path: Path) -> None:
    store = opened(path)
    threads = [
        threading.Thread(target=lambda w=w: [store.create(f"did:example:{w}#{i}") for i in range(5)]) for w in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(store.keys()) == len(keystore.open(path, PASSPHRASE).keys()) == 20


def test_a_key_that_another_process_made_is_found(path: Path) -> None:
    mine, theirs = opened(path), opened(path)
    public = theirs.create(KEY_1)
    assert mine.signer(KEY_1).public_key == public
    assert code_of(lambda: mine.create(KEY_1)) == "key_exists"
