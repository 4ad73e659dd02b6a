-- A page of an account's statement, newest first by (occurred_at, id), with the balance after each line, as credits minus
-- debits. Of an account with millions of legs only the surroundings of the page are read: closed time is found by its
-- buckets, and there the index alone says which transactions belong to the page.
create function ledger_page(
  p_account bigint, p_since timestamptz, p_until timestamptz, p_before_at timestamptz, p_before_leg bigint, p_lines bigint
) returns table (leg_id bigint, signed bigint, balance bigint)
stable language sql set enable_seqscan = off as $$
  with open_time as materialized (select o.through, o.open_xid from ledger_open_time() o),
  bucket as (  -- a page needs no more buckets than lines, and the one that the cursor lies in
    select b.* from ledger_bucket b
     where b.account_id = p_account and b.from_at <= p_before_at and b.from_at < p_until
       and b.from_at >= coalesce((select max(x.from_at) from ledger_bucket x
                                   where x.account_id = p_account and x.from_at <= p_since), '-infinity')
     order by b.from_at desc limit p_lines + 1),
  passed as (
    select b.*, sum(b.legs) over (order by b.from_at desc) - b.legs - first_value(b.legs) over (order by b.from_at desc) as newer
      from bucket b),
  area as (
    select low_xid, high_xid, from_at, moments[cardinality(moments)] as to_at from passed where newer < p_lines
    union all
    select o.open_xid, 9223372036854775807, o.through + interval '1 microsecond', 'infinity' from open_time o
     where p_before_at > o.through and p_until > o.through),
  side as materialized (
    select distinct s.xid, s.occurred_at from area a cross join lateral (
      select l.xid, l.occurred_at from ledger_leg l
       where l.debit_account = p_account and l.xid between a.low_xid and a.high_xid and l.occurred_at between a.from_at and a.to_at
      union all
      select l.xid, l.occurred_at from ledger_leg l
       where l.credit_account = p_account and l.xid between a.low_xid and a.high_xid and l.occurred_at between a.from_at and a.to_at) s
     where s.occurred_at <= p_before_at and s.occurred_at >= p_since and s.occurred_at < p_until),
  place as materialized (
    select xid, occurred_at from side where occurred_at = p_before_at
    union all
    (select xid, occurred_at from side where occurred_at < p_before_at order by occurred_at desc fetch first p_lines rows with ties)),
  batch as materialized (select xid, min(occurred_at) as from_at, max(occurred_at) as to_at from place group by xid),
  found as materialized (
    select l.id, l.occurred_at, -l.amount as signed from batch b join ledger_leg l
        on l.debit_account = p_account and l.xid = b.xid and l.occurred_at between b.from_at and b.to_at
    union all
    select l.id, l.occurred_at, l.amount from batch b join ledger_leg l
        on l.credit_account = p_account and l.xid = b.xid and l.occurred_at between b.from_at and b.to_at),
  page as materialized (
    select * from found f where (f.occurred_at, f.id) < (p_before_at, p_before_leg)
     order by f.occurred_at desc, f.id desc limit p_lines),
  top as materialized (
    select t.id, s.credits - s.debits - coalesce(
             (select sum(f.signed) from found f where f.occurred_at = t.occurred_at and f.id > t.id), 0) as balance
      from (select * from page order by occurred_at desc, id desc limit 1) t, ledger_sums_at(p_account, t.occurred_at) s)
  select p.id, p.signed, (top.balance - sum(p.signed) over (order by p.occurred_at desc, p.id desc) + p.signed)::bigint
    from page p, top order by p.occurred_at desc, p.id desc
$$;
