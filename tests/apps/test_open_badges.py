"""What the register signs, as it comes out of the database and as it is handed out, is valid by the schema of Open Badges 3.0."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import orjson
import pytest

from guildhall.credentials import services
from guildhall.credentials.models import Award, Document, Instance
from guildhall.credentials.signing import WORTH_A_PLATE
from tests.apps import river
from tests.unit.openbadges import model
from tests.world import NOW, World

pytestmark = pytest.mark.django_db

VALIDATORS = model.validators(os.environ.get("GUILDHALL_TEST_OB_SCHEMA", ""))


def signed() -> list[dict[str, Any]]:
    """Return every signed certificate, as stored."""
    return [orjson.loads(one.body) for one in Document.objects.order_by("pk")]


def faults(one: dict[str, Any]) -> dict[str, list[str]]:
    return {name: told for name, against in VALIDATORS.items() if (told := model.faults(one, against))}


def test_what_both_tracks_issue_and_what_takes_its_place_is_valid(office: World) -> None:
    river.bring_in(office, river.rows(3))
    river.bring_in(office, [river.row(10, 考试日期=""), river.row(11, 职业="4-10-01-05", 工种="老年助浴员")])
    vocational = [river.row(n, 级别="3") for n in (20, 21)]
    river.bring_in(office, vocational, issuer=office.guangdong, actor=office.chen)
    by = {"actor": office.li, "now": NOW}
    first, second, *_ = (
        Award.objects.filter(issuer=office.national).select_related("issuer__organisation").order_by("number")
    )
    services.correct(first, services.Correction(holder_name="王小明"), reason="wrong-name", **by)
    services.reissue(second, reason="lost", **by)
    services.revoke(first, from_on=date(2026, 6, 1), reason="misconduct", **by)
    documents = signed()
    assert len(documents) == 9
    assert {one["credentialSubject"]["achievement"]["otherIdentifier"][0]["identifier"] for one in documents} == {
        "pcc",
        "vqc",
    }
    assert [faults(one) for one in documents] == [{}] * 9
    handed_out = [services.bundle(instance)["credential"] for instance in Instance.objects.all()]
    assert [faults(one) for one in handed_out] == [{}] * 9


def test_what_is_signed_by_the_plate_is_valid_too(office: World) -> None:
    river.bring_in(office, river.rows(WORTH_A_PLATE + 3))
    by_plate = Document.objects.exclude(plate=None)
    assert by_plate.count() == 3
    assert [faults(one) for one in signed()] == [{}] * (WORTH_A_PLATE + 3)
