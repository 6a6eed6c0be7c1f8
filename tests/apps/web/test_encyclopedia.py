"""The encyclopedia's pages: in two languages and four forms, with live facts; what is small or unknown is not told."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import jsonschema
import pyoxigraph
import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image
from pyld import jsonld

from guildhall.encyclopedia.articles.services import import_articles
from guildhall.encyclopedia.search.indexing import rebuild
from guildhall.web.cards import HEIGHT, WIDTH
from guildhall.web.linked import CONTEXT
from tests.apps.web.town import LATER, Town, signed_in
from tests.shared import needs_shared, shared

ELECTRICIAN = "6-31-01-03"
CERTIFICATE = f"/encyclopedia/certificates/pcc/{ELECTRICIAN}/4"
PAGES = (
    "/encyclopedia",
    "/encyclopedia/fields/6",
    f"/encyclopedia/occupations/cn-2022/{ELECTRICIAN}",
    f"/encyclopedia/certificates/pcc/{ELECTRICIAN}",
    CERTIFICATE,
    f"/encyclopedia/standards/cn-2022/{ELECTRICIAN}/2024",
    "/encyclopedia/articles",
    "/encyclopedia/articles/tracks",
    "/issuers/national-centre",
    "/schemes/pcc",
)
ARTICLE = """title: {title}
summary: 摘要 & <summary>
kind: system
about: scheme:pcc, occupation:6-31-01-03, certificate:pcc/6-31-01-03/4, issuer:national-centre, standard:6-31-01-03
author: 编辑组

今天是{{{{today}}}}，共{{{{count}}}}张，岗位能力证书占{{{{share:pcc}}}}；{{{{count:vqc}}}}张；{{{{issuers:pcc/6-31-01-03/4}}}}家机构可颁发。

没有的：{{{{issuer:no-such-issuer}}}}、{{{{count:none}}}}。

{{{{shares}}}}

{{{{shares-by-region}}}}

{{{{awards-over-time:pcc}}}}

{{{{ladder:pcc}}}}

{{{{parts:pcc}}}}

{{{{proves:pcc}}}}

{{{{eligibility}}}}

## 再看

