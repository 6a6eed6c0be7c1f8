"""Whole classifications come in side by side, in one piece or not at all."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from guildhall.accounts.models import AuditEntry
from guildhall.standards.classifications import loading
from guildhall.standards.models import ClassGroup, Occupation, WorkType
from tests.shared import needs_shared, shared
from tests.world import NOW, World

CN = "occupations_2022.jsonl"


def take(world: World, kind: str, files: Mapping[str, bytes]) -> loading.Imported:
    return loading.import_classification(kind, files, actor=world.wang, now=NOW)


@needs_shared
def test_the_national_dictionary_comes_in_whole_and_a_second_time_changes_nothing(world: World) -> None:
    files = {CN: shared("data", "cn", CN).read_bytes()}
    imported = take(world, "cn", files)
    assert (imported.n_occupations, imported.n_groups) == (1671, 8 + 74 + 382)
    assert Occupation.objects.filter(classification="cn-2022").count() == 1671
    assert [ClassGroup.objects.filter(classification="cn-2022", rank=rank).count() for rank in range(3)] == [8, 74, 382]
    n_entries = AuditEntry.objects.count()
    again = take(world, "cn", files)
    assert again.unchanged
    assert AuditEntry.objects.count() == n_entries
    electrician = Occupation.objects.get(classification="cn-2022", code="6-31-01-03")
    assert (electrician.name["zh"], electrician.name["en"]) == ("电工", "Electrician")
    assert electrician.group is not None
    assert electrician.group.code == "6-31-01"
    assert WorkType.objects.filter(occupation__classification="cn-2022").count() >= 70
