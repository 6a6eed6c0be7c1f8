"""The standards desk: an edition written, reviewed and published through its pages, without script."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guildhall.accounts import services as accounts
from guildhall.accounts.models import RoleKind
from guildhall.core.exchange import tables
from guildhall.core.standard import competencies, parse
from guildhall.standards.editions import services
from guildhall.standards.models import Standard
from tests.apps.web.town import signed_in
from tests.unit.exchange.test_case import foreign
from tests.unit.standard.made import EXAMPLE, encoded, example
from tests.world import NOW, PASSWORD, World

pytestmark = pytest.mark.django_db
DESK = "/en/desk/standards"


@pytest.fixture(autouse=True)
def _officers(world: World, _own_folders: None) -> None:
    for name in ("sun", "mei"):
        user = accounts.create_user(name, PASSWORD, actor=world.command, now=NOW)
        accounts.grant(user, world.authority, RoleKind.STANDARDS_OFFICER, actor=world.command, now=NOW)


@pytest.fixture
def sun() -> Client:
    return signed_in("sun")


@pytest.fixture
def mei() -> Client:
    return signed_in("mei")


def drafted(content: dict[str, Any] | None = None) -> Standard:
    actor = accounts.Actor("sun", roles=frozenset({(RoleKind.STANDARDS_OFFICER, None)}))
    return services.draft_from(content or example(), actor=actor, now=NOW)


def at(standard: Standard, place: str = "") -> str:
    return f"{DESK}/{standard.pk}{place}"


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def fields(html: str) -> dict[str, str]:
    """What the page's writing form holds, as a browser without script would send it."""
    form = re.search(r'<form method="post" class="writing".*?</form>', html, re.DOTALL)[0]
    found = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    return {name: unescape(value) for name, value in found.items()}


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_has_no_role_there_is_sent_away_and_an_auditor_only_reads():
    standard = drafted()
    assert Client().get(DESK).status_code == 302
    assert signed_in("li").get(DESK).status_code == 403
    auditor = signed_in("zhou")
    assert "New edition</a>" not in page(auditor, DESK).split("<main")[1].split("<h1")[1]
    html = page(auditor, at(standard))
    assert "Submit for review" not in html
    assert auditor.get(at(standard, "/overview")).status_code == 403
    assert auditor.post(at(standard, "/deeds/submit")).status_code == 400
    assert Standard.objects.get(pk=standard.pk).state == "draft"


def test_the_desk_is_where_an_officer_lands(sun):
    assert sun.get("/en/desk")["Location"].endswith("/desk/standards")


# ── from an empty draft to a published edition ───────────────────────────────────────────────────────────────────


def test_an_edition_is_written_and_published_through_the_pages(sun, mei, world: World):
    begun = sun.post(
        f"{DESK}/new",
        {
            "occupation": "6-31-01-03",
            "edition": "2027",
            "body_zh": "标准机构",
            "levels": ["5"],
            "in_force_on": "2027-01-01",
        },
    )
    address = begun["Location"]
    assert "Still to be written" in page(sun, address)
    typed = fields(page(sun, f"{address}/overview"))
    for name in list(typed):
        if name.startswith("zh|"):
            typed[name] = "某某说明"
    typed |= {"document_no": "某发〔2027〕1号", "hours|5": "200", "minutes|theory|5": "90", "minutes|skill|5": "120"}
    assert sun.post(f"{address}/overview", typed).status_code == 302
    items = f"{address}/items/5"
    for deed, texts in (
        ("add|function|", {}),
        ("add|content|1", {"zh|function|1": "功能一", "en|function|1": "Function one"}),
        ("add|skill|1.1", {"zh|content|1.1": "内容一"}),
        ("add|knowledge|1.1", {"zh|skill|1.1.1": "能做"}),
        ("", {"zh|knowledge|1.1.1": "知识"}),
    ):
        typed = fields(page(sun, items)) | texts | {"deed": deed}
        assert sun.post(items, typed).status_code == 302
    html = page(sun, f"{address}/weights")
    expected = re.search(r'name="expected" value="(\w{64})"', html)[1]
    sent = {
        "expected": expected,
        "level": "5",
        "theory|0.1": "5",
        "theory|0.2": "25",
        "theory|1": "70",
        "skill|1": "99",
    }
    assert sun.post(f"{address}/weights", sent).status_code == 302
    html = page(sun, f"{address}/weights")
    assert '<span data-ok="no">99</span>' in html
    assert '<span data-ok="yes">100</span>' in html
    refused = sun.post(f"{address}/deeds/submit")
    assert refused.status_code == 400
    assert "weights.5.skill: the weights sum to 99, not to 100" in refused.content.decode()
    sent |= {"expected": re.search(r'name="expected" value="(\w{64})"', html)[1], "skill|1": "100"}
    sun.post(f"{address}/weights", sent)
    assert sun.post(f"{address}/deeds/submit").status_code == 302
    assert "a second person publishes" in page(sun, address)
    held = Standard.objects.get(edition="2027")
    assert sun.post(f"{address}/deeds/publish", {"expected": held.digest}).status_code == 400
    assert "Publish this text" in page(mei, address)
    assert mei.post(f"{address}/deeds/publish", {"expected": held.digest}).status_code == 302
    held.refresh_from_db()
    assert (held.state, held.published_by) == ("published", "mei")
    assert [(one.number, one.name) for one in held.competencies.filter(kind="function")] == [
        ("1", {"zh": "功能一", "en": "Function one"})
    ]
    assert mei.get(f"{address}/overview").status_code == 404
    assert "PCC-2025-0001" in page(mei, address)


