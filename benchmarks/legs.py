"""The work that posting is measured with: the same legs through the product, and through nothing but an INSERT.

The limit is one INSERT of ready-made columns into a twin of ledger_leg: the same columns, defaults and indexes, and
neither checks nor triggers. What is prepared before the clock starts is what a caller has in its hands: entries for the
product, lists for the limit. Each batch is a transaction of its own.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

import psycopg
from django.db import connection, transaction

from benchmarks.crew import Crew
from benchmarks.frame import Bench, Figure, Rounds, Table
from benchmarks.server import Database
from cliphaven.foundation import arrays
from cliphaven.ledger import operations
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.ledger.operations import Entry, Leg

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
FEES = Account(kind=AccountKind.PLATFORM_FEES, currency="USD")
SPONSOR = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
CAMPAIGN = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
OWNERS = 10_000
ENOUGH_MINOR = 10_000_000_000_000  # of money for everything that is posted here
OPENING_BATCH = 1_000
CLIPS = 1_000_000

COLUMNS = "debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason, occurred_at"


class Shape(StrEnum):
    """What the legs do."""

    SPREAD = "spread"  # deposits to wallets anywhere: nothing that is guarded loses money
    SPREAD_GUARDED = "spread, guarded"  # clearings of creators anywhere: each leg takes from a guarded account
    HOT = "one hot campaign"  # accruals, net and fee, all from one guarded budget


class Way(StrEnum):
    """How the legs get into the database."""

    LIMIT = "bare INSERT"  # its lists become arrays by the driver, as one writes it
    FAST_LIMIT = "bare INSERT, arrays as ours"
    PRODUCT = "operations.record"
    # Without Python: the texts that are sent are made before the clock starts.
    INSERT = "bare INSERT, SQL alone"
    FUNCTION = "ledger_record, SQL alone"


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much each connection posts in one round."""

    shape: Shape
    batch: int
    batches: int

    @property
    def legs(self) -> int:
        """Legs per connection and round."""
        return self.batch * self.batches


@contextmanager
def prepared(bench: Bench) -> Iterator[Database]:
    """A database with every account that the work touches, and with the limit's table."""
    with bench.database() as database:
        bench.say(f"opening {3 * OWNERS:,} accounts")
        make_twin(database.owner_url)
        open_accounts()
        yield database


def in_turns(bench: Bench, database: Database, *, load: Load, rounds: int) -> Rounds:
    """All ways, one after the other in each round, with as many processes as there are connections."""
    bench.say(f"{load.shape}, {load.batch:,} at a time")
    with bench.crew(database.app_url) as crew:
        return bench.in_turns({way.value: partial(timed_round, crew, load=load, way=way) for way in Way}, rounds=rounds)


def table(load: Load, turns: Rounds) -> Table:
    """The rates of all ways behind a figure."""
    return Table(
        title=f"Legs per second, {load.shape}, {load.batch:,} at a time",
        head=("way", "legs/s", "÷ bare INSERT"),
        rows=tuple((way, f"{turns.rate(way):,.0f}", f"{turns.ratio(way, to=Way.LIMIT):.2f}") for way in Way),
    )


def figures(turns: Rounds, *, what: str, limit: float | None) -> list[Figure]:
    """The product against the bare INSERT, as one writes it and as fast as it can be sent, and both without Python."""
    return [
        Figure(name=f"{what} ÷ bare INSERT", value=turns.ratio(Way.PRODUCT, to=Way.LIMIT), limit=limit),
        Figure(
            name=f"{what} ÷ bare INSERT, arrays as ours", value=turns.ratio(Way.PRODUCT, to=Way.FAST_LIMIT), limit=limit
        ),
        Figure(
            name=f"{what} ÷ bare INSERT, SQL alone of both", value=turns.ratio(Way.FUNCTION, to=Way.INSERT), limit=limit
        ),
    ]


def make_twin(owner_url: str) -> None:
    """The limit's table, with all that costs time in the real one but its checks and triggers."""
    with psycopg.connect(owner_url) as session:
        session.execute(
            "create table bare_leg (like ledger_leg including defaults including identity including indexes"
            " including storage)"
        )
        session.execute(
            "alter table bare_leg set"
            " (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 20000)"
        )


def open_accounts() -> None:
    """Every account that the work touches, with money where it is taken from."""
    entries = [
        entry(EntryKind.DEPOSIT, "pi_opening", (STRIPE, SPONSOR, ENOUGH_MINOR)),
        entry(EntryKind.FUND_CAMPAIGN, "1:opening", (SPONSOR, CAMPAIGN, ENOUGH_MINOR)),
    ]
    for owner in range(1, OWNERS + 1):
        entries += [
            entry(EntryKind.DEPOSIT, f"pi_opening{owner}", (STRIPE, of_owner(AccountKind.SPONSOR_WALLET, owner), 1)),
            entry(
                EntryKind.ACCRUAL, f"{owner}:0", (CAMPAIGN, of_owner(AccountKind.CREATOR_CLEARING, owner), 1_000_000)
            ),
            entry(
                EntryKind.CLEAR,
                f"{owner}:0",
                (of_owner(AccountKind.CREATOR_CLEARING, owner), of_owner(AccountKind.CREATOR_PAYABLE, owner), 1),
            ),
        ]
    entries.append(entry(EntryKind.ACCRUAL, "0:0", (CAMPAIGN, FEES, 1)))
    for start in range(0, len(entries), OPENING_BATCH):
        with transaction.atomic():
            operations.record(entries[start : start + OPENING_BATCH])