[怎样核验](/how-to-check)、{{{{article:tracks}}}}、{{{{occupation:6-31-01-03}}}}、{{{{certificate:pcc/6-31-01-03/4}}}}、{{{{standard:6-31-01-03}}}}、{{{{pass-mark:pcc}}}}、{{{{in-force:pcc/6-31-01-03}}}}
"""
# Terms that schema.org has (release 29) and we use: a slip of the pen would otherwise be a term of nobody.
SCHEMA_ORG = frozenset({
    "about", "abstract", "author", "category", "codeValue", "competencyRequired", "credentialCategory", "dateModified",
    "datePublished", "description", "educationalLevel", "expires", "hasDefinedTerm", "headline", "identifier",
    "inCodeSet", "inDefinedTermSet", "inLanguage", "item", "itemListElement", "name", "occupationalCategory",
    "offeredBy", "offers", "position", "propertyID", "publisher", "qualifications", "recognizedBy", "sameAs", "termCode",
    "url", "validFor", "value", "version",
    "Article", "BreadcrumbList", "CategoryCode", "CategoryCodeSet", "CreativeWork", "DefinedTerm", "DefinedTermSet",
    "EducationalOccupationalCredential", "EducationalOrganization", "ListItem", "Occupation", "Offer", "Organization",
    "PropertyValue",
})  # fmt: skip


@pytest.fixture
def library(town: Town) -> Town:
    """The town with an article in Chinese only, and everything found by search."""
    made = import_articles(
        {"tracks.zh.md": ARTICLE.format(title="并行的轨道").encode()}, actor=town.world.command, now=LATER
    )
    assert made.n_new == 1
    rebuild(LATER)
    cache.clear()
    return town


def linked(page: str) -> dict[str, Any]:
    (said,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return json.loads(said)


def test_every_page_is_there_in_both_languages_and_names_its_twin(library: Town, visitor: Client):
    for path in PAGES:
        for prefix, tag in (("", "zh-Hans"), ("/en", "en")):
            answer = visitor.get(prefix + path)
            page = answer.content.decode()
            assert answer.status_code == 200, path
            assert f'<html lang="{tag}">' in page
            assert f'<link rel="canonical" href="http://register.test{prefix}{path}">' in page
            assert f'<link rel="alternate" hreflang="zh-Hans" href="http://register.test{path}">' in page
            assert f'<link rel="alternate" hreflang="en" href="http://register.test/en{path}">' in page
            assert f'<link rel="alternate" hreflang="x-default" href="http://register.test{path}">' in page
            assert re.search(r'<meta property="og:title" content="[^"]+">', page)
            assert f'<meta property="og:image" content="http://register.test{prefix}{path}.png">' in page
            assert "Accept" in answer["Vary"]


def test_the_same_address_answers_in_the_form_that_is_asked_for(library: Town, visitor: Client):
    for path in PAGES:
        page = visitor.get(path).content.decode()
        by_header = visitor.get(path, headers={"accept": "application/ld+json"})
        by_ending = visitor.get(f"{path}.jsonld")
        assert by_header["Content-Type"] == by_ending["Content-Type"] == "application/ld+json"
        assert json.loads(by_header.content) == json.loads(by_ending.content) == linked(page)
        card = visitor.get(f"{path}.png")
        assert card["Content-Type"] == "image/png"
        assert Image.open(io.BytesIO(card.content)).size == (WIDTH, HEIGHT)
        has_table = "text/csv" in visitor.get(path)["Link"]
        table = visitor.get(path, headers={"accept": "text/csv, text/html;q=0.5"})
        assert table["Content-Type"].startswith("text/csv" if has_table else "text/html"), path
        if has_table:
            rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
            assert len(rows) > 1
            assert len({len(row) for row in rows}) == 1
    for accept, kind in (
        ("*/*", "text/html"), ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"), ("image/webp", "text/html"),
        ("application/json", "application/ld+json"), ("text/html;q=0.2, application/ld+json;q=0.9", "application/ld+json"),
        ("", "text/html"), ("nonsense", "text/html"),
    ):  # fmt: skip
        assert visitor.get(CERTIFICATE, headers={"accept": accept})["Content-Type"].startswith(kind), accept


def test_linked_data_is_read_by_two_processors_alike_and_has_no_term_of_nobody(library: Town, visitor: Client):
    terms = set()
    for path in PAGES:
        said = json.loads(visitor.get(f"{path}.jsonld").content)
        expanded = jsonld.expand(said)
        assert expanded
        quads = {
            (quad.subject.value if hasattr(quad.subject, "value") else "", quad.predicate.value)
            for quad in pyoxigraph.parse(json.dumps(said), format=pyoxigraph.RdfFormat.JSON_LD)
        }
        told = jsonld.to_rdf(said)["@default"]
        assert {predicate for _s, predicate in quads} == {triple["predicate"]["value"] for triple in told}
        terms |= {triple["predicate"]["value"] for triple in told}
        terms |= {triple["object"]["value"] for triple in told if triple["predicate"]["value"].endswith("#type")}
    own = {term.removeprefix("https://schema.org/") for term in terms if term.startswith("https://schema.org/")}
    assert own <= SCHEMA_ORG, own - SCHEMA_ORG
    others = {term for term in terms if not term.startswith("https://schema.org/")}
    assert all(
        term.startswith((CONTEXT["ceterms"], "http://www.w3.org/1999/02/22-rdf-syntax-ns#")) for term in others
    ), others


@needs_shared
def test_a_certificate_is_a_certificate_for_the_registry_s_own_schema(library: Town, visitor: Client):
    said = json.loads(visitor.get(f"{CERTIFICATE}.jsonld").content)
    (node,) = [one for one in said["@graph"] if one["@type"] == "ceterms:Certificate"]
    schema = json.loads(shared("data", "ctdl", "schemas", "credential.json").read_text())
    # The registry's schema of that release knows text in one language; ours is told in two.
    plain = in_one_language({name: value for name, value in node.items() if name != "ceterms:ownedBy"})
    schema.pop("anyOf")
    validator = jsonschema.Draft7Validator({**schema, "$ref": "#/definitions/ceterms:Certificate"})
    wrong = [error for error in validator.iter_errors(plain) if list(error.absolute_path)[:1] != ["ceterms:offeredBy"]]
    assert [(list(error.absolute_path), error.message) for error in wrong] == []
    del plain["ceterms:ctid"]
    assert list(validator.iter_errors(plain)), "the schema looks"


def in_one_language(value: Any) -> Any:
    if isinstance(value, dict) and value and set(value) <= {"zh", "en"}:
        return next(iter(value.values()))
    if isinstance(value, dict):
        return {name: in_one_language(one) for name, one in value.items()}
    if isinstance(value, list) and value and all(isinstance(one, dict) and "@value" in one for one in value):
        return value[0]["@value"]
    return [in_one_language(one) for one in value] if isinstance(value, list) else value


def test_a_certificate_answers_every_question(library: Town, visitor: Client):
    page = visitor.get(f"/en{CERTIFICATE}").content.decode()
    for heading in (
        "What it proves, and what not", "Who may award it today", "How it is assessed", "Who may sit it",
        "What it costs in time", "What each level adds", "What it converts into", "Posts that ask for it",
    ):  # fmt: skip
        assert heading in page
    assert "PCC-2025-0001" in page
    assert "60 of 100" in page
    assert 'href="/en/check"' in page
    assert "certificate of level 5, and 3 years of work after it" in page


def test_the_counts_of_the_page_are_the_register_s_and_small_ones_are_withheld(library: Town, visitor: Client):
    # Seven certificates of level 4, none of any other.
    page = visitor.get(f"/en{CERTIFICATE}").content.decode()
    assert re.search(r"<dt>In force today</dt><dd>7</dd>", page)
    from guildhall.credentials import deeds

    for award in library.awards[:3]:
        deeds.revoke(award, reason="misconduct", from_on=award.issued_on, actor=library.world.command, now=LATER)
    cache.clear()
    page = visitor.get(f"/en{CERTIFICATE}").content.decode()
    assert re.search(r"<dt>In force today</dt><dd>&lt;5</dd>", page)
    assert ">4<" not in re.sub(r"<h\d.*?</h\d>|level.*?</", "", page.split('id="who"')[1].split('id="how"')[0])
    assert "&lt;5" in page.split('id="who"')[1].split('id="how"')[0]
    said = json.loads(visitor.get(f"{CERTIFICATE}.jsonld").content)
    assert '"ceterms:numberAwarded": 7' in json.dumps(said)


def test_nobody_is_named_on_any_page(library: Town, visitor: Client):
    for path in [*PAGES, "/encyclopedia/search?q=", "/sitemap.xml", "/encyclopedia/issuers.atom"]:
        for form in ("", ".jsonld", ".csv"):
            answer = visitor.get(path + form if "?" not in path and "." not in path else path)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            page = body.decode("utf-8", "replace")
            for award in library.awards:
                assert award.holder_name not in page
                assert award.number not in page


def test_a_withdrawn_right_leaves_the_page_at_once(library: Town, visitor: Client):
    from guildhall.issuers import services

    path = f"/en/encyclopedia/certificates/vqc/{ELECTRICIAN}/3"
    assert "VQC-44-0001" in visitor.get(path).content.decode()
    world = library.world
    services.withdraw_accreditation(
        world.filings["VQC-44-0001"], from_on=world.today, reason={"zh": "退出"}, actor=world.command, now=LATER
    )
    page = visitor.get(path).content.decode()
    assert "VQC-44-0001" not in page
    assert "Nobody may award it on" in page
    assert "VQC-44-0001 withdrawn" in visitor.get("/en/encyclopedia/issuers.atom").content.decode()


def test_the_figures_of_an_article_are_the_register_s(library: Town, visitor: Client):
    page = visitor.get("/encyclopedia/articles/tracks").content.decode()
    text = re.sub(r"<[^>]+>", "", page)
    assert "今天是2026 年 6 月 1 日，共7张，岗位能力证书占100.0%；0张；1家机构可颁发。" in text
    assert "没有的：—、—。" in text
    assert "登记册中未找到" in text
    assert 'href="/how-to-check"' in page
    assert "登记册，2026 年 6 月 1 日" in text
    assert "摘要 &amp; &lt;summary&gt;" in page
    for block in ('class="ladder is-page"', "累计从事本职业或相关职业工作满5年", "100 分中的 60 分", "of-scheme"):
        assert block in page


def test_a_missing_translation_is_said_to_be_missing(library: Town, visitor: Client):
    page = visitor.get("/en/encyclopedia/articles/tracks").content.decode()
    assert "has not been translated into English" in page
    assert 'lang="zh-Hans"' in page
    assert 'href="/en/how-to-check"' in page, "links stay in the reader's language"
    assert "in Chinese only" in visitor.get("/en/encyclopedia").content.decode()
    assert visitor.get("/en/encyclopedia/articles/tracks/history").status_code == 404


def test_articles_stand_on_the_pages_of_what_they_are_about(library: Town, visitor: Client):
    for path in (CERTIFICATE, f"/encyclopedia/occupations/cn-2022/{ELECTRICIAN}", "/schemes/pcc",
                 f"/encyclopedia/standards/cn-2022/{ELECTRICIAN}/2024"):  # fmt: skip
        assert "/encyclopedia/articles/tracks" in visitor.get(path).content.decode(), path


def test_the_history_of_an_article_is_public_and_its_drafts_are_not(library: Town, visitor: Client):
    from guildhall.accounts.models import RoleKind
    from guildhall.accounts.services import Actor
    from guildhall.encyclopedia.articles.reading import read_article
    from guildhall.encyclopedia.articles.services import publish, save, submit

    changed = read_article(ARTICLE.format(title="新标题").encode(), slug="tracks", language="zh")
    draft = save(changed, actor=Actor("anna", roles=frozenset({(RoleKind.EDITOR, None)})), now=LATER)
    assert "新标题" not in visitor.get("/encyclopedia/articles/tracks/history").content.decode()
    assert visitor.get("/encyclopedia/articles/tracks/history/2").status_code == 404
    submit(draft, actor=library.world.command, now=LATER)
    publish(draft, actor=Actor("bo", roles=frozenset({(RoleKind.EDITOR, None)})), now=LATER)
    assert "新标题" in visitor.get("/encyclopedia/articles/tracks").content.decode()
    old = visitor.get("/encyclopedia/articles/tracks/history/2").content.decode()
    assert "title: 并行的轨道" in old
    assert "title: 新标题" in old


@pytest.mark.parametrize(
    "path",
    [
        "/encyclopedia/fields/9", "/encyclopedia/occupations/cn-2022/1-11-11-11", "/encyclopedia/occupations/none/6-31-01-03",
        "/encyclopedia/certificates/pcc/6-31-01-03/apprentice", "/encyclopedia/certificates/none/6-31-01-03",
        "/encyclopedia/certificates/vqc/4-04-05-05/3", "/encyclopedia/standards/cn-2022/6-31-01-03/1899",
        "/encyclopedia/articles/none", "/encyclopedia/none.atom", "/encyclopedia/articles/tracks/history/9",
        "/encyclopedia/standards/cn-2022/6-31-01-03/2024/since/2024",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(library: Town, visitor: Client, path: str):
    assert visitor.get(path).status_code == 404
    assert visitor.get(f"/en{path}").status_code == 404


def test_search_works_without_script_in_words_codes_and_initials(library: Town, visitor: Client):
    for query in ("电工", "電工", "dg", "6-31-01-03", "electrician", "Electricians"):
        page = visitor.get("/encyclopedia/search", {"q": query}).content.decode()
        assert f'href="/encyclopedia/occupations/cn-2022/{ELECTRICIAN}"' in page, query
    narrowed = visitor.get("/encyclopedia/search", {"q": "电工", "kind": "certificate"}).content.decode()
    assert f'href="/encyclopedia/certificates/pcc/{ELECTRICIAN}"' in narrowed
    assert (
        f'href="/encyclopedia/occupations/cn-2022/{ELECTRICIAN}"'
        not in narrowed.split('class="hits"')[1].split("<aside")[0]
    )
    nothing = visitor.get("/en/encyclopedia/search", {"q": "zzzzqqq"})
    assert nothing.status_code == 200
    assert "Nothing found" in nothing.content.decode()
    assert visitor.get("/encyclopedia/search", {"q": "x" * 5000}).status_code == 422
    assert visitor.get("/encyclopedia/search", {"q": "<script>alert(1)</script>"}).status_code == 200
    assert visitor.get("/encyclopedia/search", {"q": "电工", "page": "-3"}).status_code == 200
    assert (
        "<script>alert" not in visitor.get("/encyclopedia/search", {"q": "<script>alert(1)</script>"}).content.decode()
    )


def test_suggestions_are_a_piece_of_a_page(library: Town, visitor: Client):
    piece = visitor.get("/encyclopedia/suggest", {"q": "diang"}).content.decode()
    assert "<html" not in piece
    assert f"/encyclopedia/occupations/cn-2022/{ELECTRICIAN}" in piece
    assert visitor.get("/encyclopedia/suggest", {"q": "zzzzqqq"}).content.decode().strip() == ""


def test_feeds_are_feeds_and_the_map_of_the_site_lists_every_page_twice(library: Town, visitor: Client):
    atom = "{http://www.w3.org/2005/Atom}"
    for name in ("articles", "issuers"):
        for prefix in ("", "/en"):
            answer = visitor.get(f"{prefix}/encyclopedia/{name}.atom")
            assert answer["Content-Type"].startswith("application/atom+xml")
            feed = ET.fromstring(answer.content)
            for needed in ("id", "title", "updated"):
                assert feed.find(atom + needed).text
            entries = feed.findall(f"{atom}entry")
            assert entries
            ids = [entry.find(f"{atom}id").text for entry in entries]
            assert len(set(ids)) == len(ids)
            assert all(entry.find(f"{atom}link").get("href").startswith("http://register.test/") for entry in entries)
    site = b"".join(visitor.get("/sitemap.xml").streaming_content)
    listed = [node.text for node in ET.fromstring(site).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(set(listed)) == len(listed)
    for path in PAGES:
        assert f"http://register.test{path}" in listed, path
        assert f"http://register.test/en{path}" in listed, path
    for address in listed[::2]:  # in Chinese; English is the same page
        assert visitor.get(address.removeprefix("http://register.test")).status_code == 200, address


def test_formulas_in_a_table_are_text(library: Town, visitor: Client):
    from guildhall.web.tables import csv_text

    assert (
        csv_text([["=1+1", "-x", "@y", "+z", "plain", -1, None]]).strip("\ufeff\r\n") == "'=1+1,'-x,'@y,'+z,plain,-1,"
    )


@pytest.fixture
def editors(library: Town) -> Town:
    from guildhall.accounts.models import RoleKind
    from guildhall.accounts.services import create_user, grant
    from tests.world import PASSWORD

    by = {"actor": library.world.command, "now": LATER}
    for name in ("anna", "bo"):
        grant(create_user(name, PASSWORD, **by), library.world.authority, RoleKind.EDITOR, **by)
    return library


def test_an_article_goes_over_two_desks(editors: Town):
    anna, bo, visitor = signed_in("anna"), signed_in("bo"), Client()
    desk = "/en/desk/articles"
    assert anna.get("/en/desk")["Location"] == desk
    typed = {
        "slug": "new-one", "language": "en", "title": "New", "summary": "S.", "kind": "rule", "about": "scheme:pcc",
        "field": "", "authors": "Anna", "quotes": "", "body": "Words {{count}}.", "after": "0",
    }  # fmt: skip
    looked = anna.post(f"{desk}/new", {**typed, "body": "<b> {{x}}", "look": "1"}).content.decode()
    assert "places to mend" in looked
    refused = anna.post(f"{desk}/new", {**typed, "body": "<b> {{x}}"})
    assert (refused.status_code, "There is no such marker" in refused.content.decode()) == (422, True)
    assert anna.post(f"{desk}/new", typed)["Location"] == f"{desk}/new-one/en"
    assert visitor.get("/en/encyclopedia/articles/new-one").status_code == 404
    anna.post(f"{desk}/new-one/en/1/submit")
    page = anna.get(f"{desk}/new-one/en").content.decode()
    assert "A second person reads and publishes it" in page
    anna.post(f"{desk}/new-one/en/1/publish")
    assert visitor.get("/en/encyclopedia/articles/new-one").status_code == 404
    assert bo.post(f"{desk}/new-one/en/1/return", {"note": ""}).status_code == 422
    bo.post(f"{desk}/new-one/en/1/publish")
    assert "Words " in visitor.get("/en/encyclopedia/articles/new-one").content.decode()
    stale = bo.post(f"{desk}/new-one/en/write", {**typed, "title": "Newer", "after": "0"})
    assert stale.status_code == 422
    bo.post(f"{desk}/new-one/en/1/withdraw", {"note": "Out of date."})
    assert visitor.get("/en/encyclopedia/articles/new-one").status_code == 404


def test_the_editors_desk_is_theirs_alone(editors: Town):
    for name in ("wang", "li", "zhou", "nobody"):
        client = signed_in(name)
        for path in ("/desk/articles", "/desk/articles/new", "/desk/articles/tracks/zh"):
            assert client.get(path).status_code == 403, (name, path)
        assert client.post("/desk/articles/tracks/zh/1/withdraw", {"note": "x"}).status_code == 403
    assert Client().get("/desk/articles").status_code == 302
    assert signed_in("anna").get("/desk/authority").status_code == 403
    assert signed_in("anna").get("/desk/articles/none/zh").status_code == 404
    assert signed_in("anna").get("/desk/articles/tracks/fr").status_code == 404
