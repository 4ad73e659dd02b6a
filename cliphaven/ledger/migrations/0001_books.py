"""The books, as PostgreSQL keeps and guards them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"
# In this order: each stands on those before it.
TOPICS = ("tables", "chart", "closing", "balances", "moments", "statements", "checks", "record", "seals")


class Migration(migrations.Migration):
    """Tables, checks and functions of the ledger; the SQL stands in files of its own, to be read as SQL."""

    initial = True
    operations = tuple(
        migrations.RunSQL((SQL / f"{topic}.sql").read_text(), migrations.RunSQL.noop) for topic in TOPICS
    )
