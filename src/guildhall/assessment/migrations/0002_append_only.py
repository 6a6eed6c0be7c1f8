from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns

_BATCH = (
    "id issuer_id scheme_id file_name sha256 digest n_rows n_good n_bad n_already actor created_at".split()
)


class Migration(migrations.Migration):
    dependencies = [("assessment", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        append_only("assessment_result"),
        # Only how far it has come, and when it was issued, move on; what came back may be emptied.
        fixed_columns("assessment_batch", _BATCH),
    ]
