-- ---- What was done to endpoints, and what letters say, are records: the database itself refuses to change them.

create function deliveries_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'What was done to endpoints and what letters say stays as it was written: % is refused', lower(tg_op)
        using errcode = 'DE001';
end
$$;
create trigger endpoint_acts_stay before update or delete on deliveries_endpointact
    for each row execute function deliveries_refuse_change();
create trigger endpoint_acts_are_not_emptied before truncate on deliveries_endpointact
    for each statement execute function deliveries_refuse_change();
create trigger letters_stay before update on deliveries_event
    for each row execute function deliveries_refuse_change();
