"""The demonstration's colleges and learners: programmes, rules, what is banked, and results files of two tracks.

Two learners have done the same: one is certified on either track. Everybody is nobody, as in ``people``; everything comes in
through the services, and a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Any, Final

from django.conf import settings

from guildhall.accounts.models import OrganisationKind, Role, RoleKind, User
from guildhall.accounts.selectors import organisation
from guildhall.accounts.services import COMMAND, actor_of, create_user, grant, register_organisation
from guildhall.core.canonical import strict_json
from guildhall.core.routes import read_post
from guildhall.credit import services as credit
from guildhall.credit.models import Account, CreditValue
from guildhall.curriculum.services import enter_plan, publish_plan
from guildhall.demo import NATIONAL, REGIONAL
from guildhall.demo.world import PASSWORD
from guildhall.employers.services import enter_post, publish_post
from guildhall.issuers.colleges import file_right_to_convert, register_college
from guildhall.issuers.models import Accreditation
from guildhall.schemes.selectors import schemes

NANLING, BINHAI = "nanling-polytechnic", "binhai-college"
OFFERS: Final = "offers.json"
"""What may be taken up on the way to a post: it ships, and lies in the register's home."""
_SINCE, _UNTIL = date(2025, 1, 1), date(2030, 12, 31)
_WORTH: Final = {"5": 400, "4": 800, "3": 1200}
"""Hundredths of a credit by level, the same on every track."""


