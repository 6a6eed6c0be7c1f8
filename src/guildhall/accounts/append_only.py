"""Append-only is the database's duty: triggers that refuse to change or remove a row.

Used as migration operations. SQLite rebuilds a table when a column is altered and drops its triggers with the old one:
a later migration that alters such a table applies these operations again (a test walks all tables and says so).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

# PostgreSQL: class 23 (integrity constraint violation), so that Django raises IntegrityError as it does for SQLite.
_REFUSE = """
CREATE OR REPLACE FUNCTION guildhall_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % of %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only(table: str) -> RunPython:
    """Return a migration operation after which ``table`` refuses UPDATE and DELETE (on PostgreSQL TRUNCATE too)."""

    def statements(vendor: str) -> list[str]:
        if vendor == "postgresql":
            return [_REFUSE, _postgres(table, "kept", "UPDATE OR DELETE"), _postgres_truncate(table)]
        return [_sqlite(table, "fixed", "UPDATE"), _sqlite(table, "kept", "DELETE")]

    return _operation(table, ("fixed", "kept", "whole"), statements)


def fixed_columns(table: str, columns: Sequence[str], *, deletable: bool = False, once: str = "") -> RunPython:
    """Return a migration operation after which ``columns`` of ``table`` keep their first value.

    Rows cannot be removed either, unless ``deletable``. The other columns may change. With ``once`` all this holds for the
    rows of which it is true: a draft may change until it is published.

    Shape:  ``columns`` are database column names (``issuer_id``, not ``issuer``); ``once`` is SQL over ``OLD``.
    """

    def statements(vendor: str) -> list[str]:
        if vendor == "postgresql":
            changed = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in columns)
            made = [_REFUSE, _postgres(table, "fixed", "UPDATE", when=_both(once, changed))]
            return (
                made if deletable else [*made, _postgres(table, "kept", "DELETE", when=once), _postgres_truncate(table)]
            )
        changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns)
        made = [_sqlite(table, "fixed", "UPDATE", when=_both(once, changed))]
        return made if deletable else [*made, _sqlite(table, "kept", "DELETE", when=once)]

    return _operation(table, ("fixed", "kept", "whole"), statements)


def _both(once: str, changed: str) -> str:
    return f"({once}) AND ({changed})" if once else changed


def _sqlite(table: str, suffix: str, deed: str, *, when: str = "") -> str:
    condition = f"WHEN {when}" if when else ""
    return (
        f'CREATE TRIGGER "{table}_{suffix}" BEFORE {deed} ON "{table}" {condition} '
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {deed} of {table}'); END"
    )


def _postgres(table: str, suffix: str, deed: str, *, when: str = "") -> str:
    condition = f"WHEN ({when})" if when else ""
    return (
        f'CREATE TRIGGER "{table}_{suffix}" BEFORE {deed} ON "{table}" FOR EACH ROW {condition} '
        "EXECUTE FUNCTION guildhall_refuse()"
    )


def _postgres_truncate(table: str) -> str:
    return (
        f'CREATE TRIGGER "{table}_whole" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT '
        "EXECUTE FUNCTION guildhall_refuse()"
    )


def _operation(table: str, suffixes: Sequence[str], statements: Callable[[str], list[str]]) -> RunPython:
    def lift(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        on = f' ON "{table}"' if editor.connection.vendor == "postgresql" else ""
        for suffix in suffixes:
            editor.execute(f'DROP TRIGGER IF EXISTS "{table}_{suffix}"{on}')

    def lay(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        lift(apps, editor)
        for statement in statements(editor.connection.vendor):
            # No parameters: the text holds a percent sign of its own.
            editor.execute(statement, params=None)

    return RunPython(lay, lift, elidable=False)
