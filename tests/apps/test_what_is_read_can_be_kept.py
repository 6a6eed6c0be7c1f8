"""Whatever a reader accepts, both databases keep: no text too long for a column, no number beyond one, no character it lacks.

Each text and each number of a document is put to the edge, one at a time. What comes of it is entered or refused with a code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from guildhall.accounts.models import Organisation, OrganisationKind
from guildhall.accounts.services import COMMAND, register_organisation
from guildhall.core.errors import Error
from guildhall.credit import services as credit
from guildhall.curriculum import services as curriculum
from guildhall.employers import services as employers
from guildhall.issuers.loading import load_filings, load_issuers
from guildhall.problems import TITLES
from guildhall.schemes.services import load_scheme
from guildhall.standards.classifications import crosswalks
from guildhall.standards.editions import services as editions
from guildhall.standards.frameworks import services as frameworks
from guildhall.standards.services import load_classification
from tests.fuzz_mutation import places
from tests.fuzz_seeds import seeds
from tests.world import NOW, World

LONG = "x" * 5_000
EDGES: dict[type, tuple[object, ...]] = {
    str: (LONG, "电" * 300, "9" * 200, "9999-12-31"),
    int: (2**53 - 1, 2**31, 2**15),
}
MOST = 400


def changed(document: Any) -> Iterator[bytes]:
    for holder, key in places(document):
        was = holder[key]
        for edge in EDGES.get(type(was), ()):
            holder[key] = edge
            yield json.dumps(document, ensure_ascii=False).encode()
        holder[key] = was
        if isinstance(holder, dict):
            del holder[key]
            holder[LONG] = was
            yield json.dumps(document, ensure_ascii=False).encode()
            del holder[LONG]
            holder[key] = was


def organisation(slug: str, kind: OrganisationKind) -> Organisation:
    return register_organisation(slug, kind=kind, name={"zh": slug}, region="310000", actor=COMMAND, now=NOW)


def entries(world: World) -> dict[str, Callable[[bytes], object]]:
    by: Any = {"actor": world.command, "now": NOW}
    yard = organisation("demo-shipyard", OrganisationKind.EMPLOYER)
    college = organisation("demo-college", OrganisationKind.COLLEGE)
    return {
        "post": lambda data: employers.enter_post(data, yard, **by),
        "coverage_programme": lambda data: curriculum.enter_plan(data, college, **by),
        "conversion_rule_set": lambda data: credit.enter_rule_set(data, college, **by),
        "scheme": lambda data: load_scheme(data, **by),
        "issuers": lambda data: load_issuers(data, **by),
        "filings": lambda data: load_filings(data, **by),
        "classification": lambda data: load_classification(data, **by),
        "crosswalk": lambda data: crosswalks.import_crosswalk(data, **by),
        "standard_edition": lambda data: editions.import_edition(data, **by),
        "case_package": lambda data: frameworks.import_framework(data, **by),
    }


FITTING: dict[str, dict[str, object]] = {
    "post": {"employer": "demo-shipyard"},
    "coverage_programme": {"institution": "demo-college"},
    "conversion_rule_set": {"institution": "demo-college"},
    "standard_edition": {"edition": "sample-9"},
}
"""What makes a document one of this world."""


def document_of(name: str, world: World) -> Any:
    document = json.loads(seeds(name)[-1]) | FITTING.get(name, {})
    for section in {"CFItems", "CFAssociations"} & document.keys():
        document[section] = document[section][:2]
    if name == "issuers":
        left_out = ("number_parts", "credit_code")
        listed = [{key: value for key, value in one.items() if key not in left_out} for one in document["issuers"]]
        document = {
            "issuers": [one | {"slug": f"own-{n}", "did": f"did:web:x.example:own-{n}"} for n, one in enumerate(listed)]
        }
    if name == "filings":
        own = {"issuer": world.national.organisation.slug, "scheme": "pcc", "occupations": ["6-31-01-03"], "site": ""}
        document = {"filings": [one | own | {"filing": f"F-{n}"} for n, one in enumerate(document["filings"][:1])]}
    return document


@pytest.mark.parametrize("name", ["post", "coverage_programme", "conversion_rule_set", "scheme", "issuers", "filings",
                                  "classification", "crosswalk", "standard_edition", "case_package"])  # fmt: skip
def test_what_is_read_can_be_kept(world: World, name: str) -> None:
    enter = entries(world)[name]
    codes: set[str] = set()
    n_entered = 0
    document = document_of(name, world)
    every = list(changed(document))
    for data in every[:: 1 + len(every) // MOST]:
        try:
            with transaction.atomic():
                enter(data)
                n_entered += 1
                transaction.set_rollback(True)
        except Error as error:
            codes.add(error.code)
    assert codes <= TITLES.keys()
    assert codes, "something is refused"
    assert n_entered, "something is entered"
