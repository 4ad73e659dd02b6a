-- What no statement gets past, whoever sends it. All new rows are looked at together, so that a thousand cost hardly more
-- than one; each question names the way to its answer, because a plan is kept for the session and has to suit both.
create or replace function ledger_check() returns trigger language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off as $$
declare v_me bigint := pg_current_xact_id()::text::bigint; v_open timestamptz := ledger_first_open_moment();
  v_debits bigint[]; v_credits bigint[]; v_is_forged boolean; v_first timestamptz; v_has_many boolean; v_has_reversal boolean;
  v_kind smallint; v_is_unsound boolean; v_is_undeclared boolean; v_is_mixed boolean; v_debit_loses boolean; v_credit_loses boolean;
begin
  select array_agg(i.debit_account), array_agg(i.credit_account), bool_or(i.xid <> v_me),
         min(i.occurred_at), bool_or(i.legs > 1), bool_or(i.kind = 27), min(i.kind)
    into v_debits, v_credits, v_is_forged, v_first, v_has_many, v_has_reversal, v_kind from fresh i;
  -- A single leg is asked by its keys: to prepare for many would take longer than the questions.
  if cardinality(v_debits) = 1 then
    select d.currency <> c.currency, d.guarded and d.class not in ('asset', 'expense'),
           c.guarded and c.class in ('asset', 'expense'), not v_has_reversal and not exists (
             select from ledger_movement m where m.entry_kind = v_kind and m.debit_kind = d.kind and m.credit_kind = c.kind)
      into v_is_unsound, v_debit_loses, v_credit_loses, v_is_undeclared
      from ledger_account d cross join ledger_account c where d.id = v_debits[1] and c.id = v_credits[1];
    v_is_unsound := v_is_unsound is not false;  -- unknown: there is no such account
  else
    select bool_or(d.id is null or c.id is null or d.currency <> c.currency), bool_or(m.entry_kind is null and i.kind <> 27),
           bool_or(d.guarded and d.class not in ('asset', 'expense')), bool_or(c.guarded and c.class in ('asset', 'expense')),
           min(d.currency collate "C") <> max(d.currency collate "C")
      into v_is_unsound, v_is_undeclared, v_debit_loses, v_credit_loses, v_is_mixed
      from fresh i
      left join ledger_account d on d.id = i.debit_account and d.id = any(v_debits)
      left join ledger_account c on c.id = i.credit_account and c.id = any(v_credits)
      left join ledger_movement m on m.entry_kind = i.kind and m.debit_kind = d.kind and m.credit_kind = c.kind;
  end if;
  if v_is_unsound or v_is_forged then
    raise exception 'unknown account, two currencies in one leg, or a forged stamp' using errcode = 'LG002';
  end if;
  if v_is_undeclared then
    raise exception 'this movement of money is not declared' using errcode = 'LG003';
  end if;
  -- Two legs of one number cannot be: the key is unique, and no number lies above `legs`.
  if v_has_many and exists (select 1 from fresh group by kind, external_id
                             having count(*) <> max(legs) or min(legs) <> max(legs)) then
    raise exception 'an entry must be recorded whole, all its legs in one statement' using errcode = 'LG004';
  end if;
  -- Nearly always all rows are of one currency, and there is nothing to ask.
  if v_has_many and v_is_mixed and exists (
    select 1 from fresh i join ledger_account d on d.id = i.debit_account and d.id = any(v_debits)
     group by i.kind, i.external_id having min(d.currency) <> max(d.currency)) then
    raise exception 'an entry is of one currency' using errcode = 'LG014';
  end if;
  if v_first < v_open then
    raise exception 'the books are closed through that moment' using errcode = 'LG009';
  end if;
  -- A reversal is the exact mirror of an entry that is no reversal, named `{kind}:{external id}`; once by the unique key.
  if v_has_reversal and exists (
    select 1 from fresh r where r.kind = 27 and (
      select (l.legs, l.amount, l.debit_account, l.credit_account) = (r.legs, r.amount, r.credit_account, r.debit_account)
        from ledger_leg l
       where l.kind = substring(r.external_id from '^([0-9]{1,4}):')::smallint
         and l.external_id = substring(r.external_id from '^[0-9]{1,4}:(.+)$') and l.leg = r.leg and l.kind <> 27
    ) is not true) then
    raise exception 'a reversal is the exact mirror of one entry that is no reversal' using errcode = 'LG010';
  end if;
  if v_debit_loses or v_credit_loses then
    perform ledger_keep_floors(case when v_debit_loses then v_debits end, case when v_credit_loses then v_credits end);
  end if;
  return null;
end $$;
create trigger legs_are_sound after insert on ledger_leg
  referencing new table as fresh for each statement execute function ledger_check();

-- Floors: no guarded account that just lost money is below zero. The locks are taken in one order, so that two statements
-- never wait for each other in a circle, and the balances are read by a statement of its own after them, so that it sees
-- every earlier holder's rows and our own. A lock stands for every 256th account of its kind: one transaction may touch any
-- number of accounts, while a server has room for a few thousand locks.
create function ledger_keep_floors(p_debits bigint[], p_credits bigint[]) returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off as $$
declare v_losers bigint[]; v_locks bigint[]; v_tail record;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'guarded accounts need READ COMMITTED' using errcode = 'LG005';
  end if;
  select array_agg(a.id), array_agg(distinct (hashtext(a.kind)::bigint & 16777215) << 8 | a.id & 255) into v_losers, v_locks
    from (select * from ledger_account where id = any(p_debits) and guarded and class not in ('asset', 'expense')
          union all
          select * from ledger_account where id = any(p_credits) and guarded and class in ('asset', 'expense')) a;
  perform pg_advisory_xact_lock(7201::bigint << 48 | l.key) from unnest(v_locks) as l(key);
  for v_tail in
    select t.*, a.code, a.currency, case when a.class in ('asset', 'expense') then -t.balance else t.balance end as normal
      from ledger_tails(v_losers) t join ledger_account a on a.id = t.account_id
     where t.final_legs >= 64 or case when a.class in ('asset', 'expense') then -t.balance else t.balance end < 0
     order by a.id
  loop
    if v_tail.normal < 0 then
      raise exception '% would be % % below zero', v_tail.code, -v_tail.normal, v_tail.currency using errcode = 'LG006';
    end if;
    insert into ledger_checkpoint (account_id, upto_xid, debits, credits)
      values (v_tail.account_id, v_tail.horizon, v_tail.final_debits, v_tail.final_credits) on conflict do nothing;
  end loop;
end $$;
