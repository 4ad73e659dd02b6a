"""Proofs over all history: floors at every close, closes that were kept, seals that still match."""

from django.db import connection

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger.queries.checks import Check, checked
from cliphaven.ledger.queries.looks import Limits, Look


@one_snapshot
def prove_newest() -> list[Check]:
    """What books that are too large to be recomputed every time can prove of their past.

    The whole chain of seals, the legs of the newest and of one drawn anew each time; what came since the last close;
    and that nothing was cut off.
    """
    large = Look(limits=Limits(legs_max=0))
    return [seals_match(some_seals(large)), nothing_is_dated_into_a_close(newest_close(large)), nothing_was_cut_off()]


def some_seals(look: Look) -> list[int] | None:
    """The seals whose legs are hashed again: of large books the newest and one drawn anew each time; None for all."""
    if not look.is_of_large_books:
        return None
    return _numbers(
        "(select no from ledger_seal order by no desc limit 1)"
        " union (select no from ledger_seal order by random() limit 1)"
    )


def newest_close(look: Look) -> list[int] | None:
    """The closes after which all legs are looked at: of large books the newest; None for all."""
    if not look.is_of_large_books:
        return None
    return _numbers("select no from ledger_close order by no desc limit 1")


def _numbers(statement: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [no for (no,) in cursor.fetchall()]


def floors_held() -> Check:
    """No guarded account was below zero at any close, nor is now.

    A close notes the highest leg there was while nobody was recording, so the legs up to it are those committed then.
    In between it was guarded at every single insert, which cannot be read back: debits of an account are checked one
    after the other, but the order of their transactions tells neither who was checked first nor which credits had
    been committed by then.
    """
    return checked(
        "guarded balances never below zero",
        counting="select count(*) * (1 + (select count(*) from ledger_close)) from ledger_account where guarded",
        failing="""
with period as (
  select no, coalesce(lag(last_leg) over (order by no), 0) as after_leg, last_leg as upto_leg from ledger_close
  union all
  select null, coalesce(max(last_leg), 0), 9223372036854775807 from ledger_close),
side as (
  select p.no, s.account_id, s.signed from period p cross join lateral (
    select debit_account as account_id, -sum(amount) as signed from ledger_leg
     where id > p.after_leg and id <= p.upto_leg group by 1
    union all
    select credit_account, sum(amount) from ledger_leg where id > p.after_leg and id <= p.upto_leg group by 1) s),
balance as (
  select a.code, a.currency, s.no,
         sum(sum(case when a.class in ('asset', 'expense') then -s.signed else s.signed end))
           over (partition by a.id order by s.no nulls last) as minor
    from side s join ledger_account a on a.id = s.account_id where a.guarded group by a.id, s.no)
select case when no is null then format('%s %s is %s', code, currency, minor)
            else format('%s %s was %s at close %s', code, currency, minor, no) end
  from balance where minor < 0 order by code, no""",
    )


def nothing_was_cut_off() -> Check:
    """The books still reach as far as they did when they were closed and sealed, unlike an older copy of the legs."""
    return checked(
        "the books reach as far as they were closed and sealed",
        counting="select (select count(*) from ledger_close) + (select count(*) from ledger_seal)",
        failing="""
with reach as (select coalesce(max(id), 0) as leg from ledger_leg)
select format('%s %s reaches to leg %s, and the books end at leg %s', k.what, k.no, k.leg, reach.leg)
  from reach cross join (select 'close' as what, no, last_leg as leg from ledger_close
                         union all select 'seal', no, upto_leg from ledger_seal) k
 where k.leg > reach.leg order by k.what, k.no""",
    )


def nothing_is_dated_into_a_close(some: list[int] | None = None) -> Check:
    """Every leg that was recorded after a close, or one of some, is dated after it."""
    return checked(
        "nothing dated into a closed period",
        counting="select count(*) from ledger_close where %(some)s::bigint[] is null or no = any(%(some)s)",
        failing="""
with period as (
  select no, through, last_leg as after_leg, lead(last_leg, 1, 9223372036854775807) over (order by no) as upto_leg
    from ledger_close)
select format('leg %%s was recorded after the books were closed through %%s, and is dated %%s',
              l.id, p.through, l.occurred_at)
  from period p join ledger_leg l on l.id > p.after_leg and l.id <= p.upto_leg and l.occurred_at <= p.through
 where %(some)s::bigint[] is null or p.no = any(%(some)s) order by l.id""",
        arguments={"some": some},
    )


def seals_match(some: list[int] | None = None) -> Check:
    """Every seal follows from the one before it, and every one, or each of some, is recomputed from its legs."""
    return checked(
        "seals match their legs",
        counting="select count(*) from ledger_seal",
        failing="""
with link as (
  select s.*, ledger_chain(coalesce(lag(s.chain) over chained, ''), s) as true_chain,
         coalesce(lag(s.no) over chained, 0) + 1 = s.no
           and coalesce(lag(s.upto_leg) over chained, 0) = s.after_leg as joined,
         %(some)s::bigint[] is null or s.no = any(%(some)s) as recomputed
    from ledger_seal s window chained as (order by s.no))
select format('seal %%s of %%s: %%s', l.no, to_char(l.sealed_at at time zone 'UTC', 'YYYY-MM-DD'),
              case when not l.joined or l.chain <> l.true_chain then 'it does not follow from the one before it'
                   else format('its legs %%s to %%s are not those that were sealed', l.after_leg + 1, l.upto_leg) end)
  from link l left join lateral (
       -- Nothing is hashed for a seal that is not to be recomputed: there are no ids after its last one.
       select * from ledger_digest(case when l.recomputed then l.after_leg else l.upto_leg end, l.upto_leg)) d on true
 where not l.joined or l.chain <> l.true_chain
    or l.recomputed and (d.legs, d.total, d.digest) is distinct from (l.legs, l.total, l.digest)
 order by l.no""",
        arguments={"some": some},
    )
