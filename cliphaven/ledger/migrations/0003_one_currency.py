"""An entry is of one currency, and a close goes no further than a week: functions from before are replaced."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parents[1] / "sql"
# In a new database they are already what they become here.
FUNCTIONS = (
    ("closing", "ledger_closable_through"),
    ("closing", "ledger_check_close"),
    ("checks", "ledger_check"),
)


def definition(topic: str, name: str) -> str:
    """The statement in a topic's file that makes a function."""
    text = (SQL / f"{topic}.sql").read_text()
    begin = text.index(f"create or replace function {name}(")
    return text[begin : text.index("$$;", begin) + len("$$;")]


class Migration(migrations.Migration):
    """Three functions, none of which acts with the owner's rights by itself."""

    dependencies = (("ledger", "0002_roles"),)
    operations = tuple(
        migrations.RunSQL(definition(topic, name), migrations.RunSQL.noop) for topic, name in FUNCTIONS
    )
