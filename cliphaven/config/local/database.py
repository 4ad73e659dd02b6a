"""Which database this machine uses, and as whom: the one that DATABASE_URL names, else the embedded one."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cliphaven.config.local.postgres import EmbeddedPostgres, ensure_started
from cliphaven.config.local.problems import CannotStart
from cliphaven.config.local.roles import app_url

OWNER_VARIABLE = "CLIPHAVEN_MIGRATION_DATABASE_URL"
CONNECT_SECONDS = 10
SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"


@dataclass(frozen=True, kw_only=True)
class Database:
    """`url` is for everything but migrations, which use `owner_url`; `embedded` is the server behind both, if ours."""

    url: str
    owner_url: str
    embedded: EmbeddedPostgres | None


def find_database(state_dir: Path) -> Database:
    """The database to use, started if it is the embedded one; the caller stops that one when it is done.

    Raises CannotStart for an address that is malformed or does not answer; the sentence never shows the password.
    """
    given = os.environ.get("DATABASE_URL")
    # Taken out, not read: no process that is started from here has any business with the owner's rights.
    owner = os.environ.pop(OWNER_VARIABLE, None)
    if given is None:
        embedded = ensure_started(state_dir)
        try:
            return Database(url=app_url(embedded.url, embedded.state), owner_url=embedded.url, embedded=embedded)
        except BaseException:
            embedded.stop()
            raise
    check_address(given)
    if owner is not None:
        check_address(owner, OWNER_VARIABLE)
    return Database(url=given, owner_url=owner or given, embedded=None)


def check_address(url: str, variable: str = "DATABASE_URL") -> None:
    """Raises CannotStart, with one sentence, unless a PostgreSQL database answers at the variable's address."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise CannotStart(f"{variable} is not an address of PostgreSQL: it must look like {SHAPE}.")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise CannotStart(f"{variable} cannot be understood: it must look like {SHAPE}.") from None
    if not parts.get("dbname"):
        raise CannotStart(f"{variable} names no database: it must look like {SHAPE}.")
    where = f"{parts.get('host') or 'this machine'}:{parts.get('port') or 5432}/{parts['dbname']}"
    try:
        psycopg.connect(url, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = " ".join(re.sub(r"\s*Is the server running on that host.*", "", str(error)).split()).rstrip(".")
        password = parts.get("password")
        if password:
            reason = reason.replace(str(password), "***")
        raise CannotStart(f"{variable} names {where}, which cannot be used: {reason}.") from None
