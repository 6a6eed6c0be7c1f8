"""Applications: what is held, what a college decides, what comes back, and what a learner keeps of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from guildhall.accounts.models import AuditEntry
from guildhall.accounts.services import COMMAND, verify_audit_chain
from guildhall.core.coverage import InvalidProgrammeError
from guildhall.core.errors import Error, ForbiddenError
from guildhall.core.verify import verify
from guildhall.credentials import deeds
from guildhall.credentials.models import Award, Transcript
from guildhall.credentials.services import bundle
from guildhall.credit import applications, plans, reconciling, rule_sets, services, work
from guildhall.credit.applications import Refusal
from guildhall.credit.ledger import OutcomeNotAvailableError
from guildhall.credit.models import Account, Application, Claim, Outcome, ReviewTask, RuleSet, Verdict
from guildhall.issuers.selectors import NoKeyInForceError
from tests.apps import bank, river
from tests.world import NOW, World

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)
REASON = {"zh": "内容不符", "en": "other content"}


@dataclass
class Story:
    """A learner with one certificate and two banked courses, and the college that they apply to."""

    office: World
    north: Any
    ma: Any
    learner: Any
    account: Account
    certificate: Outcome
    one: Outcome
    two: Outcome

    def plan(self, **more: Any) -> dict[str, Any]:
        return bank.plan(
            bank.conversion("by-certificate", self.certificate.pk, "EL201", worth="4"),
            bank.conversion("by-course", self.one.pk, "EL202", "2.5", worth="4.5", left="2", left_is="kept"),
            **more,
        )

    def apply(self, plan: Any = None, **more: Any) -> Application:
        return services.apply(self.account, self.north, bank.PROGRAMME, plan or self.plan(),
                              **{"actor": self.learner, "now": NOW} | more)  # fmt: skip

    def stand(self) -> dict[str, dict[str, int]]:
        held = bank.balances()
        assert held == bank.sums()
        return {name: held[getattr(self, name).pk] for name in ("certificate", "one", "two")}

    def decide(
        self, application: Application, verdict: Verdict = Verdict.WHOLE, *refusals: Refusal, **more: Any
    ) -> Any:
        return services.decide(application, verdict, refusals=refusals, **{"actor": self.ma, "now": LATER} | more)


@pytest.fixture
def story(office: World) -> Story:
    river.bring_in(office, river.rows(1))
    work.run_once(NOW)
    north = bank.converting_college()
    ma = bank.officer(north)
    one, two = (bank.course(north, ma, n) for n in (1, 2))
    learner = bank.learner()
    account = Account.objects.get()
    return Story(office, north, ma, learner, account, Outcome.objects.get(kind="vocational-certificate"), one, two)


def sound() -> None:
    assert reconciling.reconcile(LATER).breaks == ()
    assert verify_audit_chain() == []


FREE = {"certificate": {"source": -100, "available": 100}, "one": {"source": -450, "available": 450},
        "two": {"source": -450, "available": 450}}  # fmt: skip


def test_an_application_holds_what_it_asks_for_and_nothing_else(story: Story) -> None:
    application = story.apply()
    assert story.stand() == {
        "certificate": {"source": -100, "held": 100}, "one": {"source": -450, "held": 450}, "two": FREE["two"],
    }  # fmt: skip
    assert application.rule_set.edition == "2026"
    assert str(application.deadline_on) == "2026-07-01"
    sound()


def test_accepted_whole_it_redeems_and_keeps_the_leftover_that_the_rules_keep(story: Story) -> None:
    application = story.apply()
    decision = story.decide(application)
    application.refresh_from_db()
    assert application.state == "accepted"
    assert story.stand() == {
        # A certificate without credits of its own is spent whole.
        "certificate": {"source": -100, "redeemed": 100},
        "one": {"source": -450, "redeemed": 250, "available": 200},
        "two": FREE["two"],
    }
    assert [one["offer"] for one in decision.conversions] == ["by-certificate", "by-course"]
    sound()


def test_a_leftover_that_the_rules_do_not_keep_lapses(story: Story) -> None:
    plan = bank.plan(bank.conversion("by-course", story.one.pk, "EL202", "2.5", worth="4.5", left="2", left_is="lost"))
    story.decide(story.apply(plan))
    assert story.stand()["one"] == {"source": -450, "redeemed": 250, "lapsed": 200}
    sound()


def test_a_worth_other_than_the_credits_banked_spends_the_outcome_whole(story: Story) -> None:
    plan = bank.plan(bank.conversion("by-course", story.one.pk, "EL202", "2.5", worth="6", left="3.5", left_is="kept"))
    story.decide(story.apply(plan))
    assert story.stand()["one"] == {"source": -450, "redeemed": 450}


def test_a_kept_leftover_counts_until_its_own_day(story: Story) -> None:
    plan = bank.plan(bank.conversion(
        "by-course", story.one.pk, "EL202", "2.5", worth="4.5", left="2", left_is="kept", kept_until="2026-12-31"))  # fmt: skip
    story.decide(story.apply(plan))
    # 31 December in Shanghai ends at 16:00 UTC.
    last = NOW.replace(month=12, day=31, hour=15, minute=59)
    assert work.expire_due(last) == 0
    assert work.expire_due(last + timedelta(minutes=1)) == 1
    assert story.stand()["one"] == {"source": -450, "redeemed": 250, "expired": 200}


def test_accepted_in_part_it_releases_what_is_refused_and_says_by_which_rule(story: Story) -> None:
    application = story.apply()
    decision = story.decide(application, Verdict.PART, Refusal(1, ("half",), REASON))
    application.refresh_from_db()
    assert application.state == "partly"
    assert decision.refusals == [{"conversion": "by-course", "place": 1, "rules": ["half"], "reason": REASON}]
    assert story.stand()["one"] == FREE["one"]
    assert story.stand()["certificate"] == {"source": -100, "redeemed": 100}
    sound()


def test_refused_it_releases_everything_and_there_is_no_transcript(story: Story) -> None:
    application = story.apply()
    story.decide(application, Verdict.REFUSED, *(Refusal(n, ("half",), REASON) for n in (0, 1)))
    assert story.stand() == FREE
    assert not Transcript.objects.exists()
    sound()


INCOMPLETE: list[tuple[Verdict, list[Refusal], type[Error]]] = [
    (Verdict.WHOLE, [Refusal(0, ("half",), REASON)], applications.IncompleteDecisionError),
    (Verdict.PART, [], applications.IncompleteDecisionError),
    (Verdict.PART, [Refusal(n, ("half",), REASON) for n in (0, 1)], applications.IncompleteDecisionError),
    (Verdict.PART, [Refusal(2, ("half",), REASON)], applications.IncompleteDecisionError),
    (Verdict.PART, [Refusal(0, ("half",), REASON)] * 2, applications.IncompleteDecisionError),
    (Verdict.PART, [Refusal(0, (), REASON)], applications.IncompleteDecisionError),
    (Verdict.PART, [Refusal(0, ("half",), {"zh": " "})], applications.IncompleteDecisionError),
    (Verdict.PART, [Refusal(0, ("no-such-rule",), REASON)], applications.RuleNotInSetError),
    (Verdict.PART, [Refusal(0, ("half",), {"zh": "长" * 501})], applications.WordsTooLongError),
    (Verdict.REFUSED, [Refusal(0, ("half",), REASON)], applications.IncompleteDecisionError),
]


def test_a_decision_that_does_not_say_all_is_none(story: Story) -> None:
    application = story.apply()
    before = story.stand()
    for verdict, refusals, error in INCOMPLETE:
        with pytest.raises(error):
            story.decide(application, verdict, *refusals)
        assert story.stand() == before
    sound()


def test_a_rule_that_holds_everywhere_can_be_named_too(story: Story) -> None:
    story.decide(story.apply(), Verdict.PART, Refusal(0, ("course-once",), REASON))


def test_a_decision_is_made_once_and_only_by_the_college(story: Story) -> None:
    application = story.apply()
    with pytest.raises(ForbiddenError):
        story.decide(application, actor=story.learner)
    south = bank.converting_college("south-college")
    with pytest.raises(ForbiddenError):
        story.decide(application, actor=bank.officer(south, "yang"))
    story.decide(application)
    with pytest.raises(applications.AlreadyDecidedError):
        story.decide(application)
    with pytest.raises(applications.AlreadyDecidedError):
        services.withdraw(application, actor=story.learner, now=LATER)
    sound()


def test_an_outcome_claimed_by_an_open_application_is_refused_to_another_college_too(story: Story) -> None:
    south = bank.converting_college("south-college")
    story.apply()
    with pytest.raises(OutcomeNotAvailableError):
        services.apply(story.account, south, bank.PROGRAMME, story.plan(institution="south-college"),
                       actor=story.learner, now=NOW)  # fmt: skip
    assert Application.objects.count() == 1
    sound()


def test_what_is_redeemed_cannot_be_applied_for_again(story: Story) -> None:
    story.decide(story.apply())
    with pytest.raises(OutcomeNotAvailableError):
        story.apply(now=LATER)


def test_withdrawn_everything_is_free_again(story: Story) -> None:
    application = story.apply()
    with pytest.raises(ForbiddenError):
        services.withdraw(application, actor=story.ma, now=LATER)
    services.withdraw(application, actor=story.learner, now=LATER)
    assert story.stand() == FREE
    story.apply()
    sound()


def test_only_the_learner_applies_and_only_with_what_is_theirs(story: Story) -> None:
    with pytest.raises(ForbiddenError):
        story.apply(actor=story.ma)
    with pytest.raises(ForbiddenError):
        story.apply(actor=story.office.nobody)
    other = bank.course(story.north, story.ma, 3, person=5)
    with pytest.raises(plans.InvalidPlanError):
        story.apply(bank.plan(bank.conversion("by-course", other.pk, "EL202")))


NO_PLANS: list[dict[str, Any]] = [
    {"format": "something-else"},
    {"decisions": []},
    {"decisions": "x"},
    {"decisions": [{}]},
    {"decisions": [{"offer": "by-course", "credits": "4", "outcomes": [{"outcome": "x", "drawn": "1"}], "courses": [{"course": "EL202"}]}]},
    {"decisions": [{"offer": "by-course", "credits": "-4", "outcomes": [], "courses": []}]},
]  # fmt: skip


def test_a_plan_that_is_none_is_refused_with_its_places(story: Story) -> None:
    for change in NO_PLANS:
        with pytest.raises(plans.InvalidPlanError) as caught:
            story.apply(story.plan() | change)
        assert caught.value.params["problems"]
    assert story.stand() == FREE


def test_a_plan_that_names_what_is_not_there_is_refused(story: Story) -> None:
    for offer, course, credit in (
        ("no-offer", "EL202", "2"),
        ("by-course", "EL999", "2"),
        ("by-course", "EL202", "99999999"),
    ):
        with pytest.raises(plans.InvalidPlanError):
            story.apply(bank.plan(bank.conversion(offer, story.one.pk, course, credit)))


def test_a_course_met_twice_is_refused(story: Story) -> None:
    with pytest.raises(plans.InvalidPlanError):
        story.apply(
            bank.plan(
                bank.conversion("by-course", story.one.pk, "EL202"), bank.conversion("by-course", story.two.pk, "EL202")
            )
        )


def test_a_plan_that_draws_more_than_there_is_is_outdated(story: Story) -> None:
    with pytest.raises(plans.PlanOutdatedError):
        story.apply(bank.plan(bank.conversion("by-course", story.one.pk, "EL202", "5", worth="4.5")))
    assert story.stand() == FREE


def test_a_programme_that_is_none_is_refused(story: Story) -> None:
    with pytest.raises(InvalidProgrammeError):
        services.apply(story.account, story.north, {"format": "x"}, story.plan(), actor=story.learner, now=NOW)


class TestEditions:
    def test_the_edition_at_submission_decides_whatever_is_published_later(self, story: Story) -> None:
        application = story.apply()
        offers = [{"id": "other", "takes": {"outcome": {"kinds": ["diploma"]}}, "gives": {"course": "EL201"}}]
        bank.publish_rules(story.north, "2026b", starts_on="2026-06-02", offers=offers, caps=[])
        assert services.rule_set_in_force(story.north, LATER.date()).edition == "2026b"
        decision = story.decide(application, Verdict.PART, Refusal(1, ("half",), REASON))
        assert decision.application.rule_set.edition == "2026"
        # A new application goes by the new edition.
        with pytest.raises(plans.PlanOutdatedError):
            story.apply(bank.plan(bank.conversion("by-course", story.two.pk, "EL203")), now=LATER)

    def test_a_published_edition_stays_as_it_is(self, story: Story) -> None:
        with pytest.raises(rule_sets.RuleSetPublishedError):
            services.enter_rule_set(bank.rules(caps=[]), story.north, actor=story.ma, now=LATER)
        again = services.enter_rule_set(bank.rules(), story.north, actor=story.ma, now=LATER)
        assert again.state == "published"
        from tests.apps.test_ledger import refused, sql

        refused(lambda: RuleSet.objects.update(digest="0" * 64), "append-only")
        refused(sql("DELETE FROM credit_ruleset"), "append-only|FOREIGN|violates")

    def test_a_draft_decides_nothing_and_can_be_written_anew(self, story: Story) -> None:
        services.enter_rule_set(bank.rules(edition="2027"), story.north, actor=story.ma, now=LATER)
        changed = services.enter_rule_set(bank.rules(edition="2027", caps=[]), story.north, actor=story.ma, now=LATER)
        assert RuleSet.objects.filter(edition="2027").get().digest == changed.digest
        assert services.rule_set_in_force(story.north, LATER.date()).edition == "2026"

    def test_rules_of_somebody_else_are_refused(self, story: Story) -> None:
        with pytest.raises(rule_sets.ForeignRuleSetError):
            services.enter_rule_set(bank.rules("south-college"), story.north, actor=story.ma, now=LATER)
        with pytest.raises(ForbiddenError):
            services.enter_rule_set(bank.rules(), story.north, actor=story.learner, now=LATER)

    def test_without_rules_in_force_nobody_can_apply(self, story: Story) -> None:
        with pytest.raises(rule_sets.NoRuleSetError):
            story.apply(now=NOW.replace(year=2025))


class TestAnnulment:
    def test_an_annulled_decision_gives_back_what_it_took_and_nothing_is_deleted(self, story: Story) -> None:
        application = story.apply()
        story.decide(application)
        with pytest.raises(ForbiddenError):
            services.annul_decision(application, "wrong", actor=story.learner, now=LATER)
        services.annul_decision(application, "wrong", actor=story.ma, now=LATER)
        application.refresh_from_db()
        assert application.state == "annulled"
        assert story.stand() == FREE
        assert application.decisions.count() == 1
        assert sorted(application.entries.values_list("deed", flat=True)) == ["annul", "decide", "hold"]
        with pytest.raises(applications.NotDecidedError):
            services.annul_decision(application, "again", actor=story.ma, now=LATER)
        story.apply(now=LATER)
        sound()

    def test_an_open_application_has_no_decision_to_annul(self, story: Story) -> None:
        with pytest.raises(applications.NotDecidedError):
            services.annul_decision(story.apply(), "wrong", actor=story.ma, now=LATER)


class TestAppeals:
    @pytest.fixture
    def refused(self, story: Story) -> Application:
        application = story.apply()
        story.decide(application, Verdict.PART, Refusal(1, ("half",), REASON))
        return services.appeal(application, "请复核", actor=story.learner, now=LATER)

    def test_somebody_else_decides_it(self, story: Story, refused: Application) -> None:
        with pytest.raises(applications.SameOfficerError):
            services.dismiss_appeal(refused, "", actor=story.ma, now=LATER)
        assert (
            services.dismiss_appeal(refused, "维持", actor=bank.officer(story.north, "hu"), now=LATER).state == "partly"
        )
        with pytest.raises(applications.AppealClosedError):
            services.appeal(refused, "再次", actor=story.learner, now=LATER)
        sound()

    def test_allowed_it_is_decided_anew(self, story: Story, refused: Application) -> None:
        decision = services.allow_appeal(refused, Verdict.WHOLE, actor=bank.officer(story.north, "hu"), now=LATER)
        assert (decision.serial, decision.application.state) == (2, "accepted")
        assert story.stand()["one"] == {"source": -450, "redeemed": 250, "available": 200}
        assert story.stand()["certificate"] == {"source": -100, "redeemed": 100}
        assert Transcript.objects.count() == 2
        sound()

    def test_what_was_used_elsewhere_meanwhile_cannot_be_claimed_again(
        self, story: Story, refused: Application
    ) -> None:
        story.apply(bank.plan(bank.conversion("by-course", story.one.pk, "EL203", worth="4.5")), now=LATER)
        before = story.stand()
        with pytest.raises(OutcomeNotAvailableError):
            services.allow_appeal(refused, Verdict.WHOLE, actor=bank.officer(story.north, "hu"), now=LATER)
        assert story.stand() == before
        sound()

    def test_there_is_a_time_for_it(self, story: Story) -> None:
        application = story.apply()
        with pytest.raises(applications.AppealClosedError):
            services.appeal(application, "", actor=story.learner, now=LATER)
        story.decide(application, Verdict.PART, Refusal(1, ("half",), REASON))
        with pytest.raises(applications.AppealClosedError):
            services.appeal(application, "", actor=story.learner, now=LATER + timedelta(days=16))


class TestReviews:
    def award(self) -> Award:
        return Award.objects.get()

    def test_an_annulled_award_opens_tasks_for_what_it_fed_and_undoes_nothing(self, story: Story) -> None:
        application = story.apply()
        story.decide(application)
        before = story.stand()
        deeds.annul(self.award(), reason="misconduct", actor=COMMAND, now=LATER)
        work.run_once(LATER)
        assert story.stand() == before
        tasks = list(ReviewTask.objects.order_by("id"))
        assert [(task.application_id, task.organisation_id) for task in tasks] == [
            (None, None), (application.pk, story.north.pk),
        ]  # fmt: skip
        work.run_once(LATER)
        assert ReviewTask.objects.count() == 2
        sound()

    def test_the_college_can_annul_its_decision_and_the_authority_take_the_outcome_back(self, story: Story) -> None:
        application = story.apply()
        story.decide(application)
        deeds.annul(self.award(), reason="misconduct", actor=COMMAND, now=LATER)
        work.run_once(LATER)
        outcome_task, application_task = ReviewTask.objects.order_by("id")
        with pytest.raises(ForbiddenError):
            services.resolve(application_task, "annulled", actor=story.learner, now=LATER)
        with pytest.raises(ForbiddenError):
            services.resolve(outcome_task, "reversed", actor=story.ma, now=LATER)
        with pytest.raises(OutcomeNotAvailableError):
            services.resolve(outcome_task, "reversed", actor=story.office.wang, now=LATER)
        services.resolve(application_task, "annulled", note="证书无效", actor=story.ma, now=LATER)
        services.resolve(outcome_task, "reversed", actor=story.office.wang, now=LATER)
        assert story.stand()["certificate"] == {"source": -100, "reversed": 100}
        assert story.stand()["one"] == FREE["one"]
        sound()

    def test_a_task_is_resolved_once_and_in_one_of_its_ways(self, story: Story) -> None:
        deeds.revoke(self.award(), reason="misconduct", actor=COMMAND, now=LATER)
        work.run_once(LATER)
        task = ReviewTask.objects.get()
        from guildhall.credit.reviews import ResolvedError, UnknownResolutionError

        with pytest.raises(UnknownResolutionError):
            services.resolve(task, "annulled", actor=story.office.wang, now=LATER)
        services.resolve(task, "stands", actor=story.office.wang, now=LATER)
        with pytest.raises(ResolvedError):
            services.resolve(task, "stands", actor=story.office.wang, now=LATER)

    @pytest.mark.parametrize("deed", [deeds.annul, deeds.revoke])
    def test_a_certificate_out_of_force_can_neither_be_applied_with_nor_granted(self, story: Story, deed: Any) -> None:
        application = story.apply()
        deed(self.award(), reason="misconduct", actor=COMMAND, now=LATER)
        with pytest.raises(applications.OutcomeNotInForceError):
            story.decide(application)
        # What does not rest on it can still be granted.
        story.decide(application, Verdict.PART, Refusal(0, ("valid-on-the-day",), REASON))
        assert story.stand()["certificate"] == FREE["certificate"]
        with pytest.raises(applications.OutcomeNotInForceError):
            story.apply(bank.plan(bank.conversion("by-certificate", story.certificate.pk, "EL201")), now=LATER)
        sound()

    def test_an_award_whose_identity_was_corrected_moves_to_the_right_account(self, story: Story) -> None:
        deeds.correct(
            self.award(), deeds.Correction(id_kind="居民身份证", id_number=river.resident_id(7)), reason="wrong-identity",
            actor=COMMAND, now=LATER,
        )  # fmt: skip
        work.run_once(LATER)
        services.resolve(ReviewTask.objects.get(), "moved", actor=story.office.wang, now=LATER)
        former, latter = Outcome.objects.filter(kind="vocational-certificate").order_by("deposited_at")
        assert (former.account, latter.account == story.account) == (story.account, False)
        assert bank.balances()[former.pk] == {"source": -100, "reversed": 100}
        assert bank.balances()[latter.pk] == {"source": -100, "available": 100}
        sound()


class TestTranscripts:
    def report(self, story: Story, transcript: Transcript, now: Any = LATER) -> Any:
        fresh = Transcript.objects.select_related("document", "accreditation").get(pk=transcript.pk)
        return verify(json.dumps(bundle(fresh)).encode(), trust=river.trust(story.office), now=now)

    def test_what_is_granted_is_signed_by_the_college_logged_and_verifies_offline(self, story: Story) -> None:
        decision = story.decide(story.apply())
        report = self.report(story, decision.transcript)
        assert report.valid, river.failed(report)
        assert report.subject["issuer"] == "did:web:register.test:issuers:north-college"
        assert report.subject["holder"] == river.name(0)
        assert [(one["course"], one["credits"], one["grade"]) for one in report.subject["courses"]] == [
            ("EL201", "4", "90"), ("EL202", "2.5", "90"),
        ]  # fmt: skip
        assert report.subject["plan_digest"] == decision.application.plan_digest
        text = json.dumps(report.as_json())
        assert river.resident_id(0) not in text
        assert river.audited(django_settings.LOG_DIR).findings == ()

    def test_an_annulled_decision_s_transcript_says_so(self, story: Story) -> None:
        application = story.apply()
        decision = story.decide(application)
        services.annul_decision(application, "wrong", actor=story.ma, now=LATER)
        assert river.failed(self.report(story, decision.transcript)) == [("status", "annulled")]
        assert river.audited(django_settings.LOG_DIR).findings == ()

    def test_a_college_that_has_brought_no_key_yet_grants_nothing_and_stops_nobody(self, story: Story) -> None:
        west = bank.converting_college("west-college", did="did:web:west.test")
        application = services.apply(
            story.account, west, bank.PROGRAMME, story.plan(institution="west-college"), actor=story.learner, now=NOW
        )
        with pytest.raises(NoKeyInForceError):
            services.decide(application, Verdict.WHOLE, actor=COMMAND, now=LATER)
        assert not Transcript.objects.exists()
        river.bring_in(story.office, river.rows(1, start=1), now=LATER)
        services.decide(application, Verdict.REFUSED, actor=COMMAND, now=LATER,
                        refusals=[Refusal(n, ("half",), REASON) for n in (0, 1)])  # fmt: skip
        sound()

    def test_a_college_without_the_right_converts_but_states_nothing(self, story: Story) -> None:
        plain = bank.college("plain-college")
        bank.publish_rules(plain)
        application = services.apply(
            story.account, plain, bank.PROGRAMME, story.plan(institution="plain-college"), actor=story.learner, now=NOW
        )
        decision = services.decide(application, Verdict.WHOLE, actor=COMMAND, now=LATER)
        assert decision.transcript is None
        sound()


def test_two_learners_each_see_only_their_own(story: Story) -> None:
    bank.course(story.north, story.ma, 3, person=5)
    other = bank.learner(5)
    with pytest.raises(ForbiddenError):
        story.apply(actor=other)


def test_each_deed_leaves_its_audit_row(story: Story) -> None:
    application = story.apply()
    story.decide(application)
    services.annul_decision(application, "wrong", actor=story.ma, now=LATER)
    rows = (
        AuditEntry.objects.filter(subject=f"application/{application.pk}").order_by("id").values_list("deed", flat=True)
    )
    assert list(rows) == ["submit-application", "decide-application", "annul-application"]


def test_one_open_claim_an_outcome_is_the_database_s_duty(story: Story) -> None:
    from tests.apps.test_ledger import refused

    application = story.apply()
    claim = Claim.objects.filter(application=application).first()
    assert claim is not None
    refused(
        lambda: Claim.objects.create(application=application, outcome=claim.outcome, round=2, amount=1), "UNIQUE|unique"
    )
    refused(lambda: Claim.objects.filter(pk=claim.pk).update(amount=claim.amount + 1), "append-only")
    refused(lambda: Claim.objects.filter(pk=claim.pk).update(redeemed=claim.amount + 1), "CHECK|violates")


def test_the_page_that_checks_shows_a_transcript(story: Story) -> None:
    decision = story.decide(story.apply())
    transcript = Transcript.objects.select_related("document", "accreditation").get(pk=decision.transcript.pk)
    text = json.dumps(bundle(transcript))
    for address, word in (("/en/check", "2.5 credits, grade 90"), ("/check", "2.5 学分，成绩 90")):
        page = Client().post(address, {"file-text": text})
        assert page.status_code == 200
        assert word in page.content.decode()
        assert "安全用电" in page.content.decode()
