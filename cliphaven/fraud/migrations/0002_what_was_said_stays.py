"""What was judged, decided and told stays as it was written: the database refuses to change, delete or empty it."""

from django.db import migrations

KEPT = ("fraud_assessment", "fraud_caseevent", "fraud_policy", "fraud_peertable")
UNDELETED = ("fraud_riskcase", "fraud_appeal")

GUARD = """
create function fraud_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is kept as it was written: % is refused', tg_table_name, lower(tg_op) using errcode = 'FR001';
end
$$;

-- An appeal is answered once; what the creator said and sent stays as it came.
create function fraud_guard_appeal() returns trigger language plpgsql as $$
declare permitted fraud_appeal;
begin
    permitted := old;
    permitted.outcome := new.outcome;
    permitted.decided_by := new.decided_by;
    permitted.decided_at := new.decided_at;
    permitted.decision_note := new.decision_note;
    if old.outcome = '' and new.outcome <> '' and new is not distinct from permitted then
        return new;
    end if;
    raise exception 'Appeals are kept as they came: update is refused' using errcode = 'FR001';
end
$$;
create trigger fraud_appeals_stay before update on fraud_appeal
    for each row execute function fraud_guard_appeal();

-- A case goes one way, and is about the same clip for ever.
create function fraud_guard_case() returns trigger language plpgsql as $$
begin
    if new.clip_id = old.clip_id and new.opened_at = old.opened_at
       and (new.state = old.state or (old.state, new.state) in (
            ('open', 'released'), ('open', 'voiding'), ('open', 'voided'), ('open', 'expired'),
            ('voiding', 'voided'), ('voiding', 'released'))) then
        return new;
    end if;
    raise exception 'A case that is % does not become %', old.state, new.state using errcode = 'FR002';
end
$$;
create trigger fraud_cases_go_one_way before update on fraud_riskcase
    for each row execute function fraud_guard_case();
""" + "\n".join(
    [
        f"create trigger {table}_stays before update or delete on {table}"
        " for each row execute function fraud_refuse_change();"
        for table in KEPT
    ]
    + [
        f"create trigger {table}_is_not_deleted before delete on {table}"
        " for each row execute function fraud_refuse_change();"
        for table in UNDELETED
    ]
    + [
        f"create trigger {table}_is_not_emptied before truncate on {table}"
        " for each statement execute function fraud_refuse_change();"
        for table in (*KEPT, *UNDELETED)
    ]
)
UNGUARD = "\n".join(
    [f"drop trigger {table}_stays on {table};" for table in KEPT]
    + [f"drop trigger {table}_is_not_deleted on {table};" for table in UNDELETED]
    + [f"drop trigger {table}_is_not_emptied on {table};" for table in (*KEPT, *UNDELETED)]
    + [
        "drop trigger fraud_cases_go_one_way on fraud_riskcase;",
        "drop trigger fraud_appeals_stay on fraud_appeal;",
        "drop function fraud_guard_case();",
        "drop function fraud_guard_appeal();",
        "drop function fraud_refuse_change();",
    ]
)


class Migration(migrations.Migration):
    """Three functions and their triggers."""

    dependencies = (("fraud", "0001_first"),)
    operations = (migrations.RunSQL(GUARD, UNGUARD),)
