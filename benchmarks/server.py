"""The benchmarks' own PostgreSQL: a server that is thrown away, like that of the tests."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import django
import psycopg
from psycopg import sql

from cliphaven.config.local.postgres import EmbeddedPostgres
from cliphaven.config.local.roles import app_url
from tests.cluster import make_folder, prepare_environment, sweep

TEMPLATE = "cliphaven"


@dataclass(frozen=True, kw_only=True)
class Database:
    """A migrated database: `owner_url` loads what is measured, `app_url` has the rights that the product has."""

    name: str
    owner_url: str
    app_url: str


class Server:
    """A fresh server for one run, with the settings of PostgreSQL's own defaults; removed with all its data."""

    def __init__(self, *, durable: bool) -> None:
        """Where it is not `durable`, commits do not wait for the disk: what is left is what the processors do."""
        self.durable = durable
        self.folder = Path()
        self.version = ""

    def __enter__(self) -> Self:
        prepare_environment()
        sweep()
        self.folder = make_folder()
        os.environ["CLIPHAVEN_STATE_DIR"] = str(self.folder / "state")
        os.environ["DJANGO_SETTINGS_MODULE"] = "cliphaven.config.settings"
        self._postgres = EmbeddedPostgres(self.folder, throwaway=not self.durable)
        self._postgres.start()
        os.environ["DATABASE_URL"] = self._postgres.url
        with self.session() as session:
            # Loading millions of rows would otherwise write each page to the log again every few seconds.
            session.execute("alter system set max_wal_size = '4GB'")
            session.execute("select pg_reload_conf()")
            [self.version] = session.execute("show server_version").fetchone() or ("",)
        _migrate()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._postgres.stop()
        if self.durable:
            self._postgres.erase()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[Database]:
        """A database of one's own, dropped afterwards. Django's connection in this process leads to it meanwhile."""
        from django.db import connection, connections  # noqa: PLC0415  # needs the settings above

        name = f"bench_{secrets.token_hex(4)}"
        connections.close_all()
        with self.session() as session:
            template = sql.Identifier(TEMPLATE if migrated else "template0")
            session.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), template))
        owner_url = self._postgres.url.rsplit("/", 1)[0] + f"/{name}"
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name
        try:
            yield Database(name=name, owner_url=owner_url, app_url=app_url(owner_url, self.folder))
        finally:
            connections.close_all()
            connection.settings_dict["NAME"] = before
            with self.session() as session:
                session.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection[tuple[str, ...]]]:
        """A session beside all databases of the run."""
        with psycopg.connect(self._postgres.url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as session:
            yield session


def _migrate() -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    connections.close_all()
