"""What is different in a later edition: items, weights, parts, hours, eligibility and texts, by level and number.

An item is the same if its kind and Chinese text are: at another place it has moved, and its weight moves with it; where only what
stands above it has moved it is renumbered. What is left over is matched by number (changed); the rest was added or removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from guildhall.core.standard.document import Document, Item
from guildhall.core.standard.weights import COLUMNS, in_order

DEEDS: Final = ("added", "removed", "changed", "moved", "renumbered")
SUBJECTS: Final = (
    "level", "basic", "function", "content", "skill", "knowledge", "weight", "part", "hours", "eligibility", "text",
)  # fmt: skip
_ABOVE: Final = ("basic", "function", "content")
_TEXTS: Final = ("definition", "work_environment", "ability_features", "schooling")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Shape:  ``deed`` of ``DEEDS``, ``subject`` of ``SUBJECTS``; ``level`` empty where it is the whole edition's; ``name`` is a
            weight's column, a part's kind, a clause's id or a member's name; ``number`` and ``was`` are the item's number in
            the new and in the old edition; ``before`` and ``after`` are JSON values.
    """

    deed: str
    subject: str
    level: str = ""
    name: str = ""
    was: str = ""
    number: str = ""
    before: Any = None
    after: Any = None

    def as_json(self) -> dict[str, Any]:
        """Return the members that say something."""
        members = ("deed", "subject", "level", "name", "was", "number", "before", "after")
        return {name: getattr(self, name) for name in members if getattr(self, name) not in ("", None)}


def difference(old: Document, new: Document) -> tuple[Change, ...]:
    """Return every difference of two editions, in the order of the chapters; empty if their texts are the same.

    What belongs to any new edition (its name ``edition``, dates, document number) is not a difference.
    """
    return (
        *_root(old, new),
        *_levels(old, new),
        *_hours(old, new),
        *_eligibility(old, new),
        *_parts(old, new),
        *_trees(old, new),
    )


def _root(old: Document, new: Document) -> Iterator[Change]:
    for name in ("occupation", "name", "body", "sample"):
        yield from _changed("text", getattr(old, name), getattr(new, name), name=name)
    for name in _TEXTS:
        yield from _changed("text", getattr(old.overview, name), getattr(new.overview, name), name=name)
    for place in ("teachers", "training_places", "assessment_places"):
        yield from _changed("text", getattr(old.overview, place), getattr(new.overview, place), name=place)
    before, after = (_assessment(one).get("staffing") for one in (old, new))
    yield from _changed("text", before, after, name="staffing")


def _assessment(document: Document) -> Mapping[str, Any]:
    found: Mapping[str, Any] = document.content["overview"]["assessment"]
    return found


def _changed(subject: str, before: Any, after: Any, *, level: str = "", name: str = "") -> Iterator[Change]:
    if isinstance(before, Mapping):
        before = dict(before)
    if isinstance(after, Mapping):
        after = dict(after)
    if before == after:
        return
    deed = "changed" if before and after else "added" if after else "removed"
    yield Change(deed, subject, level, name, before=before, after=after)


def _levels(old: Document, new: Document) -> Iterator[Change]:
    for level in in_order(list({*old.levels, *new.levels})):
        if level not in old.levels:
            yield Change("added", "level", level)
        if level not in new.levels:
            yield Change("removed", "level", level)


def _all_levels(old: Document, new: Document) -> list[str]:
    return in_order(list({*old.levels, *new.levels}))


def _hours(old: Document, new: Document) -> Iterator[Change]:
    for level in _all_levels(old, new):
        yield from _changed("hours", old.overview.hours.get(level), new.overview.hours.get(level), level=level)


def _eligibility(old: Document, new: Document) -> Iterator[Change]:
    before, after = old.overview.eligibility, new.overview.eligibility
    for name in ("template", "related_occupations", "related_majors"):
        yield from _changed("eligibility", before.get(name), after.get(name), name=name)
    for level in _all_levels(old, new):
        clauses = [{c["id"]: c for c in side.get("levels", {}).get(level, ())} for side in (before, after)]
        for name in dict.fromkeys((*clauses[0], *clauses[1])):
            yield from _changed("eligibility", clauses[0].get(name), clauses[1].get(name), level=level, name=name)


