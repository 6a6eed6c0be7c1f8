"""Credits over HTTP: from a deposit through a plan and an application to a transcript that verifies."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guildhall.accounts.models import User
from guildhall.accounts.services import COMMAND
from guildhall.accounts.tokens import create_token
from guildhall.core.verify import verify
from guildhall.credit import work
from tests.apps import bank, river
from tests.world import World

pytestmark = pytest.mark.django_db


def caller(name: str) -> Any:
    """Return who calls with a token of a person: method, path, body → status and answer."""
    now = timezone.now()
    token = create_token(User.objects.get(username=name), "test", lasts=timedelta(days=1), actor=COMMAND, now=now)
    client = Client(headers={"authorization": f"Bearer {token}"})

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = client.generic(
            method, f"/api{path}", json.dumps(body) if body else "", content_type="application/json"
        )
        return answer.status_code, json.loads(answer.content)

    return call


def test_the_whole_way(office: World) -> None:
    now = timezone.now()
    river.bring_in(office, river.rows(1), now=now)
    work.run_once(now)
    north = bank.converting_college()
    offers = [{"id": "by-certificate", "takes": {"outcome": {"kinds": ["vocational-certificate"]}},
               "gives": {"course": "EL201"}, "worth": "4"},
              {"id": "by-course", "takes": {"outcome": {"kinds": ["course"]}}, "gives": {"course": "EL203"}}]  # fmt: skip
    bank.publish_rules(north, "2026b", starts_on="2026-02-01", offers=offers, caps=[])
    bank.officer(north)
    bank.learner()
    ma, learner, nobody = caller("ma"), caller("learner-0"), caller("nobody")

    deposit = {"organisation": "north-college", "reference": "t/1", "id_number": river.resident_id(0),
               "holder_name": river.name(0), "outcome": bank.COURSE}  # fmt: skip
    assert ma("POST", "/outcomes", deposit)[0] == 201
    assert learner("POST", "/outcomes", deposit)[0] == 403
    assert ma("POST", "/outcomes", deposit | {"outcome": {"kind": "x"}})[1]["code"] == "invalid_outcome"

    status, account = learner("GET", "/account")
    assert (status, sorted(one["kind"] for one in account["outcomes"])) == (200, ["course", "vocational-certificate"])
    assert nobody("GET", "/account")[1]["code"] == "unknown_account"
    assert Client().get("/api/account").status_code == 401

    wanted = {"college": "north-college", "programme": bank.PROGRAMME}
    status, shown = learner("POST", "/account/plan", wanted)
    assert (status, shown["plan"]["credits"]) == (200, "7")
    assert learner("POST", "/applications", wanted | {"plan_digest": "0" * 64})[1]["code"] == "plan_outdated"
    status, application = learner("POST", "/applications", wanted | {"plan_digest": shown["digest"]})
    assert (status, application["state"]) == (201, "submitted")
    assert learner("POST", "/applications", wanted | {"plan_digest": shown["digest"]})[0] == 409

    path = f"/applications/{application['id']}"
    assert ma("GET", "/colleges/north-college/applications")[1][0]["id"] == application["id"]
    assert nobody("GET", path)[0] == nobody("GET", "/colleges/north-college/applications")[0] == 403
    assert learner("POST", f"{path}/decision", {"verdict": "whole"})[0] == 403
    assert ma("POST", f"{path}/decision", {"verdict": "part"})[1]["code"] == "incomplete_decision"
    assert ma("POST", f"{path}/decision", {"verdict": "perhaps"})[1]["code"] == "invalid_body"
    status, decided = ma("POST", f"{path}/decision", {"verdict": "whole", "note": "ok"})
    assert (status, decided["state"]) == (200, "accepted")
    assert ma("POST", f"{path}/decision", {"verdict": "whole"})[1]["code"] == "already_decided"

    token = decided["decisions"][0]["transcript"]
    assert learner("GET", "/account")[1]["transcripts"] == [token]
    bundle = Client().get(f"/api/transcripts/{token}")
    assert verify(bundle.content, trust=river.trust(office), now=timezone.now()).valid
    assert Client().get("/api/transcripts/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
