"""The embedded PostgreSQL: real servers, started, shared, killed and found again."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cliphaven.config.local.database import find_database
from cliphaven.config.local.ports import answers
from cliphaven.config.local.postgres import EmbeddedPostgres, ensure_started, join
from cliphaven.config.local.postgres_programs import postgres_account
from cliphaven.config.local.problems import CannotStart


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def do(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def port_of(postgres: EmbeddedPostgres) -> int:
    return int(str(conninfo_to_dict(postgres.url)["port"]))


def server_pid(state: Path) -> int:
    return int((state / "postgres/cluster/data/postmaster.pid").read_text().split("\n")[0])


def wait_until_gone(port: int) -> None:
    deadline = time.monotonic() + 10
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(port)


def test_a_new_state_folder_gets_a_server_that_listens_on_loopback_and_asks_for_a_password(state: Path) -> None:
    postgres = ensure_started(state)
    try:
        assert postgres.started_here
        assert ask(postgres.url, "select current_database()") == "cliphaven"
        assert ask(postgres.url, "show listen_addresses") == "127.0.0.1"
        assert ask(postgres.url, "show fsync") == "on"
        assert stat.S_IMODE((state / "postgres/password").stat().st_mode) == 0o600
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(make_conninfo(postgres.url, password="guessed"))
    finally:
        postgres.stop()
    wait_until_gone(port_of(postgres))


def test_what_was_committed_is_there_after_a_stop_and_a_start(used_state: Path) -> None:
    first = ensure_started(used_state)
    do(first.url, "create table kept as select 7 as number")
    first.stop()

    second = ensure_started(used_state)
    assert ask(second.url, "select number from kept") == 7
    assert second.url == first.url
    second.stop()


def test_the_last_one_to_leave_stops_the_server(used_state: Path) -> None:
    run = ensure_started(used_state)
    command = join(used_state)
    assert command is not None
    assert not command.started_here

    run.stop()
    assert ask(command.url, "select 1") == 1

    command.stop()
    wait_until_gone(port_of(run))
    assert join(used_state) is None


def test_the_server_of_a_killed_process_is_adopted_and_stopped(used_state: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from cliphaven.config.local.postgres import ensure_started\n"
        "print(ensure_started(Path(sys.argv[1])).url, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(used_state)], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    url = starter.stdout.readline().strip()
    pid = server_pid(used_state)
    starter.kill()
    starter.communicate()
    assert ask(url, "select 1") == 1

    adopted = ensure_started(used_state)
    assert not adopted.started_here
    assert adopted.url == url
    assert server_pid(used_state) == pid

    adopted.stop()
    wait_until_gone(port_of(adopted))


def test_a_server_that_was_killed_comes_back_on_the_same_port_with_all_that_was_committed(used_state: Path) -> None:
    postgres = ensure_started(used_state)
    do(postgres.url, "create table kept as select 7 as number")

    os.kill(server_pid(used_state), signal.SIGKILL)
    while postgres.alive():
        time.sleep(0.02)
    postgres.revive()

    assert postgres.alive()
    assert ask(postgres.url, "select number from kept") == 7
    postgres.stop()


def test_a_recorded_pid_that_another_program_has_now_does_not_stop_the_next_start(used_state: Path) -> None:
    (used_state / "postgres/cluster/data/postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n")

    postgres = ensure_started(used_state)
    assert ask(postgres.url, "select 1") == 1
    postgres.stop()


def test_an_initdb_that_was_killed_half_way_is_done_again(state: Path) -> None:
    draft = state / "postgres/cluster/data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    postgres_account().own(draft.parent)

    postgres = ensure_started(state)
    assert ask(postgres.url, "select 1") == 1
    postgres.stop()


def test_data_of_another_major_version_is_left_alone_and_named(used_state: Path) -> None:
    version = used_state / "postgres/cluster/data/PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(CannotStart, match="made by PostgreSQL 17"):
        ensure_started(used_state)
    assert version.read_text() == "17\n"


def test_a_lost_password_file_is_named(used_state: Path) -> None:
    (used_state / "postgres/password").unlink()

    with pytest.raises(CannotStart, match=r"does not accept the password in .*/postgres/password"):
        ensure_started(used_state)


def test_erasing_is_refused_while_another_command_uses_the_server(used_state: Path) -> None:
    postgres = ensure_started(used_state)
    with pytest.raises(CannotStart, match="in use by another command"):
        EmbeddedPostgres(used_state).erase()
    assert ask(postgres.url, "select 1") == 1
    postgres.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
def test_root_with_a_closed_checkout_keeps_the_data_elsewhere_and_the_folder_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    postgres = ensure_started(closed / "state")
    try:
        assert ask(postgres.url, "select 1") == 1
        place = Path((closed / "state/postgres/place").read_text())
        assert not place.is_relative_to(closed)
        assert place.stat().st_uid != 0
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        postgres.stop()
        EmbeddedPostgres(closed / "state").erase()
    assert not place.exists()


def test_a_full_disk_is_called_a_full_disk(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = state.parent / "bin"
    programs.mkdir()
    for name, does in {
        "postgres": "echo postgres 18.0",
        "initdb": "echo 'initdb: could not write to file: No space left on device' >&2; exit 1",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("CLIPHAVEN_PG_BIN", str(programs))

    with pytest.raises(CannotStart, match=r"The disk that holds .* is full"):
        ensure_started(state)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://somebody@127.0.0.1/shop", "is not an address of PostgreSQL"),
        ("", "is not an address of PostgreSQL"),
        ("postgresql://[broken", "cannot be understood"),
        ("postgresql://somebody@127.0.0.1:5432/", "names no database"),
        ("postgresql://somebody:secret@127.0.0.1:1/shop", "127.0.0.1:1/shop, which cannot be used"),
    ],
)
def test_a_broken_address_is_explained_in_one_line(
    url: str, sentence: str, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(CannotStart, match=sentence) as caught:
        find_database(state)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not state.exists()


def test_a_given_address_is_used_for_everything_and_no_server_is_started(state: Path) -> None:
    database = find_database(state)
    assert database.url == database.owner_url == os.environ["DATABASE_URL"]
    assert database.embedded is None
    assert not state.exists()


def test_a_given_owners_address_is_for_migrations_and_no_process_inherits_it(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = os.environ["DATABASE_URL"] + "?application_name=owner"
    monkeypatch.setenv("CLIPHAVEN_MIGRATION_DATABASE_URL", address)

    database = find_database(state)
    assert (database.url, database.owner_url) == (os.environ["DATABASE_URL"], address)
    assert "CLIPHAVEN_MIGRATION_DATABASE_URL" not in os.environ


def test_a_broken_owners_address_is_explained_by_its_own_name(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPHAVEN_MIGRATION_DATABASE_URL", "mysql://somebody@127.0.0.1/shop")
    with pytest.raises(CannotStart, match="CLIPHAVEN_MIGRATION_DATABASE_URL is not an address of PostgreSQL"):
        find_database(state)
