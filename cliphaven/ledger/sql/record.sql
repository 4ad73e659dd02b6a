-- Record many entries in one round trip. Legs come as parallel arrays; each account as code, kind, class, owner, currency.
-- Accounts are opened on first use. An entry that is already in the books is left as it is when its content is the same
-- and refused (LG007) when it differs. Answers how many legs were new.
--
-- What an entry says is its legs, its cause, who acted and why. Its moment is not part of that: whoever asks again, after
-- an answer was lost, does so later, and the entry keeps the moment of the first time. An entry of a moment that is closed
-- is dated at the first open one.
create function ledger_record(
  p_kind smallint[], p_external text[], p_leg smallint[], p_legs smallint[], p_amount bigint[],
  p_debit integer[], p_credit integer[], p_occurred timestamptz[], p_cause text[], p_actor text[], p_reason text[],
  a_code text[], a_kind text[], a_class text[], a_owner bigint[], a_currency text[], a_guarded boolean[]
) returns bigint language plpgsql as $$
declare v_account bigint[]; v_new bigint; v_open timestamptz := ledger_first_open_moment();
begin
  v_account := ledger_accounts(a_code, a_kind, a_class, a_owner, a_currency, a_guarded);
  insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason, occurred_at)
  select v_account[w.debit], v_account[w.credit], w.amount, w.kind, w.leg, w.legs, w.external_id, w.cause, w.actor, w.reason, greatest(w.occurred, v_open)
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
