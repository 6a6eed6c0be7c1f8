"""What ships for the demonstration, and how it is loaded."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from stdnum.cn import uscc

from guildhall import keystore
from guildhall.accounts.models import AuditEntry, RoleKind, User
from guildhall.accounts.services import actor_of, verify_audit_chain
from guildhall.core.accreditation import Standing
from guildhall.core.codes import certificate_number, credit_code
from guildhall.core.errors import Error
from guildhall.demo import world as demo
from guildhall.issuers import selectors
from guildhall.issuers.models import Accreditation, Issuer, IssuerKey
from guildhall.keystore import Keystore
from guildhall.standards.models import Occupation, Standard
from tests.shared import needs_shared, shared

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def shipped(part: str, name: str) -> Any:
    return json.loads(resources.files(f"guildhall.{part}").joinpath("data", name).read_bytes())


@pytest.fixture
def store(tmp_path: Path) -> Keystore:
    return keystore.open(
        tmp_path / "keys.json", "a passphrase", create=True, cost=keystore.Cost(ops=1, memory=8 * 1024 * 1024)
    )


@pytest.fixture
def loaded(db: None, store: Keystore) -> demo.DemoWorld:
    return demo.load(now=NOW, keystore=store)


def test_the_register_is_as_large_as_promised(loaded: demo.DemoWorld) -> None:
    assert len(loaded.regional) >= 30
    assert loaded.n_occupations >= 60
    assert [scheme.code for scheme in loaded.schemes] == ["pcc", "vqc"]
    assert len({issuer.organisation.region[:2] for issuer in loaded.regional}) == len(loaded.regional)
    assert verify_audit_chain() == []


def test_loading_again_changes_nothing(loaded: demo.DemoWorld, store: Keystore) -> None:
    before = AuditEntry.objects.count()
    again = demo.load(now=NOW, keystore=store)
    assert AuditEntry.objects.count() == before
    assert again.n_keys_made == 0
    assert {person.password for person in again.people} == {""}
    assert (again.n_filings, again.n_occupations) == (loaded.n_filings, loaded.n_occupations)


def test_another_keystore_than_the_one_of_the_register_is_noticed(loaded: demo.DemoWorld, tmp_path: Path) -> None:
    other = keystore.open(tmp_path / "other.json", "p", create=True, cost=keystore.Cost(ops=1, memory=8 * 1024 * 1024))
    with pytest.raises(Error) as refused:
        demo.load(now=NOW, keystore=other)
    assert refused.value.code == "key_taken"


def test_everybody_who_signs_has_a_key_and_the_register_knows_the_public_one(
    loaded: demo.DemoWorld, store: Keystore
) -> None:
    held = store.keys()
    assert loaded.n_keys_made == len(held) == len(loaded.regional) + 4
    dids = [selectors.did_of_authority(), *(issuer.did for issuer in Issuer.objects.all())]
    assert IssuerKey.objects.count() == len(dids)
    for did in dids:
        key = IssuerKey.objects.get(key_id=f"{did}#key-1")
        assert held[key.key_id].multibase == key.multibase
    assert {settings.LOG_ORIGIN, f"{selectors.did_of_register()}#key-1"} <= held.keys()


def test_the_people_of_the_demonstration_may_what_their_roles_say(loaded: demo.DemoWorld) -> None:
    by_name = {person.username: person for person in loaded.people}
    assert set(by_name) == {"authority", "national", "guangdong", "auditor", "editor", "reviewer"}
    for person in loaded.people:
        assert person.password == "guildhall-demo"
        user = User.objects.get(username=person.username)
        assert user.check_password(person.password)
        actor = actor_of(user, NOW)
        assert actor.holds(person.role, person.organisation)
    guangdong = actor_of(User.objects.get(username="guangdong"), NOW)
    assert not guangdong.holds(RoleKind.ISSUING_OFFICER, loaded.national.organisation)


def test_every_refusal_can_be_shown(loaded: demo.DemoWorld) -> None:
    on = date(2026, 11, 1)
    shown = {
        ("guangdong-centre", "6-31-01-03", "3", "440300", on): Standing.AUTHORISED,
        ("nowhere-centre", "6-31-01-03", "3", "440300", on): Standing.UNKNOWN_ISSUER,
        ("fujian-centre", "4-14-01-02", "5", "350100", on): Standing.NOT_YET,
        ("qinghai-centre", "6-28-01-10", "5", "630100", on): Standing.EXPIRED,
        ("hainan-centre", "6-18-02-04", "5", "460100", on): Standing.SUSPENDED,
        ("guangdong-centre", "4-02-06-05", "3", "440300", on): Standing.WRONG_OCCUPATION,
        ("ningxia-centre", "6-31-01-03", "3", "640100", on): Standing.WRONG_LEVEL,
        ("guangdong-centre", "6-31-01-03", "3", "450100", on): Standing.WRONG_REGION,
    }
    for (issuer, occupation, level, region, day), standing in shown.items():
        answer = selectors.accreditation(issuer, "01", "vqc", occupation, level, region, day)
        assert answer.standing is standing, issuer
        assert bool(answer.filing) == (standing is not Standing.UNKNOWN_ISSUER)
    assert set(shown.values()) == set(Standing)


def test_before_the_suspension_the_same_award_was_rightful(loaded: demo.DemoWorld) -> None:
    answer = selectors.accreditation("hainan-centre", "01", "vqc", "6-18-02-04", "5", "460100", date(2026, 8, 31))
    assert answer.authorised


def test_each_centre_awards_in_its_own_province_only_and_the_national_centre_everywhere(
    loaded: demo.DemoWorld,
) -> None:
    for filing in Accreditation.objects.select_related("issuer__organisation"):
        region = filing.issuer.organisation.region
        if filing.issuer == loaded.national:
            assert (filing.scheme_id, filing.regions) == ("pcc", ["000000"])
        else:
            assert filing.scheme_id == "vqc"
            assert {r[:2] for r in filing.regions} == {region[:2]}
            assert all(site.region[:2] == region[:2] for site in filing.issuer.sites.all())


def test_what_is_filed_is_described_by_the_standards(loaded: demo.DemoWorld) -> None:
    levels = {
        s.occupation.code: set(s.levels) for s in Standard.objects.filter(ends_on=None).select_related("occupation")
    }
    for filing in Accreditation.objects.all():
        for code in filing.occupations:
            assert set(filing.levels) <= levels[code], (filing.filing, code)


# --- The data itself -------------------------------------------------------------------------------------------------


def test_credit_codes_are_valid_by_another_library_and_plainly_made_up() -> None:
    data = shipped("issuers", "demo.json")
    codes = [data["authority"]["credit_code"], *(issuer["credit_code"] for issuer in data["issuers"])]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert uscc.is_valid(code)
        assert credit_code.check(code).valid
        assert code[8:14] == "000000"


def test_every_organisation_says_that_it_is_a_demonstration() -> None:
    data = shipped("issuers", "demo.json")
    for organisation in [data["authority"], *data["issuers"]]:
        assert "示范" in organisation["name"]["zh"]
        assert "demonstration" in organisation["name"]["en"]


def test_the_issuers_own_parts_make_numbers_of_their_schemes_layout() -> None:
    made = set()
    for issuer in shipped("issuers", "demo.json")["issuers"]:
        for layout, parts in issuer["number_parts"].items():
            if layout == "A":
                number = certificate_number.EvaluatorNumber(**parts, year="26", level="3", serial="000001")
            else:
                number = certificate_number.QualificationNumber(**parts, year="26", level="3", serial="00001")
            made.add(certificate_number.format(number))
    assert len(made) == 32
    assert Counter(map(len, made)) == {22: 1, 16: 31}


def test_filing_numbers_are_given_once_and_events_lie_within_the_filing() -> None:
    filings = shipped("issuers", "demo.json")["filings"]
    assert len({filing["filing"] for filing in filings}) == len(filings)
    for filing in filings:
        for event in filing.get("events", ()):
            assert filing["starts_on"] <= event["from_on"] <= filing["ends_on"]


def test_samples_of_standards_do_not_pass_for_published_ones() -> None:
    for occupation in shipped("standards", "cn-2022.json")["occupations"]:
        for standard in occupation["standards"]:
            assert "演示样本" in standard["name"]["zh"]
            assert "sample" in standard["name"]["en"]
            assert "document_no" not in standard


def test_everything_is_named_in_both_languages() -> None:
    for occupation in shipped("standards", "cn-2022.json")["occupations"]:
        for text in (occupation["name"], occupation["definition"], *occupation.get("work_types", ())):
            assert set(text) == {"zh", "en"}
            assert text["en"].isascii()


@needs_shared
def test_codes_names_and_work_types_are_those_of_the_compilation() -> None:
    with shared("data", "cn", "occupations_2022.csv").open(encoding="utf-8") as file:
        compiled = {row["code"]: row for row in csv.DictReader(file)}
    for occupation in shipped("standards", "cn-2022.json")["occupations"]:
        row = compiled[occupation["code"]]
        assert occupation["name"]["zh"] == row["name"]
        assert [w["zh"] for w in occupation.get("work_types", ())] == [w for w in row["work_types"].split("；") if w]


@needs_shared
def test_regions_are_those_of_the_division_codes() -> None:
    known = {"110000"}
    for name, zeros in (("provinces", "0000"), ("cities", "00"), ("areas", "")):
        with shared("data", "cn", "divisions", f"{name}.csv").open(encoding="utf-8") as file:
            known |= {row["code"] + zeros for row in csv.DictReader(file)}
    for issuer in shipped("issuers", "demo.json")["issuers"]:
        assert issuer["region"] in known
        assert {site["region"] for site in issuer["sites"]} <= known


def test_the_occupations_lie_in_varied_fields(loaded: demo.DemoWorld) -> None:
    fields = {code[:4] for code in Occupation.objects.values_list("code", flat=True)}
    assert len(fields) >= 20
