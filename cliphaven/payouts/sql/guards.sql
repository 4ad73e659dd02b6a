-- ---- What two people must agree to is not left to the code alone: the database counts the releases, and keeps the
-- acts.

create function payouts_refuse_unreleased() returns trigger language plpgsql as $$
begin
    if (select count(distinct staff_id) from payouts_staffact where batch_id = new.id and act = 'released') < 2 then
        raise exception 'Batch % goes on after two people have released it, or is sent back', new.iso_week
            using errcode = 'PA001';
    end if;
    return new;
end
$$;
create trigger two_people_release before update on payouts_batch for each row
    when (old.state = 'awaiting_release' and new.state not in ('awaiting_release', 'sent_back'))
    execute function payouts_refuse_unreleased();

create function payouts_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Who did what on payday is kept: % is refused', lower(tg_op) using errcode = 'PA002';
end
$$;
create trigger acts_stay before update or delete on payouts_staffact
    for each row execute function payouts_refuse_change();
create trigger acts_are_not_emptied before truncate on payouts_staffact
    for each statement execute function payouts_refuse_change();

-- ---- What Stripe says moved on its balances, kept as it was said: no change, no deletion, no emptying.

create function payouts_keep_balance_transactions() returns trigger language plpgsql as $$
begin
    raise exception 'What Stripe said moved is kept as it was said: % is refused', lower(tg_op) using errcode = 'PA003';
end
$$;
create trigger balance_transactions_stay before update or delete on payouts_balancetransaction
    for each row execute function payouts_keep_balance_transactions();
create trigger balance_transactions_are_not_emptied before truncate on payouts_balancetransaction
    for each statement execute function payouts_keep_balance_transactions();

-- ---- Every step that a transfer, a payout or a reversal walks is written down by the database, so that nobody can
-- say later that it did not.

create function payouts_keep_steps() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        new.steps := new.state;
    elsif new.state <> old.state then
        new.steps := coalesce(nullif(old.steps, ''), old.state) || ' ' || new.state;
    else
        new.steps := old.steps;
    end if;
    return new;
end
$$;
create trigger steps_are_kept before insert or update on payouts_transfer for each row execute function payouts_keep_steps();
create trigger steps_are_kept before insert or update on payouts_bankpayout for each row execute function payouts_keep_steps();
create trigger steps_are_kept before insert or update on payouts_transferreversal for each row execute function payouts_keep_steps();
