"""`python -m simulator.bugs.hunt`: plants each bug in turn and plays seeds until the simulator finds it.

Exits 1 when a bug hides from all its seeds, or when an invariant was never the first to notice one.
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from simulator import pages, runs, swarm
from simulator.bugs.bug import Bug
from simulator.bugs.catalogue import BUGS
from simulator.universe import Server

SEEDS_MAX = 20
STEPS = 2_000
INVARIANTS = tuple(f"I{number}" for number in range(1, 27))
HEAD = ("bug", "the mistake", "first noticed by", "found in seed", "seeds played", "steps")
# What these say can be known only when all is at rest; the seeds of every other bug are not healed.
AT_REST = frozenset({"I11", "I13", "I14", "I16", "I17", "I21", "I23", "I25", "I26"})
# What found a bug that no invariant has a number for: an error that only a mistake in the code raises.
BROKE = "an error"


@dataclass(frozen=True, kw_only=True)
class Hunted:
    """What became of one bug; `seeds` is how many were played, and `run` the one that found it."""

    bug: Bug
    seeds: int
    steps: int
    run: runs.SeedRun | None

    @property
    def noticed_by(self) -> str:
        """The invariant that was the first to notice."""
        if self.run is None:
            return ""
        return str(self.run.facts["invariant"]) or BROKE

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        found = f"{self.run.seed}" if self.run is not None else "**none**"
        return f"`{self.bug.name}`", self.bug.what, self.noticed_by, found, f"{self.seeds}", f"{self.steps:,}"


def hunt(server: Server, bug: Bug, *, steps: int = STEPS, seeds: int = SEEDS_MAX) -> Hunted:
    """Play the first `seeds` seeds, one after the other, until one finds the bug; those that cannot show it, last."""
    steps_played = 0
    heals_days = runs.HEALS_DAYS if bug.invariant in AT_REST else 0
    order = sorted(range(1, seeds + 1), key=lambda seed: (not bug.shows_in(swarm.drawn(seed)), seed))
    for played, seed in enumerate(order, start=1):
        [run] = runs.play(server, [seed], steps=steps, heals_days=heals_days, plant=bug.name).runs
        steps_played += run.facts["steps"]
        if run.violation is not None:
            return Hunted(bug=bug, seeds=played, steps=steps_played, run=run)
    return Hunted(bug=bug, seeds=seeds, steps=steps_played, run=None)


def hunt_all(bugs: Sequence[Bug], *, steps: int, seeds: int, at_once: int) -> list[Hunted]:
    """All of them, so many at a time, saying a line for each; in the order of the catalogue."""
    saying, began = threading.Lock(), time.monotonic()

    def one(bug: Bug) -> Hunted:
        hunted = hunt(server, bug, steps=steps, seeds=seeds)
        with saying:
            words = " ".join((hunted.run.violation or "").split())[:160] if hunted.run else f"HIDES from {seeds} seeds"
            where = f"seed {hunted.run.seed} ({hunted.seeds} played)" if hunted.run else "no seed"
            print(f"{time.monotonic() - began:5.0f} s  {bug.name}: {where}: {words}", flush=True)
        return hunted

    with Server() as server, ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(one, bugs))


def asleep(hunted: Iterable[Hunted]) -> list[str]:
    """The invariants that were the first to notice none of the bugs."""
    awake = {one.noticed_by for one in hunted}
    return [number for number in INVARIANTS if number not in awake]


def main() -> int:
    """See the module."""
    asked = _parser().parse_args()
    unknown = [name for name in asked.names if name not in BUGS]
    if unknown:
        print(f"No such bugs: {', '.join(unknown)}. There are: {', '.join(BUGS)}", file=sys.stderr)
        return 2
    bugs = [BUGS[name] for name in asked.names or BUGS]
    hunted = hunt_all(bugs, steps=asked.steps, seeds=asked.seeds, at_once=asked.at_once)
    hiding = [one.bug.name for one in hunted if one.run is None]
    found = pages.table(HEAD, [one.cells() for one in hunted])
    print(found)
    if asked.write is not None:
        pages.keep(asked.write, "bugs", found)
    if hiding:
        print(f"Not found: {', '.join(hiding)}", file=sys.stderr)
    sleeping = [] if asked.names else asleep(hunted)
    if sleeping:
        print(f"First to notice nothing: {', '.join(sleeping)}", file=sys.stderr)
    return int(bool(hiding or sleeping))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Plants each bug in turn and plays seeds until one finds it.")
    parser.add_argument("names", nargs="*", help="which bugs; all of them when none is named")
    parser.add_argument("--seeds", type=int, default=SEEDS_MAX, help="how many seeds a bug may hide from")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of each seed before it heals")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="bugs at the same time")
    parser.add_argument("--write", type=Path, help="keep the table in this page, between its markers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
