"""Trying a policy on what was: when it would first have held a clip, and how much of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from cliphaven.fraud.rules.calibrating import Heard, heard
from cliphaven.fraud.rules.calibration import Calibration, Ratio, level_of
from cliphaven.fraud.rules.cases import Thresholds
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.judging import MILLI
from cliphaven.fraud.rules.scoring import AcrossClips, combined, found, ranked
from cliphaven.fraud.rules.series import Series, Snapshot
from cliphaven.fraud.rules.signals.found import Signal


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstHold:
    """When a clip would first have been held, and the views that it has gained since the onset that was seen then."""

    at: datetime
    signal: Signal
    doubted_views: int


def first_hold(
    series: Series,
    *,
    calibration: Calibration,
    live: frozenset[Signal],
    thresholds: Thresholds,
    now: datetime,
    pause_hours: float = 0.0,
    across: Iterable[AcrossClips] = (),
) -> FirstHold | None:
    """The first hold of a clip's life up to `now`, if these signals are live; None if there is none.

    Each judgement knows the readings up to it alone, as it would have then. With a pause the clip is judged once in so
    many hours. What is known `across` clips and people counts from its own moment on, or as if it always had been.
    """
    others = [one for one in across if one.signal in live and one.strength > 0]
    snapshots = series.until(now)
    ratio = calibration.ratio(series.platform)
    along = heard(snapshots, posted_at=series.posted_at, ratio=ratio, pause_hours=pause_hours)
    for one in chain(along, _at_the_end(snapshots, series, ratio)):
        rare = one.strengths(live, platform=series.platform, calibration=calibration)
        spoke = [other for other in others if other.since_at is None or other.since_at <= one.snapshot.at]
        rare |= {other.signal: other.strength for other in spoke}
        if rare and round(MILLI * combined(rare.values())) >= thresholds.hold_from_milli:
            top = max(snapshot.views for snapshot in snapshots)
            since = {other.signal: other.since_at for other in spoke if other.since_at is not None}
            doubted_views = max(0, top - one.doubted_from(rare, since=since))
            return FirstHold(at=one.snapshot.at, signal=ranked(rare)[0], doubted_views=doubted_views)
    return None


def _at_the_end(snapshots: Sequence[Snapshot], series: Series, ratio: Ratio) -> Iterator[Heard]:
    """What is said after the last reading, whatever the pause."""
    course = Course.of(snapshots, posted_at=series.posted_at)
    if course is not None:
        yield Heard(snapshots[-1], course, level_of(course.readings), found(course, ratio))
