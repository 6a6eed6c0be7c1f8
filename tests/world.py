"""A small world that every test of the apps can stand in: named people, organisations, filings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    # The models need Django to be set up, and this module is read before it is.
    from guildhall.accounts.models import Organisation, User
    from guildhall.accounts.services import Actor
    from guildhall.core.keys import Signer
    from guildhall.issuers.models import Accreditation, Issuer, Site
    from guildhall.schemes.models import Scheme
    from guildhall.standards.models import Occupation

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Noon of 1 June 2026 in Shanghai."""
TODAY = date(2026, 6, 1)
PASSWORD = "a password for tests"


@dataclass(frozen=True)
class World:
    """What the fixture has made.

    ``national``   awards ``pcc`` everywhere: five occupations, levels 5 to 1 (filing ``PCC-2025-0001``)
    ``guangdong``  awards ``vqc`` in 440000: electrician and cook, levels 5 to 3 (``VQC-44-0001``); welder suspended
                   from 2026-03-01 until further notice (``VQC-44-0002``)
    ``shanghai``   awards ``vqc`` in 310000: elderly care, levels 5 to 3 (``VQC-31-0001``); cook until 2025-12-31
                   (``VQC-31-0002``), welder from 2027-01-01 (``VQC-31-0003``)
    ``wang``       authority officer; ``li`` issuing officer of the national centre; ``chen`` of Guangdong; ``lin`` of
                   Shanghai; ``zhou`` auditor; ``nobody`` without any role
    """

    now: datetime
    today: date
    authority: Organisation
    national: Issuer
    guangdong: Issuer
    shanghai: Issuer
    national_site: Site
    guangdong_site: Site
    shanghai_site: Site
    pcc: Scheme
    vqc: Scheme
    electrician: Occupation
    carer: Occupation
    cook: Occupation
    welder: Occupation
    trainer: Occupation
    filings: dict[str, Accreditation]
    people: dict[str, User]
    wang: Actor
    li: Actor
    chen: Actor
    lin: Actor
    zhou: Actor
    nobody: Actor
    command: Actor
    signers: dict[str, Signer]

    def signer(self, did: str) -> Signer:
        """Return the signer of an issuer or of the authority by its DID."""
        return self.signers[f"{did}#key-1"]


def seed(name: str) -> bytes:
    """Return 32 bytes that are always the same for a name. For tests only."""
    return hashlib.sha256(f"guildhall test {name}".encode()).digest()


OCCUPATIONS = {
    "6-31-01-03": ("电工", "Electrician", []),
    "4-10-01-05": (
        "养老护理员",
        "Elderly-care worker",
        [("社区助老员", "Community helper"), ("老年助浴员", "Bathing aide")],
    ),
    "4-03-02-01": ("中式烹调师", "Chinese cook", [("烧烤料理师", "Barbecue cook")]),
    "6-18-02-04": ("焊工", "Welder", []),
    "4-04-05-05": ("人工智能训练师", "Artificial-intelligence trainer", []),
}


def classification_file() -> bytes:
    """Return a classification file of five occupations with one edition of a standard each."""
    return json.dumps(
        {
            "classification": {
                "code": "cn-2022",
                "name": {"zh": "中华人民共和国职业分类大典（2022年版）", "en": "Classification of occupations, 2022"},
                "in_force_on": "2022-09-28",
            },
            "occupations": [
                {
                    "code": code,
                    "name": {"zh": zh, "en": en},
                    "work_types": [{"zh": wzh, "en": wen} for wzh, wen in work_types],
                    "standards": [
                        {
                            "edition": "2024",
                            "name": {"zh": f"{zh}（样本）", "en": f"{en} (sample)"},
                            "levels": ["5", "4", "3", "2", "1"],
                            "in_force_on": "2024-01-01",
                        }
                    ],
                }
                for code, (zh, en, work_types) in OCCUPATIONS.items()
            ],
        },
        ensure_ascii=False,
    ).encode()


def scheme_file(code: str) -> bytes:
    """Return a scheme file as it ships."""
    return resources.files("guildhall.schemes").joinpath("data", f"{code}.json").read_bytes()


