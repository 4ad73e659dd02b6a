"""What an account held at any past moment, held against plain sums over what was recorded."""

import itertools
import random
from datetime import timedelta

import pytest

from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from tests.rooms.ledger.bookkeeping import (
    BUDGET,
    MONDAY,
    STRIPE,
    WALLET,
    a_deposit,
    a_funding,
    an_entry,
    closed,
    failures,
    record,
    scattered_deposits,
    sql,
    summed,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("closes", [(), (45,), (0,), (52, 31, 30, 0)], ids=lambda minutes: f"closed {minutes} ago")
def test_a_past_balance_is_what_had_occurred_by_then_closed_or_open(closes):
    # The moments are those that open time has kept: each close is made before what comes after it is recorded.
    entries: list[operations.Entry] = []
    bounds = [
        MONDAY - timedelta(hours=2),
        *(MONDAY - timedelta(minutes=minutes) for minutes in closes),
        MONDAY + MOMENT,
    ]
    every = scattered_deposits(600, seed=len(closes))
    for since, until in itertools.pairwise(bounds):
        part = [entry for entry in every if since < entry.occurred_at <= until]
        record(*part)
        entries += part
        if until <= MONDAY:
            closed(until)
    chance = random.Random(7)
    asked = [chance.choice(every).occurred_at + chance.choice((-1, 0, 1)) * MOMENT for _ in range(200)]

    found = [queries.balances([STRIPE, WALLET], as_of=moment) for moment in asked]

    sums = [summed(entries, until=moment) for moment in asked]
    assert found == [{STRIPE: each, WALLET: each} for each in sums]
    assert failures() == []


def test_a_trial_balance_of_a_past_moment_has_each_accounts_debits_and_credits():
    record(a_deposit(1, 1_000, at=MONDAY - 2 * DAY), a_funding(1, 300, at=MONDAY - DAY))
    closed(MONDAY - DAY)
    record(a_funding(2, 500, at=MONDAY))

    def told(as_of):
        trial = queries.trial_balance(as_of=as_of)
        assert trial.is_balanced
        return {line.account: (line.debits_minor, line.credits_minor) for line in trial.lines}

    assert told(MONDAY - 2 * DAY - MOMENT) == dict.fromkeys(
        ["campaign:1:budget", "sponsor:1:wallet", "stripe:balance"], (0, 0)
    )
    assert told(MONDAY - DAY) == {
        "campaign:1:budget": (0, 300),
        "sponsor:1:wallet": (300, 1_000),
        "stripe:balance": (1_000, 0),
    }
    assert (
        told(MONDAY)
        == told(None)
        == {
            "campaign:1:budget": (0, 300 + 500),
            "sponsor:1:wallet": (300 + 500, 1_000),
            "stripe:balance": (1_000, 0),
        }
    )


def test_an_account_that_was_never_used_held_nothing():
    stranger = Account(kind=AccountKind.SPONSOR_WALLET, owner_id=99, currency="USD")

    assert queries.balance(stranger, as_of=MONDAY) == 0
    assert queries.statement(stranger).opening_minor == queries.statement(stranger).closing_minor == 0


def test_a_thousand_legs_of_one_moment_are_one_step():
    record(*[a_deposit(number, 7) for number in range(1_000)], a_deposit(1_000, 1, at=MONDAY + MOMENT))
    closed(MONDAY + DAY)

    assert [queries.balance(WALLET, as_of=MONDAY + n * MOMENT) for n in (-1, 0, 1)] == [0, 7_000, 7_001]
    assert sql("select sum(cardinality(moments)), sum(legs) from ledger_bucket") == [(2 * 2, 2 * 1_001)]


def test_a_late_entry_changes_nothing_about_closed_time():
    record(a_deposit(1, 100, at=MONDAY - DAY))
    closed(MONDAY - DAY)

    record(a_deposit(2, 50, at=MONDAY - 2 * DAY))

    assert queries.balance(WALLET, as_of=MONDAY - 2 * DAY) == 0
    assert queries.balance(WALLET, as_of=MONDAY - DAY) == 100
    assert queries.balance(WALLET, as_of=MONDAY) == 100 + 50


def test_an_entry_dated_ahead_counts_from_its_moment_on_although_time_was_closed_in_between():
    record(a_deposit(1, 100, at=MONDAY + 2 * DAY))
    closed(MONDAY)
    record(a_deposit(2, 10, at=MONDAY + DAY))
    closed(MONDAY + DAY)

    assert [queries.balance(WALLET, as_of=MONDAY + n * DAY) for n in (0, 1, 2)] == [0, 10, 110]
    closed(MONDAY + 2 * DAY)
    assert [queries.balance(WALLET, as_of=MONDAY + n * DAY) for n in (0, 1, 2)] == [0, 10, 110]
    assert failures() == []


def lines(statement) -> list[tuple[int, int, int]]:
    return [(line.leg_id, line.signed_minor, line.balance_minor) for line in statement]


def plain_statement(account: Account, *, since, until) -> list[tuple[int, int, int]]:
    """The same from the view of postings, by a window over everything."""
    rows = sql(
        "select leg_id, signed_amount, balance from (select leg_id, occurred_at, signed_amount,"
        " sum(signed_amount) over (order by occurred_at, leg_id)::bigint as balance from ledger_posting p"
        " join ledger_account a on a.id = p.account_id where a.code = %s) l"
        " where occurred_at >= %s and occurred_at < %s order by occurred_at desc, leg_id desc",
        account.code,
        since,
        until,
    )
    return [(int(leg), int(signed), int(balance)) for leg, signed, balance in rows]


@pytest.mark.parametrize("closes", [(), (20,), (50, 31, 30)], ids=lambda minutes: f"closed {minutes} ago")
@pytest.mark.parametrize("page", [1, 7, 50, 1_000])
def test_a_statement_is_the_same_page_by_page_as_the_plain_sum_over_everything(closes, page):
    record(*scattered_deposits(150, seed=1))
    record(*[a_funding(number, 1, at=MONDAY - timedelta(minutes=number)) for number in range(60)])
    for minutes in closes:
        closed(MONDAY - timedelta(minutes=minutes))
    record(*scattered_deposits(50, seed=2, first=1_000))
    since, until = MONDAY - timedelta(minutes=55), MONDAY - timedelta(minutes=2)

    read: list[tuple[int, int, int]] = []
    before = None
    while True:
        statement = queries.statement(WALLET, before=before, since=since, until=until, limit=page)
        read += lines(statement)
        before = statement.older
        if before is None:
            break

    assert read == plain_statement(WALLET, since=since, until=until)
    assert statement.opening_minor == queries.balance(WALLET, as_of=since - MOMENT)
    assert statement.closing_minor == queries.balance(WALLET, as_of=until - MOMENT)
    assert statement.opening_minor + sum(signed for _, signed, _ in read) == statement.closing_minor


def test_a_statement_of_an_asset_grows_by_debits():
    record(a_deposit(1, 100), a_deposit(2, 50))

    statement = queries.statement(STRIPE)

    assert [(line.signed_minor, line.balance_minor) for line in statement] == [(50, 150), (100, 100)]
    assert (statement.opening_minor, statement.closing_minor, statement.older) == (0, 150, None)


def test_a_statement_of_a_quiet_period_has_no_line_and_says_what_there_was():
    record(a_deposit(1, 100, at=MONDAY))

    statement = queries.statement(WALLET, since=MONDAY + DAY, until=MONDAY + 2 * DAY)

    assert (len(statement), statement.opening_minor, statement.closing_minor) == (0, 100, 100)


def test_the_books_of_another_currency_are_asked_apart():
    euros = [Account(kind=account.kind, owner_id=account.owner_id, currency="EUR") for account in (STRIPE, WALLET)]
    record(a_deposit(1, 100), an_entry(EntryKind.DEPOSIT, "pi_2", (euros[0], euros[1], 40)))
    closed(MONDAY)

    assert queries.balances([WALLET, euros[1], BUDGET], as_of=MONDAY) == {WALLET: 100, euros[1]: 40, BUDGET: 0}
    assert [line.signed_minor for line in queries.statement(euros[1])] == [40]
