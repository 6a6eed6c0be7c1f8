"""Searching the real occupation lists finds what a plain search finds, on either database."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import opencc
import pypinyin
import pytest
import snowballstemmer
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from guildhall.core.errors import Error
from guildhall.encyclopedia.search import indexing, selectors
from guildhall.encyclopedia.search.indexing import Page
from guildhall.encyclopedia.search.models import Building, Entry
from guildhall.encyclopedia.search.selectors import search, suggest
from guildhall.encyclopedia.search.terms import question
from guildhall.schemes.services import load_scheme
from tests.apps.search_pages import Plain, occupation_pages, texts_of
from tests.shared import needs_shared
from tests.world import NOW, World, scheme_file

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile("[\u3400-\u9fff]+")
STEM = snowballstemmer.stemmer("english").stemWord


def keys(query: str) -> set[str]:
    """Return the keys of everything that is found, past pages and marks."""
    asked = question(query)
    assert asked is not None
    return {row.key for row in selectors._rows(asked)}


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker) -> Iterator[tuple[Page, ...]]:
    """The three lists in the index, for all tests of this module that ask for nothing else."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "PROVIDERS", {"occupation": lambda _: occupation_pages()})
        assert indexing.rebuild(NOW) == 1_671 + 1_016 + 3_007
        yield occupation_pages()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def plain(pages: tuple[Page, ...]) -> Plain:
    return Plain((page.key, texts_of(page)) for page in pages)


@pytest.fixture(scope="module")
def chinese_names(pages: tuple[Page, ...]) -> list[str]:
    return [name for page in pages for name in (*page.title.values(), *page.names) if HAN.search(name)]


def pieces(names: list[str], length: int) -> list[str]:
    """Every different piece of so many characters of the names, in a fixed order."""
    runs = [run for name in names for run in HAN.findall(name)]
    return sorted({run[n : n + length] for run in runs for n in range(len(run) - length + 1)})


# --- Chinese ---------------------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize(("length", "every"), [(1, 2), (2, 3), (3, 17), (4, 29), (6, 41), (9, 31)])
def test_a_piece_of_a_name_finds_exactly_the_pages_that_contain_it(
    plain: Plain, chinese_names: list[str], length: int, every: int
) -> None:
    queries = pieces(chinese_names, length)[::every]
    assert len(queries) > 20
    wrong = [query for query in queries if keys(query) != plain.having(query)]
    assert wrong == []


@needs_shared
def test_every_whole_chinese_title_is_found_and_comes_first(pages: tuple[Page, ...]) -> None:
    for page in pages[:1671:29]:
        results = search(page.title["zh"])
        first = results.hits[0]
        assert "".join(part.text for part in first.title) == page.title["zh"]


@needs_shared
@pytest.mark.parametrize("target", ["s2t", "s2tw", "s2hk"])
def test_traditional_characters_find_the_same(plain: Plain, chinese_names: list[str], target: str) -> None:
    converter = opencc.OpenCC(target)
    queries = [q for q in pieces(chinese_names, 4)[::11] if converter.convert(q) != q][:60]
    assert len(queries) == 60
    assert [q for q in queries if not keys(converter.convert(q)) >= plain.having(q)] == []


@needs_shared
def test_pieces_apart_must_all_be_there(plain: Plain) -> None:
    for one, other in [("软件", "技术"), ("汽车", "维修"), ("护理", "员"), ("焊", "设备")]:
        assert keys(f"{one} {other}") == plain.having(one) & plain.having(other)
        assert keys(f"{one}，{other}！") == plain.having(one) & plain.having(other)


# --- English ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def english(pages: tuple[Page, ...]) -> list[tuple[str, set[str], set[str]]]:
    """Each page of the English lists: the stems of all its words, and the words of its names."""
    stems: dict[str, str] = {}
    found = []
    for page in pages:
        if page.key.startswith("cn-"):
            continue
        all_words = {word for text in texts_of(page) for word in words(text)}
        for word in all_words - stems.keys():
            stems[word] = STEM(word)
        named = {word for text in (*page.title.values(), *page.names) for word in words(text)}
        found.append((page.key, {stems[word] for word in all_words}, named))
    return found


