"""Colleges' conversion rules in the register: entered as drafts, published as editions that stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from guildhall.accounts.models import Organisation, RoleKind
from guildhall.accounts.services import Actor, record, require
from guildhall.core.canonical import jcs, strict_json
from guildhall.core.conversion import read_rule_set
from guildhall.core.conversion.reading_rules import MAX_BYTES
from guildhall.core.conversion.rule_set import BUILT_IN
from guildhall.core.errors import ConflictError, Error, MalformedError, NotFoundError
from guildhall.credit.models import RuleSet, RuleSetState


class ForeignRuleSetError(Error):
    """The rule-set names another institution than the one that enters it."""

    code = "foreign_rule_set"


class RuleSetPublishedError(ConflictError):
    """This edition is published with other rules: what has changed is a new edition."""

    code = "rule_set_published"


class NoRuleSetError(NotFoundError):
    """The college has no published rules for that day."""

    code = "no_rule_set_in_force"


class UnstorableTextError(MalformedError):
    """A text with a character that cannot be kept: U+0000."""

    code = "unstorable_text"


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of the RFC 8785 form of a document that is to be kept.

    Raises: UnstorableTextError; NotJsonError and its kin for what has no such form.
    """
    canonical = jcs.canonical(document)
    # PostgreSQL keeps no U+0000, in JSON neither. (A backslash written before u0000 is refused along with it.)
    if b"\\u0000" in canonical:
        raise UnstorableTextError("a text holds U+0000")
    return hashlib.sha256(canonical).hexdigest()


@transaction.atomic
def enter_rule_set(data: bytes, organisation: Organisation, *, actor: Actor, now: datetime) -> RuleSet:
    """Enter a rule-set as a draft, or put it in place of the draft of the same edition; the same file again changes nothing.

    Shape:  JSON as in docs/formats/rule-set.md, whose ``institution`` is the organisation's slug.
    Raises: ForbiddenError; InvalidRuleSetError; ForeignRuleSetError; RuleSetPublishedError; the errors of
            ``strict_json.parse``.
    """
    require(actor, RoleKind.COLLEGE_OFFICER, organisation)
    rules = read_rule_set(data)
    if rules.institution != organisation.slug:
        raise ForeignRuleSetError(
            f"the rules are those of {rules.institution}", institution=rules.institution, slug=organisation.slug
        )
    content = strict_json.parse(data, max_bytes=MAX_BYTES)
    assert isinstance(content, dict), "a rule-set that was read is an object"
    facts: dict[str, Any] = {
        "name": dict(rules.name),
        "starts_on": rules.starts_on,
        "ends_on": rules.ends_on,
        "content": content,
        "digest": digest_of(content),
    }
    known = (
        RuleSet.objects.select_for_update()
        .filter(organisation=organisation, code=rules.id, edition=rules.edition)
        .first()
    )
    if known is not None and known.digest == facts["digest"]:
        return known
    if known is not None and known.state == RuleSetState.PUBLISHED:
        raise RuleSetPublishedError(f"edition {rules.edition} is published", edition=rules.edition)
    rule_set, _ = RuleSet.objects.update_or_create(
        organisation=organisation,
        code=rules.id,
        edition=rules.edition,
        defaults={**facts, "entered_at": now},
    )
    record(
        "enter-rule-set",
        f"{organisation.slug}/{rules.id}/{rules.edition}",
        actor=actor,
        now=now,
        organisation=organisation,
        digest=rule_set.digest,
    )
    return rule_set


@transaction.atomic
def publish_rule_set(rule_set: RuleSet, *, actor: Actor, now: datetime) -> RuleSet:
    """Publish an edition: from now on nothing of it changes. Published again it stays what it is.

    Raises: ForbiddenError.
    """
    require(actor, RoleKind.COLLEGE_OFFICER, rule_set.organisation_id)
    locked = RuleSet.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=rule_set.pk)
    if locked.state == RuleSetState.PUBLISHED:
        return locked
    locked.state, locked.published_at = RuleSetState.PUBLISHED, now
    locked.save(update_fields=["state", "published_at"])
    record(
        "publish-rule-set",
        f"{locked.organisation.slug}/{locked.code}/{locked.edition}",
        actor=actor,
        now=now,
        organisation=locked.organisation,
        digest=locked.digest,
    )
    return locked


def rule_set_in_force(organisation: Organisation, on: date) -> RuleSet:
    """Return the edition that decides an application submitted on a day: of those in force the one that begins last.

    Raises: NoRuleSetError.
    """
    found = (
        RuleSet.objects.select_related("organisation")
        .filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on),
            organisation=organisation,
            state=RuleSetState.PUBLISHED,
            starts_on__lte=on,
        )
        .order_by("-starts_on", "-published_at", "-id")
        .first()
    )
    if found is None:
        raise NoRuleSetError(f"{organisation.slug} has no rules in force on {on}", slug=organisation.slug, on=str(on))
    return found


def rule_ids(rule_set: RuleSet) -> frozenset[str]:
    """Return the ids of all rules that a decision by this edition can name."""
    rules = read_rule_set(jcs.canonical(rule_set.content))
    return frozenset(rules.ids) | frozenset(BUILT_IN)
