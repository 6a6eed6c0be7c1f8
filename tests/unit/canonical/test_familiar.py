"""A shape that has grown familiar with its documents answers as the full path answers, or leaves them to others."""

from __future__ import annotations

import copy
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

from guildhall.core.canonical import contexts, familiar, jcs, jsonld, rdfc, shape_code, shapes
from guildhall.core.canonical.familiar import Familiar
from guildhall.core.errors import Error
from tests.unit.canonical import documents

ENOUGH = 32


@pytest.fixture(autouse=True)
def _quick_to_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(familiar, "FIRST", ENOUGH)


def exact(document: Any) -> bytes:
    return rdfc.canonical_quads(jsonld.to_quads(document)).n_quads.encode()


def shape_of(make: Callable[[random.Random], dict[str, Any]]) -> tuple[Familiar, list[str]]:
    """Return a shape, and which of its readers answered how often (``narrow`` or ``general``)."""
    general = shape_code.reader(make(random.Random(0)))
    answers: list[str] = []

    def counted(document: object) -> bytes | None:
        written = general(document)
        answers.append("general" if written is not None else "none")
        return written

    return Familiar(counted, 0, shapes.full), answers


def acquainted(make: Callable[[random.Random], dict[str, Any]] = documents.certificate) -> tuple[Familiar, list[str]]:
    shape, answers = shape_of(make)
    for n in range(ENOUGH):
        assert shape.read(make(random.Random(n))) is not None
    assert shape._narrow is not None
    answers.clear()
    return shape, answers


def test_after_a_while_documents_of_one_batch_get_the_narrow_answer_and_it_is_the_same() -> None:
    shape, answers = acquainted()
    for n in range(1000, 1030):
        document = documents.certificate(random.Random(n))
        assert shape.read(document) == exact(document)
    assert answers == []


def test_a_document_in_which_any_one_text_is_another_is_written_as_the_full_path_writes_it() -> None:
    shape, answers = acquainted()
    original = documents.certificate(random.Random(5))
    leaves = shape_code.leaves_of(original)
    for leaf in leaves:
        changed = copy.deepcopy(original)
        for path in leaf.paths:
            documents.at(changed, path[:-1])[path[-1]] = f"{leaf.value}x"
        assert shape.read(changed) == exact(changed)
    n_varying = len(documents.CERTIFICATE_HOLES) + 1  # one of them has two places
    n_fixed = len(leaves) - n_varying
    assert answers == ["general"] * n_fixed


def test_one_of_two_places_that_were_always_equal_is_not_taken_for_the_other() -> None:
    shape, _ = acquainted()
    document = documents.certificate(random.Random(5))
    document["credentialSubject"]["result"][0]["resultDescription"] = "urn:uuid:another"
    assert shape.read(document) in (None, exact(document))


@pytest.mark.parametrize("seed", range(40))
def test_spoilt_documents_are_written_as_the_full_path_writes_them_or_refused_as_there(
    seed: int, monkeypatch: Any
) -> None:
    monkeypatch.setattr(shapes, "_store", shapes._Store())
    form = seed % 5

    def make(number: int) -> dict[str, Any]:
        document = documents.credential(random.Random(form), form=form, blank_nodes=form % 2 == 0)
        return document | {"id": f"https://register.example/credentials/{number}"}

    for number in range(ENOUGH + 3):
        shapes.canonical(make(number))
    rng = random.Random(seed)
    for number in range(12):
        document = documents.mutated(rng, make(number))
        try:
            expected = exact(document)
        except Error as refusal:
            with pytest.raises(type(refusal)):
                shapes.canonical(document)
        else:
            assert shapes.canonical(document) == expected


def with_credits(rng: random.Random, points: Any = 1) -> dict[str, Any]:
    document = documents.certificate(rng)
    document["credentialSubject"]["achievement"]["creditsAvailable"] = points
    return document


@pytest.mark.parametrize("other", [True, False, 2, 1.0, 1.5, 0, "1"])
def test_a_number_that_was_always_the_same_is_still_looked_at(other: Any) -> None:
    shape, _ = acquainted(with_credits)
    document = with_credits(random.Random(9), other)
    assert shape.read(document) in (None, exact(document))
    assert (shape.read(document) is None) == (type(other) is not int)


