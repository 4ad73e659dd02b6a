"""PostgreSQL as a child of the run: it is killed without mercy, waited for, and started again on its data."""

import os
import random
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from cliphaven.config.local.postgres import EmbeddedPostgres
from cliphaven.config.local.roles import app_url


class Postmaster:
    """A durable server of the run's own, in a folder that is removed with it."""

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="cliphaven-chaos-"))
        self.folder.chmod(0o755)  # the server has an account of its own
        self._server = EmbeddedPostgres(self.folder)
        self._server.start()
        self.owner_url = self._server.url
        self.house_url = app_url(self.owner_url, self.folder)
        self.port = int(self.owner_url.rpartition(":")[2].partition("/")[0])
        self.restarts_s: list[float] = []
        self._learn()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._server.erase()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self, *, with_children: bool) -> None:
        """SIGKILL to the postmaster, and to all its children, who would otherwise notice that they are orphans."""
        children = _children(self.pid) if with_children else []
        for pid in (self.pid, *children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self._server.alive():  # waits for it, too: a zombie would still own the data
            time.sleep(0.005)

    def kill_backend(self, chance: random.Random) -> bool:
        """SIGKILL to one session of the house: PostgreSQL then ends all others and recovers. False where none is."""
        with suppress(psycopg.Error), psycopg.connect(self.owner_url, connect_timeout=2) as session:
            rows = session.execute(
                "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
                " order by pid"
            ).fetchall()
            if rows:
                os.kill(chance.choice(rows)[0], signal.SIGKILL)
                return True
        return False

    def restart(self) -> float:
        """Start it on what it left, and answer the seconds until it answered a query."""
        began = time.monotonic()
        self._server.revive()
        self._learn()
        self.restarts_s.append(time.monotonic() - began)
        return self.restarts_s[-1]

    def sessions(self) -> int:
        """How many sessions the house has now."""
        with psycopg.connect(self.owner_url) as session:
            row = session.execute(
                "select count(*) from pg_stat_activity"
                " where backend_type = 'client backend' and usename <> current_user"
            ).fetchone()
        return int(row[0]) if row else 0

    def version(self) -> str:
        """Of the server."""
        with psycopg.connect(self.owner_url) as session:
            row = session.execute("show server_version").fetchone()
        return str(row[0]) if row else ""

    def _learn(self) -> None:
        """Ask the first query, and from whoever answers it, who its parent is."""
        with psycopg.connect(self.owner_url) as session:
            row = session.execute("select pg_backend_pid()").fetchone()
            assert row is not None
            self.pid = _parent(row[0])


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            if _parent(int(folder.name)) == parent:
                found.append(int(folder.name))
    return found
