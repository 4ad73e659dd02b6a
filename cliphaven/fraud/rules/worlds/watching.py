"""A life read from beginning to end, with what every signal says after each reading."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isnan

from cliphaven.fraud.rules import scoring
from cliphaven.fraud.rules.calibration import Calibration, Ratio, level_of
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.series import Snapshot
from cliphaven.fraud.rules.signals.found import Found, Signal
from cliphaven.fraud.rules.worlds.lives import Life
from cliphaven.fraud.rules.worlds.sampling import Sampling, Spoilt, readings
from cliphaven.tracking.rules.replay.curves import moment_of

LEVELS = ("1", "2", "3-4", "5+")


@dataclass(frozen=True, slots=True)
class Heard:
    """What was known of a clip after one reading."""

    snapshot: Snapshot
    course: Course
    level: str
    found: dict[Signal, Found]


def watched(
    life: Life,
    sampling: Sampling,
    *,
    ratio: Ratio,
    spoilt: Spoilt,
    wants_probe: Callable[[Heard], bool] = lambda _: False,
) -> Iterator[Heard]:
    """The clip after each of its readings. The course is the same object each time, and goes on."""
    course: Course | None = None
    latest: list[Heard] = []
    snapshots = readings(life, sampling, spoilt=spoilt, wants_probe=lambda _: wants_probe(latest[-1]))
    for snapshot in snapshots:
        if course is None:
            course = Course(posted_at=moment_of(life.posted), first_at=snapshot.at)
        course.add(snapshot)
        heard = Heard(snapshot, course, level_of(course.readings), scoring.found(course, ratio))
        latest[:] = [heard]
        yield heard


@dataclass(slots=True)
class Values:
    """The values of all signals after each reading of a life, in rows: one number for each signal, NaN for silence."""

    platform: str
    levels: list[str]
    rows: array  # type: ignore[type-arg]

    def each(self) -> Iterator[tuple[str, dict[Signal, float]]]:
        """Level and values after each reading."""
        width = len(scoring.ALONE)
        for number, level in enumerate(self.levels):
            row = self.rows[number * width : (number + 1) * width]
            yield level, {signal: value for signal, value in zip(scoring.ALONE, row, strict=True) if not isnan(value)}


def values_of(life: Life, sampling: Sampling, *, ratio: Ratio, spoilt: Spoilt) -> Values:
    """Every value of every signal in a life."""
    kept = Values(life.platform, [], array("d"))
    for heard in watched(life, sampling, ratio=ratio, spoilt=spoilt):
        kept.levels.append(heard.level)
        kept.rows.extend(
            heard.found[signal].value if signal in heard.found else float("nan") for signal in scoring.ALONE
        )
    return kept


def highest_score(values: Values, calibration: Calibration, signals: frozenset[Signal]) -> float:
    """The highest score that a life ever had with these signals."""
    highest = 0.0
    for level, each in values.each():
        told = {signal: value for signal, value in each.items() if signal in signals}
        rare = scoring.strengths(told, values.platform, level, calibration)
        highest = max(highest, scoring.combined(rare.values()))
    return highest


def highest_values(values: Values) -> dict[tuple[Signal, str], float]:
    """The highest value that each signal ever had at each level."""
    highest: dict[tuple[Signal, str], float] = {}
    for level, each in values.each():
        for signal, value in each.items():
            if value > highest.get((signal, level), 0.0):
                highest[signal, level] = value
    return highest
