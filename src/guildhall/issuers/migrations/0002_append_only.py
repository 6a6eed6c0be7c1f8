from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns


class Migration(migrations.Migration):
    dependencies = [("issuers", "0001_initial")]
    operations = [
        append_only("issuers_accreditationevent"),
        append_only("issuers_accreditation"),
        fixed_columns("issuers_issuer", ["organisation_id", "did", "number_parts"]),
        fixed_columns("issuers_issuerkey", ["key_id", "organisation_id", "multibase", "starts_at"]),
    ]
