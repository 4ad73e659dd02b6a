"""Who did what about money in, and why, is a record: the database itself refuses to change, delete or empty it."""

from django.db import migrations

GUARD = """
create function campaigns_refuse_act_change() returns trigger language plpgsql as $$
begin
    raise exception 'What was done about money in stays as it was written down: % is refused', lower(tg_op)
        using errcode = 'CA003', hint = 'What was wrong is put right by another act.';
end
$$;
create trigger money_in_acts_stay before update or delete on campaigns_moneyinact
    for each row execute function campaigns_refuse_act_change();
create trigger money_in_acts_are_not_emptied before truncate on campaigns_moneyinact
    for each statement execute function campaigns_refuse_act_change();
"""
UNGUARD = """
drop trigger money_in_acts_are_not_emptied on campaigns_moneyinact;
drop trigger money_in_acts_stay on campaigns_moneyinact;
drop function campaigns_refuse_act_change();
"""


class Migration(migrations.Migration):
    """Two triggers and their function."""

    dependencies = (("campaigns", "0006_money_in_acts"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
