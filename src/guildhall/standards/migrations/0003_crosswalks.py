"""Crosswalks keep codes, not rows: the other classification may not be here. Nothing had yet been written to the former table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0002_editions_and_classes'),
    ]

    operations = [
        migrations.DeleteModel(
            name='Correspondence',
        ),
        migrations.AddField(
            model_name='classification',
            name='digest',
            field=models.CharField(blank=True, max_length=64, default=''),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='occupation',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='narrower', to='standards.occupation'),
        ),
        migrations.AddField(
            model_name='descriptor',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='narrower', to='standards.descriptor'),
        ),
        migrations.CreateModel(
            name='Crosswalk',
            fields=[
                ('code', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('name', models.JSONField()),
                ('from_edition', models.CharField(db_index=True, max_length=32)),
                ('to_edition', models.CharField(db_index=True, max_length=32)),
                ('source', models.CharField(max_length=255)),
                ('licence', models.TextField(blank=True)),
                ('digest', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Correspondence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_code', models.CharField(max_length=24)),
                ('to_code', models.CharField(max_length=24)),
                ('relation', models.CharField(choices=[('exactMatch', 'Exact'), ('closeMatch', 'Close'), ('broadMatch', 'Broad'), ('narrowMatch', 'Narrow'), ('relatedMatch', 'Related')], max_length=16)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('note', models.JSONField(default=dict)),
                ('crosswalk', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='standards.crosswalk')),
            ],
            options={
                'ordering': ['crosswalk', 'from_code', 'position', 'to_code'],
                'indexes': [models.Index(fields=['to_code'], name='correspondence_to_code')],
                'constraints': [models.UniqueConstraint(fields=('crosswalk', 'from_code', 'to_code'), name='one_line_per_pair')],
            },
        ),
    ]
