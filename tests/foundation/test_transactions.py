"""The words for transactions mean what they say."""

import threading

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from cliphaven.foundation import transactions
from cliphaven.foundation.transactions import (
    TransactionMisuse,
    joined_transaction,
    no_transaction,
    one_snapshot,
    own_transaction,
)


def a_deadlock() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.sqlstate = transactions.DEADLOCK_DETECTED  # type: ignore[attr-defined]
    return error


def test_an_operation_of_its_own_commits_by_itself(committed):
    @own_transaction
    def inside() -> bool:
        return connection.in_atomic_block

    assert inside()
    assert not connection.in_atomic_block


def test_an_operation_of_its_own_refuses_to_be_nested(committed):
    @own_transaction
    def inside() -> None: ...

    with pytest.raises(RuntimeError), transaction.atomic():
        inside()


def test_a_deadlock_is_tried_again_three_times_and_then_raised(committed, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(transactions.time, "sleep", pauses.append)

    @own_transaction
    def unlucky() -> None:
        raise a_deadlock()

    with pytest.raises(OperationalError):
        unlucky()
    assert pauses == [0.100, 0.250, 0.600]


def test_any_other_failure_is_raised_at_once(committed, monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr(transactions.time, "sleep", pauses.append)

    @own_transaction
    def broken() -> None:
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        broken()
    assert pauses == []


def test_a_step_refuses_to_run_outside_a_transaction(committed):
    @joined_transaction
    def step() -> None: ...

    with pytest.raises(TransactionMisuse):
        step()


def test_a_talk_with_the_outside_refuses_to_run_inside_a_transaction(committed):
    @no_transaction
    def talk() -> None: ...

    with pytest.raises(TransactionMisuse), transaction.atomic():
        talk()


def test_a_snapshot_reads_one_moment_whatever_others_commit_meanwhile(committed):
    def count() -> int:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from django_session")
            return int(cursor.fetchone()[0])

    def somebody_signs_in() -> None:
        with connection.cursor() as cursor:
            cursor.execute("insert into django_session values ('somebody', '', now())")
        connection.close()

    @one_snapshot
    def inner() -> int:
        return count()

    @one_snapshot
    def outer() -> tuple[int, int]:
        before = count()
        other = threading.Thread(target=somebody_signs_in)
        other.start()
        other.join()
        return before, inner()

    assert outer() == (0, 0)
    assert count() == 1


def test_a_snapshot_changes_nothing(committed):
    @one_snapshot
    def writes() -> None:
        with connection.cursor() as cursor:
            cursor.execute("delete from django_session")

    with pytest.raises(DatabaseError):
        writes()


def test_a_snapshot_refuses_to_run_inside_a_transaction_whose_statements_see_moments_of_their_own(committed):
    @one_snapshot
    def reads() -> None: ...

    with pytest.raises(TransactionMisuse), transaction.atomic():
        reads()
