"""Differences against random edits, a brute-force matching, and the deeds of an editor."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

import pytest

from guildhall.core.standard import competencies, difference, difference_in_words, parse, read_draft
from guildhall.core.standard.editing import NoSuchItemError, add, move, remove, reword, weigh, with_levels
from tests.unit.standard.made import encoded, example, some_edition, text

ITEMS = ("basic", "function", "content", "skill", "knowledge")


def compared(old, new):
    return difference(parse(encoded(old)), read_draft(new)[0])


def items(content, level):
    """All items as (kind, number, zh, en), read independently of the parser."""
    below = {"contents": "content", "skills": "skill", "knowledge": "knowledge", "items": "basic"}

    def walk(kind, one):
        yield kind, one["number"], one["name"]["zh"], one["name"].get("en")
        for member, own in below.items():
            for inner in one.get(member, ()):
                yield from walk(own, inner)

    kind, tops = ("basic", content["basic"]) if not level else ("function", content["requirements"].get(level, []))
    return [one for top in tops for one in walk(kind, top)]


def brute(old, new, level):
    """Count deeds by trying, kind by kind: equal (text, number), then equal text, then equal number."""
    n = Counter()
    for kind in ITEMS:
        before = [one[1:] for one in items(old, level) if one[0] == kind]
        after = [one[1:] for one in items(new, level) if one[0] == kind]
        for rule in (
            lambda a, b: a[:2] == b[:2],
            lambda a, b: a[1] == b[1],
            lambda a, b: a[0] == b[0],
        ):
            for b in list(after):
                a = next((a for a in before if rule(a, b)), None)
                if a is None:
                    continue
                before.remove(a)
                after.remove(b)
                if a[1:] != b[1:]:
                    n["changed", kind] += 1
                elif a[0] != b[0]:
                    n["moved", kind] += 1
        n["removed", kind] += len(before)
        n["added", kind] += len(after)
    return +n


def some_edit(chance, content):
    level = chance.choice(["", *content["overview"]["levels"]])
    known = items(content, level)
    kind, number = chance.choice(known)[:2] if known else ("", "")
    deed = chance.choice(["add", "remove", "move", "reword"])
    try:
        if deed == "add":
            below = {"basic": "basic", "function": "content", "content": chance.choice(["skill", "knowledge"])}
            if kind in below and number.count(".") < 3:
                return add(content, level=level, kind=below[kind], above=number, name=text(chance, "新"))
            return add(content, level=level, kind="function", above="", name=text(chance, "新功能"))
        if deed == "remove":
            return remove(content, level=level, kind=kind, number=number)
        if deed == "move":
            return move(content, level=level, kind=kind, number=number, by=chance.choice([-2, -1, 1, 2]))
        return reword(content, level=level, kind=kind, number=number, name=text(chance, "改"))
    except NoSuchItemError:
        return content


@pytest.mark.parametrize("seed", range(60))
def test_the_difference_agrees_with_a_brute_force_matching_after_random_edits(seed):
    chance = Random(seed)
    old = new = some_edition(seed)
    for _ in range(chance.randint(0, 12)):
        new = some_edit(chance, new)
    read_draft(new)
    changes = compared(old, new)
    for level in ("", *old["overview"]["levels"]):
        own = Counter(
            ("moved" if c.deed == "renumbered" else c.deed, c.subject)
            for c in changes
            if c.level == level and c.subject in ITEMS
        )
        assert own == brute(old, new, level), level
    if old == new:
        assert changes == ()
    for language in ("zh", "en"):
        assert len(difference_in_words(changes, language)) == len(changes)
    json.dumps([change.as_json() for change in changes])


@pytest.mark.parametrize("seed", range(25))
def test_the_difference_backwards_is_the_mirror_image(seed):
    old, new = some_edition(seed), some_edition(seed + 1000)
    there, back = compared(old, new), compared(new, old)
    mirror = {"added": "removed", "removed": "added"}
    for deed in ("added", "removed"):
        assert sum(c.deed == deed for c in there) == sum(c.deed == mirror[deed] for c in back)


def test_a_moved_function_takes_its_weight_along():
    old = example()
    new = move(old, level="5", kind="function", number="1", by=1)
    assert new["weights"]["5"]["theory"] == {"0.1": "5", "0.2": "30", "2": "35", "1": "30"}
    assert new["requirements"]["4"][0]["contents"][0]["continues"] == "2.2"
    changes = compared(old, new)
    assert not [c for c in changes if c.subject == "weight"]
    assert [(c.was, c.number) for c in changes if c.deed == "moved"] == [("2", "1"), ("1", "2")]
    assert {(c.deed, c.level) for c in changes} == {("moved", "5"), ("renumbered", "5")}


def test_what_an_item_continues_has_changed_only_if_it_is_another_item():
    old = example()
    new = example()
    new["requirements"]["4"][0]["contents"][0]["continues"] = "1.1"
    assert [(c.deed, c.subject, c.level, c.number) for c in compared(old, new)] == [("changed", "content", "4", "1.1")]


def test_an_item_that_changes_places_below_the_same_parent_has_moved():
    changes = compared(example(), move(example(), level="5", kind="skill", number="1.1.1", by=1))
    assert [(c.deed, c.was, c.number) for c in changes] == [("moved", "1.1.2", "1.1.1"), ("moved", "1.1.1", "1.1.2")]


def test_weights_parts_hours_and_clauses_are_told_apart():
    old, new = example(), example()
    new["weights"]["5"]["skill"] = {"1": "50", "2": "50"}
    new["overview"]["assessment"]["parts"][0]["minutes"] = 120
    new["overview"]["training"]["hours"]["4"] = 320
    new["overview"]["eligibility"]["levels"]["5"][0]["all"][0]["years"] = 2
    new["overview"]["eligibility"]["related_majors"].append("电子技术应用")
    new["overview"]["definition"]["en"] = "Another definition"
    changes = compared(old, new)
    assert [(c.deed, c.subject, c.level, c.name) for c in changes] == [
        ("changed", "text", "", "definition"),
        ("changed", "hours", "4", ""),
        ("changed", "eligibility", "", "related_majors"),
        ("changed", "eligibility", "5", "5a"),
        ("changed", "part", "5", "theory"),
        ("changed", "part", "4", "theory"),
        ("changed", "weight", "5", "skill"),
        ("changed", "weight", "5", "skill"),
    ]
    assert (changes[-1].before, changes[-1].after) == ("40", "50")
    assert difference_in_words(changes, "zh")[2] == "修改 申报条件 相关专业：+ 电子技术应用"
    assert difference_in_words(changes, "en")[4] == (
        "changed level 5, junior worker part of the assessment theory: minutes 90 → 120"
    )
    assert difference_in_words(changes, "zh")[1] == "修改 四级/中级工 培训学时：300 → 320"
    assert difference_in_words(changes, "en")[-1] == "changed level 5, junior worker weight skill 2: 40 → 50"


def test_a_level_that_is_new_or_gone_is_named():
    old, new = example(), with_levels(example(), ["5"])
    assert ("removed", "4") in [(c.deed, c.level) for c in compared(old, new) if c.subject == "level"]
    assert "4" not in new["weights"]
    assert parse(encoded(new)).levels == ("5",)


def test_edits_leave_what_they_were_given_alone_and_keep_numbers_whole():
    old = example()
    new = remove(old, level="5", kind="content", number="1.1")
    assert old == example()
    assert [one["number"] for one in new["requirements"]["5"][0]["contents"]] == ["1.1"]
    assert new["requirements"]["5"][0]["contents"][0]["skills"][0]["number"] == "1.1.1"
    assert new["requirements"]["4"][0]["contents"][0]["continues"] == "1.1"
    gone = remove(old, level="5", kind="content", number="1.2")
    assert "continues" not in gone["requirements"]["4"][0]["contents"][0]
    assert "1" not in remove(old, level="4", kind="function", number="1")["weights"]["4"]["theory"].values()
    basic = move(old, level="", kind="basic", number="0.1", by=1)
    assert basic["weights"]["4"]["theory"]["0.2"] == "5"


def test_weights_are_replaced_as_a_table_and_empty_ones_left_out():
    new = weigh(example(), level="5", weights={"theory": {"0.1": "", "1": "100"}, "skill": {"1": ""}})
    assert new["weights"]["5"] == {"theory": {"1": "100"}}


@pytest.mark.parametrize(
    ("level", "kind", "number"),
    [("5", "function", "9"), ("3", "function", "1"), ("5", "skill", "1.1"), ("", "basic", "1")],
)
def test_what_is_not_there_cannot_be_edited(level, kind, number):
    for deed in (
        lambda: remove(example(), level=level, kind=kind, number=number),
        lambda: move(example(), level=level, kind=kind, number=number, by=1),
        lambda: reword(example(), level=level, kind=kind, number=number, name={"zh": "新"}),
    ):
        with pytest.raises(NoSuchItemError):
            deed()
    with pytest.raises(NoSuchItemError):
        add(example(), level="5", kind="skill", above="1", name={"zh": "新"})
    with pytest.raises(NoSuchItemError):
        add(example(), level="3", kind="function", above="", name={"zh": "新"})


def test_an_edited_edition_has_as_many_items_as_it_should():
    new = add(example(), level="5", kind="skill", above="1.1", name={"zh": "能新"})
    assert len(competencies(read_draft(new)[0])) == 34
