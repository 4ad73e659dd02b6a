"""What the books take, and what they refuse, whoever asks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.foundation.transactions import sqlstate
from cliphaven.ledger import chart, operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

MONDAY = datetime(2026, 11, 2, 6, tzinfo=UTC)
STRIPE = Account(kind=AccountKind.STRIPE_BALANCE, currency="USD")
WALLET = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="USD")
BUDGET = Account(kind=AccountKind.CAMPAIGN_BUDGET, owner_id=1, currency="USD")
CLEARING = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=1, currency="USD")
FEES = Account(kind=AccountKind.PLATFORM_FEES, currency="USD")
CONNECTED = Account(kind=AccountKind.STRIPE_CONNECTED, owner_id=1, currency="USD")


def an_entry(kind: EntryKind, *moves: tuple[Account, Account, int], external_id: str = "1:1") -> operations.Entry:
    legs = tuple(operations.Leg(debit=debit, credit=credit, amount_minor=amount) for debit, credit, amount in moves)
    return operations.Entry(kind=kind, external_id=external_id, legs=legs, occurred_at=MONDAY, cause="test")


def record(*entries: operations.Entry) -> int:
    with transaction.atomic():
        return operations.record(entries)


def deposited(amount: int, *, external_id: str = "pi_1") -> operations.Entry:
    return an_entry(EntryKind.DEPOSIT, (STRIPE, WALLET, amount), external_id=external_id)


pytestmark = pytest.mark.django_db


def test_a_deposit_adds_to_both_sides():
    record(deposited(10_000))

    assert queries.balances([STRIPE, WALLET]) == {STRIPE: 10_000, WALLET: 10_000}


def test_an_accrual_takes_net_and_fee_from_the_budget():
    record(deposited(10_000), an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 6_000)))
    record(an_entry(EntryKind.ACCRUAL, (BUDGET, CLEARING, 900), (BUDGET, FEES, 100), external_id="1:1"))

    assert queries.balances([WALLET, BUDGET, CLEARING, FEES]) == {
        WALLET: 10_000 - 6_000,
        BUDGET: 6_000 - 900 - 100,
        CLEARING: 900,
        FEES: 100,
    }


def test_the_same_entry_again_changes_nothing():
    record(deposited(10_000))

    assert record(deposited(10_000)) == 0
    assert queries.balance(WALLET) == 10_000


def test_the_same_id_with_other_content_is_refused():
    record(deposited(10_000))

    with pytest.raises(operations.EntryAlreadyRecorded):
        record(deposited(10_001))


@pytest.mark.parametrize("told", [{"cause": "another"}, {"actor": "user:7"}, {"reason": "because"}])
def test_the_same_entry_told_differently_is_refused(told):
    record(deposited(10_000))

    with pytest.raises(operations.EntryAlreadyRecorded):
        record(replace(deposited(10_000), **told))


def test_the_same_entry_asked_for_again_later_keeps_its_first_moment():
    record(deposited(10_000))

    assert record(replace(deposited(10_000), occurred_at=MONDAY + timedelta(hours=1))) == 0
    assert [line.occurred_at for line in queries.statement(WALLET)] == [MONDAY]


def test_the_same_id_with_another_number_of_legs_is_refused():
    record(deposited(10_000), an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 6_000)))
    record(an_entry(EntryKind.ACCRUAL, (BUDGET, CLEARING, 900), external_id="1:1"))

    with pytest.raises(operations.EntryAlreadyRecorded):
        record(an_entry(EntryKind.ACCRUAL, (BUDGET, CLEARING, 900), (BUDGET, FEES, 100), external_id="1:1"))


def test_a_guarded_account_never_falls_below_zero():
    record(deposited(10_000))

    with pytest.raises(operations.BalanceWouldBeNegative):
        record(an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 10_001)))


def test_a_guarded_asset_never_falls_below_zero():
    record(deposited(10_000), an_entry(EntryKind.TRANSFER, (CONNECTED, STRIPE, 100), external_id="tr_1"))

    with pytest.raises(operations.BalanceWouldBeNegative):
        record(an_entry(EntryKind.TRANSFER_REVERSAL, (STRIPE, CONNECTED, 101), external_id="trr_1"))


def test_what_stripe_takes_is_recorded_even_when_it_was_not_there():
    record(deposited(100))
    processing = Account(kind=AccountKind.PLATFORM_PROCESSING, currency="USD")

    record(an_entry(EntryKind.PROCESSING_FEE, (processing, STRIPE, 101), external_id="txn_1"))

    assert queries.balance(STRIPE) == 100 - 101


def test_an_undeclared_movement_is_refused():
    with pytest.raises(operations.MovementNotDeclared):
        record(an_entry(EntryKind.DEPOSIT, (STRIPE, BUDGET, 100), external_id="pi_1"))


def test_one_refused_entry_takes_the_whole_call_with_it():
    with pytest.raises(operations.BalanceWouldBeNegative):
        record(deposited(100), an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 101)))

    assert queries.balance(STRIPE) == 0


def test_two_currencies_keep_books_of_their_own():
    euros = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="EUR")
    record(deposited(100))

    assert queries.balances([WALLET, euros]) == {WALLET: 100, euros: 0}


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_leg set amount = 1",
        "delete from ledger_leg",
        "truncate ledger_leg",
        "update ledger_account set guarded = false",
        "delete from ledger_account",
        "truncate ledger_account",
        "update ledger_movement set entry_kind = 99",
        "update ledger_account_kind set guarded = false",
        "truncate ledger_account_kind",
    ],
)
def test_the_database_refuses_to_change_the_past(statement):
    record(deposited(100))

    assert refused_by_database(statement) == "LG001"


LEG = (
    "insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor, reason,"
    " occurred_at) values"
)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        # half an entry: one leg of two
        ("(%(stripe)s, %(wallet)s, 5, 1, 1, 2, 'x', 'c', 'a', '', now())", "LG004"),
        # a kind that nobody declared
        ("(%(stripe)s, %(wallet)s, 5, 99, 1, 1, 'x', 'c', 'a', '', now())", "LG003"),
        # a declared kind between accounts it may not move between
        ("(%(wallet)s, %(stripe)s, 5, 1, 1, 1, 'x', 'c', 'a', '', now())", "LG003"),
        # an account that does not exist
        ("(%(stripe)s, 0, 5, 1, 1, 1, 'x', 'c', 'a', '', now())", "LG002"),
        # the same account on both sides: unbalanced in spirit
        ("(%(stripe)s, %(stripe)s, 5, 1, 1, 1, 'x', 'c', 'a', '', now())", "23514"),
        # nothing, less than nothing, and more than the books can hold
        ("(%(stripe)s, %(wallet)s, 0, 1, 1, 1, 'x', 'c', 'a', '', now())", "23514"),
        ("(%(stripe)s, %(wallet)s, -5, 1, 1, 1, 'x', 'c', 'a', '', now())", "23514"),
        ("(%(stripe)s, %(wallet)s, 10000000000001, 1, 1, 1, 'x', 'c', 'a', '', now())", "23514"),
        # an entry without a cause
        ("(%(stripe)s, %(wallet)s, 5, 1, 1, 1, 'x', '', 'a', '', now())", "23514"),
    ],
)
def test_the_database_refuses_unsound_legs_even_past_our_code(values, code):
    record(deposited(100))
    with connection.cursor() as cursor:
        cursor.execute("select code, id from ledger_account")
        ids = dict(cursor.fetchall())

    statement = LEG + values % {"stripe": ids["stripe:balance"], "wallet": ids["sponsor:1:wallet"]}

    assert refused_by_database(statement) == code


EUROS = [
    Account(kind=AccountKind.STRIPE_BALANCE, currency="EUR"),
    Account(kind=AccountKind.SPONSOR_WALLET, owner_id=1, currency="EUR"),
]


def test_an_entry_of_two_currencies_is_refused():
    with pytest.raises(operations.EntryRefused, match="two currencies"):
        record(an_entry(EntryKind.DEPOSIT, (STRIPE, WALLET, 9), (EUROS[0], EUROS[1], 1), external_id="pi_2"))


@pytest.mark.parametrize(("euros_name", "code"), [("pi_8", "LG014"), ("pi_9", "accepted")])
def test_the_database_too_refuses_an_entry_of_two_currencies(euros_name, code):
    """Two legs of dollars and two of euros, under one name or under two."""
    record(deposited(100), an_entry(EntryKind.DEPOSIT, (EUROS[0], EUROS[1], 100), external_id="pi_2"))
    legs = 4 if euros_name == "pi_8" else 2
    statement = (
        "insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
        " reason, occurred_at) select debit_account, credit_account, 5, 1,"
        f" step + case when external_id = 'pi_2' then {legs} - 2 else 0 end, {legs},"
        f" case when external_id = 'pi_2' then '{euros_name}' else 'pi_8' end, 'c', 'a', '', now()"
        " from ledger_leg cross join generate_series(1, 2) as step"
    )

    assert refused_by_database(statement) == code


@pytest.mark.parametrize(
    "values",
    [
        "('sponsor:9:wallet', 'sponsor_wallet', 'liability', 9, false)",  # without its guard
        "('sponsor:9:wallet', 'platform_fees', 'income', null, false)",  # under a kind that moves otherwise
        "('sponsor:9:wallet', 'sponsor_wallet', 'liability', 8, true)",  # of another owner than its name says
        "('sponsor::wallet', 'sponsor_wallet', 'liability', null, true)",
        "('slush', 'slush', 'asset', null, false)",
    ],
)
def test_the_database_opens_no_account_that_the_chart_does_not_declare(values):
    account = "insert into ledger_account (kind, currency, code, class, owner_id, guarded)"

    assert (
        refused_by_database(
            f"{account} select kind, 'USD', code, class, owner_id::bigint, guarded"
            f" from (values {values}) as a(code, kind, class, owner_id, guarded)"
        )
        == "LG008"
    )


def test_a_forged_stamp_is_refused():
    record(deposited(100))

    assert (
        refused_by_database(
            "insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
            " reason, occurred_at, xid) select debit_account, credit_account, 5, 1, 1, 1, 'x', 'c', 'a', '', now(), 1"
            " from ledger_leg limit 1"
        )
        == "LG002"
    )


def test_chart_and_database_declare_the_same_movements_and_accounts():
    [check] = [check for check in queries.verify() if check.name == "chart and database agree"]

    assert check.failures == ()
    movements = sum(len(moves) for moves in chart.PERMITTED.values())
    assert check.looked_at == movements + len(chart.ACCOUNT_TYPES) + len(chart.EntryKind)


def test_verify_finds_nothing_in_sound_books_and_says_what_it_looked_at():
    record(deposited(10_000), an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 6_000)))

    checks = queries.verify()

    assert [check.name for check in checks if check.failures] == []
    assert {check.name: check.looked_at for check in checks}["entries complete"] == 2


def test_an_account_that_was_opened_without_its_guard_is_named():
    record(deposited(100))
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_account disable trigger user")
        cursor.execute("update ledger_account set guarded = false where code = 'sponsor:1:wallet'")

    assert [failure for check in queries.verify() for failure in check.failures] == [
        "sponsor:1:wallet USD is not what the chart declares"
    ]


def test_the_trial_balance_sums_to_zero():
    record(deposited(10_000), an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 6_000)))

    trial = queries.trial_balance()

    assert trial.is_balanced
    assert {line.account: line.balance_minor for line in trial.lines} == {
        "stripe:balance": 10_000,
        "sponsor:1:wallet": 4_000,
        "campaign:1:budget": 6_000,
    }


def test_a_statement_shows_each_posting_with_the_balance_after_it():
    record(deposited(10_000))
    record(an_entry(EntryKind.FUND_CAMPAIGN, (WALLET, BUDGET, 6_000)))

    assert [(line.kind_name, line.signed_minor, line.balance_minor) for line in queries.statement(WALLET)] == [
        ("fund campaign", -6_000, 10_000 - 6_000),
        ("deposit", 10_000, 10_000),
    ]


def refused_by_database(statement: str) -> str:
    """The SQLSTATE with which PostgreSQL refuses the statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        return sqlstate(error)
    return "accepted"
