"""docs/money.md is read and carried out: its tables are the chart, its arithmetic is ours, its examples are booked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest
from django.db import transaction

from cliphaven.foundation import money
from cliphaven.ledger import chart, operations, queries

DOCUMENT = Path(__file__).parents[2] / "docs" / "money.md"
CURRENCY = "USD"
MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)

EXAMPLE = re.compile(
    r"#### Example (?P<number>\d+): `(?P<kind>[a-z_]+)` as `(?P<external_id>[^`]+)`(?: in (?P<currency>[A-Z]{3}))?"
)
ACCOUNTS = ["account", "class", "guarded", "holds"]
KINDS = ["no.", "kind", "debit", "credit", "happens when", "recorded as", "examples"]
LEGS = ["debit", "credit", "amount"]
BALANCES = ["account", "balance after"]
MEANWHILE = ["kind", "as", "debit", "credit", "amount"]
ALL_BALANCES = ["currency", "account", "debit side", "credit side"]
EARNED = ["views", "CPM", "earned", "fee at 1000 bp", "net"]
SHARES = ["budget left", "wants", "gets"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the document: its header, its rows, and the heading it stands under."""

    heading: str
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry that the document tells of: alone in an example, or in a table of what happened meanwhile."""

    kind: chart.EntryKind
    external_id: str
    legs: tuple[operations.Leg, ...]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example: what is recorded, and the balances afterwards of the accounts that it touches."""

    number: int
    told: Told
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


def account(code: str, currency: str = CURRENCY) -> chart.Account:
    """The account that a code such as `creator:12:payable` names."""
    for kind, type_ in chart.ACCOUNT_TYPES.items():
        match = re.fullmatch(type_.pattern.replace("{owner}", r"(?P<owner>\d+)"), code)
        if match:
            owner = match.groupdict().get("owner")
            return chart.Account(kind=kind, owner_id=int(owner) if owner else None, currency=currency)
    raise AssertionError(f"{code!r} is no account of the chart")


def story() -> list[Example | Told]:
    """Everything that is recorded, in order: examples, and what the document says happened between them."""
    found: list[Example | Told] = []
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


def _example(legs: Table, balances: Table) -> Example:
    match = EXAMPLE.fullmatch(legs.heading)
    assert match, f"{legs.heading!r} is not written like the other examples"
    currency = match["currency"] or CURRENCY
    return Example(
        number=int(match["number"]),
        told=Told(
            kind=chart.EntryKind[match["kind"].upper()],
            external_id=match["external_id"],
            legs=tuple(_leg(*row, currency) for row in legs.rows),
        ),
        balances={account(code, currency): number(balance) for code, balance in balances.rows},
    )


def _leg(debit: str, credit: str, amount: str, currency: str) -> operations.Leg:
    return operations.Leg(debit=account(debit, currency), credit=account(credit, currency), amount_minor=number(amount))


def examples() -> list[Example]:
    return [step for step in story() if isinstance(step, Example)]


def recorded(told: Told) -> int:
    entry = operations.Entry(
        kind=told.kind,
        external_id=told.external_id,
        legs=told.legs,
        occurred_at=MONDAY,
        cause="docs/money.md",
    )
    with transaction.atomic():
        return operations.record([entry])


def movements(told: Told) -> set[chart.Movement]:
    return {chart.Movement(debit=leg.debit.kind, credit=leg.credit.kind) for leg in told.legs}


def moved(balances: dict[chart.Account, int], told: Told) -> None:
    """Add what the legs say, by the rule of the document: assets and expenses grow by debits, the others by credits."""
    for leg in told.legs:
        for side, sign in ((leg.debit, 1), (leg.credit, -1)):
            debit_normal = chart.ACCOUNT_TYPES[side.kind].account_class.debit_normal
            balances[side] = balances.get(side, 0) + leg.amount_minor * (sign if debit_normal else -sign)


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

    def kinds_of(cell: str) -> list[chart.AccountKind]:
        codes = [code.strip(" `") for code in cell.split(",")]
        return [patterns[re.sub(r"\{\w+\}", "{owner}", code)] for code in codes]

    written = {
        (int(no), name, chart.Movement(debit=debit, credit=credit))
        for no, name, debits, credits, *_ in the_table(KINDS).rows
        if name != "reversal"  # whose movements are those of the reversed entry
        for debit in kinds_of(debits)
        for credit in kinds_of(credits)
    }

    assert written == {
        (kind.value, kind.name.lower(), movement)
        for kind, movements in chart.PERMITTED.items()
        for movement in movements
    }


def test_the_table_of_kinds_has_every_number_and_no_other() -> None:
    assert {(int(no), name) for no, name, *_ in the_table(KINDS).rows} == {
        (kind.value, kind.name.lower()) for kind in chart.EntryKind
    }


def test_the_table_of_kinds_says_in_which_examples_each_one_is_shown() -> None:
    written = {name: listed for _, name, *_, listed in the_table(KINDS).rows if listed}
    shown: dict[str, list[str]] = {}
    for example in examples():
        shown.setdefault(example.told.kind.name.lower(), []).append(str(example.number))

    assert written == {name: ", ".join(numbers) for name, numbers in shown.items()}


def test_every_kind_and_every_movement_has_a_worked_example() -> None:
    shown = {(example.told.kind, movement) for example in examples() for movement in movements(example.told)}
    declared = {(kind, movement) for kind, permitted in chart.PERMITTED.items() for movement in permitted}

    assert declared - shown == set()


def test_the_examples_are_numbered_in_order() -> None:
    assert [example.number for example in examples()] == list(range(1, len(examples()) + 1))


@pytest.mark.django_db
def test_the_examples_recorded_in_order_give_the_balances_they_claim() -> None:
    expected: dict[chart.Account, int] = {}
    for step in story():
        told = step.told if isinstance(step, Example) else step
        assert recorded(told) == len(told.legs)
        if isinstance(step, Example):
            touched = {side for leg in told.legs for side in (leg.debit, leg.credit)}
            assert set(step.balances) == touched, f"example {step.number} lists other accounts than it touches"
            expected |= step.balances
        else:
            moved(expected, told)

        assert queries.balances(list(expected)) == expected, f"after {told.kind.name} {told.external_id}"


@pytest.mark.django_db
def test_the_books_are_sound_after_the_examples_and_hold_what_the_last_table_says() -> None:
    for step in story():
        recorded(step.told if isinstance(step, Example) else step)

    trial = queries.trial_balance()
    written = [row for row in the_table(ALL_BALANCES).rows if row[1] != "total"]
    assert {(currency, code, number(debit or credit)) for currency, code, debit, credit in written} == {
        (line.currency, line.account, line.balance_minor) for line in trial.lines if line.balance_minor
    }
    assert trial.is_balanced
    assert [check.name for check in queries.verify() if check.failures] == []


def test_the_last_table_adds_up_on_both_sides_in_every_currency() -> None:
    rows = the_table(ALL_BALANCES).rows
    for currency, _, debits, credits in [row for row in rows if row[1] == "total"]:
        lines = [row for row in rows if row[0] == currency and row[1] != "total"]

        assert debits == credits
        assert number(debits) == sum(number(line[2]) for line in lines if line[2])
        assert number(credits) == sum(number(line[3]) for line in lines if line[3])


@pytest.mark.django_db
def test_an_example_recorded_again_changes_nothing() -> None:
    everything = [step.told if isinstance(step, Example) else step for step in story()]
    for told in everything:
        recorded(told)

    assert [recorded(told) for told in everything] == [0] * len(everything)


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
