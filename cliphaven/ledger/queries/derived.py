"""Proofs of what is derived: checkpoints and buckets, held against the legs that they were made of."""

from django.db import connection

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger.queries.checks import Check, checked
from cliphaven.ledger.queries.looks import Look

SAMPLE_ACCOUNTS = 50


@one_snapshot
def prove_sample(*, accounts: int = SAMPLE_ACCOUNTS) -> list[Check]:
    """Derive the checkpoints and buckets of some accounts, drawn anew each time, once more and compare."""
    drawn = _drawn(accounts)
    return [checkpoints_are_true(drawn), buckets_are_true(drawn)]


def some_accounts(look: Look) -> list[int] | None:
    """The accounts whose derived sums are derived once more: of large books a sample; None for all."""
    return _drawn(SAMPLE_ACCOUNTS) if look.is_of_large_books else None


def _drawn(accounts: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select id from ledger_account order by random() limit %s", [accounts])
        return [id for (id,) in cursor.fetchall()]


def checkpoints_are_true(accounts: list[int] | None = None) -> Check:
    """Each checkpoint equals its legs; summed from one to the next, so that no leg is read twice."""
    return checked(
        "checkpoints equal their legs",
        counting="select count(*) from ledger_checkpoint"
        " where (%(accounts)s::bigint[] is null or account_id = any(%(accounts)s))",
        failing="""
with link as (
  select c.*, coalesce(lag(c.upto_xid) over (partition by c.account_id order by c.upto_xid), 0) as low_xid
    from ledger_checkpoint c where (%(accounts)s::bigint[] is null or c.account_id = any(%(accounts)s))),
summed as (
  select l.account_id, l.upto_xid, l.debits, l.credits, sum(d.minor) over chained as true_debits,
         sum(c.minor) over chained as true_credits
    from link l
   cross join lateral (select coalesce(sum(amount), 0) as minor from ledger_leg
                        where debit_account = l.account_id and xid >= l.low_xid and xid < l.upto_xid) d
   cross join lateral (select coalesce(sum(amount), 0) as minor from ledger_leg
                        where credit_account = l.account_id and xid >= l.low_xid and xid < l.upto_xid) c
  window chained as (partition by l.account_id order by l.upto_xid))
select format('the checkpoint of %%s %%s at %%s says %%s', a.code, a.currency, s.upto_xid, s.credits - s.debits)
  from summed s join ledger_account a on a.id = s.account_id
 where (s.debits, s.credits) <> (s.true_debits, s.true_credits) order by a.code, s.upto_xid""",
        arguments={"accounts": accounts},
    )


def checkpoints_are_of_this_server() -> Check:
    """No checkpoint lies ahead of this server's transactions, as after a restore from another one."""
    return checked(
        "checkpoints are of this server",
        counting="select count(*) from ledger_checkpoint",
        failing="select format('the checkpoint of %s at %s lies ahead of this server: the books were restored from"
        " another one, it is not believed and the next entry removes it', a.code, c.upto_xid) from ledger_checkpoint c"
        " join ledger_account a on a.id = c.account_id"
        " where c.upto_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    )


def trial_balance_is_true() -> Check:
    """The sums that a trial balance is made of equal those of all legs."""
    return checked(
        "the trial balance equals its legs",
        counting="select count(*) from ledger_account",
        failing="""
with summed as (
  select account_id, sum(debit) as debits, sum(credit) as credits from (
    select debit_account as account_id, sum(amount) as debit, 0 as credit from ledger_leg group by 1
    union all select credit_account, 0, sum(amount) from ledger_leg group by 1) p group by account_id)
select format('%s %s is %s debits and %s credits, and its legs are %s and %s', a.code, a.currency, k.debits, k.credits,
              coalesce(s.debits, 0), coalesce(s.credits, 0))
  from ledger_all_sums(null) k join ledger_account a on a.id = k.account_id left join summed s on s.account_id = a.id
 where (k.debits, k.credits) is distinct from (coalesce(s.debits, 0), coalesce(s.credits, 0)) order by a.code""",
    )


def buckets_are_true(accounts: list[int] | None = None) -> Check:
    """What the buckets say was added at each moment of closed time is what the legs of that moment add up to."""
    return checked(
        "past balances equal their legs",
        counting="select coalesce(sum(cardinality(moments)), 0) from ledger_bucket"
        " where (%(accounts)s::bigint[] is null or account_id = any(%(accounts)s))",
        failing="""
with told as (
  select b.account_id, u.at, u.debits - coalesce(lag(u.debits) over chained, 0) as debit,
         u.credits - coalesce(lag(u.credits) over chained, 0) as credit
    from ledger_bucket b cross join lateral unnest(b.moments, b.debits, b.credits) as u(at, debits, credits)
   where (%(accounts)s::bigint[] is null or b.account_id = any(%(accounts)s))
  window chained as (partition by b.account_id order by u.at)),
wrong as (
  select account_id, at from (
    select * from told
    union all
    select debit_account, occurred_at, -sum(amount), 0 from ledger_leg
     where occurred_at <= (select through from ledger_open_time())
       and (%(accounts)s::bigint[] is null or debit_account = any(%(accounts)s)) group by 1, 2
    union all
    select credit_account, occurred_at, 0, -sum(amount) from ledger_leg
     where occurred_at <= (select through from ledger_open_time())
       and (%(accounts)s::bigint[] is null or credit_account = any(%(accounts)s)) group by 1, 2
  ) s(account_id, at, debit, credit) group by account_id, at having sum(debit) <> 0 or sum(credit) <> 0)
select format('what was kept of %%s %%s at %%s is not what its legs add up to', a.code, a.currency, w.at)
  from wrong w join ledger_account a on a.id = w.account_id order by a.code, w.at""",
        arguments={"accounts": accounts},
    )
