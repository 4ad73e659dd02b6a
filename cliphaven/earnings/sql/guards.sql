-- ---- What was earned stays as it was recorded: the database itself refuses to change, delete or empty accruals.

create function earnings_guard_accrual() returns trigger language plpgsql as $$
declare permitted earnings_accrual;
begin
    if tg_op = 'UPDATE' then
        -- Everything of the old row but the three columns that tell what became of the money: a column that is added
        -- one day is guarded from its first moment on.
        permitted := old;
        permitted.stage := new.stage;
        permitted.cleared_at := new.cleared_at;
        permitted.reserved_for := new.reserved_for;
        if new is not distinct from permitted
           and (old.stage, new.stage) in (('clearing', 'payable'), ('clearing', 'held'), ('clearing', 'reversed'),
                                          ('held', 'clearing'), ('held', 'payable'), ('held', 'reversed'),
                                          ('payable', 'held'), ('payable', 'reserved'), ('payable', 'reversed'),
                                          ('reserved', 'payable'))
           and (new.cleared_at is not distinct from old.cleared_at or (old.stage, new.stage) = ('clearing', 'payable'))
        then
            return new;
        end if;
    end if;
    raise exception 'Accruals are kept as they were recorded: % is refused', lower(tg_op)
        using errcode = 'EA001', hint = 'An accrual clears once; it may be held and released, set aside for a transfer'
            ' and given back, or reversed for good.';
end
$$;
create trigger accruals_stay before update or delete on earnings_accrual
    for each row execute function earnings_guard_accrual();
create trigger accruals_are_not_emptied before truncate on earnings_accrual
    for each statement execute function earnings_guard_accrual();

-- ---- What was earned, held, taken and reversed stays as it was recorded, and moves only along its stages.

create function earnings_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is kept as it was recorded: % is refused', tg_table_name, lower(tg_op) using errcode = 'EA001';
end
$$;
create trigger holds_are_not_deleted before delete on earnings_hold
    for each row execute function earnings_refuse_change();
create trigger holds_are_not_emptied before truncate on earnings_hold
    for each statement execute function earnings_refuse_change();
create trigger extensions_stay before update or delete on earnings_holdextension
    for each row execute function earnings_refuse_change();
create trigger extensions_are_not_emptied before truncate on earnings_holdextension
    for each statement execute function earnings_refuse_change();
create trigger reversals_stay before update or delete on earnings_earningreversal
    for each row execute function earnings_refuse_change();
create trigger reversals_are_not_emptied before truncate on earnings_earningreversal
    for each statement execute function earnings_refuse_change();
create trigger recoveries_stay before update or delete on earnings_recovery
    for each row execute function earnings_refuse_change();
create trigger recoveries_are_not_emptied before truncate on earnings_recovery
    for each statement execute function earnings_refuse_change();
create trigger deductions_stay before update or delete on earnings_deduction
    for each row execute function earnings_refuse_change();
create trigger deductions_are_not_emptied before truncate on earnings_deduction
    for each statement execute function earnings_refuse_change();

create function earnings_guard_hold() returns trigger language plpgsql as $$
declare permitted earnings_hold;
begin
    permitted := old;
    if new.ended_at is not null then
        permitted.ended_at := new.ended_at;
        permitted.outcome := new.outcome;
        permitted.ended_by := new.ended_by;
    elsif new.releases_at > old.releases_at then
        permitted.releases_at := new.releases_at;
    end if;
    if old.ended_at is null and new is not distinct from permitted then
        return new;
    end if;
    raise exception 'Holds are kept as they were recorded: update is refused'
        using errcode = 'EA001', hint = 'An open hold may be extended, and it ends once.';
end
$$;
create trigger holds_stay before update on earnings_hold for each row execute function earnings_guard_hold();

-- Nobody takes more of an accrual than there is, nor from another place than where it is: also two at once.
create function earnings_check_deduction() returns trigger language plpgsql as $$
declare v_stage text; v_left bigint;
begin
    select stage, gross_minor - fee_minor into v_stage, v_left from earnings_accrual
     where id = new.accrual_id for no key update;
    select v_left - coalesce(sum(amount_minor), 0) into v_left from earnings_deduction
     where accrual_id = new.accrual_id;
    if v_stage is distinct from new.taken_from or new.amount_minor > v_left then
        raise exception 'accrual % is % and has % left: % cannot be taken from %',
            new.accrual_id, v_stage, v_left, new.amount_minor, new.taken_from using errcode = 'EA002';
    end if;
    return new;
end
$$;
create trigger deductions_are_covered before insert on earnings_deduction
    for each row execute function earnings_check_deduction();

-- ---- Who did what to the money of a clip, and why, is a record: the database refuses to change, delete or empty it.

create trigger earning_acts_stay before update or delete on earnings_earningact
    for each row execute function earnings_refuse_change();
create trigger earning_acts_are_not_emptied before truncate on earnings_earningact
    for each statement execute function earnings_refuse_change();

-- ---- What a sponsor was credited is a record: the database refuses to change, delete or empty it. A purge is
-- settled once.

create trigger credit_notes_stay before update or delete on earnings_creditnote
    for each row execute function earnings_refuse_change();
create trigger credit_notes_are_not_emptied before truncate on earnings_creditnote
    for each statement execute function earnings_refuse_change();
create trigger credited_entries_stay before update or delete on earnings_creditedentry
    for each row execute function earnings_refuse_change();
create trigger credited_entries_are_not_emptied before truncate on earnings_creditedentry
    for each statement execute function earnings_refuse_change();

create function earnings_guard_follow_up() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.settled_at is null and new.purge_id = old.purge_id and new.clip_id = old.clip_id then
        return new;
    end if;
    raise exception 'What became of a purge is kept: % is refused', lower(tg_op) using errcode = 'EA001';
end
$$;
create trigger purges_are_settled_once before update or delete on earnings_purgefollowup
    for each row execute function earnings_guard_follow_up();
create trigger follow_ups_are_not_emptied before truncate on earnings_purgefollowup
    for each statement execute function earnings_refuse_change();
