"""What goes wrong, drawn from the seed: who is killed, who is stopped, which wire is bad, and for how long.

Each trouble begins at once and is undone by a later turn. PostgreSQL is killed by a plan of its own, evenly over the
run, so that the number that was asked for is reached.
"""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.chaos.house import House, Part, Role
from simulator.chaos.partition import Island
from simulator.chaos.postmaster import Postmaster
from simulator.chaos.proxy import Cut, Proxy, Toxic, ToxicKind

WHOLE_POSTGRES, POSTMASTER_ALONE = "kill -9 of PostgreSQL", "kill -9 of the postmaster alone"
DOWN_S = (0.0, 0.0, 0.3, 1.0, 3.0)
STOPPED_S = (1.0, 6.0)
TROUBLED_S = (1.0, 4.0)
PULLED_S = (2.0, 12.0)
PAUSE_S = (0.2, 1.0)  # between two troubles, times the run's own pace
CUT_AT_ONCE = (1, 6)
# How bad each is: between these, both included.
STRENGTH = {
    ToxicKind.LATENCY: (0.01, 0.15),
    ToxicKind.BANDWIDTH: (20_000, 200_000),
    ToxicKind.SLOW_CLOSE: (0.5, 3.0),
    ToxicKind.TIMEOUT: (0.5, 3.0),
    ToxicKind.RESET: (0, 0),
    ToxicKind.SLICER: (20, 500),
    ToxicKind.LIMIT_DATA: (2_000, 200_000),
}

Deed = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Everything that can be hurt."""

    house: House
    postmaster: Postmaster
    database: Proxy
    vendors: Proxy
    island: Island


@dataclass
class Nemesis:
    """Told the time often; does what is due."""

    targets: Targets
    chance: random.Random
    ends_at: float
    kills: int
    pace: float = 1.0
    happened: Counter[str] = field(default_factory=Counter)
    _undoing: list[tuple[float, Deed]] = field(default_factory=list)
    _next_at: float = 0.0
    _kills_at: list[float] = field(default_factory=list)
    _first: list[Deed] = field(default_factory=list)
    _is_down: bool = False
    _busy: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """The moments at which PostgreSQL is killed: one in each equal part of the run."""
        now = time.monotonic()
        part = (self.ends_at - now) / max(1, self.kills)
        self._kills_at = [now + part * (number + self.chance.uniform(0.2, 0.7)) for number in range(self.kills)]
        self._next_at = now + self._pause()
        first = [trouble for trouble in self._troubles() if trouble != self._cut_commits]
        self.chance.shuffle(first)
        self._first = [self._cut_commits, *first]

    @property
    def is_over(self) -> bool:
        """Whether time is up, and everything came at least once."""
        is_through = not self._first and not self._kills_at and not self._is_down
        return time.monotonic() >= self.ends_at and is_through

    def turn(self) -> None:
        """Deed what is over, and begin what is due."""
        now = time.monotonic()
        for due, undo in [one for one in self._undoing if one[0] <= now]:
            self._undoing.remove((due, undo))
            undo()
        if self._kills_at and now >= self._kills_at[0] and not self._is_down:
            self._kills_at.pop(0)
            self._kill_postgres()
        if now >= self._next_at:
            self._one()
            self._next_at = time.monotonic() + self._pause()

    def calm(self) -> None:
        """Deed everything; nothing begins any more."""
        for _, undo in sorted(self._undoing, key=lambda one: one[0]):
            undo()
        self._undoing.clear()
        self.targets.database.cut_at_commit(Cut.BEFORE, times=0)

    def _pause(self) -> float:
        return self.chance.uniform(*PAUSE_S) * self.pace

    def _one(self) -> None:
        """One trouble: each once, then as chance says. What cannot happen now does not."""
        if self._first:
            trouble = self._first.pop(0)
        else:
            weights = self._troubles()
            [trouble] = self.chance.choices(list(weights), list(weights.values()))
        trouble()

    def _troubles(self) -> dict[Deed, int]:
        """Everything but the kills of PostgreSQL, which have a plan, and how often each comes."""
        return {
            self._kill_process: 10,
            self._stop_process: 3,
            self._cut_commits: 5,
            self._spoil_database: 4,
            self._spoil_vendors: 3,
            self._pull_cable: 2,
            self._kill_backend: 1,
        }

    def _later(self, seconds: float, undo: Deed) -> None:
        self._undoing.append((time.monotonic() + seconds, undo))

    def _kill_postgres(self) -> None:
        with_children = self.chance.random() < 0.5
        self.targets.postmaster.kill(with_children=with_children)
        self.happened[WHOLE_POSTGRES if with_children else POSTMASTER_ALONE] += 1
        self._is_down = True

        def restart() -> None:
            self.targets.postmaster.restart()
            self._is_down = False

        self._later(self.chance.choice(DOWN_S), restart)

    def _kill_backend(self) -> None:
        if not self._is_down and self.targets.postmaster.kill_backend(self.chance):
            self.happened["kill -9 of a session of PostgreSQL"] += 1

    def _somebody(self) -> Part | None:
        role = self.chance.choice((Role.WEB, Role.WORKER, Role.WORKER, Role.SCHEDULER))
        found = self.targets.house.of(role)
        return self.chance.choice(found) if found else None

    def _kill_process(self) -> None:
        part = self._somebody()
        if part is not None:
            self.targets.house.kill(part)
            self.happened[f"SIGKILL of a {part.role}"] += 1

    def _stop_process(self) -> None:
        part = self._somebody()
        if part is None:
            return
        part.signal(signal.SIGSTOP)
        self.happened[f"SIGSTOP of a {part.role}"] += 1
        self._later(self.chance.uniform(*STOPPED_S), lambda: part.signal(signal.SIGCONT))

    def _cut_commits(self) -> None:
        self.targets.database.cut_at_commit(self.chance.choice(list(Cut)), times=self.chance.randint(*CUT_AT_ONCE))

    def _spoil_database(self) -> None:
        self._spoil(self.targets.database, "PostgreSQL")

    def _spoil_vendors(self) -> None:
        self._spoil(self.targets.vendors, "the vendors")

    def _spoil(self, proxy: Proxy, before: str) -> None:
        if before in self._busy:
            return
        kind = self.chance.choice(list(ToxicKind))
        proxy.spoil(Toxic(kind, self.chance.uniform(*STRENGTH[kind])))
        self.happened[f"{kind} before {before}"] += 1
        self._busy.add(before)

        def undo() -> None:
            proxy.spoil(None)
            self._busy.discard(before)

        self._later(self.chance.uniform(*TROUBLED_S), undo)

    def _pull_cable(self) -> None:
        island = self.targets.island
        if island.impossible or "cable" in self._busy:
            return
        island.cable(up=False)
        self.happened["partition of a worker"] += 1
        self._busy.add("cable")

        def undo() -> None:
            island.cable(up=True)
            self._busy.discard("cable")

        self._later(self.chance.uniform(*PULLED_S), undo)

    def faults(self) -> dict[str, int]:
        """How often each kind of trouble came over the house."""
        cut = self.targets.database.cut_commits
        return {
            **dict(sorted(self.happened.items())),
            "cut at COMMIT, before it was sent on": cut[Cut.BEFORE],
            "cut at COMMIT, after it was done": cut[Cut.AFTER],
        }
