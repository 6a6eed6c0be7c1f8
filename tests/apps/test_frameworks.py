"""Frameworks: our editions and other people's, in and out, and the read API of CASE."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import jsonschema
import pytest
from django.test import Client

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor
from guildhall.core.errors import ForbiddenError
from guildhall.core.exchange.case import InvalidFrameworkError, read_package
from guildhall.standards.editions import selectors as editions
from guildhall.standards.editions import services as desk
from guildhall.standards.frameworks import services
from guildhall.standards.models import Framework, FrameworkAssociation, FrameworkItem
from tests.refusals import code_of
from tests.shared import needs_shared, shared
from tests.unit.exchange.test_case import foreign
from tests.unit.standard.made import EXAMPLE, encoded, example
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

SUN = Actor("sun", roles=frozenset({(RoleKind.STANDARDS_OFFICER, None)}))
BY: dict[str, Any] = {"actor": SUN, "now": NOW}
API = "/ims/case/v1p1"


def get(path: str, status: int = 200) -> Any:
    answer = Client().get(f"{API}/{path}")
    assert answer.status_code == status, answer.content[:500]
    return json.loads(answer.content)


def entered(seed: int = 1) -> dict[str, Any]:
    package = foreign(seed)
    services.import_framework(encoded(package), **BY)
    return package


@cache
def schema() -> Any:
    return json.loads(shared("data/case/official-case-v1p1-cfpackage.json").read_bytes())


def minor(body: Any) -> str:
    return str(body["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"])


def test_somebody_elses_framework_goes_in_and_out_as_it_is(db: None) -> None:
    package = entered()
    assert get(f"CFPackages/{package['CFDocument']['identifier']}") == package
    held = Framework.objects.get()
    assert (held.n_items, held.n_associations) == (30, len(package["CFAssociations"]))


def test_the_same_package_again_changes_nothing_and_another_takes_its_place(db: None) -> None:
    package = entered()
    again = services.import_framework(encoded(package), **BY)
    assert (again.is_new, again.n_items) == (False, 30)
    package["CFItems"][0]["fullStatement"] = "another text"
    changed = services.import_framework(encoded(package), **BY)
    assert not changed.is_new
    assert FrameworkItem.objects.count() == 30
    assert get(f"CFPackages/{package['CFDocument']['identifier']}") == package


def test_a_refused_package_leaves_the_former_one_untouched(world: World) -> None:
    package = entered()
    broken = json.loads(encoded(package))
    broken["CFItems"][7]["identifier"] = "nothing"
    with pytest.raises(InvalidFrameworkError):
        services.import_framework(encoded(broken), **BY)
    assert get(f"CFPackages/{package['CFDocument']['identifier']}") == package
    with pytest.raises(ForbiddenError):
        services.import_framework(encoded(foreign(2)), actor=world.nobody, now=NOW)


def test_progress_is_told(db: None) -> None:
    told: list[tuple[int, int]] = []
    services.import_framework(encoded(foreign(1)), progress=lambda *counts: told.append(counts), **BY)
    assert told[-1] == (30, len(foreign(1)["CFAssociations"]))


@needs_shared
def test_a_published_edition_is_served_as_a_valid_package_and_comes_back_equal(world: World) -> None:
    standard, _ = desk.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    package = get(f"CFPackages/{standard.identifier}")
    jsonschema.Draft201909Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(package)
    content, problems = services.content_from(
        read_package(encoded(package)), occupation="", edition="", level="", in_force_on=date(2027, 1, 1)
    )
    assert (content, problems) == (EXAMPLE, [])


def test_every_item_and_association_of_an_edition_can_be_asked_for(world: World) -> None:
    standard, _ = desk.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    for held in editions.competencies_of(standard):
        item = get(f"CFItems/{held.pk}")
        assert (item["fullStatement"], item["humanCodingScheme"]) == (held.name["zh"], held.number)
        assert item["CFDocumentURI"]["identifier"] == str(standard.identifier)
    link = FrameworkAssociation.objects.filter(kind="precedes").get()
    assert get(f"CFAssociations/{link.identifier}")["associationType"] == "precedes"
    both = get(f"CFItemAssociations/{link.origin}")
    assert both["CFItem"]["identifier"] == link.origin
    assert {one["associationType"] for one in both["CFAssociations"]} == {"isChildOf", "precedes"}


def test_documents_are_listed_page_by_page(db: None) -> None:
    for seed in range(5):
        entered(seed)
    answer = Client().get(f"{API}/CFDocuments?limit=2&offset=2")
    assert answer["X-Total-Count"] == "5"
    assert {part.split("rel=")[1] for part in answer["Link"].split(", ")} == {'"first"', '"prev"', '"next"', '"last"'}
    seen = [one["identifier"] for at in (0, 2, 4) for one in get(f"CFDocuments?limit=2&offset={at}")["CFDocuments"]]
    assert len(set(seen)) == 5
    assert get("CFDocuments?offset=9")["CFDocuments"] == []
    one = get(f"CFDocuments/{seen[0]}?fields=title")
    assert one.keys() == {"identifier", "title"}
    assert get(f"CFDocuments/{seen[0]}")["CFPackageURI"]["uri"].endswith(f"{API}/CFPackages/{seen[0]}")


REFUSED = [
    ("CFItems/11111111-2222-4333-8444-555555555555", 404, "unknownobject"),
    ("CFPackages/11111111-2222-4333-8444-555555555555", 404, "unknownobject"),
    ("CFAssociations/11111111-2222-4333-8444-555555555555", 404, "unknownobject"),
    ("CFItemAssociations/11111111-2222-4333-8444-555555555555", 404, "unknownobject"),
    ("CFItems/nothing", 404, "invalid_uuid"),
    ("CFRubrics/11111111-2222-4333-8444-555555555555", 404, "unknownobject"),
    ("CFItems/a/b", 404, "unknownobject"),
    ("CFDocuments?limit=0", 400, "invalid_selection_field"),
    ("CFDocuments?offset=-1", 400, "invalid_selection_field"),
    ("CFDocuments?limit=x", 400, "invalid_selection_field"),
]


def test_errors_have_the_body_that_clients_expect(db: None) -> None:
    for path, status, value in REFUSED:
        body = get(path, status)
        assert (body["imsx_codeMajor"], body["imsx_severity"], minor(body)) == ("failure", "error", value), path


def test_the_api_only_reads() -> None:
    assert Client().post(f"{API}/CFDocuments").status_code == 405


def test_a_published_edition_is_not_overwritten_by_a_package(world: World) -> None:
    standard, _ = desk.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    package = get(f"CFPackages/{standard.identifier}")
    package["CFDocument"]["title"] = "changed"
    with pytest.raises(services.FrameworkChangedError):
        services.import_framework(encoded(package), **BY)


def test_a_framework_becomes_the_draft_of_an_edition(world: World) -> None:
    package = read_package(encoded(foreign(4)))
    content, problems = services.content_from(
        package, occupation="6-31-01-03", edition="x", level="4", in_force_on=date(2027, 1, 1)
    )
    standard = desk.draft_from(content, **BY)
    assert {code for code, _ in problems} == {"too_deep"}
    assert str(standard.identifier) == package.document["identifier"]
    assert "weights_missing" in {code for code, _ in editions.lacks(standard)}
    assert code_of(lambda: desk.submit(standard, **BY)) == "invalid_standard"
    assert example()
