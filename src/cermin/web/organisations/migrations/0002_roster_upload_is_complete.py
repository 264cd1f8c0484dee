"""Whether an upload lists everybody, so that the others have left."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="rosterupload",
            name="is_complete",
            field=models.BooleanField(default=True),
        ),
    ]
