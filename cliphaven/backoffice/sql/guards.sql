-- ---- Ties stay; of a correction nothing changes but the one decision on it. The database sees to both.

create function backoffice_keep_ties() returns trigger language plpgsql as $$
begin
    raise exception 'What ties stays tied: % is refused', lower(tg_op) using errcode = 'BO001';
end
$$;
create trigger ties_stay before update or delete on backoffice_tie
    for each row execute function backoffice_keep_ties();
create trigger ties_are_not_emptied before truncate on backoffice_tie
    for each statement execute function backoffice_keep_ties();

create function backoffice_keep_corrections() returns trigger language plpgsql as $$
declare decided backoffice_correction;
begin
    if tg_op = 'UPDATE' and old.state = 'proposed' and new.state <> 'proposed' then
        -- Everything of the old row but the decision: a column that is added one day is guarded from its first moment on.
        decided := old;
        decided.state := new.state;
        decided.decided_by_id := new.decided_by_id;
        decided.decided_at := new.decided_at;
        decided.decision_reason := new.decision_reason;
        if new is not distinct from decided then
            return new;
        end if;
    end if;
    raise exception 'A correction stays as it was proposed, and is decided once: % is refused', lower(tg_op)
        using errcode = 'BO002';
end
$$;
create trigger corrections_stay before update or delete on backoffice_correction
    for each row execute function backoffice_keep_corrections();
create trigger corrections_are_not_emptied before truncate on backoffice_correction
    for each statement execute function backoffice_keep_corrections();

-- ---- Entries that need no movement of their own, balances that were told, and what a full proof asked. All of it
-- stays.

create trigger offsets_stay before update or delete on backoffice_offset
    for each row execute function backoffice_keep_ties();
create trigger offsets_are_not_emptied before truncate on backoffice_offset
    for each statement execute function backoffice_keep_ties();

create function backoffice_keep_told() returns trigger language plpgsql as $$
begin
    raise exception 'What was told stays told: % is refused', lower(tg_op) using errcode = 'BO003';
end
$$;
create trigger told_balances_stay before update or delete on backoffice_toldbalance
    for each row execute function backoffice_keep_told();
create trigger told_balances_are_not_emptied before truncate on backoffice_toldbalance
    for each statement execute function backoffice_keep_told();
