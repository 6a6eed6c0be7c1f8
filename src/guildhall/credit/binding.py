"""Whose account it is: binding a person who signs in to the person whom the register knows by an identity number.

Two ways. A body that has banked something for the person hands out a code, as it would a letter; or the person shows what only
the holder of a certificate has together: the address in its QR code, the identity number and the name. Whatever is wrong, the
answer is the same one, so that nobody learns which part was right.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from guildhall.accounts.models import RoleKind
from guildhall.accounts.services import Actor, record
from guildhall.assessment import identity
from guildhall.core.codes import identity as documents
from guildhall.core.errors import ConflictError, ForbiddenError
from guildhall.core.results import fields as cells
from guildhall.credentials import naming
from guildhall.credentials.models import Instance
from guildhall.credit.models import Account, BindingCode, Outcome

LASTS: Final = timedelta(days=30)
_OFFICERS: Final = (RoleKind.COLLEGE_OFFICER, RoleKind.ISSUING_OFFICER)


class BindingRefusedError(ForbiddenError):
    """What was shown does not belong together, is used already or has run out."""

    code = "binding_refused"


class AlreadyBoundError(ConflictError):
    """The account, or the person signed in, is bound already."""

    code = "already_bound"


@transaction.atomic
def issue_binding_code(account: Account, *, actor: Actor, now: datetime) -> str:
    """Return a new code for an account, which is told once and not kept; it lasts for 30 days and works once.

    Raises: ForbiddenError (the actor's body has banked nothing in this account).
    """
    depositors = Outcome.objects.filter(account=account).values_list("depositor_id", flat=True).distinct()
    if not actor.holds(RoleKind.AUTHORITY_OFFICER) and not any(
        actor.holds(kind, organisation) for kind in _OFFICERS for organisation in depositors
    ):
        raise ForbiddenError(f"{actor.name} has banked nothing in this account", actor=actor.name)
    code = secrets.token_urlsafe(18)
    BindingCode.objects.create(digest=_digest(code), account=account, created_at=now, ends_at=now + LASTS)
    record("issue-binding-code", f"account/{account.pk}", actor=actor, now=now)
    return code


@transaction.atomic
def bind(code: str, holder_name: str, *, actor: Actor, now: datetime) -> Account:
    """Bind who is signed in to the account that a code is for.

    Raises: ForbiddenError; BindingRefusedError; AlreadyBoundError.
    """
    known = BindingCode.objects.select_for_update().filter(digest=_digest(code), used_at=None, ends_at__gt=now).first()
    account = None if known is None else Account.objects.select_for_update(no_key=True).get(pk=known.account_id)
    if known is None or account is None or not _same(account.holder_name, holder_name):
        raise BindingRefusedError("the code and the name do not open an account")
    BindingCode.objects.filter(pk=known.pk).update(used_at=now)
    return _bound(account, "code", actor, now)


@transaction.atomic
def bind_by_certificate(
    token: str, id_kind: str, id_number: str, holder_name: str, *, actor: Actor, now: datetime
) -> Account:
    """Bind who is signed in to the account of the holder of a certificate.

    Shape:  ``token`` as it stands in the address of the QR code.
    Raises: ForbiddenError; BindingRefusedError; AlreadyBoundError.
    """
    shown = naming.token_of(token)
    instance = Instance.objects.select_related("award").filter(token=shown).first() if shown else None
    answer = documents.check(id_kind, id_number)
    if instance is None or not answer.valid or answer.parts is None:
        raise BindingRefusedError("certificate, identity number and name do not belong together")
    hashed = identity.keyed_hash(answer.parts.kind, answer.parts.number)
    account = Account.objects.select_for_update(no_key=True).filter(id_hash=hashed).first()
    if (
        account is None
        or not hmac.compare_digest(hashed, bytes(instance.award.id_hash))
        or not _same(account.holder_name, holder_name)
    ):
        raise BindingRefusedError("certificate, identity number and name do not belong together")
    return _bound(account, "certificate", actor, now)


@transaction.atomic
def unbind(account: Account, *, actor: Actor, now: datetime) -> Account:
    """Take a binding back, where it was wrong; the account and what is in it stay.

    Raises: ForbiddenError.
    """
    if not actor.holds(RoleKind.AUTHORITY_OFFICER):
        raise ForbiddenError(f"{actor.name} is no authority officer", actor=actor.name)
    Account.objects.filter(pk=account.pk).update(user=None)
    record("unbind-account", f"account/{account.pk}", actor=actor, now=now)
    account.refresh_from_db()
    return account


def _bound(account: Account, by: str, actor: Actor, now: datetime) -> Account:
    if actor.user_id is None:
        raise ForbiddenError("somebody must be signed in", actor=actor.name)
    if account.user_id == actor.user_id:
        return account
    if account.user_id is not None or Account.objects.filter(user_id=actor.user_id).exists():
        raise AlreadyBoundError("the account or the person signed in is bound already")
    account.user_id = actor.user_id
    account.save(update_fields=["user"])
    record("bind-account", f"account/{account.pk}", actor=actor, now=now, by=by)
    return account


def _same(kept: str, shown: str) -> bool:
    return hmac.compare_digest(kept.encode(), cells.name(shown)[0].encode())


def _digest(code: str) -> str:
    # The code has 144 random bits: a plain hash cannot be undone.
    return hashlib.sha256(code.encode()).hexdigest()
