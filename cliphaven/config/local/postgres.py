"""The embedded PostgreSQL: a real server of our own in the state folder, started, shared, revived and stopped here.

Several commands may use one server at a time. Each holds a shared lock while it does; whoever leaves last stops the
server, so that neither a finished command takes it from a running one, nor a killed one leaves it for ever.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from cliphaven.config.local.ports import free_port, is_free
from cliphaven.config.local.postgres_programs import (
    SHARED_PLACE,
    Account,
    Programs,
    find_programs,
    postgres_account,
    reachable_copy,
)
from cliphaven.config.local.problems import CannotStart, disk_full, sentence_for
from cliphaven.config.local.processes import command_line, die_with_parent

USER = DATABASE = "cliphaven"
MAX_CONNECTIONS = 150
START_SECONDS = 60.0  # crash recovery of a large database may take a while
STOP_SECONDS = 10.0
PROBE_SECONDS = 0.03
SMALLEST_FREE_BYTES = 100 * 1024 * 1024  # a fresh cluster takes 40 MB, its first log segments 32 MB more
NO_DURABILITY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class EmbeddedPostgres:
    """One embedded server and this process's use of it: `stop()` leaves, `revive()` mends a crash.

    `url` connects as the owner of everything, which only migrations and tests should; for all else see roles.py.
    """

    def __init__(self, state_dir: Path, *, throwaway: bool = False) -> None:
        """`throwaway` is for tests: nothing survives a power cut, and `stop` deletes the data."""
        self.state = state_dir.absolute() / "postgres"
        self.throwaway = throwaway
        self.started_here = False
        self.url = ""
        self._log = state_dir.absolute() / "logs" / "postgres.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._in_use: IO[str] | None = None
        self._account: Account | None = None
        self._known_place: Path | None = None

    @property
    def log(self) -> Path:
        """What the server says of itself."""
        return self._log

    def start(self) -> None:
        """Make the cluster if there is none, then adopt its running server or start one. Raises CannotStart."""
        with self._changing():
            self._enter()
            try:
                self._start()
            except BaseException:
                self._leave()
                raise

    def join(self) -> bool:
        """Use the server if it is running, and say whether it is."""
        if not self.state.is_dir():
            return False
        with self._changing():
            if self._server_pid() is None or not self._answers(self._port()):
                return False
            self._enter()
            self.url = self._url(self._port())
            return True

    def alive(self) -> bool:
        """Whether the server still runs."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        return self._server_pid() is not None

    def revive(self) -> None:
        """Start the server again after a crash, on the port that its clients know. Raises CannotStart."""
        with self._changing():
            if not self.alive():
                self._launch(self._port(), find=False)

    def stop(self) -> None:
        """Leave; the last one to leave stops the server. Safe to call twice."""
        if self._in_use is None:
            return
        with self._changing():
            if self._leave():
                self._shut_down()
        if self.throwaway:
            shutil.rmtree(self._place(), ignore_errors=True)
            shutil.rmtree(self.state, ignore_errors=True)

    def erase(self) -> None:
        """Forget all data for ever. Raises CannotStart while another process uses the server."""
        if not self.state.exists():
            return
        with self._changing():
            self._enter()
            if not self._leave():
                raise CannotStart("The embedded database is in use by another command: end that one first.")
            self._shut_down()
            shutil.rmtree(self._place(), ignore_errors=True)
            self._known_place = None
            for name in ("port", "password", "app_password", "place"):
                (self.state / name).unlink(missing_ok=True)

    # Who uses the server

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Only one process at a time starts or stops the server; what the disk refuses becomes one sentence."""
        try:
            self.state.mkdir(parents=True, exist_ok=True)
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with (self.state / "changing.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise CannotStart(sentence_for(error, self.state)) from error

    def _enter(self) -> None:
        if self._in_use is None:
            self._in_use = (self.state / "in_use.lock").open("w")
            fcntl.flock(self._in_use, fcntl.LOCK_SH)

    def _leave(self) -> bool:
        """End this process's use; True when nobody else uses the server."""
        assert self._in_use is not None
        try:
            fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            self._in_use.close()
            self._in_use = None

    # Starting

    def _start(self) -> None:
        if self._server_pid() is not None and self._wait_until_ready(self._port()):
            self.url = self._url(self._port())
            return
        programs = self._programs()
        place = self._place()
        if not (place / "data").exists():
            self._make_cluster(programs, place)
        self._check_version(programs, place)
        self._launch(self._port(), find=True)
        self._make_database()
        self.started_here = True
        self.url = self._url(self._port())

    def _programs(self) -> Programs:
        programs = find_programs()
        account = self._who()
        if programs.root is not None and not account.can_enter(programs.bin):
            _make_shared_place()
        return reachable_copy(programs, account)

    def _who(self) -> Account:
        if self._account is None:
            self._account = postgres_account()
        return self._account

    def _place(self) -> Path:
        """Where the server's files are: the state folder, or for root with a closed checkout one below /var/lib."""
        if self._known_place is not None:
            return self._known_place
        account = self._who()
        note = self.state / "place"  # only for a place elsewhere: a checkout may be moved
        place = Path(note.read_text()) if note.exists() else self.state / "cluster"
        if account.dropped and not place.exists() and not account.can_enter(self.state):
            _make_shared_place()
            place = SHARED_PLACE / hashlib.sha256(str(self.state).encode()).hexdigest()[:16]
            note.write_text(str(place))
        if not place.exists():
            place.mkdir(mode=0o700)
            account.own(place)
        self._known_place = place
        return place

    def _make_cluster(self, programs: Programs, place: Path) -> None:
        """Made beside its final name and renamed when whole: a killed initdb leaves nothing like a cluster."""
        free = shutil.disk_usage(place).free
        if free < SMALLEST_FREE_BYTES:
            raise CannotStart(disk_full(place))
        draft = place / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = secrets.token_hex(24)
        write_secret(self.state / "password", password)
        handed_over = place / "initdb.password"  # the account cannot read ours
        write_secret(handed_over, password)
        self._who().own(handed_over)
        command = [str(programs.bin / "initdb"), "--pgdata", str(draft), "--username", USER, "--encoding", "UTF8"]
        command += ["--auth", "scram-sha-256", "--pwfile", str(handed_over), *_locale_options(programs)]
        if self.throwaway:
            command.append("--no-sync")
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C lets it finish; the run stops after it
            **self._who().popen_options(),
        )
        handed_over.unlink()
        if result.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            raise CannotStart(_why("PostgreSQL could not make its data folder", result.stdout + result.stderr, place))
        draft.rename(place / "data")

    def _check_version(self, programs: Programs, place: Path) -> None:
        made_by = int((place / "data" / "PG_VERSION").read_text().split(".")[0])
        if made_by != programs.major:
            raise CannotStart(
                f"The data in {place / 'data'} was made by PostgreSQL {made_by}, but {programs.bin} is"
                f" {programs.version}: dump it with version {made_by} and load it into a new state folder,"
                " or forget it with `make run ARGS=--fresh`."
            )

    def _launch(self, port: int, *, find: bool) -> None:
        """Start the server and wait until it answers; `find` allows another port when the remembered one is taken."""
        place, programs = self._place(), self._programs()
        self._clear_stale_pid(place)
        if port == 0 or (find and not is_free(port)):
            port = free_port()
        (self.state / "port").write_text(str(port))
        command = [str(programs.bin / "postgres"), "-D", str(place / "data"), *_server_options(port)]
        if self.throwaway:
            command += NO_DURABILITY
        deadline = time.monotonic() + START_SECONDS
        while True:
            seen = self._log.stat().st_size if self._log.exists() else 0
            with self._log.open("ab") as log:
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C is for the application first
                    preexec_fn=die_with_parent(signal.SIGINT) if self.throwaway else None,  # noqa: PLW1509
                    **self._who().popen_options(),
                )
            if self._wait_until_ready(port, deadline):
                return
            said = self._log.read_bytes()[seen:].decode(errors="replace")
            # After a kill -9 the old server's children hold its shared memory, and maybe its port, for a moment.
            passing = "shared memory block" in said or "could not bind" in said
            if not passing or time.monotonic() > deadline:
                raise CannotStart(_why("The embedded PostgreSQL did not start", said, self._log))
            time.sleep(0.2)

    def _wait_until_ready(self, port: int, deadline: float | None = None) -> bool:
        """True once the server lets us in; False when its process ended or time is up."""
        deadline = deadline or time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._child is not None and self._child.poll() is not None:
                self._child = None
                return False
            if self._child is None and self._server_pid() is None:
                return False
            if self._answers(port):
                return True
            time.sleep(PROBE_SECONDS)
        return False

    def _answers(self, port: int) -> bool:
        try:
            psycopg.connect(self._url(port, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password" in str(error):  # wrong, or lost
                raise CannotStart(
                    f"The embedded database does not accept the password in {self.state / 'password'}:"
                    " put the file back, or forget the database with `make run ARGS=--fresh`."
                ) from error
            return False
        return True

    def _make_database(self) -> None:
        with psycopg.connect(self._url(self._port(), "postgres"), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))

    def _port(self) -> int:
        try:
            return int((self.state / "port").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _url(self, port: int, database: str = DATABASE) -> str:
        file = self.state / "password"
        password = file.read_text() if file.exists() else ""
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{database}"

    # The running server

    def _server_pid(self) -> int | None:
        """The running postmaster of our data folder: its own pid file names it, and its command line proves it."""
        data = self._place() / "data"
        try:
            pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if str(data) in command_line(pid) else None

    def _clear_stale_pid(self, place: Path) -> None:
        """After a crash of the machine another program may have the recorded pid; PostgreSQL would refuse to start."""
        if self._server_pid() is None:
            (place / "data" / "postmaster.pid").unlink(missing_ok=True)

    def _shut_down(self) -> None:
        """Fast shutdown, then ever less polite. Sessions still open are ended by the server."""
        for how, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            pid = self._server_pid()
            if pid is None:
                break
            os.kill(pid, how)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and self.alive():
                time.sleep(PROBE_SECONDS)
        if self._child is not None:
            self._child.wait(STOP_SECONDS)
            self._child = None


def ensure_started(state_dir: Path, *, throwaway: bool = False) -> EmbeddedPostgres:
    """The embedded server of this state folder, made, adopted or started as needed. Raises CannotStart."""
    postgres = EmbeddedPostgres(state_dir, throwaway=throwaway)
    postgres.start()
    return postgres


def join(state_dir: Path) -> EmbeddedPostgres | None:
    """The embedded server of this state folder if it is running now, else None."""
    postgres = EmbeddedPostgres(state_dir)
    return postgres if postgres.join() else None


def _server_options(port: int) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",  # a socket's path may have 107 bytes at most; checkouts may lie deeper
        "max_connections": str(MAX_CONNECTIONS),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _locale_options(programs: Programs) -> list[str]:
    if programs.major >= 17:  # the same order of strings on every system
        return ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    return ["--locale", "C" if sys.platform == "darwin" else "C.UTF-8"]


def write_secret(path: Path, text: str) -> None:
    """Make or replace a file, readable by its owner only, from the first moment on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _make_shared_place() -> None:
    SHARED_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)


def _why(what: str, said: str, where: Path) -> str:
    """One sentence from what PostgreSQL printed: a full disk by name, else its first complaint."""
    if "No space left on device" in said:
        return disk_full(where)
    complaint = re.search(r"(?:FATAL|ERROR|PANIC|error|fatal):\s+(.*)", said)
    return f"{what}: {complaint.group(1) if complaint else 'it gave no reason'} (see {where})."
