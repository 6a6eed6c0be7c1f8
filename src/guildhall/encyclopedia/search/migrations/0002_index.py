from django.db import migrations

from guildhall.encyclopedia.search.dialect import lay_index


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [lay_index()]
