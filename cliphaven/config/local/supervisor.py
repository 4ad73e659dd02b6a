"""Starts the child processes of a run, keeps them running, and ends all of them, however the run itself ends.

Every child is the leader of its own session, so that Ctrl-C reaches this process alone and the order of stopping is
ours. All code here runs in the main thread: the kernel ties a child's death to the thread that started it.
"""

import fcntl
import json
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from cliphaven.config.local.problems import CannotStart, disk_full, is_full
from cliphaven.config.local.processes import RUN_MARK, die_with_parent, end_marked

POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0  # a child that lived this long starts again at once
LEFTOVER_PATIENCE_SECONDS = 5.0
LOG_MAX_BYTES = 20 * 1024 * 1024
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Ready = Callable[[str], bool]  # told what the child has logged since it started


class StopRequested(Exception):
    """A signal asked the run to end."""


class AlreadyRunning(CannotStart):
    """Another run uses this state folder."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One child process: what to run, how to know that it is ready, and how long it may take to end."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Ready | None = None  # None: as soon as it was started
    ready_seconds: float = 60.0
    stop_seconds: float = 8.0
    stage: int = 1  # the highest stage is stopped first


@dataclass(kw_only=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started_at: float
    pause: float = FIRST_PAUSE_SECONDS
    again_at: float | None = None  # set while it is down


def answers_http(url: str) -> Ready:
    """Ready when the address answers anything but an error of the server."""

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a company's proxy knows no loopback

    def ready(_said: str) -> bool:
        try:
            with opener.open(url, timeout=5):  # our own loopback address
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    return ready


def has_logged(text: str) -> Ready:
    """Ready when the text stands in the log."""
    return lambda said: text in said


def is_running(state_dir: Path) -> bool:
    """Whether a run uses the state folder now."""
    path = state_dir / "run.lock"
    if not path.exists():
        return False
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Supervisor:
    """The children of one run in one state folder."""

    def __init__(self, state_dir: Path, *, say: Callable[[str], None], die_with_make: bool = False) -> None:
        """`say` shows one line to the person; `die_with_make` stops the run when its parent process is gone."""
        self._state = state_dir.absolute()
        self._logs = self._state / "logs"
        self._say = say
        self._children: list[_Child] = []
        self._lock: IO[str] | None = None
        self._mark = ""
        self._signals = 0
        self._parent = os.getppid() if die_with_make else None

    # One run at a time

    def claim(self, address: str) -> None:
        """Make this the run of the state folder, and end what a killed one left. Raises AlreadyRunning."""
        self._logs.mkdir(parents=True, exist_ok=True)
        lock = (self._state / "run.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            other = _read_json(self._state / "run.json")
            raise AlreadyRunning(
                f"ClipHaven is already running at {other.get('address', 'its address')} (process {other.get('pid')}):"
                " use that one, or stop it with Ctrl-C in its terminal."
            ) from None
        self._lock = lock
        mark = _read_json(self._state / "run.json").get("mark")
        if mark:
            ended = end_marked(str(mark), LEFTOVER_PATIENCE_SECONDS)
            if ended:
                self._say(f"ended what a killed run had left: {ended} process{'' if ended == 1 else 'es'}")
        self._mark = secrets.token_hex(16)
        note = {"pid": os.getpid(), "mark": self._mark, "address": address}
        (self._state / "run.json").write_text(json.dumps(note))

    def release(self) -> None:
        """Let another run have the state folder."""
        if self._lock is not None:
            (self._state / "run.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    # Being asked to stop

    def listen(self) -> None:
        """Take the stop signals. Shells start background jobs with SIGINT ignored, so Python's default will not do."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raises StopRequested once a signal has come."""
        if self._parent is not None and os.getppid() != self._parent:
            self._signals += 1
        if self._signals:
            raise StopRequested

    def pause(self, seconds: float) -> None:
        """Sleep, but not longer than until a signal comes. Raises StopRequested."""
        deadline = time.monotonic() + seconds
        while True:
            self.check()
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(POLL_SECONDS, left))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    # Starting

    def start(self, program: Program) -> None:
        """Start the program and wait until it is ready. Raises CannotStart with its last words, or StopRequested."""
        begin = self._log_size(program)
        child = _Child(program=program, process=self._spawn(program), started_at=time.monotonic())
        self._children.append(child)
        deadline = time.monotonic() + program.ready_seconds
        while program.ready is not None:
            if child.process.poll() is not None:
                raise CannotStart(self._last_words(program, begin, f"ended while it started ({_how(child.process)})"))
            if program.ready(self._said(program, begin)):
                return
            if time.monotonic() > deadline:
                raise CannotStart(
                    self._last_words(program, begin, f"was not ready after {program.ready_seconds:.0f} s")
                )
            self.pause(POLL_SECONDS)

    def run_to_end(self, program: Program, *, echo: bool = False) -> None:
        """Run a program that ends by itself; `echo` shows its output to the person as it comes.

        Raises CannotStart with its last words when it fails, or StopRequested after ending it.
        """
        begin = self._log_size(program)
        process = self._spawn(program, echo=echo)
        self._children.append(_Child(program=program, process=process, started_at=time.monotonic()))
        while process.poll() is None:
            self.pause(POLL_SECONDS)
        self._children = [child for child in self._children if child.process is not process]
        if process.returncode != 0:
            raise CannotStart(self._last_words(program, begin, f"failed ({_how(process)})"))

    def watch(self, each_second: Callable[[], None]) -> None:
        """Keep the children running, and call `each_second`, until a signal comes: then StopRequested."""
        next_second = time.monotonic()
        while True:
            self.pause(WATCH_SECONDS)
            for child in self._children:
                self._mend(child)
            if time.monotonic() >= next_second:
                each_second()
                next_second = time.monotonic() + 1.0

    def _mend(self, child: _Child) -> None:
        now = time.monotonic()
        if child.again_at is None:
            if child.process.poll() is None:
                return
            if now - child.started_at > HEALTHY_SECONDS:
                child.pause = FIRST_PAUSE_SECONDS
            ended = f"{child.program.name} ended ({_how(child.process)})"
            self._say(f"{ended}: starting it again in {child.pause:.0f} s, see {self._log(child.program)}")
            child.again_at = now + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)
        elif now >= child.again_at:
            child.process, child.started_at, child.again_at = self._spawn(child.program), now, None

    def _spawn(self, program: Program, *, echo: bool = False) -> subprocess.Popen[bytes]:
        path = self._log(program)
        if self._log_size(program) > LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.1"))
        environment = {**os.environ, **program.environment, RUN_MARK: self._mark, "PYTHONUNBUFFERED": "1"}
        with path.open("ab") as log:
            return subprocess.Popen(
                list(program.command),
                stdin=subprocess.DEVNULL,
                stdout=None if echo else log,
                stderr=log,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
            )

    # Stopping

    def has_children(self) -> bool:
        """Whether anything was started that has to be stopped."""
        return bool(self._children)

    def stop(self) -> None:
        """End all children, the highest stage first: politely, then by force. A second signal ends the patience."""
        for stage in sorted({child.program.stage for child in self._children}, reverse=True):
            group = [child for child in self._children if child.program.stage == stage]
            for child in group:
                _send(child, signal.SIGTERM)
            deadline = time.monotonic() + max(child.program.stop_seconds for child in group)
            signals = self._signals
            while time.monotonic() < deadline and self._signals <= max(signals, 1) and _any_alive(group):
                time.sleep(POLL_SECONDS)
            for child in group:
                _send(child, signal.SIGKILL)
        for child in self._children:
            child.process.wait()
        self._children = []
        if self._mark:
            end_marked(self._mark, 0.5)  # a server's own workers, should it have died without them

    # Logs

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"

    def _log_size(self, program: Program) -> int:
        try:
            return self._log(program).stat().st_size
        except FileNotFoundError:
            return 0

    def _said(self, program: Program, begin: int) -> str:
        with self._log(program).open("rb") as log:
            log.seek(begin if self._log_size(program) >= begin else 0)  # it may have been moved aside meanwhile
            return log.read().decode(errors="replace")

    def _last_words(self, program: Program, begin: int, what: str) -> str:
        said = self._said(program, begin)
        if "No space left on device" in said or is_full(self._state):
            return disk_full(self._state)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return f"{program.name} {what}: {lines[-1] if lines else 'it said nothing'} (see {self._log(program)})."


def _send(child: _Child, number: signal.Signals) -> None:
    """Politely to the leader alone, which knows how to end its workers; by force to its whole group."""
    if child.process.poll() is not None:
        return
    if number == signal.SIGKILL:
        os.killpg(child.process.pid, number)
    else:
        child.process.send_signal(number)


def _any_alive(children: Sequence[_Child]) -> bool:
    return any(child.process.poll() is None for child in children)


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit {code}"


def _read_json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
