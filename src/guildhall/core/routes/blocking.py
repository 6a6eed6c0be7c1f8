"""Where there is no way: what is in it, from the goal down to what nothing on offer brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from guildhall.core.eligibility.days import FOREVER
from guildhall.core.routes.asking import NOTHING, Ask, Asking
from guildhall.core.routes.requirement import Node
from guildhall.core.routes.searching import INFINITE, Bounds

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Block:
    """One thing that nothing brings.

    Shape:  ``code``: ``nothing_offered`` (no offer adds to it), ``too_late`` (offers do, but not in time), ``too_little`` (all of
            them together do not suffice), ``no_rules`` (the rules of eligibility have no clause for a sitting), ``circle`` (it
            asks for itself). ``of`` names the goal's requirement or the offer that asks for it, ``asks`` what is asked.
    """

    code: str
    of: str
    asks: dict[str, Any]

    @property
    def sentence(self) -> str:
        """The block in English."""
        return f"{self.of} asks for {self.asks.get('kind', 'what nothing gives')} ({self.code})"

    def as_json(self) -> dict[str, Any]:
        """Return the block as JSON."""
        return {"code": self.code, "of": self.of, "asks": self.asks}


def blocks_of(asking: Asking, bounds: Bounds, goal: Node) -> list[Block]:
    """Return what blocks a goal that cannot be reached; where all is there one by one, nothing."""
    looking = _Looking(asking, bounds)
    looking.down(asking.of_node(goal, asking.on.toordinal(), FOREVER), goal.id, frozenset())
    return list(looking.found.values())


class _Looking:
    """Goes down from the goal, into each chance once."""

    def __init__(self, asking: Asking, bounds: Bounds) -> None:
        self.asking = asking
        self.bounds = bounds
        self.found: dict[tuple[str, str, str], Block] = {}
        self.been: set[int] = set()

    def down(self, ask: Ask, of: str, above: frozenset[int]) -> None:
        """Note what blocks something that is asked."""
        if len(self.found) >= MOST or self.bounds.ask(ask, NOTHING)[0] < INFINITE:
            return
        if ask.leaf < 0:
            if not ask.parts:
                self._note("no_rules", of, {})
            for part in ask.parts:
                self.down(part, of, above)
            return
        self._leaf(ask, of, above)

    def _leaf(self, ask: Ask, of: str, above: frozenset[int]) -> None:
        asks, name = _asks(self.asking, ask)
        touching = self.asking.touching(ask.leaf)
        in_time = [one for one in touching if self.asking.in_time(ask, one)]
        if not touching:
            self._note("nothing_offered", name or of, asks)
        elif not in_time:
            self._note("too_late", name or of, asks)
        elif self.asking.leaves[ask.leaf].sums and not self.asking.holds(ask, frozenset(in_time)):
            self._note("too_little", name or of, asks)
        for one in in_time:
            own = self.asking.chances[one].id
            if one in above:
                self._note("circle", own, asks)
            elif one not in self.been:
                self.been.add(one)
                self.down(self.asking.of_chance(one), own, above | {one})

    def _note(self, code: str, of: str, asks: dict[str, Any]) -> None:
        self.found.setdefault((code, of, repr(asks)), Block(code, of, asks))


def _asks(asking: Asking, ask: Ask) -> tuple[dict[str, Any], str]:
    leaf = asking.leaves[ask.leaf]
    if leaf.node is not None and leaf.node.wish is not None:
        return leaf.node.wish.as_json(), leaf.node.id
    if leaf.condition is not None:
        return {**leaf.condition.as_json(), "occupation": leaf.occupation}, ""
    return {"kind": "conversion", "credits": leaf.study.converted if leaf.study else 0}, ""