def words(text: str) -> list[str]:
    from guildhall.encyclopedia.search.folding import fold

    return re.findall(r"[^\W_]+", fold(text))


@needs_shared
@pytest.mark.parametrize(
    "query",
    [
        "electrician", "electricians", "software developers", "welding", "nurses", "teach", "managing director",
        "soft", "elderly care", "Café", "carpenters'", "web designer", "x-ray",
    ],
)  # fmt: skip
def test_english_is_found_by_stem_and_by_the_beginning_of_words_in_names(
    english: list[tuple[str, set[str], set[str]]], query: str
) -> None:
    expected = {
        key
        for key, stems, named in english
        if all(STEM(q) in stems or any(word.startswith(q) for word in named) for q in words(query))
    }
    assert expected
    assert {key for key in keys(query) if not key.startswith("cn-")} == expected


# --- Codes -----------------------------------------------------------------------------------------------------------


@needs_shared
def test_every_fortieth_code_finds_its_occupation_first(pages: tuple[Page, ...]) -> None:
    for page in pages[::40]:
        results = search(page.codes[0])
        assert results.hits[0].key.partition("/")[2] == page.codes[0], page.key


@needs_shared
@pytest.mark.parametrize("prefix", ["6-31", "6-31-01", "15-1252", "15-12", "6-31-01-03", "2654.1", "2512.4"])
def test_the_beginning_of_a_code_finds_all_that_begin_so(pages: tuple[Page, ...], prefix: str) -> None:
    expected = {page.key for page in pages if page.codes[0].startswith(prefix)}
    assert expected
    assert keys(prefix) >= expected
    by_code = {key for key in keys(prefix) if key.partition("/")[2].startswith(prefix)}
    assert by_code == expected


@needs_shared
@pytest.mark.parametrize("typed", ["6310103", "6－31－01－03", "6–31–01–03", " 6-31-01-03 "])
def test_a_code_may_be_written_in_other_ways(typed: str, pages: tuple[Page, ...]) -> None:
    assert "".join(part.text for part in search(typed).hits[0].title) == "电工"


# --- Pinyin ----------------------------------------------------------------------------------------------------------


@needs_shared
def test_initials_and_full_pinyin_find_the_name(pages: tuple[Page, ...]) -> None:
    for page in pages[:1671:19]:
        syllables = pypinyin.lazy_pinyin(page.title["zh"], errors="ignore")
        assert page.key in keys("".join(one[0] for one in syllables)), page.title
        assert page.key in keys("".join(syllables)), page.title
        assert page.key in keys(" ".join(syllables)), page.title


@needs_shared
def test_dg_is_the_electrician_before_all_others(pages: tuple[Page, ...]) -> None:
    for typed in ("dg", "diangong", "dian gong", "DianGong"):
        assert "".join(part.text for part in search(typed).hits[0].title) == "电工"


@needs_shared
@pytest.mark.parametrize("typed", ["dg", "hg", "jxqg", "ylhly"])
def test_initials_find_no_name_that_cannot_be_read_so(pages: tuple[Page, ...], typed: str) -> None:
    names = {page.key: (*page.title.values(), *page.names) for page in pages}

    def fits(name: str) -> bool:
        read = pypinyin.pinyin(name, style=pypinyin.Style.NORMAL, heteronym=True, errors="ignore")
        return len(read) >= len(typed) and all(
            any(way.startswith(letter) for way in ways) for ways, letter in zip(read, typed, strict=False)
        )

    found = {key for key in keys(typed) if key.startswith("cn-")}
    assert found
    assert [key for key in found if not any(map(fits, names[key]))] == []


# --- Facets, pages, order ----------------------------------------------------------------------------------------------


def counted(found: list[Page], facet: str) -> Counter[str]:
    return Counter(value for page in found for value in page.facets.get(facet, {}))


