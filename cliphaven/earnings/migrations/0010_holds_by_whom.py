"""The holds of a case are found among those of all others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index."""

    dependencies = (("earnings", "0009_figures_are_kept"),)
    operations = (
        migrations.AddIndex(model_name="hold", index=models.Index(fields=["placed_by"], name="holds_by_whom")),
    )
