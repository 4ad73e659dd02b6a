-- Derived and disposable: an account's debits and credits of all legs with xid < upto_xid.
create table ledger_checkpoint (
  account_id bigint not null,
  upto_xid   bigint not null,
  debits     bigint not null,
  credits    bigint not null,
  primary key (account_id, upto_xid)
);
-- A logical dump keeps the transaction ids of the legs, while those of the server that it is loaded into begin lower. A
-- checkpoint from there lies ahead of every new leg and would hide it. So none is believed that lies ahead of this
-- server's own count, and the first record removes them all before the count can catch up with them: they are derived.
-- Of an expression, so that nothing but that question walks along this index: looking for one account's last checkpoint
-- in it would go through those of all others.
create index ledger_checkpoint_upto on ledger_checkpoint ((upto_xid + 0));

-- Up to here every account with a leg has a checkpoint with no leg between it and this position. At most one row.
create table ledger_checkpoint_run (upto_xid bigint primary key);

-- Accounts now: each one's last checkpoint and the tail after it; `balance` is credits minus debits. Volatile on purpose:
-- under READ COMMITTED each statement of a volatile function sees what was committed before it began.
create function ledger_tails(p_accounts bigint[]) returns table (
  account_id bigint, balance bigint, horizon bigint, final_debits bigint, final_credits bigint, final_legs bigint
) language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query
    with edge as materialized (
      select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xmax)
    select w.id, (coalesce(k.credits, 0) + coalesce(c.total, 0) - coalesce(k.debits, 0) - coalesce(d.total, 0))::bigint, e.xmin,
           (coalesce(k.debits, 0) + coalesce(d.final, 0))::bigint, (coalesce(k.credits, 0) + coalesce(c.final, 0))::bigint,
           d.legs + c.legs
      from edge e cross join unnest(p_accounts) as w(id)
      left join lateral (select p.debits, p.credits, p.upto_xid from ledger_checkpoint p
                          where p.account_id = w.id and p.upto_xid <= e.xmax order by p.upto_xid desc limit 1) k on true
     cross join lateral (
       select sum(amount) as total, sum(amount) filter (where xid < e.xmin) as final, count(*) filter (where xid < e.xmin) as legs
         from ledger_leg where debit_account = w.id and xid >= coalesce(k.upto_xid, 0)) d
     cross join lateral (
       select sum(amount) as total, sum(amount) filter (where xid < e.xmin) as final, count(*) filter (where xid < e.xmin) as legs
         from ledger_leg where credit_account = w.id and xid >= coalesce(k.upto_xid, 0)) c;
end $$;

-- Checkpoints for every account with legs since the last run; those that nothing needs any more go. Answers how many were
-- written. The guard writes its own in between, which are as true.
create function ledger_write_checkpoints() returns bigint language plpgsql set work_mem = '128MB' as $$
declare v_upto bigint; v_since bigint; v_new bigint;
begin
  perform pg_advisory_xact_lock(7204::bigint << 48);  -- one at a time
  v_upto := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  select max(upto_xid) into v_since from ledger_checkpoint_run;
  execute format($sql$
    insert into ledger_checkpoint (account_id, upto_xid, debits, credits)
    select t.account_id, %2$s, coalesce(c.debits, 0) + t.debits, coalesce(c.credits, 0) + t.credits
      from (select account_id, sum(debit) as debits, sum(credit) as credits from (
              select debit_account as account_id, sum(amount) as debit, 0 as credit from ledger_leg
               where xid >= %1$s and xid < %2$s group by 1
              union all
              select credit_account, 0, sum(amount) from ledger_leg where xid >= %1$s and xid < %2$s group by 1) p
             group by account_id) t
      left join lateral (select c.debits, c.credits from ledger_checkpoint c
                          where c.account_id = t.account_id and c.upto_xid <= %1$s
                          order by c.upto_xid desc limit 1) c on true
    on conflict do nothing $sql$, coalesce(v_since, 0), v_upto);
  get diagnostics v_new = row_count;
  insert into ledger_checkpoint_run values (v_upto) on conflict do nothing;
  delete from ledger_checkpoint_run where upto_xid <> v_upto;
  delete from ledger_checkpoint c where c.upto_xid < v_upto
     and exists (select from ledger_checkpoint later
                  where later.account_id = c.account_id and later.upto_xid > c.upto_xid and later.upto_xid <= v_upto);
  return v_new;
end $$;

create function ledger_forget_foreign_positions() returns trigger language plpgsql as $$
declare v_xmax bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
begin
  -- Asked first, because nearly always there is none: the index answers without a row being locked.
  if exists (select from ledger_checkpoint where upto_xid + 0 > v_xmax) then
    delete from ledger_checkpoint where upto_xid + 0 > v_xmax;
    delete from ledger_checkpoint_run where upto_xid > v_xmax;
  end if;
  if exists (select from ledger_bucket_run where open_xid > v_xmax) then
    update ledger_bucket_run set open_xid = 0 where open_xid > v_xmax;
  end if;
  return null;
end $$;
create trigger foreign_positions_go before insert on ledger_leg
  for each statement execute function ledger_forget_foreign_positions();
