"""Roles, and the audit trail that every deed leaves."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from guildhall.accounts import selectors, services
from guildhall.accounts.models import AuditEntry, OrganisationKind, Role, RoleKind, User
from guildhall.accounts.services import Actor, actor_of, record, require, require_reading, verify_audit_chain
from guildhall.core.errors import Error, ForbiddenError
from tests.flush import triggers_lifted
from tests.world import NOW, World


def test_an_authority_officer_acts_for_the_whole_register(world: World) -> None:
    require(world.wang, RoleKind.AUTHORITY_OFFICER)
    require_reading(world.wang)
    require_reading(world.wang, world.national.organisation)


def test_an_issuing_officer_acts_for_the_own_organisation_only(world: World) -> None:
    require(world.li, RoleKind.ISSUING_OFFICER, world.national.organisation)
    for organisation in (world.guangdong.organisation, None):
        with pytest.raises(ForbiddenError):
            require(world.li, RoleKind.ISSUING_OFFICER, organisation)
    with pytest.raises(ForbiddenError):
        require(world.li, RoleKind.AUTHORITY_OFFICER)
    with pytest.raises(ForbiddenError):
        require_reading(world.li, world.guangdong.organisation)


def test_an_auditor_reads_everything_and_changes_nothing(world: World) -> None:
    require_reading(world.zhou)
    require_reading(world.zhou, world.national.organisation)
    for kind, organisation in [
        (RoleKind.AUTHORITY_OFFICER, None),
        (RoleKind.ISSUING_OFFICER, world.national.organisation),
    ]:
        with pytest.raises(ForbiddenError):
            require(world.zhou, kind, organisation)


def test_an_authority_officer_does_not_issue(world: World) -> None:
    with pytest.raises(ForbiddenError):
        require(world.wang, RoleKind.ISSUING_OFFICER, world.national.organisation)


def test_a_person_without_a_role_may_nothing(world: World) -> None:
    for kind in RoleKind:
        with pytest.raises(ForbiddenError):
            require(world.nobody, kind, world.national.organisation)
    with pytest.raises(ForbiddenError):
        require_reading(world.nobody)


def test_the_system_may_everything(world: World) -> None:
    for kind in RoleKind:
        require(services.COMMAND, kind, world.national.organisation)


def test_a_role_holds_from_its_start_until_just_before_its_end(world: World) -> None:
    role = Role.objects.get(user=world.people["li"])
    services.end_role(role, actor=world.wang, now=NOW + timedelta(days=1))
    require(
        actor_of(world.people["li"], NOW + timedelta(hours=23)), RoleKind.ISSUING_OFFICER, world.national.organisation
    )
    for moment in (NOW - timedelta(seconds=1), NOW + timedelta(days=1)):
        assert not actor_of(world.people["li"], moment).roles


def test_a_person_who_is_not_active_holds_no_role(world: World) -> None:
    person = world.people["li"]
    person.is_active = False
    assert not actor_of(person, NOW).roles


def test_only_the_authority_gives_roles_and_enters_people(world: World) -> None:
    for actor in (world.li, world.zhou, world.nobody):
        with pytest.raises(ForbiddenError):
            services.create_user("new", "secret", actor=actor, now=NOW)
        with pytest.raises(ForbiddenError):
            services.grant(world.people["nobody"], world.authority, RoleKind.AUTHORITY_OFFICER, actor=actor, now=NOW)
        with pytest.raises(ForbiddenError):
            services.register_organisation(
                "x", kind=OrganisationKind.ISSUER, name={"zh": "某"}, region="110000", actor=actor, now=NOW
            )
        with pytest.raises(ForbiddenError):
            services.end_role(Role.objects.get(user=world.people["wang"]), actor=actor, now=NOW)


def test_a_role_is_held_in_an_organisation_of_its_kind(world: World) -> None:
    for organisation, kind in [
        (world.national.organisation, RoleKind.AUTHORITY_OFFICER),
        (world.national.organisation, RoleKind.AUDITOR),
        (world.authority, RoleKind.ISSUING_OFFICER),
    ]:
        with pytest.raises(Error) as refused:
            services.grant(world.people["nobody"], organisation, kind, actor=world.wang, now=NOW)
        assert refused.value.code == "misplaced_role"


def test_a_name_or_a_slug_is_taken_once(world: World) -> None:
    with pytest.raises(Error) as refused:
        services.create_user("li", "secret", actor=world.wang, now=NOW)
    assert refused.value.code == "username_taken"
    with pytest.raises(Error) as refused:
        services.register_organisation(
            "authority", kind=OrganisationKind.ISSUER, name={"zh": "另一"}, region="110000", actor=world.wang, now=NOW
        )
    assert refused.value.code == "slug_taken"


def test_the_password_opens_the_account(world: World, client: object) -> None:
    assert User.objects.get(username="li").check_password("a password for tests")
    assert not User.objects.get(username="li").check_password("another")


# --- The audit chain -------------------------------------------------------------------------------------------------


def test_every_deed_of_the_world_left_a_row_and_the_chain_holds(world: World) -> None:
    assert verify_audit_chain() == []
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {"accredit", "suspend-accreditation", "register-issuer", "add-key", "grant-role", "create-user"} <= deeds


def test_a_changed_row_breaks_the_chain_at_itself(world: World) -> None:
    entry = AuditEntry.objects.get(deed="suspend-accreditation")
    with triggers_lifted("default"):
        AuditEntry.objects.filter(pk=entry.pk).update(actor="somebody else")
    assert [(p.entry, p.code) for p in verify_audit_chain()] == [(entry.pk, "changed_entry")]


@pytest.mark.parametrize("column", ["deed", "subject", "params", "at", "organisation"])
def test_no_part_of_a_row_can_change_unseen(world: World, column: str) -> None:
    entry = AuditEntry.objects.get(deed="suspend-accreditation")
    value = {
        "deed": "other",
        "subject": "other",
        "params": {"from_on": "2020-01-01"},
        "at": NOW + timedelta(microseconds=7),
        "organisation": world.authority,
    }[column]
    with triggers_lifted("default"):
        AuditEntry.objects.filter(pk=entry.pk).update(**{column: value})
    assert [p.code for p in verify_audit_chain()] == ["changed_entry"]


def test_a_removed_row_leaves_a_gap_that_shows(world: World) -> None:
    first, second, third = AuditEntry.objects.order_by("id")[:3]
    with triggers_lifted("default"):
        AuditEntry.objects.filter(pk=second.pk).delete()
    assert [(p.entry, p.code) for p in verify_audit_chain()] == [(third.pk, "missing_entry")]
    with triggers_lifted("default"):
        AuditEntry.objects.filter(pk=first.pk).delete()
    assert [(p.entry, p.code) for p in verify_audit_chain()] == [(third.pk, "missing_entry")]


def test_a_row_rewritten_with_its_own_digest_shows_in_the_next_one(world: World) -> None:
    entries = list(AuditEntry.objects.order_by("id")[:2])
    entries[0].actor = "somebody else"
    entries[0].digest = services._digest(entries[0])
    with triggers_lifted("default"):
        entries[0].save()
    assert [(p.entry, p.code) for p in verify_audit_chain()] == [(entries[1].pk, "missing_entry")]


def test_a_deed_undone_leaves_no_row(world: World) -> None:
    before = AuditEntry.objects.count()
    with transaction.atomic():
        record("deed", "subject", actor=world.wang, now=NOW)
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before
    record("deed", "subject", actor=world.wang, now=NOW, organisation=world.national.organisation, n=3, why="電工")
    assert verify_audit_chain() == []


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_make_one_chain() -> None:
    start = threading.Barrier(4)

    def write(name: str) -> None:
        try:
            start.wait()
            for n in range(10):
                with transaction.atomic():
                    record("deed", f"{name}-{n}", actor=Actor(name, system=True), now=NOW)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(f"writer-{n}",)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert AuditEntry.objects.count() == 40
    assert verify_audit_chain() == []


@pytest.mark.django_db(transaction=True)
def test_a_row_outside_a_transaction_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        record("deed", "subject", actor=services.COMMAND, now=NOW)


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_organisations_are_found_by_slug_and_kind(world: World) -> None:
    assert selectors.organisation("national-centre") == world.national.organisation
    assert [o.slug for o in selectors.organisations(OrganisationKind.ISSUER)] == [
        "guangdong-centre",
        "national-centre",
        "shanghai-centre",
    ]
    with pytest.raises(Error) as refused:
        selectors.organisation("nowhere")
    assert refused.value.code == "unknown_organisation"


def test_the_audit_trail_is_read_by_those_who_may(world: World) -> None:
    everything = selectors.audit_entries(actor=world.zhou)
    assert len(everything) == AuditEntry.objects.count()
    own = selectors.audit_entries(actor=world.li, organisation=world.national.organisation)
    assert own
    assert {entry.organisation_id for entry in own} == {world.national.pk}
    with pytest.raises(ForbiddenError):
        selectors.audit_entries(actor=world.li)
    with pytest.raises(ForbiddenError):
        selectors.audit_entries(actor=world.li, organisation=world.guangdong.organisation)


def test_the_desks_of_a_person_are_the_organisations_of_the_roles(world: World) -> None:
    assert selectors.organisations_of(world.li) == [world.national.organisation]
    assert selectors.organisations_of(world.nobody) == []
    assert selectors.organisations_of(Actor("x", roles=frozenset({(RoleKind.ISSUING_OFFICER, uuid4())}))) == []
