from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns

# What a correction may change is not among these; what it was before stays in the older instance.
_AWARD = "id scheme_id number result_id batch_id issuer_id accreditation_id occupation_id level created_at".split()


class Migration(migrations.Migration):
    dependencies = [("credentials", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        append_only("credentials_form"),
        append_only("credentials_plate"),
        append_only("credentials_instance"),
        append_only("credentials_document"),
        append_only("credentials_accreditationstatement"),
        fixed_columns("credentials_award", _AWARD),
        append_only("credentials_statusevent"),
        append_only("credentials_eventleaf"),
        fixed_columns("credentials_statuslist", ["id", "issuer_id", "ordinal"]),
    ]
