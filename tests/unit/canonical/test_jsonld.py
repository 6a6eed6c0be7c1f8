"""Strict JSON-LD: every member of a document is in its quads, or the document is refused."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.canonical import contexts, jsonld, shapes
from guildhall.core.errors import Error
from tests import javascript
from tests.unit.canonical import documents, oracles

VC = contexts.VC_V2
OB = contexts.OPEN_BADGES_V3


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [VC, OB],
        "id": "https://register.example/credentials/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:register.example", "type": "Profile", "name": "鉴定中心"},
        "credentialSubject": {"id": "did:example:1", "type": "AchievementSubject"},
        **members,
    }


def inline(context: Any, **members: Any) -> dict[str, Any]:
    return {"@context": context, **members}


EX = {
    "ex": "https://ex.example/",
    "p": "ex:p",
    "q": {"@id": "ex:q", "@type": "@id"},
    "v": {"@id": "ex:v", "@type": "@vocab"},
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "undefined_member": (credential(favourite="blue"), "undefined_term"),
    "undefined_member_with_null": (credential(favourite=None), "undefined_term"),
    "undefined_member_with_empty_list": (credential(favourite=[]), "undefined_term"),
    "undefined_member_deep": (credential(evidence={"type": "Evidence", "favourite": 1}), "undefined_term"),
    "undefined_member_of_another_type": (credential(achievement={"type": "Achievement"}, humanCode="1"), "undefined_term"),
    "undefined_type": (credential(type=["VerifiableCredential", "Unheard"]), "undefined_type"),
    "undefined_type_deep": (credential(evidence={"type": "Unheard", "id": "urn:e"}), "undefined_type"),
    "undefined_schema_type": (
        credential(credentialSchema={"id": "urn:s", "type": "1EdTechJsonSchemaValidator2019"}), "undefined_type"),
    "empty_type": (credential(type=["VerifiableCredential", ""]), "undefined_type"),
    "type_with_a_space": (credential(type=["VerifiableCredential", "urn:a b"]), "undefined_type"),
    "blank_node_as_member": (credential(**{"_:x": "y"}), "undefined_term"),
    "empty_member_name": (credential(**{"": "y"}), "undefined_term"),
    "member_mapped_to_null": (inline({**EX, "gone": None}, p="x", gone="y"), "undefined_term"),
    "relative_id": (credential(id="credentials/1"), "relative_iri"),
    "empty_id": (credential(id=""), "relative_iri"),
    "fragment_id": (credential(credentialSubject={"id": "#me", "type": "AchievementSubject"}), "relative_iri"),
    "relative_reference": (credential(issuer="someone"), "relative_iri"),
    "id_with_a_space": (credential(id="urn:a b"), "relative_iri"),
    "id_with_a_line_break": (credential(id="urn:a\n<urn:b>"), "relative_iri"),
    "id_with_angle_brackets": (credential(id="urn:<a>"), "relative_iri"),
    "id_with_a_no_break_space": (credential(id="urn:a\u00a0b"), "relative_iri"),
    "id_with_two_fragments": (credential(id="urn:a#b#c"), "relative_iri"),
    "id_that_is_a_keyword": (credential(id="@type"), "relative_iri"),
    "empty_blank_node": (credential(id="_:"), "relative_iri"),
    "vocabulary_value_that_is_no_term": (inline(EX, v="unheard"), "relative_iri"),
    "member_that_looks_like_a_keyword": (credential(**{"@foo": "bar"}), "reserved_term"),
    "id_that_looks_like_a_keyword": (credential(id="@foo"), "reserved_term"),
    "type_that_looks_like_a_keyword": (credential(type=["VerifiableCredential", "@foo"]), "reserved_term"),
    "term_defined_with_the_look_of_a_keyword": (inline({**EX, "@foo": "ex:foo"}, p="x"), "reserved_term"),
    "term_mapped_to_the_look_of_a_keyword": (inline({**EX, "r": "@foo"}, p="x", r="y"), "reserved_term"),
    "reverse_mapped_to_the_look_of_a_keyword": (inline({**EX, "r": {"@reverse": "@foo"}}, p="x"), "reserved_term"),
    "included_value_under_an_empty_context": ({"@context": [], "@included": False}, "dropped_value"),
    "direction_by_context": (inline({**EX, "@direction": "rtl"}, p="x"), "dropped_value"),
    "direction_by_an_earlier_context": (inline([{"@direction": "rtl"}, EX], p="x"), "dropped_value"),
    "direction_up": (credential(name={"@value": "x", "@language": "en", "@direction": "up"}), "invalid_jsonld"),
    "direction_of_a_number": (credential(name={"@value": 1, "@direction": "ltr"}), "dropped_value"),
    "direction_of_a_typed_text": (credential(name={"@value": "x", "@type": "urn:t", "@direction": "ltr"}), "invalid_jsonld"),
    "direction_with_a_broken_language": (credential(name={"@value": "x", "@language": "a b", "@direction": "ltr"}), "invalid_language"),
    "direction_with_an_empty_language": (credential(name={"@value": "x", "@language": "", "@direction": "ltr"}), "invalid_language"),
    "index_of_a_value": (credential(name={"@value": "x", "@index": "i"}), "dropped_value"),
    "index_of_a_node": (credential(evidence={"@index": "i", "id": "urn:e", "type": "Evidence"}), "dropped_value"),
    "index_of_a_list": (inline(EX, p={"@list": ["x"], "@index": "i"}), "dropped_value"),
    "index_map": (inline({**EX, "m": {"@id": "ex:m", "@container": "@index"}}, m={"a": "x"}), "dropped_value"),
    "null_value_object": (credential(name={"@value": None}), "dropped_value"),
    "null_value_object_with_type": (credential(name={"@value": None, "@type": "urn:t"}), "dropped_value"),
    "language_alone": (credential(name={"@language": "en"}), "dropped_value"),
    "bare_value_in_a_graph": ({"@context": VC, "@graph": ["bare", {"id": "urn:x", "name": "n"}]}, "dropped_value"),
    "value_object_in_a_graph": ({"@context": VC, "@graph": [{"@value": "x"}]}, "dropped_value"),
    "list_in_a_graph": ({"@context": VC, "@graph": [{"@list": ["x"]}]}, "dropped_value"),
    "lone_id": ({"@context": VC, "id": "urn:x"}, "dropped_value"),
    "lone_id_in_a_graph": ({"@context": VC, "@graph": [{"id": "urn:x"}]}, "dropped_value"),
    "presented_credential_by_reference": (
        {"@context": VC, "type": "VerifiablePresentation", "verifiableCredential": ["urn:vc:1"]}, "dropped_value"),
    "presented_credential_by_id": (
        {"@context": VC, "type": "VerifiablePresentation", "verifiableCredential": [{"@id": "urn:vc:1"}]}, "dropped_value"),
    "lone_id_included": (inline(EX, p="x", **{"@included": [{"@id": "urn:y"}]}), "dropped_value"),
    "value_included": (inline(EX, p={"@graph": [{"@id": "urn:x", "@included": [True]}]}), "dropped_value"),
    "value_included_in_a_set": (inline(EX, p={"@set": [{"@id": "urn:x", "@included": ["x"]}]}), "invalid_jsonld"),
    "nothing_in_a_graph": ({"@context": VC, "@graph": []}, "dropped_value"),
    "nothing_included": ({"@context": VC, "@included": []}, "dropped_value"),
    "nothing": ({"@context": VC}, "dropped_value"),
    "framing_keyword": (credential(**{"@default": "x"}), "dropped_value"),
    "language_not_well_formed": (credential(name={"@value": "x", "@language": "a b"}), "invalid_language"),
    "language_empty": (credential(name={"@value": "x", "@language": ""}), "invalid_language"),
    "language_map_not_well_formed": (
        inline({**EX, "l": {"@id": "ex:l", "@container": "@language"}}, l={"a_b": "x"}), "invalid_language"),
    "tagged_type_without_a_tag": (credential(name={"@value": "x", "@type": jsonld.RDF + "langString"}), "invalid_language"),
    "datatype_undefined": (credential(name={"@value": "x", "@type": "unheard"}), "invalid_jsonld"),
    "datatype_with_a_brace": (credential(name={"@value": "x", "@type": "urn:{"}), "undefined_type"),
    "number_with_17_digits": (credential(name=0.1 + 0.2), "inexact_number"),
    "number_beyond_53_bits": (credential(name=2**53), "inexact_number"),
    "number_of_a_thousand_digits": (credential(name=10**1000), "inexact_number"),
    "number_1e20": (credential(name=1e20), "inexact_number"),
    "number_1e21": (credential(name=1e21), "inexact_number"),
    "number_1e-7": (credential(name=1e-7), "inexact_number"),
    "number_denormal": (credential(name=5e-324), "inexact_number"),
    "infinity": (credential(name=float("inf")), "inexact_number"),
    "not_a_number": (credential(name=float("nan")), "inexact_number"),
    "double_as_text_not_canonical": (credential(name={"@value": "1.50", "@type": jsonld.XSD + "double"}), "inexact_number"),
    "noncharacter": (credential(name="a\ufffe"), "noncharacter"),
    "lone_surrogate": (credential(name="\ud800"), "noncharacter"),
    "unknown_context": (credential() | {"@context": [VC, "https://evil.example/c"]}, "unknown_context"),
    "unknown_context_deep": (credential(evidence={"@context": "urn:c", "id": "urn:e", "name": "x"}), "unknown_context"),
    "unknown_context_in_a_scoped_context": (
        inline({**EX, "T": {"@id": "ex:T", "@context": "https://evil.example/"}}, p="x"), "unknown_context"),
    "relative_context": (credential() | {"@context": [VC, "local.jsonld"]}, "unknown_context"),
    "context_is_a_number": (credential() | {"@context": 5}, "invalid_jsonld"),
    "context_imports_another": (inline({"@import": VC, **EX}, p="x"), "invalid_jsonld"),
    "protected_term_redefined": (credential() | {"@context": [VC, OB, {"name": "https://evil.example/"}]}, "invalid_jsonld"),
    "protected_terms_wiped": (credential() | {"@context": [VC, None, VC]}, "invalid_jsonld"),
    "id_is_a_number": (credential(id=5), "invalid_jsonld"),
    "id_is_a_list": (credential(id=["urn:x"]), "invalid_jsonld"),
    "id_is_null": (credential(id=None), "invalid_jsonld"),
    "type_is_a_number": (inline(EX, p="x", **{"@type": 5}), "invalid_jsonld"),
    "type_is_null": (inline(EX, p="x", **{"@type": None}), "invalid_jsonld"),
    "value_object_with_a_member": (credential(name={"@value": "x", "p": 1}), "undefined_term"),
    "value_object_with_type_and_language": (
        credential(name={"@value": "x", "@type": "urn:t", "@language": "en"}), "invalid_jsonld"),
    "list_of_lists": (inline(EX, p={"@list": [["x"], "y"]}), "invalid_jsonld"),
    "colliding_keywords": (credential(**{"@id": "urn:other"}), "invalid_jsonld"),
    "not_an_object": ([], "invalid_jsonld"),  # type: ignore[dict-item]
    "not_json": (credential(name={1, 2}), "invalid_jsonld"),
    "member_name_not_a_text": (credential(name={1: 2}), "invalid_jsonld"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_go_unsigned_is_refused(name):
    document, code = REFUSED[name]
    with pytest.raises(Error) as caught:
        jsonld.to_quads(document)
    assert caught.value.code == code


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_the_same_on_the_short_way(name):
    document, code = REFUSED[name]
    for _ in range(3):
        with pytest.raises(Error) as caught:
            shapes.canonical(document)
        assert caught.value.code == code


def lines(document: dict[str, Any]) -> list[str]:
    return shapes.full(document).decode().split("\n")[:-1]


ACCEPTED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "members_that_are_iris": (inline({}, **{"https://a.example/p": "x"}), ['_:c14n0 <https://a.example/p> "x" .']),
    "null_is_absence": (inline(EX, p=[None, "x"], q=None), ['_:c14n0 <https://ex.example/p> "x" .']),
    "an_empty_list_is_absence": (inline(EX, p="x", q=[]), ['_:c14n0 <https://ex.example/p> "x" .']),
    "equal_members_of_a_set_are_one": (inline(EX, p=["x", "x"]), ['_:c14n0 <https://ex.example/p> "x" .']),
    "an_empty_node_is_a_blank_node": (inline(EX, p={}), ["_:c14n0 <https://ex.example/p> _:c14n1 ."]),
    "language_tags_are_lower_case": (inline(EX, p={"@value": "x", "@language": "ZH-Hans"}),
                                     ['_:c14n0 <https://ex.example/p> "x"@zh-hans .']),
    "booleans": (inline(EX, p=True), [f'_:c14n0 <https://ex.example/p> "true"^^<{jsonld.XSD}boolean> .']),
    "integers": (inline(EX, p=2**53 - 1), [f'_:c14n0 <https://ex.example/p> "9007199254740991"^^<{jsonld.XSD}integer> .']),
    "whole_floats_are_integers": (inline(EX, p=5.0), [f'_:c14n0 <https://ex.example/p> "5"^^<{jsonld.XSD}integer> .']),
    "minus_zero_is_zero": (inline(EX, p=-0.0), [f'_:c14n0 <https://ex.example/p> "0"^^<{jsonld.XSD}integer> .']),
    "doubles": (inline(EX, p=87.5), [f'_:c14n0 <https://ex.example/p> "8.75E1"^^<{jsonld.XSD}double> .']),
    "small_doubles": (inline(EX, p=-0.000125), [f'_:c14n0 <https://ex.example/p> "-1.25E-4"^^<{jsonld.XSD}double> .']),
    "whole_numbers_of_a_double_term": (
        inline({"p": {"@id": "urn:p", "@type": jsonld.XSD + "double"}}, p=10), [f'_:c14n0 <urn:p> "1.0E1"^^<{jsonld.XSD}double> .']),
    "numbers_of_a_dated_term": (
        inline({"p": {"@id": "urn:p", "@type": "urn:t"}}, p=[7, "7"]), ['_:c14n0 <urn:p> "7"^^<urn:t> .']),
    "texts_that_look_like_keywords": (inline(EX, p="@foo"), ['_:c14n0 <https://ex.example/p> "@foo" .']),
    "control_characters": (inline(EX, p="\b\x7f\u2028"), ['_:c14n0 <https://ex.example/p> "\\b\\u007F\u2028" .']),
    "json_literals": (
        inline({"p": {"@id": "urn:p", "@type": "@json"}}, p={"b": 1.0, "a": ["é", None]}),
        [f'_:c14n0 <urn:p> "{{\\"a\\":[\\"é\\",null],\\"b\\":1}}"^^<{jsonld.RDF}JSON> .']),
    "lists_keep_their_order": (inline(EX, p={"@list": ["b", "a"]}), [
        "_:c14n0 <https://ex.example/p> _:c14n2 .",
        f'_:c14n1 <{jsonld.RDF}first> "a" .', f"_:c14n1 <{jsonld.RDF}rest> <{jsonld.RDF}nil> .",
        f'_:c14n2 <{jsonld.RDF}first> "b" .', f"_:c14n2 <{jsonld.RDF}rest> _:c14n1 ."]),
    "the_empty_list": (inline(EX, p={"@list": []}), [f"_:c14n0 <https://ex.example/p> <{jsonld.RDF}nil> ."]),
    "reverse_members": (inline({**EX, "r": {"@reverse": "ex:r"}}, **{"@id": "urn:a"}, r={"@id": "urn:b", "p": "x"}), [
        '<urn:b> <https://ex.example/p> "x" .', "<urn:b> <https://ex.example/r> <urn:a> ."]),
    "graphs": (inline({**EX, "g": {"@id": "ex:g", "@container": "@graph"}}, **{"@id": "urn:a"}, g={"@id": "urn:b", "p": "x"}), [
        "<urn:a> <https://ex.example/g> _:c14n0 .", '<urn:b> <https://ex.example/p> "x" _:c14n0 .']),
    "included_nodes": (inline(EX, p="x", **{"@id": "urn:a", "@included": [{"@id": "urn:b", "p": "y"}]}), [
        '<urn:a> <https://ex.example/p> "x" .', '<urn:b> <https://ex.example/p> "y" .']),
    "blank_node_names_are_only_names": (inline(EX, q="_:x", **{"@included": [{"@id": "_:x", "p": "y"}]}), [
        '_:c14n0 <https://ex.example/p> "y" .', "_:c14n1 <https://ex.example/q> _:c14n0 ."]),
    "an_empty_context_changes_nothing": (
        inline([EX, {"j": {"@id": "urn:j", "@type": "@json"}}], **{"@id": "urn:a"}, q={"@context": [], "j": [1]}),
        ["<urn:a> <https://ex.example/q> _:c14n0 .", f'_:c14n0 <urn:j> "[1]"^^<{jsonld.RDF}JSON> .']),
    "relative_ids_with_a_base": (inline({**EX, "@base": "https://base.example/a/"}, **{"@id": "b"}, p="x"), [
        '<https://base.example/a/b> <https://ex.example/p> "x" .']),
    "undefined_terms_with_a_vocabulary": (inline({"@vocab": "https://v.example/"}, p="x"), ['_:c14n0 <https://v.example/p> "x" .']),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_json_ld_keeps_comes_out_as_json_ld_says(name):
    document, expected = ACCEPTED[name]
    assert lines(document) == expected


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x" if ":" in value else f"{value}x" if value else "x"
    return value + 1


@pytest.mark.parametrize("seed", range(12))
def test_whichever_value_is_changed_the_canonical_form_changes_or_the_document_is_refused(seed):
    rng = random.Random(seed)
    document = documents.presentation(rng, form=seed) if seed % 4 == 3 else documents.credential(rng, form=seed)
    before = shapes.full(document)
    for path in documents.places(document):
        value = documents.at(document, path)
        if isinstance(value, (dict, list)) or value is None:
            continue
        changed = copy.deepcopy(document)
        documents.at(changed, path[:-1])[path[-1]] = _changed(value)
        assert _form(changed) != before, path


@pytest.mark.parametrize("seed", range(12))
def test_whichever_member_is_taken_away_the_canonical_form_changes_or_the_document_is_refused(seed):
    document = documents.credential(random.Random(seed), form=seed, blank_nodes=seed % 2 == 0)
    before = shapes.full(document)
    for path in documents.places(document):
        if isinstance(path[-1], str) and documents.at(document, path) != []:
            changed = copy.deepcopy(document)
            del documents.at(changed, path[:-1])[path[-1]]
            assert _form(changed) != before, path


@pytest.mark.parametrize("seed", range(6))
def test_wherever_a_member_is_slipped_in_the_canonical_form_changes_or_the_document_is_refused(seed):
    document = documents.credential(random.Random(seed), form=seed)
    before = shapes.full(document)
    for path in [(), *documents.places(document)]:
        if isinstance(documents.at(document, path), dict):
            for name, value in (
                ("slipped", "in"),
                ("name", "slipped in"),
                ("@index", "x"),
                ("urn:slipped", "in"),
                ("@note", 1),
            ):
                changed = copy.deepcopy(document)
                documents.at(changed, path)[name] = value
                assert _form(changed) != before, (path, name)


def _form(document: dict[str, Any]) -> bytes | str:
    try:
        return shapes.full(document)
    except Error as error:
        return error.code


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_members_and_of_set_elements_does_not_matter(seed):
    rng = random.Random(seed)
    document = documents.credential(rng, form=seed)

    def shuffled(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            members = list(value.items())
            rng.shuffle(members)
            return {key: shuffled(member, key) for key, member in members}
        if isinstance(value, list) and name != "@context":
            return rng.sample([shuffled(one) for one in value], len(value))
        return value

    assert shapes.full(shuffled(document)) == shapes.full(document)


def test_an_inline_context_leaves_no_trace_in_the_reading_of_other_documents():
    document = credential(name="证书")
    before = shapes.full(document)
    hostile = [{**EX, "@version": 1.1, "@import": VC, "issuer": "https://evil.example/"},
               [VC, {"extra": "https://evil.example/extra"}], [VC, OB, {"issuer": "https://evil.example/"}]]  # fmt: skip
    for context in hostile:
        _form(document | {"@context": context})
        _form({"@context": context, "p": "x"})
        assert shapes.full(document) == before


def test_depth_and_size_have_limits():
    deep: dict[str, Any] = {"p": "x"}
    for _ in range(jsonld.MAX_DEPTH):
        deep = {"p": deep}
    for document in (inline(EX, **deep), inline(EX, p=list(range(jsonld.MAX_VALUES + 1)))):
        with pytest.raises(Error) as caught:
            jsonld.to_quads(document)
        assert caught.value.code == "too_large"


def test_inline_contexts_are_few_and_their_work_is_counted():
    many = inline([EX] * (jsonld.MAX_INLINE_CONTEXTS + 1), p="x")
    with pytest.raises(Error) as caught:
        jsonld.to_quads(many)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "scoped", [{f"t{n}": f"ex:t{n}" for n in range(400)}, [{f"t{n}": f"ex:t{n}" for n in range(400)}], [VC] * 50]
)
def test_work_on_contexts_is_counted_wherever_they_stand(scoped):
    typed = {**EX, "T": {"@id": "ex:T", "@context": scoped}}
    with pytest.raises(Error) as caught:
        jsonld.to_quads(inline(typed, p=[{"@type": "T", "urn:t": n} for n in range(1000)]))
    assert caught.value.code == "too_large"


NAMES = st.sampled_from([
    "@id", "@type", "@value", "@language", "@list", "@set", "@graph", "@reverse", "@index", "@included", "@nest", "@context",
    "@direction", "@base", "@json", "@none", "id", "type", "p", "q", "v", "ex:z", "urn:x", "undefined", "name", "issuer", "_:b", "",
])  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 2**60), st.floats(), st.text(max_size=4), NAMES,
              st.sampled_from(["urn:a", "_:a", "https://a.example/", VC, "ex:z", "en", "@type"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.sampled_from([EX, VC, [VC, EX], None, []]))
@settings(max_examples=200, deadline=None)
def test_any_json_ends_in_quads_or_a_coded_error(members, context):
    document = {"@context": context, **members}
    try:
        quads = jsonld.to_quads(document)
    except Error as error:
        assert error.code != "error"  # noqa: PT017 - most documents end here, some do not
        return
    assert all(len(quad) == 4 for quad in quads)
    assert json.dumps(document)  # what was accepted is JSON


DIRECTED = {
    "with_a_language": credential(name={"@value": "نص", "@language": "AR-eg", "@direction": "rtl"}),
    "without_a_language": credential(name={"@value": "x", "@direction": "ltr"}),
    "by_the_term": inline({**EX, "r": {"@id": "ex:r", "@direction": "ltr"}}, r="x"),
}


def test_the_direction_of_a_text_is_signed_as_jsonld_js_signs_it():
    with javascript.script("canonize.mjs") as script:
        script.ask({"contexts": oracles.all_contexts()})
        for document in DIRECTED.values():
            assert "i18n#" in "".join(lines(document))
            assert script.ask({"document": document}) == {"nquads": "".join(f"{line}\n" for line in lines(document))}


def test_the_same_text_in_two_directions_is_two_texts():
    one, other = ({"@value": "x", "@language": "he", "@direction": way} for way in ("ltr", "rtl"))
    assert lines(credential(name=one)) != lines(credential(name=other))
    assert lines(credential(name=one)) != lines(credential(name={"@value": "x", "@language": "he"}))


def test_minus_zero_is_zero_as_it_is_to_jsonld_js_and_pyoxigraph():
    assert [jsonld.exact_double(value) for value in (0.0, -0.0, 0, 0.0)] == ["0.0E0"] * 4
    for value in (-0.0, 0.0, 0):
        document = inline({"p": {"@id": "urn:p", "@type": jsonld.XSD + "double"}}, p=value)
        assert lines(document) == [f'_:c14n0 <urn:p> "0.0E0"^^<{jsonld.XSD}double> .']
        assert oracles.by_pyoxigraph(document).split("\n")[:-1] == lines(document)