@needs_shared
def test_counts_of_facets_are_those_of_counting(pages: tuple[Page, ...], plain: Plain) -> None:
    chance = Random(5)
    by_key = {page.key: page for page in pages}
    for query in ["工", "技术", "维修", "机械", "员"]:
        matching = [by_key[key] for key in plain.having(query)]
        for _ in range(4):
            chosen = {
                "level": chance.sample("54321", chance.randint(0, 2)),
                "scheme": chance.sample(["pcc", "vqc"], chance.randint(0, 1)),
                "region": chance.sample([str(n) for n in range(11, 18)], chance.randint(0, 3)),
            }
            results = search(query, facets=chosen)

            def kept(page: Page, but: str = "", chosen: dict[str, list[str]] = chosen) -> bool:
                return all(
                    name == but or not values or set(values) & set(page.facets[name]) for name, values in chosen.items()
                )

            assert results.total == sum(map(kept, matching))
            for facet in ("field", "level", "scheme", "region"):
                expected = counted([page for page in matching if kept(page, but=facet)], facet)
                shown = {value.value: value.n for value in results.facets[facet]}
                assert {value: n for value, n in shown.items() if n} == dict(expected)
                assert {value.value for value in results.facets[facet] if value.chosen} == set(chosen.get(facet, []))


@needs_shared
def test_the_pages_of_an_answer_are_a_partition_in_a_fixed_order(pages: tuple[Page, ...], plain: Plain) -> None:
    first = search("维修")
    shown = [hit.key for n in range(1, first.n_pages + 1) for hit in search("维修", page=n).hits]
    assert len(shown) == len(set(shown)) == first.total == len(plain.having("维修"))
    assert shown == [hit.key for n in range(1, first.n_pages + 1) for hit in search("维修", page=n).hits]
    assert [hit.key for hit in search("维修", page=10_000).hits] == [
        hit.key for hit in search("维修", page=first.n_pages).hits
    ]
    assert search("维修", page=-3).page == 1


@needs_shared
def test_names_come_before_texts(pages: tuple[Page, ...]) -> None:
    in_title = ["护理" in "".join(part.text for part in hit.title) for hit in search("护理").hits]
    assert any(in_title)
    assert in_title == sorted(in_title, reverse=True)


@needs_shared
def test_a_blank_query_walks_through_everything(pages: tuple[Page, ...]) -> None:
    results = search("", facets={"field": ["cn-2022/6"]})
    assert results.total == sum("cn-2022/6" in page.facets["field"] for page in pages)
    assert search("  ").total == len(pages)


# --- Suggestions -------------------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("电公", "电工"),
        ("diangogn", "电工"),
        ("养老护里员", "养老护理员"),
        ("electrican", "electrician"),
        ("carpentr", "carpentry"),
    ],
)
def test_what_was_meant_is_offered_where_little_is_found(pages: tuple[Page, ...], typed: str, meant: str) -> None:
    results = search(typed)
    if results.total >= selectors.FEW:
        assert meant.startswith(typed)
        return
    assert meant in results.suggestions
    assert all(search(one).total for one in results.suggestions)


@needs_shared
def test_a_good_query_is_not_corrected(pages: tuple[Page, ...]) -> None:
    assert search("电工").suggestions == ()
    assert search("6-31-01-03").suggestions == ()


@needs_shared
@pytest.mark.parametrize("prefix", ["电", "电工", "dian", "dg", "6-31", "elec", "電"])
def test_typing_ahead_offers_ten_names_at_most(pages: tuple[Page, ...], prefix: str) -> None:
    offered = suggest(prefix)
    assert 0 < len(offered) <= 10
    assert len({one.key for one in offered}) == len(offered)
    assert len(suggest(prefix, limit=3)) <= 3
    if HAN.search(prefix):
        simplified = prefix.replace("電", "电")
        assert all(simplified in one.text or any(simplified in p.text for p in one.also) for one in offered)


@needs_shared
@pytest.mark.parametrize("prefix", ["", " ", "*", "x" * 500, "\x00", "查无此名之名"])
def test_typing_ahead_stays_silent_where_there_is_nothing(pages: tuple[Page, ...], prefix: str) -> None:
    assert suggest(prefix) == ()


