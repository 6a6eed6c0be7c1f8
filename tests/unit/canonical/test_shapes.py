"""Compiled shapes and templates answer as the full path answers, or not at all."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import threading
from typing import Any

import pytest

from guildhall.core.canonical import contexts, shape_code, shapes
from guildhall.core.canonical.shapes import Template, UnknownHoleError
from guildhall.core.errors import Error
from tests.shared import needs_shared, shared
from tests.unit.canonical import documents


@pytest.fixture(autouse=True)
def _a_store_of_its_own(monkeypatch):
    monkeypatch.setattr(shapes, "_store", shapes._Store())


@pytest.fixture
def full_path(monkeypatch):
    """Count how often the full path is taken."""
    calls: list[object] = []
    real = shapes.full

    def counting(document):
        calls.append(document)
        return real(document)

    monkeypatch.setattr(shapes, "full", counting)
    return calls


def compiled(document: dict[str, Any]) -> Any:
    return shape_code.reader(document)


@needs_shared
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("unsigned.json", "eddsa-rdfc-2022/canonDocDataInt.txt"),
        ("eddsa-rdfc-2022/proofConfigDataInt.json", "eddsa-rdfc-2022/proofCanonDataInt.txt"),
        ("employmentAuth.json", "eddsa-rdfc-2022/employ/canonDocDataInt.txt"),
        ("eddsa-rdfc-2022/employ/proofConfigDataInt.json", "eddsa-rdfc-2022/employ/proofCanonDataInt.txt"),
        ("unsigned.json", "Ed25519Signature2020/canonDocEdSig.txt"),
        ("Ed25519Signature2020/proofConfigEdSig.json", "Ed25519Signature2020/proofCanonEdSig.txt"),
    ],
)
def test_the_published_documents_have_the_published_canonical_form_on_both_ways(document, expected):
    folder = shared("vectors", "vc-di-eddsa", "TestVectors")
    value = json.loads((folder / document).read_bytes())
    published = (folder / expected).read_bytes().rstrip(b"\n") + b"\n"
    for _ in range(4):
        assert shapes.canonical(value) == published
    assert compiled(value)(value) == published


def test_a_shape_is_compiled_on_its_second_meeting_and_answers_from_then_on(full_path):
    for n in range(8):
        document = documents.credential(random.Random(n), form=1)
        assert shapes.canonical(document) == shape_code_free(document)
        assert len(full_path) == min(n + 1, 2)


def shape_code_free(document: dict[str, Any]) -> bytes:
    from guildhall.core.canonical import jsonld, rdfc

    return rdfc.canonical_quads(jsonld.to_quads(document)).n_quads.encode()


@pytest.mark.parametrize("form", range(30))
def test_one_compiled_shape_answers_for_all_documents_of_its_form(form):
    make = documents.presentation if form % 7 == 6 else documents.credential
    read = compiled(make(random.Random(0), form=form))
    answered = 0
    for seed in range(8):
        document = make(random.Random(seed), form=form)
        written = read(document)
        assert written in (None, shape_code_free(document))
        answered += written is not None
    assert answered >= 5


@pytest.mark.parametrize("seed", range(70))
def test_a_spoilt_document_gets_the_exact_answer_or_none_from_the_shape_of_the_honest_one(seed):
    rng = random.Random(seed)
    honest = documents.credential(rng, form=seed % 10, blank_nodes=seed % 3 > 0)
    read = compiled(honest)
    for _ in range(6):
        spoilt = documents.mutated(rng, honest)
        written = read(spoilt)
        if written is not None:
            assert written == shape_code_free(spoilt)


def other_id(document: dict[str, Any]) -> None:
    document["credentialSubject"]["id"] = document["issuer"]["id"]


UNUSUAL: dict[str, Any] = {
    "an_extra_member": lambda d: d.update(name="x", description="y"),
    "a_missing_member": lambda d: d.pop("name"),
    "another_type": lambda d: d.update(type=["VerifiableCredential"]),
    "types_in_another_order": lambda d: d["type"].reverse(),
    "another_context": lambda d: d["@context"].pop(),
    "a_longer_list": lambda d: d["evidence"].append(d["evidence"][0]),
    "a_list_for_a_node": lambda d: d.update(issuer=[d["issuer"]]),
    "a_text_for_a_node": lambda d: d.update(issuer="did:example:1"),
    "a_number_for_a_text": lambda d: d.update(name=5),
    "true_for_a_text": lambda d: d.update(name=True),
    "one_for_true": lambda d: d["credentialSubject"]["identifier"][0].update(hashed=1),
    "false_for_true": lambda d: d["credentialSubject"]["identifier"][0].update(hashed=False),
    "a_whole_float_for_a_float": lambda d: d["credentialSubject"]["achievement"].update(creditsAvailable=5.0),
    "an_integer_for_a_float": lambda d: d["credentialSubject"]["achievement"].update(creditsAvailable=5),
    "a_float_of_17_digits": lambda d: d["credentialSubject"]["achievement"].update(creditsAvailable=0.1 + 0.2),
    "a_relative_id": lambda d: d.update(id="credentials/1"),
    "an_id_with_a_line_break": lambda d: d.update(id="urn:x\nurn:y"),
    "an_id_outside_ascii": lambda d: d.update(id="https://register.example/证书"),
    "a_blank_node_id": lambda d: d.update(id="_:b0"),
    "a_keyword_as_id": lambda d: d.update(id="@type"),
    "a_term_as_id": lambda d: d.update(id="name"),
    "an_unusual_scheme": lambda d: d.update(id="mailto:a@b.example"),
    "two_subjects_of_one_id": other_id,
    "a_null": lambda d: d.update(name=None),
    "a_lone_surrogate": lambda d: d.update(name="\ud800"),
    "a_noncharacter": lambda d: d.update(name="\uffff"),
    "a_subclass_of_dict": lambda d: d.update(issuer=type("D", (dict,), {})(d["issuer"])),
    "a_subclass_of_str": lambda d: d.update(name=type("S", (str,), {})("x")),
}


def sample(seed: int = 0) -> dict[str, Any]:
    rng = random.Random(seed)
    return {
        "@context": [contexts.VC_V2, contexts.OPEN_BADGES_V3],
        "id": f"https://register.example/credentials/{rng.randrange(10**9)}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:register.example", "type": "Profile", "name": "鉴定中心"},
        "name": rng.choice(documents.TEXTS),
        "credentialSubject": {
            "id": f"did:example:{rng.randrange(10**9)}",
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": True, "identityHash": f"{rng.getrandbits(64):x}", "salt": "s"},
                {"type": "IdentityObject", "hashed": True, "identityHash": f"{rng.getrandbits(64):x}", "salt": "t"},
            ],
            "achievement": {"id": "urn:a:1", "type": "Achievement", "creditsAvailable": rng.randrange(99) + 0.5,
                            "tag": [f"{rng.random()}", f"{rng.random()}"]},
        },
        "evidence": [{"id": "urn:e:1", "type": "Evidence", "name": "录像"}],
    }  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_compiled_shape_is_silent_about_what_it_is_not_made_for(name):
    read = compiled(sample())
    document = sample(1)
    assert read(document) is not None
    UNUSUAL[name](document)
    assert read(document) is None


@pytest.mark.parametrize("text", documents.HOSTILE_TEXTS)
def test_a_hostile_text_in_a_literal_is_escaped_as_on_the_full_path(text):
    read = compiled(sample())
    document = sample(2)
    document["name"] = text
    document["evidence"][0]["name"] = text
    try:
        expected = shape_code_free(document)
    except Error:
        assert read(document) is None
    else:
        assert read(document) == expected


def test_blank_nodes_that_are_alike_are_left_to_the_full_path():
    document = sample()
    one, two = document["credentialSubject"]["identifier"]
    two.update(one)
    assert compiled(sample())(document) is None
    assert shapes.canonical(document) == shape_code_free(document)


def test_blank_nodes_that_only_their_neighbours_tell_apart_are_left_to_the_full_path():
    def nested(one: str, other: str) -> dict[str, Any]:
        parts = [{"urn:q": "1", "urn:r": {"urn:s": one}}, {"urn:q": "2", "urn:r": {"urn:s": other}}]
        return {"@context": contexts.VC_V2, "id": "urn:x", "urn:p": parts}

    read = compiled(nested("a", "b"))
    assert read(nested("c", "d")) == shape_code_free(nested("c", "d"))
    assert read(nested("c", "c")) is None


def test_two_equal_lines_are_left_to_the_full_path():
    document = sample()
    document["credentialSubject"]["achievement"]["tag"] = ["same", "same"]
    assert compiled(sample())(document) is None


def test_nodes_that_share_an_identifier_make_a_shape_of_their_own(full_path):
    for n in range(6):
        document = sample(n)
        document["credentialSubject"]["achievement"]["creator"] = dict(document["issuer"])
        assert shapes.canonical(document) == shape_code_free(document)
    assert len(full_path) == 2


def test_a_template_compiled_wrongly_is_noticed_by_its_check(monkeypatch):
    real = shape_code._clusters
    monkeypatch.setattr(shape_code, "_clusters", lambda lines: real(lines)[::-1])
    template = Template(sample(), {"id": ("id",)})
    assert not template.is_compiled
    assert template.render({"id": "urn:x"}) == shape_code_free(sample() | {"id": "urn:x"})


def test_a_shape_that_fails_its_check_is_never_used(monkeypatch, full_path):
    monkeypatch.setattr(shapes.shape_code, "reader", lambda _document: lambda _other: b"wrong")
    for n in range(5):
        assert shapes.canonical(sample(n)) == shape_code_free(sample(n))
    assert len(full_path) == 5


def test_an_accident_of_the_first_sample_does_not_keep_a_shape_from_being_compiled(full_path):
    for n in range(10):
        document = sample(n)
        if n < 2:
            document["credentialSubject"]["achievement"]["tag"] = ["same", "same"]
        assert shapes.canonical(document) == shape_code_free(document)
    assert len(full_path) == 3


def test_a_shape_that_cannot_be_compiled_is_tried_only_a_few_times(monkeypatch):
    tries: list[object] = []

    def refuse(document):
        tries.append(document)
        raise shape_code.NotCompilableError

    monkeypatch.setattr(shapes.shape_code, "reader", refuse)
    for n in range(20):
        shapes.canonical(sample(n))
    assert len(tries) == shapes.MAX_TRIES


@pytest.mark.parametrize(("n_texts", "n_nodes"), [(shape_code.MAX_LEAVES + 1, 0), (0, shape_code.MAX_LINES + 1)])
def test_long_documents_are_not_compiled_because_compiling_costs_more_than_it_saves(n_texts, n_nodes):
    long = {
        "@context": contexts.VC_V2,
        "urn:p": [f"{n}" for n in range(n_texts)],
        "urn:q": [{} for _ in range(n_nodes)],
    }
    with pytest.raises(shape_code.NotCompilableError):
        compiled(long)


def test_inline_contexts_are_never_compiled():
    document = {
        "@context": [contexts.VC_V2, {"extra": "https://x.example/"}],
        "type": "VerifiableCredential",
        "extra": "x",
    }
    with pytest.raises(shape_code.NotCompilableError):
        compiled(document)
    for _ in range(4):
        assert shapes.canonical(document) == shape_code_free(document)


def test_a_document_that_uses_our_own_marks_is_not_compiled():
    document = sample() | {"type": ["VerifiableCredential", "urn:x-leaf:0:"]}
    with pytest.raises(shape_code.NotCompilableError):
        compiled(document)


def test_the_store_is_bounded_and_keeps_what_is_used(monkeypatch, full_path):
    monkeypatch.setattr(shapes, "MAX_SHAPES", 4)
    monkeypatch.setattr(shapes, "MAX_MET", 8)

    def narrow(n: int) -> dict[str, Any]:
        return {"@context": contexts.VC_V2, f"urn:m{n}": "x", "name": "y"}

    for _ in range(2):
        shapes.canonical(narrow(0))
    for n in range(1, 30):
        for _ in range(3):
            shapes.canonical(narrow(n))
        shapes.canonical(narrow(0))
    assert sum(map(len, shapes._store._alike.values())) <= 4
    assert len(shapes._store._met) <= 8
    before = len(full_path)
    shapes.canonical(narrow(0))
    assert len(full_path) == before


def test_many_forms_of_the_same_outer_members_do_not_crowd_the_store():
    for n in range(30):
        document = sample() | {"evidence": [{"id": f"urn:e:{m}", "type": "Evidence"} for m in range(n)]}
        for _ in range(3):
            shapes.canonical(document)
    assert all(len(alike) <= shapes.MAX_SHAPES_ALIKE for alike in shapes._store._alike.values())


def test_threads_get_exact_answers_while_shapes_come_and_go():
    wrong: list[object] = []
    expected = {n: shape_code_free(documents.credential(random.Random(n), form=n % 5)) for n in range(20)}

    def work(start: int) -> None:
        for n in range(start, start + 40):
            document = documents.credential(random.Random(n % 20), form=n % 5)
            if shapes.canonical(document) != expected[n % 20]:
                wrong.append(n)

    workers = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_canonicalizing_changes_nothing_in_the_document():
    document = sample()
    before = copy.deepcopy(document)
    for _ in range(4):
        shapes.canonical(document)
    assert document == before


HOLES = {
    "id": ("id",),
    "name": ("name",),
    "subject": ("credentialSubject", "id"),
    "first": ("credentialSubject", "identifier", 0, "identityHash"),
    "tag": ("credentialSubject", "achievement", "tag", 0),
    "salts": (("credentialSubject", "identifier", 0, "salt"), ("credentialSubject", "identifier", 1, "salt")),
}
VALUES = {"id": "urn:new", "name": "新", "subject": "did:example:new", "first": "f", "tag": "t", "salts": "s"}


def test_a_template_writes_what_the_full_path_writes_for_the_filled_document():
    template = Template(sample(), HOLES)
    assert template.is_compiled
    for seed in range(20):
        rng = random.Random(seed)
        values = {name: f"{value}{rng.randrange(10**6)}" for name, value in VALUES.items()}
        document = template.document(values)
        assert document["credentialSubject"]["identifier"][1]["salt"] == values["salts"]
        assert template.render(values) == shape_code_free(document)
        assert template.digest(values) == hashlib.sha256(shape_code_free(document)).digest()


@pytest.mark.parametrize("text", documents.HOSTILE_TEXTS)
def test_a_template_is_exact_about_hostile_texts_or_refuses(text):
    template = Template(sample(), HOLES)
    for hole in ("name", "first", "tag", "salts"):
        values = {**VALUES, hole: text}
        try:
            expected = shape_code_free(template.document(values))
        except Error as refusal:
            with pytest.raises(type(refusal)):
                template.render(values)
        else:
            assert template.render(values) == expected


@pytest.mark.parametrize("identifier", documents.HOSTILE_IRIS)
def test_a_template_is_exact_about_hostile_identifiers_or_refuses(identifier):
    template = Template(sample(), HOLES)
    for hole in ("id", "subject"):
        values = {**VALUES, hole: identifier}
        try:
            expected = shape_code_free(template.document(values))
        except Error as refusal:
            with pytest.raises(type(refusal)):
                template.render(values)
        else:
            assert template.render(values) == expected


def test_a_template_filled_so_that_nodes_coincide_is_still_exact():
    template = Template(sample(), HOLES)
    for identifier in ("did:web:register.example", "urn:a:1", "urn:e:1"):
        for hole in ("id", "subject"):
            values = {**VALUES, hole: identifier}
            assert template.render(values) == shape_code_free(template.document(values))


def test_a_template_takes_whole_numbers_and_refuses_inexact_ones():
    made = sample() | {"credentialStatus": {"type": "BitstringStatusListEntry", "statusListIndex": 7}}
    template = Template(made, {"index": ("credentialStatus", "statusListIndex")})
    assert template.render({"index": 94567}) == shape_code_free(template.document({"index": 94567}))
    with pytest.raises(Error) as caught:
        template.render({"index": 2**53})
    assert caught.value.code == "inexact_number"


def test_documents_made_from_a_template_share_nothing():
    template = Template(sample(), HOLES)
    one = template.document(VALUES)
    one["credentialSubject"]["achievement"]["tag"].append("changed")
    one["issuer"]["name"] = "changed"
    assert template.document(VALUES)["issuer"]["name"] == "鉴定中心"
    assert len(template.document(VALUES)["credentialSubject"]["achievement"]["tag"]) == 2


@pytest.mark.parametrize(
    "holes",
    [{"x": ("nowhere",)}, {"x": ("issuer",)}, {"x": ("type", 0)}, {"x": ("@context", 0)}, {"x": ("evidence", 9, "name")},
     {"x": ("name", "deeper")}, {"x": ("credentialSubject", "identifier", 0, "hashed")}],
)  # fmt: skip
def test_a_hole_must_be_a_text_or_number_that_decides_nothing_else(holes):
    with pytest.raises(UnknownHoleError) as caught:
        Template(sample(), holes)
    assert caught.value.code == "unknown_hole"


@pytest.mark.parametrize("values", [{}, {**VALUES, "more": "x"}, dict.fromkeys(list(VALUES)[:-1], "urn:x")])
def test_a_template_wants_one_value_for_each_hole_and_no_other(values):
    template = Template(sample(), HOLES)
    with pytest.raises(UnknownHoleError):
        template.render(values)
    with pytest.raises(UnknownHoleError):
        template.document(values)


def test_a_template_of_a_refused_document_is_refused():
    with pytest.raises(Error) as caught:
        Template(sample() | {"undefined": "x"}, HOLES)
    assert caught.value.code == "undefined_term"
