"""Reading a rule-set from a file: all problems at once, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from guildhall.core.amounts import amount, read_amount
from guildhall.core.codes.level import LEVELS
from guildhall.core.conversion.rule_set import (
    BUILT_IN,
    EACH,
    FORMAT,
    GROUP_BY,
    KEEP,
    AllOf,
    AnyOf,
    Cap,
    Ceiling,
    Condition,
    Demands,
    Entry,
    Evidence,
    Exclusion,
    Group,
    Met,
    Offer,
    Residency,
    RuleSet,
    Taken,
    Tree,
    Where,
    Which,
)
from guildhall.core.errors import MalformedError
from guildhall.core.outcome import BASES, KINDS, LADDERS, STATUSES
from guildhall.core.reading import Reading, read_json

MAX_BYTES: Final = 1 << 23
MAX_RULES: Final = 10_000
MAX_LEAVES, MAX_TREE_DEPTH = 50, 6
RULE_ID: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
_LINE: Final = r"\S(.{0,254}\S)?"
_PERCENT_WHOLE: Final = 100_00

_T = TypeVar("_T")


class InvalidRuleSetError(MalformedError):
    """A rule-set that does not keep its format; ``problems`` lists the places."""

    code = "invalid_rule_set"


def read_rule_set(data: bytes) -> RuleSet:
    """Return the rule-set that a file holds.

    Shape:  JSON as in docs/formats/rule-set.md, at most 8 MiB.
    Raises: InvalidRuleSetError with all problems and their places; the errors of ``read_json``.
    """
    reading = Reading()
    root = reading.members(read_json(data, max_bytes=MAX_BYTES), "$", known=_MEMBERS)
    if root.get("format") != FORMAT:
        reading.note("$.format", f"{FORMAT} is needed")
    rule_set = RuleSet(
        id=reading.text(root, "id", "$", RULE_ID),
        edition=reading.text(root, "edition", "$", r"\S(.{0,62}\S)?"),
        institution=reading.text(root, "institution", "$", r"\S(.{0,126}\S)?"),
        name=reading.names(root.get("name"), "$.name"),
        starts_on=reading.day(root, "starts_on", "$"),
        ends_on=reading.optional_day(root, "ends_on", "$"),
        published_on=reading.optional_day(root, "published_on", "$"),
        source=reading.text(root, "source", "$", optional=True),
        unconfirmed=reading.names(root.get("unconfirmed"), "$.unconfirmed", optional=True),
        grades=_grades(reading, root),
        offers=_listed(reading, root, "offers", _offer),
        conditions=_listed(reading, root, "conditions", _condition),
        ceilings=_listed(reading, root, "ceilings", _ceiling),
        caps=_listed(reading, root, "caps", _cap),
        residency=_listed(reading, root, "residency", _residency),
        groups=_listed(reading, root, "groups", _group),
        exclusions=_listed(reading, root, "exclusions", _exclusion),
    )
    if rule_set.ends_on is not None and rule_set.ends_on < rule_set.starts_on:
        reading.note("$.ends_on", "lies before starts_on")
    _check_ids(reading, rule_set.ids)
    if reading.problems:
        raise InvalidRuleSetError(
            f"the rule-set has {reading.n_problems} problem(s), first {reading.problems[0]}",
            problems=reading.problems,
            n_problems=reading.n_problems,
        )
    return rule_set


_SECTIONS = ("offers", "conditions", "ceilings", "caps", "residency", "groups", "exclusions")
_MEMBERS = frozenset(
    {
        "format", "id", "edition", "institution", "name", "starts_on", "ends_on", "published_on", "source", "unconfirmed",
        "grades", *_SECTIONS,
    }
)  # fmt: skip


def _listed(
    reading: Reading, root: Mapping[str, Any], name: str, item: Callable[[Reading, Mapping[str, Any], str], _T]
) -> tuple[_T, ...]:
    listed = reading.items(root, name, "$", optional=True)
    if len(listed) > MAX_RULES:
        reading.note(f"$.{name}", f"at most {MAX_RULES} rules are read")
        return ()
    return tuple(
        item(reading, reading.members(one, path, known=_RULE_MEMBERS[name]), path)
        for one, path in ((one, f"{name}[{index}]") for index, one in enumerate(listed))
    )


_WHICH_MEMBERS = frozenset(Which.__dataclass_fields__)
_WHERE_MEMBERS = frozenset(Where.__dataclass_fields__)
_DEMAND_MEMBERS = frozenset({"level_at_least", "accredited", "basis", "status", "min_grade", "max_age_months"})
_RULE_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "offers": frozenset(
        {
            "id", "name", "source", "takes", "gives", "split", "ratio", "worth", "hours_per_credit", "tolerance", "leftover",
            "keep_months", "evidence", "needs", "enters",
        }
    ),
    "conditions": frozenset({"id", "source", "of"}) | _DEMAND_MEMBERS,
    "ceilings": frozenset({"id", "source", "of", "levels", "classes"}),
    "caps": frozenset({"id", "source", "of", "into", "each", "credits", "percent", "percent_of", "count"}),
    "residency": frozenset({"id", "source", "credits", "percent"}),
    "groups": frozenset({"id", "source", "outcomes", "by", "keep", "courses"}),
    "exclusions": frozenset({"id", "source", "into"}),
}  # fmt: skip


def _check_ids(reading: Reading, ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one and one in seen:
            reading.note("$", f"the id {one} stands twice")
        if one in BUILT_IN:
            reading.note("$", f"the id {one} is the name of a rule that holds everywhere")
        seen.add(one)


def _id_and_source(reading: Reading, members: Mapping[str, Any], path: str) -> tuple[str, str]:
    return reading.text(members, "id", path, RULE_ID), reading.text(members, "source", path, optional=True)


def _grades(reading: Reading, root: Mapping[str, Any]) -> dict[str, int]:
    value = root.get("grades")
    if value is None:
        return {}
    members = reading.members(value, "$.grades")
    found = {word: read_amount(reading, members, word, "$.grades") for word in members}
    return {word: points for word, points in found.items() if points is not None}


def _offer(reading: Reading, members: Mapping[str, Any], path: str) -> Offer:
    own, source = _id_and_source(reading, members, path)
    leaves = [0]
    offer = Offer(
        id=own,
        source=source,
        name=reading.names(members.get("name"), f"{path}.name", optional=True),
        takes=_tree(reading, members.get("takes"), f"{path}.takes", _taken, leaves=leaves),
        gives=_tree(reading, members.get("gives"), f"{path}.gives", _met, leaves=leaves),
        split=_flag(reading, members, "split", path),
        ratio=_positive(reading, members, "ratio", path, missing=100),
        worth=read_amount(reading, members, "worth", path),
        hours_per_credit=_count(reading, members, "hours_per_credit", path, low=1, high=1000),
        tolerance=read_amount(reading, members, "tolerance", path) or 0,
        keeps=_one_of(reading, members, "leftover", path, ("lose", "keep"), missing="lose") == "keep",
        keep_months=_count(reading, members, "keep_months", path, low=1, high=1200),
        evidence=_evidence(reading, members.get("evidence"), f"{path}.evidence"),
        needs=reading.texts(members, "needs", path, optional=True),
        entry=_entry(reading, members.get("enters"), f"{path}.enters"),
    )
    if offer.keeps and _takes_several(offer.takes):
        reading.note(f"{path}.leftover", "keep is for offers that take one outcome")
    if offer.keeps and offer.tolerance:
        reading.note(f"{path}.tolerance", "does not go with leftover keep: there is a rest, or there is too little")
    if offer.keep_months is not None and not offer.keeps:
        reading.note(f"{path}.keep_months", "stands only with leftover keep")
    return offer


def _takes_several(tree: Tree) -> bool:
    if isinstance(tree, AllOf):
        return len(tree.parts) > 1 or any(_takes_several(part) for part in tree.parts)
    return isinstance(tree, AnyOf) and any(_takes_several(part) for part in tree.parts)


def _tree(
    reading: Reading,
    value: object,
    path: str,
    leaf: Callable[[Reading, Mapping[str, Any], str], Tree],
    *,
    leaves: list[int],
    depth: int = 1,
) -> Tree:
    members = reading.members(value, path)
    for word, kind in (("all", AllOf), ("any", AnyOf)):
        if word in members:
            if len(members) > 1:
                reading.note(path, f"{word} stands alone")
            parts = reading.items(members, word, path)
            if not parts or depth >= MAX_TREE_DEPTH:
                reading.note(f"{path}.{word}", f"at least one part is needed, at most {MAX_TREE_DEPTH} steps deep")
                return kind(())
            return kind(
                tuple(
                    _tree(reading, part, f"{path}.{word}[{index}]", leaf, leaves=leaves, depth=depth + 1)
                    for index, part in enumerate(parts)
                )
            )
    leaves[0] += 1
    if leaves[0] > MAX_LEAVES:
        reading.note(path, f"at most {MAX_LEAVES} leaves are read in an offer")
    return leaf(reading, members, path)


def _taken(reading: Reading, members: Mapping[str, Any], path: str) -> Taken:
    inner = f"{path}.outcome"
    reading.members(members, path, known=frozenset({"outcome"}))
    wanted = reading.members(members.get("outcome"), inner, known=_WHICH_MEMBERS | _DEMAND_MEMBERS)
    which = _which_members(reading, wanted, inner)
    if which == Which():
        reading.note(inner, "say which outcomes: kinds, schemes, occupations …")
    return Taken(which, _demands(reading, wanted, inner))


def _met(reading: Reading, members: Mapping[str, Any], path: str) -> Met:
    reading.members(members, path, known=frozenset({"course", "into"}))
    if "course" in members:
        if "into" in members:
            reading.note(path, "course stands alone")
        return Met(Where(courses=frozenset((reading.text(members, "course", path),))))
    where = _where(reading, members.get("into"), f"{path}.into")
    if where == Where():
        reading.note(f"{path}.into", "say which courses: courses, categories, classes")
    return Met(where)


def _which(reading: Reading, value: object, path: str) -> Which:
    if value is None:
        return Which()
    return _which_members(reading, reading.members(value, path, known=_WHICH_MEMBERS), path)


def _which_members(reading: Reading, members: Mapping[str, Any], path: str) -> Which:
    def texts(name: str, known: Iterable[str] = ()) -> frozenset[str]:
        return frozenset(_texts(reading, members, name, path, known))

    return Which(
        kinds=texts("kinds", KINDS),
        schemes=texts("schemes"),
        occupations=texts("occupations"),
        levels=texts("levels", LADDERS),
        institutions=texts("institutions"),
        issuers=texts("issuers"),
        codes=texts("codes"),
    )


def _where(reading: Reading, value: object, path: str) -> Where:
    if value is None:
        return Where()
    members = reading.members(value, path, known=_WHERE_MEMBERS)
    return Where(*(frozenset(_texts(reading, members, name, path)) for name in ("courses", "categories", "classes")))


def _texts(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, known: Iterable[str] = ()
) -> tuple[str, ...]:
    """An empty list would mean "no question", where its writer may have meant "none": it is refused."""
    if name not in members:
        return ()
    texts = reading.texts(members, name, path)
    unknown = [one for one in texts if one not in known] if known else []
    if unknown:
        reading.note(f"{path}.{name}", f"{unknown[0]} is none of {', '.join(known)}")
    return texts


def _demands(reading: Reading, members: Mapping[str, Any], path: str) -> Demands:
    return Demands(
        level_at_least=_one_of(reading, members, "level_at_least", path, tuple(LADDERS), missing=""),
        accredited=_flag(reading, members, "accredited", path),
        bases=frozenset(_texts(reading, members, "basis", path, BASES)),
        statuses=frozenset(_texts(reading, members, "status", path, STATUSES)),
        min_grade=read_amount(reading, members, "min_grade", path),
        max_age_months=_count(reading, members, "max_age_months", path, low=1, high=1200),
    )


def _evidence(reading: Reading, value: object, path: str) -> Evidence:
    if value is None:
        return Evidence()
    members = reading.members(value, path, known=frozenset({"coverage_at_least", "level", "decision"}))
    evidence = Evidence(
        at_least=_percent(reading, members, "coverage_at_least", path),
        level=_one_of(reading, members, "level", path, tuple(LEVELS), missing=""),
        decision=reading.text(members, "decision", path, f"{_LINE}|", optional=True),
    )
    if evidence.at_least is None and not evidence.decision:
        reading.note(path, "coverage_at_least or decision is needed")
    return evidence


def _entry(reading: Reading, value: object, path: str) -> Entry:
    if value is None:
        return Entry()
    members = reading.members(value, path, known=frozenset({"grade", "counts"}))
    grade = members.get("grade", "pass")
    if not (isinstance(grade, str) and (grade in ("pass", "own", "none") or amount(grade) is not None)):
        reading.note(f"{path}.grade", 'pass, own, none or points in quotes like "90" are needed')
        grade = "pass"
    return Entry(grade, _flag(reading, members, "counts", path))


def _condition(reading: Reading, members: Mapping[str, Any], path: str) -> Condition:
    own, source = _id_and_source(reading, members, path)
    demands = _demands(reading, members, path)
    if demands == Demands():
        reading.note(path, "asks nothing")
    return Condition(own, _which(reading, members.get("of"), f"{path}.of"), demands, source)


def _ceiling(reading: Reading, members: Mapping[str, Any], path: str) -> Ceiling:
    own, source = _id_and_source(reading, members, path)
    levels = reading.texts(members, "levels", path)
    if not all(level in LADDERS for level in levels):
        reading.note(f"{path}.levels", f"each is one of {', '.join(LADDERS)}")
    return Ceiling(
        id=own,
        of=_which(reading, members.get("of"), f"{path}.of"),
        levels=frozenset(levels),
        classes=frozenset(reading.texts(members, "classes", path)),
        source=source,
    )


def _cap(reading: Reading, members: Mapping[str, Any], path: str) -> Cap:
    own, source = _id_and_source(reading, members, path)
    cap = Cap(
        id=own,
        of=_which(reading, members.get("of"), f"{path}.of"),
        into=_where(reading, members.get("into"), f"{path}.into"),
        each=_one_of(reading, members, "each", path, EACH, missing=""),
        credits=read_amount(reading, members, "credits", path),
        percent=_percent(reading, members, "percent", path),
        percent_of=_one_of(reading, members, "percent_of", path, ("programme", "into"), missing="programme"),
        count=_count(reading, members, "count", path, low=0, high=10_000),
        source=source,
    )
    _exactly_one(reading, members, ("credits", "percent", "count"), path)
    return cap


def _residency(reading: Reading, members: Mapping[str, Any], path: str) -> Residency:
    own, source = _id_and_source(reading, members, path)
    _exactly_one(reading, members, ("credits", "percent"), path)
    return Residency(
        own, read_amount(reading, members, "credits", path), _percent(reading, members, "percent", path), source
    )


def _group(reading: Reading, members: Mapping[str, Any], path: str) -> Group:
    own, source = _id_and_source(reading, members, path)
    _exactly_one(reading, members, ("outcomes", "courses"), path)
    listed = reading.items(members, "outcomes", path, optional=True)
    by = reading.texts(members, "by", path, optional=True)
    if not all(one in GROUP_BY for one in by):
        reading.note(f"{path}.by", f"each is one of {', '.join(GROUP_BY)}")
    group = Group(
        id=own,
        outcomes=tuple(_which(reading, one, f"{path}.outcomes[{index}]") for index, one in enumerate(listed)),
        by=by,
        keep=_one_of(reading, members, "keep", path, KEEP, missing="one"),
        courses=frozenset(_texts(reading, members, "courses", path)),
        source=source,
    )
    if group.courses and (by or group.keep != "one"):
        reading.note(path, "by and keep are for outcomes")
    if "outcomes" in members and not listed:
        reading.note(f"{path}.outcomes", "at least one is needed")
    return group


def _exclusion(reading: Reading, members: Mapping[str, Any], path: str) -> Exclusion:
    own, source = _id_and_source(reading, members, path)
    into = _where(reading, members.get("into"), f"{path}.into")
    if into == Where():
        reading.note(f"{path}.into", "say which courses: courses, categories, classes")
    return Exclusion(own, into, source)


def _exactly_one(reading: Reading, members: Mapping[str, Any], names: Sequence[str], path: str) -> None:
    if sum(members.get(name) is not None for name in names) != 1:
        reading.note(path, f"exactly one of {', '.join(names)} is needed")


def _percent(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> int | None:
    found = read_amount(reading, members, name, path)
    if found is not None and found > _PERCENT_WHOLE:
        reading.note(f"{path}.{name}", "at most 100 percent")
    return found


def _positive(reading: Reading, members: Mapping[str, Any], name: str, path: str, *, missing: int) -> int:
    found = read_amount(reading, members, name, path)
    if found == 0:
        reading.note(f"{path}.{name}", "more than 0 is needed")
    return found or missing


def _count(reading: Reading, members: Mapping[str, Any], name: str, path: str, *, low: int, high: int) -> int | None:
    return None if members.get(name) is None else reading.count(members, name, path, low=low, high=high)


def _flag(reading: Reading, members: Mapping[str, Any], name: str, path: str) -> bool:
    value = members.get(name, False)
    if not isinstance(value, bool):
        reading.note(f"{path}.{name}", "true or false is needed")
    return value is True


def _one_of(
    reading: Reading, members: Mapping[str, Any], name: str, path: str, known: Sequence[str], *, missing: str
) -> str:
    value = members.get(name)
    if value is None:
        return missing
    if isinstance(value, str) and value in known:
        return value
    reading.note(f"{path}.{name}", f"one of {', '.join(known)} is needed")
    return missing
