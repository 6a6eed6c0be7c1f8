"""Editions of standards: two people, one at a time, and fixed once published."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from guildhall.accounts.models import AuditEntry, RoleKind
from guildhall.accounts.services import Actor
from guildhall.core.errors import ForbiddenError
from guildhall.core.standard import InvalidStandardError, competencies, digest, parse
from guildhall.core.standard.editing import move, reword
from guildhall.credentials.affected import Affected, affected_by
from guildhall.standards.editions import selectors, services
from guildhall.standards.models import Competency, Standard
from guildhall.standards.selectors import UnknownOccupationError, standard_in_force, standards_of
from guildhall.standards.services import EditionChangedError, load_classification
from tests.unit.standard.made import EXAMPLE, encoded, example, some_edition
from tests.world import NOW, World, classification_file

pytestmark = pytest.mark.django_db

SUN = Actor("sun", roles=frozenset({(RoleKind.STANDARDS_OFFICER, None)}))
MEI = Actor("mei", roles=frozenset({(RoleKind.STANDARDS_OFFICER, None)}))
GU = Actor("gu", roles=frozenset({(RoleKind.STANDARDS_OFFICER, None)}))
BY: dict[str, Any] = {"actor": SUN, "now": NOW}


def drafted(content: dict[str, Any] | None = None) -> Standard:
    return services.draft_from(content or example(), **BY)


def published() -> Standard:
    standard = services.submit(drafted(), **BY)
    return services.publish(standard, expected=standard.digest, actor=MEI, now=NOW)


def deeds() -> list[str]:
    return [entry.deed for entry in AuditEntry.objects.order_by("id") if entry.deed.endswith("-standard")]


def test_an_edition_goes_from_draft_to_publication_by_two_people(world: World) -> None:
    standard = published()
    standard.refresh_from_db()
    assert (standard.state, standard.submitted_by, standard.published_by) == ("published", "sun", "mei")
    assert standard.digest == digest(EXAMPLE)
    assert standard.published_at == NOW
    assert deeds() == ["draft-standard", "submit-standard", "publish-standard"]
    assert standard_in_force(world.electrician, date(2026, 6, 1)) == standard
    held = list(selectors.competencies_of(standard).values_list("id", "parent", "level", "number", "kind"))
    assert held == [
        (one.id, one.parent, one.level, one.item.number, one.item.kind) for one in competencies(parse(encoded(EXAMPLE)))
    ]
    assert selectors.competencies_of(standard, "4").filter(kind="skill").count() == 4


def test_neither_who_submitted_nor_who_wrote_it_publishes(world: World) -> None:
    standard = drafted()
    changed = reword(example(), level="5", kind="function", number="1", name={"zh": "安装"})
    standard = services.edit(standard, changed, expected=standard.digest, actor=GU, now=NOW)
    standard = services.submit(standard, **BY)
    for actor in (SUN, GU):
        with pytest.raises(services.SecondPersonNeededError):
            services.publish(standard, expected=standard.digest, actor=actor, now=NOW)
    assert not Competency.objects.exists()
    services.publish(standard, expected=standard.digest, actor=MEI, now=NOW)


def test_what_was_read_is_what_is_published(world: World) -> None:
    standard = services.submit(drafted(), **BY)
    with pytest.raises(services.DraftChangedError):
        services.publish(standard, expected="0" * 64, actor=MEI, now=NOW)


def test_a_draft_that_somebody_else_has_saved_is_not_overwritten(world: World) -> None:
    standard = drafted()
    seen = standard.digest
    theirs = reword(example(), level="5", kind="function", number="1", name={"zh": "安装"})
    services.edit(standard, theirs, expected=seen, actor=MEI, now=NOW)
    mine = reword(example(), level="5", kind="function", number="2", name={"zh": "维修"})
    with pytest.raises(services.DraftChangedError) as refused:
        services.edit(standard, mine, expected=seen, **BY)
    assert refused.value.params["by"] == "mei"
    standard.refresh_from_db()
    assert standard.content == theirs


def test_the_same_content_again_changes_nothing(world: World) -> None:
    standard = drafted()
    services.edit(standard, example(), expected=standard.digest, actor=MEI, now=NOW)
    standard.refresh_from_db()
    assert standard.drafted_by == "sun"
    assert deeds() == ["draft-standard"]


def test_an_unfinished_draft_is_kept_and_not_submitted(world: World) -> None:
    content = example()
    content["weights"]["5"]["theory"]["1"] = "36"
    standard = drafted(content)
    assert [code for code, _ in selectors.lacks(standard)] == ["weights_do_not_sum"]
    with pytest.raises(InvalidStandardError) as refused:
        services.submit(standard, **BY)
    assert refused.value.params["codes"] == ["weights_do_not_sum"]
    content["requirements"]["5"][0]["number"] = "9"
    with pytest.raises(InvalidStandardError):
        services.edit(standard, content, expected=standard.digest, **BY)


def test_a_draft_stays_with_its_occupation_and_edition(world: World) -> None:
    standard = drafted()
    for other in ({"edition": "sample-2"}, {"occupation": "4-10-01-05"}):
        with pytest.raises(services.OtherEditionError):
            services.edit(standard, example() | other, expected=standard.digest, **BY)
    with pytest.raises(services.EditionTakenError):
        drafted()
    with pytest.raises(UnknownOccupationError):
        drafted(example() | {"occupation": "9-99-99-99"})


def test_deeds_are_refused_in_the_wrong_state(world: World) -> None:
    standard = drafted()
    with pytest.raises(services.EditionMovedOnError):
        services.publish(standard, expected=standard.digest, actor=MEI, now=NOW)
    with pytest.raises(services.EditionMovedOnError):
        services.send_back(standard, "", **BY)
    services.submit(standard, **BY)
    for deed in (
        lambda: services.submit(standard, **BY),
        lambda: services.edit(standard, example(), expected=standard.digest, **BY),
        lambda: services.discard(standard, **BY),
        lambda: services.draft_next(standard, "2", in_force_on=date(2027, 1, 1), **BY),
    ):
        with pytest.raises(services.EditionMovedOnError):
            deed()
    services.send_back(standard, "第一功能权重偏高", actor=MEI, now=NOW)
    services.discard(standard, **BY)
    assert not Standard.objects.filter(edition="sample-1").exists()
    with pytest.raises(services.UnknownEditionError):
        services.submit(standard, **BY)


def test_only_standards_officers_write(world: World) -> None:
    for actor in (world.nobody, world.li, world.zhou, world.wang):
        with pytest.raises(ForbiddenError):
            services.draft_from(example(), actor=actor, now=NOW)
    standard = drafted()
    for deed in (
        lambda: services.edit(standard, example(), expected="", actor=world.zhou, now=NOW),
        lambda: services.submit(standard, actor=world.nobody, now=NOW),
        lambda: services.publish(standard, expected="", actor=world.wang, now=NOW),
        lambda: services.import_edition(encoded(EXAMPLE), actor=SUN, now=NOW),
    ):
        with pytest.raises(ForbiddenError):
            deed()


def test_the_next_edition_begins_with_the_text_of_the_last_and_tells_what_changed(world: World) -> None:
    content = example()
    content["basic"][0]["id"] = "11111111-2222-4333-8444-555555555555"
    first = services.submit(drafted(content), **BY)
    first = services.publish(first, expected=first.digest, actor=MEI, now=NOW)
    draft = services.draft_next(first, "sample-2", in_force_on=date(2027, 1, 1), actor=MEI, now=NOW)
    assert selectors.changes_of(draft) == ()
    moved = move(draft.content, level="5", kind="function", number="1", by=1)
    draft = services.edit(draft, moved, expected=draft.digest, actor=MEI, now=NOW)
    assert {change.deed for change in selectors.changes_of(draft)} >= {"moved"}
    draft = services.submit(draft, actor=MEI, now=NOW)
    services.publish(draft, expected=draft.digest, **BY)
    assert standard_in_force(world.electrician, date(2026, 12, 31)) == first
    assert standard_in_force(world.electrician, date(2027, 1, 1)) == draft
    assert Competency.objects.count() == 66


def test_a_first_draft_begins_with_empty_chapters(world: World) -> None:
    standard = services.draft(
        world.cook, "1", levels=["4", "5"], body={"zh": "机构"}, in_force_on=date(2027, 1, 1), **BY
    )
    assert standard.levels == ["5", "4"]
    assert {code for code, _ in selectors.lacks(standard)} >= {"weights_missing", "text_missing"}
    assert standard not in standards_of(world.cook)


# --- Fixed once published --------------------------------------------------------------------------------------------


def test_the_database_keeps_a_published_edition(world: World) -> None:
    standard = published()
    for column in ("edition", "content", "digest", "state", "published_by", "name", "levels"):
        value: object = {"content": {}, "name": {"zh": "别名"}, "levels": ["5"]}.get(column, "draft")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Standard.objects.filter(pk=standard.pk).update(**{column: value})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE standards_standard SET published_by = 'x' WHERE edition = 'sample-1'")


def test_a_published_edition_and_its_items_cannot_be_removed(world: World) -> None:
    published()
    for deed in (
        lambda: Competency.objects.all().delete(),
        lambda: Competency.objects.update(number="9"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            deed()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM standards_standard WHERE edition = 'sample-1'")


def test_a_published_edition_may_end_and_a_draft_may_change(world: World) -> None:
    standard = published()
    standard.ends_on = date(2027, 12, 31)
    standard.save(update_fields=["ends_on"])
    draft = drafted(example() | {"edition": "sample-2"})
    Standard.objects.filter(pk=draft.pk).update(document_no="x")
    Standard.objects.filter(pk=draft.pk).delete()


# --- By file ---------------------------------------------------------------------------------------------------------


def test_a_published_edition_comes_in_by_file_once(world: World) -> None:
    standard, is_new = services.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    assert is_new
    assert (standard.state, standard.competencies.count()) == ("published", 33)
    again, is_new = services.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    assert (again, is_new) == (standard, False)
    assert deeds() == ["import-standard"]
    with pytest.raises(EditionChangedError):
        services.import_edition(encoded(move(example(), level="5", kind="function", number="1", by=1)), actor=world.command, now=NOW)  # fmt: skip


def test_an_edition_known_by_name_gets_its_text(world: World) -> None:
    known = Standard.objects.get(occupation=world.electrician, edition="2024")
    content = some_edition(7)
    content |= {"edition": "2024", "in_force_on": "2024-01-01"}
    if content["overview"]["levels"] != known.levels:
        with pytest.raises(EditionChangedError):
            services.import_edition(encoded(content), actor=world.command, now=NOW)
        seed = next(n for n in range(200) if some_edition(n)["overview"]["levels"] == known.levels)
        content = some_edition(seed) | {"edition": "2024", "in_force_on": "2024-01-01"}
    standard, is_new = services.import_edition(encoded(content), actor=world.command, now=NOW)
    assert (standard.pk, is_new) == (known.pk, True)
    load = {"actor": world.command, "now": NOW}
    with pytest.raises(EditionChangedError):
        load_classification(classification_file(), **load)  # the file gives it another name
    named = json.loads(classification_file())
    named["occupations"][0]["standards"][0]["name"] = content["name"]
    load_classification(encoded(named), **load)


def test_a_refused_file_leaves_everything_as_it_was(world: World) -> None:
    before = Standard.objects.count()
    content = example()
    content["weights"]["5"]["theory"]["1"] = "36"
    with pytest.raises(InvalidStandardError):
        services.import_edition(encoded(content), actor=world.command, now=NOW)
    assert Standard.objects.count() == before


def test_items_under_identifiers_of_another_edition_are_refused(world: World) -> None:
    one, two = example(), example() | {"edition": "sample-2"}
    for content in (one, two):
        content["basic"][0]["id"] = "11111111-2222-4333-8444-555555555555"
    services.import_edition(encoded(one), actor=world.command, now=NOW)
    with pytest.raises(services.IdentifierTakenError):
        services.import_edition(encoded(two), actor=world.command, now=NOW)


# --- Whom it concerns ------------------------------------------------------------------------------------------------


def test_filings_of_its_occupation_and_levels_and_what_rooms_above_add_are_affected(world: World) -> None:
    standard = published()
    found = affected_by(
        standard, on=world.today, further=[lambda one, on: [Affected("plan", one.edition, {"zh": "培养方案"})]]
    )
    assert {one.key for one in found if one.kind == "accreditation"} == {"PCC-2025-0001", "VQC-44-0001"}
    assert [one.key for one in found if one.kind == "plan"] == ["sample-1"]
    assert [one for one in affected_by(standard, on=date(2099, 1, 1)) if one.kind == "accreditation"] == []
