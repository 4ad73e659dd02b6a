"""What was changed about how people come in is a record: the database itself refuses to change, delete or empty it."""

from django.db import migrations

GUARD = """
create function identity_refuse_event_change() returns trigger language plpgsql as $$
begin
    raise exception 'What was changed about how people come in stays as it was written down: % is refused', lower(tg_op)
        using errcode = 'CA004';
end
$$;
create trigger security_events_stay before update or delete on identity_securityevent
    for each row execute function identity_refuse_event_change();
create trigger security_events_are_not_emptied before truncate on identity_securityevent
    for each statement execute function identity_refuse_event_change();
"""
UNGUARD = """
drop trigger security_events_are_not_emptied on identity_securityevent;
drop trigger security_events_stay on identity_securityevent;
drop function identity_refuse_event_change();
"""


class Migration(migrations.Migration):
    """Two triggers and their function."""

    dependencies = (("identity", "0007_factors"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
