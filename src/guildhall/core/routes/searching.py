"""The least set of chances that reaches a goal by a day: best-first search with a bound that never promises too much.

A state is a set of chances chosen and what they still ask for; it grows backwards from the goal, so that nothing is chosen which
nothing asks for. The bound of what is still asked (A*) comes from the graph: parts that share no chance add up, parts that do
count once, by the dearest. A set is a way only when ``approve`` says so, which judges it whole; where the leaves hold one by one but
not together, it grows by whatever adds to what fails. So the first set approved is the least, whatever the bound is worth.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from guildhall.core.routes.asking import FREE, NOTHING, Ask, Asking
from guildhall.core.routes.chances import Chance

WORK: Final = 20_000
"""How many states a search may look at."""

PRICE: Final = 72
"""Weights are whole numbers: price above the number of steps above days above the order of chances; the price begins here."""
_STEP, _DAYS = 56, 24
INFINITE: Final = 1 << 400


class Approval(NamedTuple):
    """Whether a set of chances is a way; ``failing`` is what is not fulfilled, where it is not."""

    passes: bool
    failing: Ask = FREE


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of a search.

    Shape:  ``chosen`` None: there is no way (or, not ``proved``, none was found). ``bound``: no way weighs less.
    """

    chosen: frozenset[int] | None
    proved: bool
    bound: int
    n_states: int


def weigh(chance: Chance, number: int, on: int) -> int:
    """Return what a chance weighs: its price, then one step, then the days until it is done, then its place."""
    return chance.price << PRICE | 1 << _STEP | max(0, chance.done - on) << _DAYS | number


class Bounds:
    """What things cost at least. Each figure comes with the chances (a bit each) that it speaks of."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        on = asking.on.toordinal()
        self.weights = [weigh(one, number, on) for number, one in enumerate(asking.chances)]
        self._of: dict[int, tuple[int, int]] = {}
        self._open: set[int] = set()
        self._providers: dict[tuple[int, int, int], list[int]] = {}

    def chance(self, number: int) -> tuple[int, int]:
        """Return what it costs at least to take a chance with all that it asks for, and the chances this may involve."""
        if number in self._of:
            return self._of[number]
        if number in self._open:
            return INFINITE, 0
        self._open.add(number)
        cost, mask = self.ask(self.asking.of_chance(number), NOTHING)
        self._open.discard(number)
        self._of[number] = (min(INFINITE, cost + self.weights[number]), mask | 1 << number)
        return self._of[number]

    def ask(self, ask: Ask, chosen: frozenset[int]) -> tuple[int, int]:
        """Return what it costs at least to fulfil what is asked when some chances are chosen already."""
        if ask.leaf >= 0:
            return self._leaf(ask, chosen)
        parts = [self.ask(part, chosen) for part in ask.parts]
        return _together(parts) if ask.join == "all" else _either(parts)

    def all_of(self, agenda: Iterable[Ask], chosen: frozenset[int]) -> int:
        """Return what it costs at least to fulfil all of an agenda."""
        return _together([self.ask(one, chosen) for one in agenda])[0]

    def providers(self, ask: Ask) -> list[int]:
        """Return the chances that fulfil a leaf in time, or add to it, and can be reached at all."""
        key = (ask.leaf, ask.lo, ask.hi)
        if key not in self._providers:
            self._providers[key] = [
                number
                for number in self.asking.touching(ask.leaf)
                if self.asking.in_time(ask, number) and self.chance(number)[0] < INFINITE
            ]
        return self._providers[key]

    def _leaf(self, ask: Ask, chosen: frozenset[int]) -> tuple[int, int]:
        if self.asking.holds(ask, chosen):
            return 0, 0
        providers = self.providers(ask)
        if not providers:
            return INFINITE, 0
        if self.asking.leaves[ask.leaf].sums and not self.asking.holds(ask, frozenset(providers)):
            return INFINITE, 0
        costs = [(number, *self.chance(number)) for number in providers]
        mask = 0
        for _, _, own in costs:
            mask |= own
        had = sum(1 << one for one in chosen)
        least = min((cost - self._chosen(own & had) for number, cost, own in costs if number not in chosen), default=0)
        return max(least, self._hours(ask, providers, chosen)), mask

    def _hours(self, ask: Ask, providers: Sequence[int], chosen: frozenset[int]) -> int:
        """Return what hours of training cost at least: those that lack, at the best price for an hour."""
        lacks = self.asking.lacking(ask.leaf, ask.hi, chosen)
        if not lacks:
            return 0
        rates = [
            (self.asking.chances[one].price, getattr(self.asking.chances[one].fact, "hours", 1)) for one in providers
        ]
        return min(-(-lacks * price // hours) for price, hours in rates) << PRICE

    def _chosen(self, mask: int) -> int:
        total = 0
        while mask:
            low = mask & -mask
            total += self.weights[low.bit_length() - 1]
            mask ^= low
        return total


def _either(parts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    mask = 0
    for _, own in parts:
        mask |= own
    return min((cost for cost, _ in parts), default=INFINITE), mask


def _together(parts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Add up what shares nothing; of what shares something, only the dearest counts."""
    groups: list[tuple[int, int]] = []
    for cost, mask in parts:
        if cost >= INFINITE:
            return INFINITE, 0
        apart = []
        for own_cost, own_mask in groups:
            if own_mask & mask:
                cost, mask = max(cost, own_cost), mask | own_mask  # noqa: PLW2901 - the group grows
            else:
                apart.append((own_cost, own_mask))
        groups = [*apart, (cost, mask)]
    whole = 0
    for _, mask in groups:
        whole |= mask
    return sum(cost for cost, _ in groups), whole


