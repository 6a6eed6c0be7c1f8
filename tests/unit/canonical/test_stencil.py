"""Documents of one stencil: written in pieces, to the byte as the reference writes them whole."""

from __future__ import annotations

import random
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.canonical.jcs import NotJsonError, Stencil
from guildhall.core.canonical.shapes import Template, UnknownHoleError
from tests.unit.canonical import documents

FILLERS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.sampled_from(["\x00", "\x001\x00", '"\x000\x00"', "\\", '"', "\x7f", "\u2028", "\U0001f600", "\uffff"]),
)


def built(values: tuple[Any, ...]) -> dict[str, Any]:
    return {"z": [values[0], {"b": values[1], "a": 1.0}], "\ufb33": values[2], "\U0001f600": values[0], "a": "\\\"'"}


@given(st.tuples(FILLERS, FILLERS, FILLERS))
@settings(max_examples=300, deadline=None)
def test_a_stencil_writes_what_the_reference_writes(values: tuple[Any, ...]) -> None:
    assert Stencil(built, 3).canonical(values) == rfc8785.dumps(built(values))


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.text(st.sampled_from('",\\\x00[]: 0'), max_size=8),
)


@given(st.tuples(TEXTS, TEXTS, TEXTS))
@settings(max_examples=300, deadline=None)
def test_texts_alone_are_told_apart_whatever_they_hold(values: tuple[Any, ...]) -> None:
    assert Stencil(built, 3).canonical(values) == rfc8785.dumps(built(values))


@pytest.mark.parametrize("value", [True, None, 1.5, 5.0, 1e21, [], {"b": 1, "a": 2}, ("x",)])
def test_a_value_of_another_kind_is_written_all_the_same(value: Any) -> None:
    filled = (value, "x", 3)
    assert Stencil(built, 3).canonical(filled) == rfc8785.dumps(built(filled))


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", b"x", object(), float("nan")])
def test_a_value_without_a_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotJsonError):
        Stencil(built, 3).canonical(("x", value, "y"))


@pytest.mark.parametrize("text", ["\x00", "\x000\x00", "\x001\x00", "\x00hole"])
def test_a_document_that_holds_marks_of_its_own_is_still_exact(text: str) -> None:
    stencil = Stencil(lambda values: {"own": text, "hole": values[0], text: values[1]}, 2)
    assert stencil.canonical(("p", "q")) == rfc8785.dumps({"own": text, "hole": "p", text: "q"})


def test_a_template_writes_the_canonical_json_of_its_documents() -> None:
    certificate = documents.certificate(random.Random(1))
    template = Template(certificate, documents.CERTIFICATE_HOLES)
    values: dict[str, str | int] = dict.fromkeys(documents.CERTIFICATE_HOLES, 'urn:x:"\n新')
    for _ in range(2):
        assert template.json(values) == rfc8785.dumps(template.document(values))
    with pytest.raises(UnknownHoleError):
        template.json({})