def test_moving_by_button_saves_what_was_typed_and_leads_back_to_the_item(sun):
    standard = drafted()
    items = at(standard, "/items/5")
    typed = fields(page(sun, items)) | {"en|function|1": "Typed meanwhile", "deed": "down|function|1"}
    answer = sun.post(items, typed)
    assert answer["Location"].endswith("#at-function-2")
    standard.refresh_from_db()
    functions = standard.content["requirements"]["5"]
    assert [one["name"]["en"] for one in functions] == ["Relay control circuits", "Typed meanwhile"]
    assert standard.content["weights"]["5"]["skill"] == {"2": "60", "1": "40"}
    assert 'id="at-function-2"' in page(sun, items)
    sun.post(items, fields(page(sun, items)) | {"deed": "remove|content|1.1"})
    standard.refresh_from_db()
    assert standard.content["requirements"]["5"][0].get("contents", []) == []


def test_a_form_sent_as_it_came_changes_no_text(sun):
    standard = drafted()
    for place in ("/items/5", "/items/4", "/items/basic"):
        sun.post(at(standard, place), fields(page(sun, at(standard, place))))
    standard.refresh_from_db()
    assert standard.content == EXAMPLE


def test_what_somebody_else_has_saved_is_not_lost_nor_what_was_typed(sun, mei):
    standard = drafted()
    items = at(standard, "/items/5")
    mine = fields(page(sun, items))
    theirs = fields(page(mei, items)) | {"zh|function|1": "别人写的"}
    mei.post(items, theirs)
    refused = sun.post(items, mine | {"zh|function|2": "我写的"})
    assert refused.status_code == 400
    html = refused.content.decode()
    assert "mei has saved the draft in between" in html
    assert "我写的" in html
    standard.refresh_from_db()
    assert standard.content["requirements"]["5"][0]["name"]["zh"] == "别人写的"


def test_a_button_that_no_page_has_does_nothing(sun):
    standard = drafted()
    items = at(standard, "/items/5")
    sent = fields(page(sun, items))
    for deed in ("remove|function|9", "up|nothing", "add|skill|1", "fly|function|1", "up|function|x"):
        assert sun.post(items, sent | {"deed": deed}).status_code in {302, 400}
    standard.refresh_from_db()
    assert standard.content == EXAMPLE


def test_texts_are_shown_as_they_are_and_never_run(sun):
    content = example()
    content["requirements"]["5"][0]["name"]["zh"] = "<script>alert(1)</script>"
    standard = drafted(content)
    for place in ("", "/items/5", "/weights", "/overview"):
        assert "<script>alert(1)" not in page(sun, at(standard, place))


# ── review and the next edition ──────────────────────────────────────────────────────────────────────────────────


