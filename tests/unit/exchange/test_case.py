"""CASE packages: valid by the published schema, back again as they were, and those of strangers with their mistakes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from random import Random
from uuid import UUID, uuid5

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.exchange.case import InvalidFrameworkError, Node, Package, read_package, tree
from guildhall.core.exchange.case_editions import content_of, draft_of, package_of
from guildhall.core.exchange.elements import elements
from guildhall.core.standard import competencies, digest, parse, read, read_draft, tidied
from tests.refusals import code_of
from tests.shared import needs_shared, shared
from tests.unit.standard.made import EXAMPLE, ROOT, encoded, example, some_edition

AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
BASE = "https://register.example"
SPACE = UUID("00000000-0000-4000-8000-000000000000")


def packed(content) -> Package:
    return package_of(parse(encoded(content)), base=BASE, changed_at=AT)


def through_bytes(package: Package) -> Package:
    return read_package(encoded(package.as_json()))


@cache
def schema():
    return json.loads(shared("data/case/official-case-v1p1-cfpackage.json").read_bytes())


def validate(package: Package) -> None:
    jsonschema.Draft201909Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(package.as_json())


def shape(nodes: list[Node]):
    return [
        (node.item["identifier"], node.item["fullStatement"], node.item.get("extensions"), shape(node.nodes))
        for node in nodes
    ]


# --- Our editions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_an_edition_comes_back_equal(seed):
    content = some_edition(seed)
    package = packed(content)
    again = content_of(through_bytes(package))
    assert again == tidied(content)
    assert digest(again) == digest(content)
    assert shape(tree(through_bytes(package))) == shape(tree(package))


@needs_shared
@pytest.mark.parametrize("content", [EXAMPLE, *(some_edition(seed) for seed in range(6))], ids=range(7))
def test_packages_are_valid_by_the_published_schema(content):
    validate(packed(content))


SHIPPED = sorted((ROOT / "src/guildhall/standards/data/standards").glob("*.json"))


@needs_shared
@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_editions_that_ship_go_out_as_valid_packages_and_come_back_equal(file):
    content = json.loads(file.read_bytes())
    package = packed(content)
    validate(package)
    assert digest(content_of(through_bytes(package))) == digest(content)


def test_items_bear_the_names_that_competencies_have():
    document = parse(encoded(EXAMPLE))
    package = package_of(document, base=BASE, changed_at=AT)
    ids = {item["identifier"] for item in package.items}
    assert ids >= {str(one.id) for one in competencies(document)}
    assert len(ids) == 33 + 2  # the two levels stand in the tree, too
    (basic, *_), levels = tree(package)[:2], tree(package)[2:]
    assert basic.item["humanCodingScheme"] == "0.1"
    assert [level.item["fullStatement"] for level in levels] == ["五级/初级工", "四级/中级工"]
    assert [one["associationType"] for one in package.associations].count("precedes") == 1
    assert len({one["identifier"] for one in package.associations}) == len(package.associations)
    assert all(one["uri"].startswith(f"{BASE}/ims/case/v1p1/") for one in package.items)


def test_names_extensions_and_associations_of_others_are_kept():
    content = example()
    content["id"] = "7f9c24e8-3b12-4fef-91e0-00aa11bb22cc"
    content["extensions"] = {"ext:somebody": {"any": ["thing", 1]}}
    item = content["requirements"]["5"][0]["contents"][0]["skills"][0]
    item |= {"id": "11111111-2222-4333-8444-555555555555", "extensions": {"ext:colour": "red"}}
    link = {"title": "x", "identifier": item["id"], "uri": "https://elsewhere.example/1"}
    content["associations"] = [
        {
            "identifier": "22222222-2222-4333-8444-555555555555",
            "associationType": "ext:teaches",
            "uri": "https://elsewhere.example/2",
            "originNodeURI": link,
            "destinationNodeURI": link,
            "lastChangeDateTime": "2026-01-01T00:00:00Z",
            "notes": "kept",
        }
    ]
    package = through_bytes(packed(content))
    assert content_of(package) == content
    assert [one for one in package.associations if one["associationType"] == "ext:teaches"] == content["associations"]


def test_a_text_that_another_tool_has_changed_is_taken_over():
    package = packed(EXAMPLE)
    items = [dict(item) for item in package.items]
    place = next(n for n, item in enumerate(items) if item["CFItemType"] == "Skill")
    items[place]["fullStatement"] = "能识别新符号"
    again = content_of(through_bytes(Package(package.document, items, package.associations)))
    skill = again["requirements"]["5"][0]["contents"][0]["skills"][0]
    assert skill["name"] == {"zh": "能识别新符号"}
    read(again)


def test_a_package_of_ours_with_another_tree_is_refused():
    package = packed(EXAMPLE)
    moved = [dict(one) for one in package.associations]
    skill = next(item for item in package.items if item["CFItemType"] == "Skill")
    for one in moved:
        if (
            one["originNodeURI"]["identifier"] == package.items[0]["identifier"]
            and one["associationType"] == "isChildOf"
        ):
            one["destinationNodeURI"] = {"title": "x", "identifier": skill["identifier"], "uri": "x:y"}
    assert code_of(lambda: read(content_of(Package(package.document, package.items, moved))))


# --- Other people's frameworks ---------------------------------------------------------------------------------------


def foreign(seed: int, n: int = 30) -> dict:
    """A random tree with identifiers, definitions, extensions and other associations of its own."""
    chance = Random(seed)
    ids = [str(uuid5(SPACE, f"{seed}-{k}")) for k in range(n + 1)]
    title = {k: f"statement {k}" for k in range(n + 1)}

    def link(k):
        return {"title": title[k], "identifier": ids[k], "uri": f"https://other.example/{ids[k]}"}

    def association(kind, origin, destination, **members):
        own = str(uuid5(SPACE, f"{seed}-{kind}-{origin}-{destination}"))
        return {
            "identifier": own,
            "associationType": kind,
            "uri": f"https://other.example/{own}",
            "originNodeURI": link(origin),
            "destinationNodeURI": link(destination),
            "lastChangeDateTime": "2025-05-05T05:05:05+00:00",
            **members,
        }

    items = [
        {
            "identifier": ids[k],
            "fullStatement": title[k],
            "uri": f"https://other.example/{ids[k]}",
            "lastChangeDateTime": "2025-05-05T05:05:05+00:00",
            **({"notes": "a note"} if chance.random() < 0.3 else {}),
            **({"extensions": {"ext:x": {"n": k}}} if chance.random() < 0.5 else {}),
        }
        for k in range(1, n + 1)
    ]
    chance.shuffle(items)
    tops = [k for k in range(1, n + 1) if k <= 3]
    links = [association("isChildOf", k, 0, sequenceNumber=k) for k in tops]
    links += [association("isChildOf", k, chance.randint(1, k - 1), sequenceNumber=k) for k in range(4, n + 1)]
    links += [
        association(chance.choice(["isRelatedTo", "exactMatchOf", "ext:near"]), 1, k)
        for k in chance.sample(range(2, n), 3)
    ]
    chance.shuffle(links)
    return {
        "CFDocument": {
            "identifier": ids[0],
            "uri": f"https://other.example/{ids[0]}",
            "creator": "Somebody",
            "title": "A framework",
            "lastChangeDateTime": "2025-05-05T05:05:05Z",
            "caseVersion": "1.1",
        },
        "CFItems": items,
        "CFAssociations": links,
        "CFDefinitions": {"CFSubjects": []},
        "extensions": {"ext:y": [1, 2]},
    }


@pytest.mark.parametrize("seed", range(10))
def test_a_package_of_others_is_read_and_written_as_it_is(seed):
    wanted = foreign(seed)
    assert read_package(encoded(wanted)).as_json() == wanted


@pytest.mark.parametrize("seed", range(6))
def test_a_framework_of_others_becomes_a_draft_with_everything_kept(seed):
    wanted = foreign(seed)
    content, problems = draft_of(
        read_package(encoded(wanted)), occupation="6-31-01-03", edition="x", level="4", in_force_on=date(2027, 1, 1)
    )
    document, lacks = read_draft(content)
    items = {str(one.id): one.item for one in competencies(document)}
    assert items.keys() >= {item["identifier"] for item in wanted["CFItems"]}
    for item in wanted["CFItems"]:
        kept = items[item["identifier"]].extensions
        assert {key: value for key, value in kept.items() if key != "ext:case"} == item.get("extensions", {})
    assert content["associations"] == [one for one in wanted["CFAssociations"] if one["associationType"] != "isChildOf"]
    assert problems
    assert "weights_missing" in {code for code, _ in lacks}
    package = package_of(document, base=BASE, changed_at=AT)
    assert content_of(through_bytes(package)) == tidied(content)


@needs_shared
def test_the_tests_own_frameworks_are_valid_by_the_published_schema():
    validate(read_package(encoded(foreign(1))))


def broken(**changes):
    package = foreign(3)
    for name, change in changes.items():
        change(package[name])
    return encoded(package)


def child(package, k):
    return next(
        one
        for one in package
        if one["associationType"] == "isChildOf" and one["originNodeURI"]["title"].endswith(f" {k}")
    )


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (lambda: broken(CFDocument=lambda d: d.pop("creator")), "text_missing", "CFDocument.creator"),
        (lambda: broken(CFDocument=lambda d: d.update(identifier="X")), "wrong_member", "CFDocument.identifier"),
        (lambda: broken(CFItems=lambda i: i.append(i[0])), "duplicate_identifier", "CFItems[30]"),
        (lambda: broken(CFItems=lambda i: i[4].update(fullStatement="")), "text_missing", "CFItems[4].fullStatement"),
        (lambda: broken(CFItems=lambda i: i[4].update(lastChangeDateTime="now")), "wrong_member", "CFItems[4].lastC"),
        (lambda: broken(CFItems=lambda i: i[4].update(extensions=[])), "wrong_member", "CFItems[4].extensions"),
        (lambda: broken(CFAssociations=lambda a: a[0].update(associationType="likes")), "wrong_member", "CFAssoc"),
        (lambda: broken(CFAssociations=lambda a: a.append(a[0])), "duplicate_identifier", "CFAssociations["),
        (lambda: broken(CFItems=lambda i: i.pop(0)), "unknown_node", "CFAssociations["),
        (
            lambda: broken(
                CFAssociations=lambda a: child(a, 1).update(destinationNodeURI=child(a, 1)["originNodeURI"])
            ),
            "cycle",
            "CFItems[",
        ),
        (
            lambda: broken(
                CFAssociations=lambda a: a.append({**child(a, 9), "identifier": str(uuid5(SPACE, "another"))})
            ),
            "two_parents",
            "CFAssociations[",
        ),
        (lambda: encoded({"CFItems": []}), "wrong_member", "CFDocument"),
        (lambda: encoded({**foreign(1), "CFMore": {}}), "wrong_member", "$"),
    ],
)
def test_each_mistake_of_a_package_has_its_code_and_place(data, code, place):
    with pytest.raises(InvalidFrameworkError) as refused:
        read_package(data())
    found = list(zip(refused.value.params["codes"], refused.value.params["problems"], strict=True))
    assert any(own == code and problem.startswith(place) for own, problem in found), found


def test_a_circle_of_two_is_found_and_those_outside_it_are_not_named():
    package = foreign(3, n=5)
    items = {item["fullStatement"]: n for n, item in enumerate(package["CFItems"])}
    a = package["CFAssociations"]
    child(a, 1)["destinationNodeURI"] = child(a, 2)["originNodeURI"]
    child(a, 2)["destinationNodeURI"] = child(a, 1)["originNodeURI"]
    with pytest.raises(InvalidFrameworkError) as refused:
        read_package(encoded(package))
    places = {problem.split(":")[0] for problem in refused.value.params["problems"]}
    assert places == {f"CFItems[{items['statement 1']}]", f"CFItems[{items['statement 2']}]"}


# --- Reading element by element --------------------------------------------------------------------------------------


def test_elements_are_those_that_a_whole_reading_gives():
    wanted = foreign(5)
    wanted["CFDocument"]["title"] = 'a "quoted" {brace} [bracket] \\ and 字'
    for written in (encoded(wanted), json.dumps(wanted, indent=3).encode()):
        found: dict = {}
        for name, value in elements(written):
            found.setdefault(name, []).append(value)
        assert found == {k: v if isinstance(v, list) else [v] for k, v in wanted.items() if isinstance(v, list | dict)}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]]", b'{"a":[{}}', b'{"a":{},"a":{}}', b'{"a":[{"b":1,"b":2}]}', b'{"a":{}} x', b'{"a":nope}', b'{"a"', b'{"\xff":{}}'],
)  # fmt: skip
def test_what_is_no_json_is_refused_in_parts_as_in_whole(data):
    assert code_of(lambda: list(elements(data)))


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=60) | st.text(alphabet='{}[]":,\\ a1', max_size=60).map(str.encode))
def test_any_bytes_are_a_package_or_a_coded_error(data):
    assert code_of(lambda: read_package(data))


_PLACES = [
    (section, n, key)
    for section, value in foreign(2, n=6).items()
    if isinstance(value, list) and section != "extensions"
    for n, one in enumerate(value)
    for key in one
]


@settings(max_examples=150, deadline=None)
@given(
    place=st.sampled_from(_PLACES),
    new=st.none() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({}) | st.just({"identifier": []}),
)
def test_a_package_with_one_place_changed_is_used_or_refused(place, new):
    section, n, key = place
    package = foreign(2, n=6)
    package[section][n][key] = new

    def use():
        read_draft(
            draft_of(
                read_package(encoded(package)),
                occupation="6-31-01-03",
                edition="x",
                level="4",
                in_force_on=date(2027, 1, 1),
            )[0]
        )

    code_of(use)
