"""docs/money.md is read: its tables are the chart, its arithmetic is ours, and no movement is without an example."""

import re
import runpy
from types import SimpleNamespace

import pytest

from cliphaven.foundation import money
from cliphaven.ledger import chart
from tests.spec.money_document import ALL_BALANCES, CAUSE, Told, examples, number, story, the_table

ACCOUNTS = ["account", "class", "guarded", "holds"]
KINDS = ["no.", "kind", "debit", "credit", "happens when", "recorded as", "examples"]
EARNED = ["views", "CPM", "earned", "fee at 1000 bp", "net"]
SHARES = ["budget left", "wants", "gets"]


def movements(told: Told) -> set[chart.Movement]:
    return {chart.Movement(debit=leg.debit.kind, credit=leg.credit.kind) for leg in told.legs}


def the_chart() -> SimpleNamespace:
    """The chart as its module makes it when it is read anew, so that what runs on its import is tested, too."""
    return SimpleNamespace(**runpy.run_path(str(chart.__file__), run_name=chart.__name__))


def as_a_pattern(code: str) -> str:
    return re.sub(r"\{\w+\}", "{owner}", code.strip(" `"))


def test_the_chart_of_accounts_is_the_one_in_the_code() -> None:
    written = {as_a_pattern(pattern): (class_, guarded) for pattern, class_, guarded, _ in the_table(ACCOUNTS).rows}

    assert written == {
        type_.pattern: (type_.account_class.value, "yes" if type_.guarded else "no")
        for type_ in the_chart().ACCOUNT_TYPES.values()
    }


def test_the_kinds_of_entries_and_their_movements_are_the_ones_in_the_code() -> None:
    pattern_of = {kind.value: type_.pattern for kind, type_ in chart.ACCOUNT_TYPES.items()}
    written = {
        (int(no), name, as_a_pattern(debit), as_a_pattern(credit))
        for no, name, debits, credits, *_ in the_table(KINDS).rows
        if name != "reversal"  # whose movements are those of the reversed entry
        for debit in debits.split(",")
        for credit in credits.split(",")
    }

    assert written == {
        (kind.value, kind.name.lower(), pattern_of[movement.debit.value], pattern_of[movement.credit.value])
        for kind, permitted in the_chart().PERMITTED.items()
        for movement in permitted
    }


def test_the_table_of_kinds_has_every_number_and_no_other() -> None:
    assert {(int(no), name) for no, name, *_ in the_table(KINDS).rows} == {
        (kind.value, kind.name.lower()) for kind in chart.EntryKind
    }


def test_each_row_of_the_table_of_kinds_names_the_examples_that_show_its_movements() -> None:
    pattern_of = {kind.value: type_.pattern for kind, type_ in chart.ACCOUNT_TYPES.items()}
    for _, name, debits, credits, happens_when, _, listed in the_table(KINDS).rows:
        shown = [
            str(example.number)
            for example in examples()
            if example.kind.name.lower() == name
            if name == "reversal"  # whose movements are those of the reversed entry
            or any(
                pattern_of[movement.debit.value] in map(as_a_pattern, debits.split(","))
                and pattern_of[movement.credit.value] in map(as_a_pattern, credits.split(","))
                for movement in movements(example)
            )
        ]
        # The other legs of an entry are shown where its first one is.
        assert listed == ("" if happens_when.startswith("the same entry") else ", ".join(shown)), f"{name}: {debits}"


def test_every_kind_and_every_movement_has_a_worked_example() -> None:
    shown = {(example.kind, movement) for example in examples() for movement in movements(example)}
    declared = {(kind, movement) for kind, permitted in chart.PERMITTED.items() for movement in permitted}

    assert declared - shown == set()


def test_every_entry_has_a_name_and_a_cause_of_the_shape_that_its_kind_declares() -> None:
    names = the_chart().NAMES

    for told in story():
        declared = names[told.kind]
        assert re.fullmatch(declared.external_id, told.external_id), f"{told.external_id} is no {told.kind.name}"
        assert re.fullmatch(declared.cause, CAUSE)
        assert not re.fullmatch(declared.external_id, f"x{told.external_id}")
        assert not re.fullmatch(declared.cause, "")
        assert not re.fullmatch(declared.cause, "two\nlines")


def test_the_examples_are_numbered_in_order() -> None:
    assert [example.number for example in examples()] == list(range(1, len(examples()) + 1))


def test_the_last_table_adds_up_on_both_sides_in_every_currency() -> None:
    rows = the_table(ALL_BALANCES).rows
    for currency, _, debits, credits in [row for row in rows if row[1] == "total"]:
        lines = [row for row in rows if row[0] == currency and row[1] != "total"]

        assert debits == credits
        assert number(debits) == sum(number(line[2]) for line in lines if line[2])
        assert number(credits) == sum(number(line[3]) for line in lines if line[3])


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