class _State(NamedTuple):
    """``key``: the weight at least; ``depth`` smaller is deeper, so that of equals the nearest to a way comes first."""

    key: int
    depth: int
    order: tuple[int, ...]
    serial: int
    chosen: frozenset[int]
    agenda: tuple[Ask, ...]
    weight: int


class _Frontier:
    """The states that wait, least first, each once."""

    def __init__(self, bounds: Bounds, most: int) -> None:
        self.bounds = bounds
        self.most = most
        self.heap: list[_State] = []
        self.seen: set[tuple[frozenset[int], tuple[Ask, ...]]] = set()

    def push(self, chosen: frozenset[int], agenda: tuple[Ask, ...], weight: int) -> None:
        """Put a state in, without what is fulfilled already."""
        asking = self.bounds.asking
        agenda = tuple(dict.fromkeys(one for one in _flat(agenda) if not asking.holds(one, chosen)))
        if (chosen, agenda) in self.seen:
            return
        self.seen.add((chosen, agenda))
        key = weight + self.bounds.all_of(agenda, chosen)
        if key < self.most:
            order = tuple(sorted(chosen))
            heapq.heappush(self.heap, _State(key, -len(chosen), order, len(self.seen), chosen, agenda, weight))

    def take(self, state: _State, number: int, agenda: tuple[Ask, ...]) -> None:
        """Put in a state with one chance more, which asks for what it asks."""
        asked = self.bounds.asking.of_chance(number)
        self.push(state.chosen | {number}, (*agenda, asked), state.weight + self.bounds.weights[number])


def search(
    goal: Ask,
    bounds: Bounds,
    *,
    approve: Callable[[frozenset[int]], Approval],
    most: int = INFINITE,
    work: int = WORK,
) -> Found:
    """Return the least set of chances that fulfils a goal, of those that weigh less than ``most``.

    Where the work does not suffice, ``chosen`` is what a dive from the goal finds, if it finds something.
    """
    frontier = _Frontier(bounds, most)
    frontier.push(NOTHING, (goal,), 0)
    n_states = 0
    while frontier.heap:
        state = heapq.heappop(frontier.heap)
        n_states += 1
        if n_states > work:
            return Found(_dive(goal, frontier, approve), proved=False, bound=state.key, n_states=n_states)
        if _looked_at(state, frontier, approve):
            return Found(state.chosen, proved=True, bound=state.key, n_states=n_states)
    return Found(None, proved=True, bound=INFINITE, n_states=n_states)


def _looked_at(state: _State, frontier: _Frontier, approve: Callable[[frozenset[int]], Approval]) -> bool:
    """Put in the states that follow, unless this one is a way: then answer True."""
    bounds = frontier.bounds
    if state.agenda:
        for number, agenda in _branches(state, bounds):
            if number < 0:
                frontier.push(state.chosen, agenda, state.weight)
            else:
                frontier.take(state, number, agenda)
        return False
    approval = approve(state.chosen)
    if not approval.passes:
        touching = bounds.asking.touching
        more = {number for leaf in approval.failing.leaves() for number in touching(leaf)} - state.chosen
        for number in sorted(more):
            if bounds.chance(number)[0] < INFINITE:
                frontier.take(state, number, ())
    return approval.passes


_DIVE: Final = 1000


def _dive(goal: Ask, frontier: _Frontier, approve: Callable[[frozenset[int]], Approval]) -> frozenset[int] | None:
    """Return some way, taking the best next thing again and again; None where none is found soon."""
    inner = _Frontier(frontier.bounds, frontier.most)
    inner.push(NOTHING, (goal,), 0)
    stack: list[_State] = []
    for _ in range(_DIVE):
        stack += sorted(inner.heap, reverse=True)
        inner.heap.clear()
        if not stack:
            return None
        state = stack.pop()
        if _looked_at(state, inner, approve):
            return state.chosen
    return None


def _branches(state: _State, bounds: Bounds) -> Iterator[tuple[int, tuple[Ask, ...]]]:
    """Yield the ways to go on with the first thing asked: a chance to take (or -1: an alternative), and the new agenda."""
    first, rest = state.agenda[0], state.agenda[1:]
    if first.leaf < 0:
        for part in first.parts:
            yield -1, (part, *rest)
    elif bounds.asking.leaves[first.leaf].sums:
        for number in bounds.providers(first):
            if number > first.after and number not in state.chosen:
                still = Ask("", leaf=first.leaf, lo=first.lo, hi=first.hi, after=number)
                yield number, (still, *rest)
    else:
        for number in bounds.providers(first):
            if number not in state.chosen:
                yield number, rest


def _flat(agenda: Iterable[Ask]) -> Iterator[Ask]:
    """Yield what is asked with ``all`` taken apart."""
    for one in agenda:
        if one.leaf < 0 and one.join == "all":
            yield from _flat(one.parts)
        else:
            yield one
