-- The books. One row of ledger_leg holds a debit and a credit of the same amount, so it cannot be unbalanced; an entry is
-- one or more legs under one (kind, external_id). Checks run once per statement over all new rows (transition table).

create table ledger_account (
  id         bigint generated always as identity primary key,
  code       text not null,
  kind       text not null,
  class      text not null check (class in ('asset', 'liability', 'equity', 'income', 'expense')),
  owner_id   bigint,
  currency   char(3) not null,
  guarded    boolean not null,
  opened_at  timestamptz not null default clock_timestamp(),
  unique (code, currency)
);

-- The movements that chart.py declares. A kind that is not here cannot be recorded.
create table ledger_movement (
  entry_kind  smallint not null,
  debit_kind  text not null,
  credit_kind text not null,
  primary key (entry_kind, debit_kind, credit_kind)
);

create table ledger_leg (
  id             bigint generated always as identity primary key,
  debit_account  bigint not null,
  credit_account bigint not null,
  amount         bigint not null check (amount between 1 and 10000000000000),
  kind           smallint not null,
  leg            smallint not null,
  legs           smallint not null check (leg between 1 and legs),
  external_id    text not null check (length(external_id) between 1 and 255),
  cause          text not null check (cause <> ''),
  actor          text not null check (actor <> ''),
  reason         text not null,
  occurred_at    timestamptz not null,
  -- The writing transaction, for finality: rows below the oldest running one can never gain a sibling.
  xid            bigint not null default (pg_current_xact_id()::text::bigint),
  recorded_at    timestamptz not null default clock_timestamp(),
  check (debit_account <> credit_account),
  unique (kind, external_id, leg)
);
-- No foreign keys to ledger_account: they would lock the account's row on every insert. The check below does their work,
-- and accounts are never deleted.
create index ledger_leg_debit on ledger_leg (debit_account, xid) include (amount, occurred_at);
create index ledger_leg_credit on ledger_leg (credit_account, xid) include (amount, occurred_at);
create index ledger_leg_xid on ledger_leg using brin (xid) with (pages_per_range = 16);
-- Index-only sums need a fresh visibility map although nothing is ever updated here.
alter table ledger_leg set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000);

-- Derived and disposable: credits minus debits of all legs with xid < upto_xid.
create table ledger_checkpoint (
  account_id bigint not null,
  upto_xid   bigint not null,
  balance    bigint not null,
  legs       bigint not null,
  primary key (account_id, upto_xid)
);

-- The classical view: two postings per leg, amounts signed as credits minus debits.
create view ledger_posting as
  select id as leg_id, debit_account as account_id, 'debit' as side, -amount as signed_amount, amount, kind, external_id,
         cause, actor, reason, occurred_at, xid, recorded_at from ledger_leg
  union all
  select id, credit_account, 'credit', amount, amount, kind, external_id, cause, actor, reason, occurred_at, xid, recorded_at
    from ledger_leg;

create function ledger_forbid() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only: % on % is refused', tg_op, tg_table_name using errcode = 'LG001';
end $$;
create trigger leg_is_immutable before update or delete on ledger_leg for each row execute function ledger_forbid();
create trigger legs_stay before truncate on ledger_leg for each statement execute function ledger_forbid();
create trigger account_is_immutable before update or delete on ledger_account for each row execute function ledger_forbid();
create trigger accounts_stay before truncate on ledger_account for each statement execute function ledger_forbid();
create trigger movement_is_immutable before update or delete on ledger_movement for each row execute function ledger_forbid();
create trigger movements_stay before truncate on ledger_movement for each statement execute function ledger_forbid();

-- Credits minus debits of one account now: the last checkpoint and the tail after it. Volatile on purpose: under READ
-- COMMITTED each statement of a volatile function sees what was committed before it began.
create function ledger_tail(p_account bigint, out balance bigint, out horizon bigint, out final_balance bigint, out final_legs bigint)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare v_base bigint := 0; v_since bigint := 0;
begin
  select c.balance, c.upto_xid into v_base, v_since
    from ledger_checkpoint c where c.account_id = p_account order by c.upto_xid desc limit 1;
  if not found then v_base := 0; v_since := 0; end if;
  with edge as materialized (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin)
  select v_base + coalesce(sum(t.signed), 0), min(edge.xmin),
         v_base + coalesce(sum(t.signed) filter (where t.xid < edge.xmin), 0), count(t.signed) filter (where t.xid < edge.xmin)
    into balance, horizon, final_balance, final_legs
    from edge left join (
      select -amount as signed, xid from ledger_leg where debit_account = p_account and xid >= v_since
      union all
      select amount, xid from ledger_leg where credit_account = p_account and xid >= v_since) t on true;
end $$;

