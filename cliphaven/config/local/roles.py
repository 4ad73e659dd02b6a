"""The embedded database's second role: what all processes use, so that none of them owns the books."""

import secrets
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from cliphaven.config.local.postgres import write_secret

GROUP = "cliphaven_app"  # the ledger's migrations grant it what it may do
LOGIN = "cliphaven_house"
ALONE = 7_204_001  # the advisory lock of whoever makes the login


def app_url(owner_url: str, state: Path) -> str:
    """The address for everything but migrations; its login is made the first time, its password kept in `state`."""
    file = state / "app_password"
    # Each statement commits, and the lock is held until the password is written: being killed in between leaves a login
    # without a file, which the next start mends.
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [ALONE])
        rows = connection.execute("select rolname from pg_roles where rolname = any(%s)", [[GROUP, LOGIN]])
        known = {name for (name,) in rows}
        group, login = sql.Identifier(GROUP), sql.Identifier(LOGIN)
        if GROUP not in known:
            connection.execute(sql.SQL("create role {} nologin").format(group))
        if LOGIN not in known:
            connection.execute(sql.SQL("create role {} login in role {}").format(login, group))
        if LOGIN not in known or not file.exists():
            password = secrets.token_hex(24)
            connection.execute(sql.SQL("alter role {} password {}").format(login, sql.Literal(password)))
            write_secret(file, password)
    parts = conninfo_to_dict(owner_url)
    return f"postgresql://{LOGIN}:{file.read_text()}@{parts['host']}:{parts['port']}/{parts['dbname']}"