# --- Hostile queries ---------------------------------------------------------------------------------------------------

HOSTILE = [
    '电工" OR "1"="1', "电工' OR '1'='1", "NEAR(电 工, 2)", "title:电工", "{title names} : 电工", "电*", "^电工", "-电工", "电工 NOT 焊工",
    "电工 AND", "OR", "'''", '"""', "\\", "\\'", "%", "_", "电工;DROP TABLE search_entry;--", "电工:*A", "!电工", "a & | ! <-> b",
    "\x00电工", "电\x00工", "\ud800电工", "电工\u202e", "𠮷野家", "〇", "🙂", "%s", "%(x)s", "{}", "/*", "$$", ":a", "?1", "@@",
]  # fmt: skip


@needs_shared
@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_is_a_query_or_a_coded_error(pages: tuple[Page, ...], query: str) -> None:
    if code_of(query) is None:
        assert search(query).total <= len(pages)
    else:
        assert code_of(query) == "nothing_to_search"
    suggest(query)
    assert Entry.objects.count() == len(pages)


@needs_shared
def test_two_hundred_different_characters_are_asked_at_once(pages: tuple[Page, ...]) -> None:
    assert search("".join(chr(0x4E00 + n) for n in range(200))).total == 0
    assert search(" ".join(chr(0x4E00 + n) for n in range(100))).total == 0
    assert search(" ".join("abcdefghij"[n % 10] for n in range(100))).total >= 0
    with pytest.raises(Error) as refused:
        search("电" * 201)
    assert refused.value.code == "query_too_long"


@needs_shared
@given(query=st.text(max_size=30))
@settings(max_examples=60)
def test_no_text_breaks_the_search(pages: tuple[Page, ...], query: str) -> None:
    assert code_of(query) in (None, "nothing_to_search")


def code_of(query: str) -> str | None:
    """Return the code of the error with which a query ends; None where it is answered."""
    try:
        search(query)
    except Error as error:
        return error.code
    return None


@needs_shared
def test_an_unknown_facet_is_a_coded_error(pages: tuple[Page, ...]) -> None:
    with pytest.raises(Error) as refused:
        search("电工", facets={"colour": ["red"]})
    assert refused.value.code == "unknown_facet"
    assert search("电工", facets={"region": ["nowhere"]}).total == 0


# --- Making the index ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_whole_world_is_indexed(world: World) -> None:
    n = indexing.rebuild(NOW)
    assert n == Entry.objects.count() == Building.objects.get().n_entries
    kinds = Counter(Entry.objects.values_list("kind", flat=True))
    assert {"occupation", "scheme", "issuer", "certificate", "standard"} <= kinds.keys()
    found = search(world.electrician.name["zh"])
    assert (found.hits[0].kind, found.hits[0].key) == ("occupation", "cn-2022/6-31-01-03")
    assert {"pcc/6-31-01-03", "vqc/6-31-01-03"} <= {hit.key for hit in found.hits}


@pytest.mark.django_db
def test_a_certificate_carries_the_facets_of_its_filings(world: World) -> None:
    indexing.rebuild(NOW)
    hit = next(hit for hit in search("电工").hits if hit.key == "vqc/6-31-01-03")
    assert hit.facets["scheme"] == ("vqc",)
    assert hit.facets["level"] == ("3", "4", "5")
    assert hit.facets["region"] == ("44",)
    assert hit.facets["issuer"] == (world.guangdong.organisation.slug,)
    only = search("电工", facets={"region": ["44"], "kind": ["certificate"]})
    assert {hit.key for hit in only.hits} == {"vqc/6-31-01-03"}
    names = {value.value: value.name["zh"] for value in only.facets["region"]}
    assert names["44"] == "广东省"


@pytest.mark.django_db
def test_making_the_index_twice_gives_the_same(world: World) -> None:
    def held() -> list[tuple]:
        columns = [f.attname for f in Entry._meta.fields if f.attname != "id"]
        return sorted(tuple(map(str, row)) for row in Entry.objects.values_list(*columns))

    indexing.rebuild(NOW)
    before, hits = held(), [hit.key for hit in search("电").hits]
    indexing.rebuild(NOW)
    assert held() == before
    assert [hit.key for hit in search("电").hits] == hits


