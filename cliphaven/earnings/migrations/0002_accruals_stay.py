"""What was earned stays as it was recorded: the database itself refuses to change, delete or empty accruals."""

from django.db import migrations

GUARD = """
create function earnings_guard_accrual() returns trigger language plpgsql as $$
declare permitted earnings_accrual;
begin
    if tg_op = 'UPDATE' then
        -- Everything of the old row but the two columns that tell what became of the money: a column that is added
        -- one day is guarded from its first moment on.
        permitted := old;
        permitted.cleared_at := new.cleared_at;
        permitted.reserved_for := new.reserved_for;
        if new is not distinct from permitted
           and (old.cleared_at is null or new.cleared_at is not distinct from old.cleared_at)
           and (old.reserved_for is null or new.reserved_for is null or new.reserved_for = old.reserved_for) then
            return new;
        end if;
    end if;
    raise exception 'Accruals are kept as they were recorded: % is refused', lower(tg_op)
        using errcode = 'EA001', hint = 'An accrual clears once; it is set aside for a transfer or given back.';
end
$$;
create trigger accruals_stay before update or delete on earnings_accrual
    for each row execute function earnings_guard_accrual();
create trigger accruals_are_not_emptied before truncate on earnings_accrual
    for each statement execute function earnings_guard_accrual();
"""
UNGUARD = """
drop trigger accruals_are_not_emptied on earnings_accrual;
drop trigger accruals_stay on earnings_accrual;
drop function earnings_guard_accrual();
"""


class Migration(migrations.Migration):
    """Two triggers and their function."""

    dependencies = (("earnings", "0001_first"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
