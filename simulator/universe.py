"""The place of one seed: a database of its own, a steered sandbox, the house entered, and a clock that stands still.

`Server` is shared by all seeds of a run and holds the migrated template; `Universe` is one seed's copy of everything.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import django
import httpx2
import psycopg
from psycopg import sql

from cliphaven.config.local.postgres import EmbeddedPostgres
from cliphaven.config.local.roles import app_url
from simulator import swarm
from simulator.stepping import wire

STARTING_S = 20.0
ENGINE = "simulator.stepping.database"
# Within one moment of the wall everybody asks for everything.
LIMITS, MANY = ("caller", "stranger", "refused", "address", "links", "failures"), 1_000_000
CURRENCIES = ("USD", "EUR", "GBP", "JPY")
SECRETS = (
    "CLIPHAVEN_SECRET_KEY",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_CONNECT_WEBHOOK_SECRET",
    "APIFY_TOKEN",
    "YOUTUBE_API_KEY",
    "RESEND_API_KEY",
)

# What asks for the time without a schema gets the simulated one, and nobody sleeps in the database. Circles of locks
# are looked for after 5 ms, and nobody goes on before (Sessions.waits): whoever closed one is the one that fails.
_TIME = """
create schema simtime;
create table simtime.moment (at timestamptz not null);
insert into simtime.moment values ('2026-01-01 08:00+00');
create function simtime.now() returns timestamptz stable language sql as 'select at from simtime.moment';
create function simtime.clock_timestamp() returns timestamptz volatile language sql as 'select at from simtime.moment';
create function simtime.pg_sleep(double precision) returns void language sql as 'select';
create function simtime.fail(p_state text) returns void language plpgsql as $$
begin raise exception 'the simulator says so' using errcode = p_state; end $$;
-- A default was bound to the server's own clock when its table was made.
alter table public.procrastinate_events alter at set default simtime.now();
alter table public.procrastinate_workers alter last_heartbeat set default simtime.now();
-- Whoever waits here for others gives up after seconds of the wall, which nobody in a simulated world counts.
alter function public.ledger_close_books set lock_timeout = '1h';
alter function public.ledger_seal_books set lock_timeout = '1h';
grant usage on schema simtime to public;
grant select on simtime.moment to public;
"""


class Server:
    """A PostgreSQL of the simulator's own, with a migrated template; thrown away afterwards."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._making = threading.Lock()

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="cliphaven-simulation-"))
        self.folder.chmod(0o755)
        self._postgres = EmbeddedPostgres(self.folder, throwaway=True)
        self._postgres.start()
        self.url, self.log = self._postgres.url, self._postgres.log
        self.secrets = {name: f"simulated-{secrets.token_hex(16)}" for name in SECRETS}
        subprocess.run(  # our own interpreter
            [sys.executable, "-m", "django", "migrate", "-v", "0"], env=self.environment(self.url), check=True
        )
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(_TIME)
            session.execute("alter system set autovacuum = off")
            session.execute("alter system set log_lock_waits = on")
            session.execute("select pg_reload_conf()")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, database_url: str) -> dict[str, str]:
        """What a process of the house needs to know."""
        return {
            **os.environ,
            **self.secrets,
            "DJANGO_SETTINGS_MODULE": "cliphaven.config.settings",
            "CLIPHAVEN_STATE_DIR": str(self.folder / "state"),
            "CLIPHAVEN_ENVIRONMENT": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": "",
        }

    def new_database(self, name: str) -> tuple[str, str]:
        """A fresh copy of the template: the owner's address, and the house's. One after the other."""
        place = sql.Identifier(name)
        with self._making, psycopg.connect(self.url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as session:
            session.execute(sql.SQL("drop database if exists {} with (force)").format(place))
            session.execute(sql.SQL("create database {} template cliphaven").format(place))
            session.execute(sql.SQL("alter database {} set search_path = simtime, pg_catalog, public").format(place))
            session.execute(sql.SQL("alter database {} set deadlock_timeout = '5ms'").format(place))
            session.execute(sql.SQL("alter database {} set jit = off").format(place))
            owner_url = self.url.rsplit("/", 1)[0] + f"/{name}"
            return owner_url, app_url(owner_url, self.folder)

    def drop(self, name: str) -> None:
        """Remove a seed's database."""
        with psycopg.connect(self.url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as session:
            session.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


class Universe:
    """One seed's world, entered from the process that plays it. Its clock file is read by the house and the sandbox."""

    def __init__(self, *, seed: int, folder: Path, database_url: str, owner_url: str, disorder: float) -> None:
        """Nothing runs yet. The environment must hold the house's secrets."""
        self.seed, self.folder = seed, folder
        self._owner_url, self._database_url, self._disorder = owner_url, database_url, disorder
        self._options = swarm.drawn(seed)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.clock = folder / "clock.json"
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        self.owner = self._ending.enter_context(psycopg.connect(self._owner_url, autocommit=True))
        self.set_clock(self._options.begins_at)
        self._start_sandbox()
        self._enter_house()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.close()

    @property
    def owner_url(self) -> str:
        """Where the owner of everything looks from."""
        return self._owner_url

    def set_clock(self, moment: datetime) -> None:
        """It is this moment now, for the house, the vendors and the database."""
        self.now = moment
        draft = self.clock.with_suffix(".new")
        draft.write_text(f'{{"virtual": "{moment.isoformat()}", "wall": 0, "speed": 0}}')
        draft.replace(self.clock)
        self.owner.execute("update simtime.moment set at = %s", [moment])

    def _start_sandbox(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONHASHSEED": "0",
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_STATE_DIR": str(self.folder / "sandbox"),
            "SANDBOX_CLOCK_FILE": str(self.clock),
            "SANDBOX_WEBHOOK_URL": f"{self.url}/webhooks/stripe/",
            "SANDBOX_CONNECT_WEBHOOK_URL": f"{self.url}/webhooks/stripe/connect/",
            "SANDBOX_DISORDER": str(self._disorder),
            "SANDBOX_APIFY_RUN_SECONDS": "0",
            "SANDBOX_SEED": str(self.seed),
            **{name: os.environ[name] for name in SECRETS if not name.startswith("CLIPHAVEN")},
        }
        process = subprocess.Popen([sys.executable, "-m", "sandbox"], env=environment)
        self._ending.callback(process.wait)
        self._ending.callback(process.terminate)
        deadline = time.monotonic() + STARTING_S
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx2.HTTPError):
                httpx2.get(f"{self.url}/control/health", trust_env=False).raise_for_status()
                return
            time.sleep(0.02)
        raise RuntimeError("The sandbox does not start")

    def _enter_house(self) -> None:
        os.environ.update(self._house_environment())
        django.setup()
        from django.conf import settings  # noqa: PLC0415  # known only now

        from cliphaven.foundation import clock  # noqa: PLC0415
        from cliphaven.providers import short_links, thumbnails  # noqa: PLC0415

        # What lives by the wall, such as a session, sees it stand still: how long the machine takes changes nothing.
        began_at = datetime.now(UTC)
        clock.wall = lambda: began_at
        short_links.MAX_SECONDS = thumbnails.MAX_SECONDS = wire.PATIENCE_S
        settings.DATABASES["default"]["ENGINE"] = ENGINE
        settings.LOGGING_CONFIG = None
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody here has a secret

    def _house_environment(self) -> Mapping[str, str]:
        links = {"vm.tiktok.com": f"{self.url}/links/vm.tiktok.com"}
        return {
            "DATABASE_URL": self._database_url,
            "CLIPHAVEN_MINIMUM_PAYOUT_MINOR": json.dumps(dict.fromkeys(CURRENCIES, self._options.minimum_payout_minor)),
            "CLIPHAVEN_RELEASE_LIMIT_MINOR": json.dumps(dict.fromkeys(CURRENCIES, self._options.release_limit_minor)),
            "CLIPHAVEN_RATE_LIMITS": json.dumps(dict.fromkeys(LIMITS, MANY)),
            "CLIPHAVEN_CLOCK_FILE": str(self.clock),
            "CLIPHAVEN_SANDBOX_URL": self.url,
            "CLIPHAVEN_SITE_URL": "http://127.0.0.1:8000",
            "STRIPE_API_BASE": f"{self.url}/stripe",
            "APIFY_API_BASE": f"{self.url}/apify",
            "YOUTUBE_API_BASE": f"{self.url}/youtube",
            "RESEND_API_BASE": f"{self.url}/resend",
            "SHORT_LINK_BASES": json.dumps(links),
            "THUMBNAIL_BASE": f"{self.url}/thumbnails",
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
