"""The processes no longer own the tables: they may write everywhere but in the books, which they write by asking."""

import logging
from pathlib import Path

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = (Path(__file__).parents[1] / "sql" / "roles.sql").read_text()


def say_if_there_is_no_role(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001  # Django's shape
    """One role that does all is allowed, but nobody shall have it without knowing."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("select to_regrole('cliphaven_app') is null")
        [is_missing] = cursor.fetchone()
    if is_missing:
        logging.getLogger(__name__).warning(
            "There is no role cliphaven_app and this one may not create it: the processes keep the rights of the tables'"
            " owner. To part them, let an administrator `create role cliphaven_app nologin`, then migrate `ledger 0001`"
            " and again."
        )


class Migration(migrations.Migration):
    """Grants. Taking them back grants nothing new, so going back changes nothing and going forth may be repeated."""

    dependencies = (("ledger", "0001_books"),)
    operations = (
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunPython(say_if_there_is_no_role, migrations.RunPython.noop),
    )
