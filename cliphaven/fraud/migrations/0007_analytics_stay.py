"""What a creator showed of a clip stays as it came: it is answered once."""

from django.db import migrations

GUARD = """
create function fraud_guard_analytics() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.answered_at is null and new.clip_id = old.clip_id and new.asked_at = old.asked_at then
        return new;
    end if;
    raise exception 'Analytics are kept as they came: % is refused', lower(tg_op) using errcode = 'FR001';
end
$$;
create trigger fraud_analytics_are_given_once before update or delete on fraud_analyticsrequest
    for each row execute function fraud_guard_analytics();
create trigger fraud_analytics_are_not_emptied before truncate on fraud_analyticsrequest
    for each statement execute function fraud_refuse_change();
"""
UNGUARD = """
drop trigger fraud_analytics_are_not_emptied on fraud_analyticsrequest;
drop trigger fraud_analytics_are_given_once on fraud_analyticsrequest;
drop function fraud_guard_analytics();
"""


class Migration(migrations.Migration):
    """Two triggers and a function."""

    dependencies = (("fraud", "0006_evidence_credits_and_analytics"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
