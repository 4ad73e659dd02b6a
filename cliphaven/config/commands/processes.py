"""`cliphaven worker` and `cliphaven scheduler`: the two processes that do what happens by itself."""

import logging
import signal
import threading
from types import FrameType
from typing import Annotated

import typer
from django.db import close_old_connections

from cliphaven.config.commands import house

SECONDS_BETWEEN_LOOKS = 1.0


def worker(concurrency: Annotated[int, typer.Option(help="Jobs at the same time.", min=1, max=32)] = 8) -> None:
    """Run jobs of all queues until told to stop; a running job is finished first."""
    house.enter()
    from cliphaven.foundation import jobs  # noqa: PLC0415  # models exist only inside the house

    typer.echo("worker: ready")
    jobs.work(concurrency=concurrency)


def scheduler() -> None:
    """Defer what the schedule says, every second, until told to stop. Two at once are normal: each tick runs once."""
    house.enter()
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the shape that signal wants
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    typer.echo("scheduler: ready")
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        look()


def look() -> None:
    """Defer what is due. A scheduler that dies of one bad second helps nobody: that is said, and the next look follows.

    Django gives up a lost connection only between requests, and here are none: without being told, it would be asked
    for ever.
    """
    from cliphaven.config import schedule  # noqa: PLC0415

    try:
        schedule.defer_due()
    except Exception:
        logging.getLogger(__name__).exception("scheduler: this second's look failed")
        close_old_connections()
