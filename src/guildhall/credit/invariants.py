"""What the database itself holds of the ledger, as migration operations: triggers on SQLite and PostgreSQL.

* The lines of an outcome in an entry sum to zero: on PostgreSQL every statement that writes lines balances by itself; on
  SQLite, which has triggers for rows only, the entry's own row is refused where they do not.
* An entry is written after its lines and says how many they are; no line comes after it. A line without an entry cannot be
  committed (foreign key, deferred).
* A balance follows from the lines, in the same statement, and nothing else writes it; its constraints keep it above zero.

What needs no trigger stands in the models' constraints; that rows stay as they are, in ``accounts.append_only``.
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

_BUCKETS = ("source", "available", "held", "redeemed", "lapsed", "expired", "reversed")

_ADDED = ", ".join(f'"{name}" = b."{name}" + s."{name}"' for name in _BUCKETS)
_SUMMED = ", ".join(f"coalesce(sum(amount) FILTER (WHERE bucket = '{name}'), 0) AS \"{name}\"" for name in _BUCKETS)
_POSTGRES = (
    f"""
CREATE OR REPLACE FUNCTION credit_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE n_balances bigint; n_outcomes bigint;
BEGIN
    IF EXISTS (SELECT FROM fresh JOIN credit_entry e ON e.id = fresh.entry_id) THEN
        RAISE EXCEPTION 'ledger: the entry is closed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM fresh GROUP BY entry_id, outcome_id HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'ledger: the lines of an outcome do not sum to zero' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE credit_balance b SET {_ADDED}
        FROM (SELECT outcome_id, {_SUMMED} FROM fresh GROUP BY outcome_id) s WHERE b.outcome_id = s.outcome_id;
    GET DIAGNOSTICS n_balances = ROW_COUNT;
    SELECT count(DISTINCT outcome_id) INTO n_outcomes FROM fresh;
    IF n_balances <> n_outcomes THEN
        RAISE EXCEPTION 'ledger: an outcome has no balance' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
""",  # noqa: S608 - every name is our own
    """
CREATE OR REPLACE FUNCTION credit_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.n_lines <> (SELECT count(*) FROM credit_posting WHERE entry_id = NEW.id) OR NEW.n_lines = 0 THEN
        RAISE EXCEPTION 'ledger: the entry has not the lines that it says' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE OR REPLACE FUNCTION credit_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is this trigger fired by a statement of somebody; the ledger's own comes from another trigger.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'ledger: a balance follows from its lines alone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
""",
    f"""
CREATE OR REPLACE FUNCTION credit_begun() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {" OR ".join(f'NEW."{name}" <> 0' for name in _BUCKETS)} THEN
        RAISE EXCEPTION 'ledger: a balance begins with nothing' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
""",
    (
        "CREATE TRIGGER credit_posting_posted AFTER INSERT ON credit_posting REFERENCING NEW TABLE AS fresh "
        "FOR EACH STATEMENT EXECUTE FUNCTION credit_posted()"
    ),
    "CREATE TRIGGER credit_entry_closed BEFORE INSERT ON credit_entry FOR EACH ROW EXECUTE FUNCTION credit_closed()",
    (
        "CREATE TRIGGER credit_balance_balanced BEFORE UPDATE ON credit_balance "
        "FOR EACH ROW EXECUTE FUNCTION credit_balanced()"
    ),
    "CREATE TRIGGER credit_balance_begun BEFORE INSERT ON credit_balance FOR EACH ROW EXECUTE FUNCTION credit_begun()",
    "CREATE TRIGGER credit_balance_stays BEFORE DELETE ON credit_balance FOR EACH ROW EXECUTE FUNCTION guildhall_refuse()",
    (
        "CREATE TRIGGER credit_balance_whole BEFORE TRUNCATE ON credit_balance "
        "FOR EACH STATEMENT EXECUTE FUNCTION guildhall_refuse()"
    ),
)

_ONE_MORE = ", ".join(
    f'"{name}" = "{name}" + CASE WHEN NEW.bucket = \'{name}\' THEN NEW.amount ELSE 0 END' for name in _BUCKETS
)
_SAME = " AND ".join(
    f"NEW.\"{name}\" = coalesce(sum(CASE WHEN bucket = '{name}' THEN amount END), 0)" for name in _BUCKETS
)
_SQLITE = (
    """
CREATE TRIGGER credit_posting_open BEFORE INSERT ON credit_posting
WHEN EXISTS (SELECT 1 FROM credit_entry WHERE id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'ledger: the entry is closed'); END
""",
    """
CREATE TRIGGER credit_posting_known BEFORE INSERT ON credit_posting
WHEN NOT EXISTS (SELECT 1 FROM credit_balance WHERE outcome_id = NEW.outcome_id)
BEGIN SELECT RAISE(ABORT, 'ledger: an outcome has no balance'); END
""",
    f"""
CREATE TRIGGER credit_posting_posted AFTER INSERT ON credit_posting
BEGIN UPDATE credit_balance SET {_ONE_MORE} WHERE outcome_id = NEW.outcome_id; END
""",  # noqa: S608 - every name is our own
    """
CREATE TRIGGER credit_entry_closed BEFORE INSERT ON credit_entry
WHEN NEW.n_lines = 0 OR NEW.n_lines <> (SELECT count(*) FROM credit_posting WHERE entry_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger: the entry has not the lines that it says'); END
""",
    """
CREATE TRIGGER credit_entry_balanced BEFORE INSERT ON credit_entry
WHEN EXISTS (SELECT 1 FROM credit_posting WHERE entry_id = NEW.id GROUP BY outcome_id HAVING sum(amount) <> 0)
BEGIN SELECT RAISE(ABORT, 'ledger: the lines of an outcome do not sum to zero'); END
""",
    f"""
CREATE TRIGGER credit_balance_balanced BEFORE UPDATE ON credit_balance
WHEN NOT (SELECT {_SAME} FROM credit_posting WHERE outcome_id = NEW.outcome_id) OR NEW.outcome_id <> OLD.outcome_id
BEGIN SELECT RAISE(ABORT, 'ledger: a balance follows from its lines alone'); END
""",  # noqa: S608 - every name is our own
    f"""
CREATE TRIGGER credit_balance_begun BEFORE INSERT ON credit_balance
WHEN {" OR ".join(f'NEW."{name}" <> 0' for name in _BUCKETS)}
BEGIN SELECT RAISE(ABORT, 'ledger: a balance begins with nothing'); END
""",
    """
CREATE TRIGGER credit_balance_stays BEFORE DELETE ON credit_balance
BEGIN SELECT RAISE(ABORT, 'append-only: DELETE of credit_balance'); END
""",
)
_TRIGGERS = {
    "credit_posting": ("posted", "open", "known"),
    "credit_entry": ("closed", "balanced"),
    "credit_balance": ("balanced", "begun", "stays", "whole"),
}


def ledger_kept() -> RunPython:
    """Return a migration operation after which the database holds the ledger's invariants."""

    def lift(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        for table, names in _TRIGGERS.items():
            on = f' ON "{table}"' if editor.connection.vendor == "postgresql" else ""
            for name in names:
                editor.execute(f'DROP TRIGGER IF EXISTS "{table}_{name}"{on}')

    def lay(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        lift(apps, editor)
        for statement in _POSTGRES if editor.connection.vendor == "postgresql" else _SQLITE:
            # No parameters: the text holds a percent sign of its own.
            editor.execute(statement, params=None)

    return RunPython(lay, lift, elidable=False)
