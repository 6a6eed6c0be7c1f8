"""The VC-API surface: issue and verify single credentials and presentations, as the public W3C suites call it.

Issuing signs whatever valid credential it is given with one configured key (``GUILDHALL_VC_ISSUER=did:key``); it is off
unless the operator switches it on, and has nothing to do with awards.

Source: VC-API 0.1 (W3C Credentials Community Group), sections 3.2.1, 3.3.1 and 3.3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from guildhall.api import answering
from guildhall.core import foreign
from guildhall.core.errors import Error
from guildhall.credentials import exchange, exchange_status

View = Callable[[HttpRequest], HttpResponse]


class MissingDocumentError(Error):
    """The body lacks the document that the call is about."""

    code = "missing_document"


def _call(view: View) -> View:
    """Answer coded errors as problems; everything else is our own mistake."""

    def called(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Error as error:
            return answering.problem(error)

    return csrf_exempt(require_POST(called))


def _document(members: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    document = members.get(name)
    if not isinstance(document, dict):
        raise MissingDocumentError(f"the body has no {name}", member=name)
    return document


def _options(members: Mapping[str, Any]) -> Mapping[str, Any]:
    options = members.get("options", {})
    if not isinstance(options, dict):
        raise answering.MalformedParameterError("options is an object", parameter="options")
    return options


@_call
def issue(request: HttpRequest) -> HttpResponse:
    """``POST /vc/credentials/issue``: 201 with ``verifiableCredential``; 400 or 422 for what cannot be issued."""
    members = answering.body(request)
    document = _document(members, "credential")
    signed = exchange.issue(document, options=_options(members), now=answering.now())
    return answering.answer({"verifiableCredential": signed}, status=201)


@_call
def set_status(request: HttpRequest) -> HttpResponse:
    """``POST /vc/credentials/status``: 200 when the bit of a credential is set (``status`` true) or cleared (false)."""
    members = answering.body(request)
    entry = _document(members, "credentialStatus")
    marked = members.get("status", True)
    if not isinstance(marked, bool):
        raise answering.MalformedParameterError("status is true or false", parameter="status")
    exchange.mark(
        answering.text_in(members, "credentialId", required=True, longest=exchange_status.LONGEST_ID),
        answering.text_in(entry, "statusPurpose"),
        marked=marked,
        now=answering.now(),
    )
    return answering.answer({})


@_call
def verify_credential(request: HttpRequest) -> HttpResponse:
    """``POST /vc/credentials/verify``: 200 when it holds, 400 when it does not."""
    members = answering.body(request)
    document = _document(members, "verifiableCredential")
    found = exchange.check_credential(document, now=answering.now())
    return _found(found, "credential", document)


@_call
def verify_presentation(request: HttpRequest) -> HttpResponse:
    """``POST /vc/presentations/verify``: 200 when it and every credential in it hold, 400 when not."""
    members = answering.body(request)
    name = "verifiablePresentation" if "verifiablePresentation" in members else "presentation"
    document = _document(members, name)
    options = _options(members)
    found = exchange.check_presentation(
        document,
        now=answering.now(),
        domain=answering.text_in(options, "domain") or None,
        challenge=answering.text_in(options, "challenge") or None,
    )
    return _found(found, "presentation", document)


def _found(found: foreign.Answer, kind: str, document: Mapping[str, Any]) -> HttpResponse:
    problems = [] if found.ok else [{"type": found.code, "title": found.code, "detail": found.detail}]
    return answering.answer(
        {
            "verified": found.ok,
            "problemDetails": problems,
            "warnings": list(found.warnings),
            kind: document,
        },
        status=200 if found.ok else 400,
    )
