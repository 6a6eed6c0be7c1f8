from __future__ import annotations

import random
from collections import Counter

from guildhall.core.codes import identity
from guildhall.core.results import fields
from guildhall.demo.people import NOBODYS_REGION, people
from tests.shared import needs_shared, shared


def some(n=3000, seed=1):
    return list(people(n, random.Random(seed)))


def test_the_same_seed_gives_the_same_people_and_another_one_others():
    assert some(50) == some(50)
    assert some(50) != some(50, seed=2)


def test_every_number_is_valid_different_and_nobodys():
    made = some()
    assert len({person.id_number for person in made}) == len(made)
    for person in made:
        answer = identity.check(person.id_kind, person.id_number)
        assert answer.valid
        assert not answer.warnings
        assert answer.parts is not None
        assert answer.parts.kind == person.id_kind
        assert person.id_number[2:6] == NOBODYS_REGION


@needs_shared
def test_no_division_has_the_region_of_a_synthetic_person():
    listed = shared("data", "cn", "divisions", "areas.csv").read_text(encoding="utf-8")
    regions = {person.id_number[:6] for person in some()}
    assert not any(f"\n{region}," in listed for region in regions)


def test_every_name_stands_as_it_would_on_a_certificate():
    for person in some():
        assert fields.name(person.name) == (person.name, [])


def test_there_are_residence_permits_dots_rare_characters_and_double_surnames():
    made = some()
    kinds = Counter(person.id_kind for person in made)
    assert 5 < kinds["residence_permit"] < 100
    assert {person.id_number[:2] for person in made} >= {"81", "82", "83"}
    assert sum("·" in person.name for person in made) > 20
    assert any(character > "\uffff" for person in made for character in person.name)
    assert any(person.name.startswith("欧阳") for person in made)
