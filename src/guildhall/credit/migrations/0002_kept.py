from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns
from guildhall.credit.invariants import ledger_kept

_APPLICATION = (
    "id account_id organisation_id rule_set_id programme programme_digest plan plan_digest submitted_at".split()
)
_RULE_SET = (
    "id organisation_id code edition name starts_on ends_on content digest state entered_at published_at".split()
)


class Migration(migrations.Migration):
    dependencies = [("credit", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        fixed_columns("credit_account", ["id", "id_hash", "opened_at"]),
        append_only("credit_creditvalue"),
        append_only("credit_outcome"),
        append_only("credit_entry"),
        append_only("credit_posting"),
        append_only("credit_decision"),
        append_only("credit_annulment"),
        append_only("credit_applicationevent"),
        fixed_columns("credit_application", _APPLICATION),
        fixed_columns("credit_claim", ["id", "application_id", "outcome_id", "round", "amount"]),
        fixed_columns("credit_reviewtask", ["id", "event_id", "outcome_id", "application_id", "opened_at"]),
        fixed_columns("credit_ruleset", _RULE_SET, once="OLD.state = 'published'"),
        ledger_kept(),
    ]
