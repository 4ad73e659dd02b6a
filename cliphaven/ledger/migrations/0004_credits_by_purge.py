"""Views that a platform took back are credited by their purge, too: the kind's entries may be named so."""

from django.db import migrations

# In a new database it is so already. The table refuses changes, and a migration is how it is changed.
RENAMED = r"""
alter table ledger_entry_kind disable trigger entry_kind_is_immutable;
update ledger_entry_kind set external_pattern = 'correction:\d+|purge:\d+'
 where kind = 24 and external_pattern <> 'correction:\d+|purge:\d+';
alter table ledger_entry_kind enable trigger entry_kind_is_immutable;
"""


class Migration(migrations.Migration):
    """One pattern, wider than before: what was named by it stays right."""

    dependencies = (("ledger", "0003_one_currency"),)
    operations = (migrations.RunSQL(RENAMED, migrations.RunSQL.noop),)
