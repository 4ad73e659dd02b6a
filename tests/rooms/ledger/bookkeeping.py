"""A sponsor, a campaign and a creator in the books, for tests that need entries of many moments."""

import random
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
BUDGET = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
CLEARING = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=1, currency="USD")
PAYABLE = Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=1, currency="USD")
FEES = Account(kind=AccountKind.PLATFORM_FEES, currency="USD")


def an_entry(
    kind: EntryKind, external_id: str, *moves: tuple[Account, Account, int], at: datetime = MONDAY
) -> operations.Entry:
    legs = tuple(operations.Leg(debit=debit, credit=credit, amount_minor=amount) for debit, credit, amount in moves)
    return operations.Entry(kind=kind, external_id=external_id, legs=legs, occurred_at=at, cause="a test")


def a_deposit(number: int, amount: int = 100, *, at: datetime = MONDAY) -> operations.Entry:
    return an_entry(EntryKind.DEPOSIT, f"pi_{number}", (STRIPE, WALLET, amount), at=at)


def a_funding(number: int, amount: int, *, at: datetime = MONDAY) -> operations.Entry:
    return an_entry(EntryKind.FUND_CAMPAIGN, f"1:{number}", (WALLET, BUDGET, amount), at=at)


def record(*entries: operations.Entry) -> int:
    with transaction.atomic():
        return operations.record(entries)


def closed(through: datetime = MONDAY) -> None:
    """Close through this moment, and keep what was closed."""
    operations.close_books(through=through, actor="user:1", now=through + timedelta(days=1))
    operations.write_buckets()


def scattered_deposits(number: int, *, seed: int, first: int = 1) -> list[operations.Entry]:
    """Deposits of an hour before MONDAY in no order, of which about every second shares its moment with others."""
    chance = random.Random(seed)
    shared = [MONDAY - timedelta(minutes=minute) for minute in (50, 31, 30, 1)]
    moments = [
        chance.choice(shared)
        if chance.random() < 0.5
        else MONDAY - timedelta(microseconds=chance.randrange(3_600_000_000))
        for _ in range(number)
    ]
    return [a_deposit(first + place, chance.randint(1, 1_000), at=at) for place, at in enumerate(moments)]


def summed(entries: list[operations.Entry], *, until: datetime) -> int:
    """What deposits up to and including a moment add up to, the slow and plain way."""
    return sum(entry.legs[0].amount_minor for entry in entries if entry.occurred_at <= until)


def sql(statement: str, *arguments: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)
        return list(cursor.fetchall()) if cursor.description else []


def unguarded(table: str, statement: str, *arguments: object) -> None:
    """Change the past as only the owner of the tables can, who may disable the triggers."""
    sql(f"alter table {table} disable trigger user")
    sql(statement, *arguments)
    sql(f"alter table {table} enable trigger user")


def failures() -> list[str]:
    return [failure for check in queries.verify() for failure in check.failures]