def test_identifiers_that_come_to_coincide_with_fixed_ones_are_left_to_the_full_path() -> None:
    shape, _ = acquainted()
    document = documents.certificate(random.Random(9))
    for taken in (document["issuer"]["id"], document["credentialSubject"]["achievement"]["id"]):
        for path in (("id",), ("credentialSubject", "id"), ("evidence", 0, "id")):
            changed = copy.deepcopy(document)
            documents.at(changed, path[:-1])[path[-1]] = taken
            assert shape.read(changed) is None


def two_identities(rng: random.Random) -> dict[str, Any]:
    document = documents.certificate(rng)
    identities = document["credentialSubject"]["identifier"]
    identities[0] |= {"identityHash": "fixed", "salt": "fixed"}
    identities.append({**identities[0], "identityHash": f"{rng.getrandbits(64):x}"})
    return document


def test_blank_nodes_that_come_to_be_alike_are_left_to_the_full_path() -> None:
    shape, _ = acquainted(two_identities)
    document = two_identities(random.Random(9))
    assert shape.read(document) == exact(document)
    document["credentialSubject"]["identifier"][1]["identityHash"] = "fixed"
    assert shape.read(document) is None


def of_batch(batch: int) -> Callable[[random.Random], dict[str, Any]]:
    def make(rng: random.Random) -> dict[str, Any]:
        return documents.certificate(rng) | {"name": f"第{batch}批", "validFrom": f"2026-01-{batch + 1:02d}T00:00:00Z"}

    return make


def test_a_new_batch_soon_gets_a_narrow_answer_of_its_own() -> None:
    shape, answers = acquainted(of_batch(0))
    for n in range(2 * ENOUGH + 5):
        document = of_batch(1)(random.Random(n))
        assert shape.read(document) == exact(document)
    assert answers == ["general"] * (2 * ENOUGH)


def test_a_narrow_reader_that_serves_most_documents_is_kept_through_others() -> None:
    shape, _ = acquainted(of_batch(0))
    narrow = shape._narrow
    for n in range(4 * ENOUGH):
        shape.read(of_batch(0)(random.Random(n)))
        if n % 2:
            shape.read(of_batch(1)(random.Random(n)))
    assert shape._narrow is narrow


def test_readers_are_made_a_few_times_only_and_then_given_up(monkeypatch: Any) -> None:
    n_made: list[object] = []
    real = shape_code.reader
    shape, _ = shape_of(of_batch(0))
    monkeypatch.setattr(shape_code, "reader", lambda *given: n_made.append(given) or real(*given))  # type: ignore[func-returns-value]
    shape._tries = 4
    n = 0
    for batch in range(6):
        for _ in range(ENOUGH << batch):
            document = of_batch(batch)(random.Random(n))
            written = shape.read(document)
            assert n % 61 or written == exact(document)
            n += 1
        assert (shape._narrow is not None) == (batch < 3)
    assert len(n_made) == 3


def test_documents_that_share_little_get_no_narrow_reader() -> None:
    def make(rng: random.Random) -> dict[str, Any]:
        tags = [f"{rng.random()}" for _ in range(40)]
        document: dict[str, Any] = {
            "@context": [contexts.VC_V2, contexts.OPEN_BADGES_V3],
            "id": f"urn:x:{rng.random()}",
        }
        return document | {"type": "Achievement", "tag": tags}

    shape, _ = shape_of(make)
    for n in range(2 * ENOUGH):
        assert shape.read(make(random.Random(n))) is not None
    assert shape._narrow is None


def test_large_documents_are_not_kept_as_samples() -> None:
    def make(rng: random.Random) -> dict[str, Any]:
        return documents.certificate(rng) | {"name": "长" * familiar.MAX_SAMPLE}

    shape, _ = shape_of(make)
    for n in range(ENOUGH - 1):
        shape.read(make(random.Random(n)))
    assert shape._sample is None


