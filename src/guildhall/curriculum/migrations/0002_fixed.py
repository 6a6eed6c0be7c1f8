from django.db import migrations

from guildhall.accounts.append_only import fixed_columns

_PLAN = "id organisation_id code edition name occupation_id starts_on content digest state entered_at published_at".split()


class Migration(migrations.Migration):
    dependencies = [("curriculum", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [fixed_columns("curriculum_planedition", _PLAN, once="OLD.state = 'published'")]
