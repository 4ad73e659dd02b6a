"""`python -m simulator.residents`: life goes on. The demonstration's people act on the running clock."""

import logging
import os
import random
import signal
import threading
from datetime import timedelta
from pathlib import Path
from types import FrameType

import django
from django.db import close_old_connections

SECONDS_BETWEEN_ACTS = 3.0
LONGEST_STEP = timedelta(hours=6)  # after a nap people go on, they do not catch up


def main() -> None:
    """Act every few seconds, at the pace of the world's clock."""
    django.setup()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only after django.setup()
    from simulator import life  # noqa: PLC0415

    people = life.recalled(
        Path(os.environ["CLIPHAVEN_STATE_DIR"]) / "cast.json",
        world_url=os.environ["CLIPHAVEN_SANDBOX_URL"],
        site_url=os.environ["CLIPHAVEN_SITE_URL"],
        chance=random.Random(),
    )
    stop = _asked_to_stop()
    print("residents: ready", flush=True)
    last = clock.now()
    while not stop.wait(SECONDS_BETWEEN_ACTS):
        now = clock.now()
        try:
            people.act(now=now, since=min(now - last, LONGEST_STEP))
            people.top_up(now=now)
        except Exception:  # one bad act is no reason for the world to stop
            logging.getLogger(__name__).exception("residents: this act failed")
            close_old_connections()  # Django would ask a lost one for ever
        last = now


def _asked_to_stop() -> threading.Event:
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the shape that signal wants
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


if __name__ == "__main__":
    main()
