"""Two processors that we did not write find the same canonical form of honest and hostile documents.

A longer run with figures: ``python -m tests.bench.canonical``.
"""

from __future__ import annotations

import random

import pytest

from guildhall.core.canonical import shapes
from guildhall.core.errors import Error
from tests import javascript
from tests.unit.canonical import documents, oracles


def _document(seed: int) -> dict[str, object]:
    rng = random.Random(seed)
    if seed % 10 == 9:
        return documents.presentation(rng, form=seed % 6)
    return documents.credential(rng, form=seed % 11, blank_nodes=seed % 3 > 0)


def _spoilt(seed: int) -> dict[str, object]:
    return documents.mutated(random.Random(seed), _document(seed))


def _ours(document: dict[str, object]) -> str | None:
    try:
        return shapes.canonical(document).decode()
    except Error:
        return None


@pytest.mark.parametrize("block", range(6))
def test_pyoxigraph_agrees_about_honest_documents(block):
    for seed in range(block * 40, block * 40 + 40):
        assert _ours(_document(seed)) == oracles.by_pyoxigraph(_document(seed))


@pytest.mark.parametrize("block", range(6))
def test_pyoxigraph_agrees_about_every_hostile_document_that_we_accept(block):
    n_accepted = 0
    for seed in range(block * 60, block * 60 + 60):
        document = _spoilt(seed)
        ours = _ours(document)
        if ours is not None:
            n_accepted += 1
            assert ours == oracles.by_pyoxigraph(document)
    assert n_accepted > 15


def test_jsonld_js_in_safe_mode_agrees_and_refuses_nothing_that_we_accept():
    with javascript.script("canonize.mjs") as script:
        script.ask({"contexts": oracles.all_contexts()})
        n_accepted = 0
        for seed in range(240):
            document = _spoilt(seed) if seed % 2 else _document(seed)
            ours = _ours(document)
            if ours is not None:
                n_accepted += 1
                assert script.ask({"document": document}) == {"nquads": ours}
        assert n_accepted > 150
