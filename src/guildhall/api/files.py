"""What is static by nature: the log, the status lists, the DID documents, the trust list.

In production a web server or a content network in front serves these from the register's ``static`` folder; here they come
from the same files, with the caching that each allows.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from guildhall.accounts.models import Organisation, OrganisationKind
from guildhall.api import answering
from guildhall.core import did
from guildhall.core.errors import Error, NotFoundError
from guildhall.core.keys import PublicKey
from guildhall.core.tiles import Tile
from guildhall.credentials import checking
from guildhall.issuers import selectors as issuers

_FOR_EVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=60"


class NoSuchFileError(NotFoundError):
    """No such static file."""

    code = "no_such_file"


@require_safe
def log_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a file of the log (C2SP tlog-tiles): full tiles never change, the checkpoint does."""
    if path != "checkpoint":
        try:
            Tile.parse(path)  # only names of this form: a path cannot leave the folder
        except Error:
            return answering.problem(NoSuchFileError("the log has no such file"))
    still = path != "checkpoint" and ".p/" not in path
    kind = "text/plain; charset=utf-8" if path == "checkpoint" else "application/octet-stream"
    return _file(Path(settings.LOG_DIR) / path, kind, _FOR_EVER if still else _BRIEFLY)


@require_safe
def status_list(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve a status list credential. The name is a slug, so that it cannot leave its folder.

    A client that asks for JSON is told that it is JSON: some read nothing else.
    """
    kind = request.get_preferred_type(["application/vc", "application/ld+json", "application/json"])
    response = _file(Path(settings.STATUS_DIR) / f"{name}.json", kind or "application/vc", _BRIEFLY)
    patch_vary_headers(response, ["Accept"])
    return response


def _file(path: Path, kind: str, caching: str) -> HttpResponse:
    try:
        content = path.read_bytes()
    except OSError:
        return answering.problem(NoSuchFileError("there is no such file"))
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = caching
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def issuer_did(request: HttpRequest, slug: str) -> HttpResponse:
    """Serve an issuer's DID document (did:web)."""
    try:
        issuer = issuers.issuer_by_slug(slug)
    except Error as error:
        return answering.problem(error)
    return _did_document(issuer.did, issuer.organisation)


@require_safe
def authority_did(request: HttpRequest) -> HttpResponse:
    """Serve the authority's DID document."""
    authority = Organisation.objects.filter(kind=OrganisationKind.AUTHORITY).order_by("created_at", "slug").first()
    if authority is None:
        return answering.problem(NoSuchFileError("no authority is registered"))
    return _did_document(issuers.did_of_authority(), authority)


@require_safe
def register_did(request: HttpRequest) -> HttpResponse:
    """Serve the register's own DID document: the key that signs receipts."""
    body = next(iter(checking.own_trust().registers.values()))
    methods = [did.Method(key_id, key, controller=body.id) for key_id, key in body.keys.items()]
    return _as_did(did.document(body.id, methods))


def _did_document(name: str, organisation: Organisation) -> HttpResponse:
    methods = [
        did.Method(key.key_id, PublicKey.from_multibase(key.multibase), controller=name, expires_at=key.ends_at)
        for key in issuers.keys_of(organisation)
    ]
    return _as_did(did.document(name, methods))


def _as_did(document: object) -> HttpResponse:
    headers = {"Cache-Control": _BRIEFLY, "Access-Control-Allow-Origin": "*"}
    return answering.answer(document, content_type="application/did+json", headers=headers)


@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """Serve this register's trust list."""
    return answering.answer(checking.own_trust().as_json(), headers={"Cache-Control": _BRIEFLY})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers and the database is there."""
    Organisation.objects.exists()
    return answering.answer({"status": "ok"})
