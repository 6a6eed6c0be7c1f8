"""An edition of a standard as a CASE package, and a package as an edition.

Our own package comes back as the equal content. Somebody else's tree becomes a draft: what CASE does not say (weights, parts,
levels) is left for the desk, and what does not fit is told.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from guildhall.core.codes.level import LEVELS
from guildhall.core.exchange.case import CHILD, InvalidFrameworkError, Node, Package, tree
from guildhall.core.standard import Document, Item, document_id, item_id
from guildhall.core.standard.competencies import edition_id
from guildhall.core.standard.document import FORMAT
from guildhall.core.standard.editing import blank

PATH: Final = "/ims/case/v1p1"
OURS: Final = "ext:guildhall"
THEIRS: Final = "ext:case"
_TYPES: Final = {
    "basic": "Basic requirement",
    "function": "Function",
    "content": "Work content",
    "skill": "Skill",
    "knowledge": "Knowledge",
}
_MEMBERS: Final = {"basic": "items", "content": "contents", "skill": "skills", "knowledge": "knowledge"}
_OWN_MEMBERS: Final = ("basic", "requirements", "id", "associations", "extensions")
_WRITTEN: Final = frozenset({
    "identifier", "uri", "fullStatement", "alternativeLabel", "humanCodingScheme", "CFItemType", "language",
    "lastChangeDateTime", "extensions",
})  # fmt: skip


# --- Out -------------------------------------------------------------------------------------------------------------


def package_of(document: Document, *, base: str, changed_at: datetime) -> Package:
    """Return an edition as a CASE 1.1 package.

    Shape:  ``base`` is the address of the site, without a slash at its end.
    """
    writing = _Writing(document, base.rstrip("/"), _moment(changed_at))
    items: list[dict[str, Any]] = []
    associations: list[dict[str, Any]] = []
    for place, (level, item, parent) in enumerate(_listed(document)):
        own = writing.item(level, item)
        items.append(own)
        associations.append(writing.child(own, parent, place))
    links = (writing.continues(level, item) for level in document.levels for item in document.items(level))
    associations += [link for link in links if link is not None]
    associations += document.content.get("associations", ())
    theirs = dict(document.content.get("extensions", {}).get(THEIRS, {}))
    return Package(writing.document(), items, associations, theirs)


def _listed(document: Document) -> Iterator[tuple[str, Item, str]]:
    """Yield (level, item, identifier of what stands above), a level itself as an item of no number."""
    top = str(document_id(document))
    for section in document.basic:
        yield from _below(document, "", section, top)
    for level in document.levels:
        yield level, Item("level", "", LEVELS[level].name), top
        for function in document.requirements.get(level, ()):
            yield from _below(document, level, function, str(level_id(document, level)))


def _below(document: Document, level: str, item: Item, parent: str) -> Iterator[tuple[str, Item, str]]:
    yield level, item, parent
    for inner in item.items:
        yield from _below(document, level, inner, str(item_id(document, level, item)))


def level_id(document: Document, level: str) -> uuid.UUID:
    """Return the identifier of a level of an edition."""
    return uuid.uuid5(document_id(document), f"{level}|level|")


class _Writing:
    def __init__(self, document: Document, base: str, moment: str) -> None:
        self._document, self._base, self._moment = document, base, moment
        self._id = str(document_id(document))
        self._titles = {self._id: _line(document.name["zh"])}

    def document(self) -> dict[str, Any]:
        document = self._document
        own = {name: value for name, value in document.content.items() if name not in _OWN_MEMBERS}
        said = document.content.get("extensions", {})
        return {
            **said.get(f"{THEIRS}:document", {}),
            "identifier": self._id,
            "uri": self._uri("CFDocuments", self._id),
            "frameworkType": "Occupational standard",
            "caseVersion": "1.1",
            "creator": _line(document.body["zh"]),
            "title": self._titles[self._id],
            "lastChangeDateTime": self._moment,
            "description": document.overview.definition.get("zh", ""),
            "language": "zh",
            "version": document.edition,
            "adoptionStatus": "Implemented",
            "statusStartDate": document.in_force_on.isoformat(),
            **({"statusEndDate": document.ends_on.isoformat()} if document.ends_on else {}),
            **({"notes": "示范文本，并非官方标准。 A sample, not the official text."} if document.sample else {}),
            "extensions": {**said, OURS: own},
        }

    def item(self, level: str, item: Item) -> dict[str, Any]:
        own = str(level_id(self._document, level) if item.kind == "level" else item_id(self._document, level, item))
        self._titles[own] = _line(item.name["zh"])[:200]
        ours: dict[str, Any] = {"kind": item.kind, "level": level, "name": dict(item.name)}
        if item.continues:
            ours["continues"] = item.continues
        return {
            **item.extensions.get(THEIRS, {}),
            "identifier": own,
            "uri": self._uri("CFItems", own),
            "fullStatement": item.name["zh"],
            **({"alternativeLabel": _line(item.name["en"])} if item.name.get("en") else {}),
            **({"humanCodingScheme": item.number} if item.number else {}),
            "CFItemType": _TYPES.get(item.kind, "Level"),
            "language": "zh",
            "lastChangeDateTime": self._moment,
            "extensions": {**item.extensions, OURS: ours},
        }

    def child(self, item: Mapping[str, Any], parent: str, place: int) -> dict[str, Any]:
        return self._association(item["identifier"], CHILD, parent, sequenceNumber=place + 1)

    def continues(self, level: str, item: Item) -> dict[str, Any] | None:
        if not item.continues:
            return None
        lower = self._document.levels[self._document.levels.index(level) - 1]
        before = next(
            (i for i in self._document.items(lower) if (i.kind, i.number) == (item.kind, item.continues)), None
        )
        if before is None:
            return None
        origin, destination = (str(item_id(self._document, at, one)) for at, one in ((lower, before), (level, item)))
        return self._association(origin, "precedes", destination, extensions={OURS: "continues"})

    def _association(self, origin: str, kind: str, destination: str, **members: Any) -> dict[str, Any]:
        own = str(uuid.uuid5(uuid.UUID(origin), f"{kind}|{destination}"))
        return {
            "identifier": own,
            "associationType": kind,
            "uri": self._uri("CFAssociations", own),
            "originNodeURI": self._link(origin),
            "destinationNodeURI": self._link(destination),
            "lastChangeDateTime": self._moment,
            **members,
        }

    def _link(self, identifier: str) -> dict[str, str]:
        kind = "CFDocuments" if identifier == self._id else "CFItems"
        return {"title": self._titles[identifier], "identifier": identifier, "uri": self._uri(kind, identifier)}

    def _uri(self, kind: str, identifier: str) -> str:
        return f"{self._base}{PATH}/{kind}/{identifier}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(text: str) -> str:
    return " ".join(text.split())


# --- In --------------------------------------------------------------------------------------------------------------


def is_ours(package: Package) -> bool:
    """Tell whether a package was written from an edition of this format."""
    own = package.document.get("extensions", {}).get(OURS)
    return isinstance(own, dict) and own.get("format") == FORMAT


def content_of(package: Package) -> dict[str, Any]:
    """Return the content of an edition from a package of ours; texts that another tool has changed are taken over.

    The content is not judged here: read it with ``core.standard``.

    Raises: InvalidFrameworkError if the package is none of ours, or its tree is no longer that of a standard.
    """
    if not is_ours(package):
        raise _unfit("CFDocument.extensions", f"{OURS} with {FORMAT} is needed")
    content: dict[str, Any] = {**package.document["extensions"][OURS], "basic": [], "requirements": {}}
    said = {name: value for name, value in package.document["extensions"].items() if name != OURS}
    if package.remainder:
        said[THEIRS] = dict(package.remainder)
    if said:
        content["extensions"] = said
    top = str(edition_id(str(content.get("occupation")), str(content.get("edition"))))
    if package.document["identifier"] != top:
        content["id"] = top = package.document["identifier"]
    for node in tree(package):
        ours = _ours(node)
        if ours["kind"] == "level":
            level = str(ours.get("level"))
            content["requirements"][level] = [
                _content(one, top, level, str(place)) for place, one in enumerate(node.nodes, 1)
            ]
        else:
            content["basic"].append(_content(node, top, "", f"0.{len(content['basic']) + 1}"))
    content["requirements"] = {level: functions for level, functions in content["requirements"].items() if functions}
    kept = [dict(one) for one in package.associations if one["associationType"] != CHILD and not _is_derived(one)]
    if kept:
        content["associations"] = kept
    return content


def _ours(node: Node) -> Mapping[str, Any]:
    own = node.item.get("extensions", {}).get(OURS)
    if isinstance(own, dict) and isinstance(own.get("kind"), str) and isinstance(own.get("name"), dict):
        return own
    raise _unfit(f"CFItem {node.item['identifier']}", "is no item of a standard")


def _unfit(place: str, sentence: str) -> InvalidFrameworkError:
    return InvalidFrameworkError(
        f"{place}: {sentence}", problems=[f"{place}: {sentence}"], codes=["wrong_member"], n_problems=1
    )


def _is_derived(association: Mapping[str, Any]) -> bool:
    return bool(association.get("extensions", {}).get(OURS) == "continues")


def _content(node: Node, top: str, level: str, number: str) -> dict[str, Any]:
    ours = _ours(node)
    kind, name = str(ours["kind"]), dict(ours["name"])
    if node.item["fullStatement"] != name.get("zh"):
        name = {"zh": node.item["fullStatement"]}
    item: dict[str, Any] = {"number": number, "name": name}
    if ours.get("continues"):
        item["continues"] = ours["continues"]
    if node.item["identifier"] != str(uuid.uuid5(uuid.UUID(top), f"{level}|{kind}|{number}")):
        item["id"] = node.item["identifier"]
    said = {key: value for key, value in node.item["extensions"].items() if key != OURS}
    if kept := {key: value for key, value in node.item.items() if key not in _WRITTEN}:
        theirs = said.get(THEIRS)
        said[THEIRS] = {**(theirs if isinstance(theirs, dict) else {}), **kept}
    if said:
        item["extensions"] = said
    counts: dict[str, int] = {}
    for inner in node.nodes:
        member = _MEMBERS.get(str(_ours(inner)["kind"]))
        if member is None:
            raise _unfit(f"CFItem {inner.item['identifier']}", "stands where it cannot")
        counts[member] = counts.get(member, 0) + 1
        item.setdefault(member, []).append(_content(inner, top, level, f"{number}.{counts[member]}"))
    return item


def draft_of(
    package: Package, *, occupation: str, edition: str, level: str, in_force_on: date
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return somebody else's framework as the content of a draft, and what did not fit, as (code, ``place: sentence``).

    The uppermost items become functions of ``level``, those below work contents, all below these skills, one after the other.
    Identifiers, extensions and associations of other types are kept. Weights and the overview are for the desk.
    """
    title, creator = str(package.document["title"]), str(package.document["creator"])
    content = blank(
        occupation, {"zh": title}, edition=edition, levels=[level], body={"zh": creator}, in_force_on=in_force_on
    )
    content["id"] = package.document["identifier"]
    kept = {key: value for key, value in package.document.items() if key not in {"identifier", "extensions"}}
    said = {**package.document.get("extensions", {}), f"{THEIRS}:document": kept}
    if package.remainder:
        said[THEIRS] = dict(package.remainder)
    content["extensions"] = said
    problems: list[tuple[str, str]] = []
    content["requirements"] = {level: [_function(n, node, problems) for n, node in enumerate(tree(package), 1)]}
    others = [dict(one) for one in package.associations if one["associationType"] != CHILD]
    if others:
        content["associations"] = others
    return content, problems


def _foreign(number: str, node: Node) -> dict[str, Any]:
    said = dict(node.item.get("extensions", {}))
    kept = {key: value for key, value in node.item.items() if key not in {"identifier", "extensions"}}
    return {
        "number": number,
        "name": {"zh": node.item["fullStatement"]},
        "id": node.item["identifier"],
        "extensions": {**said, THEIRS: kept},
    }


def _function(place: int, node: Node, problems: list[tuple[str, str]]) -> dict[str, Any]:
    function = _foreign(str(place), node)
    function["contents"] = []
    for n, inner in enumerate(node.nodes, 1):
        content = _foreign(f"{place}.{n}", inner)
        below = list(_all_below(inner.nodes))
        content["skills"] = [_foreign(f"{place}.{n}.{k}", one) for k, one in enumerate(below, 1)]
        if len(below) != len(inner.nodes):
            problems.append(
                ("too_deep", f"{content['id']}: what stands deeper than three steps became skills in a row")
            )
        function["contents"].append(content)
    return function


def _all_below(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all_below(node.nodes)
