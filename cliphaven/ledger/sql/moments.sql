-- What an account held at any past moment. Derived and disposable.
--
-- A bucket holds the running sums of one account at up to 64 moments of closed time, each the moment of a leg: a past
-- balance is one bucket, found by its first moment, and a search in its arrays, however many legs share a moment and in
-- whatever order they were recorded. Closed moments gain no legs, so a bucket never changes. Open time is the legs themselves.
-- 64 moments keep a row below the size at which PostgreSQL would move its arrays elsewhere.
create table ledger_bucket (
  account_id bigint not null,
  from_at    timestamptz not null,
  moments    timestamptz[] not null,
  debits     bigint[] not null,     -- of all legs up to each moment, since the beginning
  credits    bigint[] not null,
  legs       bigint not null,       -- in this bucket
  low_xid    bigint not null,       -- between these lie all of its legs: where a statement looks for them
  high_xid   bigint not null,
  primary key (account_id, from_at)
);

-- Up to here the buckets are written; every leg after it lies at or above open_xid. At most one row.
create table ledger_bucket_run (
  through  timestamptz primary key,
  open_xid bigint not null
);

-- Where the open time begins.
create function ledger_open_time(out through timestamptz, out open_xid bigint) stable language sql as $$
  select coalesce(max(r.through), '-infinity'), coalesce(max(r.open_xid), 0) from ledger_bucket_run r
$$;

-- Debits and credits of one account up to and including a moment. Stable: one snapshot for all of it.
create function ledger_sums_at(p_account bigint, p_at timestamptz, out debits bigint, out credits bigint)
stable language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off as $$
declare v_debits bigint; v_credits bigint; v_open record;
begin
  select b.debits[width_bucket(p_at, b.moments)], b.credits[width_bucket(p_at, b.moments)] into v_debits, v_credits
    from ledger_bucket b where b.account_id = p_account and b.from_at <= p_at order by b.from_at desc limit 1;
  debits := coalesce(v_debits, 0);
  credits := coalesce(v_credits, 0);
  select * into v_open from ledger_open_time();
  if p_at > v_open.through then
    debits := debits + coalesce((select sum(amount) from ledger_leg where debit_account = p_account
                and xid >= v_open.open_xid and occurred_at > v_open.through and occurred_at <= p_at), 0);
    credits := credits + coalesce((select sum(amount) from ledger_leg where credit_account = p_account
                and xid >= v_open.open_xid and occurred_at > v_open.through and occurred_at <= p_at), 0);
  end if;
end $$;

-- The running sums of closed time after p_after, from the legs, each account's beginning at what it held before.
create function ledger_derive_buckets(p_after timestamptz, p_through timestamptz, p_low_xid bigint)
returns table (account_id bigint, from_at timestamptz, moments timestamptz[], debits bigint[], credits bigint[], legs bigint, low_xid bigint, high_xid bigint)
language plpgsql set work_mem = '256MB' as $$
begin
  return query execute format($sql$
    with side as (
      select debit_account as account_id, occurred_at, amount as debit, 0 as credit, xid
        from ledger_leg where xid >= %1$s and occurred_at > %2$L and occurred_at <= %3$L
      union all
      select credit_account, occurred_at, 0, amount, xid
        from ledger_leg where xid >= %1$s and occurred_at > %2$L and occurred_at <= %3$L),
    moment as (
      select side.account_id, occurred_at, sum(debit)::bigint as debit, sum(credit)::bigint as credit, count(*) as legs,
             min(xid) as low, max(xid) as high
        from side group by 1, 2),
    held as (  -- before this time
      select m.account_id, coalesce(b.debits, 0) as debits, coalesce(b.credits, 0) as credits
        from (select distinct moment.account_id from moment) m
        left join lateral (select b.debits[cardinality(b.debits)] as debits, b.credits[cardinality(b.credits)] as credits
                             from ledger_bucket b where b.account_id = m.account_id and b.from_at <= %2$L
                            order by b.from_at desc limit 1) b on true),
    running as (
      select m.*, (row_number() over w - 1) / 64 as bucket,
             (h.debits + sum(debit) over w)::bigint as debits, (h.credits + sum(credit) over w)::bigint as credits
        from moment m join held h on h.account_id = m.account_id
      window w as (partition by m.account_id order by occurred_at rows unbounded preceding))
    select r.account_id, min(r.occurred_at), array_agg(r.occurred_at order by r.occurred_at),
           array_agg(r.debits order by r.occurred_at), array_agg(r.credits order by r.occurred_at),
           sum(r.legs)::bigint, min(r.low), max(r.high)
      from running r group by r.account_id, r.bucket $sql$, p_low_xid, p_after, p_through);
