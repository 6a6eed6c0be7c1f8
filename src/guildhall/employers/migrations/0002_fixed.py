from django.db import migrations

from guildhall.accounts.append_only import fixed_columns

_POST = (
    "id organisation_id code edition name occupation_id region n_places opens_on closes_on content digest state entered_at"
    " published_at"
).split()
_RECOGNITION = "id organisation_id scheme_id occupation_id level benefit starts_on ends_on stated_at".split()
_LISTING = "id account_id starts_at".split()


class Migration(migrations.Migration):
    dependencies = [("employers", "0001_initial"), ("accounts", "0002_append_only")]

    operations = [
        fixed_columns("employers_post", _POST, once="OLD.state = 'published'"),
        fixed_columns("employers_recognition", _RECOGNITION),
        fixed_columns("employers_listing", _LISTING),
    ]
