"""`python -m simulator.bugs.hunt`: plants each bug in turn and plays seeds until the simulator finds it.

Exits 1 when a bug hides from all its seeds, or when an invariant was never the first to notice one.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from simulator import pages, runs, swarm
from simulator.bugs.bug import Bug
from simulator.bugs.catalogue import BUGS
from simulator.command_line import file_to_write, page_for, whole
from simulator.universe import Server

SEEDS_MAX = 20
# The worlds that a bug needs are looked for among so many, without playing anything.
SEEDS_LOOKED_AT = 100_000
STEPS = 2_000
INVARIANTS = tuple(f"I{number}" for number in range(1, 27))
HEAD = ("bug", "the mistake", "first noticed by", "found in seed", "seeds played")
# What these say can be known only when all is at rest; the seeds of every other bug are not healed.
AT_REST = frozenset({"I11", "I13", "I14", "I16", "I17", "I21", "I23", "I25", "I26"})
# What found a bug that no invariant has a number for: an error that only a mistake in the code raises.
BROKE = "an error"
WORDS_SHOWN = 160


@dataclass(frozen=True, kw_only=True)
class Hunted:
    """What became of one bug: the seed that found it (None: it hides), how many seeds were played for that, which
    invariant was the first to notice it, and in what words."""

    name: str
    seed: int | None
    seeds: int
    noticed_by: str = ""
    words: str = ""

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        found = "**none**" if self.seed is None else f"{self.seed}"
        return f"`{self.name}`", BUGS[self.name].what, self.noticed_by, found, f"{self.seeds}"

    def line(self) -> str:
        """What is said of it while others are still hunted."""
        if self.seed is None:
            return f"{self.name} HIDES from {self.seeds} seeds"
        return f"{self.name}: seed {self.seed} ({self.seeds} played): {self.words[:WORDS_SHOWN]}"


def worlds(bug: Bug, *, seeds: int) -> list[int]:
    """The first `seeds` seeds, of all from 1 on, whose world has what the bug could spoil."""
    able = (seed for seed in range(1, SEEDS_LOOKED_AT + 1) if bug.shows_in(swarm.drawn(seed)))
    return list(islice(able, seeds))


def hunt(server: Server, bug: Bug, *, steps: int = STEPS, seeds: int = SEEDS_MAX) -> Hunted:
    """Play the first `seeds` seeds that could show the bug, one after the other, until one finds it."""
    heals_days = runs.HEALS_DAYS if bug.heals or bug.invariant in AT_REST else 0
    for played, seed in enumerate(worlds(bug, seeds=seeds), start=1):
        [run] = runs.play(server, [seed], steps=steps, heals_days=heals_days, plant=bug.name).runs
        if run.violation is not None:
            return Hunted(
                name=bug.name,
                seed=seed,
                seeds=played,
                noticed_by=run.facts["invariant"] or BROKE,
                words=" ".join(run.violation.split()),
            )
    return Hunted(name=bug.name, seed=None, seeds=seeds)


class Bag:
    """What was hunted so far, in a file that a later hunt goes on with; without a file, for this hunt alone."""

    def __init__(self, file: Path | None) -> None:
        """A file that is not there yet is begun."""
        self._file, self._lock = file, threading.Lock()
        known = file.read_text().splitlines() if file is not None and file.exists() else []
        self._hunted = {one["name"]: Hunted(**one) for one in map(json.loads, known)}

    def __contains__(self, name: str) -> bool:
        return name in self._hunted

    def add(self, hunted: Hunted) -> None:
        """Keep it, and say so."""
        with self._lock:
            self._hunted[hunted.name] = hunted
            print(hunted.line(), flush=True)
            if self._file is not None:
                with self._file.open("a") as lines:
                    lines.write(json.dumps(asdict(hunted)) + "\n")

    def of(self, names: Iterable[str]) -> list[Hunted]:
        """In this order."""
        return [self._hunted[name] for name in names]


def hunt_all(bugs: Sequence[Bug], bag: Bag, *, steps: int, seeds: int, at_once: int) -> None:
    """Hunt all that are not in the bag yet, so many at a time."""
    with Server() as server, ThreadPoolExecutor(at_once) as threads:
        wanted = [bug for bug in bugs if bug.name not in bag]
        for done in [
            threads.submit(lambda bug: bag.add(hunt(server, bug, steps=steps, seeds=seeds)), bug) for bug in wanted
        ]:
            done.result()


def asleep(hunted: Iterable[Hunted]) -> list[str]:
    """The invariants that were the first to notice none of the bugs."""
    awake = {one.noticed_by for one in hunted}
    return [number for number in INVARIANTS if number not in awake]


def main() -> int:
    """See the module."""
    asked = _parser().parse_args()
    unknown = [name for name in asked.names if name not in BUGS]
    if unknown:
        print(f"There are: {', '.join(BUGS)}\nNo such bugs: {', '.join(unknown)}", file=sys.stderr)
        return 2
    names = asked.names or list(BUGS)
    bag = Bag(asked.bag)
    hunt_all([BUGS[name] for name in names], bag, steps=asked.steps, seeds=asked.seeds, at_once=asked.at_once)
    hunted = bag.of(names)
    hiding = [one.name for one in hunted if one.seed is None]
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
    parser = argparse.ArgumentParser(
        prog="make bugs", description="Plants each bug in turn and plays seeds until one finds it."
    )
    parser.add_argument("names", nargs="*", help="which bugs; all of them when none is named")
    parser.add_argument(
        "--seeds",
        type=whole(least=1),
        default=SEEDS_MAX,
        help="how many seeds a bug may hide from (default %(default)s)",
    )
    parser.add_argument(
        "--steps", type=whole(least=1), default=STEPS, help="steps of each seed before it heals (default %(default)s)"
    )
    parser.add_argument(
        "--at-once",
        type=whole(least=1),
        default=os.cpu_count() or 1,
        help="bugs at the same time (default %(default)s)",
    )
    parser.add_argument("--bag", type=file_to_write, help="a file of what was hunted; go on where it ends")
    parser.add_argument("--write", type=page_for("bugs"), help="keep the table in this page, between its markers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
