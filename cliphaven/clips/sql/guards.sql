-- ---- What looks at profiles found is kept as evidence.

create function clips_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'What a look at a profile found is kept as it was: % is refused', lower(tg_op)
        using errcode = 'CA001';
end
$$;
create trigger channel_checks_stay before update or delete on clips_channelcheck
    for each row execute function clips_refuse_change();
create trigger channel_checks_are_not_emptied before truncate on clips_channelcheck
    for each statement execute function clips_refuse_change();
