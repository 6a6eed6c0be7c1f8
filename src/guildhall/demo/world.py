"""The demonstration's register: two schemes, a national centre, a centre for each province, their filings, keys, people.

Everything comes in through the services, as it would in life; a second run changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import TypedDict

from django.conf import settings

from guildhall.accounts.models import Organisation, Role, RoleKind, User
from guildhall.accounts.selectors import organisation
from guildhall.accounts.services import COMMAND, Actor, create_user, grant
from guildhall.core.keys import PublicKey
from guildhall.demo import AUTHORITY, NATIONAL, REGIONAL
from guildhall.issuers import selectors
from guildhall.issuers.loading import load_filings, load_issuers
from guildhall.issuers.models import Accreditation, Issuer
from guildhall.issuers.services import add_key
from guildhall.keystore import Keystore
from guildhall.schemes.models import Scheme
from guildhall.schemes.services import load_scheme
from guildhall.standards.classifications.crosswalks import import_crosswalk
from guildhall.standards.models import Occupation
from guildhall.standards.services import load_classification

PASSWORD = "guildhall-demo"  # noqa: S105 - a trial's; it is printed when the demonstration starts

_PEOPLE = (
    ("authority", AUTHORITY, RoleKind.AUTHORITY_OFFICER),
    ("national", NATIONAL, RoleKind.ISSUING_OFFICER),
    ("guangdong", REGIONAL, RoleKind.ISSUING_OFFICER),
    ("auditor", AUTHORITY, RoleKind.AUDITOR),
    ("editor", AUTHORITY, RoleKind.EDITOR),
    ("reviewer", AUTHORITY, RoleKind.EDITOR),
)


class _By(TypedDict):
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Who may sign in: name, role, organisation; ``password`` only if this run has set it."""

    username: str
    role: RoleKind
    organisation: Organisation
    password: str


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What is in the register after loading."""

    authority: Organisation
    national: Issuer
    regional: tuple[Issuer, ...]
    schemes: tuple[Scheme, ...]
    people: tuple[DemoPerson, ...]
    n_occupations: int
    n_filings: int
    n_keys_made: int


def load(*, now: datetime, keystore: Keystore) -> DemoWorld:
    """Fill the register and the keystore for a demonstration. Only what is missing is made.

    Raises: KeyTakenError if the keystore is not the one with which this register was filled.
    """
    by: _By = {"actor": COMMAND, "now": now}
    load_classification(_shipped("standards", "cn-2022.json"), **by)
    for edition in ("esco-1.1.1", "onet-29.3"):
        import_crosswalk(_shipped("standards", f"crosswalks/cn-2022--{edition}.json"), **by)
    schemes = tuple(load_scheme(_shipped("schemes", f"{code}.json"), **by) for code in ("pcc", "vqc"))
    centres = _shipped("issuers", "demo.json")
    load_issuers(centres, **by)
    load_filings(centres, **by)
    authority, issuers = organisation(AUTHORITY), selectors.issuers()
    n_before = len(keystore.keys())
    signers = [(authority, selectors.did_of_authority()), *((i.organisation, i.did) for i in issuers)]
    for signer, did in signers:
        key_id = f"{did}#key-1"
        add_key(signer, key_id, multibase=_key(keystore, key_id).multibase, starts_at=now, **by)
    for key_id in (settings.LOG_ORIGIN, f"{selectors.did_of_register()}#key-1"):
        _key(keystore, key_id)
    return DemoWorld(
        authority=authority,
        national=selectors.issuer_by_slug(NATIONAL),
        regional=tuple(i for i in issuers if i.organisation.slug != NATIONAL),
        schemes=schemes,
        people=tuple(_person(name, slug, role, now=now) for name, slug, role in _PEOPLE),
        n_occupations=Occupation.objects.count(),
        n_filings=Accreditation.objects.count(),
        n_keys_made=len(keystore.keys()) - n_before,
    )


def _person(username: str, slug: str, kind: RoleKind, *, now: datetime) -> DemoPerson:
    home = organisation(slug)
    user, password = User.objects.filter(username=username).first(), ""
    if user is None:
        user, password = create_user(username, PASSWORD, actor=COMMAND, now=now), PASSWORD
    if not Role.objects.filter(user=user, organisation=home, kind=kind).exists():
        grant(user, home, kind, actor=COMMAND, now=now)
    return DemoPerson(username, kind, home, password)


def _key(keystore: Keystore, key_id: str) -> PublicKey:
    return keystore.keys().get(key_id) or keystore.create(key_id)


def _shipped(part: str, name: str) -> bytes:
    return resources.files(f"guildhall.{part}").joinpath("data", name).read_bytes()
