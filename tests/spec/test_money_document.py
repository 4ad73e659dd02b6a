"""docs/money.md is carried out: its examples are recorded in real books, in order, and leave the balances it says."""

import pytest

from cliphaven.ledger import chart, queries
from tests.spec.money_document import ALL_BALANCES, Told, number, recorded, story, the_table


def moved(balances: dict[chart.Account, int], told: Told) -> None:
    """Add what the legs say, by the rule of the document: assets and expenses grow by debits, the others by credits."""
    for leg in told.legs:
        for side, sign in ((leg.debit, 1), (leg.credit, -1)):
            debit_normal = chart.ACCOUNT_TYPES[side.kind].account_class.debit_normal
            balances[side] = balances.get(side, 0) + leg.amount_minor * (sign if debit_normal else -sign)


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


@pytest.mark.django_db
def test_an_example_recorded_again_changes_nothing() -> None:
    for told in story():
        recorded(told)

    assert {told.external_id for told in story() if recorded(told)} == set()
