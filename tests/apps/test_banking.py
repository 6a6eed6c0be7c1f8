"""Banking: certificates of the register by themselves, other outcomes by those entitled, and whose account it is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import COMMAND
from guildhall.cli import main
from guildhall.core.errors import ForbiddenError
from guildhall.credentials import deeds, naming
from guildhall.credentials.models import Award, Instance
from guildhall.credentials.services import issue
from guildhall.credit import banking, binding, planning, plans, reconciling, selectors, services, work
from guildhall.credit.models import Account, BindingCode, Entry, Outcome, Posting
from guildhall.credit.rule_sets import digest_of
from tests.apps import bank, river
from tests.flush import triggers_lifted
from tests.world import NOW, World

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


class TestSweep:
    def test_an_award_is_banked_once_a_checkpoint_covers_it_and_not_before(self, office: World) -> None:
        batch = river.bring_in(office, river.rows(3), issue=False)
        assert work.run_once(NOW) == 0
        issue(batch, actor=COMMAND, now=NOW)
        assert services.deposit_issued(NOW) == 3
        assert services.deposit_issued(NOW) == 0
        assert Outcome.objects.count() == Account.objects.count() == 3
        outcome = Outcome.objects.select_related("award", "account").order_by("award__number").first()
        assert outcome is not None
        assert outcome.award is not None
        assert outcome.facts == {
            "kind": "vocational-certificate", "awarded_on": "2026-05-20", "scheme": "pcc", "occupation": "6-31-01-03",
            "level": "4", "number": outcome.award.number, "issuer": "national-centre", "basis": "exam", "accredited": True,
        }  # fmt: skip
        assert outcome.account.holder_name == outcome.award.holder_name
        assert (outcome.unit, outcome.amount) == ("whole", 100)
        assert reconciling.reconcile(NOW).breaks == ()

    def test_it_comes_in_chunks_each_a_transaction_with_one_entry(self, office: World, monkeypatch: Any) -> None:
        monkeypatch.setattr(banking, "CHUNK", 4)
        river.bring_in(office, river.rows(10))
        assert services.deposit_issued(NOW) == 10
        assert (Entry.objects.count(), Posting.objects.count()) == (3, 20)
        assert AuditEntry.objects.filter(deed="deposit-issued").count() == 3

    def test_two_certificates_of_a_person_lie_in_one_account(self, office: World) -> None:
        river.bring_in(office, [river.row(1), river.row(1, 级别="3", 发证日期="2026-05-21")])
        services.deposit_issued(NOW)
        assert Account.objects.get().outcomes.count() == 2

    def test_a_reissued_or_corrected_document_is_the_same_outcome(self, office: World) -> None:
        river.bring_in(office, river.rows(1))
        services.deposit_issued(NOW)
        deeds.reissue(Award.objects.get(), reason="lost", actor=COMMAND, now=NOW)
        work.run_once(NOW)
        assert Outcome.objects.count() == 1

    def test_the_value_in_force_on_the_day_of_issue_is_banked(self, office: World) -> None:
        by: dict[str, Any] = {"actor": office.wang, "now": NOW}
        services.set_value(office.pcc, "4", 300, starts_on=date(2026, 1, 1), **by)
        services.set_value(office.pcc, "4", 800, occupation=office.electrician, starts_on=date(2026, 1, 1), **by)
        services.set_value(office.pcc, "4", 900, occupation=office.electrician, starts_on=date(2026, 5, 21), **by)
        river.bring_in(
            office, [river.row(1), river.row(2, 发证日期="2026-05-21"), river.row(3, 职业="4-03-02-01 中式烹调师")]
        )
        services.deposit_issued(NOW)
        assert sorted(Outcome.objects.values_list("unit", "amount")) == [
            ("credit", 300),
            ("credit", 800),
            ("credit", 900),
        ]

    def test_who_may_set_a_value_and_which(self, office: World) -> None:
        with pytest.raises(ForbiddenError):
            services.set_value(office.pcc, "4", 300, starts_on=date(2026, 1, 1), actor=office.li, now=NOW)
        for wrong in (0, -1, 1_000_000):
            with pytest.raises(banking.InvalidValueError):
                services.set_value(office.pcc, "4", wrong, starts_on=date(2026, 1, 1), actor=office.wang, now=NOW)


class TestDeposits:
    @pytest.fixture
    def north(self, world: World) -> Any:
        return bank.college()

    def test_a_college_banks_its_courses_and_the_same_again_changes_nothing(self, world: World, north: Any) -> None:
        ma = bank.officer(north)
        outcome = bank.course(north, ma)
        assert outcome.facts["institution"] == "north-college"
        assert bank.course(north, ma) == outcome
        assert Outcome.objects.count() == 1
        with pytest.raises(banking.ReferenceTakenError):
            bank.course(north, ma, credits="5")
        with pytest.raises(banking.ReferenceTakenError):
            services.deposit(bank.COURSE | {"code": "EL101"}, "transcript/0/1", north, id_kind="", actor=ma, now=NOW,
                             id_number=river.resident_id(1), holder_name=river.name(1))  # fmt: skip

    def test_only_those_entitled_bank_what_they_are_entitled_to(self, world: World, north: Any) -> None:
        ma = bank.officer(north)
        with pytest.raises(ForbiddenError):
            bank.course(north, world.li)
        with pytest.raises(ForbiddenError):
            bank.course(world.national.organisation, ma)
        for organisation, actor, kind in (
            (north, ma, "vocational-certificate"),
            (north, ma, "self-study-exam"),
            (world.national.organisation, world.li, "course"),
            (world.authority, world.wang, "vocational-certificate"),
        ):
            with pytest.raises(banking.NotEntitledError):
                bank.course(organisation, actor, kind=kind)
        assert (
            bank.course(world.national.organisation, world.li, kind="training-certificate").facts["issuer"]
            == "national-centre"
        )
        assert bank.course(world.authority, world.wang, kind="self-study-exam").kind == "self-study-exam"

    @pytest.mark.parametrize(
        "change",
        [
            {"credits": "-1"}, {"credits": "0"}, {"credits": "99999"}, {"credits": 4.5}, {"credits": "4.555"}, {"kind": "x"},
            {"awarded_on": "2025-02-30"}, {"institution": "south-college"}, {"status": "valid"}, {"id": "x"}, {"accredited": True},
            {"unheard-of": "x"}, {"level": "77"}, {"valid_until": "2020-01-01"},
        ],
        ids=str,
    )  # fmt: skip
    def test_what_is_no_outcome_is_refused_with_its_places(
        self, world: World, north: Any, change: dict[str, Any]
    ) -> None:
        with pytest.raises(banking.InvalidOutcomeError) as caught:
            bank.course(north, world.command, **change)
        assert caught.value.params["problems"]
        assert not Outcome.objects.exists()

    def test_a_person_is_an_identity_number_with_its_name(self, world: World, north: Any) -> None:
        bank.course(north, world.command)
        common: dict[str, Any] = {"id_kind": "", "actor": world.command, "now": NOW}
        with pytest.raises(banking.HolderDiffersError):
            services.deposit(bank.COURSE, "r", north, id_number=river.resident_id(0), holder_name="别人", **common)
        with pytest.raises(banking.InvalidHolderError):
            services.deposit(bank.COURSE, "r", north, id_number="110101199001011234", holder_name="别人", **common)
        with pytest.raises(banking.InvalidHolderError):
            services.deposit(bank.COURSE, "r", north, id_number=river.resident_id(1), holder_name="", **common)
        for reference in ("", " ", "x" * 121, "a\nb"):
            with pytest.raises(banking.InvalidOutcomeError):
                services.deposit(
                    bank.COURSE, reference, north, id_number=river.resident_id(1), holder_name="别人", **common
                )

    def test_what_no_database_keeps_is_refused_with_a_code(self, world: World, north: Any) -> None:
        from guildhall.core.reading import NulCharacterError
        from guildhall.credit.applications import words
        from guildhall.credit.rule_sets import UnstorableTextError

        with pytest.raises(UnstorableTextError):
            bank.course(north, world.command, name={"zh": "a\x00b"})
        with pytest.raises(NulCharacterError):
            bank.publish_rules(north, name={"zh": "a\x00b"})
        with pytest.raises(UnstorableTextError):
            words("a\x00b")
        for kind in ("x" * 25, "a\x00b"):
            with pytest.raises(banking.InvalidHolderError):
                services.deposit(bank.COURSE, "r", north, id_kind=kind, id_number="AB123456", holder_name="别人",
                                 actor=world.command, now=NOW)  # fmt: skip

    def test_an_outcome_and_a_certificate_of_one_person_lie_in_one_account(self, office: World) -> None:
        bank.course(bank.college(), office.command)
        river.bring_in(office, river.rows(1))
        services.deposit_issued(NOW)
        assert Account.objects.get().outcomes.count() == 2

    def test_no_identity_number_stands_anywhere_in_clear(self, world: World, north: Any) -> None:
        bank.course(north, world.command)
        account = Account.objects.get()
        number = river.resident_id(0).encode()
        assert number not in bytes(account.id_sealed) + bytes(account.id_hash)
        assert number.decode() not in json.dumps(list(AuditEntry.objects.values_list("subject", "params")))


class TestBinding:
    @pytest.fixture
    def account(self, office: World) -> Account:
        river.bring_in(office, river.rows(2))
        services.deposit_issued(NOW)
        return Account.objects.get(holder_name=river.name(0))

    def test_a_code_binds_once_with_the_right_name_within_its_time(self, office: World, account: Account) -> None:
        by: dict[str, Any] = {"actor": office.nobody, "now": NOW}
        code = services.issue_binding_code(account, actor=office.li, now=NOW)
        assert code not in json.dumps(list(BindingCode.objects.values_list("digest", flat=True)))
        for wrong in ((code, river.name(1)), (code + "x", river.name(0)), ("", "")):
            with pytest.raises(binding.BindingRefusedError):
                services.bind(*wrong, **by)
        with pytest.raises(binding.BindingRefusedError):
            services.bind(code, river.name(0), actor=office.nobody, now=NOW + timedelta(days=30))
        with pytest.raises(ForbiddenError):
            services.bind(code, river.name(0), actor=COMMAND, now=NOW)
        bound = services.bind(code, river.name(0), **by)
        assert selectors.account_of(office.people["nobody"]) == bound == account
        with pytest.raises(binding.BindingRefusedError):
            services.bind(code, river.name(0), actor=office.zhou, now=NOW)

    def test_a_code_is_given_by_those_who_have_banked_something_there(self, office: World, account: Account) -> None:
        for nobody in (office.chen, office.nobody, bank.officer(bank.college())):
            with pytest.raises(ForbiddenError):
                services.issue_binding_code(account, actor=nobody, now=NOW)
        services.issue_binding_code(account, actor=office.wang, now=NOW)

    def test_a_certificate_binds_with_its_address_number_and_name_together(
        self, office: World, account: Account
    ) -> None:
        token, other = (
            naming.token_text(bytes(Instance.objects.get(award__holder_name=river.name(n)).token)) for n in (0, 1)
        )
        number, name = river.resident_id(0), river.name(0)
        by: dict[str, Any] = {"actor": office.nobody, "now": NOW}
        codes = set()
        for wrong in (
            (other, number, name), (token, river.resident_id(1), name), (token, number, river.name(1)), ("x", number, name),
            (token, "123", name), (token, "", ""),
        ):  # fmt: skip
            with pytest.raises(binding.BindingRefusedError) as caught:
                services.bind_by_certificate(wrong[0], "", wrong[1], wrong[2], **by)
            codes.add((caught.value.detail, tuple(caught.value.params)))
        assert len(codes) == 1
        assert services.bind_by_certificate(token, "", number, name, **by) == account
        assert services.bind_by_certificate(token, "", number, name, **by) == account
        with pytest.raises(binding.AlreadyBoundError):
            services.bind_by_certificate(token, "", number, name, actor=office.zhou, now=NOW)
        with pytest.raises(binding.AlreadyBoundError):
            services.bind_by_certificate(other, "", river.resident_id(1), river.name(1), **by)
        with pytest.raises(ForbiddenError):
            services.unbind(account, actor=office.li, now=NOW)
        services.unbind(account, actor=office.wang, now=NOW)
        services.bind_by_certificate(token, "", number, name, actor=office.zhou, now=NOW)


class TestReading:
    def test_the_record_holds_what_can_be_applied_for_and_what_is_left_of_it(self, office: World) -> None:
        north = bank.converting_college()
        kept, spent, past = (
            bank.course(north, COMMAND, n, valid_until=day) for n, day in ((1, None), (2, None), (3, "2026-05-31"))
        )
        account = Account.objects.get()
        plan = bank.plan(
            bank.conversion("by-course", kept.pk, "EL202", "2.5", worth="4.5", left="2", left_is="kept"),
            bank.conversion("by-course", spent.pk, "EL203", "3", worth="4.5", left="1.5"),
        )
        application = services.apply(account, north, bank.PROGRAMME, plan, actor=COMMAND, now=NOW)
        assert selectors.record_outcomes(account, NOW) == []
        services.decide(application, "whole", actor=COMMAND, now=NOW)
        (left,) = selectors.record_outcomes(account, NOW)
        assert (left["id"], left["credits"], left["kind"]) == (str(kept.pk), "2", "course")
        by_id = {held.outcome.pk: held for held in selectors.outcomes_of(account, NOW)}
        assert (by_id[spent.pk].redeemed, by_id[spent.pk].lapsed, by_id[past.pk].usable) == (300, 150, False)
        assert {line.deed for line in selectors.history_of(account)} == {"deposit", "hold", "decide"}
        assert [one.state for one in selectors.applications_of(account)] == ["accepted"]

    def test_a_queue_tells_how_old_and_how_urgent(self, office: World) -> None:
        north = bank.converting_college()
        outcome = bank.course(north, COMMAND)
        plan = bank.plan(bank.conversion("by-course", outcome.pk, "EL202", "2.5", worth="4.5"))
        application = services.apply(outcome.account, north, bank.PROGRAMME, plan, actor=COMMAND, now=NOW)
        (waiting,) = selectors.queue_of(north, NOW + timedelta(days=31), actor=bank.officer(north))
        assert (waiting.application, waiting.days_waiting, waiting.days_left) == (application, 31, -1)
        with pytest.raises(ForbiddenError):
            selectors.queue_of(north, NOW, actor=office.li)
        with pytest.raises(ForbiddenError):
            selectors.application_by_id(application.pk, actor=office.li)
        with pytest.raises(ForbiddenError):
            selectors.account_by_id(outcome.account_id, actor=office.li)

    def test_the_engine_s_own_plan_goes_from_the_account_to_a_transcript(self, office: World) -> None:
        river.bring_in(office, river.rows(1))
        work.run_once(NOW)
        north = bank.converting_college()
        offers = [
            {"id": "by-certificate", "takes": {"outcome": {"kinds": ["vocational-certificate"], "accredited": True}},
             "gives": {"course": "EL201"}, "worth": "4"},
            {"id": "by-course", "takes": {"outcome": {"kinds": ["course"]}}, "gives": {"course": "EL203"}},
        ]  # fmt: skip
        bank.publish_rules(north, "2026b", starts_on="2026-02-01", offers=offers, caps=[])
        bank.course(north, COMMAND)
        account = Account.objects.get()
        who = bank.learner()
        account.refresh_from_db()
        plan = services.propose(account, north, bank.PROGRAMME, actor=who, now=NOW)
        assert (plan["credits"], plan["proved"]) == ("7", True)
        with pytest.raises(plans.PlanOutdatedError):
            services.submit(account, north, bank.PROGRAMME, plan_digest="0" * 64, actor=who, now=NOW)
        with pytest.raises(ForbiddenError):
            planning.propose(account, north, bank.PROGRAMME, actor=office.nobody, now=NOW)
        application = services.submit(account, north, bank.PROGRAMME, plan_digest=digest_of(plan), actor=who, now=NOW)
        decision = services.decide(application, "whole", actor=bank.officer(north), now=NOW)
        assert decision.transcript is not None
        assert bank.sums() == bank.balances()
        assert reconciling.reconcile(NOW).breaks == ()
        (transcript,) = selectors.transcripts_of(account)
        assert selectors.transcript_by_token(naming.token_text(bytes(transcript.token))) == transcript


class TestReconciliation:
    """Each kind of break, made past the triggers, is found and named."""

    BREAKS: dict[str, list[str]] = {
        "balance_differs": ["UPDATE credit_balance SET available = available + 1"],
        "unbalanced_entry": ["UPDATE credit_posting SET amount = amount + 1 WHERE bucket = 'available'"],
        "wrong_line_count": ["UPDATE credit_entry SET n_lines = n_lines + 1"],
        "impossible_move": ["UPDATE credit_posting SET bucket = 'redeemed' WHERE bucket = 'available'"],
        "deposited_otherwise": ["UPDATE credit_outcome SET amount = amount + 1"],
        "held_unclaimed": ["UPDATE credit_claim SET amount = amount + 1"],
        "redeemed_unclaimed": ["UPDATE credit_claim SET redeemed = 1"],
        "claim_left_open": ["UPDATE credit_application SET state = 'refused'"],
        "decision_missing": ["UPDATE credit_application SET state = 'accepted'"],
        "missing_balance": ["DELETE FROM credit_balance"],
        "award_not_banked": ["UPDATE credit_outcome SET award_id = NULL"],
        "award_of_other_account": ["UPDATE credit_account SET id_hash = id_sealed"],
    }  # fmt: skip

    @pytest.fixture
    def busy(self, office: World) -> None:
        river.bring_in(office, river.rows(1))
        work.run_once(NOW)
        north = bank.converting_college()
        certificate = Outcome.objects.get()
        plan = bank.plan(bank.conversion("by-certificate", certificate.pk, "EL201", worth="4"))
        services.apply(certificate.account, north, bank.PROGRAMME, plan, actor=COMMAND, now=NOW)
        connection.check_constraints()

    def test_each_kind_is_found(self, busy: None, capsys: Any) -> None:
        assert reconciling.reconcile(NOW).breaks == ()
        assert set(self.BREAKS) | {"below_zero"} == set(reconciling.CHECKS)
        for code, statements in self.BREAKS.items():
            with transaction.atomic():
                with triggers_lifted("default"), connection.cursor() as cursor:
                    for statement in statements:
                        cursor.execute(statement)
                assert code in {one.code for one in reconciling.reconcile(NOW).breaks}, code
                transaction.set_rollback(True)
        assert run("reconcile") == 0
        assert "everything fits" in capsys.readouterr().out
        assert run("reconcile", "--json") == 0
        assert json.loads(capsys.readouterr().out)["sums"]["held"] == 100
