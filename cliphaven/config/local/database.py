"""Which database this machine uses: the one that DATABASE_URL names, else the embedded one."""

import os
import re
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cliphaven.config.local.postgres import EmbeddedPostgres, ensure_started
from cliphaven.config.local.problems import CannotStart

CONNECT_SECONDS = 10
SHAPE = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"


def database_url(state_dir: Path) -> tuple[str, EmbeddedPostgres | None]:
    """The address to use, and the embedded server behind it, or None when DATABASE_URL names another.

    The caller stops the embedded server when it is done. Raises CannotStart for an address that is malformed or does
    not answer; the sentence never shows the password.
    """
    given = os.environ.get("DATABASE_URL")
    if given is None:
        embedded = ensure_started(state_dir)
        return embedded.url, embedded
    check_address(given)
    return given, None


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