@dataclass(frozen=True, slots=True)
class College:
    """A college, who sits at its desk, its rules and its programmes."""

    slug: str
    name: Mapping[str, str]
    region: str
    filing: str
    officer: str
    rules: str
    programmes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Learner:
    """A made-up learner: who signs in, and the track and centre of the certificates."""

    username: str
    name: str
    id_number: str
    scheme: str
    centre: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who may sign in, and as what; ``password`` only if this run has set it."""

    username: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class Study:
    """What has been loaded."""

    n_colleges: int
    n_programmes: int
    n_posts: int
    seats: tuple[Seat, ...]


COLLEGES: Final = (
    College(
        NANLING,
        {"zh": "南岭职业技术学院（演示）", "en": "Nanling Polytechnic (a demonstration)"},
        "440000",
        "CONV-440000-0001",
        "nanling",
        "rules-nanling-2026",
        ("programme-460306-2026", "programme-590302-2026"),
    ),
    College(
        BINHAI,
        {"zh": "滨海职业学院（演示）", "en": "Binhai College (a demonstration)"},
        "120000",
        "CONV-120000-0001",
        "binhai",
        "rules-binhai-2026",
        ("programme-460305-2026",),
    ),
)
EMPLOYERS: Final[Mapping[str, tuple[Mapping[str, str], str]]] = {
    "shenjiang-shipyard": ({"zh": "申江船厂（演示）", "en": "Shenjiang Shipyard (a demonstration)"}, "310000"),
    "yihe-care": ({"zh": "颐和养老（演示）", "en": "Yihe Care (a demonstration)"}, "330000"),
    "lingxi-data": ({"zh": "灵犀数据（演示）", "en": "Lingxi Data (a demonstration)"}, "440000"),
}
"""Slug → name and region of the employers whose posts ship."""

LEARNERS: Final = (
    Learner("yifan", "林一帆", "44999920000418217X", "pcc", NATIONAL),
    Learner("ruoxi", "周若曦", "12999920000903362X", "vqc", REGIONAL),
)


def load(*, now: datetime) -> Study:
    """Enter colleges, programmes, rules, what certificates are worth, posts, and two learners with all but their certificates.

    Shape:  the authority, the national and the regional centre, both schemes and the occupations are there.
    """
    seats = [_college(one, now) for one in COLLEGES]
    _set_worth(now)
    seats += [_learner(one, now) for one in LEARNERS]
    settings.HOME.mkdir(parents=True, exist_ok=True)
    (settings.HOME / OFFERS).write_bytes(_shipped(OFFERS))
    n_programmes = sum(len(one.programmes) for one in COLLEGES)
    return Study(len(COLLEGES), n_programmes, _posts(now), tuple(seats))


def results() -> list[tuple[str, str, bytes]]:
    """Return the results files in which the learners stand, as issuer slug, file name and bytes: level 5 before level 4."""
    return [
        (learner.centre, name, _shipped(name))
        for level in ("5", "4")
        for learner in LEARNERS
        for name in (f"{learner.centre}.level-{level}.csv",)
    ]


def _college(college: College, now: datetime) -> Seat:
    issuer = register_college(college.slug, name=college.name, region=college.region, actor=COMMAND, now=now)
    if not Accreditation.objects.filter(filing=college.filing).exists():
        file_right_to_convert(issuer, college.filing, starts_on=_SINCE, ends_on=_UNTIL, actor=COMMAND, now=now)
    home = issuer.organisation
    for name in college.programmes:
        publish_plan(enter_plan(_shipped(f"{name}.json"), home, actor=COMMAND, now=now), actor=COMMAND, now=now)
    rules = credit.enter_rule_set(_shipped(f"{college.rules}.json"), home, actor=COMMAND, now=now)
    credit.publish_rule_set(rules, actor=COMMAND, now=now)
    user, password = _user(college.officer, now)
    if not Role.objects.filter(user=user, organisation=home, kind=RoleKind.COLLEGE_OFFICER).exists():
        grant(user, home, RoleKind.COLLEGE_OFFICER, actor=COMMAND, now=now)
    return Seat(college.officer, password, RoleKind.COLLEGE_OFFICER.label)


def _posts(now: datetime) -> int:
    homes = {
        slug: register_organisation(
            slug, kind=OrganisationKind.EMPLOYER, name=name, region=region, actor=COMMAND, now=now
        )
        for slug, (name, region) in EMPLOYERS.items()
    }
    shipped = sorted(resources.files("guildhall.demo").joinpath("study", "posts").iterdir(), key=lambda one: one.name)
    for file in shipped:
        data = file.read_bytes()
        home = homes[read_post(data).employer]
        publish_post(enter_post(data, home, actor=COMMAND, now=now), actor=COMMAND, now=now)
    return len(shipped)


def _set_worth(now: datetime) -> None:
    for scheme in schemes():
        for level, amount in _WORTH.items():
            if not CreditValue.objects.filter(scheme=scheme, occupation=None, level=level).exists():
                credit.set_value(scheme, level, amount, starts_on=_SINCE, actor=COMMAND, now=now)


def _learner(learner: Learner, now: datetime) -> Seat:
    for one in _record():
        depositor = organisation(learner.centre if one["by"] == "centre" else one["by"])
        outcome = credit.deposit(
            one["facts"],
            f"{one['reference']}/{learner.username}",
            depositor,
            id_kind="居民身份证",
            id_number=learner.id_number,
            holder_name=learner.name,
            actor=COMMAND,
            now=now,
        )
        account = outcome.account
    user, password = _user(learner.username, now)
    _bind(account, user, learner, now)
    return Seat(learner.username, password, f"learner, track {learner.scheme}")


def _bind(account: Account, user: User, learner: Learner, now: datetime) -> None:
    if account.user_id is None:
        code = credit.issue_binding_code(account, actor=COMMAND, now=now)
        credit.bind(code, learner.name, actor=actor_of(user, now), now=now)


def _record() -> list[dict[str, Any]]:
    """Return what both learners have done besides their certificates: who banks it, under which name, and what it is."""
    found = strict_json.parse(_shipped("record.json"))
    assert isinstance(found, list), "it ships with this module"
    return found


def _user(username: str, now: datetime) -> tuple[User, str]:
    known = User.objects.filter(username=username).first()
    return (known, "") if known else (create_user(username, PASSWORD, actor=COMMAND, now=now), PASSWORD)


def _shipped(name: str) -> bytes:
    return resources.files("guildhall.demo").joinpath("study", name).read_bytes()
