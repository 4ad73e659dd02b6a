"""The books, as PostgreSQL keeps and guards them."""

from pathlib import Path

from django.db import migrations

BOOKS = (Path(__file__).parents[1] / "sql" / "0001_books.sql").read_text()


class Migration(migrations.Migration):
    """Tables, checks and functions of the ledger; the SQL stands in its own file, to be read as SQL."""

    initial = True
    operations = (migrations.RunSQL(BOOKS, migrations.RunSQL.noop),)
