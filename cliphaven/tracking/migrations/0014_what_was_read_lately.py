"""Clips by when they were read: finding what was read in the last hours no longer looks at all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0013_clips_are_probed")]

    operations = [
        migrations.AddIndex(
            model_name="trackedclip",
            index=models.Index(fields=["measured_at"], name="tracked_by_measured"),
        ),
    ]
