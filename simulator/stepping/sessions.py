"""What PostgreSQL says of the actors' sessions, asked over a connection of one's own."""

from types import TracebackType
from typing import Self

import psycopg


class Sessions:
    """A connection beside the actors that sees who waits for whom."""

    def __init__(self, url: str) -> None:
        """`url` must be the owner's: others see only themselves."""
        self._connection = psycopg.connect(url, autocommit=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def is_blocked(self, backend_pid: int) -> bool:
        """Whether this session waits for a lock that another one holds."""
        row = self._connection.execute(
            "select pg_catalog.cardinality(pg_catalog.pg_blocking_pids(%s)) > 0", [backend_pid]
        ).fetchone()
        return bool(row and row[0])

    def is_between(self, backend_pid: int) -> bool:
        """Whether this session is in no transaction."""
        row = self._connection.execute(
            "select state = 'idle' from pg_catalog.pg_stat_activity where pid = %s", [backend_pid]
        ).fetchone()
        return bool(row and row[0])

    def cancel(self, backend_pid: int | None) -> None:
        """End what this session waits for."""
        self._connection.execute("select pg_catalog.pg_cancel_backend(%s)", [backend_pid])
