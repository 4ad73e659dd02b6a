"""Of millions of clips, those that began to count lately are found by an index."""

from django.db import migrations, models
from django.db.models.functions import Greatest


class Migration(migrations.Migration):
    """One index."""

    dependencies = (("clips", "0003_views_at_inspection"),)
    operations = (
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                Greatest("decided_at", "author_checked_at"),
                condition=models.Q(state__in=("approved", "done"), author_checked_at__isnull=False),
                name="clips_that_began_to_count",
            ),
        ),
    )
