"""A closed period: nothing is dated into it any more, whoever asks, and nothing fails for that."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.foundation.transactions import sqlstate
from cliphaven.ledger import operations, queries
from cliphaven.ledger.chart import EntryKind
from tests.rooms.ledger.bookkeeping import (
    MONDAY,
    WALLET,
    a_deposit,
    a_funding,
    closed,
    failures,
    record,
    sql,
    unguarded,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def occurred(external_id: str) -> object:
    found = queries.entry(EntryKind.DEPOSIT, external_id)
    assert found is not None
    return found.occurred_at


def test_nothing_is_closed_at_first():
    assert queries.closed_through() is None
    assert queries.closes() == []


def test_a_close_says_through_when_and_by_whom():
    record(a_deposit(1))

    assert operations.close_books(through=MONDAY, actor="user:7", now=MONDAY + DAY)

    [close] = queries.closes()
    assert (close.no, close.through, close.closed_at, close.actor) == (1, MONDAY, MONDAY + DAY, "user:7")
    assert queries.closed_through() == MONDAY


def test_an_entry_of_a_closed_moment_is_dated_at_the_first_open_one():
    closed(MONDAY)

    record(a_deposit(1, at=MONDAY), a_deposit(2, at=MONDAY - DAY), a_deposit(3, at=MONDAY + DAY))

    assert [occurred(f"pi_{number}") for number in (1, 2, 3)] == [MONDAY + MOMENT, MONDAY + MOMENT, MONDAY + DAY]
    assert failures() == []


def test_an_entry_that_is_asked_for_again_after_the_close_keeps_its_moment():
    record(a_deposit(1, at=MONDAY))
    closed(MONDAY)

    assert record(a_deposit(1, at=MONDAY)) == 0
    assert occurred("pi_1") == MONDAY


def test_a_leg_inserted_past_our_code_cannot_be_dated_into_a_closed_period():
    record(a_deposit(1, at=MONDAY))
    closed(MONDAY)
    copy = (
        "insert into ledger_leg (debit_account, credit_account, amount, kind, leg, legs, external_id, cause, actor,"
        " reason, occurred_at) select debit_account, credit_account, 5, 1, 1, 1, 'pi_2', 'c', 'a', '', occurred_at"
        " + %s from ledger_leg"
    )

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(copy, [timedelta(0)])
    assert sqlstate(refused.value) == "LG009"
    sql(copy, MOMENT)  # the first open moment
    assert queries.balance(WALLET) == 100 + 5


def test_closing_again_through_the_same_moment_changes_nothing():
    closed(MONDAY)

    assert not operations.close_books(through=MONDAY, actor="user:2", now=MONDAY + DAY)
    assert len(queries.closes()) == 1


def test_closing_goes_forward_only():
    closed(MONDAY)

    with pytest.raises(operations.CloseRefused, match="already closed through"):
        operations.close_books(through=MONDAY - MOMENT, actor="user:1", now=MONDAY + DAY)


def test_what_is_not_over_cannot_be_closed():
    with pytest.raises(operations.CloseRefused, match="not over"):
        operations.close_books(through=MONDAY + MOMENT, actor="user:1", now=MONDAY)


@pytest.mark.parametrize("is_first", [True, False])
def test_one_call_closes_a_week_at_most_whatever_it_says_the_time_is(is_first):
    record(a_deposit(1, at=MONDAY))
    if not is_first:
        closed(MONDAY)
    far = MONDAY + 3_000 * DAY

    with pytest.raises(operations.CloseRefused, match="a week further"):
        operations.close_books(through=MONDAY + 7 * DAY + MOMENT, actor="user:1", now=far)
    assert queries.closable_through() == MONDAY + 7 * DAY
    assert operations.close_books(through=MONDAY + 7 * DAY, actor="user:1", now=far)


def test_a_row_past_our_function_closes_no_more_either():
    record(a_deposit(1, at=MONDAY))

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into ledger_close (no, through, last_leg, closed_at, actor) values (1, %(far)s, 1, %(far)s, 'x')",
            {"far": MONDAY + 8 * DAY},
        )
    assert sqlstate(refused.value) == "LG012"


def test_a_house_that_was_off_for_long_catches_up_week_by_week():
    record(a_deposit(1, at=MONDAY))
    closed(MONDAY)
    later = MONDAY + 20 * DAY

    operations.close_day(now=later)

    midnight = later.replace(hour=0)
    assert [close.through for close in queries.closes()] == [
        midnight - MOMENT,
        MONDAY + 14 * DAY,
        MONDAY + 7 * DAY,
        MONDAY,
    ]


def test_the_first_close_of_books_that_have_long_been_quiet_catches_up_too():
    record(a_deposit(1, at=MONDAY))

    operations.close_day(now=MONDAY + 10 * DAY)

    assert [close.through for close in queries.closes()] == [
        (MONDAY + 10 * DAY).replace(hour=0) - MOMENT,
        MONDAY + 7 * DAY,
    ]


def test_the_day_is_closed_through_its_last_moment_once_kept_and_sealed():
    record(a_deposit(1, at=MONDAY - DAY))
    for _ in range(2):
        operations.close_day(now=MONDAY)

    midnight = MONDAY.replace(hour=0)
    assert [close.through for close in queries.closes()] == [midnight - MOMENT]
    assert len(queries.seals()) == 1
    assert sql("select through from ledger_bucket_run") == [(midnight - MOMENT,)]
    assert failures() == []


def test_a_clock_that_went_back_closes_nothing_again_and_seals_all_the_same():
    operations.close_day(now=MONDAY)
    record(a_deposit(1, at=MONDAY - 3 * DAY))

    operations.close_day(now=MONDAY - DAY)

    assert len(queries.closes()) == 1
    assert [seal.legs for seal in queries.seals()] == [1]


def test_verify_names_a_leg_that_was_dated_into_a_closed_period_afterwards():
    record(a_deposit(1, at=MONDAY))
    closed(MONDAY)
    record(a_deposit(2, at=MONDAY + DAY))
    unguarded("ledger_leg", "update ledger_leg set occurred_at = %s where external_id = 'pi_2'", MONDAY)

    assert [failure for failure in failures() if "was recorded after the books were closed" in failure] != []


def test_verify_names_a_floor_that_was_broken_before_a_close_although_it_holds_now():
    record(a_deposit(1, 100), a_funding(1, 60))
    closed(MONDAY)
    record(a_deposit(2, 100))
    # As if only 30 had come in before the close, and 60 gone out: 30 short then, 70 over now.
    unguarded("ledger_leg", "update ledger_leg set amount = 30 where external_id = 'pi_1'")
    [floors] = [check for check in queries.verify() if check.name == "guarded balances never below zero"]

    assert floors.failures == ("sponsor:1:wallet USD was -30 at close 1",)


@pytest.mark.parametrize("table", ["ledger_close", "ledger_seal"])
@pytest.mark.parametrize("act", ["update {} set no = 2", "delete from {}", "truncate {}"])
def test_closes_and_seals_stay_as_they_are(table, act):
    record(a_deposit(1))
    closed(MONDAY)
    operations.seal_books(now=MONDAY)

    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))
    assert sqlstate(refused.value) == "LG001"
