-- Record many entries in one round trip. Legs come as parallel arrays, each account as its number in the list of accounts
-- at the end; an array of one element stands for the same in every leg. Accounts are opened on first use. An entry that is
-- already in the books is left as it is when its content is the same and refused (LG007) when it differs. Answers how many
-- legs were new.
--
-- What an entry says is its legs, its cause, who acted and why. Its moment is not part of that: whoever asks again, after
-- an answer was lost, does so later, and the entry keeps the moment of the first time. An entry of a moment that is closed
-- is dated at the first open one.
create function ledger_record(
  p_kind smallint[], p_external text[], p_leg smallint[], p_legs smallint[], p_amount bigint[],
  p_debit integer[], p_credit integer[], p_occurred timestamptz[], p_cause text[], p_actor text[], p_reason text[],
  a_kind text[], a_currency text[], a_size integer[], a_owner bigint[]
) returns bigint language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare v_kind smallint; v_leg smallint; v_legs smallint; v_occurred timestamptz; v_cause text; v_actor text; v_reason text;
  v_all constant integer[] := array[cardinality(p_external)]; v_open constant timestamptz := ledger_first_open_moment();
  v_account bigint[]; v_new bigint;
begin
  v_account := ledger_accounts(a_kind, a_currency, a_size, a_owner);

  -- Pages and letters record a leg at a time, which needs neither arrays nor an order against deadlocks. One that is there
  -- already is compared further down.
  if v_all[1] = 1 then
    insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason, occurred_at)
    values (v_account[p_debit[1]], v_account[p_credit[1]], p_amount[1], p_kind[1], p_leg[1], p_legs[1], p_external[1],
            p_cause[1], p_actor[1], p_reason[1], greatest(p_occurred[1], v_open))
    on conflict (kind, external_id, leg) do nothing;
    if found then
      return 1;
    end if;
  end if;

  if cardinality(p_kind) = 1 then v_kind := p_kind[1]; end if;
  if cardinality(p_leg) = 1 then v_leg := p_leg[1]; end if;
  if cardinality(p_legs) = 1 then v_legs := p_legs[1]; end if;
  if cardinality(p_occurred) = 1 then v_occurred := p_occurred[1]; end if;
  if cardinality(p_cause) = 1 then v_cause := p_cause[1]; end if;
  if cardinality(p_actor) = 1 then v_actor := p_actor[1]; end if;
  if cardinality(p_reason) = 1 then v_reason := p_reason[1]; end if;

  -- Nearly always everything is new: only where it is not, legs are looked up one by one. For a few legs a look costs less
  -- than the subtransaction that catching an exception takes.
  if v_all[1] > 8 then
    begin
      insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason, occurred_at)
      select v_account[w.debit], v_account[w.credit], w.amount, coalesce(v_kind, w.kind), coalesce(v_leg, w.leg),
             coalesce(v_legs, w.legs), w.external_id, coalesce(v_cause, w.cause), coalesce(v_actor, w.actor),
             coalesce(v_reason, w.reason), greatest(coalesce(v_occurred, w.occurred), v_open)
        from unnest(p_kind, p_external, p_leg, p_legs, p_amount, p_debit, p_credit, p_occurred, p_cause, p_actor, p_reason)
          as w(kind, external_id, leg, legs, amount, debit, credit, occurred, cause, actor, reason)
       order by coalesce(v_kind, w.kind), w.external_id collate "C", coalesce(v_leg, w.leg);  -- one order, against deadlocks
      return v_all[1];
    exception when unique_violation then
      null;  -- also when another call was faster, which the insert waited for
    end;
  end if;

  if v_kind is not null then p_kind := array_fill(v_kind, v_all); end if;
  if v_leg is not null then p_leg := array_fill(v_leg, v_all); end if;
  if v_legs is not null then p_legs := array_fill(v_legs, v_all); end if;
  if v_occurred is not null then p_occurred := array_fill(v_occurred, v_all); end if;
  if v_cause is not null then p_cause := array_fill(v_cause, v_all); end if;
  if v_actor is not null then p_actor := array_fill(v_actor, v_all); end if;
  if v_reason is not null then p_reason := array_fill(v_reason, v_all); end if;
  insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason, occurred_at)
  select v_account[w.debit], v_account[w.credit], w.amount, w.kind, w.leg, w.legs, w.external_id, w.cause, w.actor, w.reason,
         greatest(w.occurred, v_open)
    from unnest(p_kind, p_external, p_leg, p_legs, p_amount, p_debit, p_credit, p_occurred, p_cause, p_actor, p_reason)
      as w(kind, external_id, leg, legs, amount, debit, credit, occurred, cause, actor, reason)
   where not exists (select 1 from ledger_leg l where l.kind = w.kind and l.external_id = w.external_id)
   order by w.kind, w.external_id collate "C", w.leg
  on conflict (kind, external_id, leg) do nothing;
  get diagnostics v_new = row_count;
  if v_new < v_all[1] and exists (
    select 1 from unnest(p_kind, p_external, p_leg, p_legs, p_amount, p_debit, p_credit, p_cause, p_actor, p_reason)
        as w(kind, external_id, leg, legs, amount, debit, credit, cause, actor, reason)
      left join ledger_leg l on l.kind = w.kind and l.external_id = w.external_id and l.leg = w.leg
     where (l.legs, l.amount, l.debit_account, l.credit_account, l.cause, l.actor, l.reason)
           is distinct from (w.legs, w.amount, v_account[w.debit], v_account[w.credit], w.cause, w.actor, w.reason)) then
    raise exception 'this entry is already in the books with other content' using errcode = 'LG007';
  end if;
  return v_new;
