"""The read API of CASE 1.1: frameworks, items and associations, with the error bodies that its clients expect.

Source: 1EdTech CASE 1.1, REST/JSON binding.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from guildhall.core.errors import Error, MalformedError, NotFoundError
from guildhall.core.exchange.case_editions import PATH
from guildhall.standards.frameworks import selectors
from guildhall.standards.models import Framework, FrameworkAssociation, FrameworkItem

_LIMIT, _MOST = 100, 500
_CACHED: Final = "public, max-age=300"


class InvalidSelectionError(MalformedError):
    """A parameter of the CASE API is not of its kind."""

    code = "invalid_selection_field"


class UnknownResourceError(NotFoundError):
    """The CASE API has nothing of that name."""

    code = "unknown_resource"


_View = Callable[..., HttpResponse]


def _answering(view: _View) -> _View:
    @functools.wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *arguments, **named)
        except NotFoundError as error:
            return _status(404, "unknownobject", error)
        except InvalidSelectionError as error:
            return _status(400, error.code, error)
        except Error as error:
            return _status(400, "invaliddata", error)

    return require_safe(answered)


def _status(status: int, minor: str, error: Error) -> HttpResponse:
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": error.detail,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}]
        },
    }
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json")


def _json(value: object) -> HttpResponse:
    answer = HttpResponse(orjson.dumps(value), content_type="application/json")
    answer["Cache-Control"] = _CACHED
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@_answering
def documents(request: HttpRequest) -> HttpResponse:
    """List the frameworks, page by page."""
    limit = _whole(request, "limit", _LIMIT, low=1, high=_MOST)
    offset = _whole(request, "offset", 0, low=0, high=1 << 31)
    found = selectors.frameworks()
    total = found.count()
    page = [_chosen(request, _document(request, one)) for one in found[offset : offset + limit]]
    answer = _json({"CFDocuments": page})
    answer["X-Total-Count"] = str(total)
    places = {"first": 0, "prev": offset - limit, "next": offset + limit, "last": max(total - 1, 0) // limit * limit}
    at = request.build_absolute_uri(request.path)
    answer["Link"] = ", ".join(
        f'<{at}?limit={limit}&offset={place}>; rel="{rel}"'
        for rel, place in places.items()
        if 0 <= place < max(total, 1)
    )
    answer["Access-Control-Expose-Headers"] = "X-Total-Count, Link"
    return answer


@_answering
def one(request: HttpRequest, kind: str, identifier: str) -> HttpResponse:
    """Answer with one document, package, item or association."""
    answer = _ANSWERS.get(kind)
    if answer is None:
        raise UnknownResourceError(f"there is no {kind}")
    try:
        name = uuid.UUID(identifier)
    except ValueError:
        return _status(404, "invalid_uuid", UnknownResourceError(f"{identifier[:80]} is no UUID"))
    return _json(answer(request, name))


@_answering
def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer that there is nothing here, as the clients of the API expect it."""
    raise UnknownResourceError("there is no such resource")


def _whole(request: HttpRequest, name: str, absent: int, *, low: int, high: int) -> int:
    text = request.GET.get(name, "")
    if not text:
        return absent
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) < low:
        raise InvalidSelectionError(f"{name} is a whole number from {low}", parameter=name)
    return min(int(text), high)


def _chosen(request: HttpRequest, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave only the members that were asked for."""
    fields = {name for name in request.GET.get("fields", "").split(",") if name}
    return {name: said for name, said in value.items() if name in fields or name == "identifier"} if fields else value


def _document(request: HttpRequest, held: Framework) -> dict[str, Any]:
    return {**held.document, "CFPackageURI": _link(request, held, "CFPackages")}


def _link(request: HttpRequest, held: Framework, kind: str) -> dict[str, str]:
    own = str(held.pk)
    return {"title": held.title, "identifier": own, "uri": request.build_absolute_uri(f"{PATH}/{kind}/{own}")}


def _with_document(request: HttpRequest, held: FrameworkItem | FrameworkAssociation) -> dict[str, Any]:
    return {**held.content, "CFDocumentURI": _link(request, held.framework, "CFDocuments")}


def _associations(request: HttpRequest, name: uuid.UUID) -> dict[str, Any]:
    held = selectors.item(name)
    links = selectors.associations_of(held).select_related("framework")
    return {
        "CFItem": _with_document(request, held),
        "CFAssociations": [_with_document(request, link) for link in links],
    }


_ANSWERS: Final[Mapping[str, Callable[[HttpRequest, uuid.UUID], Mapping[str, Any]]]] = {
    "CFDocuments": lambda request, name: _chosen(request, _document(request, selectors.framework(name))),
    "CFPackages": lambda _, name: selectors.package(selectors.framework(name)).as_json(),
    "CFItems": lambda request, name: _chosen(request, _with_document(request, selectors.item(name))),
    "CFAssociations": lambda request, name: _with_document(request, selectors.association(name)),
    "CFItemAssociations": _associations,
}
