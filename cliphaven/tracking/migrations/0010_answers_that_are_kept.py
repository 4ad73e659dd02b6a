"""Of millions of calls, those whose answers are still kept are found by an index; the oldest are forgotten nightly."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index."""

    dependencies = (("tracking", "0009_bills_of_vendors"),)
    operations = (
        migrations.AddIndex(
            model_name="vendorcall",
            index=models.Index(
                fields=["started_at"], condition=models.Q(raw_json__isnull=False), name="answers_that_are_kept"
            ),
        ),
    )