end $$;

-- The ids of accounts, in the order asked for; those that do not exist yet are opened. Each group is of one kind and
-- currency, and its owners stand in ascending order, as they are found in the index; a null stands for no owner.
create function ledger_accounts(a_kind text[], a_currency text[], a_size integer[], a_owner bigint[])
returns bigint[] language plpgsql as $$
declare v_account bigint[]; v_id bigint; v_ids bigint[]; v_found bigint[]; v_owners bigint[]; v_at integer := 0;
begin
  for v_group in 1 .. cardinality(a_kind) loop
    -- One account that is there: nearly always so for a single entry, and found without arrays.
    if a_size[v_group] = 1 then
      if a_owner[v_at + 1] is null then
        select a.id into v_id from ledger_account a
         where a.kind = a_kind[v_group] and a.currency = a_currency[v_group]::char(3) and a.owner_id is null;
      else
        select a.id into v_id from ledger_account a
         where a.kind = a_kind[v_group] and a.currency = a_currency[v_group]::char(3) and a.owner_id = a_owner[v_at + 1];
      end if;
      if found then
        v_account := v_account || v_id;
        v_at := v_at + 1;
        continue;
      end if;
    end if;
    v_owners := a_owner[v_at + 1 : v_at + a_size[v_group]];
    v_at := v_at + a_size[v_group];
    for v_attempt in 1..2 loop
      if v_owners[1] is null then
        select array_agg(a.id), array_agg(a.owner_id) into v_ids, v_found from ledger_account a
         where a.kind = a_kind[v_group] and a.currency = a_currency[v_group]::char(3) and a.owner_id is null;
      else
        select array_agg(a.id order by a.owner_id), array_agg(a.owner_id order by a.owner_id) into v_ids, v_found
          from ledger_account a
         where a.kind = a_kind[v_group] and a.currency = a_currency[v_group]::char(3) and a.owner_id = any(v_owners);
      end if;
      exit when v_found = v_owners;
      if v_attempt = 2 then
        raise exception 'an account of the kind % is named twice, out of order, or not declared', a_kind[v_group]
          using errcode = 'LG008';
      end if;
      insert into ledger_account (code, kind, class, owner_id, currency, guarded)
      select replace(k.pattern, '{owner}', coalesce(w.owner::text, '')), k.kind, k.class, w.owner, a_currency[v_group], k.guarded
        from ledger_account_kind k cross join unnest(v_owners) as w(owner)
       where k.kind = a_kind[v_group] and not exists (
               select from ledger_account a
                where a.kind = k.kind and a.currency = a_currency[v_group]::char(3) and a.owner_id = w.owner)
       order by w.owner
      on conflict do nothing;
    end loop;
    v_account := v_account || v_ids;
  end loop;
  return v_account;
end $$;
