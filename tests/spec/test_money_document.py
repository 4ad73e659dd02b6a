"""docs/money.md is read and carried out: its tables are the chart, its arithmetic is ours, its examples are booked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from cliphaven.foundation import money
from cliphaven.ledger import chart, operations, queries

DOCUMENT = Path(__file__).parents[2] / "docs" / "money.md"
CURRENCY = "USD"
MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)

EXAMPLE = re.compile(r"#### Example (?P<number>\d+): `(?P<kind>[a-z_]+)` as `(?P<external_id>[^`]+)`")
ACCOUNTS = ["account", "class", "guarded", "holds"]
KINDS = ["no.", "kind", "debit", "credit", "recorded as"]
LEGS = ["debit", "credit", "amount"]
BALANCES = ["account", "balance after"]
EARNED = ["views", "CPM", "earned", "fee at 1000 bp", "net"]
SHARES = ["budget left", "wants", "gets"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the document: its header, its rows, and the heading it stands under."""

    heading: str
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example: what is recorded, and the balances afterwards of the accounts that it touches."""

    number: int
    kind: chart.EntryKind
    external_id: str
    legs: tuple[operations.Leg, ...]
    balances: dict[chart.Account, int]


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


def account(code: str) -> chart.Account:
    """The account that a code such as `creator:12:payable` names."""
    for kind, type_ in chart.ACCOUNT_TYPES.items():
        match = re.fullmatch(type_.pattern.replace("{owner}", r"(?P<owner>\d+)"), code)
        if match:
            owner = match.groupdict().get("owner")
            return chart.Account(kind=kind, owner_id=int(owner) if owner else None, currency=CURRENCY)
    raise AssertionError(f"{code!r} is no account of the chart")


def examples() -> list[Example]:
    """The worked examples, each a heading with exactly its two tables."""
    of_heading: dict[str, list[Table]] = {}
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("#### Example"):
            assert line not in of_heading, f"{line!r} stands there twice"
            of_heading[line] = []
    for table in tables():
        if table.heading in of_heading:
            of_heading[table.heading].append(table)
    return [_example(heading, found) for heading, found in of_heading.items()]


def _example(heading: str, found: list[Table]) -> Example:
    match = EXAMPLE.fullmatch(heading)
    assert match, f"{heading!r} is not written like the other examples"
    assert [table.header for table in found] == [LEGS, BALANCES], f"{heading!r} needs a table of legs, then of balances"
    legs, balances = found
    return Example(
        number=int(match["number"]),
        kind=chart.EntryKind[match["kind"].upper()],
        external_id=match["external_id"],
        legs=tuple(
            operations.Leg(debit=account(debit), credit=account(credit), amount_minor=number(amount))
            for debit, credit, amount in legs.rows
        ),
        balances={account(code): number(balance) for code, balance in balances.rows},
    )


def recorded(example: Example) -> int:
    entry = operations.Entry(
        kind=example.kind,
        external_id=example.external_id,
        legs=example.legs,
        occurred_at=MONDAY,
        cause=f"docs/money.md, example {example.number}",
    )
    with transaction.atomic():
        return operations.record([entry])


def test_the_chart_of_accounts_is_the_one_in_the_code() -> None:
    written = {
        re.sub(r"\{\w+\}", "{owner}", pattern): (class_, guarded)
        for pattern, class_, guarded, _ in the_table(ACCOUNTS).rows
    }

    assert written == {
        type_.pattern: (type_.account_class.value, "yes" if type_.guarded else "no")
        for type_ in chart.ACCOUNT_TYPES.values()
    }


def test_the_kinds_of_entries_and_their_movements_are_the_ones_in_the_code() -> None:
    patterns = {type_.pattern: kind for kind, type_ in chart.ACCOUNT_TYPES.items()}

    def kind_of(cell: str) -> chart.AccountKind:
        return patterns[re.sub(r"\{\w+\}", "{owner}", cell)]

    written = {
        (int(no), name, chart.Movement(debit=kind_of(debit), credit=kind_of(credit)))
        for no, name, debit, credit, _ in the_table(KINDS).rows
    }

    assert written == {
        (kind.value, kind.name.lower(), movement)
        for kind, movements in chart.PERMITTED.items()
        for movement in movements
    }


def test_every_kind_and_every_movement_has_a_worked_example() -> None:
    shown = {
        (example.kind, chart.Movement(debit=leg.debit.kind, credit=leg.credit.kind))
        for example in examples()
        for leg in example.legs
    }
    declared = {(kind, movement) for kind, movements in chart.PERMITTED.items() for movement in movements}

    assert {kind for kind, _ in shown} == set(chart.EntryKind)
    assert declared - shown == set()


def test_the_examples_are_numbered_in_order() -> None:
    assert [example.number for example in examples()] == list(range(1, len(examples()) + 1))


@pytest.mark.django_db
def test_the_examples_recorded_in_order_give_the_balances_they_claim() -> None:
    all_accounts = sorted({account for example in examples() for account in example.balances}, key=lambda one: one.code)
    expected = dict.fromkeys(all_accounts, 0)
    for example in examples():
        assert recorded(example) == len(example.legs)
        expected |= example.balances

        touched = {side for leg in example.legs for side in (leg.debit, leg.credit)}
        assert set(example.balances) == touched, f"example {example.number} lists other accounts than it touches"
        assert queries.balances(all_accounts) == expected, f"after example {example.number}"


@pytest.mark.django_db
def test_the_books_are_sound_after_the_examples() -> None:
    for example in examples():
        recorded(example)

    assert queries.trial_balance().is_balanced
    assert [check.name for check in queries.verify() if check.failures] == []


@pytest.mark.django_db
def test_an_example_recorded_again_changes_nothing() -> None:
    for example in examples():
        recorded(example)

    assert [recorded(example) for example in examples()] == [0] * len(examples())


@pytest.mark.parametrize("row", the_table(EARNED).rows, ids=lambda row: f"{row[0]} views at {row[1]}")
def test_the_document_rounds_as_the_code_does(row: list[str]) -> None:
    views, cpm, earned, fee, net = map(number, row)

    assert money.earned(views=views, cpm_minor=cpm) == earned
    assert money.fee(gross_minor=earned, fee_bp=1000) == fee
    assert earned - fee == net


@pytest.mark.parametrize("row", the_table(SHARES).rows, ids=lambda row: f"{row[0]} for {row[1]}")
def test_the_document_shares_as_the_code_does(row: list[str]) -> None:
    budget, wants, gets = row
    wanted = dict(enumerate(map(number, wants.split(" / ")), start=1))

    shares = money.shared_pro_rata(total_minor=number(budget), wants=wanted)

    assert [shares[clip_id] for clip_id in wanted] == list(map(number, gets.split(" / ")))
