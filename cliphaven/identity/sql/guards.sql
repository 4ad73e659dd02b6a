-- ---- What was changed about how people come in is a record: the database itself refuses to change, delete or empty
-- it.

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

-- ---- What the staff did to somebody, and why, is a record.

create function identity_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is kept as it was written: % is refused', tg_table_name, lower(tg_op);
end
$$;
create trigger identity_personacts_stay before update or delete on identity_personact
    for each row execute function identity_refuse_change();
create trigger identity_personacts_are_not_emptied before truncate on identity_personact
    for each statement execute function identity_refuse_change();

-- ---- Counts of who asks how often are not logged: a crash may forget them.

alter table identity_ratewindow set unlogged;
