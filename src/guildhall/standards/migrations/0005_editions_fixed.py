from django.db import migrations

from guildhall.accounts.append_only import append_only, fixed_columns


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0004_editions_and_frameworks'),
    ]

    operations = [
        fixed_columns(
            "standards_standard",
            [
                "occupation_id", "edition", "name", "document_no", "levels", "in_force_on", "state", "revises_id",
                "content", "digest", "identifier", "drafted_by", "submitted_by", "submitted_at", "published_by", "published_at",
            ],
            once="OLD.\"state\" = 'published' AND OLD.\"digest\" <> ''",
        ),
        append_only("standards_competency"),
    ]
