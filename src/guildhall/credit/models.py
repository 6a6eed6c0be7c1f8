"""Credit accounts, outcomes, the ledger that says where each credit stands, and applications to have them converted."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from guildhall.accounts.models import Organisation
from guildhall.credentials.models import Award, StatusEvent, Transcript
from guildhall.schemes.models import Scheme
from guildhall.standards.models import Occupation


class Account(models.Model):
    """A person's credit account. The person is known as to assessment: by a keyed hash of the identity number.

    ``user`` is who signs in to it, once that is shown (``binding``). The name is what the register last learnt.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    id_kind = models.CharField(max_length=24)
    id_hash = models.BinaryField(max_length=16, unique=True)
    id_sealed = models.BinaryField(max_length=160)
    holder_name = models.CharField(max_length=100)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="credit_account"
    )
    opened_at = models.DateTimeField()


class BindingCode(models.Model):
    """A secret that binds whoever shows it, and the right name, to an account. Only its SHA-256 is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="binding_codes")
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class CreditValue(models.Model):
    """What a certificate is worth when it is banked, from a day on. Append-only by trigger.

    ``occupation`` null: any occupation of the scheme for which nothing else is said. ``amount`` in hundredths of a credit.
    """

    id = models.BigAutoField(primary_key=True)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+")
    occupation = models.ForeignKey(Occupation, on_delete=models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=16)
    amount = models.BigIntegerField()
    starts_on = models.DateField()
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "occupation", "level", "starts_on"], name="one_value_a_day"),
            models.UniqueConstraint(
                fields=["scheme", "level", "starts_on"], name="one_general_value_a_day", condition=Q(occupation=None)
            ),
            models.CheckConstraint(condition=Q(amount__gte=1, amount__lte=1_000_000), name="value_within_reason"),
        ]


class Unit(models.TextChoices):
    """What an outcome's amount counts: credits of its own, or the outcome as a whole."""

    CREDIT = "credit", "hundredths of a credit"
    WHOLE = "whole", "the outcome as a whole (1.00): what it is worth, each rule-set says"


class Outcome(models.Model):
    """Something learnt, as it was banked. Append-only by trigger: what becomes of it stands in the ledger.

    ``reference`` is the depositor's own name for it: the same one again is the same outcome. ``facts`` is what rules ask
    about: an outcome of a record (docs/formats/record.md) without ``id`` and ``status``. ``amount`` in hundredths; ``expires_on`` the last day on which it can be applied for.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="outcomes")
    depositor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    reference = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    name = models.JSONField()
    facts = models.JSONField()
    unit = models.CharField(max_length=8, choices=Unit.choices)
    amount = models.BigIntegerField()
    award = models.ForeignKey(Award, on_delete=models.PROTECT, null=True, related_name="outcomes")
    attained_on = models.DateField()
    expires_on = models.DateField(null=True)
    deposited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["depositor", "reference"], name="one_outcome_per_reference"),
            models.CheckConstraint(condition=Q(amount__gte=1, amount__lte=1_000_000), name="outcome_within_reason"),
        ]
        indexes = [models.Index(fields=["expires_on"], name="outcome_expiring", condition=Q(expires_on__isnull=False))]


class Bucket(models.TextChoices):
    """Where credits of an outcome can stand. ``SOURCE`` is where they came from: it alone is below zero."""

    SOURCE = "source", "source"
    AVAILABLE = "available", "available"
    HELD = "held", "held by an open application"
    REDEEMED = "redeemed", "redeemed"
    LAPSED = "lapsed", "left over and lost under the rule-set"
    EXPIRED = "expired", "expired"
    REVERSED = "reversed", "taken back"


_KEPT = [bucket.value for bucket in Bucket if bucket is not Bucket.SOURCE]


class Balance(models.Model):
    """Where the credits of one outcome stand now: written by the ledger's trigger alone, from the postings."""

    outcome = models.OneToOneField(Outcome, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    source = models.BigIntegerField(default=0)
    available = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    redeemed = models.BigIntegerField(default=0)
    lapsed = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    reversed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__lte=0), name="source_gives_only"),
            *[
                models.CheckConstraint(condition=Q(**{f"{name}__gte": 0}), name=f"{name}_never_below_zero")
                for name in _KEPT
            ],
        ]


class RuleSetState(models.TextChoices):
    """From a draft to rules that applications rest on."""

    DRAFT = "draft", "draft"
    PUBLISHED = "published", "published"