create function ledger_check() returns trigger language plpgsql as $$
declare v_me bigint := pg_current_xact_id()::text::bigint; v_account record; v_tail record; v_balance bigint;
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
              where m.entry_kind is null) then
    raise exception 'this movement of money is not declared' using errcode = 'LG003';
  end if;
  if exists (select 1 from fresh group by kind, external_id
              having count(*) <> max(legs) or min(legs) <> max(legs) or count(distinct leg) <> count(*)) then
    raise exception 'an entry must be recorded whole, all its legs in one statement' using errcode = 'LG004';
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
      insert into ledger_checkpoint values (v_account.id, v_tail.horizon, v_tail.final_balance, v_tail.final_legs)
        on conflict do nothing;
    end if;
  end loop;
  return null;
end $$;
create trigger legs_are_sound after insert on ledger_leg
  referencing new table as fresh for each statement execute function ledger_check();

-- Record many entries in one round trip. Legs come as parallel arrays; each account as code, kind, class, owner, currency.
-- Accounts are opened on first use. An entry that is already in the books is left as it is when its content is the same
-- and refused (LG007) when it differs. Answers how many legs were new.
create function ledger_record(
  p_kind smallint[], p_external text[], p_leg smallint[], p_legs smallint[], p_amount bigint[],
  p_debit integer[], p_credit integer[], p_occurred timestamptz[], p_cause text[], p_actor text[], p_reason text[],
  a_code text[], a_kind text[], a_class text[], a_owner bigint[], a_currency text[], a_guarded boolean[]
) returns bigint language plpgsql as $$
declare v_account bigint[]; v_new bigint;
begin
  v_account := ledger_accounts(a_code, a_kind, a_class, a_owner, a_currency, a_guarded);
  insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason, occurred_at)
  select v_account[w.debit], v_account[w.credit], w.amount, w.kind, w.leg, w.legs, w.external_id, w.cause, w.actor, w.reason, w.occurred
    from unnest(p_kind, p_external, p_leg, p_legs, p_amount, p_debit, p_credit, p_occurred, p_cause, p_actor, p_reason)
      as w(kind, external_id, leg, legs, amount, debit, credit, occurred, cause, actor, reason)
   where not exists (select 1 from ledger_leg l where l.kind = w.kind and l.external_id = w.external_id)
   order by w.kind, w.external_id, w.leg  -- one order for all, so that two equal calls do not deadlock on the unique key
  on conflict (kind, external_id, leg) do nothing;
  get diagnostics v_new = row_count;
  if v_new < cardinality(p_kind) and exists (
    select 1 from unnest(p_kind, p_external, p_leg, p_legs, p_amount, p_debit, p_credit)
        as w(kind, external_id, leg, legs, amount, debit, credit)
      left join ledger_leg l on l.kind = w.kind and l.external_id = w.external_id and l.leg = w.leg
     where (l.legs, l.amount, l.debit_account, l.credit_account)
           is distinct from (w.legs, w.amount, v_account[w.debit], v_account[w.credit])) then
    raise exception 'this entry is already in the books with other content' using errcode = 'LG007';
  end if;
  return v_new;
end $$;

-- The ids of accounts, in the order asked for; those that do not exist yet are opened.
create function ledger_accounts(
  a_code text[], a_kind text[], a_class text[], a_owner bigint[], a_currency text[], a_guarded boolean[]
) returns bigint[] language plpgsql as $$
declare v_account bigint[];
begin
  for attempt in 1..2 loop
    select array_agg(a.id order by w.position) into v_account
      from unnest(a_code, a_currency) with ordinality as w(code, currency, position)
      left join ledger_account a on a.code = w.code and a.currency = w.currency;
    exit when array_position(v_account, null) is null;
    insert into ledger_account (code, kind, class, owner_id, currency, guarded)
      select code, kind, class, owner, currency, guarded
        from unnest(a_code, a_kind, a_class, a_owner, a_currency, a_guarded)
          as w(code, kind, class, owner, currency, guarded)
       where not exists (select 1 from ledger_account a where a.code = w.code and a.currency = w.currency)
       order by code, currency
      on conflict do nothing;
  end loop;
  return v_account;
end $$;

insert into ledger_movement (entry_kind, debit_kind, credit_kind) values
  (1, 'stripe_balance', 'sponsor_wallet'),
  (2, 'platform_processing', 'stripe_balance'),
  (3, 'sponsor_wallet', 'campaign_budget'),
  (5, 'campaign_budget', 'creator_clearing'),
  (5, 'campaign_budget', 'platform_fees'),
  (6, 'creator_clearing', 'creator_payable'),
  (7, 'creator_payable', 'creator_reserved'),
  (8, 'creator_reserved', 'creator_payable'),
  (9, 'creator_reserved', 'creator_in_transit'),
  (9, 'stripe_connected', 'stripe_balance'),
  (10, 'creator_in_transit', 'stripe_connected'),
  (11, 'stripe_connected', 'creator_in_transit'),
  (12, 'campaign_budget', 'sponsor_wallet');
