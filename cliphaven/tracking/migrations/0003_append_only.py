"""Observations are kept for ever: the database itself refuses to change, delete or empty them."""

from django.db import migrations

GUARD = """
create function tracking_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Observations are kept as they were made: % is refused', lower(tg_op)
        using errcode = 'TR001', hint = 'What turned out wrong is answered by a later observation.';
end
$$;
create trigger observations_stay before update or delete on tracking_observation
    for each row execute function tracking_refuse_change();
create trigger observations_are_not_emptied before truncate on tracking_observation
    for each statement execute function tracking_refuse_change();
"""
UNGUARD = """
drop trigger observations_are_not_emptied on tracking_observation;
drop trigger observations_stay on tracking_observation;
drop function tracking_refuse_change();
"""


class Migration(migrations.Migration):
    """Two triggers and their function."""

    dependencies = (("tracking", "0002_believed_counts_and_chain"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
