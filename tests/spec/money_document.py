"""docs/money.md, read: its tables, and its stories as entries that can be recorded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from django.db import transaction

from cliphaven.ledger import chart, operations, queries

DOCUMENT = Path(__file__).parents[2] / "docs" / "money.md"
CURRENCY = "USD"
CAUSE = "docs/money.md"
MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)

EXAMPLE = re.compile(
    r"#### Example (?P<number>\d+): `(?P<kind>[a-z_]+)` as `(?P<external_id>[^`]+)`(?: in (?P<currency>[A-Z]{3}))?"
)
LEGS = ["debit", "credit", "amount"]
BALANCES = ["account", "balance after"]
MEANWHILE = ["kind", "as", "debit", "credit", "amount"]
ALL_BALANCES = ["currency", "account", "debit side", "credit side"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the document: its header, its rows, and the heading it stands under."""

    heading: str
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry that the document tells of. A worked example has a number and the balances of what it touches; an
    entry in a table of what happened meanwhile has neither."""

    kind: chart.EntryKind
    external_id: str
    legs: tuple[operations.Leg, ...]
    number: int | None = None
    balances: dict[chart.Account, int] | None = None

    @property
    def touched(self) -> set[chart.Account]:
        return {side for leg in self.legs for side in (leg.debit, leg.credit)}


def tables() -> Iterator[Table]:
    """Every table of the document in order; cells without backticks and the comma between thousands."""
    heading, block = "", list[list[str]]()
    for line in [*DOCUMENT.read_text().splitlines(), ""]:
        if line.startswith("|"):
            block.append([cell.strip().strip("`") for cell in line.strip().strip("|").split("|")])
            continue
        if block:
            yield Table(heading=heading, header=block[0], rows=block[2:])
            block = []
        if line.startswith("#"):
            heading = line


def the_table(header: list[str]) -> Table:
    [table] = [table for table in tables() if table.header == header]
    return table


def number(cell: str) -> int:
    """`12,345` as an integer; nothing else is read."""
    assert re.fullmatch(r"\d{1,3}(,\d{3})*", cell), f"{cell!r} is not written like 12,345"
    return int(cell.replace(",", ""))


def account(code: str, currency: str = CURRENCY) -> chart.Account:
    """The account that a code such as `creator:12:payable` names."""
    found = chart.account_named(code, currency=currency)
    assert found, f"{code!r} is no account of the chart"
    return found


def story() -> list[Told]:
    """Everything that is recorded, in order: examples, and what the document says happened between them."""
    found: list[Told] = []
    legs: Table | None = None
    for table in tables():
        match table.header:
            case header if header == MEANWHILE:
                found += _meanwhile(table)
            case header if header == LEGS:
                assert legs is None, f"{table.heading!r} has no table of balances"
                legs = table
            case header if header == BALANCES:
                assert legs is not None, f"{table.heading!r} has no table of legs"
                assert legs.heading == table.heading, f"{table.heading!r} needs a table of legs, then of balances"
                found.append(_example(legs, table))
                legs = None
    return found


def examples() -> list[Told]:
    return [told for told in story() if told.number is not None]


def _meanwhile(table: Table) -> list[Told]:
    entries = groupby(table.rows, key=lambda row: (row[0], row[1]))
    return [
        Told(
            kind=chart.EntryKind[kind.upper()],
            external_id=external_id,
            legs=tuple(_leg(debit, credit, amount, CURRENCY) for _, _, debit, credit, amount in rows),
        )
        for (kind, external_id), rows in entries
    ]


def _example(legs: Table, balances: Table) -> Told:
    match = EXAMPLE.fullmatch(legs.heading)
    assert match, f"{legs.heading!r} is not written like the other examples"
    currency = match["currency"] or CURRENCY
    return Told(
        number=int(match["number"]),
        kind=chart.EntryKind[match["kind"].upper()],
        external_id=match["external_id"],
        legs=tuple(_leg(*row, currency) for row in legs.rows),
        balances={account(code, currency): number(balance) for code, balance in balances.rows},
    )


def _leg(debit: str, credit: str, amount: str, currency: str) -> operations.Leg:
    return operations.Leg(debit=account(debit, currency), credit=account(credit, currency), amount_minor=number(amount))


def recorded(told: Told) -> int:
    """Put it in the books in the way that is meant for it; answers how many legs were new."""
    with transaction.atomic():
        if told.kind is chart.EntryKind.REVERSAL:
            return _reversed(told)
        return operations.record(
            [
                operations.Entry(
                    kind=told.kind,
                    external_id=told.external_id,
                    legs=told.legs,
                    occurred_at=MONDAY,
                    cause=CAUSE,
                )
            ]
        )


def _reversed(told: Told) -> int:
    kind, _, external_id = told.external_id.partition(":")
    before = queries.entry(told.kind, told.external_id)
    operations.reverse(
        kind=chart.EntryKind(int(kind)),
        external_id=external_id,
        cause=CAUSE,
        actor="user:2",
        reason="entered twice",
        now=MONDAY,
    )
    after = queries.entry(told.kind, told.external_id)
    assert after is not None
    return len(after.legs) - (len(before.legs) if before else 0)
