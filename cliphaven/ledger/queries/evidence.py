"""Proofs over all history: floors at every close, closes that were kept, seals that still match."""

from cliphaven.ledger.queries.checks import Check, checked

# A close notes the highest leg there was while nobody was recording. So the legs up to it are exactly those that were
# committed then, and `width_bucket` says of each leg how many closes came before it.


def floors_held() -> Check:
    """No guarded account was below zero at any close, nor is now.

    In between it was guarded at every single insert, which cannot be read back: debits of an account are checked one
    after the other, but the order of their transactions tells neither who was checked first nor which credits had
    been committed by then.
    """
    return checked(
        "guarded balances never below zero",
        counting="select count(*) * (1 + (select count(*) from ledger_close)) from ledger_account where guarded",
        failing="""
with side as (
  select debit_account as account_id, width_bucket(id - 1, lasts) as after_closes, -sum(amount) as signed
    from ledger_leg cross join ledger_closes() group by 1, 2
  union all
  select credit_account, width_bucket(id - 1, lasts), sum(amount)
    from ledger_leg cross join ledger_closes() group by 1, 2),
balance as (
  select a.code, a.currency, s.after_closes,
         sum(sum(case when a.class in ('asset', 'expense') then -s.signed else s.signed end))
           over (partition by a.id order by s.after_closes) as minor
    from side s join ledger_account a on a.id = s.account_id where a.guarded group by a.id, s.after_closes)
select case when c.no is null then format('%s %s is %s', code, currency, minor)
            else format('%s %s was %s at close %s', code, currency, minor, c.no) end
  from balance left join ledger_close c on c.no = after_closes + 1 where minor < 0 order by code, after_closes""",
    )


def nothing_is_dated_into_a_close() -> Check:
    """Every leg that was recorded after a close is dated after it."""
    return checked(
        "nothing dated into a closed period",
        counting="select count(*) from ledger_close",
        failing="""
select format('leg %s was recorded after the books were closed through %s, and is dated %s', id,
              throughs[width_bucket(id - 1, lasts)], occurred_at)
  from ledger_leg cross join ledger_closes() where occurred_at <= throughs[width_bucket(id - 1, lasts)] order by id""",
    )


def seals_match() -> Check:
    """Every seal is recomputed from its legs and from the seal before it."""
    return checked(
        "seals match their legs",
        counting="select count(*) from ledger_seal",
        failing="""
with link as (
  select s.*, ledger_chain(coalesce(lag(s.chain) over chained, ''), s) as true_chain,
         coalesce(lag(s.no) over chained, 0) + 1 = s.no
           and coalesce(lag(s.upto_leg) over chained, 0) = s.after_leg as joined
    from ledger_seal s window chained as (order by s.no))
select format('seal %s of %s: %s', l.no, to_char(l.sealed_at at time zone 'UTC', 'YYYY-MM-DD'),
              case when not l.joined or l.chain <> l.true_chain then 'it does not follow from the one before it'
                   else format('its legs %s to %s are not those that were sealed', l.after_leg + 1, l.upto_leg) end)
  from link l cross join lateral ledger_digest(l.after_leg, l.upto_leg) d
 where not l.joined or l.chain <> l.true_chain
    or (d.legs, d.total, d.digest) is distinct from (l.legs, l.total, l.digest)
 order by l.no""",
    )
