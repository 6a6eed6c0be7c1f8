from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessment", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="result",
            index=models.Index(fields=["batch", "place"], name="result_place"),
        ),
    ]
