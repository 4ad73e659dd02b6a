"""Statements: the postings of one account, newest first, each with the balance after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from django.db import connection

from cliphaven.ledger import chart

STATEMENT_LINES = 50
STATEMENT_LINES_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One side of one leg, as a statement shows it; `signed_minor` is what it adds to the account's normal balance."""

    leg_id: int
    account: str
    kind: chart.EntryKind
    external_id: str
    signed_minor: int
    currency: str
    cause: str
    actor: str
    reason: str
    occurred_at: datetime
    recorded_at: datetime
    balance_minor: int

    @property
    def kind_name(self) -> str:
        """The kind in words fit for a page, such as "fund campaign"."""
        return self.kind.name.lower().replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Statement(Sequence[Posting]):
    """One page of an account's statement; the postings themselves are its items.

    `opening_minor` and `closing_minor` are the balances before and after the whole period that was asked for, on the
    account's normal side; `older` is the leg to go on `before`, or None when the page reaches the period's beginning.
    """

    postings: tuple[Posting, ...]
    opening_minor: int
    closing_minor: int
    older: int | None

    @overload
    def __getitem__(self, index: int) -> Posting: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Posting]: ...

    def __getitem__(self, index: int | slice) -> Posting | Sequence[Posting]:
        return self.postings[index]

    def __len__(self) -> int:
        return len(self.postings)

    def __iter__(self) -> Iterator[Posting]:
        return iter(self.postings)


def statement(
    account: chart.Account,
    *,
    before: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = STATEMENT_LINES,
) -> Statement:
    """The account's postings of a period, newest first by business moment, each with the balance after it.

    The period begins with `since` and ends right before `until`; without them it is all there is. `before` is the leg
    to go on from, see `Statement.older`. At most STATEMENT_LINES_MAX lines.
    """
    lines = min(limit, STATEMENT_LINES_MAX)
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "code": account.code,
                "currency": account.currency,
                "since": since or "-infinity",
                "until": until or "infinity",
                "before": before,
                "lines": lines + 1,
            },
        )
        rows = cursor.fetchall()
    sign = -1 if chart.ACCOUNT_TYPES[account.kind].account_class.debit_normal else 1
    opening, closing = rows[0][:2] if rows else (0, 0)
    found = [row[2:] for row in rows if row[2] is not None]
    postings = tuple(
        Posting(
            leg_id=leg_id,
            account=account.code,
            kind=chart.EntryKind(kind),
            external_id=external_id,
            signed_minor=sign * signed,
            currency=account.currency,
            cause=cause,
            actor=actor,
            reason=reason,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            balance_minor=sign * balance,
        )
        for leg_id, signed, balance, kind, external_id, cause, actor, reason, occurred_at, recorded_at in found[:lines]
    )
    return Statement(
        postings=postings,
        opening_minor=sign * opening,
        closing_minor=sign * closing,
        older=postings[-1].leg_id if len(found) > lines else None,
    )


# One statement, so that the page and both balances are of one snapshot.
_STATEMENT = """
with asked as materialized (
  select a.id, %(since)s::timestamptz as since, %(until)s::timestamptz as until from ledger_account a
   where a.code = %(code)s and a.currency = %(currency)s),
cursor as materialized (
  select coalesce(l.occurred_at, 'infinity') as at, coalesce(l.id, 9223372036854775807) as leg
    from (values (%(before)s::bigint)) b(leg) left join ledger_leg l on l.id = b.leg)
select opening.credits - opening.debits, closing.credits - closing.debits, p.leg_id, p.signed, p.balance, l.kind,
       l.external_id, l.cause, l.actor, l.reason, l.occurred_at, l.recorded_at
  from asked cross join cursor
 cross join lateral ledger_sums_at(asked.id, asked.since - interval '1 microsecond') opening
 cross join lateral ledger_sums_at(asked.id, asked.until - interval '1 microsecond') closing
  left join lateral ledger_page(asked.id, asked.since, asked.until, cursor.at, cursor.leg, %(lines)s) p on true
  left join ledger_leg l on l.id = p.leg_id
 order by l.occurred_at desc, l.id desc"""