def _parts(old: Document, new: Document) -> Iterator[Change]:
    sides = [
        {
            (level, part.kind): {
                "minutes": part.minutes,
                "pass_mark": part.pass_mark,
                "full_mark": part.full_mark,
                "method": dict(part.method),
            }
            for part in document.overview.parts
            for level in part.levels
        }
        for document in (old, new)
    ]
    for level in _all_levels(old, new):
        for kind in ("theory", "skill", "review"):
            before, after = (side.get((level, kind)) for side in sides)
            yield from _changed("part", before, after, level=level, name=kind)


# --- Items and weights -----------------------------------------------------------------------------------------------


def _trees(old: Document, new: Document) -> Iterator[Change]:
    basic, changes = _items("", old.basic, new.basic, {})
    yield from changes
    matched: dict[_Key, _Key] = {}
    for level in _all_levels(old, new):
        before, after = (one.requirements.get(level, ()) for one in (old, new))
        matched, changes = _items(level, before, after, matched)
        yield from changes
        yield from _weights(old, new, level, basic | matched)


_Key = tuple[str, str]
"""Kind and number."""


def _items(
    level: str, old: Sequence[Item], new: Sequence[Item], below: Mapping[_Key, _Key]
) -> tuple[dict[_Key, _Key], list[Change]]:
    """Return which item of the new edition is which of the old, and what is different in them.

    Shape:  ``below`` is the answer for the next lower level: what an item continues may have moved there.
    """
    before, after = ({(i.kind, i.number): i for top in side for i in top.walk()} for side in (old, new))
    matched = _matched(before, after)
    kept = set(matched.values())
    changes = [
        Change("removed", kind, level, was=number, before=dict(item.name))
        for (kind, number), item in before.items()
        if (kind, number) not in kept
    ]
    for key, item in after.items():
        own = matched.get(key)
        if own is None:
            changes.append(Change("added", item.kind, level, number=item.number, after=dict(item.name)))
            continue
        former = before[own]
        said = (dict(former.name), dict(item.name))
        if said[0] != said[1] or former.continues != below.get((item.kind, item.continues), ("", item.continues))[1]:
            deed = "changed"
        elif former.number == item.number:
            continue
        else:
            deed = "renumbered" if _follows(former.number, item.number, matched) else "moved"
        changes.append(
            Change(deed, item.kind, level, was=former.number, number=item.number, before=said[0], after=said[1])
        )
    return matched, changes


def _follows(was: str, number: str, matched: Mapping[_Key, _Key]) -> bool:
    """Tell whether an item stands at the same place below the same item as before."""
    (head, _, place), (old_head, _, old_place) = number.rpartition("."), was.rpartition(".")
    return (
        place == old_place and any(matched.get((kind, head), ("", ""))[1] == old_head for kind in _ABOVE) and bool(head)
    )


def _matched(before: Mapping[_Key, Item], after: Mapping[_Key, Item]) -> dict[_Key, _Key]:
    """Return new key → old key: by text (the same number first, then in order), what is left over by number."""
    matched = {
        key: key for key, item in after.items() if key in before and before[key].name.get("zh") == item.name.get("zh")
    }
    named: dict[tuple[str, str | None], list[_Key]] = defaultdict(list)
    for key, item in before.items():
        if key not in matched:
            named[item.kind, item.name.get("zh")].append(key)
    for key, item in after.items():
        if key not in matched and (found := named.get((item.kind, item.name.get("zh")))):
            matched[key] = found.pop(0)
    taken = set(matched.values())
    matched |= {key: key for key in after if key not in matched and key in before and key not in taken}
    return matched


def _weights(old: Document, new: Document, level: str, matched: Mapping[_Key, _Key]) -> Iterator[Change]:
    sides = [document.content["weights"].get(level, {}) for document in (old, new)]
    for column in COLUMNS:
        kinds = ("basic", "function", "content", "knowledge" if column == "theory" else "skill")
        former = {new_number: old_number for kind, new_number, old_number in _pairs(matched) if kind in kinds}
        before, after = (dict(side.get(column, {})) for side in sides)
        for number, weight in after.items():
            was = former.get(number, "")
            earlier = before.pop(was, None)
            if earlier is None:
                yield Change("added", "weight", level, column, number=number, after=weight)
            elif earlier != weight:
                yield Change("changed", "weight", level, column, was, number, earlier, weight)
        for number, weight in before.items():
            yield Change("removed", "weight", level, column, was=number, before=weight)


def _pairs(matched: Mapping[_Key, _Key]) -> Iterable[tuple[str, str, str]]:
    return ((kind, number, was) for (kind, number), (_, was) in matched.items())
