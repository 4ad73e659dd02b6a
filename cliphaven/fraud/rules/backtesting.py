"""What other thresholds would have done to a history: which clips, how many of their views, and what these are worth.

Each clip is scored after each of its readings, as the house would have done. From the first score that reaches T₁ on,
what came since the onset is held; the hold ends after its days, if the score is below T₀ by then, and otherwise it
waits for a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.fraud.rules import scoring
from cliphaven.fraud.rules.calibrating import Heard, heard
from cliphaven.fraud.rules.calibration import Calibration
from cliphaven.fraud.rules.series import Series
from cliphaven.fraud.rules.signals.found import Signal

HOLD = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """T₁, T₀, and the signals that may hold."""

    hold_from: float
    release_below: float
    signals: frozenset[Signal] = scoring.KEPT


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What happened to a clip under thresholds: when it was held first and from which count on, how many views were
    held in the end, and whether they were let go again without a person."""

    highest: float
    held_at: datetime | None = None
    views_from: int = 0
    views_held: int = 0
    is_released: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A clip under the thresholds that are in force and under others."""

    clip: str
    platform: str
    creator: str | None
    now: Fate
    then: Fate


def compared(
    clips: Iterable[Series], *, calibration: Calibration, now: Setting, then: Setting, pause_hours: float = 1.0
) -> list[Compared]:
    """Every clip's fate under both, in the order in which they were given."""
    found = []
    for series in clips:
        latest = max((one.at for one in series.snapshots), default=None)
        if latest is None:
            continue
        said = heard(
            series.until(latest),
            posted_at=series.posted_at,
            ratio=calibration.ratio(series.platform),
            pause_hours=pause_hours,
        )
        walks = (_Walk(series.platform, calibration, now), _Walk(series.platform, calibration, then))
        for one in said:
            for walk in walks:
                walk.go_on(one)
        found.append(
            Compared(
                clip=series.clip,
                platform=series.platform,
                creator=series.creator,
                now=walks[0].fate(latest),
                then=walks[1].fate(latest),
            )
        )
    return found


class _Walk:
    """One clip through its history under thresholds."""

    def __init__(self, platform: str, calibration: Calibration, thresholds: Setting) -> None:
        self.platform, self.calibration, self.thresholds = platform, calibration, thresholds
        self.highest = self.latest = 0.0
        self.held_at: datetime | None = None
        self.views_from = self.views = 0

    def go_on(self, said: Heard) -> None:
        """Take in what was said after one more reading."""
        self.views = said.course.tops[-1]
        rare = said.strengths(self.thresholds.signals, platform=self.platform, calibration=self.calibration)
        self.latest = scoring.combined(rare.values())
        self.highest = max(self.highest, self.latest)
        if self.held_at is not None or self.latest < self.thresholds.hold_from:
            return
        self.held_at = said.snapshot.at
        self.views_from = said.doubted_from(rare)

    def fate(self, latest: datetime) -> Fate:
        """What became of the clip by the end of its history."""
        if self.held_at is None:
            return Fate(highest=self.highest)
        return Fate(
            highest=self.highest,
            held_at=self.held_at,
            views_from=self.views_from,
            views_held=self.views - self.views_from,
            is_released=latest - self.held_at >= HOLD and self.latest < self.thresholds.release_below,
        )
