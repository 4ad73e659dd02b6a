-- Two doors that stood open: the same entry told differently, and books that were carried to another server.

-- A logical dump keeps the transaction ids of the legs, while those of the server that it is loaded into begin lower. A
-- checkpoint from there lies ahead of every new leg and would hide it. So none is believed that lies ahead of this
-- server's own count, and the first record removes them all before the count can catch up with them: they are derived.
create index ledger_checkpoint_upto on ledger_checkpoint (upto_xid);

create or replace function ledger_tail(p_account bigint, out balance bigint, out horizon bigint, out final_balance bigint, out final_legs bigint)
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

-- What an entry says is its legs, its cause, who acted and why. Its moment is not part of that: whoever asks again, after
-- an answer was lost, does so later, and the entry keeps the moment of the first time.
create or replace function ledger_record(
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
    select 1 from unnest(p_kind, p_external, p_leg, p_legs, p_amount, p_debit, p_credit, p_cause, p_actor, p_reason)
        as w(kind, external_id, leg, legs, amount, debit, credit, cause, actor, reason)
      left join ledger_leg l on l.kind = w.kind and l.external_id = w.external_id and l.leg = w.leg
     where (l.legs, l.amount, l.debit_account, l.credit_account, l.cause, l.actor, l.reason)
           is distinct from (w.legs, w.amount, v_account[w.debit], v_account[w.credit], w.cause, w.actor, w.reason)) then
    raise exception 'this entry is already in the books with other content' using errcode = 'LG007';
  end if;
  return v_new;
end $$;
