"""The search and a trial of every set of offers give the same shortest and the same cheapest way, world by world."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guildhall.core.routes import CHEAPEST, SHORTEST, NoWayError, ground, read_post, route, to_certificate, to_post
from tests.unit.routes import enumerated
from tests.unit.routes.made import OCCUPATIONS, ON, Chance, encoded, offers_of, record_of, rules_of, sitting

PER_PART = 125
N_POSTS = 250


@pytest.mark.parametrize("part", range(10))
def test_shortest_and_cheapest_are_those_of_all_sets(part):
    n_found = 0
    for seed in range(part * PER_PART, (part + 1) * PER_PART):
        chance = Chance(seed)
        record, rules, offers, goal = chance.record(), chance.rules(), chance.offers(), chance.goal()
        ways = enumerated.ways(record, rules, offers, [goal], ON)
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


def two_certificates(*goals):
    """A post that asks for certificates of both occupations."""
    leaves = [
        {"id": f"c{n}", "text": {"zh": "证书"}, "kind": "certificate", "occupation": occupation, "level": level}
        for n, (occupation, level, _) in enumerate(goals)
    ]
    root = {"format": "guildhall-post/1", "id": "p", "edition": "1", "employer": "e", "name": {"zh": "岗"}}
    return read_post(encoded(root | {"occupation": goals[0][0], "requires": {"id": "all", "all": leaves}}))


def test_the_way_to_a_post_is_that_of_all_sets():
    n_found = 0
    for seed in range(10_000, 10_000 + N_POSTS):
        chance = Chance(seed)
        record, rules, offers = chance.record(), chance.rules(), chance.offers()
        goals = ((OCCUPATIONS[0], chance.random.choice("54"), ""), (OCCUPATIONS[1], "5", ""))
        offers["sittings"].append(sitting("other", OCCUPATIONS[1], "5", ON + timedelta(chance.random.randint(0, 900))))
        ways = enumerated.ways(record, rules, offers, goals, ON)
        asked = (record_of(record), to_post(two_certificates(*goals)), offers_of(offers), rules_of(rules))
        for by, key in ((SHORTEST, lambda way: way), (CHEAPEST, lambda way: (way[1], way[0], way[2]))):
            if not ways:
                with pytest.raises(NoWayError):
                    route(*asked, on=ON, ground=ground(), by=by)
                continue
            found = route(*asked, on=ON, ground=ground(), by=by)
            n_found += 1
            n_taken = sum(step.kind != "wait" for step in found.steps)
            assert (found.arrives_on, found.price, n_taken) == min(ways, key=key), (seed, by)
    assert n_found > N_POSTS // 4
