"""What all benchmarks share: a place to run, rounds in which contenders take turns, and figures with their reach."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from benchmarks.crew import PRODUCT, Crew
from benchmarks.server import Database, Server

CONNECTIONS = 8


class Reach(StrEnum):
    """Which side of the limit is the good one."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number that was measured, and what it should be; without a `limit` it is only told."""

    name: str
    value: float
    unit: str = ""
    reach: Reach = Reach.AT_LEAST
    limit: float | None = None

    @property
    def is_reached(self) -> bool | None:
        """Whether the number is on the good side of its limit; None where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.reach is Reach.AT_LEAST else self.value <= self.limit


@dataclass(frozen=True, kw_only=True)
class Table:
    """Numbers behind the figures, for those who ask where they come from."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(kw_only=True)
class Result:
    """What one benchmark found."""

    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """The rates (work per second) of all contenders, one number for each round that they did in turn."""

    rates: Mapping[str, Sequence[float]]

    def rate(self, contender: str) -> float:
        """The contender's median."""
        return statistics.median(self.rates[contender])

    def ratio(self, contender: str, to: str) -> float:
        """The median of the rounds' own ratios: both sides of each one lived through the same seconds."""
        pairs = zip(self.rates[contender], self.rates[to], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What a benchmark's `measure` is given."""

    server: Server
    quick: bool
    name: str

    def say(self, text: str) -> None:
        """A line of progress for whoever waits."""
        print(f"{time.strftime('%H:%M:%S')}  {self.name}: {text}", file=sys.stderr, flush=True)

    def sized(self, whole: int, quick: int) -> int:
        """`whole`, or `quick` in a run that only shows that the benchmark works."""
        return quick if self.quick else whole

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[Database]:
        """A database of one's own, dropped afterwards. Django's connection in this process leads to it meanwhile."""
        with self.server.database(migrated=migrated) as database:
            yield database

    @contextmanager
    def crew(self, url: str, *, size: int = CONNECTIONS, settings: str = PRODUCT) -> Iterator[Crew]:
        """Processes of the product that are connected to the database, ready to be let loose together."""
        with Crew(url, size=size, settings=settings) as crew:
            yield crew

    def in_turns(self, contenders: Mapping[str, Callable[[], float]], *, rounds: int) -> Rounds:
        """Let each contender measure one rate in each round, in changing order; a round before them is thrown away."""
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        order = list(contenders)
        for number in range(rounds + 1):
            for name in order:
                rate = contenders[name]()
                if number:
                    rates[name].append(rate)
            order.reverse()
            if number:
                told = ", ".join(f"{name} {rates[name][-1]:,.0f}/s" for name in contenders)
                self.say(f"round {number} of {rounds}: {told}")
        return Rounds(rates=rates)


def percentile(sample: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the sample does not exceed."""
    ordered = sorted(sample)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
