-- ---- What happened to a file is a record: the database itself refuses to change, delete or empty it.

create function files_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'What happened to a file stays as it was written down: % is refused', lower(tg_op);
end
$$;
create trigger file_events_stay before update or delete on files_fileevent
    for each row execute function files_refuse_change();
create trigger file_events_are_not_emptied before truncate on files_fileevent
    for each statement execute function files_refuse_change();
