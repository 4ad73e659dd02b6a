"""`make malformed`: every kind of malformed body to every address that takes one; the table is kept in docs/api.md."""

import argparse
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from simulator import pages
from tests.fuzzing.__main__ import PAGE
from tests.fuzzing.house import OpenHouse, open_house
from tests.fuzzing.knocking import Answer, knock_everywhere

LIMIT_S = 0.1
WARM_UP = 1  # whole rounds through all addresses before memory is looked at
GROWTH_MAX_MIB = 20
HEAD = ("kind of body", "sent", "400", "401", "403, 404", "413, 415", "409, 422", "2xx", "closed", "5xx", "slowest, ms")


def main(arguments: Sequence[str]) -> int:
    """Returns 1 for an answer of 500 or above, one that took longer than a tenth of a second, or memory that grew."""
    parser = argparse.ArgumentParser(prog="make malformed", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, help="addresses that each kind of body is sent to; all when it is not said")
    parser.add_argument("--no-docs", action="store_true", help="leave docs/api.md as it is")
    asked = parser.parse_args(arguments)
    os.environ.pop("DATABASE_URL", None)
    with open_house() as house:
        from tests.fuzzing.visitors import credential  # noqa: PLC0415  # Django's models are there only now

        for round_ in range(WARM_UP):
            list(
                knock_everywhere(house.site, seed=asked.seed + 1 + round_, credential=credential, each=asked.each or 12)
            )
        before = memory_mib(house)
        answers = list(knock_everywhere(house.site, seed=asked.seed, credential=credential, each=asked.each))
        after = memory_mib(house)
    told = f"{pages.table(HEAD, rows(answers), numbers=True)}\n\n{summary(answers, before=before, after=after)}"
    print(told)
    if not (asked.no_docs or asked.each):
        pages.keep(PAGE, "malformed", f"{told} Seed {asked.seed}.")
    slow = [one for one in answers if one.took_s > LIMIT_S]
    for one in sorted(slow, key=lambda one: -one.took_s)[:10]:
        print(f"{one.took_s * 1_000:.0f} ms: {one.kind}, {one.address}, as {one.as_whom}: {one.status}")
    return int(any(one.status >= 500 for one in answers) or bool(slow) or after - before > GROWTH_MAX_MIB)


def rows(answers: Sequence[Answer]) -> list[tuple[str, ...]]:
    """A line for each kind."""
    found = []
    for kind in dict.fromkeys(one.kind for one in answers):
        ones = [one for one in answers if one.kind == kind]
        counts = Counter(one.status for one in ones)
        groups = ((400,), (401,), (403, 404), (413, 415), (409, 422), range(200, 300), (0,), range(500, 600))
        numbers = [sum(counts[status] for status in group) for group in groups]
        slowest = max(one.took_s for one in ones)
        found.append((kind, str(len(ones)), *(str(number) for number in numbers), f"{slowest * 1_000:.0f}"))
    return found


def summary(answers: Sequence[Answer], *, before: float, after: float) -> str:
    """What it comes to."""
    took = sorted(one.took_s * 1_000 for one in answers)
    return (
        f"{len(answers):,} requests: median {took[len(took) // 2]:.1f} ms, 99 of 100 within"
        f" {took[len(took) * 99 // 100]:.1f} ms, slowest {took[-1]:.1f} ms."
        f" Memory of the web server before {before:.0f} MiB, after {after:.0f} MiB."
    )


def memory_mib(house: OpenHouse) -> float:
    """What the web server's processes have in memory, in MiB."""
    assert house.web.process is not None
    group = os.getpgid(house.web.process.pid)
    pids = [int(found.name) for found in Path("/proc").iterdir() if found.name.isdigit()]
    return sum(_resident_kib(pid) for pid in pids if _group_of(pid) == group) / 1_024


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:  # it has just ended
        return None


def _resident_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
