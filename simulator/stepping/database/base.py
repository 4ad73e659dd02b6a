"""Django's backend for PostgreSQL, stopping before each statement and around each COMMIT of an actor."""

import re
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

from simulator.stepping.database import closing
from simulator.stepping.stage import Actor, Kind, Stop, acting

LABEL_MAX = 160
# Django puts the thread's number into the names of savepoints, and lists come in all lengths.
_NOT_THE_SAME_EACH_TIME = (
    (re.compile(r'"s\d+_x(\d+)"'), r'"savepoint \1"'),
    (re.compile(r"%s(?:, %s)+"), "%s, …"),
    (re.compile(r"(?:\(%s, …\)(?:, )?)+"), "(%s, …)"),
    (re.compile(r"\s+"), " "),
)
_WRITTEN = re.compile(r'\b(?:insert into|update|delete from)\s+"?([a-z]+_[a-z_]+)')
# The books are written by functions of the database alone.
_CALLED = re.compile(r"\b(ledger_[a-z_]+)\(")
# What may be spoilt before a statement, as PostgreSQL itself would say it.
STATEMENT_FAULTS = {
    "disk_full": "53100",
    "read_only": "25006",
    "statement_timeout": "57014",
    "too_many_connections": "53300",
    "deadlock": "40P01",
    "cannot_serialize": "40001",
    "lock_timeout": "55P03",
}


class DatabaseWrapper(base.DatabaseWrapper):
    """Outside an actor's thread it is Django's own."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Every statement, whoever asks it, passes the stop."""
        super().__init__(*arguments, **named)
        self.execute_wrappers.append(_stop_before)
        self._writing: set[str] = set()

    def drop(self) -> None:
        """The connection is gone, as if somebody had cut the wire."""
        if self.connection is not None:
            closing.close_and_wait(self.connection)

    def _close(self) -> None:
        if self.connection is not None:
            with self.wrap_database_errors:
                closing.close_and_wait(self.connection)

    def _commit(self) -> None:
        actor = acting()
        if actor is None or self.connection is None:
            super()._commit()  # type: ignore[misc]  # Django's, which its types leave out
            return
        actor.backend_pid = self.connection.info.backend_pid
        if self._pause(actor, Kind.COMMIT) == "lost_before_commit":
            self._lose("the connection was lost before COMMIT was sent")
        super()._commit()  # type: ignore[misc]  # as above
        actor.wrote |= self._writing
        self._writing = set()
        if self._pause(actor, Kind.COMMITTED) == "lost_after_commit":
            self._lose("the connection was lost after COMMIT was sent")

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]  # as above
        self._writing = set()

    def note(self, statement: str, actor: Actor) -> None:
        """Remember which tables a statement writes, itself or by a function: they are written when it is committed."""
        tables = {*_WRITTEN.findall(statement.lower()), *_CALLED.findall(statement)}
        if self.in_atomic_block:
            self._writing |= tables
        else:
            actor.wrote |= tables

    def _pause(self, actor: Actor, kind: Kind) -> str | None:
        return actor.pause(Stop(kind, "COMMIT"))

    def _lose(self, what: str) -> None:
        self.drop()
        raise OperationalError(what) from psycopg.OperationalError(what)


def label_of(statement: str) -> str:
    """A statement's text without what differs between two runs of the same code."""
    for pattern, instead in _NOT_THE_SAME_EACH_TIME:
        statement = pattern.sub(instead, statement)
    return statement.strip()[:LABEL_MAX]


def _stop_before(
    execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: dict[str, Any]
) -> Any:
    actor = acting()
    if actor is None:
        return execute(statement, parameters, many, context)
    connection = context["connection"]
    if connection.connection is not None:
        actor.backend_pid = connection.connection.info.backend_pid
    order = actor.pause(Stop(Kind.STATEMENT, label_of(str(statement))))
    if order == "connection_lost":
        connection.drop()
    elif order in STATEMENT_FAULTS:
        return execute("select simtime.fail(%s)", [STATEMENT_FAULTS[order]], False, context)
    answer = execute(statement, parameters, many, context)
    connection.note(str(statement), actor)
    return answer
