"""Programmes in the register: entered, published, aligned, and touched by the next edition of a standard."""

from __future__ import annotations

import copy
import json
from datetime import date
from fractions import Fraction
from importlib import resources
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from guildhall.accounts.models import AuditEntry, Organisation
from guildhall.core.errors import Error, ForbiddenError
from guildhall.core.standard import Document, read
from guildhall.curriculum import selectors, services
from guildhall.curriculum.models import PlanEdition
from tests.apps import bank
from tests.world import NOW, World

PROGRAMME: dict[str, Any] = json.loads(
    resources.files("guildhall.demo").joinpath("study/programme-460306-2026.json").read_text("utf-8")
) | {"institution": "north-college"}
STANDARD: dict[str, Any] = json.loads(
    resources.files("guildhall.standards").joinpath("data/standards/6-31-01-03-2024.json").read_text("utf-8")
)


@pytest.fixture
def college(world: World) -> Organisation:
    return bank.college()


@pytest.fixture
def officer(college: Organisation) -> Any:
    return bank.officer(college)


def entered(college: Organisation, actor: Any, **changes: Any) -> PlanEdition:
    return services.enter_plan(json.dumps(PROGRAMME | changes).encode(), college, actor=actor, now=NOW)


def published(college: Organisation, actor: Any, **changes: Any) -> PlanEdition:
    return services.publish_plan(entered(college, actor, **changes), actor=actor, now=NOW)


def refusal(call: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Error) as caught:
        call(*args, **more)
    return caught.value.code


def test_the_same_file_again_changes_nothing(college: Organisation, officer: Any) -> None:
    first, n_rows = entered(college, officer), AuditEntry.objects.count()
    assert entered(college, officer) == first
    assert AuditEntry.objects.count() == n_rows
    assert PlanEdition.objects.count() == 1


def test_a_draft_may_be_replaced_and_a_published_edition_may_not(college: Organisation, officer: Any) -> None:
    first = entered(college, officer)
    second = entered(college, officer, name={"zh": "另一名称"})
    assert (second.pk, second.name) == (first.pk, {"zh": "另一名称"})
    services.publish_plan(second, actor=officer, now=NOW)
    assert refusal(entered, college, officer) == "plan_published"
    assert entered(college, officer, name={"zh": "另一名称"}).pk == first.pk


def test_the_database_keeps_a_published_edition(college: Organisation, officer: Any) -> None:
    plan = published(college, officer)
    for change in ({"name": {"zh": "假"}}, {"content": {}}, {"state": "draft"}, {"starts_on": date(2020, 1, 1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PlanEdition.objects.filter(pk=plan.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        PlanEdition.objects.filter(pk=plan.pk).delete()


def test_only_an_officer_of_the_college_enters_and_publishes(college: Organisation, officer: Any, world: World) -> None:
    other = bank.college("south-college")
    stranger = bank.officer(other, "du")
    with pytest.raises(ForbiddenError):
        entered(college, stranger)
    with pytest.raises(ForbiddenError):
        services.publish_plan(entered(college, officer), actor=stranger, now=NOW)
    assert selectors.plans().count() == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"institution": "south-college"}, "foreign_programme"),
        ({"occupation": "1-99-99-99"}, "unknown_occupation"),
        ({"courses": [{"code": "X"}]}, "invalid_programme"),
        ({"format": "guildhall-programme/9"}, "invalid_programme"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    college: Organisation, officer: Any, changes: dict[str, Any], code: str
) -> None:
    assert refusal(entered, college, officer, **changes) == code
    assert not PlanEdition.objects.exists()


def test_students_follow_the_edition_that_began_last(college: Organisation, officer: Any) -> None:
    early = published(college, officer)
    late = published(college, officer, edition="2027", starts_on="2027-09-01")
    entered(college, officer, edition="2028", starts_on="2026-10-01")
    assert refusal(selectors.plan_in_force, college, "460306", date(2026, 8, 31)) == "unknown_plan"
    assert selectors.plan_in_force(college, "460306", date(2027, 8, 31)) == early
    assert selectors.plan_in_force(college, "460306", date(2027, 9, 1)) == late
    assert selectors.in_force(date(2027, 9, 1)) == [late]


def test_a_plan_is_read_as_the_engines_read_its_file(college: Organisation, officer: Any) -> None:
    programme = selectors.programme_of(published(college, officer))
    assert (programme.code, len(programme.courses)) == (PROGRAMME["code"], len(PROGRAMME["courses"]))


def next_edition(change: Any) -> tuple[Document, Document]:
    later = copy.deepcopy(STANDARD) | {"edition": "next"}
    change(later)
    return read(STANDARD), read(later)


def test_a_new_edition_lists_the_plans_that_it_touches(college: Organisation, officer: Any, world: World) -> None:
    def reweigh(content: dict[str, Any]) -> None:
        content["weights"]["4"]["skill"].update({"1": "15", "4": "25"})

    plan = published(college, officer)
    (touched,) = selectors.touched_by(world.electrician, *next_edition(reweigh))
    assert touched.plan == plan
    (level,) = touched.levels
    assert level.level == "4"
    assert level.before is not None
    assert level.after is not None
    # 4.2 is half of function 4 and only taught: half of 20 is lacking before, half of 25 after.
    assert level.before.columns["skill"].covered == Fraction(100 - 10, 100)
    assert level.after.columns["skill"].covered == Fraction(1000 - 125, 1000)


def test_a_new_edition_with_the_same_content_touches_no_plan(college: Organisation, officer: Any, world: World) -> None:
    published(college, officer)
    assert selectors.touched_by(world.electrician, *next_edition(lambda content: None)) == []
    assert selectors.touched_by(world.carer, *next_edition(lambda content: None)) == []
