"""What PostgreSQL says of the actors' sessions, asked over a connection of one's own."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

# Since when a session waits, and whether another one is the reason. At the very beginning the moment is missing.
_WAIT = """
select l.waitstart, pg_catalog.cardinality(pg_catalog.pg_blocking_pids(l.pid)) > 0
from pg_catalog.pg_locks l where l.pid = %s and not l.granted
"""
# The server, set to log waits for locks, says so when it has looked for a circle and found none.
_LOOKED = re.compile(rb"^(\S+ \S+) UTC \[(\d+)\] LOG:  process \2 still waiting ", re.MULTILINE)


class Sessions:
    """A connection beside the actors that sees who waits for whom."""

    def __init__(self, url: str, *, server_log: Path) -> None:
        """`url` must be the owner's: others see only themselves. In `server_log` it says who waits for locks."""
        self._connection = psycopg.connect(url, autocommit=True)
        self._log = server_log.open("rb")
        self._log.seek(0, 2)
        self._unfinished = b""
        self._looked_at: dict[int, datetime] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.close()
        self._connection.close()

    def waits(self, backend_pid: int) -> bool:
        """Whether this session waits for a lock that another one holds, and is not the victim of a circle.

        That takes the server's word: before it has looked for a circle, the session may still be the one that fails.
        """
        row = self._connection.execute(_WAIT, [backend_pid]).fetchone()
        if row is None or row[0] is None or not row[1]:
            return False
        self._read_log()
        looked_at = self._looked_at.get(backend_pid)
        return looked_at is not None and looked_at > row[0]

    def is_between(self, backend_pid: int) -> bool:
        """Whether this session is in no transaction."""
        row = self._connection.execute(
            "select state = 'idle' from pg_catalog.pg_stat_activity where pid = %s", [backend_pid]
        ).fetchone()
        return bool(row and row[0])

    def cancel(self, backend_pid: int | None) -> None:
        """End what this session waits for."""
        self._connection.execute("select pg_catalog.pg_cancel_backend(%s)", [backend_pid])

    def _read_log(self) -> None:
        said = self._unfinished + self._log.read()
        whole, _, self._unfinished = said.rpartition(b"\n")
        for moment, pid in _LOOKED.findall(whole):
            self._looked_at[int(pid)] = datetime.fromisoformat(moment.decode()).replace(tzinfo=UTC)
