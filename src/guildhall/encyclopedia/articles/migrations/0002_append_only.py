from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns

_REVISION = (
    "id article_id language number title summary kind field about authors quotes body findings digest saved_by saved_at"
).split()


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        fixed_columns("articles_revision", _REVISION),
        append_only("articles_revisionevent"),
    ]
