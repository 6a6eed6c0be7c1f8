"""Who signs what: issuers their documents and lists, the authority its statements."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guildhall.accounts.models import Organisation, OrganisationKind
from guildhall.accounts.services import COMMAND, Actor
from guildhall.core.errors import ConflictError, NotFoundError
from guildhall.core.keys import Signer
from guildhall.issuers import selectors as issuers
from guildhall.issuers import services as issuer_services
from guildhall.issuers.models import Issuer, IssuerKey
from guildhall.tlog import keys as keystore


class NoAuthorityError(NotFoundError):
    """The register has no organisation that accredits."""

    code = "no_authority"


class KeyMismatchError(ConflictError):
    """The key in the keystore is not the one that the register has published under this name."""

    code = "key_mismatch"


def authority() -> Organisation:
    """Return the organisation that accredits.

    Raises: NoAuthorityError.
    """
    found = Organisation.objects.filter(kind=OrganisationKind.AUTHORITY).order_by("created_at", "slug").first()
    if found is None:
        raise NoAuthorityError("no authority is registered")
    return found


def signer_at(organisation: Organisation, at: datetime) -> Signer:
    """Return what signs for an organisation at a moment.

    Raises: NoKeyInForceError; KeyNotFoundError; KeyMismatchError (a signature with it would be worth nothing).
    """
    key = issuers.key_at(organisation, at)
    return signer_named(key.key_id, key.multibase)


def signer_named(key_id: str, multibase: str) -> Signer:
    """Return what signs under a name, if it is the key that the register has published under it.

    Shape:  ``multibase`` the public key as published.
    Raises: KeyNotFoundError; KeyMismatchError (a signature with it would be worth nothing).
    """
    signer = keystore.opened().signer(key_id)
    if signer.public_key.multibase != multibase:
        raise KeyMismatchError("the keystore holds another key under that name", key_id=key_id)
    return signer


def provide_key(organisation: Organisation, did: str, *, actor: Actor, now: datetime) -> IssuerKey:
    """Make sure that an organisation has a key to sign with, and return the one in force.

    A new one is made in the keystore and then published; its name is ``<did>#key-<n>``.

    Raises: ForbiddenError; what the keystore raises.
    """
    try:
        return issuers.key_at(organisation, now)
    except issuers.NoKeyInForceError:
        n_keys = len(issuers.keys_of(organisation))
        return add_key(organisation, f"{did}#key-{n_keys + 1}", actor=actor, now=now)


def provide_issuer_key(issuer: Issuer, *, now: datetime) -> None:
    """Make sure that an issuer whose DID this site answers for can sign; others bring keys of their own.

    Raises: what the keystore raises.
    """
    if issuer.did == issuers.did_of_issuer(issuer.organisation.slug):
        provide_key(issuer.organisation, issuer.did, actor=COMMAND, now=now)


def authority_signer(now: datetime) -> Signer:
    """Return what signs for the authority; its key is made on first use.

    Raises: NoAuthorityError; what ``signer_at`` raises.
    """
    body = authority()
    provide_key(body, issuers.did_of_authority(), actor=COMMAND, now=now)
    return signer_at(body, now)


@transaction.atomic
def add_key(organisation: Organisation, key_id: str, *, actor: Actor, now: datetime) -> IssuerKey:
    """Make a key of that name in the keystore (or take the one that a run cut short has made) and publish it.

    Raises: ForbiddenError; KeyTakenError; what the keystore raises.
    """
    multibase = keystore.signer(key_id).public_key.multibase
    return issuer_services.add_key(organisation, key_id, multibase=multibase, starts_at=now, actor=actor, now=now)
