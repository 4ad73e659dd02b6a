"""The books as files: CSV for spreadsheets, and plain-text double entry that Beancount reads and checks.

Both are written line by line from one snapshot, so that a file of any length is of one moment and needs little memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, TextIO

from django.db import connection

from cliphaven.foundation import money, tables
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import chart
from cliphaven.ledger.queries import beancount

ROWS_AT_ONCE = 2_000
CSV_COLUMNS = (
    *("occurred_at", "recorded_at", "kind", "external_id", "leg", "legs"),
    *("account", "side", "amount_minor", "amount", "currency", "cause", "actor", "reason"),
)


@dataclass(frozen=True, kw_only=True)
class _Leg:
    """One leg with its accounts, as the database hands it out."""

    kind: int
    external_id: str
    leg: int
    legs: int
    debit: str
    debit_class: str
    credit: str
    credit_class: str
    currency: str
    amount_minor: int
    cause: str
    actor: str
    reason: str
    occurred_at: datetime
    recorded_at: datetime


@one_snapshot
def write_csv(
    *,
    target: TextIO,
    since: datetime | None = None,
    until: datetime | None = None,
    account: chart.Account | None = None,
) -> int:
    """Write a line for each posting of `since` ≤ occurred < `until`, of one account or of all; answers how many.

    The amount stands there as an integer of minor units and as decimal text. A text that a spreadsheet would run as
    a formula gets an apostrophe in front. Raises TransactionMisuse inside another transaction.
    """
    rows = (
        _csv_line(leg, side=side, code=code)
        for leg in _legs(since=since, until=until, account=account)
        for side, code in (("debit", leg.debit), ("credit", leg.credit))
        if account is None or code == account.code
    )
    return tables.write_csv(target, columns=CSV_COLUMNS, rows=rows)


@one_snapshot
def write_beancount(*, target: TextIO, since: datetime | None = None, until: datetime | None = None) -> int:
    """Write the books of `since` ≤ occurred < `until` as a Beancount file; answers the number of entries in it.

    What was there before `since` is one opening transaction a currency. At the end every account's balance is
    asserted without tolerance, so that `bean-check` refuses a file in which a cent was changed. Raises
    TransactionMisuse inside another transaction.
    """
    first, last = _days(since=since, until=until)
    target.write(beancount.header(currencies=sorted(money.EXPONENTS)))
    for code, class_, currencies in _rows(_ACCOUNTS, [until, until]):
        account = beancount.account_name(code, account_class=chart.AccountClass(class_))
        target.write(beancount.opened(on=first, account=account, currencies=currencies))
    if since is not None:
        _write_opening(target, on=first, since=since)
    entries = 0
    legs = _legs(since=since, until=until, account=None)
    for _, of_entry in groupby(legs, key=lambda leg: (leg.kind, leg.external_id)):
        _write_entry(target, of_entry)
        entries += 1
    # An assertion is about the beginning of its day.
    for account, debit_minor, currency in _balances(until=until):
        after = last + timedelta(days=1)
        target.write(beancount.balance(on=after, account=account, debit_minor=debit_minor, currency=currency))
    target.write("\n")
    return entries


def _write_opening(target: TextIO, *, on: date, since: datetime) -> None:
    for currency, lines in groupby(_balances(until=since), key=lambda line: line[2]):
        target.write(beancount.heading(on=on, narration=f"opening balances, {currency}", about="", facts={}))
        for account, debit_minor, _ in lines:
            target.write(beancount.posting(account=account, debit_minor=debit_minor, currency=currency))


def _write_entry(target: TextIO, legs: Iterator[_Leg]) -> None:
    for leg in legs:
        if leg.leg == 1:
            target.write(_beginning(leg))
        for code, class_, sign in ((leg.debit, leg.debit_class, 1), (leg.credit, leg.credit_class, -1)):
            account = beancount.account_name(code, account_class=chart.AccountClass(class_))
            amount = sign * leg.amount_minor
            target.write(beancount.posting(account=account, debit_minor=amount, currency=leg.currency))


def _beginning(leg: _Leg) -> str:
    kind = chart.EntryKind(leg.kind).name.lower()
    facts = {
        "kind": kind,
        "external_id": leg.external_id,
        "occurred_at": leg.occurred_at.astimezone(UTC).isoformat(),
        "cause": leg.cause,
        "actor": leg.actor,
        "reason": leg.reason,
    }
    on = leg.occurred_at.astimezone(UTC).date()
    return beancount.heading(on=on, narration=kind.replace("_", " "), about=leg.external_id, facts=facts)


def _csv_line(leg: _Leg, *, side: str, code: str) -> list[str | int]:
    return [
        leg.occurred_at.astimezone(UTC).isoformat(),
        leg.recorded_at.astimezone(UTC).isoformat(),
        chart.EntryKind(leg.kind).name.lower(),
        leg.external_id,
        leg.leg,
        leg.legs,
        code,
        side,
        leg.amount_minor,
        tables.Number(money.decimal_text(leg.amount_minor, currency=leg.currency)),
        leg.currency,
        leg.cause,
        leg.actor,
        leg.reason,
    ]


def _days(*, since: datetime | None, until: datetime | None) -> tuple[date, date]:
    """The first and the last day (UTC) that an entry of the file can be of."""
    [(earliest, latest)] = _rows(_EXTENT, [until, until])
    if earliest is None:  # nothing happened: any day will do for a file without entries
        earliest = latest = since or until or datetime(1970, 1, 1, tzinfo=UTC)
    first = earliest if since is None else since
    return first.astimezone(UTC).date(), max(first, latest).astimezone(UTC).date()


def _legs(*, since: datetime | None, until: datetime | None, account: chart.Account | None) -> Iterator[_Leg]:
    """The legs, entry by entry in the order of their moments; with an account, only those that touch it."""
    code, currency = (account.code, account.currency) if account else (None, None)
    names = [field.name for field in fields(_Leg)]
    for row in _rows(_LEGS, [since, since, until, until, code, code, currency, code, currency]):
        yield _Leg(**dict(zip(names, row, strict=True)))


def _balances(*, until: datetime | None) -> Iterator[tuple[str, int, str]]:
    """Beancount's name, debits minus credits, and the currency of every account that was used before the moment."""
    for code, class_, currency, debit_minor in _rows(_BALANCES, [until, until]):
        yield beancount.account_name(code, account_class=chart.AccountClass(class_)), int(debit_minor), currency


