"""Finding legs: by the beginning of an external id, by words of their cause or reason, by account, amount and time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cliphaven.ledger import chart

SEARCH_LINES = 50
SEARCH_LINES_MAX = 500
# Words of causes and reasons are not indexed, which every entry would pay for. So one search looks through this many
# legs of all accounts, or of one account, and says where to go on.
LEGS_LOOKED_THROUGH_MAX = 100_000
ACCOUNT_LEGS_LOOKED_THROUGH_MAX = 10_000
# Up to as many legs with the wanted beginning of an external id are found wherever in the books they are. They come
# first; those that only speak of the text follow, and `Found.older` has this added where it goes on among those.
NAMED_LEGS_MAX = 1_000
AFTER_THE_NAMED = 5 * 10**17


@dataclass(frozen=True, kw_only=True)
class FoundLeg:
    """One leg that was found: the codes of its accounts, and the amount in minor units."""

    leg_id: int
    kind: chart.EntryKind
    external_id: str
    debit: str
    credit: str
    amount_minor: int
    currency: str
    cause: str
    actor: str
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one search found, newest first; legs named by the text come before those that only speak of it.

    `older` is where to go on `before`, or None when all was looked through. Since a search looks through a bounded
    number of legs, there may be more to find even when it found none.
    """

    legs: tuple[FoundLeg, ...]
    older: int | None


def search(
    *,
    text: str = "",
    kind: chart.EntryKind | None = None,
    account: str = "",
    currency: str = "",
    amount_minor: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = SEARCH_LINES,
) -> Found:
    """Legs that fit everything that was asked for, newest first; `before` is where to go on, see `Found.older`.

    `text` is the beginning of an external id, or part of a cause or reason in small or capital letters; `account` is
    an account's whole code, `amount_minor` in minor units of whatever currency, and the period begins with `since` and
    ends right before `until`. At most SEARCH_LINES_MAX legs. With an account the order is that of its statement, by
    business moment, else that of recording.
    """
    lines = min(limit, SEARCH_LINES_MAX)
    looked_max = ACCOUNT_LEGS_LOOKED_THROUGH_MAX if account else LEGS_LOOKED_THROUGH_MAX
    asked = {
        "text": text,
        "like": f"%{_literally(text)}%",
        "kind": kind,
        "kinds": [int(each) for each in chart.EntryKind],
        "account": account,
        "currency": currency,
        "amount": amount_minor,
        "since": since or "-infinity",
        "until": until or "infinity",
        "before": before,
        "lines": lines,
        "looked_max": looked_max,
        "named_max": NAMED_LEGS_MAX,
        "but_named": False,
    }
    if account or not text or not 0 < _named(asked) <= NAMED_LEGS_MAX:
        return _found(_OF_ACCOUNT if account else _NEWEST, asked)
    named: tuple[FoundLeg, ...] = ()
    if before is None or before < AFTER_THE_NAMED:
        first = _found(_NAMED, {**asked, "looked_max": None})
        if first.older is not None or len(first.legs) == lines:
            return Found(legs=first.legs, older=first.older or AFTER_THE_NAMED)
        named, before = first.legs, None
    elif before == AFTER_THE_NAMED:
        before = None
    else:
        before -= AFTER_THE_NAMED
    rest = _found(_NEWEST, {**asked, "before": before, "lines": lines - len(named), "but_named": True})
    return Found(legs=named + rest.legs, older=None if rest.older is None else AFTER_THE_NAMED + rest.older)


def _named(asked: Mapping[str, Any]) -> int:
    """How many legs have the text at the beginning of their external id; one more than NAMED_LEGS_MAX for any more."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_NAMED, asked)
        return int(cursor.fetchone()[0])


def _found(candidates: str, asked: Mapping[str, Any]) -> Found:
    """Those of the candidates that fit; at most `lines`, and `older` as the leg to go on before."""
    with connection.cursor() as cursor:
        cursor.execute(f"{candidates} {_FITTING}", {**asked, "lines": asked["lines"] + 1})  # nosec B608  # conditions of ours, values apart
        rows = cursor.fetchall()
    looked, lowest, found = rows[0][0], rows[0][1], [row[2:] for row in rows if row[2] is not None]
    legs = tuple(_leg(row) for row in found[: asked["lines"]])
    if len(found) > len(legs):
        return Found(legs=legs, older=legs[-1].leg_id)
    return Found(legs=legs, older=lowest if looked == asked["looked_max"] else None)


def _leg(row: tuple[int, int, str, str, str, int, str, str, str, str, datetime]) -> FoundLeg:
    leg_id, kind, external_id, debit, credit, amount, currency, cause, actor, reason, occurred_at = row
    return FoundLeg(
        leg_id=leg_id,
        kind=chart.EntryKind(kind),
        external_id=external_id,
        debit=debit,
        credit=credit,
        amount_minor=amount,
        currency=currency,
        cause=cause,
        actor=actor,
        reason=reason,
        occurred_at=occurred_at,
    )


def _literally(text: str) -> str:
    """The text as a pattern of `like` that matches nothing else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_COUNT_NAMED = """
select count(*) from (
  select from ledger_leg where kind = any(%(kinds)s) and external_id ^@ %(text)s limit %(named_max)s + 1) as named"""

# Each yields the legs to look through, and their order.
_NAMED = """
with looked as materialized (
  select l.*, row_number() over (order by l.id desc) as place from ledger_leg l
   where l.kind = any(%(kinds)s) and l.external_id ^@ %(text)s
     and (%(before)s::bigint is null or l.id < %(before)s))"""

_NEWEST = """
with looked as materialized (
  select l.*, row_number() over (order by l.id desc) as place from ledger_leg l
   where %(before)s::bigint is null or l.id < %(before)s
   order by l.id desc limit %(looked_max)s)"""

_OF_ACCOUNT = """
with cursor as materialized (
  select coalesce(l.occurred_at, 'infinity') as at, coalesce(l.id, 9223372036854775807) as leg
    from (values (%(before)s::bigint)) b(leg) left join ledger_leg l on l.id = b.leg),
looked as materialized (
  select l.*, row_number() over (order by l.occurred_at desc, l.id desc) as place
    from cursor cross join ledger_account a
   cross join lateral ledger_page(a.id, %(since)s, %(until)s, cursor.at, cursor.leg, %(looked_max)s) p
    join ledger_leg l on l.id = p.leg_id
   where a.code = %(account)s and (%(currency)s = '' or a.currency = %(currency)s)
   order by l.occurred_at desc, l.id desc limit %(looked_max)s)"""

_FITTING = """
select reach.legs, reach.lowest, f.*
  from (select count(*) as legs, (select id from looked order by place desc limit 1) as lowest from looked) reach
  left join lateral (
    select l.id, l.kind, l.external_id, d.code, c.code, l.amount, d.currency, l.cause, l.actor, l.reason, l.occurred_at
      from looked l join ledger_account d on d.id = l.debit_account join ledger_account c on c.id = l.credit_account
     where (%(kind)s::smallint is null or l.kind = %(kind)s)
       and (%(amount)s::bigint is null or l.amount = %(amount)s)
       and (%(currency)s = '' or d.currency = %(currency)s)
       and l.occurred_at >= %(since)s::timestamptz and l.occurred_at < %(until)s::timestamptz
       and not (%(but_named)s and l.external_id ^@ %(text)s)
       and (%(text)s = '' or l.external_id ^@ %(text)s or l.cause ilike %(like)s or l.reason ilike %(like)s)
     order by l.place limit %(lines)s) f on true"""
