"""Ties stay; of a correction nothing changes but the one decision on it. The database sees to both."""

from django.db import migrations

GUARD = """
create function backoffice_keep_ties() returns trigger language plpgsql as $$
begin
    raise exception 'What ties stays tied: % is refused', lower(tg_op) using errcode = 'BO001';
end
$$;
create trigger ties_stay before update or delete on backoffice_tie
    for each row execute function backoffice_keep_ties();
create trigger ties_are_not_emptied before truncate on backoffice_tie
    for each statement execute function backoffice_keep_ties();

create function backoffice_keep_corrections() returns trigger language plpgsql as $$
declare decided backoffice_correction;
begin
    if tg_op = 'UPDATE' and old.state = 'proposed' and new.state <> 'proposed' then
        -- Everything of the old row but the decision: a column that is added one day is guarded from its first moment on.
        decided := old;
        decided.state := new.state;
        decided.decided_by_id := new.decided_by_id;
        decided.decided_at := new.decided_at;
        decided.decision_reason := new.decision_reason;
        if new is not distinct from decided then
            return new;
        end if;
    end if;
    raise exception 'A correction stays as it was proposed, and is decided once: % is refused', lower(tg_op)
        using errcode = 'BO002';
end
$$;
create trigger corrections_stay before update or delete on backoffice_correction
    for each row execute function backoffice_keep_corrections();
create trigger corrections_are_not_emptied before truncate on backoffice_correction
    for each statement execute function backoffice_keep_corrections();
"""
UNGUARD = """
drop trigger corrections_are_not_emptied on backoffice_correction;
drop trigger corrections_stay on backoffice_correction;
drop function backoffice_keep_corrections();
drop trigger ties_are_not_emptied on backoffice_tie;
drop trigger ties_stay on backoffice_tie;
drop function backoffice_keep_ties();
"""


class Migration(migrations.Migration):
    """Four triggers and their functions."""

    dependencies = (("backoffice", "0001_first"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
