from django.db import migrations

from guildhall.accounts.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("credentials", "0003_transcript"), ("accounts", "0002_append_only")]

    operations = [
        append_only("credentials_transcript"),
        append_only("credentials_transcriptdocument"),
        append_only("credentials_transcriptevent"),
        append_only("credentials_transcripteventleaf"),
    ]
