"""The small world with some certificates in it, for tests of the pages: who holds what, and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.test import Client

from guildhall.credentials import naming
from guildhall.credentials.models import Award, Instance
from tests.apps import river
from tests.world import NOW, PASSWORD, World

LATER = NOW + timedelta(hours=1)
NAMES = (
    "阿依古丽·买买提",
    "欧阳静宜",
    "王小明",
    "Maximilian-Alexander von Hohenzollern",
    "阿卜杜热合曼·买买提伊明·阿卜杜克里木·吐尔逊",
    "赵一",
    "Ana María de los Ángeles Fernández-Villaverde y Sánchez de la Torre",
)


@dataclass(frozen=True)
class Town:
    """The world, its awards in the order of ``NAMES``, and their newest documents."""

    world: World
    awards: list[Award]

    def number(self, place: int = 0) -> str:
        return self.awards[place].number

    def name(self, place: int = 0) -> str:
        return self.awards[place].holder_name

    def instance(self, place: int = 0) -> Instance:
        return self.awards[place].instances.select_related("award").order_by("-serial")[0]

    def token(self, place: int = 0) -> str:
        return naming.token_text(bytes(self.instance(place).token))

    def id_numbers(self) -> list[str]:
        return [river.resident_id(n) for n in range(len(NAMES))]


def build(world: World) -> Town:
    """Issue a certificate to everybody in ``NAMES``."""
    lines = [river.row(n, 姓名=name) for n, name in enumerate(NAMES)]
    batch = river.bring_in(world, lines)
    return Town(world, list(Award.objects.filter(batch=batch).order_by("result__line")))


def signed_in(name: str) -> Client:
    """Return a named person's browser."""
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client
