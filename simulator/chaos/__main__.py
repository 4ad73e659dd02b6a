"""`python -m simulator.chaos`: what it did, and exit code 1 if anything was not as it must be."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from simulator.chaos import page
from simulator.chaos.run import Options, Run
from simulator.command_line import above_zero, file_to_write, whole
from simulator.runs import commit


def main() -> int:
    """Run once; answers the exit code."""
    parser = argparse.ArgumentParser(prog="make chaos", description="Kill, stop and cut off real processes under load.")
    parser.add_argument("--minutes", type=above_zero, default=20.0, help="under fire (default %(default)s)")
    parser.add_argument(
        "--kills", type=whole(least=0), default=100, help="of PostgreSQL meanwhile (default %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn (default %(default)s)")
    parser.add_argument("--speed", type=above_zero, default=600.0, help="of the house's time (default %(default)s)")
    parser.add_argument(
        "--pace", type=above_zero, default=1.0, help="of the pauses between faults (default %(default)s)"
    )
    parser.add_argument("--webs", type=whole(least=1), default=2, help="web servers (default %(default)s)")
    parser.add_argument("--workers", type=whole(least=1), default=3, help="(default %(default)s)")
    parser.add_argument("--schedulers", type=whole(least=1), default=2, help="(default %(default)s)")
    parser.add_argument("--json", type=file_to_write, metavar="FILE", help="write what it did")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep what the processes said")
    parser.add_argument("--write", action="store_true", help="put the table into docs/chaos.md")
    asked = parser.parse_args()
    options = Options(
        seed=asked.seed,
        minutes=asked.minutes,
        kills=asked.kills,
        speed=asked.speed,
        pace=asked.pace,
        logs=asked.logs,
        webs=asked.webs,
        workers=asked.workers,
        schedulers=asked.schedulers,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked_to_stop)  # shells start background jobs with SIGINT ignored
    told = Run(options, commit=commit(), say=_say).play()
    if asked.json is not None:
        asked.json.write_text(json.dumps(told, indent=1) + "\n")
    if asked.write:
        page.write_down(told)
    print(page.as_table(told))
    for words in [*told["wrong"], *told["broken"]]:
        print(f"wrong: {words}")
    return 0 if told["is_sound"] else 1


def _asked_to_stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the shape that signal wants
    """What was started is stopped on the way out."""
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