def test_the_sample_is_a_copy_that_its_owner_cannot_change() -> None:
    shape, _ = shape_of(documents.certificate)
    document = documents.certificate(random.Random(0))
    for _ in range(ENOUGH // familiar.N_LOOKS):
        shape.read(document)
    document["issuer"]["name"] = "changed"
    assert shape._sample is not None
    assert shape._sample["issuer"]["name"] != "changed"


def test_a_reader_that_the_full_path_contradicts_is_not_used() -> None:
    shape, _ = shape_of(documents.certificate)
    shape._full = lambda _: b"something else"
    for n in range(2 * ENOUGH):
        assert shape.read(documents.certificate(random.Random(n))) is not None
    assert shape._narrow is None


def test_many_threads_learn_without_harm() -> None:
    shape, _ = shape_of(documents.certificate)
    made = [documents.certificate(random.Random(n)) for n in range(60)]
    expected = [exact(one) for one in made]
    wrong: list[int] = []

    def work() -> None:
        for n, document in enumerate(made * 3):
            if shape.read(document) != expected[n % len(made)]:
                wrong.append(n)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert shape._narrow is not None


# --- RFC 8785 ------------------------------------------------------------------------------------------------------


def acquainted_json(make: Callable[[random.Random], dict[str, Any]] = documents.certificate) -> Familiar:
    shape = familiar.of_json()
    for n in range(ENOUGH):
        document = make(random.Random(n))
        assert shape.read(document) == rfc8785.dumps(document)
    assert shape._narrow is not None
    return shape


def test_json_of_one_batch_gets_the_narrow_answer_and_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = acquainted_json()
    monkeypatch.setattr(shape, "_general", lambda _: None)
    for n in range(1000, 1030):
        document = documents.certificate(random.Random(n))
        assert shape.read(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("seed", range(3))
def test_spoilt_json_is_written_as_the_reference_writes_it_or_refused(seed: int) -> None:
    shape = acquainted_json()
    narrow = shape._narrow
    assert narrow is not None
    rng = random.Random(seed)
    for _ in range(150):
        document = documents.mutated(rng, documents.certificate(random.Random(1)))
        try:
            expected = jcs.canonical(document)
        except Error as error:
            with pytest.raises(type(error)):
                shape.read(document)
        else:
            assert shape.read(document) == expected
            assert narrow(document) in (expected, None)


def test_every_value_of_json_that_is_replaced_is_noticed() -> None:
    shape = acquainted_json()
    assert shape._narrow is not None
    certificate = documents.certificate(random.Random(3))
    for path in documents.places(certificate):
        for other in (None, True, False, 0, 1, 1.0, 5.0, 1e21, "", "x", [], {}, ["x"], {"x": "y"}, [1], {"a": 1.0}):
            document = copy.deepcopy(certificate)
            documents.at(document, path[:-1])[path[-1]] = other
            assert shape._narrow(document) in (rfc8785.dumps(document), None)


def test_equal_numbers_at_two_places_of_one_text_are_not_taken_for_one_another() -> None:
    def make(rng: random.Random) -> dict[str, Any]:
        one = f"urn:x:{rng.random()}"
        return {"@context": contexts.VC_V2, "id": one, "type": "A", "b": {"id": one, "c": "d", "e": "f", "g": "h"}}

    shape = acquainted_json(make)
    document = make(random.Random(1)) | {"id": 1, "b": {"id": True, "c": "d", "e": "f", "g": "h"}}
    assert shape.read(document) == rfc8785.dumps(document)


def test_json_with_numbers_or_contexts_of_its_own_gets_no_narrow_reader() -> None:
    for extra in ({"number": 5}, {"number": 1.5}, {"@context": {"a": "urn:a"}}, {"b": [{"@context": [{}]}]}):
        shape = familiar.of_json()
        for n in range(2 * ENOUGH):
            document = documents.certificate(random.Random(n)) | extra
            assert shape.read(document) == rfc8785.dumps(document)
        assert shape._narrow is None


def test_json_of_several_shapes_under_one_roof_is_exact() -> None:
    shape = familiar.of_json()
    rng = random.Random(5)
    for n in range(6 * ENOUGH):
        document: dict[str, Any] = documents.certificate(rng) if n % 3 else documents.credential(rng, form=n % 5)
        if n % 7 == 0:
            document = {"id": ["x"], "credentialSubject": "y"}
        assert shape.read(document) == rfc8785.dumps(document)
