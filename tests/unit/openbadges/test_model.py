"""The transcription of the data model: it takes what 1EdTech publishes as right, and nothing that differs in one thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from tests.shared import needs_shared, shared
from tests.unit.openbadges import model
from tests.unit.openbadges.model import (
    CLASSES,
    CLOSED,
    ENUMERATIONS,
    EXTENSIBLE,
    FORMS,
    Form,
    Property,
    faults,
    properties,
)

VALUES: dict[str, Any] = {
    "Boolean": True,
    "CompactJws": "a.b.c",
    "Context": "https://example.org/more.jsonld",
    "CountryCode": "CN",
    "Date": "2000-02-29",
    "DateTime": "2026-11-06T00:00:00+08:00",
    "DateTimeZ": "2026-11-06T00:00:00Z",
    "Float": 2.5,
    "IRI": "Anything",
    "LanguageCode": "zh-Hans-CN",
    "String": "文字",
    "URI": "https://example.org/1",
}


def sample(name: str, *, whole: bool = True) -> dict[str, Any]:
    """Return an instance of a class in canonical form: with all its properties (what is in them with the least), or with the least."""
    return {one.name: _value(one) for one in properties(name) if whole or one.required}


def _value(one: Property) -> Any:
    if one.type == "Context":
        return ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
    if one.within:
        return [names[-1] for names in one.within] if one.many else one.within[0][0]
    kind = "Profile" if one.type == "ProfileRef" else one.type
    value = sample(kind, whole=False) if kind in CLASSES else _simple(kind)
    return [value] if one.many else value


def _simple(kind: str) -> Any:
    return ENUMERATIONS[kind].split()[-1] if kind in ENUMERATIONS else VALUES[kind]


def changed(name: str, /, **members: Any) -> dict[str, Any]:
    """Return the full instance of a class with members replaced (``...``: taken away)."""
    return {member: value for member, value in (sample(name) | members).items() if value is not ...}


@cache
def _validator(name: str, form: Form) -> Draft201909Validator:
    # The two schemas differ in their root only; each is checked once, in ``model.validators``.
    return Draft201909Validator(model.schema(form, name), format_checker=model.FORMATS)


def is_valid(name: str, value: object, form: Form) -> bool:
    return _validator(name, form).is_valid(value)


EVERY = [(name, one) for name in CLASSES for one in properties(name)]
_IDS = [f"{name}.{one.name}" for name, one in EVERY]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CLASSES)
def test_an_object_with_everything_is_valid_and_so_is_one_with_the_least(name: str, form: Form) -> None:
    for whole in (True, False):
        assert faults(sample(name, whole=whole), _validator(name, form)) == []


def test_a_credential_leads_to_every_class() -> None:
    reached, waiting = set(), {"AchievementCredential"}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        kinds = {"Profile" if one.type == "ProfileRef" else one.type for one in properties(name)}
        waiting |= (kinds & set(CLASSES)) - reached
    assert reached == set(CLASSES)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "one"), EVERY, ids=_IDS)
def test_of_each_class_exactly_the_required_members_may_not_be_missing(name: str, one: Property, form: Form) -> None:
    assert is_valid(name, changed(name, **{one.name: ...}), form) is not one.required


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "one"), EVERY, ids=_IDS)
def test_no_member_takes_a_value_of_another_type(name: str, one: Property, form: Form) -> None:
    wrong: list[Any] = [
        None,
        7 if one.type != "Float" else "7",
        [],
        [[]],
        [None],
        [7] if one.type != "Float" else ["7"],
    ]
    kind = one.type
    if kind in CLASSES:
        wrong += ["text", ["text"]]
        # An object that lacks what its own class demands.
        wrong += [{}, [{}]] if any(inner.required for inner in properties(kind)) else []
    elif kind not in ("Context", "ProfileRef"):
        wrong += [{}, [{}], {"en": "text"}]
    for value in wrong:
        assert not is_valid(name, changed(name, **{one.name: value}), form), value


@pytest.mark.parametrize(("name", "one"), EVERY, ids=_IDS)
def test_one_value_and_a_list_are_not_the_same(name: str, one: Property) -> None:
    """A set is a list, also of one; compacted, one value of it may stand by itself. A single value is never a list."""
    value = sample(name)[one.name]
    if one.type == "Context":
        assert not is_valid(name, changed(name, **{one.name: value[0]}), "canonical")
        return
    if one.many:
        alone = changed(name, **{one.name: value[0]})
        twice = changed(name, **{one.name: [*value, *value]})
        assert [is_valid(name, alone, form) for form in FORMS] == [False, len(one.within) < 2]
        assert all(is_valid(name, twice, form) for form in FORMS)
    else:
        assert not any(is_valid(name, changed(name, **{one.name: [value]}), form) for form in FORMS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "one"), [e for e in EVERY if e[1].type in ENUMERATIONS])
def test_a_word_that_an_enumeration_does_not_know_needs_ext_and_only_where_that_is_allowed(
    name: str, one: Property, form: Form
) -> None:
    for word in ENUMERATIONS[one.type].split():
        assert is_valid(name, changed(name, **{one.name: word}), form)
    for unknown in ("Unheard", "", "ext:", "EXT:x", " ext:x", "ext:x y", "x ext:x"):
        assert not is_valid(name, changed(name, **{one.name: unknown}), form), unknown
    assert is_valid(name, changed(name, **{one.name: "ext:Unheard-Of_1"}), form) is (one.type in EXTENSIBLE)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CLASSES)
def test_only_the_closed_classes_refuse_members_of_other_people(name: str, form: Form) -> None:
    assert is_valid(name, changed(name, anything={"may": ["stand", 1]}), form) is (name not in CLOSED)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "one"), [e for e in EVERY if e[1].within], ids=lambda e: str(getattr(e, "name", e)))
def test_an_object_says_what_it_is(name: str, one: Property, form: Form) -> None:
    other = ["Other"] if one.many else "Other"
    assert not is_valid(name, changed(name, **{one.name: other}), form)
    if one.many:
        right = [names[0] for names in one.within]
        assert is_valid(name, changed(name, **{one.name: [*right, "Other"]}), form)
        for left_out in range(len(right)):
            rest = [word for at, word in enumerate(right) if at != left_out]
            assert not is_valid(name, changed(name, **{one.name: [*rest, "Other"]}), form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (
            "DateTimeZ",
            ["2026-11-06", "2026-11-06T00:00:00", "2026-11-06 00:00:00Z", "2026-13-06T00:00:00Z", "today", ""],
        ),
        ("DateTime", ["2026-11-06", "2026-02-30T00:00:00Z", ""]),
        ("Date", ["2026-02-30", "20260228", "2026-02-28T00:00:00Z", ""]),
        ("URI", ["", "nothing", "/path/only", "https://example.org/a b", "https:"]),
        ("LanguageCode", ["", "Z", "zh_CN", "chinese", "zh-cn"]),
        ("CountryCode", ["", "cn", "CHN"]),
        ("CompactJws", ["", "a.b", "a.b.c.d", "a.b.c="]),
    ],
)
def test_values_have_the_form_of_their_type(kind: str, wrong: list[str], form: Form) -> None:
    name, one = next((name, one) for name, one in EVERY if one.type == kind)
    for value in wrong:
        assert not is_valid(name, changed(name, **{one.name: [value] if one.many else value}), form), value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "contexts",
    [
        [],
        ["https://www.w3.org/ns/credentials/v2"],
        ["https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
        ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://www.w3.org/ns/credentials/v2"],
        ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v2p1/context.json"],
    ],
)
def test_the_two_contexts_come_first_and_in_their_order(contexts: list[str], form: Form) -> None:
    for name in ("AchievementCredential", "EndorsementCredential"):
        assert not is_valid(name, changed(name, **{"@context": contexts}), form)
        more = [*sample(name)["@context"], {"own": "https://example.org/own"}, "https://example.org/more"]
        assert is_valid(name, changed(name, **{"@context": more}), form)


def members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every member of every object in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        if isinstance(value, dict):
            yield (*path, name)
        yield from members(inner, (*path, name))


@needs_shared
@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(FORMS))
def test_a_null_anywhere_in_the_full_example_is_refused(data: st.DataObject, form: Form) -> None:
    document = json.loads(shared("data", "openbadges", "examples/fullOpenBadge.json").read_bytes())
    *path, last = data.draw(st.sampled_from(list(members(document))))
    holder: Any = document
    for step in path:
        holder = holder[step]
    holder[last] = None
    assert not is_valid("AchievementCredential", document, form)


# ── what 1EdTech publishes ─────────────────────────────────────────────────────────────────────────────────────────

PUBLISHED = {
    "examples/achievementAlignmentCase.json": (True, True),
    "examples/achievementAlignmentCe.json": (True, True),
    "examples/basicOpenBadgeCredential.json": (True, True),
    "examples/fullOpenBadge.json": (True, True),
    "examples/skillAssertionCase.json": (True, True),
    "examples/skillAssertionCtdl.json": (True, True),
    "test-vectors/obv3p0/01-credential.json": (True, True),
    # Its proof is an object, as the compacted form allows and the canonical one does not.
    "test-vectors/obv3p0/07-signed-credential.json": (False, True),
    # An endorsement and a CLR are other classes.
    "examples/endorsement.json": (False, False),
    "test-vectors/clrv2p0/07-signed-credential.json": (False, False),
}


@needs_shared
@pytest.mark.parametrize("file", PUBLISHED)
def test_what_1edtech_publishes_is_taken_as_it_is_meant(file: str) -> None:
    document = json.loads(shared("data", "openbadges", file).read_bytes())
    assert tuple(is_valid("AchievementCredential", document, form) for form in FORMS) == PUBLISHED[file], file


@needs_shared
def test_the_one_thing_that_the_canonical_form_has_against_the_signed_vector_is_its_proof() -> None:
    document = json.loads(shared("data", "openbadges", "test-vectors/obv3p0/07-signed-credential.json").read_bytes())
    told = faults(document, _validator("AchievementCredential", "canonical"))
    assert [line.partition(":")[0] for line in told] == ["$.proof"]
    assert is_valid("AchievementCredential", document | {"proof": [document["proof"]]}, "canonical")


@needs_shared
@pytest.mark.parametrize("form", FORMS)
def test_the_published_endorsement_is_one(form: Form) -> None:
    document = json.loads(shared("data", "openbadges", "examples/endorsement.json").read_bytes())
    assert faults(document, _validator("EndorsementCredential", form)) == []
