"""What people are owed and what there is, kept with each run of the invariants: the public page shows it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Runs from before say nothing of it."""

    dependencies = (("backoffice", "0002_guards"),)
    operations = (
        migrations.AddField(model_name="proofrun", name="solvency", field=models.JSONField(default=list)),
    )
