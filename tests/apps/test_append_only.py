"""Append-only is the database's duty."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from django.db import IntegrityError, connection, migrations, models, transaction

import guildhall
from guildhall.accounts.append_only import append_only, fixed_columns
from guildhall.accounts.models import AuditEntry
from guildhall.issuers.models import AccreditationEvent
from tests.world import World

pytestmark = pytest.mark.django_db

KEPT = {"accounts_auditentry", "issuers_accreditationevent", "issuers_accreditation"}
FIXED = {
    "issuers_issuer": {"organisation_id", "did", "number_parts"},
    "issuers_issuerkey": {"key_id", "organisation_id", "multibase", "starts_at"},
}


def refused(deed: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        deed()


def sql(statement: str, *parameters: object) -> Callable[[], Any]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    return run


def test_an_audit_row_can_be_neither_changed_nor_removed(world: World) -> None:
    entry = AuditEntry.objects.order_by("id").first()
    assert entry is not None
    entry.deed = "something else"
    refused(entry.save)
    refused(entry.delete)
    refused(lambda: AuditEntry.objects.update(actor="somebody else"))
    refused(lambda: AuditEntry.objects.all().delete())
    entry.refresh_from_db()
    assert entry.deed == "load-classification"


def test_what_happened_to_a_filing_can_be_neither_changed_nor_removed(world: World) -> None:
    refused(lambda: AccreditationEvent.objects.update(until_on=None))
    refused(sql("DELETE FROM issuers_accreditationevent"))
    refused(world.filings["PCC-2025-0001"].save)
    refused(sql("DELETE FROM issuers_accreditation WHERE filing = 'PCC-2025-0001'"))


@pytest.mark.parametrize("table", sorted(KEPT))
def test_raw_statements_meet_the_same_refusal(world: World, table: str) -> None:
    column = "deed" if "event" in table or "audit" in table else "filing"
    refused(sql(f"UPDATE {table} SET {column} = {column}"))
    refused(sql(f"DELETE FROM {table}"))


def test_replacing_a_row_on_insert_is_refused_too(world: World) -> None:
    if connection.vendor == "sqlite":
        refused(sql("INSERT OR REPLACE INTO accounts_auditentry SELECT * FROM accounts_auditentry"))
    else:
        columns = ", ".join(field.column for field in AuditEntry._meta.concrete_fields)
        refused(
            sql(
                f"INSERT INTO accounts_auditentry ({columns}) SELECT {columns} FROM accounts_auditentry "
                "ON CONFLICT (id) DO UPDATE SET deed = 'something else'"
            )
        )


def test_a_whole_table_cannot_be_emptied_at_once(world: World) -> None:
    connection.check_constraints()  # PostgreSQL empties no table while deferred checks wait
    statement = "DELETE FROM {}" if connection.vendor == "sqlite" else "TRUNCATE {} CASCADE"
    for table in sorted(KEPT | FIXED.keys()):
        refused(sql(statement.format(table)))


def test_fixed_columns_stay_and_the_others_may_change(world: World) -> None:
    world.national.closed_on = world.today
    world.national.save(update_fields=["closed_on"])
    refused(sql("UPDATE issuers_issuer SET did = 'did:web:elsewhere.test'"))
    refused(sql("DELETE FROM issuers_issuerkey"))
    world.national.refresh_from_db()
    assert world.national.did.endswith("national-centre")


def test_setting_a_fixed_column_to_what_it_was_is_no_change(world: World) -> None:
    world.national.save()


def asked_for() -> tuple[set[str], set[str]]:
    """Every table that a migration of ours makes append-only, and every table with fixed columns."""
    kept: set[str] = set()
    fixed: set[str] = set()
    for path in Path(guildhall.__file__).parent.glob("*/migrations/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                table = node.args[0]
                if node.func.id in {"append_only", "fixed_columns"}:
                    assert isinstance(table, ast.Constant)
                    (kept if node.func.id == "append_only" else fixed).add(str(table.value))
    return kept, fixed


def test_every_table_that_must_keep_its_rows_has_its_triggers_after_all_migrations() -> None:
    """Also after one that rebuilds a table, which on SQLite drops its triggers."""
    kept, fixed = asked_for()
    assert kept >= KEPT | {"tlog_leaf", "tlog_checkpoint", "credentials_document", "credentials_statusevent"}
    assert fixed >= FIXED.keys()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        laid = {name for (name,) in cursor.fetchall()}
    assert {f"{table}_kept" for table in kept} <= laid
    assert {f"{table}_fixed" for table in fixed} <= laid
    if connection.vendor == "sqlite":
        assert {f"{table}_fixed" for table in kept} <= laid


class TestOperation:
    """The migration operations on a table of their own."""

    @pytest.fixture(autouse=True)
    def _table(self, db: None) -> None:
        sql("CREATE TABLE kept_sample (id integer PRIMARY KEY, number text, remark text)")()
        sql("INSERT INTO kept_sample VALUES (1, 'one', NULL)")()

    def lay(self, operation: migrations.RunPython, *, backwards: bool = False) -> None:
        move = operation.reverse_code if backwards else operation.code
        assert move is not None
        with connection.schema_editor(atomic=False) if connection.vendor != "sqlite" else _Editor() as editor:
            move(None, editor)

    def test_append_only_can_be_laid_twice_and_lifted(self) -> None:
        self.lay(append_only("kept_sample"))
        self.lay(append_only("kept_sample"))
        refused(sql("UPDATE kept_sample SET remark = 'x'"))
        sql("INSERT INTO kept_sample VALUES (2, 'two', NULL)")()
        self.lay(append_only("kept_sample"), backwards=True)
        sql("UPDATE kept_sample SET remark = 'x'")()
        sql("DELETE FROM kept_sample")()

    def test_fixed_columns_notice_a_change_from_and_to_nothing(self) -> None:
        self.lay(fixed_columns("kept_sample", ["number", "remark"]))
        refused(sql("UPDATE kept_sample SET remark = 'x'"))
        refused(sql("UPDATE kept_sample SET number = NULL"))
        sql("UPDATE kept_sample SET remark = NULL, number = 'one'")()
        refused(sql("DELETE FROM kept_sample"))

    def test_fixed_columns_of_a_deletable_row_stay_until_it_goes(self) -> None:
        self.lay(fixed_columns("kept_sample", ["number"], deletable=True))
        refused(sql("UPDATE kept_sample SET number = 'x'"))
        sql("UPDATE kept_sample SET remark = 'x'")()
        sql("DELETE FROM kept_sample")()


class _Editor:
    """SQLite's schema editor refuses to work inside the test's transaction; triggers need nothing of it."""

    connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str, params: object = ()) -> None:
        sql(statement)()


def test_a_model_that_is_append_only_still_takes_new_rows(world: World) -> None:
    assert isinstance(AuditEntry._meta.pk, models.BigAutoField)
    AuditEntry.objects.create(
        at=datetime(2026, 1, 1, tzinfo=UTC), actor="a", deed="d", subject="s", previous="p", digest="q"
    )