@pytest.mark.django_db
def test_touching_a_page_brings_it_up_to_date_and_takes_away_what_is_gone(world: World) -> None:
    indexing.rebuild(NOW)
    world.pcc.name = {"zh": "改了名的体系", "en": "Renamed"}
    world.pcc.save()
    assert search("改了名").total == 0
    assert indexing.touch("scheme", ["pcc"], now=NOW) == 1
    assert search("改了名").hits[0].key == "pcc"
    assert indexing.touch("scheme", ["no-such"], now=NOW) == 0
    Entry.objects.filter(kind="scheme", key="pcc").update(key="gone")
    assert indexing.touch("scheme", ["gone"], now=NOW) == 0
    assert search("改了名", facets={"kind": ["scheme"]}).total == 0
    with pytest.raises(Error) as refused:
        indexing.touch("weather", ["x"], now=NOW)
    assert refused.value.code == "unknown_kind"


@pytest.mark.django_db
def test_the_worker_makes_the_index_anew_when_what_it_reads_has_changed(world: World) -> None:
    later = NOW + timedelta(hours=1)
    assert indexing.renew(later)
    assert indexing.renew(later + timedelta(minutes=1)) is None
    named = json.loads(scheme_file("pcc")) | {"name": {"zh": "改了名的体系"}}
    load_scheme(json.dumps(named).encode(), actor=world.wang, now=later + timedelta(minutes=2))
    assert search("改了名").total == 0
    assert indexing.renew(later + timedelta(minutes=3))
    assert search("改了名").total > 0
    assert indexing.renew(later + timedelta(minutes=4)) is None


def test_every_deed_that_renews_the_index_is_recorded_somewhere() -> None:
    written = "".join(file.read_text() for file in (ROOT / "src").rglob("*.py") if "search" not in file.parts)
    for deed in indexing.READ_DEEDS:
        stem = deed.removesuffix("-accreditation")
        assert f'"{deed}"' in written or (stem != deed and f'"{stem}"' in written), deed


@pytest.mark.django_db
def test_an_index_that_cannot_be_made_leaves_the_old_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    indexing.rebuild(NOW)
    before = search("电工").total

    def broken(_: object) -> Iterator[Page]:
        yield from indexing.scheme_pages(None)
        raise RuntimeError("half way")

    monkeypatch.setattr(indexing, "PROVIDERS", {"occupation": broken})
    with pytest.raises(RuntimeError, match="half way"):
        indexing.rebuild(NOW)
    assert search("电工").total == before > 0


@pytest.mark.django_db
def test_the_index_holds_no_row_without_its_entry(world: World) -> None:
    indexing.rebuild(NOW)
    indexing.touch("scheme", ["pcc", "vqc"], now=NOW)
    indexing.rebuild(NOW)
    key = "rowid" if connection.vendor == "sqlite" else "entry_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM search_index ORDER BY 1")
        assert [row[0] for row in cursor.fetchall()] == sorted(Entry.objects.values_list("id", flat=True))


@pytest.mark.django_db
def test_rare_characters_are_found_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """unicode61 knows the characters of Unicode 6.1 only: later ones would part words."""
    made = Page("scheme", "rare", "scheme", ("rare",), {"zh": "𬬻工与𠮷野㐂〇"}, names=("Ψυχή", "плотник", "SMT操作员"))
    monkeypatch.setattr(indexing, "PROVIDERS", {"scheme": lambda _: [made]})
    indexing.rebuild(NOW)
    for query in ("𬬻", "𬬻工", "𠮷野", "㐂〇", "〇", "工与𠮷野", "Ψυχη", "ПЛОТНИК", "плот", "smt操作", "t操", "SMT操"):
        assert search(query).total == 1, query
    for query in ("𬬻与", "野𠮷", "𫓧", "s操", "smt作", "smtc操"):
        assert search(query).total == 0, query
