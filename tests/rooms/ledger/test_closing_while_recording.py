"""Closing while others record: real threads, real commits, clocks that do not agree."""

import random
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from cliphaven.ledger import operations, queries, tasks
from tests.concurrency.test_one_budget import at_once
from tests.rooms.ledger.bookkeeping import (
    BUDGET,
    MONDAY,
    WALLET,
    a_deposit,
    a_funding,
    failures,
    record,
    sql,
)

POSTERS, ENTRIES, CLOSES, QUESTIONS = 8, 40, 6, 100


def test_no_entry_is_ever_dated_into_a_closed_period_and_no_answer_about_one_changes(committed):
    record(a_deposit(0, 1_000_000, at=MONDAY - timedelta(hours=1)))
    answers: dict[object, tuple[int, int]] = {}
    begun = time.monotonic()

    def now() -> timedelta:
        return timedelta(seconds=time.monotonic() - begun)

    def post(number: int) -> str:
        skew = timedelta(seconds=random.Random(number).uniform(-2, 0.05))  # each machine's clock says something else
        for step in range(ENTRIES):
            with transaction.atomic():
                operations.record([a_funding(number * ENTRIES + step, 1, at=MONDAY + now() + skew)])
                time.sleep(0.002)  # recorded and not committed: a close has to wait
        return "posted"

    def close(_: int) -> str:
        for _ in range(CLOSES):
            time.sleep(0.05)
            through = MONDAY + now() - timedelta(milliseconds=20)
            operations.close_books(through=through, actor="system", now=MONDAY + now())
            answers[through] = tuple(queries.balances([WALLET, BUDGET], as_of=through).values())
            operations.write_buckets()
        return "closed"

    told = at_once(lambda number: close(number) if number == POSTERS else post(number), workers=POSTERS + 1)

    assert told == {"posted": POSTERS, "closed": 1}
    moments = list(answers)
    for question in range(QUESTIONS):
        through = moments[question % len(moments)]
        assert tuple(queries.balances([WALLET, BUDGET], as_of=through).values()) == answers[through]
    assert queries.balance(BUDGET) == POSTERS * ENTRIES
    assert len(queries.closes()) == CLOSES
    assert failures() == []


def a_poster_in_flight(number: int) -> tuple[threading.Thread, threading.Event]:
    """Somebody who has recorded and does not commit before the event is set.

    The accounts are opened before: whoever opens one lets others who would open it wait, and nothing else does.
    """
    record(a_deposit(0, 7))
    recorded, may_commit = threading.Event(), threading.Event()

    def post() -> None:
        with transaction.atomic():
            operations.record([a_deposit(number)])
            recorded.set()
            assert may_commit.wait(20)
        connections.close_all()

    thread = threading.Thread(target=post)
    thread.start()
    assert recorded.wait(20)
    return thread, may_commit


def test_a_close_waits_for_a_poster_in_flight_and_counts_what_it_recorded(committed):
    poster, may_commit = a_poster_in_flight(1)
    done: list[bool] = []

    def close() -> None:
        done.append(operations.close_books(through=MONDAY, actor="system", now=MONDAY))
        connections.close_all()

    closer = threading.Thread(target=close)
    closer.start()
    closer.join(0.5)
    assert done == []

    may_commit.set()
    poster.join()
    closer.join()
    assert done == [True]
    assert queries.balance(WALLET, as_of=MONDAY) == 7 + 100


def test_who_waited_for_a_close_is_dated_after_it(committed):
    closing, recorded = threading.Event(), threading.Event()

    def post() -> None:
        closing.wait(20)
        record(a_deposit(1))
        recorded.set()
        connections.close_all()

    poster = threading.Thread(target=post)
    poster.start()
    with transaction.atomic():
        sql("select ledger_close_books(%s, %s, 'system')", MONDAY, MONDAY)
        closing.set()
        assert not recorded.wait(0.5)
    poster.join()

    assert [line.occurred_at for line in queries.statement(WALLET)] == [MONDAY + timedelta(microseconds=1)]


def test_neither_closing_nor_sealing_keeps_others_waiting_for_a_poster_that_does_not_end(committed, monkeypatch):
    sql("alter function ledger_close_books set lock_timeout = '50ms'")
    sql("alter function ledger_seal_books set lock_timeout = '50ms'")
    poster, may_commit = a_poster_in_flight(1)

    with pytest.raises(operations.BooksBusy):
        operations.close_books(through=MONDAY, actor="system", now=MONDAY)
    with pytest.raises(operations.BooksBusy):
        operations.seal_books(now=MONDAY)
    record(a_deposit(2))  # nobody holds anything back

    may_commit.set()
    poster.join()
    assert operations.seal_books(now=MONDAY) == 1


def test_sealing_leaves_no_lock_behind(committed):
    record(a_deposit(1))
    operations.seal_books(now=MONDAY)

    assert sql("select count(*) from pg_locks where locktype = 'advisory'") == [(0,)]


def test_the_seal_covers_what_a_poster_in_flight_recorded(committed):
    poster, may_commit = a_poster_in_flight(1)
    record(a_deposit(2))
    timer = threading.Timer(0.2, may_commit.set)
    timer.start()

    operations.seal_books(now=MONDAY)

    poster.join()
    assert [seal.legs for seal in queries.seals()] == [1 + 2]
    assert failures() == []


def test_entries_are_recorded_under_read_committed_since_others_would_not_see_a_close(committed):
    with transaction.atomic():
        sql("set transaction isolation level repeatable read")
        with pytest.raises(operations.EntryRefused, match="READ COMMITTED"):
            operations.record([a_deposit(1)])
        transaction.set_rollback(True)


def test_checkpoints_and_buckets_may_be_dropped_and_rebuilt_while_others_record(committed):
    record(a_deposit(0, 1_000_000))
    operations.close_books(through=MONDAY, actor="system", now=MONDAY)

    def work(number: int) -> str:
        for step in range(20):
            if number == 0:
                operations.drop_checkpoints()
            elif number == 1:
                operations.write_buckets()
                operations.write_checkpoints()
            else:
                record(a_funding(number * 100 + step, 1))
            assert queries.balance(WALLET, as_of=MONDAY) == 1_000_000
            assert queries.trial_balance().is_balanced
        return "done"

    assert at_once(work, workers=5) == {"done": 5}
    operations.rebuild_checkpoints()
    assert queries.balance(BUDGET) == 3 * 20
    assert failures() == []


def test_the_age_of_the_horizon_is_that_of_the_oldest_open_transaction(committed, monkeypatch, caplog):
    assert queries.horizon_age() == timedelta(0)
    connection.ensure_connection()
    poster, may_commit = a_poster_in_flight(1)
    time.sleep(0.1)

    assert timedelta(seconds=0.1) <= queries.horizon_age() < timedelta(seconds=20)
    tasks.write_checkpoints()
    assert caplog.messages == []
    monkeypatch.setattr(tasks, "HORIZON_AGE_MAX", timedelta(0))
    tasks.write_checkpoints()
    assert "A transaction has been open for 0:00:" in caplog.text

    may_commit.set()
    poster.join()
    assert queries.horizon_age() == timedelta(0)


def test_a_transaction_that_is_forgotten_open_is_ended_after_a_quarter_of_an_hour(committed):
    assert sql("show idle_in_transaction_session_timeout") == [("15min",)]