def timed_round(crew: Crew, *, load: Load, way: Way) -> float:
    """Legs per second of one round; preparing the entries or arrays is not part of it."""
    crew.run(prepare, load, way)
    seconds, _ = crew.timed(post)
    return load.legs * len(crew) / seconds


_ready: list[Callable[[], object]] = []


def prepare(_number: int, load: Load, way: Way) -> None:
    """In a worker: have the round's batches in hand."""
    chance = random.Random()
    batches = [entries_of(load.shape, load.batch, chance) for _ in range(load.batches)]
    if way is Way.PRODUCT:
        _ready[:] = [partial(_record, entries) for entries in batches]
    elif way is Way.FUNCTION:
        _ready[:] = [partial(_execute, operations._RECORD, operations._columns(entries)) for entries in batches]
    else:
        ids = account_ids()
        ready_made = [columns_of(entries, ids) for entries in batches]
        if way is Way.LIMIT:
            _ready[:] = [partial(_execute, INSERT, columns) for columns in ready_made]
        elif way is Way.FAST_LIMIT:
            _ready[:] = [partial(_insert, columns) for columns in ready_made]
        else:
            _ready[:] = [partial(_execute, INSERT, bound(columns)) for columns in ready_made]


def post(_number: int) -> None:
    """In a worker: post what was prepared."""
    for batch in _ready:
        batch()


INSERT = f"""insert into bare_leg ({COLUMNS}) select * from unnest(
    %s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::smallint[], %s::smallint[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::timestamptz[])"""  # nosec B608  # noqa: S608  # nothing in it comes from outside


def _record(entries: Sequence[Entry]) -> None:
    with transaction.atomic():
        operations.record(entries)


def _insert(columns: Sequence[list[Any]]) -> None:
    _execute(INSERT, bound(columns))


def bound(columns: Sequence[list[Any]]) -> list[str]:
    """The columns as the product hands its own to the database, which is several times as fast as a driver's lists."""
    return [arrays.texts(column) if isinstance(column[0], str) else arrays.numbers(column) for column in columns]


def _execute(statement: str, arguments: Sequence[Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def entries_of(shape: Shape, legs: int, chance: random.Random, *, at: datetime = MONDAY) -> list[Entry]:
    """That many legs of random owners, under random names as the vendors give them."""
    return [replace(made, occurred_at=at) if at != MONDAY else made for made in _entries_of(shape, legs, chance)]


def _entries_of(shape: Shape, legs: int, chance: random.Random) -> list[Entry]:
    if shape is Shape.HOT and legs > 1:
        return [
            entry(
                EntryKind.ACCRUAL,
                _name(EntryKind.ACCRUAL, chance),
                (CAMPAIGN, of_owner(AccountKind.CREATOR_CLEARING, owner), chance.randint(1, 900)),
                (CAMPAIGN, FEES, chance.randint(1, 100)),
            )
            for owner in _owners(legs // 2, chance)
        ]
    if shape is Shape.HOT:
        owner = chance.randint(1, OWNERS)
        return [
            entry(
                EntryKind.ACCRUAL,
                _name(EntryKind.ACCRUAL, chance),
                (CAMPAIGN, of_owner(AccountKind.CREATOR_CLEARING, owner), chance.randint(1, 900)),
            )
        ]
    if shape is Shape.SPREAD:
        return [
            entry(
                EntryKind.DEPOSIT,
                _name(EntryKind.DEPOSIT, chance),
                (STRIPE, of_owner(AccountKind.SPONSOR_WALLET, owner), chance.randint(1, 1_000)),
            )
            for owner in _owners(legs, chance)
        ]
    return [
        entry(
            EntryKind.CLEAR,
            _name(EntryKind.CLEAR, chance),
            (
                of_owner(AccountKind.CREATOR_CLEARING, owner),
                of_owner(AccountKind.CREATOR_PAYABLE, owner),
                chance.randint(1, 10),
            ),
        )
        for owner in _owners(legs, chance)
    ]


def columns_of(entries: Sequence[Entry], ids: dict[str, int]) -> list[list[Any]]:
    """The arrays that a bare INSERT of the same rows takes."""
    rows = [
        (
            ids[leg.debit.code],
            ids[leg.credit.code],
            leg.amount_minor,
            int(booked.kind),
            number,
            len(booked.legs),
            booked.external_id,
            booked.cause,
            booked.actor,
            booked.reason,
            booked.occurred_at.isoformat(),
        )
        for booked in entries
        for number, leg in enumerate(booked.legs, start=1)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def account_ids() -> dict[str, int]:
    """All accounts' ids by code; they are of one currency here."""
    with connection.cursor() as cursor:
        cursor.execute("select code, id from ledger_account")
        return dict(cursor.fetchall())


def _owners(count: int, chance: random.Random) -> Iterable[int]:
    return (chance.randint(1, OWNERS) for _ in range(count))


def _name(kind: EntryKind, chance: random.Random) -> str:
    if kind is EntryKind.DEPOSIT:
        return f"pi_{chance.getrandbits(96):024x}"
    return f"{chance.randint(1, CLIPS)}:{chance.getrandbits(40)}"


def entry(kind: EntryKind, external_id: str, *moves: tuple[Account, Account, int]) -> Entry:
    """An entry of these debits, credits and amounts in minor units."""
    legs = tuple(Leg(debit=debit, credit=credit, amount_minor=amount) for debit, credit, amount in moves)
    return Entry(kind=kind, external_id=external_id, legs=legs, occurred_at=MONDAY, cause=f"benchmark:{external_id}")


def of_owner(kind: AccountKind, owner: int) -> Account:
    """An owner's account in dollars."""
    return Account(kind=kind, owner_id=owner, currency="USD")
