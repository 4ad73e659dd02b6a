"""Peer tables from clips that nobody doubts: what each signal ever said of them, and what their scores ever were.

Each clip counts once for a signal and a level, with the highest value that it ever had there, however it was read. With
the tables frozen, T₁ is the score that one of a hundred such clips ever reaches, T₀ the one that five do.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from statistics import median

from cliphaven.fraud.rules import scoring
from cliphaven.fraud.rules.calibration import ANY, LEVELS, Calibration, Peers, Ratio, frozen, level_of, peers_of
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.scoring import ALONE, KEPT
from cliphaven.fraud.rules.series import Snapshot
from cliphaven.fraud.rules.signals.found import Found, Signal

HOLD_SHARE, RELEASE_SHARE = 0.01, 0.05
_PLATFORM_CLIPS_MIN = 1_000
_RATIO_CLIPS_MIN = 50
_RATIO_VIEWS_MIN = 300
_MAD = 1.4826
_USUAL = Ratio(math.log(0.0256), 1.3)
"""Where too few clips show likes: the median of 2.56 %, and the spread of real clips that were trending."""


_NOTHING: Mapping[Signal, datetime] = {}


@dataclass(frozen=True, slots=True)
class Heard:
    """What every signal said of a clip after one reading. The course goes on with the next one."""

    snapshot: Snapshot
    course: Course
    level: str
    found: dict[Signal, Found]

    def strengths(self, signals: Collection[Signal], *, platform: str, calibration: Calibration) -> dict[Signal, float]:
        """How strong those of the signals are that may take part."""
        values = {signal: one.value for signal, one in self.found.items() if signal in signals}
        return scoring.strengths(values, platform, self.level, calibration)

    def doubted_from(self, strengths: Mapping[Signal, float], *, since: Mapping[Signal, datetime] = _NOTHING) -> int:
        """The views at the onset that these strengths name; 0 where all of the clip's life is doubted. `since` are the
        moments that signals across clips name."""
        places = {signal: one.since for signal, one in self.found.items() if one.since >= 0}
        for signal, at in since.items():
            hours = (at - self.course.origin) / timedelta(hours=1)
            places[signal] = max(0, bisect_right(self.course.hours, hours) - 1)
        place = scoring.onset([(strengths[signal], places.get(signal)) for signal in scoring.ranked(strengths)])
        return 0 if place is None else self.course.tops[place]


def heard(
    snapshots: Iterable[Snapshot], *, posted_at: datetime | None, ratio: Ratio, pause_hours: float = 0.0
) -> Iterator[Heard]:
    """A clip from its first reading to its last, and what is said of it after each.

    With a pause it is not asked again for so long: what signals say changes little in an hour.
    """
    course: Course | None = None
    asked_at: datetime | None = None
    for snapshot in snapshots:
        course = course or Course(posted_at=posted_at, first_at=snapshot.at)
        course.add(snapshot)
        if asked_at is None or (snapshot.at - asked_at).total_seconds() >= pause_hours * 3600:
            asked_at = snapshot.at
            yield Heard(snapshot, course, level_of(course.readings), scoring.found(course, ratio))


@dataclass(slots=True)
class Told:
    """What all signals told of one clip, in rows: one number for each signal of one clip, NaN for silence."""

    platform: str
    levels: list[str]
    rows: "array[float]"

    @classmethod
    def of(cls, platform: str, said: Iterable[Heard]) -> "Told":
        """Everything that was said."""
        told = cls(platform, [], array("d"))
        for one in said:
            told.levels.append(one.level)
            told.rows.extend(one.found[signal].value if signal in one.found else math.nan for signal in ALONE)
        return told

    def each(self, signals: Collection[Signal] = ALONE) -> Iterator[tuple[str, dict[Signal, float]]]:
        """Level and values after each reading, of these signals."""
        width = len(ALONE)
        wanted = [(place, signal) for place, signal in enumerate(ALONE) if signal in signals]
        for number, level in enumerate(self.levels):
            start = number * width
            yield (
                level,
                {
                    signal: self.rows[start + place]
                    for place, signal in wanted
                    if not math.isnan(self.rows[start + place])
                },
            )

    def highest(self) -> dict[tuple[Signal, str], float]:
        """The highest value that each signal ever had at each level."""
        found: dict[tuple[Signal, str], float] = {}
        for level, values in self.each():
            for signal, value in values.items():
                if value > found.get((signal, level), 0.0):
                    found[signal, level] = value
        return found

    def highest_score(self, calibration: Calibration, signals: Collection[Signal] = KEPT) -> float:
        """The highest score that the clip ever had, if these signals may speak."""
        return max(
            (
                scoring.combined(scoring.strengths(values, self.platform, level, calibration).values())
                for level, values in self.each(signals)
            ),
            default=0.0,
        )


def ratios_of(counts: Iterable[tuple[str, int, int | None]]) -> dict[str, Ratio]:
    """What is usual of log(likes/views), by platform and anywhere, from platform, views and likes of each clip."""
    logs: dict[str, list[float]] = {ANY: []}
    for platform, views, likes in counts:
        if likes is not None and views >= _RATIO_VIEWS_MIN:
            share = math.log((likes + 0.5) / views)
            logs.setdefault(platform, []).append(share)
            logs[ANY].append(share)
    found = {ANY: _USUAL}
    for platform, values in sorted(logs.items()):
        if len(values) >= _RATIO_CLIPS_MIN:
            middle = median(values)
            found[platform] = Ratio(middle, max(0.1, _MAD * median(abs(value - middle) for value in values)))
    return found


def calibrated(source: str, ways: Sequence[Sequence[Told]], ratios: Mapping[str, Ratio]) -> Calibration:
    """A calibration from what was told of clips; `ways` holds the same clips once for each way in which they were read.

    Of a signal the highest value counts that any way shows, of scores the way that gives the most.
    """
    clips = list(zip(*ways, strict=True))
    highest = []
    for told in clips:
        most: dict[tuple[Signal, str], float] = {}
        for one in told:
            for key, value in one.highest().items():
                most[key] = max(value, most.get(key, 0.0))
        highest.append((told[0].platform, most))
    tables = _tables(highest)
    unset = frozen(source=source, clips=len(clips), hold_from=1e3, release_below=1e3, ratios=ratios, tables=tables)
    scores = [[told.highest_score(unset) for told in way] for way in ways]
    return frozen(
        source=source,
        clips=len(clips),
        hold_from=max(share_reached(way, HOLD_SHARE) for way in scores),
        release_below=max(share_reached(way, RELEASE_SHARE) for way in scores),
        ratios=ratios,
        tables=tables,
    )


def share_reached(highest: Sequence[float], share: float) -> float:
    """The least score that no more than this share of clips ever reaches: just above the last one that is too many."""
    ordered = sorted(highest, reverse=True)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] + 0.001


def _tables(
    clips: Sequence[tuple[str, Mapping[tuple[Signal, str], float]]],
) -> dict[tuple[str, str, str], Peers]:
    """A table for each signal and level, and for each platform that has a thousand clips."""
    tables: dict[tuple[str, str, str], Peers] = {}
    for platform in [ANY, *sorted({platform for platform, _ in clips})]:
        peers = [highest for of, highest in clips if platform in (ANY, of)]
        if platform == ANY or len(peers) >= _PLATFORM_CLIPS_MIN:
            for signal, level in product(ALONE, LEVELS):
                reached = [highest[signal, level] for highest in peers if (signal, level) in highest]
                tables[signal, platform, level] = peers_of(reached, clips=len(peers))
    return tables
