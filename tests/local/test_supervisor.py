"""The supervisor: real child processes, started, crashed, killed and ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cliphaven.config.local.ports import answers, free_port
from cliphaven.config.local.problems import CannotStart
from cliphaven.config.local.processes import command_line, marked
from cliphaven.config.local.supervisor import (
    AlreadyRunning,
    Program,
    StopRequested,
    Supervisor,
    answers_http,
    has_logged,
    is_running,
)

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
IGNORES_TERM = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
)

# A run in a process of its own: one child, and a grandchild in another session that ignores SIGTERM, like a worker
# whose server was killed.
RUN = f"""
import subprocess, sys
from pathlib import Path
from cliphaven.config.local.supervisor import Program, StopRequested, Supervisor, has_logged
grandchild = {IGNORES_TERM[2]!r}
child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True);"
child += "time.sleep(600)"
supervisor = Supervisor(Path(sys.argv[1]), say=print)
supervisor.listen()
try:
    supervisor.claim("http://127.0.0.1:8000")
    command = (sys.executable, "-c", child, grandchild)
    supervisor.start(Program(name="child", command=command, ready=has_logged("up"), stop_seconds=2))
    print("ready", flush=True)
    supervisor.watch(lambda: None)
except StopRequested:
    pass
finally:
    supervisor.stop()
    supervisor.release()
"""


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    supervisor = Supervisor(tmp_path, say=said.append)
    supervisor.listen()
    supervisor.claim("http://127.0.0.1:8000")
    yield supervisor
    supervisor.stop()
    supervisor.release()
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def mark_of(state: Path) -> str:
    text = (state / "run.json").read_text()
    return text.split('"mark": "')[1].split('"')[0]


def start_run(state: Path) -> "subprocess.Popen[str]":
    run = subprocess.Popen([sys.executable, "-c", RUN, str(state)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    return run


def test_a_program_is_started_once_it_answers_and_its_words_are_in_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    port = free_port()
    command = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    supervisor.start(Program(name="site", command=command, ready=answers_http(f"http://127.0.0.1:{port}/")))

    assert answers(port)
    assert "GET / HTTP/1.1" in (tmp_path / "logs/site.log").read_text()

    supervisor.stop()
    assert not answers(port)


def test_a_program_that_ends_while_it_starts_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    command = (sys.executable, "-c", "print('first'); raise SystemExit('the key is missing')")
    with pytest.raises(
        CannotStart, match=r"site ended while it started \(exit 1\): the key is missing \(see .*site.log"
    ):
        supervisor.start(Program(name="site", command=command, ready=has_logged("up")))


def test_a_program_that_is_never_ready_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(CannotStart, match=r"site was not ready after 0 s"):
        supervisor.start(Program(name="site", command=SLEEP, ready=has_logged("never"), ready_seconds=0.2))


def test_a_step_that_fails_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no such table')")
    with pytest.raises(CannotStart, match=r"migrate failed \(exit 1\): no such table"):
        supervisor.run_to_end(Program(name="migrate", command=command))


def test_a_child_that_crashes_is_started_again(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    supervisor.start(Program(name="worker", command=SLEEP, ready=has_logged("up")))
    [first] = marked(mark_of(tmp_path))
    os.kill(first, signal.SIGKILL)

    def stop_when_it_is_back() -> None:
        if (tmp_path / "logs/worker.log").read_text().count("up") == 2:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(StopRequested):
        supervisor.watch(stop_when_it_is_back)
    assert said[0].startswith("worker ended (killed by SIGKILL): starting it again in 1 s, see ")
    assert marked(mark_of(tmp_path)) != [first]


def test_a_child_that_ignores_the_polite_signal_is_ended_by_force(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(Program(name="deaf", command=IGNORES_TERM, ready=has_logged("up"), stop_seconds=0.3))
    supervisor.stop()
    assert marked(mark_of(tmp_path)) == []


def test_the_highest_stage_is_stopped_first(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    for name, stage in (("sandbox", 0), ("web", 1)):
        code = (
            "import signal, sys, time\n"
            "def end(*_):\n    time.sleep(0.2); open(sys.argv[1], 'a').write(sys.argv[2] + ' '); sys.exit()\n"
            "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
        )
        command = (sys.executable, "-c", code, str(order), name)
        supervisor.start(Program(name=name, command=command, ready=has_logged("up"), stage=stage))
    supervisor.stop()
    assert order.read_text() == "web sandbox "


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_every_process_of_the_run(number: signal.Signals, tmp_path: Path) -> None:
    run = start_run(tmp_path)
    mark = mark_of(tmp_path)
    assert len(marked(mark)) == 2

    run.send_signal(number)
    assert run.wait(10) == 0
    assert marked(mark) == []
    assert not is_running(tmp_path)


def test_a_killed_run_leaves_nothing_that_stops_the_next_one(tmp_path: Path, said: list[str]) -> None:
    run = start_run(tmp_path)
    mark = mark_of(tmp_path)
    child = next(pid for pid in marked(mark) if "start_new_session" in command_line(pid))

    run.kill()
    run.wait()
    if sys.platform == "linux":
        wait_until(lambda: command_line(child) == "")  # the kernel ended it with its parent
    assert len(marked(mark)) >= 1  # the deaf grandchild in its own session is still there

    following = Supervisor(tmp_path, say=said.append)
    following.claim("http://127.0.0.1:8000")
    assert marked(mark) == []
    assert said == ["ended what a killed run had left: 1 process"]
    following.release()


def test_a_second_run_is_told_where_the_first_one_is(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=rf"already running at http://127.0.0.1:8000 \(process {os.getpid()}\)"):
        Supervisor(tmp_path, say=print).claim("http://127.0.0.1:8001")
    assert is_running(tmp_path)


def run_product(state: Path, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = os.environ | {"CLIPHAVEN_STATE_DIR": str(state)} | environment
    variables.pop("MAKELEVEL", None)
    command = [sys.executable, "-m", "cliphaven.config.local.run", *options]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=30)


def test_a_taken_port_is_named_with_another_to_use_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run_product(tmp_path, "--port", str(port))

    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert "make run PORT=" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not is_running(tmp_path)


def test_a_broken_database_address_ends_the_run_with_one_sentence(tmp_path: Path) -> None:
    result = run_product(tmp_path, "--port", str(free_port()), DATABASE_URL="postgresql://somebody@127.0.0.1:1/shop")

    assert result.returncode == 1
    assert "DATABASE_URL names 127.0.0.1:1/shop, which cannot be used" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not is_running(tmp_path)
