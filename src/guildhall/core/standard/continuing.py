"""Which item of a lower level an item of a higher level carries on: higher levels include the lower ones.

Competency numbers begin anew at each level, so that (level, number) names an item and the number alone does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guildhall.core.standard.document import Item

_COLUMNS = {"skill": ("skill",), "knowledge": ("theory",)}
_Places = Mapping[tuple[str, str], str]
"""(kind, number) at a higher level → number at a lower one."""


def serves(
    level: str, levels: Sequence[str], basic: Sequence[Item], requirements: Mapping[str, Sequence[Item]]
) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return (level, number, column) → the numbers of ``level`` that it serves, for it and all higher levels.

    An item serves itself; at a lower level the item that it ``continues``, else the one of its kind with the same Chinese
    name, below what its parent serves if there are several. Basic requirements are the same at every level.

    Shape:  ``levels`` lowest rung first.
    """
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    if level not in levels:
        return found
    place = levels.index(level)
    for higher in levels[place:]:
        for section in basic:
            for item in section.walk():
                for column in ("theory", "skill"):
                    found[higher, item.number, column] = (item.number,)
        steps = levels[place : levels.index(higher) + 1]
        for (kind, number), served in _down(steps, requirements).items():
            for column in _COLUMNS.get(kind, ("theory", "skill")):
                found[higher, number, column] = (served,)
    return found


def _down(steps: Sequence[str], requirements: Mapping[str, Sequence[Item]]) -> dict[tuple[str, str], str]:
    """Follow the items of the last of ``steps`` down to the first: step by step where possible, else at once by name."""
    top = requirements.get(steps[-1], ())
    places = {(item.kind, item.number): item.number for function in top for item in function.walk()}
    for higher, lower in zip(reversed(steps), list(reversed(steps))[1:], strict=False):
        step = counterparts(requirements.get(higher, ()), requirements.get(lower, ()))
        places = {key: step[key[0], at] for key, at in places.items() if (key[0], at) in step}
    if len(steps) > 1:
        places = counterparts(top, requirements.get(steps[0], ()), by_name_only=len(steps) > 2) | places
    return places


def counterparts(
    higher: Sequence[Item], lower: Sequence[Item], *, by_name_only: bool = False
) -> dict[tuple[str, str], str]:
    """Return which items of a lower level those of a higher one carry on: (kind, number) → number."""
    named: dict[tuple[str, str], list[str]] = {}
    known: set[tuple[str, str]] = set()
    for function in lower:
        for item in function.walk():
            named.setdefault((item.kind, item.name.get("zh", "")), []).append(item.number)
            known.add((item.kind, item.number))
    found: dict[tuple[str, str], str] = {}
    for item, parent in _with_parents(higher):
        if item.continues and not by_name_only:
            if (item.kind, item.continues) in known:
                found[item.kind, item.number] = item.continues
            continue
        candidates = named.get((item.kind, item.name.get("zh", "")), [])
        if len(candidates) > 1 and parent is not None:
            above = found.get((parent.kind, parent.number), "?")
            candidates = [one for one in candidates if one.rpartition(".")[0] == above]
        if len(candidates) == 1:
            found[item.kind, item.number] = candidates[0]
    return found


def _with_parents(items: Sequence[Item], parent: Item | None = None) -> Iterator[tuple[Item, Item | None]]:
    for item in items:
        yield item, parent
        yield from _with_parents(item.items, item)
