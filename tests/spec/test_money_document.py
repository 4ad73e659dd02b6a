"""docs/money.md is read and carried out: its tables are the chart, its arithmetic is ours, its examples are booked."""

import re

import pytest

from cliphaven.foundation import money
from cliphaven.ledger import chart, queries
from tests.spec.money_document import Told, examples, number, recorded, story, the_table

ACCOUNTS = ["account", "class", "guarded", "holds"]
KINDS = ["no.", "kind", "debit", "credit", "happens when", "recorded as", "examples"]
ALL_BALANCES = ["currency", "account", "debit side", "credit side"]
EARNED = ["views", "CPM", "earned", "fee at 1000 bp", "net"]
SHARES = ["budget left", "wants", "gets"]


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
        shown.setdefault(example.kind.name.lower(), []).append(str(example.number))

    assert written == {name: ", ".join(numbers) for name, numbers in shown.items()}


def test_every_kind_and_every_movement_has_a_worked_example() -> None:
    shown = {(example.kind, movement) for example in examples() for movement in movements(example)}
    declared = {(kind, movement) for kind, permitted in chart.PERMITTED.items() for movement in permitted}

    assert declared - shown == set()


def test_the_examples_are_numbered_in_order() -> None:
    assert [example.number for example in examples()] == list(range(1, len(examples()) + 1))


@pytest.mark.django_db
def test_the_examples_recorded_in_order_give_the_balances_they_claim() -> None:
    expected: dict[chart.Account, int] = {}
    for told in story():
        assert recorded(told) == len(told.legs)
        if told.balances is None:
            moved(expected, told)
        else:
            assert set(told.balances) == told.touched, f"example {told.number} lists other accounts than it touches"
            expected |= told.balances

        assert queries.balances(list(expected)) == expected, f"after {told.kind.name} {told.external_id}"


@pytest.mark.django_db
def test_the_books_are_sound_after_the_examples_and_hold_what_the_last_table_says() -> None:
    for told in story():
        recorded(told)

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
    for told in story():
        recorded(told)

    assert {told.external_id for told in story() if recorded(told)} == set()


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
