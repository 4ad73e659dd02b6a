"""A version of terms is what clips were promised: the database itself refuses to change, delete or empty one."""

from django.db import migrations

GUARD = """
create function campaigns_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Terms and their rates are kept as they were agreed: % is refused', lower(tg_op)
        using errcode = 'CA001', hint = 'Other terms are another version.';
end
$$;
create trigger terms_stay before update or delete on campaigns_terms
    for each row execute function campaigns_refuse_change();
create trigger terms_are_not_emptied before truncate on campaigns_terms
    for each statement execute function campaigns_refuse_change();
create trigger rates_stay before update or delete on campaigns_rate
    for each row execute function campaigns_refuse_change();
create trigger rates_are_not_emptied before truncate on campaigns_rate
    for each statement execute function campaigns_refuse_change();
"""
UNGUARD = """
drop trigger rates_are_not_emptied on campaigns_rate;
drop trigger rates_stay on campaigns_rate;
drop trigger terms_are_not_emptied on campaigns_terms;
drop trigger terms_stay on campaigns_terms;
drop function campaigns_refuse_change();
"""


class Migration(migrations.Migration):
    """Four triggers and their function."""

    dependencies = (("campaigns", "0001_first"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
