create function ledger_check() returns trigger language plpgsql as $$
declare v_me bigint := pg_current_xact_id()::text::bigint; v_account record; v_tail record; v_balance bigint;
  v_open timestamptz := ledger_first_open_moment();
begin
  if exists (select 1 from fresh i
               left join ledger_account d on d.id = i.debit_account
               left join ledger_account c on c.id = i.credit_account
              where d.id is null or c.id is null or d.currency <> c.currency or i.xid <> v_me) then
    raise exception 'unknown account, two currencies in one leg, or a forged stamp' using errcode = 'LG002';
  end if;
  if exists (select 1 from fresh i
               join ledger_account d on d.id = i.debit_account
               join ledger_account c on c.id = i.credit_account
               left join ledger_movement m
                 on m.entry_kind = i.kind and m.debit_kind = d.kind and m.credit_kind = c.kind
              where m.entry_kind is null and i.kind <> 27) then
    raise exception 'this movement of money is not declared' using errcode = 'LG003';
  end if;
  if exists (select 1 from fresh group by kind, external_id
              having count(*) <> max(legs) or min(legs) <> max(legs) or count(distinct leg) <> count(*)) then
    raise exception 'an entry must be recorded whole, all its legs in one statement' using errcode = 'LG004';
  end if;
  if exists (select 1 from fresh where occurred_at < v_open) then
    raise exception 'the books are closed through that moment' using errcode = 'LG009';
  end if;
  -- A reversal is the exact mirror of an entry that is no reversal, named `{kind}:{external id}`; once by the unique key.
  if exists (select 1 from fresh r
               left join ledger_leg l
                 on l.kind = substring(r.external_id from '^([0-9]{1,4}):')::smallint
                and l.external_id = substring(r.external_id from '^[0-9]{1,4}:(.+)$') and l.leg = r.leg and l.kind <> 27
              where r.kind = 27 and (l.legs, l.amount, l.debit_account, l.credit_account)
                    is distinct from (r.legs, r.amount, r.credit_account, r.debit_account)) then
    raise exception 'a reversal is the exact mirror of one entry that is no reversal' using errcode = 'LG010';
  end if;
  -- Floors. Ascending ids, so that two statements never wait for each other in a circle; the balance is read in a
  -- statement of its own after the lock, so that it sees every earlier holder of the lock and our own rows.
  for v_account in
    select a.id, a.code, a.currency, a.class in ('asset', 'expense') as debit_normal from ledger_account a
     where a.guarded and (
           (a.class in ('asset', 'expense') and a.id in (select credit_account from fresh))
        or (a.class not in ('asset', 'expense') and a.id in (select debit_account from fresh)))
     order by a.id
  loop
    if current_setting('transaction_isolation') <> 'read committed' then
      raise exception 'guarded accounts need READ COMMITTED' using errcode = 'LG005';
    end if;
    perform pg_advisory_xact_lock((7201::bigint << 48) | v_account.id);
    select * into v_tail from ledger_tail(v_account.id);
    v_balance := case when v_account.debit_normal then -v_tail.balance else v_tail.balance end;
    if v_balance < 0 then
      raise exception '% would be % % below zero', v_account.code, -v_balance, v_account.currency using errcode = 'LG006';
    end if;
    if v_tail.final_legs >= 64 then
      insert into ledger_checkpoint (account_id, upto_xid, debits, credits)
        values (v_account.id, v_tail.horizon, v_tail.final_debits, v_tail.final_credits) on conflict do nothing;
    end if;
  end loop;
  return null;
end $$;
create trigger legs_are_sound after insert on ledger_leg
  referencing new table as fresh for each statement execute function ledger_check();
