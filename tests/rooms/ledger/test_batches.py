"""Hundreds of entries in one call: checked as strictly as one, with few locks, and replayed like one."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.foundation.transactions import sqlstate
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.rooms.ledger.test_record import BUDGET, STRIPE, WALLET, an_entry, record

pytestmark = pytest.mark.django_db

MANY = 300


def wallet(owner_id: int) -> Account:
    return Account(kind=AccountKind.SPONSOR_WALLET, owner_id=owner_id, currency="USD")


def budget(owner_id: int) -> Account:
    return Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=owner_id, currency="USD")


def deposits(amount: int, *, owners: range) -> list[operations.Entry]:
    return [an_entry(EntryKind.DEPOSIT, (STRIPE, wallet(owner), amount), external_id=f"pi_{owner}") for owner in owners]


def fundings(amount: int, *, owners: range) -> list[operations.Entry]:
    return [
        an_entry(EntryKind.FUND_CAMPAIGN, (wallet(owner), budget(owner), amount), external_id=f"{owner}:1")
        for owner in owners
    ]


def test_each_account_of_a_batch_gets_its_own_money():
    owners = range(1, MANY + 1)
    record(*[an_entry(EntryKind.DEPOSIT, (STRIPE, wallet(n), n), external_id=f"pi_{n}") for n in reversed(owners)])

    assert queries.balances([wallet(n) for n in owners]) == {wallet(n): n for n in owners}


def test_accounts_of_two_currencies_and_of_no_owner_stand_beside_each_other():
    euros = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="EUR")
    stripe_euros = Account(kind=AccountKind.STRIPE_BALANCE, currency="EUR")
    record(
        an_entry(EntryKind.DEPOSIT, (stripe_euros, euros, 7), external_id="pi_1"),
        an_entry(EntryKind.DEPOSIT, (STRIPE, WALLET, 5), external_id="pi_2"),
    )

    assert queries.balances([WALLET, STRIPE, euros, stripe_euros]) == {WALLET: 5, STRIPE: 5, euros: 7, stripe_euros: 7}


def test_one_account_of_many_that_would_fall_below_zero_is_named_and_stops_them_all():
    owners = range(1, MANY + 1)
    record(*deposits(100, owners=owners))
    entries = fundings(100, owners=owners)
    entries[123] = an_entry(EntryKind.FUND_CAMPAIGN, (wallet(124), budget(124), 101), external_id="124:1")

    with pytest.raises(operations.BalanceWouldBeNegative, match="sponsor:124:wallet would be 1 USD below zero"):
        record(*entries)
    assert queries.balances([budget(1), budget(124)]) == {budget(1): 0, budget(124): 0}


def test_however_many_guarded_accounts_a_transaction_touches_it_takes_at_most_256_locks_for_them():
    owners = range(1, 2 * MANY + 1)
    record(*deposits(100, owners=owners))
    before = locks_on_guarded_accounts()

    record(*fundings(100, owners=owners))

    assert locks_on_guarded_accounts() - before == 256


def test_a_batch_that_is_partly_in_the_books_records_the_rest():
    record(*deposits(100, owners=range(1, 11)))

    assert record(*deposits(100, owners=range(6, 21))) == 10
    assert queries.balance(STRIPE) == 20 * 100


def test_one_entry_of_a_batch_that_is_in_the_books_with_other_content_stops_it():
    record(*deposits(100, owners=range(7, 8)))

    with pytest.raises(operations.EntryAlreadyRecorded):
        record(*deposits(101, owners=range(1, 21)))
    assert queries.balance(STRIPE) == 100


@pytest.mark.parametrize("told", [("cause", "another"), ("actor", "user:7"), ("reason", "because")])
def test_what_only_one_entry_of_a_batch_says_stays_with_that_entry(told):
    column, text = told
    entries = deposits(100, owners=range(1, 4))
    entries[1] = replace(entries[1], **{column: text})
    record(*entries)

    with connection.cursor() as cursor:
        cursor.execute(f"select {column} = %s from ledger_leg order by external_id", [text])
        assert cursor.fetchall() == [(False,), (True,), (False,)]


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        ("credit_account = 0", "LG002"),  # an account that does not exist
        ("credit_account = (select id from ledger_account where currency = 'EUR' and code like 'sponsor%')", "LG002"),
        ("xid = 1", "LG002"),  # a forged stamp
        ("kind = 3", "LG003"),  # a movement that is not declared
        ("legs = 2", "LG004"),  # half an entry
    ],
)
def test_one_unsound_leg_among_many_is_found(spoiled, code):
    euros = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="EUR")
    stripe_euros = Account(kind=AccountKind.STRIPE_BALANCE, currency="EUR")
    record(*deposits(100, owners=range(1, MANY + 1)))
    record(an_entry(EntryKind.DEPOSIT, (stripe_euros, euros, 7), external_id="pi_eur"))
    column, _, value = spoiled.partition(" = ")
    row = {name: name for name in ("debit_account", "credit_account", "kind", "legs")}
    row["xid"] = "pg_current_xact_id()::text::bigint"
    row[column] = f"case when external_id = 'pi_77' then {value} else {row[column]} end"

    assert (
        refused(
            "insert into ledger_leg (debit_account, credit_account, kind, legs, xid, amount, leg, external_id, cause,"
            f" actor, reason, occurred_at) select {row['debit_account']}, {row['credit_account']}, {row['kind']},"
            f" {row['legs']}, {row['xid']}, amount, leg, external_id || '_again', cause, actor, reason, occurred_at"
            f" from ledger_leg where external_id <> 'pi_eur'"
        )
        == code
    )


@pytest.mark.parametrize("owners", ["{2,1}", "{1,1}", "{1,null}"])
def test_accounts_that_are_named_out_of_order_are_refused_and_not_mixed_up(owners):
    assert (
        refused(
            "select ledger_record('{1}', '{x,y}', '{1}', '{1}', '{5,6}', '{1,1}', '{2,3}', '{now}', '{c}', '{a}',"
            " '{r}', '{stripe_balance,sponsor_wallet}', '{USD,USD}', '{1,2}',"
            f" '{{null}}'::bigint[] || '{owners}')"
        )
        == "LG008"
    )


@pytest.mark.parametrize("name", ["pi_77\npi_78", "pi_77\n", "\npi_77", "", "pi_"])
def test_one_name_among_many_that_is_none_is_refused_also_when_it_looks_like_two(name):
    entries = deposits(100, owners=range(1, MANY + 1))
    entries[76] = replace(entries[76], external_id=name)

    with pytest.raises(operations.EntryRefused, match="is no name of"):
        record(*entries)


@pytest.mark.parametrize("cause", ["two\nlines", "", " indented", "ends\n"])
def test_one_cause_among_many_that_is_no_line_is_refused(cause):
    entries = deposits(100, owners=range(1, MANY + 1))
    entries[76] = replace(entries[76], cause=cause)

    with pytest.raises(operations.EntryRefused, match="is one line of text"):
        record(*entries)


def test_a_budget_is_guarded_in_a_batch_of_many_small_entries():
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=1, currency="USD")
    record(
        an_entry(EntryKind.DEPOSIT, (STRIPE, WALLET, 100), external_id="pi_1"),
        an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 100)),
    )
    accruals = [an_entry(EntryKind.ACCRUAL, (BUDGET, clearing, 1), external_id=f"1:{n}") for n in range(101)]

    with pytest.raises(operations.BalanceWouldBeNegative):
        record(*accruals)
    assert record(*accruals[:100]) == 100


def locks_on_guarded_accounts() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
            " and classid::bigint >> 16 = 7201"
        )
        return int(cursor.fetchone()[0])


def refused(statement: str) -> str:
    """The SQLSTATE with which the database refuses the statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return sqlstate(error)
    return "accepted"
