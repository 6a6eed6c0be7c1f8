from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns


class Migration(migrations.Migration):
    dependencies = [("tlog", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        append_only("tlog_leaf"),
        append_only("tlog_checkpoint"),
        fixed_columns("tlog_log", ["origin"]),
    ]
