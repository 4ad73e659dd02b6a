"""Two roles: the one that migrates, and the one that everything else uses."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from cliphaven.config.local.database import find_database
from cliphaven.config.local.environment import is_migrated, local_environment, migration_command
from cliphaven.config.local.postgres import EmbeddedPostgres
from cliphaven.config.local.roles import LOGIN, app_url


@pytest.fixture
def embedded(used_state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    """A running embedded server without tables, in a folder that was used before there were roles."""
    monkeypatch.delenv("DATABASE_URL")
    postgres = EmbeddedPostgres(used_state)
    postgres.start()
    yield postgres
    postgres.stop()


def migrate(owner_url: str, state: Path, *what: str) -> "subprocess.CompletedProcess[str]":
    variables = os.environ | local_environment(state) | {"DATABASE_URL": owner_url}
    command = [*migration_command(), *what]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=120)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def another_database(owner_url: str, name: str, *, user: str = "") -> str:
    """The address of a new, empty database of the same server, owned by the user, whose password is the name again."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        owner = f" owner {user}" if user else ""
        connection.execute(f"create database {name}{owner}".encode())
    parts = conninfo_to_dict(owner_url)
    who = f"{user}:{user}" if user else f"{parts['user']}:{parts['password']}"
    return f"postgresql://{who}@{parts['host']}:{parts['port']}/{name}"


def test_processes_get_a_login_that_is_not_the_owner_and_whose_password_only_we_can_read(
    embedded: EmbeddedPostgres, used_state: Path
) -> None:
    database = find_database(used_state)
    assert database.embedded is not None
    database.embedded.stop()

    assert database.owner_url == embedded.url
    assert ask(database.url, "select current_user::text") == LOGIN
    assert ask(database.url, "select rolsuper or rolcreaterole from pg_roles where rolname = current_user") is False
    assert stat.S_IMODE((used_state / "postgres/app_password").stat().st_mode) == 0o600


def test_the_login_stays_the_same_until_its_password_is_lost(embedded: EmbeddedPostgres) -> None:
    first = app_url(embedded.url, embedded.state)
    assert app_url(embedded.url, embedded.state) == first

    (embedded.state / "app_password").unlink()
    second = app_url(embedded.url, embedded.state)
    assert second != first
    assert ask(second, "select 1") == 1


def test_commands_that_start_at_once_make_one_login_with_one_password(embedded: EmbeddedPostgres) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(app_url(embedded.url, embedded.state))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 5
    assert len(set(found)) == 1
    assert ask(found[0], "select 1") == 1


def test_tables_made_before_there_were_roles_are_opened_to_the_processes_by_the_next_command(
    embedded: EmbeddedPostgres, used_state: Path
) -> None:
    migrate(embedded.url, used_state, "ledger", "0001")
    migrate(embedded.url, used_state, "sessions")
    assert not is_migrated(app_url(embedded.url, embedded.state))

    script = (
        "import os, psycopg; from cliphaven.config.local.environment import prepare; prepare()\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as c:\n"
        "    print(c.execute('select current_user, count(*) from django_session').fetchone())"
    )
    environment = {"PATH": os.environ["PATH"], "CLIPHAVEN_STATE_DIR": str(used_state)}
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.stdout == f"('{LOGIN}', 0)\n", result.stderr


def test_two_databases_of_one_server_are_migrated_at_once(embedded: EmbeddedPostgres, used_state: Path) -> None:
    urls = [another_database(embedded.url, name) for name in ("one", "other")]
    for url in urls:
        assert migrate(url, used_state, "ledger", "0001").returncode == 0

    results: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(target=lambda url=url: results.append(migrate(url, used_state, "ledger"))) for url in urls
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [result.returncode for result in results] == [0, 0], results
    for url in urls:
        assert ask(url, "select has_table_privilege('cliphaven_app', 'ledger_leg', 'select')") is True


def test_a_role_that_may_not_create_roles_migrates_all_the_same_and_is_told(
    embedded: EmbeddedPostgres, used_state: Path
) -> None:
    with psycopg.connect(embedded.url, autocommit=True) as connection:
        connection.execute("create role plain login password 'plain'")
    plain_url = another_database(embedded.url, "theirs", user="plain")

    result = migrate(plain_url, used_state, "ledger")
    assert result.returncode == 0
    assert "There is no role cliphaven_app" in result.stdout + result.stderr

    with psycopg.connect(embedded.url, autocommit=True) as connection:
        connection.execute("create role cliphaven_app nologin")
    assert migrate(plain_url, used_state, "ledger", "0001").returncode == 0
    again = migrate(plain_url, used_state, "ledger")
    assert "There is no role cliphaven_app" not in again.stdout + again.stderr
    assert ask(plain_url, "select has_table_privilege('cliphaven_app', 'ledger_leg', 'select')") is True
    assert ask(plain_url, "select has_table_privilege('cliphaven_app', 'ledger_leg', 'insert')") is False
