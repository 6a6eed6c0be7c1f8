"""Whole classifications come in side by side, in one piece or not at all, and their occupations find one another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guildhall.accounts.models import AuditEntry
from guildhall.cli.register import app
from guildhall.core.errors import Error, ForbiddenError
from guildhall.standards.classifications import crosswalks, esco, isco, loading, onet, selectors
from guildhall.standards.classifications.refusals import InvalidClassificationError
from guildhall.standards.models import (
    ClassGroup,
    Classification,
    Correspondence,
    Crosswalk,
    Descriptor,
    Occupation,
    Rating,
    WorkType,
)
from guildhall.standards.services import load_classification
from tests.shared import needs_shared, shared
from tests.unit.classifications.made import (
    CN_ROWS,
    CROSSWALK,
    ESCO,
    ISCO,
    ONET,
    csv_bytes,
    esco_files,
    json_lines,
    onet_files,
)
from tests.world import NOW, World, classification_file

CN = "occupations_2022.jsonl"
TABLES = [Classification, ClassGroup, Occupation, WorkType, Descriptor, Rating, Crosswalk, Correspondence, AuditEntry]


def take(world: World, kind: str, files: Mapping[str, bytes]) -> loading.Imported:
    return loading.import_classification(kind, files, actor=world.wang, now=NOW)


def folder(kind: str, *parts: str) -> dict[str, bytes]:
    path = shared("data", *parts)
    names = loading.reader_of(kind).wanted(sorted(item.name for item in path.iterdir()))
    return {name: (path / name).read_bytes() for name in names}


def state() -> list[list[dict[str, Any]]]:
    """Everything that an import may touch."""
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


def occupation(edition: str, code: str) -> Occupation:
    return Occupation.objects.get(classification=edition, code=code)


# The real files, whole


@needs_shared
def test_the_national_dictionary_comes_in_whole_beside_what_was_there(world: World) -> None:
    imported = take(world, "cn", folder("cn", "cn"))
    assert (imported.n_occupations, imported.n_groups) == (1671, 8 + 74 + 382)
    assert Occupation.objects.filter(classification="cn-2022").count() == 1671
    assert [ClassGroup.objects.filter(classification="cn-2022", rank=rank).count() for rank in range(3)] == [8, 74, 382]
    # The dictionary of 2022 has 97 digital occupations; ten of those announced since are, too.
    assert len(selectors.marked("digital", classification=imported.classification)) == 97 + 10
    electrician = occupation("cn-2022", "6-31-01-03")
    assert (electrician.pk, electrician.name["en"]) == (world.electrician.pk, "Electrician")
    assert [group.code for group in selectors.path(electrician)] == ["6", "6-31", "6-31-01"]
    assert [group.name["zh"] for group in selectors.path(electrician)] == [
        "生产制造及有关人员",
        "生产辅助人员",
        "机械设备修理人员",
    ]


@needs_shared
def test_esco_and_isco_come_in_whole(world: World) -> None:
    european = take(world, "esco", folder("esco", "esco_1_1_1"))
    assert (european.n_occupations, european.n_groups, european.n_descriptors) == (3007, 619, 640)
    director = occupation("esco-1.1.1", "2654.1.7")
    assert [match.occupation for match in selectors.correspondences(director)] == [None]
    international = take(world, "isco", folder("isco", "esco_1_1_1"))
    assert (international.n_occupations, international.n_groups) == (436, 10 + 43 + 130)
    (match,) = selectors.correspondences(director)
    assert match.occupation == occupation("isco-08", "2654")
    assert (match.relation, match.edition) == ("broadMatch", "isco-08")
    assert {"narrowMatch"} == {m.relation for m in selectors.correspondences(occupation("isco-08", "2654"))}
    assert Correspondence.objects.filter(crosswalk="esco-1.1.1--isco-08").count() == 3007
    assert [wider.name["en"] for wider in selectors.wider(director)] == ["art director"]
    assert selectors.path(director)[0].name["en"] == "Professionals"
    assert sum(counted.n_occupations for counted in selectors.groups(european.classification)) == 3007


@needs_shared
def test_a_release_of_o_net_comes_in_whole_and_a_second_time_changes_nothing(world: World) -> None:
    files = folder("onet", "onet_29_3")
    told: list[tuple[str, int, int]] = []
    imported = loading.import_classification(
        "onet", files, actor=world.wang, now=NOW, on_progress=lambda *said: told.append(said)
    )
    assert (imported.classification.code, imported.n_occupations) == ("onet-29.3", 1016)
    of_skills = Rating.objects.filter(descriptor__kind="skill")
    assert of_skills.count() == 61_530
    assert Rating.objects.filter(descriptor__kind="knowledge").count() == 58_014
    assert Descriptor.objects.filter(kind="skill").count() == 35
    assert Descriptor.objects.filter(kind="task").count() == 18_796
    assert Rating.objects.filter(descriptor__kind="technology", scale="USED").count() == 32_681
    assert Correspondence.objects.filter(crosswalk="onet-29.3--related").count() == 18_460
    assert ("Skills.xlsx", 61_530, 61_530) in told
    assert told[-1] == ("onet-29.3", imported.n_ratings, imported.n_ratings)
    executives = occupation("onet-29.3", "11-1011.00")
    # As the file's second row has it: Reading Comprehension, importance 4.12.
    assert "4.12" in {
        str(value) for code, _, value in selectors.ratings(executives, "skill", scale="IM") if code == "2.A.1.a"
    }
    nearest = selectors.correspondences(executives)[0]
    assert (nearest.code, nearest.relation, nearest.position) == ("11-1021.00", "relatedMatch", 1)
    n_entries = AuditEntry.objects.count()
    again = take(world, "onet", files)
    assert again.unchanged
    assert (again.n_ratings, again.n_occupations) == (imported.n_ratings, 1016)
    assert AuditEntry.objects.count() == n_entries


# Small files


def test_an_import_that_fails_leaves_the_former_edition_as_it_was(world: World) -> None:
    take(world, "onet", onet_files())
    before = state()
    rows = [*ONET["Skills"], ["47-2111.00", "", "2.B.3.l", "Repairing", "IM", "", 99, 1]]
    titles = [["O*NET-SOC Code", "Title", "Description"], ["47-2111.00", "Renamed", ""]]
    with pytest.raises(InvalidClassificationError):
        take(world, "onet", onet_files({"Occupation Data": titles, "Skills": rows}))
    assert state() == before


def test_an_import_that_breaks_while_writing_leaves_the_former_edition_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(world, "onet", onet_files())
    before = state()

    def breaks(*_: object) -> int:
        raise RuntimeError("the power fails")

    monkeypatch.setattr("guildhall.standards.classifications.crosswalks.enter", breaks)
    changed = [list(row) for row in ONET["Occupation Data"]]
    changed[1][1] = "Renamed"
    with pytest.raises(RuntimeError):
        take(world, "onet", onet_files({"Occupation Data": changed}))
    assert state() == before


@pytest.mark.parametrize("kind", ["cn", "onet", "esco", "isco"])
def test_the_same_files_again_change_nothing_and_say_so(world: World, kind: str) -> None:
    files = {
        "cn": {CN: json_lines(CN_ROWS)},
        "onet": onet_files(),
        "esco": esco_files(),
        "isco": {isco.FILE: csv_bytes(ISCO)},
    }[kind]
    first = take(world, kind, files)
    assert not first.unchanged
    assert first.n_new
    before = state()
    again = take(world, kind, files)
    assert (again.unchanged, again.n_new, again.n_changed) == (True, 0, 0)
    assert state() == before


def test_other_bytes_that_say_the_same_change_nothing_either(world: World) -> None:
    take(world, "cn", {CN: json_lines(CN_ROWS)})
    before = state()[1:]
    again = take(world, "cn", {CN: json_lines(CN_ROWS, "gb18030")})
    assert (again.unchanged, again.n_new, again.n_changed) == (True, 0, 0)
    assert state()[1:] == before


def test_a_newer_file_changes_what_it_says_and_leaves_what_it_does_not_say(world: World) -> None:
    take(world, "onet", onet_files())
    occupations = [list(row) for row in ONET["Occupation Data"]][:3]
    occupations[1][1] = "Electricians, Renamed"
    skills = [*ONET["Skills"][:1], ["47-2111.00", "", "2.B.3.l", "Repairing", "IM", "", 1.25, 8]]
    files = onet_files({"Occupation Data": occupations, "Skills": skills})
    del files["Related Occupations.xlsx"]
    changed = take(world, "onet", files)
    assert (changed.n_new, changed.n_changed) == (0, 1)
    assert occupation("onet-29.3", "47-2111.00").name == {"en": "Electricians, Renamed"}
    assert Occupation.objects.filter(classification="onet-29.3").count() == 3
    assert [str(v) for _, _, v in selectors.ratings(occupation("onet-29.3", "47-2111.00"), "skill", scale="IM")] == [
        "1.25"
    ]
    assert selectors.ratings(occupation("onet-29.3", "47-2111.00"), "skill", scale="LV") == []


def test_a_translation_that_a_file_does_not_have_stays(world: World) -> None:
    take(world, "cn", {CN: json_lines(CN_ROWS)})
    electrician = occupation("cn-2022", "6-31-01-03")
    assert electrician.name == {"zh": "电工", "en": "Electrician"}
    assert electrician.definition["zh"] == "安装、维修电气设备。"
    load_classification(classification_file(), actor=world.wang, now=NOW)
    assert occupation("cn-2022", "6-31-01-03").group == electrician.group


def test_the_files_of_one_kind_are_not_taken_for_those_of_another(world: World) -> None:
    take(world, "isco", {isco.FILE: csv_bytes(ISCO)})
    with pytest.raises(InvalidClassificationError):
        take(world, "esco", {isco.FILE: csv_bytes(ISCO)})
    with pytest.raises(Error) as unknown:
        take(world, "rome", {})
    assert unknown.value.code == "unknown_classification_kind"


def test_only_the_authority_imports(world: World) -> None:
    for actor in (world.li, world.zhou, world.nobody):
        with pytest.raises(ForbiddenError):
            loading.import_classification("isco", {isco.FILE: csv_bytes(ISCO)}, actor=actor, now=NOW)
        with pytest.raises(ForbiddenError):
            crosswalks.import_crosswalk(json.dumps(CROSSWALK).encode(), actor=actor, now=NOW)
    assert not Classification.objects.filter(code="isco-08").exists()


# Crosswalks


def crosswalk(world: World, *codes: tuple[str, str, str], **head: str) -> crosswalks.Loaded:
    lines = [{"from": first, "to": second, "relation": relation} for first, second, relation in codes]
    document = {**CROSSWALK, "crosswalk": {**CROSSWALK["crosswalk"], **head}, "lines": lines}  # type: ignore[dict-item]
    return crosswalks.import_crosswalk(json.dumps(document).encode(), actor=world.wang, now=NOW)


def test_a_crosswalk_waits_for_the_classification_that_is_not_here(world: World) -> None:
    loaded = crosswalk(world, ("6-31-01-03", "7411.1", "closeMatch"), ("6-31-01-03", "7411.1.1", "narrowMatch"))
    assert (loaded.n_lines, loaded.waiting, loaded.unchanged) == (2, ("esco-1.1.1",), False)
    assert [(m.code, m.occupation) for m in selectors.correspondences(world.electrician)] == [
        ("7411.1", None),
        ("7411.1.1", None),
    ]
    take(world, "esco", esco_files())
    (close, narrow) = selectors.correspondences(world.electrician)
    assert (close.occupation, close.relation) == (occupation("esco-1.1.1", "7411.1"), "closeMatch")
    assert narrow.name == {"en": "building electrician"}
    (up, back) = selectors.correspondences(occupation("esco-1.1.1", "7411.1.1"))
    assert (up.edition, up.code) != (back.edition, back.code)
    assert {(m.edition, m.code, m.relation) for m in (up, back)} == {
        ("cn-2022", "6-31-01-03", "broadMatch"),
        ("isco-08", "7411", "broadMatch"),
    }


def test_a_label_is_shown_as_long_as_the_classification_is_not_here(world: World) -> None:
    document = {**CROSSWALK, "lines": CROSSWALK["lines"][:1]}  # type: ignore[index]
    crosswalks.import_crosswalk(json.dumps(document).encode(), actor=world.wang, now=NOW)
    (match,) = selectors.correspondences(world.electrician)
    assert (match.occupation, match.name) == (None, {"en": "electrician"})


def test_an_unknown_code_of_a_crosswalk_names_the_edition(world: World) -> None:
    with pytest.raises(Error, match=r"cn-2022 has no code 6-31-01-99") as error:
        crosswalk(world, ("6-31-01-99", "7411.1", "closeMatch"))
    assert error.value.code == "invalid_crosswalk"
    assert not Crosswalk.objects.exists()


def test_a_crosswalk_again_changes_nothing_and_a_new_one_takes_its_place(world: World) -> None:
    crosswalk(world, ("6-31-01-03", "7411.1", "closeMatch"), ("6-31-01-03", "7411.1.1", "narrowMatch"))
    before = state()
    assert crosswalk(world, ("6-31-01-03", "7411.1", "closeMatch"), ("6-31-01-03", "7411.1.1", "narrowMatch")).unchanged
    assert state() == before
    crosswalk(world, ("6-31-01-03", "7411.1", "exactMatch"))
    assert [(m.code, m.relation) for m in selectors.correspondences(world.electrician)] == [("7411.1", "exactMatch")]


# Reading


def test_groups_are_counted_with_all_that_lies_below_them(world: World) -> None:
    edition = take(world, "cn", {CN: json_lines(CN_ROWS)}).classification
    (major,) = selectors.groups(edition)
    assert (major.group.code, major.n_occupations, major.n_marked) == ("6", 2, {"digital": 1, "green": 1})
    (middle,) = selectors.groups(edition, parent=major.group)
    small = selectors.groups(edition, parent=middle.group)
    assert [(c.group.code, c.n_occupations) for c in small] == [("6-31-01", 1), ("6-31-07", 1)]
    assert [o.code for o in selectors.occupations_of(major.group)] == ["6-31-01-03", "6-31-07-01"]
    assert [o.code for o in selectors.occupations_of(small[1].group)] == ["6-31-07-01"]
    assert selectors.group_by_code("6-31", classification=edition) == middle.group
    with pytest.raises(Error) as unknown:
        selectors.group_by_code("9", classification=edition)
    assert (unknown.value.code, unknown.value.params["classification"]) == ("unknown_group", "cn-2022")
    with pytest.raises(Error) as unknown:
        selectors.classification_by_code("cn-1999")
    assert unknown.value.code == "unknown_classification"


def test_all_occupations_of_all_classifications_come_for_an_index(world: World) -> None:
    take(world, "esco", esco_files())
    take(world, "onet", onet_files())
    found = list(selectors.indexed())
    assert [s.classification.code for s in selectors.classifications()] == ["cn-2022", "esco-1.1.1", "onet-29.3"]
    assert len(found) == Occupation.objects.count()
    assert [i.occupation.classification_id for i in found] == sorted(i.occupation.classification_id for i in found)
    narrow = next(i for i in found if i.occupation.code == "7411.1.1")
    assert [group.code for group in narrow.groups] == ["7", "74", "741", "7411"]
    assert {i.occupation.code for i in selectors.indexed(Classification.objects.get(code="onet-29.3"))} == {
        row[0] for row in ONET["Occupation Data"][1:]
    }


# The command


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_the_command_imports_a_folder_and_says_what_it_did(world: World, tmp_path: Path) -> None:
    for name, data in esco_files().items():
        (tmp_path / name).write_bytes(data)
    answer = run("classification", str(tmp_path), "--as", "esco", "--json")
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.stdout)
    assert (said["classification"], said["n_occupations"], said["n_groups"], said["unchanged"]) == (
        "esco-1.1.1",
        2,
        4,
        False,
    )
    again = run("classification", str(tmp_path), "--as", "esco")
    assert again.stdout.startswith("nothing changed: classification esco-1.1.1, groups 4, occupations 2")


def test_the_command_refuses_with_every_place(world: World, tmp_path: Path) -> None:
    file = tmp_path / "ISCOGroups.csv"
    file.write_bytes(csv_bytes([*ISCO, ["", "", "", "x", "", "", ""], ["", "", "", "7411", "y", "", ""]]))
    answer = run("classification", str(file), "--as", "isco")
    assert answer.exit_code == 1
    assert "ISCOGroups.csv:6 CODE: x is no code of the form 0000 [malformed_code]" in answer.stderr
    assert "ISCOGroups.csv:7 CODE: the code 7411 stands on line 5 already [duplicate_code]" in answer.stderr
    as_json = json.loads(run("classification", str(file), "--as", "isco", "--json").stdout)
    assert [(p["line"], p["code"]) for p in as_json["params"]["places"]] == [
        (6, "malformed_code"),
        (7, "duplicate_code"),
    ]
    assert run("classification", str(tmp_path / "none"), "--as", "isco").exit_code == 2
    assert run("classification", str(file), "--as", "rome").exit_code == 1
    assert run("classification", str(file), "--as", "isco", "--edition", "isco-28").exit_code == 2


def test_the_command_imports_another_edition_beside_the_known_one(world: World, tmp_path: Path) -> None:
    file = tmp_path / "ISCOGroups.csv"
    file.write_bytes(csv_bytes(ISCO))
    assert run("classification", str(file), "--as", "isco").exit_code == 0
    answer = run("classification", str(file), "--as", "isco", "--edition", "isco-28", "--in-force-on", "2028-01-01")
    assert answer.exit_code == 0, answer.output
    assert {c.code for c in Classification.objects.filter(family="isco")} == {"isco-08", "isco-28"}


def test_the_command_imports_a_crosswalk(world: World, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps({**CROSSWALK, "lines": CROSSWALK["lines"][:1]}))  # type: ignore[index]
    answer = run("crosswalk", str(file))
    assert answer.exit_code == 0, answer.output
    assert "esco-1.1.1 is not here yet" in answer.stdout
    assert json.loads(run("crosswalk", str(file), "--json").stdout) == {
        "crosswalk": "cn-2022--esco-1.1.1",
        "n_lines": 1,
        "unchanged": True,
        "waiting_for": ["esco-1.1.1"],
    }


def test_the_small_files_are_of_the_form_of_the_real_ones() -> None:
    assert set(ESCO) == set(esco.wanted(list(ESCO)))
    assert {f"{name}.xlsx" for name in ONET} <= set(onet.wanted([f"{name}.xlsx" for name in ONET]))