end $$;

-- Buckets for what was closed since the last time; answers how many were written.
create function ledger_write_buckets() returns bigint language plpgsql as $$
declare v_through timestamptz; v_open record; v_new bigint;
begin
  perform pg_advisory_xact_lock(7204::bigint << 48);  -- one at a time
  select * into v_open from ledger_open_time();
  select through into v_through from ledger_close order by no desc limit 1;
  if v_through is null or v_through <= v_open.through then
    return 0;
  end if;
  insert into ledger_bucket select * from ledger_derive_buckets(v_open.through, v_through, v_open.open_xid);
  get diagnostics v_new = row_count;
  -- What no snapshot of ours can see yet will lie above the oldest running transaction.
  execute format($sql$
    insert into ledger_bucket_run
    select %1$L, least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                       (select min(xid) from ledger_leg where xid >= %2$s and occurred_at > %1$L)) $sql$,
    v_through, v_open.open_xid);
  delete from ledger_bucket_run where through <> v_through;
  return v_new;
end $$;

-- Debits and credits of every account, now (no moment given) or up to and including a moment.
create function ledger_all_sums(p_at timestamptz) returns table (account_id bigint, debits bigint, credits bigint)
stable language plpgsql set work_mem = '64MB' as $$
declare v_open record; v_base text; v_tail text;
begin
  if p_at is null then
    select coalesce(max(upto_xid), 0) as xid into v_open from ledger_checkpoint_run;
    v_base := format('select c.debits, c.credits from ledger_checkpoint c where c.account_id = a.id and c.upto_xid <= %s'
                     ' order by c.upto_xid desc limit 1', v_open.xid);
    v_tail := format('xid >= %s', v_open.xid);
  else
    select * into v_open from ledger_open_time();
    v_base := format('select b.debits[width_bucket(%1$L::timestamptz, b.moments)] as debits, b.credits[width_bucket(%1$L::timestamptz, b.moments)] as credits'
                     ' from ledger_bucket b where b.account_id = a.id and b.from_at <= %1$L order by b.from_at desc limit 1', p_at);
    v_tail := case when p_at <= v_open.through then 'false'
              else format('xid >= %s and occurred_at > %L and occurred_at <= %L', v_open.open_xid, v_open.through, p_at) end;
  end if;
  return query execute format($sql$
    with tail as (
      select t.account_id, sum(debit)::bigint as debits, sum(credit)::bigint as credits from (
        select debit_account as account_id, sum(amount) as debit, 0 as credit from ledger_leg where %1$s group by 1
        union all
        select credit_account, 0, sum(amount) from ledger_leg where %1$s group by 1) t
       group by 1)
    select a.id, coalesce(b.debits, 0) + coalesce(t.debits, 0), coalesce(b.credits, 0) + coalesce(t.credits, 0)
      from ledger_account a left join lateral (%2$s) b on true left join tail t on t.account_id = a.id $sql$, v_tail, v_base);
end $$;

-- All that is derived goes; every answer stays the same, only slower, until it is written again.
create function ledger_drop_derived() returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7204::bigint << 48);
  delete from ledger_checkpoint;
  delete from ledger_checkpoint_run;
  delete from ledger_bucket;
  delete from ledger_bucket_run;
end $$;
