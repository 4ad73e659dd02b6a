"""Reversing an entry: its exact mirror, once, and proved by the database."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.foundation.transactions import sqlstate
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import EntryKind
from tests.rooms.ledger.bookkeeping import (
    BUDGET,
    CLEARING,
    FEES,
    MONDAY,
    PAYABLE,
    STRIPE,
    WALLET,
    a_deposit,
    a_funding,
    an_entry,
    failures,
    record,
    unguarded,
)

pytestmark = pytest.mark.django_db


def reverse(kind: EntryKind = EntryKind.ACCRUAL, external_id: str = "1:1", **told) -> None:
    words = {"cause": "correction 1", "actor": "user:7", "reason": "counted twice", "now": MONDAY} | told
    with transaction.atomic():
        operations.reverse(kind=kind, external_id=external_id, **words)


@pytest.fixture(autouse=True)
def accrued() -> None:
    record(a_deposit(1, 1_000), a_funding(1, 1_000))
    record(an_entry(EntryKind.ACCRUAL, "1:1", (BUDGET, CLEARING, 90), (BUDGET, FEES, 10)))


def test_a_reversal_puts_every_cent_back():
    reverse()

    assert queries.balances([BUDGET, CLEARING, FEES]) == {BUDGET: 1_000, CLEARING: 0, FEES: 0}
    assert failures() == []


def test_both_entries_name_each_other():
    reverse()

    accrual, reversal = queries.entry(EntryKind.ACCRUAL, "1:1"), queries.entry(EntryKind.REVERSAL, "5:1:1")
    assert accrual is not None
    assert reversal is not None
    assert (accrual.reversed_by, accrual.reverses) == ("5:1:1", None)
    assert (reversal.reversed_by, reversal.reverses) == (None, (EntryKind.ACCRUAL, "1:1"))
    assert [(leg.debit, leg.credit, leg.amount_minor) for leg in reversal.legs] == [
        ("creator:1:clearing", "campaign:1:budget", 90),
        ("platform:fees", "campaign:1:budget", 10),
    ]


def test_asking_again_in_the_same_words_changes_nothing():
    reverse()
    reverse(now=MONDAY + timedelta(days=1))

    assert queries.balance(BUDGET) == 1_000


@pytest.mark.parametrize("told", [{"cause": "correction 2"}, {"actor": "user:8"}, {"reason": "another"}])
def test_an_entry_is_reversed_once(told):
    reverse()

    with pytest.raises(operations.EntryAlreadyRecorded):
        reverse(**told)


def test_what_is_not_there_cannot_be_reversed():
    with pytest.raises(operations.EntryRefused, match="no accrual 1:2"):
        reverse(external_id="1:2")


def test_a_reversal_cannot_be_reversed():
    reverse()

    with pytest.raises(operations.EntryRefused, match="is a reversal"):
        reverse(EntryKind.REVERSAL, "5:1:1")


def test_a_reversal_needs_a_reason():
    with pytest.raises(operations.EntryRefused, match="needs a reason"):
        reverse(reason=" ")


def test_money_that_has_moved_on_cannot_be_taken_back():
    record(an_entry(EntryKind.CLEAR, "1:1", (CLEARING, PAYABLE, 1)))

    with pytest.raises(operations.BalanceWouldBeNegative):
        reverse()


@pytest.mark.parametrize(
    ("external_id", "moves"),
    [
        ("5:1:1", [(CLEARING, BUDGET, 90)]),  # one of two legs
        ("5:1:1", [(CLEARING, BUDGET, 90), (FEES, BUDGET, 9)]),  # another amount
        ("5:1:1", [(FEES, BUDGET, 10), (CLEARING, BUDGET, 90)]),  # another order
        ("5:1:1", [(BUDGET, CLEARING, 90), (BUDGET, FEES, 10)]),  # the entry itself, not its mirror
        ("5:1:1", [(CLEARING, WALLET, 90), (FEES, WALLET, 10)]),  # to somebody else
        ("5:1:1", [(CLEARING, BUDGET, 90), (FEES, BUDGET, 10), (CLEARING, BUDGET, 1)]),  # and a little more
        ("5:1:2", [(CLEARING, BUDGET, 90), (FEES, BUDGET, 10)]),  # of an entry that is not there
        ("6:1:1", [(CLEARING, BUDGET, 90), (FEES, BUDGET, 10)]),  # of an entry of another kind
        ("9999:1:1", [(CLEARING, BUDGET, 90), (FEES, BUDGET, 10)]),
    ],
)
def test_the_database_takes_the_exact_mirror_and_nothing_else(external_id, moves):
    record(a_deposit(2, 1_000), a_funding(2, 500))  # so that no floor refuses it first

    with pytest.raises(operations.EntryRefused, match="exact mirror"):
        record(an_entry(EntryKind.REVERSAL, external_id, *moves))


def test_the_database_takes_no_mirror_of_a_reversal():
    reverse()

    with pytest.raises(operations.EntryRefused, match="exact mirror"):
        record(an_entry(EntryKind.REVERSAL, "27:5:1:1", (BUDGET, CLEARING, 90), (BUDGET, FEES, 10)))


def test_a_name_that_is_none_is_no_reversal_either():
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
            " reason, occurred_at) select credit_account, debit_account, amount, 27, 1, 1, 'nonsense', 'c', 'a', '',"
            " occurred_at from ledger_leg where external_id = 'pi_1'"
        )
    assert sqlstate(refused.value) == "LG010"


def test_verify_names_a_reversal_that_mirrors_its_entry_no_longer():
    reverse()
    unguarded("ledger_leg", "update ledger_leg set amount = 11 where kind = 27 and leg = 2")

    assert "leg 2 of reversal 5:1:1 mirrors no leg of that entry" in failures()


def test_a_deposit_is_reversed_although_our_stripe_balance_is_not_guarded():
    record(a_deposit(2, 70))

    reverse(EntryKind.DEPOSIT, "pi_2")

    assert queries.balances([STRIPE, WALLET]) == {STRIPE: 1_000, WALLET: 0}
