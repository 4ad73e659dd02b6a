"""What a sponsor was credited is a record: the database refuses to change, delete or empty it. A purge is settled once."""

from django.db import migrations

GUARD = """
create trigger credit_notes_stay before update or delete on earnings_creditnote
    for each row execute function earnings_refuse_change();
create trigger credit_notes_are_not_emptied before truncate on earnings_creditnote
    for each statement execute function earnings_refuse_change();
create trigger credited_entries_stay before update or delete on earnings_creditedentry
    for each row execute function earnings_refuse_change();
create trigger credited_entries_are_not_emptied before truncate on earnings_creditedentry
    for each statement execute function earnings_refuse_change();

create function earnings_guard_follow_up() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.settled_at is null and new.purge_id = old.purge_id and new.clip_id = old.clip_id then
        return new;
    end if;
    raise exception 'What became of a purge is kept: % is refused', lower(tg_op) using errcode = 'EA001';
end
$$;
create trigger purges_are_settled_once before update or delete on earnings_purgefollowup
    for each row execute function earnings_guard_follow_up();
create trigger follow_ups_are_not_emptied before truncate on earnings_purgefollowup
    for each statement execute function earnings_refuse_change();
"""
UNGUARD = """
drop trigger follow_ups_are_not_emptied on earnings_purgefollowup;
drop trigger purges_are_settled_once on earnings_purgefollowup;
drop function earnings_guard_follow_up();
drop trigger credited_entries_are_not_emptied on earnings_creditedentry;
drop trigger credited_entries_stay on earnings_creditedentry;
drop trigger credit_notes_are_not_emptied on earnings_creditnote;
drop trigger credit_notes_stay on earnings_creditnote;
"""


class Migration(migrations.Migration):
    """Six triggers and a function."""

    dependencies = (("earnings", "0007_credit_notes"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
