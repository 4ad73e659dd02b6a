"""Only accounts that the chart declares are opened, as it declares them."""

from pathlib import Path

from django.db import migrations

KINDS = (Path(__file__).parents[1] / "sql" / "0003_account_kinds.sql").read_text()


class Migration(migrations.Migration):
    """A table, its guard, and the check of new accounts."""

    dependencies = (("ledger", "0002_same_content_and_restores"),)
    operations = (migrations.RunSQL(KINDS),)
