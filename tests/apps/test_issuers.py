"""Issuers, keys, filings, and the eight answers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import verify_audit_chain
from guildhall.core.accreditation import Question, Standing
from guildhall.core.errors import Error, ForbiddenError
from guildhall.core.keys import SeedSigner
from guildhall.issuers import selectors, services
from guildhall.issuers.models import Accreditation, AccreditationEvent, IssuerKey
from tests.world import NOW, TODAY, World, seed

WHY = {"zh": "整改", "en": "findings"}


def ask(world: World, **change: Any) -> tuple[Standing, str]:
    """Ask for Guangdong, electrician, level 3 on 1 June 2026, with the words changed as given."""
    words: dict[str, Any] = {
        "issuer": world.guangdong,
        "site": world.guangdong_site,
        "scheme": world.vqc,
        "occupation": world.electrician,
        "level": "3",
        "region": "440300",
        "on": TODAY,
    }
    words |= change
    answer = selectors.accreditation(**words)
    return answer.standing, answer.filing


def code_of(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(Error) as refused:
        call(*arguments, **named)
    return refused.value.code


# --- The eight answers -----------------------------------------------------------------------------------------------


def test_each_of_the_eight_answers_with_the_filing_it_rests_on(world: World) -> None:
    shanghai = {"issuer": world.shanghai, "site": world.shanghai_site, "region": "310000"}
    assert ask(world) == (Standing.AUTHORISED, "VQC-44-0001")
    assert ask(world, issuer="did:web:elsewhere.test") == (Standing.UNKNOWN_ISSUER, "")
    assert ask(world, **shanghai, occupation=world.welder) == (Standing.NOT_YET, "VQC-31-0003")
    assert ask(world, **shanghai, occupation=world.cook) == (Standing.EXPIRED, "VQC-31-0002")
    assert ask(world, occupation=world.welder) == (Standing.SUSPENDED, "VQC-44-0002")
    assert ask(world, occupation=world.trainer)[0] is Standing.WRONG_OCCUPATION
    assert ask(world, level="2") == (Standing.WRONG_LEVEL, "VQC-44-0001")
    assert ask(world, region="450000") == (Standing.WRONG_REGION, "VQC-44-0001")


def test_an_issuer_of_one_scheme_is_unknown_in_the_other(world: World) -> None:
    assert ask(world, scheme=world.pcc) == (Standing.UNKNOWN_ISSUER, "")


def test_the_question_may_be_asked_with_objects_or_with_codes(world: World) -> None:
    words = {"site": "01", "scheme": "vqc", "occupation": "6-31-01-03"}
    for issuer in (world.guangdong, world.guangdong.did, "guangdong-centre"):
        assert ask(world, issuer=issuer, **words) == (Standing.AUTHORISED, "VQC-44-0001")


def test_the_national_centre_awards_everywhere(world: World) -> None:
    for region in ("110101", "440305", "650000"):
        assert ask(world, issuer=world.national, scheme=world.pcc, region=region)[0] is Standing.AUTHORISED


def test_a_filing_for_one_site_covers_that_site_only(world: World) -> None:
    other = services.register_site(
        world.guangdong, "02", name={"zh": "深圳考点"}, region="440300", actor=world.wang, now=NOW
    )
    accredit(world, "VQC-44-0003", occupations=["4-04-05-05"], site=other)
    assert ask(world, occupation=world.trainer, site=other) == (Standing.AUTHORISED, "VQC-44-0003")
    assert ask(world, occupation=world.trainer)[0] is Standing.WRONG_REGION


def test_a_judge_answers_as_the_selector_does_and_reads_once(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        judge = selectors.Judge.load()
    own = selectors.Judge.load(world.guangdong)
    issuers = [world.national, world.guangdong, world.shanghai]
    days = [date(2024, 12, 31), date(2025, 6, 1), TODAY, date(2027, 6, 1), date(2030, 1, 1)]
    seen = set()
    for issuer, scheme, occupation, level, region, on in itertools.product(
        issuers, ("pcc", "vqc"), ("6-31-01-03", "6-18-02-04", "4-03-02-01"), ("5", "1"), ("440000", "310000"), days
    ):
        question = Question(issuer.did, scheme, occupation, level, region, on, "01")
        with django_assert_num_queries(0):
            answer = judge.judge(question)
        assert judge.judge(replace(question)) == answer
        assert selectors.accreditation(issuer, "01", scheme, occupation, level, region, on) == answer
        if issuer == world.guangdong:
            assert own.judge(question) == answer
        seen.add(answer.standing)
    assert seen == set(Standing)
    assert judge.judge(Question("did:web:x", "pcc", "", "", "", TODAY)).standing is Standing.UNKNOWN_ISSUER


# --- What happens to a filing ----------------------------------------------------------------------------------------


def accredit(world: World, filing: str, **change: Any) -> Accreditation:
    words: dict[str, Any] = {
        "scheme": world.vqc,
        "occupations": ["6-31-01-03"],
        "levels": ["3"],
        "regions": ["440000"],
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2028, 12, 31),
        "actor": world.wang,
        "now": NOW,
    }
    return services.accredit(change.pop("issuer", world.guangdong), filing, **(words | change))


def test_suspended_reinstated_withdrawn(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    days = [TODAY + timedelta(days=n) for n in range(40)]
    services.suspend_accreditation(filing, from_on=days[3], reason=WHY, actor=world.wang, now=NOW)
    services.reinstate_accreditation(filing, from_on=days[10], reason=WHY, actor=world.wang, now=NOW)
    services.withdraw_accreditation(filing, from_on=days[20], reason=WHY, actor=world.wang, now=NOW)
    found = [ask(world, on=day)[0] for day in days]
    assert found == (
        [Standing.AUTHORISED] * 3 + [Standing.SUSPENDED] * 7 + [Standing.AUTHORISED] * 10 + [Standing.EXPIRED] * 20
    )


def test_later_loss_of_the_right_leaves_earlier_days_alone(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    before = [ask(world, on=TODAY - timedelta(days=n)) for n in range(1, 60)]
    services.withdraw_accreditation(filing, from_on=TODAY, reason=WHY, actor=world.wang, now=NOW)
    assert [ask(world, on=TODAY - timedelta(days=n)) for n in range(1, 60)] == before
    assert {standing for standing, _ in before} == {Standing.AUTHORISED}
    assert ask(world) == (Standing.EXPIRED, "VQC-44-0001")


def test_a_suspension_with_a_last_day_ends_by_itself(world: World) -> None:
    services.suspend_accreditation(
        world.filings["VQC-44-0001"],
        from_on=TODAY,
        until_on=TODAY + timedelta(days=2),
        reason=WHY,
        actor=world.wang,
        now=NOW,
    )
    found = [ask(world, on=TODAY + timedelta(days=n))[0] for n in range(4)]
    assert found == [Standing.SUSPENDED] * 3 + [Standing.AUTHORISED]


def test_a_suspension_with_a_last_day_may_be_ended_before_it_and_not_after(world: World) -> None:
    filing, day = world.filings["VQC-44-0001"], [TODAY + timedelta(days=n) for n in range(12)]
    by: dict[str, Any] = {"reason": WHY, "actor": world.wang, "now": NOW}
    services.suspend_accreditation(filing, from_on=day[0], until_on=day[10], **by)
    assert code_of(services.reinstate_accreditation, filing, from_on=day[11], **by) == "not_suspended"
    services.reinstate_accreditation(filing, from_on=day[3], **by)
    assert [ask(world, on=on)[0] for on in day[2:4]] == [Standing.SUSPENDED, Standing.AUTHORISED]
    assert ask(world, on=day[10])[0] is Standing.AUTHORISED


def test_a_reinstatement_takes_back_a_suspension_that_has_not_begun(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    services.suspend_accreditation(filing, from_on=TODAY + timedelta(days=5), reason=WHY, actor=world.wang, now=NOW)
    services.reinstate_accreditation(filing, from_on=TODAY, reason=WHY, actor=world.wang, now=NOW)
    assert ask(world, on=TODAY + timedelta(days=6))[0] is Standing.AUTHORISED


def test_what_is_not_suspended_cannot_be_reinstated(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    assert (
        code_of(services.reinstate_accreditation, filing, from_on=TODAY, reason=WHY, actor=world.wang, now=NOW)
        == "not_suspended"
    )


def test_what_is_withdrawn_stays_withdrawn(world: World) -> None:
    filing = world.filings["VQC-44-0002"]
    named = {"from_on": TODAY, "reason": WHY, "actor": world.wang, "now": NOW}
    services.withdraw_accreditation(filing, **named)
    for deed in (
        services.suspend_accreditation,
        services.reinstate_accreditation,
        services.withdraw_accreditation,
    ):
        assert code_of(deed, filing, **named) == "withdrawn"


def test_an_officer_cannot_take_a_right_for_days_gone_by(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    named = {"from_on": TODAY - timedelta(days=1), "reason": WHY, "actor": world.wang, "now": NOW}
    for deed in (services.suspend_accreditation, services.withdraw_accreditation):
        assert code_of(deed, filing, **named) == "backdated"
    assert code_of(services.reinstate_accreditation, world.filings["VQC-44-0002"], **named) == "backdated"
    assert ask(world)[0] is Standing.AUTHORISED


def test_today_is_counted_in_china(world: World) -> None:
    late = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)  # 01:00 of 2 June in Shanghai
    filing = world.filings["VQC-44-0001"]
    named = {"reason": WHY, "actor": world.wang, "now": late}
    assert code_of(services.suspend_accreditation, filing, from_on=TODAY, **named) == "backdated"
    services.suspend_accreditation(filing, from_on=TODAY + timedelta(days=1), **named)


def test_a_suspension_and_a_reinstatement_of_the_same_moment_keep_their_order(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    for _ in range(4):
        services.suspend_accreditation(filing, from_on=TODAY, reason=WHY, actor=world.wang, now=NOW)
        assert ask(world)[0] is Standing.SUSPENDED
        services.reinstate_accreditation(filing, from_on=TODAY, reason=WHY, actor=world.wang, now=NOW)
        assert ask(world)[0] is Standing.AUTHORISED


def test_a_closed_issuer_awards_until_its_last_day(world: World) -> None:
    services.close_issuer(world.guangdong, last_day=TODAY, actor=world.wang, now=NOW)
    assert ask(world)[0] is Standing.AUTHORISED
    assert ask(world, on=TODAY + timedelta(days=1))[0] is Standing.EXPIRED


def test_a_filing_is_as_wide_as_it_says(world: World) -> None:
    filing = accredit(world, "N-1", levels=["3", "5", "3"], regions=["440300", "440100"])
    assert (filing.levels, filing.regions) == (["3", "5"], ["440100", "440300"])
    event = filing.events.get()
    assert (event.deed, event.from_on, event.until_on) == ("accredit", filing.starts_on, filing.ends_on)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"occupations": []}, "empty_scope"),
        ({"levels": []}, "empty_scope"),
        ({"regions": []}, "empty_scope"),
        ({"occupations": ["6-31-01-99"]}, "unknown_occupation"),
        ({"levels": ["6"]}, "unknown_level"),
        ({"levels": ["3", "chief"]}, "level_not_awarded"),
        ({"regions": ["44"]}, "invalid_region"),
        ({"regions": ["44000０"]}, "invalid_region"),
        ({"ends_on": date(2025, 12, 31)}, "dates_out_of_order"),
    ],
)
def test_a_filing_that_makes_no_sense_is_refused(world: World, change: dict[str, Any], code: str) -> None:
    assert code_of(accredit, world, "N-1", **change) == code
    assert not Accreditation.objects.filter(filing="N-1").exists()


def test_a_filing_number_is_given_once_and_a_site_belongs_to_its_issuer(world: World) -> None:
    assert code_of(accredit, world, "VQC-44-0001") == "filing_taken"
    assert code_of(accredit, world, "N-1", site=world.shanghai_site) == "foreign_site"


def test_only_the_authority_decides_about_rights(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    named = {"from_on": TODAY, "reason": WHY, "now": NOW}
    for actor in (world.chen, world.zhou, world.nobody):
        for deed in (
            services.suspend_accreditation,
            services.reinstate_accreditation,
            services.withdraw_accreditation,
        ):
            with pytest.raises(ForbiddenError):
                deed(filing, **named, actor=actor)
        with pytest.raises(ForbiddenError):
            accredit(world, "N-1", actor=actor)
        with pytest.raises(ForbiddenError):
            services.close_issuer(world.guangdong, last_day=TODAY, actor=actor, now=NOW)
        with pytest.raises(ForbiddenError):
            services.register_issuer("n", name={"zh": "新"}, region="110000", actor=actor, now=NOW)
        with pytest.raises(ForbiddenError):
            services.register_site(world.guangdong, "9", name={"zh": "新"}, region="110000", actor=actor, now=NOW)
    assert AccreditationEvent.objects.filter(accreditation=filing).count() == 1


def test_each_deed_leaves_its_row_in_the_trail(world: World) -> None:
    filing = world.filings["VQC-44-0001"]
    services.suspend_accreditation(filing, from_on=TODAY, reason=WHY, actor=world.wang, now=NOW)
    entry = AuditEntry.objects.latest("id")
    assert (entry.deed, entry.subject, entry.actor) == ("suspend-accreditation", "VQC-44-0001", "wang")
    assert entry.organisation == world.guangdong.organisation
    assert entry.params == {"from_on": "2026-06-01", "until_on": None}
    assert filing.events.latest("at").actor == world.people["wang"]
    assert verify_audit_chain() == []


# --- Issuers, sites, keys --------------------------------------------------------------------------------------------


def test_an_issuer_is_named_under_the_address_of_the_register(world: World) -> None:
    assert world.guangdong.did == "did:web:register.test:issuers:guangdong-centre"
    assert selectors.did_of_authority() == "did:web:register.test:authority"
    assert selectors.did_of_register() == "did:web:register.test"
    assert selectors.issuer_by_slug("guangdong-centre") == world.guangdong
    assert selectors.issuer_by_did(world.guangdong.did) == world.guangdong
    assert [i.organisation.slug for i in selectors.issuers()] == [
        "guangdong-centre",
        "national-centre",
        "shanghai-centre",
    ]


def test_what_is_not_in_the_register_is_a_coded_error(world: World) -> None:
    assert code_of(selectors.issuer_by_slug, "x") == "unknown_issuer"
    assert code_of(selectors.issuer_by_did, "did:web:x") == "unknown_issuer"
    assert code_of(selectors.site_by_code, world.guangdong, "99") == "unknown_site"
    assert code_of(selectors.accreditation_by_filing, "x") == "unknown_filing"
    assert selectors.site_by_code(world.guangdong, "01") == world.guangdong_site


def test_registering_again_with_the_same_facts_changes_nothing_and_with_others_is_refused(world: World) -> None:
    before = AuditEntry.objects.count()
    named: dict[str, Any] = {
        "name": {"zh": "广东评价中心", "en": "Guangdong Centre"},
        "region": "440000",
        "number_parts": {"C": {"authority": "44", "city": "01", "body_type": "1", "body": "001"}},
        "actor": world.wang,
        "now": NOW,
    }
    assert services.register_issuer("guangdong-centre", **named) == world.guangdong
    assert AuditEntry.objects.count() == before
    assert code_of(services.register_issuer, "guangdong-centre", **(named | {"region": "450000"})) == "slug_taken"
    assert code_of(services.register_issuer, "guangdong-centre", **(named | {"number_parts": {}})) == "issuer_changed"
    assert code_of(services.register_issuer, "new", **(named | {"region": "44"})) == "invalid_region"
    assert code_of(services.register_issuer, "new", **(named | {"did": "web:x"})) == "malformed_did"
    site: dict[str, Any] = {"name": {"zh": "别处"}, "region": "440000", "actor": world.wang, "now": NOW}
    assert code_of(services.register_site, world.guangdong, "01", **site) == "site_changed"


@pytest.mark.parametrize(
    "parts",
    [
        {"C": {"authority": "44", "city": "01", "body_type": "1"}},
        {"C": {"authority": "44", "city": "01", "body_type": "9", "body": "002"}},
        {"C": {"authority": "44", "city": "1", "body_type": "1", "body": "0020"}},
        {"C": {"authority": "44", "city": "01", "body_type": "1", "body": "002", "site": "1"}},
        {"C": {"authority": "44", "city": "01", "body_type": "1", "body": "002", "year": "26"}},
        {"A": {"body": "X", "institution": "0001", "province": "44", "site": "000001"}},
        {"D": {"digits": "4400000000000"}},
        {"Z": {}},
    ],
)
def test_parts_that_make_no_certificate_number_are_refused(world: World, parts: dict[str, dict[str, str]]) -> None:
    named: dict[str, Any] = {"name": {"zh": "新"}, "region": "440000", "actor": world.wang, "now": NOW}
    assert code_of(services.register_issuer, "new", number_parts=parts, **named) == "invalid_number_parts"


def test_no_two_issuers_have_the_same_beginning_of_their_numbers(world: World) -> None:
    named: dict[str, Any] = {"name": {"zh": "新"}, "region": "440000", "actor": world.wang, "now": NOW}
    parts = {"C": {"authority": "44", "city": "01", "body_type": "1", "body": "001"}}
    assert code_of(services.register_issuer, "new", number_parts=parts, **named) == "number_parts_taken"
    parts["C"]["body"] = "002"
    parts["A"] = {"body": "Y", "institution": "0002", "province": "44", "site": "000001"}
    parts["E"] = {"department": "A", "filing": "G", "body": "N", "region": "440000", "institution": "001"}
    assert services.register_issuer("new", number_parts=parts, **named).number_parts == parts


def test_an_issuer_may_have_a_key_for_its_name(world: World) -> None:
    did = "did:key:" + SeedSigner("x", seed("x")).public_key.multibase
    issuer = services.register_issuer(
        "keyed", name={"zh": "以钥匙为名"}, region="110000", did=did, actor=world.wang, now=NOW
    )
    assert selectors.issuer_by_did(did) == issuer


def add_key(world: World, name: str, starts_at: datetime, **change: Any) -> IssuerKey:
    key_id = f"{world.national.did}#{name}"
    signer = SeedSigner(key_id, seed(key_id))
    words = {"multibase": signer.public_key.multibase, "starts_at": starts_at, "actor": world.wang, "now": NOW}
    return services.add_key(world.national.organisation, key_id, **(words | change))


def test_the_key_in_force_is_the_newest_that_has_not_ended(world: World) -> None:
    organisation = world.national.organisation
    first = selectors.key_at(organisation, NOW)
    second = add_key(world, "key-2", NOW + timedelta(days=10))
    assert selectors.key_at(organisation, NOW) == first
    assert selectors.key_at(organisation, NOW + timedelta(days=10)) == second
    services.end_key(second, ends_at=NOW + timedelta(days=20), actor=world.wang, now=NOW)
    assert selectors.key_at(organisation, NOW + timedelta(days=20)) == first
    assert selectors.keys_of(organisation) == [first, second]
    assert code_of(selectors.key_at, organisation, datetime(2024, 1, 1, tzinfo=UTC)) == "no_key_in_force"


def test_a_key_that_is_none_is_refused(world: World) -> None:
    assert code_of(add_key, world, "key-2", NOW, multibase="z6Mk") == "malformed_key"
    assert (
        code_of(add_key, world, "key-1", NOW, multibase=SeedSigner("x", seed("y")).public_key.multibase) == "key_taken"
    )
    assert (
        code_of(
            services.add_key,
            world.national.organisation,
            "no-did",
            multibase=SeedSigner("x", seed("y")).public_key.multibase,
            starts_at=NOW,
            actor=world.wang,
            now=NOW,
        )
        == "malformed_did"
    )
    key = selectors.key_at(world.national.organisation, NOW)
    assert (
        code_of(services.end_key, key, ends_at=key.starts_at - timedelta(days=1), actor=world.wang, now=NOW)
        == "dates_out_of_order"
    )
    with pytest.raises(ForbiddenError):
        add_key(world, "key-3", NOW, actor=world.li)
    with pytest.raises(ForbiddenError):
        services.end_key(key, ends_at=NOW, actor=world.li, now=NOW)


def test_the_standing_of_a_filing_itself_is_told_for_any_day(world: World) -> None:
    for number, standing in [
        ("VQC-44-0001", Standing.AUTHORISED),
        ("VQC-44-0002", Standing.SUSPENDED),
        ("VQC-31-0002", Standing.EXPIRED),
        ("VQC-31-0003", Standing.NOT_YET),
    ]:
        assert selectors.standing_of(selectors.accreditation_by_filing(number), TODAY) is standing
    assert [a.filing for a in selectors.accreditations_of(world.guangdong)] == ["VQC-44-0001", "VQC-44-0002"]