def test_review_shows_what_is_different_and_can_send_back(sun, mei, world: World):
    services.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    published = Standard.objects.get(edition="sample-1")
    answer = sun.post(at(published, "/deeds/next"), {"edition": "sample-2", "in_force_on": "2027-01-01"})
    draft = Standard.objects.get(edition="sample-2")
    assert answer["Location"] == at(draft)
    items = at(draft, "/items/5")
    sun.post(items, fields(page(sun, items)) | {"zh|function|1": "安装与布线", "en|function|1": "Wiring"})
    sun.post(at(draft, "/deeds/submit"))
    html = page(mei, at(draft))
    assert "Different from edition sample-1" in html
    assert "Installation and wiring → Wiring" in html
    assert mei.post(at(draft, "/deeds/send-back"), {"note": "why"}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert sun.post(at(draft, "/deeds/discard")).status_code == 302
    assert not Standard.objects.filter(edition="sample-2").exists()
    assert sun.post(at(published, "/deeds/next"), {"edition": ""}).status_code == 400
    assert sun.post(at(published, "/deeds/submit")).status_code == 400
    assert sun.post(at(published, "/deeds/burn")).status_code == 404


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def bring(client: Client, name: str, data: bytes, **facts: str):
    return client.post(f"{DESK}/new", {"bring": "1", "file": SimpleUploadedFile(name, data), "level": "5", **facts})


def test_editions_come_in_as_files_of_each_kind(sun, world: World):
    document = parse(encoded(EXAMPLE))
    about = {"occupation": "6-31-01-03", "in_force_on": "2027-01-01"}
    assert bring(sun, "a.json", encoded(EXAMPLE)).status_code == 302
    assert bring(sun, "b.csv", tables.write(document, "csv"), edition="b", **about).status_code == 302
    assert bring(sun, "c.xlsx", tables.write(document, "xlsx"), edition="c", **about).status_code == 302
    assert bring(sun, "d.json", encoded(foreign(4)), edition="d", **about).status_code == 302
    by_edition = {one.edition: one for one in Standard.objects.filter(state="draft")}
    assert by_edition.keys() == {"sample-1", "b", "c", "d"}
    for name in "bc":
        assert by_edition[name].content["requirements"]["4"][1] == EXAMPLE["requirements"]["4"][1]
        assert by_edition[name].content["weights"] == EXAMPLE["weights"]
    assert len(competencies(parse(encoded(by_edition["sample-1"].content)))) == 33


REFUSED = [
    ("a.json", b"{}", "Not of the shape that is needed"),
    ("a.json", b"{", "not JSON"),
    ("a.json", b"[]", "Not of the shape that is needed"),
    ("a.csv", "类别,编号,中文\n功能,1,x".encode(), "line 2, kind"),
    ("a.xlsx", b"PK\x03\x04nothing", "error"),
    ("a.json", b'{"CFDocument": {}}', "CFDocument.identifier"),
]


def test_a_file_that_is_refused_says_why_and_leaves_nothing(sun):
    for name, data, said in REFUSED:
        answer = bring(sun, name, data, occupation="6-31-01-03", edition="x", in_force_on="2027-01-01")
        assert answer.status_code == 200
        assert said in answer.content.decode()
    assert not Standard.objects.filter(state="draft").exists()


def test_editions_go_out_as_files_of_each_kind(sun, world: World):
    standard, _ = services.import_edition(encoded(EXAMPLE), actor=world.command, now=NOW)
    assert json.loads(sun.get(at(standard, "/file.json")).content) == EXAMPLE
    package = json.loads(sun.get(at(standard, "/file.case")).content)
    assert package["CFDocument"]["identifier"] == str(standard.identifier)
    linked = json.loads(sun.get(at(standard, "/file.ctdl")).content)
    assert linked["@graph"][0]["@type"] == "ceasn:CompetencyFramework"
    for kind in ("csv", "xlsx"):
        rows = tables.read(sun.get(at(standard, f"/file.{kind}")).content, file_name=f"x.{kind}")
        assert len(rows) > 33
        assert sun.get(f"{DESK}/template.{kind}").status_code == 200
    assert sun.get(at(standard, "/file.exe")).status_code == 404
    assert sun.get(at(drafted(example() | {"edition": "2"}), "/file.case")).status_code == 404
    named = Standard.objects.get(occupation=world.cook)
    assert sun.get(at(named, "/file.json")).status_code == 404
    assert "Only its name and dates are known here" in page(sun, at(named))
    assert date(2024, 1, 1) == named.in_force_on
