"""The vectors of transparency-dev/merkle (Apache-2.0): most are damaged on purpose, ``wantErr`` says which."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from guildhall.core import merkle
from guildhall.core.errors import Error
from tests.shared import SHARED, needs_shared, shared

_FOLDER = ("vectors", "merkle", "testdata")


def vectors(kind: str) -> list[Any]:
    if SHARED is None:
        return []
    folder = shared(*_FOLDER, kind)
    return [pytest.param(path, id=str(path.relative_to(folder))) for path in sorted(folder.rglob("*.json"))]


def load(path: Path) -> dict[str, Any]:
    vector = json.loads(path.read_bytes())
    vector["proof"] = [base64.b64decode(node) for node in vector["proof"] or ()]
    return vector


def refused(check: Any, *arguments: object) -> bool:
    try:
        check(*arguments)
    except Error:
        return True
    return False


@needs_shared
@pytest.mark.parametrize("path", vectors("inclusion"))
def test_inclusion_vectors_are_accepted_or_refused_as_they_say(path: Path):
    vector = load(path)
    leaf, root = (base64.b64decode(vector[name] or "") for name in ("leafHash", "root"))
    answer = refused(merkle.check_inclusion, leaf, vector["leafIdx"], vector["treeSize"], vector["proof"], root)
    assert answer is vector["wantErr"], vector["desc"]


@needs_shared
@pytest.mark.parametrize("path", vectors("consistency"))
def test_consistency_vectors_are_accepted_or_refused_as_they_say(path: Path):
    vector = load(path)
    root1, root2 = (base64.b64decode(vector[name] or "") for name in ("root1", "root2"))
    answer = refused(merkle.check_consistency, vector["size1"], root1, vector["size2"], root2, vector["proof"])
    assert answer is vector["wantErr"], vector["desc"]


@needs_shared
@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_no_vector_is_left_out(kind: str):
    assert len(vectors(kind)) == 98
