"""What the database itself sees to; the SQL stands in a file of its own, to be read as SQL."""

from pathlib import Path

from django.db import migrations

GUARDS = (Path(__file__).parents[1] / "sql" / "guards.sql").read_text()


class Migration(migrations.Migration):
    """Triggers and their functions."""

    replaces = [("fraud", "0009_scores_of_cases")]
    dependencies = (("fraud", "0001_initial"),)
    operations = (migrations.RunSQL(GUARDS, migrations.RunSQL.noop),)
