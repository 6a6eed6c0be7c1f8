from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0005_editions_fixed'),
    ]

    operations = [
        migrations.AddField(
            model_name='correspondence',
            name='label',
            field=models.JSONField(default=dict),
        ),
    ]
