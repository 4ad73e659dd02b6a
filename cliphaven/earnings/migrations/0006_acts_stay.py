"""Who did what to the money of a clip, and why, is a record: the database refuses to change, delete or empty it."""

from django.db import migrations

GUARD = """
create trigger earning_acts_stay before update or delete on earnings_earningact
    for each row execute function earnings_refuse_change();
create trigger earning_acts_are_not_emptied before truncate on earnings_earningact
    for each statement execute function earnings_refuse_change();
"""
UNGUARD = """
drop trigger earning_acts_are_not_emptied on earnings_earningact;
drop trigger earning_acts_stay on earnings_earningact;
"""


class Migration(migrations.Migration):
    """Two triggers."""

    dependencies = (("earnings", "0005_acts_and_what_came_back"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
