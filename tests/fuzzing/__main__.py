"""`make fuzz`: ask every operation as everybody, print what came of it, and keep the table in docs/api.md."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from simulator import pages
from tests.fuzzing.asking import HEAD, PHASES, Found, ask_everything, rows
from tests.fuzzing.house import open_house

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
VISITORS = (
    *("stranger", "creator", "owner", "reviewer", "support", "risk", "finance", "admin"),
    *("creators-key", "owners-key", "staffs-key"),
)


def main(arguments: Sequence[str]) -> int:
    """Returns 1 when any check failed, or the server wrote of anything that broke."""
    asked = _parser().parse_args(arguments)
    os.environ.pop("DATABASE_URL", None)
    found: list[Found] = []
    with open_house() as house:
        for visitor in asked.visitors or VISITORS:
            began = time.monotonic()
            one = ask_everything(
                visitor=visitor,
                site=house.site,
                environment=house.environment,
                folder=house.web.log.parent,
                seed=asked.seed,
                examples=asked.examples,
                phases=asked.phases,
            )
            found.append(one)
            print(f"{visitor}: {dict(one.failures) or 'well'}, {time.monotonic() - began:.0f} s", flush=True)
            if one.failures:
                print(one.told)
        broken = house.log().count("ERROR")
        if broken:
            print(house.log())
    table = pages.table(HEAD, rows(found), numbers=True)
    print(f"\n{table}\n\nErrors in the server's log: {broken}. Seed {asked.seed}, {asked.examples} examples.")
    if not (asked.visitors or asked.no_docs):
        pages.keep(
            PAGE, "fuzzing", f"{table}\n\nSeed {asked.seed}, {asked.examples} examples of each operation and phase."
        )
    return int(bool(broken or any(one.failures for one in found)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("visitors", nargs="*", choices=[[], *VISITORS], help="as whom; as everybody if nobody is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=20, metavar="N", help="of each operation and phase")
    parser.add_argument("--phases", default=PHASES)
    parser.add_argument("--no-docs", action="store_true", help="leave docs/api.md as it is")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the house goes with us, also when we are told to go
    sys.exit(main(sys.argv[1:]))
