"""Honest words instead of one ambiguous `atomic`: own, joined and no transaction; for reading, one snapshot."""

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

RETRY_PAUSES_S = (0.100, 0.250, 0.600)
SERIALIZATION_FAILURE = "40001"
DEADLOCK_DETECTED = "40P01"


class TransactionMisuse(RuntimeError):
    """An operation was called in a transactional surrounding that it does not allow."""


def own_transaction(operation: Callable[P, R]) -> Callable[P, R]:
    """The operation opens one transaction and commits it (READ COMMITTED, durable).

    Deadlocks and serialization failures are tried again after 100, 250 and 600 ms, then raised; everything else is
    raised at once. Calling it inside another transaction raises RuntimeError, since its commit could be undone there.
    """

    @functools.wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for pause_s in RETRY_PAUSES_S:
            try:
                with transaction.atomic(durable=True):
                    return operation(*args, **kwargs)
            except DatabaseError as error:
                if not is_transient(error):
                    raise
            time.sleep(pause_s)
        with transaction.atomic(durable=True):
            return operation(*args, **kwargs)

    return run


def joined_transaction(operation: Callable[P, R]) -> Callable[P, R]:
    """The operation is a step of somebody's transaction. Raises TransactionMisuse outside one."""

    @functools.wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise TransactionMisuse(f"{operation.__qualname__} is a step of a transaction: call it inside one")
        return operation(*args, **kwargs)

    return run


def no_transaction(operation: Callable[P, R]) -> Callable[P, R]:
    """The operation talks to the outside world: claim, call, record. Raises TransactionMisuse inside a transaction.

    No row lock may ever wait for a vendor.
    """

    @functools.wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not _in_a_test_alone():
            raise TransactionMisuse(f"{operation.__qualname__} waits for a vendor: call it outside any transaction")
        return operation(*args, **kwargs)

    return run


def one_snapshot(query: Callable[P, R]) -> Callable[P, R]:
    """Everything the query reads is of one moment, however many statements it takes (REPEATABLE READ, read-only).

    A snapshot may call another one. Raises TransactionMisuse inside any other transaction: its statements each see a
    moment of their own, and that cannot be changed any more.
    """

    @functools.wraps(query)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            with transaction.atomic():
                _execute("set transaction isolation level repeatable read, read only")
                return query(*args, **kwargs)
        if not _in_a_test_alone() and _execute("show transaction_isolation") != "repeatable read":
            raise TransactionMisuse(f"{query.__qualname__} reads one snapshot: call it outside any transaction")
        return query(*args, **kwargs)

    return run


def is_transient(error: BaseException) -> bool:
    """Whether the database asks to run the same transaction again: a deadlock or a serialization failure."""
    return sqlstate(error) in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED)


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five-character code of a database error, or an empty string."""
    return getattr(error.__cause__, "sqlstate", None) or getattr(error, "sqlstate", None) or ""


def _in_a_test_alone() -> bool:
    """Whether no transaction is open but the one that a test rolls back."""
    return all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def _execute(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None
