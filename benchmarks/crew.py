"""Several processes with a connection each, let loose together: what one Python process could not do beside itself."""

import gc
import multiprocessing
import os
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from threading import BrokenBarrierError
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

PRODUCT = "cliphaven.config.settings"
TOGETHER_SECONDS = 600.0


class WorkerFailed(Exception):
    """A worker raised; the message is its traceback."""


class _Barrier(Protocol):
    def wait(self, timeout: float | None = None) -> int: ...
    def abort(self) -> None: ...


class Crew:
    """`size` processes of the product, connected to one database for as long as the `with` block lasts."""

    def __init__(self, url: str, *, size: int, settings: str = PRODUCT) -> None:
        """`url` is the database and `settings` the module that the workers' Django is set up with."""
        context = multiprocessing.get_context("spawn")
        self._barrier = context.Barrier(size)  # kept: the workers find it by its name, which goes with it
        self._pipes: list[Connection] = []
        self._processes = []
        for number in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_live, args=(number, url, settings, theirs, self._barrier), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.close()
            process.join(5)
            if process.is_alive():
                process.terminate()

    def __len__(self) -> int:
        return len(self._processes)

    def run(self, work: Callable[Concatenate[int, P], R], /, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """`work(number, …)` in every process at the same time; the answers in their order. Raises WorkerFailed."""
        return self.timed(work, *args, **kwargs)[1]

    def timed(
        self, work: Callable[Concatenate[int, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> tuple[float, list[R]]:
        """Like `run`, with the seconds from the first one's beginning to the last one's end in front."""
        for pipe in self._pipes:
            pipe.send((work, args, kwargs))
        try:
            said: list[Any] = [pipe.recv() for pipe in self._pipes]
        except (EOFError, ConnectionResetError) as error:
            raise WorkerFailed("a worker ended without an answer") from error
        for failure in (answer for is_sound, *_, answer in said if not is_sound):
            raise WorkerFailed(failure)
        seconds = max(end for _, _, end, _ in said) - min(begin for _, begin, _, _ in said)
        return seconds, [answer for *_, answer in said]


def _live(number: int, url: str, settings: str, pipe: Connection, barrier: _Barrier) -> None:
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django  # noqa: PLC0415  # the address must be set first

    django.setup()
    while True:
        try:
            work, args, kwargs = pipe.recv()
        except EOFError:
            return
        gc.collect()
        gc.freeze()  # what was prepared is not looked through again while the clock runs
        try:
            barrier.wait(TOGETHER_SECONDS)
            begin = time.monotonic()
            answer = work(number, *args, **kwargs)
            pipe.send((True, begin, time.monotonic(), answer))
        except BrokenBarrierError:
            pipe.send((False, "another worker failed"))
        except Exception:  # whatever it is, it is shown where the run was started
            pipe.send((False, traceback.format_exc()))
