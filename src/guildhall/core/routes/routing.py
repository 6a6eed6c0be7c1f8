"""The way there: from a record to a certificate or a post, the shortest and the cheapest, proved, each step with its rule."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from guildhall.core.eligibility import (
    Answer,
    LevelNotInRulesError,
    NoEligibilityRulesError,
    NoRulesInForceError,
    Rules,
    judge,
)
from guildhall.core.eligibility.days import FOREVER, NEVER
from guildhall.core.errors import NotFoundError, TooLargeError
from guildhall.core.record import HeldAward, Record
from guildhall.core.routes.asking import NOTHING, Asking
from guildhall.core.routes.blocking import Block, blocks_of
from guildhall.core.routes.chances import Chance, Convert, chances_of, with_facts
from guildhall.core.routes.offers import Offers, Study
from guildhall.core.routes.post import Post
from guildhall.core.routes.requirement import HoldsCertificate, Node
from guildhall.core.routes.searching import INFINITE, PRICE, WORK, Approval, Bounds, Found, search
from guildhall.core.routes.seen import Ground, Seen
from guildhall.core.routes.spans import Span, common, first_in, united


class NoWayError(NotFoundError):
    """What is on offer does not lead there; ``blocks`` names what is in the way."""

    code = "no_way"


class RouteTooLargeError(TooLargeError):
    """Within the work allowed neither a way was found nor shown that there is none."""

    code = "route_too_large"


@dataclass(frozen=True, slots=True)
class Goal:
    """Where the way leads. ``strict``: of a certificate of a scheme, nothing of another scheme will do."""

    node: Node
    id: str
    strict: bool = False


def to_certificate(occupation: str, level: str, scheme: str = "") -> Goal:
    """Return a certificate of a level, or a higher one, as a goal; of a scheme, or of any."""
    own = f"{occupation}/{level}" + (f"/{scheme}" if scheme else "")
    wish = HoldsCertificate(occupation, level, (scheme,) if scheme else ())
    return Goal(Node("certificate", {"zh": f"证书 {own}", "en": f"certificate {own}"}, wish=wish), own, strict=True)


def to_post(post: Post) -> Goal:
    """Return all that a post requires as a goal."""
    return Goal(post.requires, post.id)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a wait, or a chance taken.

    Shape:  ``kind`` is ``wait``, ``training``, ``sitting``, ``licence``, ``study``; ``offer`` its id, empty for a wait. To be
            applied for on ``apply_on`` (the first possible day), at the latest on ``apply_by``; ``starts_on`` to ``done_on``.
            ``answer``: by which clause one may sit. ``rules``: the ids of requirements and rules that the step fulfils or rests on.
    Units:  ``price`` in hundredths.
    """

    kind: str
    starts_on: date
    done_on: date
    offer: str = ""
    apply_on: date | None = None
    apply_by: date | None = None
    price: int = 0
    answer: Answer | None = None
    rules: tuple[str, ...] = ()
    chance: Chance | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A way.

    Shape:  ``on`` where it begins, ``arrives_on`` the first day on which the goal is fulfilled; ``by``: ``shortest`` (then cheapest)
            or ``cheapest`` (then shortest); ``proved``: no way is better; else ``bound`` tells what no way undercuts and ``gap`` how
            far this one is above it: days for the shortest, money (hundredths) for the cheapest.
    """

    goal: Goal
    by: str
    on: date
    arrives_on: date
    price: int
    steps: tuple[Step, ...]
    proved: bool
    bound: int
    gap: int
    n_states: int


class _World:
    """One question: the graph, the bounds, and the judgement of whole sets."""

    def __init__(self, asking: Asking, goal: Goal) -> None:
        self.asking = asking
        self.goal = goal
        self.bounds = Bounds(asking)
        self.day = asking.on.toordinal()
        self.n_states = 0

    def facts(self, chosen: frozenset[int]) -> Record:
        """Return the record with all that some chances add."""
        return with_facts(self.asking.record, (self.asking.chances[one].fact for one in sorted(chosen)))

    def arrival(self, chosen: frozenset[int]) -> int:
        """Return the first day on which the goal is fulfilled once some chances are taken."""
        return self.goal.node.first(Seen(self.facts(chosen), self.asking.ground), self.day)

    def approve(self, chosen: frozenset[int], by: int) -> Approval:
        """Judge a set whole: each chance may be taken in time, and the goal is fulfilled by a day."""
        record = self.facts(chosen)
        seen = Seen(record, self.asking.ground)
        for one in sorted(chosen):
            if not self.may(self.asking.chances[one], record, seen):
                return Approval(passes=False, failing=self.asking.of_chance(one))
        if self.goal.node.first(seen, self.day) > by:
            return Approval(passes=False, failing=self.asking.of_node(self.goal.node, self.day, by))
        return Approval(passes=True)

    def may(self, chance: Chance, record: Record, seen: Seen) -> bool:
        """Tell whether a chance may be taken by a record in which all the others are."""
        if chance.kind == "sitting":
            return eligible(record, self.asking.rules, chance) is not None
        needs = chance.needs is None or chance.needs.first(seen, chance.opens) <= chance.until
        return needs and self.asking.converts(chance, record)

    def least(self, by: int, work: int, most: int = INFINITE) -> Found:
        """Return the least set that arrives by a day."""
        goal = self.asking.of_node(self.goal.node, self.day, by)
        found = search(goal, self.bounds, approve=lambda chosen: self.approve(chosen, by), most=most, work=work)
        self.n_states += found.n_states
        return found

    def candidates(self) -> list[int]:
        """Return the days on which the goal can begin to be fulfilled: each begins a time of one of its leaves."""
        ask = self.asking.of_node(self.goal.node, self.day, FOREVER)
        days = {self.day}
        for leaf in ask.leaves():
            for one in self.asking.touching(leaf):
                days.add(self.asking.chances[one].done)
                days.update(start for start, _ in self.asking.alone(leaf, one))
            days.update(start for start, _ in self.asking.spans(leaf, NOTHING))
        return sorted(day for day in days if self.day <= day <= FOREVER)

    def earliest(self) -> int:
        """Return a day before which nothing arrives: as if all that can be reached one by one were taken."""
        return first_in(self._reachable(self.goal.node), self.day)

    def _reachable(self, node: Node) -> list[Span]:
        if node.wish is None:
            laid = [self._reachable(part) for part in node.parts]
            return common(laid) if node.join == "all" else united(span for one in laid for span in one)
        leaf = self.asking.of_node(node, self.day, FOREVER).leaf
        reached = (one for one in self.asking.touching(leaf) if self.bounds.chance(one)[0] < INFINITE)
        return self.asking.spans(leaf, frozenset(reached))


def eligible(record: Record, rules: Rules, chance: Chance) -> Answer | None:
    """Return the answer for the first day on which one may apply for a sitting; None where that is never in time.

    The edition in force on the day of application decides, so each edition that begins before the last day is asked.
    """
    fact = chance.fact
    assert isinstance(fact, HeldAward)
    try:
        editions = rules.editions(fact.occupation)
    except NoEligibilityRulesError:
        return None
    starts = (one.in_force[0] for one in editions)
    for day in (chance.opens, *(start for start in starts if chance.opens < start <= chance.until)):
        try:
            answer = judge(record, rules, occupation=fact.occupation, level=fact.level, on=date.fromordinal(day))
        except (NoRulesInForceError, LevelNotInRulesError):
            continue
        if answer.first_on is not None and answer.first_on.toordinal() <= chance.until:
            return answer
    return None


SHORTEST: Final = "shortest"
CHEAPEST: Final = "cheapest"


def route(
    record: Record,
    goal: Goal,
    offers: Offers,
    rules: Rules,
    *,
    on: date,
    ground: Ground,
    by: str = SHORTEST,
    convert: Convert | None = None,
    work: int = WORK,
) -> Route:
    """Return the best way from a record to a goal.

    ``shortest``: the earliest arrival, of these the cheapest; ``cheapest``: the least money, of these the earliest; then the fewest
    steps; then each step as early as can be.

    Shape:  ``convert`` says what an institution converts into a study; None: nothing.
    Raises: NoWayError; RouteTooLargeError.
    """
    if goal.strict:
        ground = dataclasses.replace(ground, alike=frozenset())
    held = Seen(record, ground).record
    chances = [one for one in chances_of(offers, on) if convert is not None or not one.converted]
    asking = Asking(held, chances, on=on, ground=ground, rules=rules, convert=convert)
    world = _World(asking, goal)
    soonest = world.earliest()
    if soonest == NEVER:
        raise _no_way(world)
    return _told(world, by, *(_shortest if by == SHORTEST else _cheapest)(world, soonest, work))


def _shortest(world: _World, soonest: int, work: int) -> tuple[Found, int]:
    """Return the least set that arrives on the earliest day, and the day before which nothing arrives."""
    found = world.least(soonest, work)
    if found.chosen is not None and found.proved:
        return found, soonest
    last = world.least(FOREVER, work)
    if last.chosen is None:
        raise _none_found(world, last)
    days = [day for day in world.candidates() if soonest < day <= world.arrival(last.chosen)]
    best, proved, low = last, found.proved, 0
    high = len(days) - 1
    while low < high:
        middle = (low + high) // 2
        tried = world.least(days[middle], work)
        proved = proved and tried.proved
        if tried.chosen is None:
            low = middle + 1
        else:
            best, high = tried, middle
    final = world.least(days[low], work) if days else best
    chosen = final.chosen if final.chosen is not None else best.chosen
    ok = proved and final.proved and final.chosen is not None
    return Found(chosen, proved=ok, bound=final.bound, n_states=0), days[low] if ok else soonest


def _cheapest(world: _World, soonest: int, work: int) -> tuple[Found, int]:
    """Return, of the sets that cost least, one that arrives on the earliest day."""
    found = world.least(FOREVER, work)
    if found.chosen is None:
        raise _none_found(world, found)
    if not found.proved:
        return found, soonest
    price = found.bound >> PRICE
    cap = price + 1 << PRICE
    arrives = world.arrival(found.chosen)
    days = [day for day in world.candidates() if soonest <= day < arrives]
    best, low, high = found, 0, len(days)
    while low < high:
        middle = (low + high) // 2
        tried = world.least(days[middle], work, cap)
        if not tried.proved:
            return Found(best.chosen, proved=False, bound=best.bound, n_states=0), soonest
        if tried.chosen is None:
            low = middle + 1
        else:
            best, high = tried, middle
    if best is found:
        best = world.least(arrives, work, cap)
    return (best if best.chosen is not None else found), soonest


def _none_found(world: _World, found: Found) -> NoWayError | RouteTooLargeError:
    if found.proved:
        return _no_way(world)
    return RouteTooLargeError(
        f"no way was found among {world.n_states} states; there may be one",
        n_states=world.n_states,
        price_at_least=found.bound >> PRICE,
    )


def _no_way(world: _World) -> NoWayError:
    blocks: Sequence[Block] = blocks_of(world.asking, world.bounds, world.goal.node)
    first = blocks[0].sentence if blocks else "what leads there does not hold on one day"
    return NoWayError(
        f"what is on offer does not lead to {world.goal.id}: {first}",
        goal=world.goal.id,
        blocks=[one.as_json() for one in blocks],
    )


def _told(world: _World, by: str, found: Found, lowest: int) -> Route:
    chosen = found.chosen or NOTHING
    arrives = world.arrival(chosen)
    price = sum(world.asking.chances[one].price for one in chosen)
    bound = price if by == CHEAPEST else arrives
    if not found.proved:
        bound = found.bound >> PRICE if by == CHEAPEST else lowest
    gap = (price if by == CHEAPEST else arrives) - bound
    steps = _steps(world, chosen, arrives)
    on, last = world.asking.on, date.fromordinal(arrives)
    return Route(world.goal, by, on, last, price, steps, found.proved, bound, gap, world.n_states)


def _steps(world: _World, chosen: frozenset[int], arrives: int) -> tuple[Step, ...]:
    record = world.facts(chosen)
    seen = Seen(record, world.asking.ground)
    taken = [_taken(world, world.asking.chances[one], record, seen) for one in sorted(chosen)]
    taken.sort(key=lambda one: (one.starts_on, one.done_on, one.offer))
    done = [world.day, *sorted(one.done_on.toordinal() for one in taken)]
    steps: list[Step] = []
    for one in taken:
        wait = _wait(world, one, record, done)
        if wait is not None:
            steps.append(wait)
        steps.append(one)
    last = done[bisect_left(done, arrives + 1) - 1]
    if last < arrives:
        rules = tuple(leaf.id for leaf in world.goal.node.leaves() if leaf.first(seen, last) == arrives)
        steps.append(
            Step("wait", date.fromordinal(last), date.fromordinal(arrives), rules=rules or (world.goal.node.id,))
        )
    return tuple(steps)


def _wait(world: _World, step: Step, record: Record, done: Sequence[int]) -> Step | None:
    """Return the wait before somebody is eligible, since the last thing that was done before; None where there is none."""
    if step.chance is None or step.answer is None or step.apply_on is None:
        return None
    # From today on, not from the day on which the sitting opens: somebody may be eligible before.
    answer = eligible(record, world.asking.rules, dataclasses.replace(step.chance, opens=world.day))
    if answer is None or answer.first_on is None or answer.first_clause is None or answer.first_on > step.apply_on:
        return None
    day = answer.first_on.toordinal()
    place = bisect_left(done, day)
    if place < len(done) and done[place] == day:  # what was done that day made somebody eligible
        return None
    since = date.fromordinal(done[place - 1])
    return Step("wait", since, answer.first_on, answer=answer, rules=(answer.first_clause.id,))


def _taken(world: _World, chance: Chance, record: Record, seen: Seen) -> Step:
    answer = eligible(record, world.asking.rules, chance) if chance.kind == "sitting" else None
    apply_on, rules = chance.opens, [chance.offer.id]
    if answer is not None and answer.first_on is not None and answer.first_clause is not None:
        apply_on = answer.first_on.toordinal()
        rules.append(answer.first_clause.id)
    elif chance.needs is not None:
        apply_on = chance.needs.first(seen, chance.opens)
        rules += (leaf.id for leaf in chance.needs.leaves())
    if isinstance(chance.offer, Study):
        rules.append(chance.offer.programme)
    if chance.converted:
        apply_on = chance.until
    fulfilled = (leaf.id for leaf in world.goal.node.leaves() if _counts(world, leaf, chance))
    return Step(
        chance.kind,
        date.fromordinal(chance.begins),
        date.fromordinal(chance.done),
        chance.id,
        date.fromordinal(apply_on),
        date.fromordinal(chance.until),
        chance.price,
        answer,
        (*rules, *fulfilled),
        chance,
    )


def _counts(world: _World, leaf: Node, chance: Chance) -> bool:
    number = world.asking.of_node(leaf, world.day, FOREVER).leaf
    return any(world.asking.chances[one] is chance for one in world.asking.touching(number))
