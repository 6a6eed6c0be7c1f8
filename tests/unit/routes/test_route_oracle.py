"""The search and a trial of every set of offers give the same shortest and the same cheapest way, world by world."""

from __future__ import annotations

import pytest

from guildhall.core.routes import ground
from guildhall.core.routes.routing import CHEAPEST, SHORTEST, NoWayError, route, to_certificate
from tests.unit.routes import enumerated
from tests.unit.routes.made import ON, Chance, offers_of, record_of, rules_of

PER_PART = 125


@pytest.mark.parametrize("part", range(10))
def test_shortest_and_cheapest_are_those_of_all_sets(part):
    n_found = 0
    for seed in range(part * PER_PART, (part + 1) * PER_PART):
        chance = Chance(seed)
        record, rules, offers, goal = chance.record(), chance.rules(), chance.offers(), chance.goal()
        ways = enumerated.ways(record, rules, offers, goal, ON)
        asked = (record_of(record), to_certificate(*goal), offers_of(offers), rules_of(rules))
        for by, key in ((SHORTEST, lambda way: way), (CHEAPEST, lambda way: (way[1], way[0], way[2]))):
            if not ways:
                with pytest.raises(NoWayError) as caught:
                    route(*asked, on=ON, ground=ground(), by=by)
                assert caught.value.params["blocks"], seed
                continue
            found = route(*asked, on=ON, ground=ground(), by=by)
            n_found += 1
            n_taken = sum(step.kind != "wait" for step in found.steps)
            assert found.proved
            assert (found.arrives_on, found.price, n_taken) == min(ways, key=key), (seed, by)
    assert n_found > PER_PART // 5
