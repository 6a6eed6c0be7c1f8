"""What fuzzing and inflating found, each by name with the bytes that showed it: refused, and refused quickly.

Where time is the matter, the input is so large that the reader as it was would have needed minutes, and the limit so wide that
a busy machine keeps it.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from guildhall.core import did, results, standard
from guildhall.core.errors import Error
from guildhall.core.exchange import case, case_editions
from guildhall.core.exchange.elements import elements
from guildhall.core.reading import MAX_ITEMS, read_json
from guildhall.core.routes import read_post
from guildhall.encyclopedia.articles import markdown
from guildhall.encyclopedia.articles.reading import InvalidArticleError, parted, read_article
from guildhall.issuers.reading import read_filings, read_issuers
from guildhall.problems import TITLES
from guildhall.standards.classifications import cn, own
from guildhall.standards.classifications.crosswalk import read_crosswalk
from guildhall.standards.reading import read_classification
from tests import fuzz_targets
from tests.fuzz_mutation import places
from tests.fuzz_seeds import seeds
from tests.unit.classifications.made import CN_ROWS, CROSSWALK, json_lines
from tests.unit.results.sheets import TODAY, raw_xlsx, sheet_of

DOCUMENT = "00000000-0000-4000-8000-000000000000"
WHEN = "2026-01-01T00:00:00Z"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds


def refused(call: Callable[[], object]) -> Error:
    with pytest.raises(Error) as caught:
        call()
    assert caught.value.code in TITLES
    assert len(json.dumps(caught.value.as_json())) < 1_000_000, "an answer has a bound, too"
    return caught.value


def packed(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_post_of_many_digits_is_refused_quickly():
    """Digits were tried as an age from each of them to the end: 40,000 of them took twenty seconds."""
    post = json.loads(seeds("post")[0])
    with within(5):
        refused(lambda: read_post(packed({**post, "id": "3" * 400_000})))


@pytest.mark.parametrize("age", ["35周岁以下", "3 5 岁（含）以下", "0000000000035岁以内", "三十五周岁及以下"])
def test_an_age_is_still_found_after_any_digits(age):
    post = json.loads(seeds("post")[0])
    assert refused(lambda: read_post(packed({**post, "note": {"zh": age}}))).code == "forbidden_requirement"


def test_a_long_name_over_a_long_list_is_not_copied_for_each_item():
    """Each place carried the names above it: a name of half a megabyte over a quarter of a million items."""
    post = json.loads(seeds("post")[0])
    with within(10):
        refused(lambda: read_post(packed({**post, "k" * 400_000: [0] * 200_000})))
    classification = json.loads(seeds("classification")[1])
    with within(20):
        refused(lambda: read_classification(packed({**classification, "k" * 2_000_000: [["\u0001"]] * 200_000})))
    with within(20):
        refused(lambda: read_crosswalk(packed({**CROSSWALK, "k" * 2_000_000: [["\u0001"]] * 200_000})))
    issuers = json.loads(seeds("issuers")[0])
    issuers["issuers"][0]["number_parts"] = {"k" * 2_000_000: {f"p{n}": 0 for n in range(100_000)}}
    with within(20):
        refused(lambda: read_issuers(packed(issuers)))


@pytest.mark.parametrize(
    "text",
    [b'{"a":"' + b'\\"' * 500_000, b'"' + b'\\"' * 500_000, b'{"a":{"b":"' + b"\\" * 900_001, b'{"CFItems":[' + b"{" * 500_000],
    ids=["escaped_quotes", "escaped_quotes_alone", "backslashes", "open_objects"],
)  # fmt: skip
def test_a_string_that_is_never_closed_is_looked_at_once(text):
    """From each escaped quote the search for the end began anew."""
    with within(5):
        refused(lambda: list(elements(text)))


@pytest.mark.parametrize(
    "text", [b'{"x":[' + b"[]," * 500_000, b'{"x":{' + b'"a":[],' * 200_000, b'{"x":"' + b"a" * 1_500_000]
)
def test_a_framework_has_a_bounded_rest_between_its_elements(text, monkeypatch):
    """A list of empty lists became millions of objects."""
    monkeypatch.setattr("guildhall.core.exchange.elements.MAX_BETWEEN", 1_000_000)
    with within(5):
        assert refused(lambda: list(elements(text))).code == "too_large"


def test_a_chain_of_classes_is_ranked_in_one_pass():
    """Each class was compared with all above it."""
    n = 30_000
    groups = [{"code": f"g{k}", "parent": f"g{k + 1}", "name": {"zh": "甲"}} for k in range(n)]
    groups.append({"code": f"g{n}", "name": {"zh": "甲"}})
    data = packed({**json.loads(seeds("classification")[1]), "groups": groups, "occupations": []})
    facts = read_classification(data)
    with within(10):
        assert [group.rank for group in own.entries(facts, data).groups] == list(range(n, -1, -1))


def test_items_with_wrong_numbers_are_compared_in_one_pass():
    """Each was compared with all before it."""
    edition = json.loads(seeds("standard_edition")[0])
    edition["basic"] = [{"number": f"{1 + k // 900}.{1 + k % 900}", "name": {"zh": "甲"}} for k in range(19_900)]
    with within(10):
        refused(lambda: standard.parse(packed(edition)))


def test_lines_of_a_dictionary_are_not_searched_in_the_whole_file_each():
    """The file was searched for an escape once for each of its lines."""
    rows = [
        {**CN_ROWS[0], "occupation_code": f"6-{k // 10_000:02}-{k // 100 % 100:02}-{k % 100:02}"} for k in range(30_000)
    ]
    with within(15):
        assert len(cn.read({"x.jsonl": json_lines(rows)}).occupations) == 30_000


@pytest.mark.parametrize("item", [0, {}, []])
def test_lists_of_junk_are_bounded(item):
    """Eight million items of nothing were judged one by one, and the names of those counted that stood twice."""
    with within(10):
        error = refused(lambda: read_filings(packed({"filings": [item] * 4_000_000})))
    assert f"more than {MAX_ITEMS} items" in error.params["problems"][0]
    with within(20):
        refused(lambda: read_filings(packed({"filings": [item] * (MAX_ITEMS - 1)})))


def test_names_that_stand_twice_are_counted_in_one_pass():
    """Each name was counted in the list of all."""
    listed = [{"slug": f"a{n}"} for n in range(80_000)]
    with within(20):
        refused(lambda: read_issuers(packed({"issuers": [*listed, *listed[:2]]})))


# --- workbooks -----------------------------------------------------------------------------------------------------------

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def book(data: bytes) -> object:
    return results.parse(data, file_name="x.xlsx", today=TODAY)


def related(*relations: str) -> bytes:
    made = raw_xlsx(sheet_of(("姓名", "证件号码")), strings="<sst>" + " " * 1_000_000 + "</sst>")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(b"</Relationships>", "".join(relations).encode() + b"</Relationships>")
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return out.getvalue()


def relation(number: int, target: str, kind: str = "sharedStrings") -> str:
    return f'<Relationship Id="x{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def test_shared_strings_are_read_once_however_often_they_are_named():
    with within(5):
        book(related(*(relation(n, "sharedStrings.xml") for n in range(5_000))))


def test_a_book_with_too_many_relations_is_refused():
    assert refused(lambda: book(related(*(relation(n, "x") for n in range(20_000))))).code == "file_too_large"


def test_a_target_that_climbs_up_and_down_is_followed_in_one_pass():
    with within(5):
        book(related(relation(1, "a/" * 400_000 + "../" * 400_000 + "x")))


def test_two_sheets_of_one_part_are_refused():
    """What may be unpacked bounds the work only where each part is read once."""
    made = raw_xlsx(sheet_of(("姓名",)))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"</sheets>", b'<sheet name="T" sheetId="2" r:id="r1"/></sheets>'
    )
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        data = out.getvalue()
    assert refused(lambda: book(data)).code == "malformed_workbook"


@pytest.mark.parametrize("pattern", ["[" * 500_000, "&quot;" * 100_001, "\\" * 500_000])
def test_a_long_number_format_is_read_as_far_as_excel_allows(pattern):
    """Each bracket was looked for to the end of the format, and each format again for each style."""
    styles = f'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="{pattern}"/></numFmts><cellXfs>{"<xf numFmtId=" + chr(34) + "164" + chr(34) + "/>"}'
    styles += '<xf numFmtId="164"/>' * 2_000 + "</cellXfs></styleSheet>"
    with within(5):
        book(raw_xlsx(sheet_of(("姓名", "证件号码")), styles=styles))


def test_styles_nested_deeply_are_read_in_one_pass():
    deep = 100_000
    styles = "<s>" * deep + '<cellXfs><xf numFmtId="14"/></cellXfs>' + '<xf numFmtId="0"/>' * 100_000 + "</s>" * deep
    with within(10):
        book(raw_xlsx(sheet_of(("姓名", "证件号码")), styles=styles))


# --- tables ------------------------------------------------------------------------------------------------------------------


def test_a_row_of_a_million_cells_is_refused():
    with within(5):
        assert refused(lambda: results.parse(b"," * 4_000_000, file_name="x", today=TODAY)).code == "file_too_large"


# --- frameworks --------------------------------------------------------------------------------------------------------------


def item(n: int, **members: object) -> dict[str, object]:
    own = f"{n:08x}-0000-4000-8000-000000000000"
    return {"identifier": own, "uri": f"urn:uuid:{own}", "fullStatement": "甲", "lastChangeDateTime": WHEN, **members}


def end(identifier: str) -> dict[str, str]:
    return {"title": "t", "identifier": identifier, "uri": f"urn:uuid:{identifier}"}


def below(n: int, origin: str, destination: str) -> dict[str, object]:
    return {
        **item(n),
        "associationType": case.CHILD,
        "originNodeURI": end(origin),
        "destinationNodeURI": end(destination),
    }


def framework(items: list[dict[str, object]], associations: list[dict[str, object]], **document: object) -> bytes:
    top = {
        "identifier": DOCUMENT, "uri": f"urn:uuid:{DOCUMENT}", "creator": "c", "title": "t", "lastChangeDateTime": WHEN, **document,
    }  # fmt: skip
    return packed({"CFDocument": top, "CFItems": items, "CFAssociations": associations})


def draft(data: bytes) -> object:
    package = case.read_package(data)
    return case_editions.draft_of(
        package, occupation="6-31-01-03", edition="2026", level="5", in_force_on=date(2026, 1, 1)
    )


def test_a_framework_that_is_one_long_chain_is_refused():
    """The tree was walked by recursion: some thousand steps ended in an exception of Python."""
    items = [item(n) for n in range(1, 3_000)]
    names = [DOCUMENT, *(str(one["identifier"]) for one in items)]
    chain = [below(10_000 + n, names[n], names[n - 1]) for n in range(1, len(names))]
    error = refused(lambda: draft(framework(items, chain)))
    assert error.params["codes"] == ["too_deep"]
    depth = case.MAX_DEPTH
    draft(framework(items[:depth], chain[:depth]))
    assert refused(lambda: draft(framework(items[: depth + 1], chain[: depth + 1]))).params["codes"] == ["too_deep"]


def test_a_framework_that_lies_below_one_of_its_items_is_refused():
    """It passed, and the tree could not be built."""
    only = item(1)
    error = refused(lambda: draft(framework([only], [below(2, DOCUMENT, str(only["identifier"]))])))
    assert error.params["codes"] == ["unknown_node"]


def test_what_another_tool_put_under_our_extension_does_no_harm():
    """A text stood where members were put together."""
    package = json.loads(seeds("case_package")[0])
    inner = next(one for one in package["CFItems"] if one["extensions"][case_editions.OURS]["kind"] != "level")
    inner["extensions"][case_editions.THEIRS] = "a text"
    inner["abbreviatedStatement"] = "kept"
    content = case_editions.content_of(case.read_package(packed(package)))
    assert "kept" in json.dumps(content)
    standard.read(content)


# --- U+0000 -----------------------------------------------------------------------------------------------------------------

_KEPT = dict.fromkeys((
    "record", "post", "offers", "eligibility_rules", "conversion_rule_set", "coverage_standard", "coverage_programme",
    "case_package", "wording_rules", "scheme", "issuers", "filings",
), "nul_character") | {
    # These say the place of each control character.
    "standard_edition": "invalid_standard", "classification": "invalid_classification", "crosswalk": "invalid_crosswalk",
}  # fmt: skip


@pytest.mark.parametrize("name", _KEPT)
@pytest.mark.parametrize("where", ["member", "text", "extension"])
def test_u_0000_is_refused_where_a_document_is_read(name, where):
    """PostgreSQL keeps no such character: what was read went on to an exception of the database."""
    from tests.fuzz_targets import target

    document = json.loads(seeds(name)[0])
    if where == "member":
        document["a\0b"] = 1
    elif where == "extension":
        document["extensions"] = {"x": ["\0"]}
    else:
        document |= {name: "a\0b" for name, value in document.items() if isinstance(value, str) and name != "format"}
        document.setdefault("name", {})
        document["name"] = {"zh": "a\0b"}
    assert refused(lambda: target(name).call(packed(document))).code == _KEPT[name]


def test_a_backslash_before_the_same_letters_is_no_such_character():
    offers = json.loads(seeds("offers")[0])
    offers["note"]["zh"] = "\\u0000"
    from guildhall.core.routes import read_offers

    assert read_offers(packed(offers))


# --- articles -----------------------------------------------------------------------------------------------------------------

_HEAD = "title: T\nsummary: S\nkind: word\n"


def test_blanks_between_subjects_are_looked_at_once():
    """Blanks before a comma that never came were tried from each of them."""
    with within(2):
        parted("a" + " " * 60_000 + "b")
    assert parted(" a ,b，， c、a") == ("a", "b", "c")


@pytest.mark.parametrize("n_columns", [8, 64, 2_000])
def test_tables_have_a_bounded_number_of_cells(n_columns):
    """Short rows are filled up to the width of the heading: eight kilobytes took three seconds, a full text minutes."""
    table = "|a" * n_columns + "|\n" + "|-" * n_columns + "|\n" + "|\n" * (4_000 // n_columns * 8)
    body = "\n".join([table] * (60_000 // len(table)))
    with within(20), pytest.raises(InvalidArticleError) as caught:
        read_article(f"{_HEAD}\n{body}".encode(), slug="a", language="en")
    assert "too_large" in caught.value.params["codes"]
    with within(20):
        assert "<table" not in markdown.render(body, resolve=lambda _: "", fill=lambda _: "").html


def test_an_honest_table_is_none_too_many():
    body = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 1_000
    assert not markdown.problems(body)
    assert "<table" in markdown.render(body, resolve=lambda _: "", fill=lambda _: "").html


def test_a_long_name_that_stands_twice_is_told_in_part():
    """The refusal repeated a name of half a megabyte, twice."""
    name = "k" * 500_000
    error = refused(lambda: read_json(f'{{"{name}":1,"{name}":2}}'.encode()))
    assert (error.code, len(str(error.params["member"]))) == ("duplicate_key", 80)


# --- what is of another type ------------------------------------------------------------------------------------------


def test_a_key_whose_type_is_an_object_is_no_method_of_ours():
    """Found by the fuzzer after 286 runs: the type was looked for in a set, and an object has no hash."""
    method = {"id": "did:web:x#k", "controller": "did:web:x", "type": {"id": "Multikey"}, "publicKeyMultibase": "z6Mk"}
    assert did.read_document({"id": "did:web:x", "authentication": [method]}) == ()
    assert did.read_document({"id": "did:web:x", "verificationMethod": [{**method, "type": []}]}) == ()


@pytest.mark.parametrize("curve", [[], {}, None, ["P-256"]])
def test_a_key_whose_curve_is_no_text_is_refused(curve):
    """The same, one function below."""
    assert refused(lambda: did.key_of_jwk({"kty": "EC", "crv": curve, "x": "AA", "y": "AA"})).code == (
        "malformed_did_document"
    )


OTHER_TYPES = ({}, [], {"id": "x"}, [[]], None, 1, True, "")
_SLOW = {"conversion_world", "route_world", "eligibility_world", "offers"}


@pytest.mark.parametrize(
    "name", sorted(name for name, one in fuzz_targets.targets().items() if one.form == "json" and name not in _SLOW)
)
def test_a_member_of_another_type_ends_in_a_value_or_a_coded_error(name):
    """Every member of a seed, or fifty of them evenly, as everything that JSON has."""
    call = fuzz_targets.target(name).call
    document = json.loads(seeds(name)[0])
    found = places(document)
    for holder, key in found[:: 1 + len(found) // 50]:
        was = holder[key]
        for other in OTHER_TYPES:
            holder[key] = other
            try:
                call(packed(document))
            except Error as error:
                assert error.code in TITLES, error  # noqa: PT017 - most of these are values, and any other exception passes
        holder[key] = was
