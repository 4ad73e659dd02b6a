"""`make run`: the whole product and its pretend world on this machine, from an empty folder to a page in a browser."""

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cliphaven.config.local.database import find_database
from cliphaven.config.local.environment import (
    DEFAULT_PORT,
    ROOT,
    choose_free_sandbox_port,
    collecting_command,
    local_environment,
    migration_command,
    state_directory,
)
from cliphaven.config.local.ports import answers, is_free
from cliphaven.config.local.postgres import EmbeddedPostgres
from cliphaven.config.local.problems import CannotStart, sentence_for
from cliphaven.config.local.supervisor import Program, Ready, StopRequested, Supervisor, answers_http, has_logged
from cliphaven.config.local.world import WorldClock

DEFAULT_SPEED = 300.0  # a day in five minutes, a week in half an hour
WEB_THREADS = 8
CLIPHAVEN = (sys.executable, "-c", "from cliphaven.config.commands import main; main()")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A process of a full house: how it is run, the module that it needs to exist, and what it says when ready."""

    name: str
    command: tuple[str, ...]
    needs: str
    says: str = ""


HISTORY = Part(name="history", command=(sys.executable, "-m", "simulator.history"), needs="simulator.history")
JOBS = (
    Part(name="worker", command=(*CLIPHAVEN, "worker"), needs="cliphaven.config.commands", says="worker: ready"),
    Part(
        name="scheduler",
        command=(*CLIPHAVEN, "scheduler"),
        needs="cliphaven.config.commands",
        says="scheduler: ready",
    ),
)
RESIDENTS = Part(name="residents", command=(sys.executable, "-m", "simulator.residents"), needs="simulator.residents")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person asked for."""

    port: int
    speed: float
    fresh: bool
    no_history: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal comes; returns the exit code."""
    options = parse(arguments)
    run = Run(options, state_directory())
    problem = ""
    try:
        run.supervisor.listen()
        run.live()
    except StopRequested:
        pass
    except CannotStart as found:
        problem = str(found)
    except OSError as error:
        problem = sentence_for(error, run.state)
    finally:
        run.end()
    if problem:  # the last line, where it is seen
        print(f"\nClipHaven: {problem}", file=sys.stderr)
    return 1 if problem else 0


def parse(arguments: Sequence[str] | None) -> Options:
    """The options, checked; exits with the usage when they make no sense."""
    parser = argparse.ArgumentParser(prog="make run", description="Start ClipHaven with its pretend world.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help=f"of the site (default {DEFAULT_PORT})")
    parser.add_argument(
        "--speed", type=_speed, default=DEFAULT_SPEED, help="of time (default %(default).0f; 1 is real)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the world and the embedded database first")
    parser.add_argument("--no-history", action="store_true", help="start with an empty marketplace")
    found = parser.parse_args(arguments)
    return Options(port=found.port, speed=found.speed, fresh=found.fresh, no_history=found.no_history)


class Run:
    """One life of the house, from its first step to its last."""

    def __init__(self, options: Options, state: Path) -> None:
        self.options = options
        self.state = state
        self.supervisor = Supervisor(state, say=say, die_with_make="MAKELEVEL" in os.environ)
        self._clock = WorldClock(state)
        self._postgres: EmbeddedPostgres | None = None
        self._environment: dict[str, str] = {}
        self._history = state / "history.json"  # {"finished": bool}: a world that was half played is played anew
        self._steps = Steps(7)

    def live(self) -> None:
        """Start everything, say where it is, and keep it running. Raises StopRequested or CannotStart."""
        began = time.monotonic()
        address = f"http://127.0.0.1:{self.options.port}"
        self.supervisor.claim(address)
        check_port(self.options.port)
        self._prepare_world()
        with self._steps("database"):
            owner_url = self._open_database()
        with self._steps("tables"):
            as_owner = {"DATABASE_URL": owner_url}
            self.supervisor.run_to_end(self._program("migrate", migration_command(), environment=as_owner))
        with self._steps("sandbox"):
            self.supervisor.start(self._sandbox())
        with self._steps("web"):
            self.supervisor.run_to_end(self._program("static", collecting_command(), environment=self._static_root()))
            self.supervisor.start(self._web(address))
        self._play_history()
        with self._steps("worker and scheduler"):
            for part in JOBS:
                self._start_part(part)
        with self._steps("residents"):
            if (self.state / "cast.json").exists():  # without a history nobody lives here
                self._start_part(RESIDENTS)
        self._welcome(address, time.monotonic() - began)
        self.supervisor.watch(self._each_second)

    def end(self) -> None:
        """Stop everything in order and let the next run have the folder. Called however the run ended."""
        begun = self._postgres is not None or self.supervisor.has_children()
        if begun:
            show("\n  stopping …", end="")
        self.supervisor.stop()
        if begun:
            with contextlib.suppress(OSError):  # on a full disk the last heartbeat will have to do
                self._clock.beat(at_rest=True)
                self._clock.rest()
        if self._postgres is not None:
            self._postgres.stop()
        self.supervisor.release()
        if begun:
            show(" stopped; the next start goes on from here.")

    # The steps

    def _prepare_world(self) -> None:
        half_played = self._history.exists() and not json.loads(self._history.read_text())["finished"]
        if half_played:
            say("The last start was cut short while it played the weeks before today: starting over.")
        if self.options.fresh or half_played:
            self._forget_world()
        choose_free_sandbox_port(self.state)
        environment = local_environment(self.state, port=self.options.port)
        self._clock.resume(self.options.speed)
        self._environment = environment

    def _forget_world(self) -> None:
        if os.environ.get("DATABASE_URL"):
            raise CannotStart(
                "Only the embedded database can be forgotten, and DATABASE_URL names another: empty that one yourself,"
                f" and remove {self.state}."
            )
        EmbeddedPostgres(self.state).erase()
        for folder in ("sandbox", "media"):
            shutil.rmtree(self.state / folder, ignore_errors=True)
        for name in ("history.json", "sign_in.json", "cast.json"):
            (self.state / name).unlink(missing_ok=True)
        self._clock.forget()

    def _open_database(self) -> str:
        """Let every process use the database; answers the address that only migrations use."""
        database = find_database(self.state)
        self._postgres = database.embedded
        self._environment["DATABASE_URL"] = database.url
        self.supervisor.check()
        return database.owner_url

    def _play_history(self) -> None:
        wanted = not self.options.no_history and exists(HISTORY.needs)
        if self._history.exists() or not wanted:
            self._steps.skip("the weeks before today")
            return
        self._history.write_text(json.dumps({"finished": False}))
        with self._steps("the weeks before today", own_lines=True):
            self.supervisor.run_to_end(self._program(HISTORY.name, HISTORY.command), echo=True)
        self._clock.set_speed(self.options.speed)  # the player drove the clock by hand
        self._clock.beat()
        self._history.write_text(json.dumps({"finished": True}))

    def _start_part(self, part: Part) -> None:
        if exists(part.needs):
            self.supervisor.start(self._program(part.name, part.command, ready=has_logged(part.says)))

    def _sandbox(self) -> Program:
        health = f"{self._environment['CLIPHAVEN_SANDBOX_URL']}/control/health"
        return self._program("sandbox", (sys.executable, "-m", "sandbox"), ready=answers_http(health), stage=0)

    def _web(self, address: str) -> Program:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "cliphaven.config.wsgi:application"]
        command += ["--host", "127.0.0.1", "--port", str(self.options.port), "--workers", "1", "--no-ws"]
        # A granian whose worker still starts does not heed SIGTERM; by default 512 threads may use as many connections.
        command += ["--workers-kill-timeout", "3", "--blocking-threads", str(WEB_THREADS)]
        command += ["--respawn-failed-workers", "--log-level", "warning"]
        more = {"CLIPHAVEN_DB_POOL": str(WEB_THREADS + 2), **self._static_root()}
        return self._program("web", command, ready=answers_http(f"{address}/"), environment=more)

    def _static_root(self) -> dict[str, str]:
        return {"CLIPHAVEN_STATIC_ROOT": str(self.state / "static")}

    def _program(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready: Ready | None = None,
        environment: dict[str, str] | None = None,
        stage: int = 1,
    ) -> Program:
        return Program(
            name=name,
            command=command,
            environment=self._environment | (environment or {}),
            ready=ready,
            stage=stage,
        )

    def _each_second(self) -> None:
        self._clock.beat()
        if self._postgres is not None and not self._postgres.alive():
            say("the database ended: starting it again")
            self._postgres.revive()

    def _welcome(self, address: str, seconds: float) -> None:
        lines = [f"\nClipHaven is ready after {seconds:.0f} s: {address}"]
        lines.append(f"Time runs {self.options.speed:g} times as fast as the wall's (--speed).")
        lines += sign_in_lines(self.state / "sign_in.json")
        lines.append(f"Ctrl-C stops everything. Logs are in {self.state / 'logs'}.\n")
        show("\n".join(lines))


class Steps:
    """Progress: one line a step, with its number and its time."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._number = 0

    @contextmanager
    def __call__(self, title: str, *, own_lines: bool = False) -> Iterator[None]:
        """Show the step while it runs; `own_lines` leaves room for the lines that it prints itself."""
        self._number += 1
        began = time.monotonic()
        start = f"  {self._number}/{self._total} {title} …"
        show(start, end="\n" if own_lines else "")
        yield
        show(f"{start if own_lines else ''} {time.monotonic() - began:.1f} s")

    def skip(self, title: str) -> None:
        """Count a step that has nothing to do."""
        self._number += 1
        show(f"  {self._number}/{self._total} {title}: nothing to do")


def check_port(port: int) -> None:
    """Raises CannotStart, naming another port, when this one cannot be had."""
    if not is_free(port) or answers(port):
        other = next((candidate for candidate in range(port + 1, 65536) if is_free(candidate)), DEFAULT_PORT + 1)
        raise CannotStart(
            f"Port {port} is taken by another program or may not be used: choose another, for example"
            f" `make run PORT={other}`."
        )


def exists(module: str) -> bool:
    """Whether the module can be run."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def sign_in_lines(path: Path) -> list[str]:
    """How to sign in, from what the history left behind; nothing when there is no history."""
    if not path.exists():
        return []
    people = json.loads(path.read_text())
    width = max((len(person["email"]) for person in people), default=0)
    return ["Sign in as", *(f"  {p['role']:<8} {p['email']:<{width}}  {p['password']}" for p in people)]


def say(line: str) -> None:
    """One line for the person."""
    show(f"  {line}")


def show(text: str, *, end: str = "\n") -> None:
    """Print at once. A terminal that was closed must not keep us from stopping what we started."""
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not 1 <= speed <= 100_000:
        raise argparse.ArgumentTypeError("the speed is a number from 1 to 100000")
    return speed


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
