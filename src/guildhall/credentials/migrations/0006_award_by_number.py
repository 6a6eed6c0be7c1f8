import django.db.models.deletion
from django.db import migrations, models

from guildhall.accounts.append_only import fixed_columns

# As in 0002: altering a column rebuilds the table on SQLite, and its triggers go with the old one.
_AWARD = "id scheme_id number result_id batch_id issuer_id accreditation_id occupation_id level created_at".split()


class Migration(migrations.Migration):
    dependencies = [("credentials", "0005_single_credential"), ("assessment", "0003_result_place")]

    operations = [
        migrations.AlterField(
            model_name="award",
            name="result",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="assessment.result",
            ),
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(fields=["batch"], name="award_batch"),
        ),
        fixed_columns("credentials_award", _AWARD),
    ]
