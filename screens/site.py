"""The demonstration, as `make run` starts it, and the names of its routes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from cliphaven.config.local.environment import local_environment
from cliphaven.config.local.ports import free_port

READY = "ClipHaven is ready"
STARTS_S_MAX, ENDS_S_MAX = 900.0, 60.0


class NotStarted(RuntimeError):
    """The demonstration did not come up; what it printed last is in the words."""


@contextmanager
def demonstration(state: Path | None) -> Iterator[tuple[str, Path]]:
    """The address of a demonstration and its state folder; its time stands nearly still. Raises NotStarted.

    With `state` it goes on from that folder, which stays; otherwise it begins anew in one that is thrown away.
    """
    with tempfile.TemporaryDirectory(prefix="cliphaven-screens-", ignore_cleanup_errors=True) as fresh:
        folder, port = state or Path(fresh), free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "cliphaven.config.local.run", "--port", str(port), "--speed", "1"],
            env={**os.environ, "CLIPHAVEN_STATE_DIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait_until_ready(process)
            yield f"http://127.0.0.1:{port}", folder
        finally:
            process.terminate()
            process.wait(ENDS_S_MAX)


def route_names(state: Path) -> Callable[[str], str | None]:
    """What names the route of a path, as the house of this state folder has it; None where there is none."""
    os.environ.update(local_environment(state))
    os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")  # nobody asks it anything
    django.setup()
    from django.urls import Resolver404, resolve  # noqa: PLC0415  # known only now

    def name(path: str) -> str | None:
        try:
            return resolve(path).url_name
        except Resolver404:
            return None

    return name


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    said: list[str] = []
    deadline = time.monotonic() + STARTS_S_MAX
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if READY in line:
            return
        if time.monotonic() > deadline:
            break
    raise NotStarted("The demonstration does not come up:\n" + "".join(said[-20:]))
