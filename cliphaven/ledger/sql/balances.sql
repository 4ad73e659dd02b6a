-- Derived and disposable: credits minus debits of all legs with xid < upto_xid.
create table ledger_checkpoint (
  account_id bigint not null,
  upto_xid   bigint not null,
  balance    bigint not null,
  legs       bigint not null,
  primary key (account_id, upto_xid)
);
-- A logical dump keeps the transaction ids of the legs, while those of the server that it is loaded into begin lower. A
-- checkpoint from there lies ahead of every new leg and would hide it. So none is believed that lies ahead of this
-- server's own count, and the first record removes them all before the count can catch up with them: they are derived.
create index ledger_checkpoint_upto on ledger_checkpoint (upto_xid);

-- Credits minus debits of one account now: the last checkpoint and the tail after it. Volatile on purpose: under READ
-- COMMITTED each statement of a volatile function sees what was committed before it began.
create function ledger_tail(p_account bigint, out balance bigint, out horizon bigint, out final_balance bigint, out final_legs bigint)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare v_base bigint := 0; v_since bigint := 0;
begin
  select c.balance, c.upto_xid into v_base, v_since from ledger_checkpoint c
   where c.account_id = p_account and c.upto_xid <= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
   order by c.upto_xid desc limit 1;
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

create function ledger_forget_foreign_checkpoints() returns trigger language plpgsql as $$
begin
  -- Asked first, because nearly always there is none: the index answers without a row being locked.
  if exists (select from ledger_checkpoint where upto_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint) then
    delete from ledger_checkpoint where upto_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  end if;
  return null;
end $$;
create trigger foreign_checkpoints_go before insert on ledger_leg
  for each statement execute function ledger_forget_foreign_checkpoints();