class RuleSet(models.Model):
    """One edition of a college's conversion rules. Once published nothing of it changes (trigger).

    ``content`` is the document as read (docs/formats/rule-set.md), ``digest`` the SHA-256 of its RFC 8785 form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="rule_sets")
    code = models.CharField(max_length=64)
    edition = models.CharField(max_length=64)
    name = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=RuleSetState.choices, default=RuleSetState.DRAFT)
    entered_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code", "edition"], name="one_rule_set_edition")]


class ApplicationState(models.TextChoices):
    """Where an application stands."""

    SUBMITTED = "submitted", "submitted"
    ACCEPTED = "accepted", "accepted whole"
    PARTLY = "partly", "accepted in part"
    REFUSED = "refused", "refused"
    APPEALED = "appealed", "appealed"
    ANNULLED = "annulled", "decision annulled"
    WITHDRAWN = "withdrawn", "withdrawn by the learner"


class Application(models.Model):
    """A learner's request that a college convert outcomes by one edition of its rules.

    What was asked for never changes (trigger); ``state``, ``decided_at`` and ``deadline_on`` move on. ``programme`` is the plan
    of study as it was that day, ``plan`` the conversions asked for (docs/formats/application.md).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="applications")
    programme = models.JSONField()
    programme_digest = models.CharField(max_length=64)
    plan = models.JSONField()
    plan_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=ApplicationState.choices)
    submitted_at = models.DateTimeField()
    deadline_on = models.DateField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state", "submitted_at"], name="application_queue")]


class Claim(models.Model):
    """What an application holds, and what became of it: one open claim an outcome at a time.

    An appeal that is allowed claims again, in the next ``round``. ``kept_until``: what was released of it, being left over,
    can be applied for until that day at most.
    """

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="claims", db_index=False)
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="claims")
    round = models.PositiveSmallIntegerField(default=1)
    amount = models.BigIntegerField()
    redeemed = models.BigIntegerField(default=0)
    lapsed = models.BigIntegerField(default=0)
    kept_until = models.DateField(null=True)
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "round", "outcome"], name="one_claim_a_round"),
            models.UniqueConstraint(fields=["outcome"], condition=Q(open=True), name="one_open_claim"),
            models.CheckConstraint(
                condition=Q(redeemed__gte=0, lapsed__gte=0, amount__gte=F("redeemed") + F("lapsed")) & Q(amount__gte=1),
                name="claim_within_its_amount",
            ),
        ]


class Verdict(models.TextChoices):
    """What a college can say to an application."""

    WHOLE = "whole", "accepted whole"
    PART = "part", "accepted in part"
    REFUSED = "refused", "refused"


class Decision(models.Model):
    """What a college decided. Append-only by trigger; an annulment is a row of its own.

    ``conversions`` are those granted, ``refusals`` those not, each with rule ids and reasons (docs/formats/application.md).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    serial = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    conversions = models.JSONField()
    refusals = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    transcript = models.OneToOneField(Transcript, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "serial"], name="one_decision_per_serial")]


class Annulment(models.Model):
    """A decision that no longer holds; what it redeemed went back. Append-only by trigger."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, primary_key=True, related_name="annulment")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class ApplicationEvent(models.Model):
    """One step in the life of an application. Append-only by trigger."""

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    deed = models.CharField(max_length=24)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class Deed(models.TextChoices):
    """What moves credits, and nothing else does."""

    DEPOSIT = "deposit", "source to available"
    HOLD = "hold", "available to held"
    RELEASE = "release", "held to available"
    DECIDE = "decide", "held to redeemed, lapsed or available"
    EXPIRE = "expire", "available to expired"
    REVERSE = "reverse", "available to reversed"
    ANNUL = "annul", "redeemed and lapsed back to available"


class Entry(models.Model):
    """One deed of the ledger. Its row is written after its postings and closes them. Append-only by trigger."""

    id = models.UUIDField(primary_key=True, editable=False)
    deed = models.CharField(max_length=8, choices=Deed.choices)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="entries")
    n_lines = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class Posting(models.Model):
    """One line of an entry: so much of an outcome into a bucket, or out of it. Append-only by trigger.

    The lines of an outcome in an entry sum to zero, held by the database. ``amount`` in hundredths.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", db_index=False)
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="postings")
    bucket = models.CharField(max_length=9, choices=Bucket.choices)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "outcome", "bucket"], name="one_line_per_bucket"),
            models.CheckConstraint(condition=~Q(amount=0), name="a_line_moves_something"),
        ]


class ReviewTask(models.Model):
    """An award that fed something has been annulled, revoked or corrected: somebody looks at what it fed.

    ``application`` null: the outcome itself, for the authority; else the application, for its college. Nothing is undone
    until ``resolution`` says what.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(StatusEvent, on_delete=models.PROTECT, related_name="+")
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="review_tasks")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="review_tasks")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    resolution = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=500, blank=True)
    resolved_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "outcome", "application"], name="one_task_per_claim"),
            models.UniqueConstraint(
                fields=["event", "outcome"], name="one_task_per_outcome", condition=Q(application=None)
            ),
        ]
        indexes = [models.Index(fields=["organisation", "opened_at"], name="task_open", condition=Q(resolved_at=None))]


class Position(models.Model):
    """How far in the public log a sweep has come: the index of the first leaf that it has not looked at."""

    name = models.CharField(max_length=16, primary_key=True)
    leaf = models.BigIntegerField(default=0)
