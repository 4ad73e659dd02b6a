"""The same entry told differently is refused, and a checkpoint from another server is not believed."""

from pathlib import Path

from django.db import migrations

CHANGES = (Path(__file__).parents[1] / "sql" / "0002_same_content_and_restores.sql").read_text()


class Migration(migrations.Migration):
    """Functions anew, an index and a trigger."""

    dependencies = (("ledger", "0001_books"),)
    operations = (migrations.RunSQL(CHANGES),)