def _rows(statement: str, parameters: list[str | datetime | None]) -> Iterator[tuple[Any, ...]]:
    """The answer of the database, a part at a time: a cursor on its side keeps the rest."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


_LEGS = """
select l.kind, l.external_id, l.leg, l.legs, d.code, d.class, c.code, c.class, d.currency::text, l.amount,
       l.cause, l.actor, l.reason, l.occurred_at, l.recorded_at
  from ledger_leg l join ledger_account d on d.id = l.debit_account join ledger_account c on c.id = l.credit_account
 where (%s::timestamptz is null or l.occurred_at >= %s) and (%s::timestamptz is null or l.occurred_at < %s)
   and (%s::text is null or (d.code = %s and d.currency = %s) or (c.code = %s and c.currency = %s))
 order by l.occurred_at, l.kind, l.external_id, l.leg"""

_EXTENT = """
select min(occurred_at), max(occurred_at) from ledger_leg where (%s::timestamptz is null or occurred_at < %s)"""

_ACCOUNTS = """
select a.code, a.class, array_agg(a.currency::text order by a.currency) from ledger_account a
 where exists (select from ledger_posting p where p.account_id = a.id
                  and (%s::timestamptz is null or p.occurred_at < %s))
 group by a.code, a.class order by a.code"""

_BALANCES = """
select a.code, a.class, a.currency::text, -sum(p.signed_amount) from ledger_posting p
  join ledger_account a on a.id = p.account_id where (%s::timestamptz is null or p.occurred_at < %s)
 group by a.id order by a.currency, a.code"""