def build() -> World:
    """Make the world through the services, as the authority would."""
    from guildhall.accounts import services as accounts
    from guildhall.accounts.models import OrganisationKind, RoleKind
    from guildhall.issuers import selectors, services
    from guildhall.schemes.services import load_scheme
    from guildhall.standards.selectors import occupation_by_code
    from guildhall.standards.services import load_classification
    from guildhall.tlog.keys import signer

    by = {"actor": accounts.COMMAND, "now": NOW}
    load_classification(classification_file(), **by)
    pcc, vqc = (load_scheme(scheme_file(code), **by) for code in ("pcc", "vqc"))
    authority = accounts.register_organisation(
        "authority", kind=OrganisationKind.AUTHORITY, name={"zh": "主管部门", "en": "Authority"}, region="000000", **by
    )
    signers: dict[str, Signer] = {}

    def key(organisation: Organisation, did: str) -> None:
        key_id = f"{did}#key-1"
        # From the keystore of this run, where the services will look for it.
        signers[key_id] = signer(key_id)
        services.add_key(
            organisation,
            key_id,
            multibase=signers[key_id].public_key.multibase,
            starts_at=datetime(2025, 1, 1, tzinfo=UTC),
            **by,
        )

    def centre(slug: str, zh: str, en: str, region: str, parts: dict[str, dict[str, str]]) -> tuple[Issuer, Site]:
        issuer = services.register_issuer(slug, name={"zh": zh, "en": en}, region=region, number_parts=parts, **by)
        key(issuer.organisation, issuer.did)
        site = services.register_site(
            issuer, "01", name={"zh": f"{zh}考点", "en": f"{en}, site 1"}, region=region, **by
        )
        return issuer, site

    key(authority, selectors.did_of_authority())
    national, national_site = centre(
        "national-centre",
        "国家培训中心",
        "National Centre",
        "110000",
        {"A": {"body": "S", "institution": "0001", "province": "11", "site": "000001"}},
    )
    guangdong, guangdong_site = centre(
        "guangdong-centre",
        "广东评价中心",
        "Guangdong Centre",
        "440000",
        {"C": {"authority": "44", "city": "01", "body_type": "1", "body": "001"}},
    )
    shanghai, shanghai_site = centre(
        "shanghai-centre",
        "上海评价中心",
        "Shanghai Centre",
        "310000",
        {"C": {"authority": "31", "city": "01", "body_type": "1", "body": "001"}},
    )
    filings: dict[str, Accreditation] = {}

    def file(  # noqa: PLR0917
        number: str,
        issuer: Issuer,
        scheme: Scheme,
        occupations: list[str],
        levels: str,
        region: str,
        starts: date = date(2025, 1, 1),
        ends: date = date(2029, 12, 31),
    ) -> Accreditation:
        filings[number] = services.accredit(
            issuer,
            number,
            scheme=scheme,
            occupations=occupations,
            levels=list(levels),
            regions=[region],
            starts_on=starts,
            ends_on=ends,
            **by,
        )
        return filings[number]

    file("PCC-2025-0001", national, pcc, list(OCCUPATIONS), "54321", "000000")
    file("VQC-44-0001", guangdong, vqc, ["6-31-01-03", "4-03-02-01"], "543", "440000")
    services.suspend_accreditation(
        file("VQC-44-0002", guangdong, vqc, ["6-18-02-04"], "543", "440000"),
        from_on=date(2026, 3, 1),
        reason={"zh": "现场检查整改", "en": "findings of a visit"},
        **by,
    )
    file("VQC-31-0001", shanghai, vqc, ["4-10-01-05"], "543", "310000")
    file("VQC-31-0002", shanghai, vqc, ["4-03-02-01"], "543", "310000", ends=date(2025, 12, 31))
    file("VQC-31-0003", shanghai, vqc, ["6-18-02-04"], "543", "310000", starts=date(2027, 1, 1))

    people: dict[str, User] = {}
    roles = {
        "wang": (authority, RoleKind.AUTHORITY_OFFICER),
        "li": (national.organisation, RoleKind.ISSUING_OFFICER),
        "chen": (guangdong.organisation, RoleKind.ISSUING_OFFICER),
        "lin": (shanghai.organisation, RoleKind.ISSUING_OFFICER),
        "zhou": (authority, RoleKind.AUDITOR),
        "nobody": None,
    }
    for name, role in roles.items():
        people[name] = accounts.create_user(name, PASSWORD, **by)
        if role is not None:
            accounts.grant(people[name], *role, **by)
    return World(
        now=NOW,
        today=TODAY,
        authority=authority,
        national=national,
        guangdong=guangdong,
        shanghai=shanghai,
        national_site=national_site,
        guangdong_site=guangdong_site,
        shanghai_site=shanghai_site,
        pcc=pcc,
        vqc=vqc,
        electrician=occupation_by_code("6-31-01-03"),
        carer=occupation_by_code("4-10-01-05"),
        cook=occupation_by_code("4-03-02-01"),
        welder=occupation_by_code("6-18-02-04"),
        trainer=occupation_by_code("4-04-05-05"),
        filings=filings,
        people=people,
        **{name: accounts.actor_of(user, NOW) for name, user in people.items()},
        command=accounts.COMMAND,
        signers=signers,
    )


@pytest.fixture
def world(db: None) -> World:
    """The small world, in this test's own transaction."""
    return build()
