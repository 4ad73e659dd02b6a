"""What two people must agree to is not left to the code alone: the database counts the releases, and keeps the acts."""

from django.db import migrations

GUARD = """
create function payouts_refuse_unreleased() returns trigger language plpgsql as $$
begin
    if (select count(distinct staff_id) from payouts_staffact where batch_id = new.id and act = 'released') < 2 then
        raise exception 'Batch % goes on after two people have released it, or is sent back', new.iso_week
            using errcode = 'PA001';
    end if;
    return new;
end
$$;
create trigger two_people_release before update on payouts_batch for each row
    when (old.state = 'awaiting_release' and new.state not in ('awaiting_release', 'sent_back'))
    execute function payouts_refuse_unreleased();

create function payouts_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Who did what on payday is kept: % is refused', lower(tg_op) using errcode = 'PA002';
end
$$;
create trigger acts_stay before update or delete on payouts_staffact
    for each row execute function payouts_refuse_change();
create trigger acts_are_not_emptied before truncate on payouts_staffact
    for each statement execute function payouts_refuse_change();
"""
UNGUARD = """
drop trigger acts_are_not_emptied on payouts_staffact;
drop trigger acts_stay on payouts_staffact;
drop function payouts_refuse_change();
drop trigger two_people_release on payouts_batch;
drop function payouts_refuse_unreleased();
"""


class Migration(migrations.Migration):
    """Three triggers and their functions."""

    dependencies = (("payouts", "0006_releases_and_pauses"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
