"""Views that rise and fall together, hour by hour: several clips are served from one order.

For each clip the hourly increments of log(views) of the latest week are taken, where it gained at least twenty views in
the hour. Two clips that share at least 24 such hours are compared by Pearson's correlation. Honest clips share the time
of day, and no more: of a hundred, one reaches 0.64 with any other, and none was seen above 0.74. Clips of one creator
are not compared: posted in the same minute, honest ones reach 0.89.

- A. Beutel et al., *CopyCatch: stopping group attacks by spotting lockstep behavior in social networks*, WWW 2013.
- B. Hooi et al., *FRAUDAR: bounding graph fraud in the face of camouflage*, KDD 2016: whoever else is mixed in does not
  lessen what the group has in common.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.fraud.rules.calibration import Peers
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.series import Series
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.tracking.rules.replay.curves import hour_of, moment_of

SPAN_HOURS = 168
_GAP_HOURS = 1.6
_VIEWS_MIN = 20
_SHARED_MIN = 24
TOLD_FROM = 0.8
_PEERS = Peers((0.9, 0.95, 0.98), (1.0, 2.0, 4.0), 0.0)
"""Stricter than real pairs ask for: fresh clips fade alike, and among thirty of them some pair reaches 0.9 by that."""
HARD_FROM, HARD_CLIPS = 0.95, 3
"""Three creators' clips whose views agree this far are hard evidence."""


@dataclass(frozen=True, slots=True)
class InStep:
    """Two clips (in order of their names) whose hourly increments correlate, over so many hours since a moment."""

    first: str
    second: str
    correlation: float
    hours: int
    since_at: datetime


Increments = Mapping[int, float]


def increments_of(course: Course, *, now: datetime) -> Increments:
    """Δlog(views) by hour since 1970, of the latest week; nothing of clips whose counts are rounded."""
    if course.step > 1:
        return {}
    start = hour_of(course.origin)
    tops, hours = course.tops, course.hours
    found: dict[int, float] = {}
    place = len(hours) - 1
    before: float | None = None
    end = math.floor(min(start + hours[-1], hour_of(now)))
    for hour in range(end, max(math.ceil(start) - 1, end - SPAN_HOURS - 1), -1):
        at = hour - start
        while place > 0 and hours[place] > at:
            place -= 1
        if place + 1 >= len(hours):
            count = float(tops[place]) if abs(hours[place] - at) < 1e-9 else None
        elif hours[place] > at or hours[place + 1] - hours[place] > _GAP_HOURS:
            count = None
        else:
            share = (at - hours[place]) / (hours[place + 1] - hours[place])
            count = tops[place] + (tops[place + 1] - tops[place]) * share
        if count and before is not None and before - count >= _VIEWS_MIN:
            found[hour] = math.log(before / count)
        before = count
    return found


def correlation(one: Increments, other: Increments) -> tuple[float, list[int]] | None:
    """Pearson's correlation over the hours that both have, and these hours; None if they are fewer than 24."""
    shared = [hour for hour in one if hour in other]
    count = len(shared)
    if count < _SHARED_MIN:
        return None
    xs, ys = [one[hour] for hour in shared], [other[hour] for hour in shared]
    mean_x, mean_y = math.fsum(xs) / count, math.fsum(ys) / count
    covers = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread_x = math.fsum((x - mean_x) ** 2 for x in xs)
    spread_y = math.fsum((y - mean_y) ** 2 for y in ys)
    if spread_x <= 0 or spread_y <= 0:
        return None
    return covers / math.sqrt(spread_x * spread_y), shared


def lockstep(group: Sequence[Series], *, now: datetime, told_from: float = TOLD_FROM) -> list[InStep]:
    """All pairs of a group that move in step as of `now`, the closest first. The work grows with the square of the
    group: give clips that have something in common, as a campaign or a week."""
    told: dict[str, Increments] = {}
    creators = {series.clip: series.creator for series in group if series.creator is not None}
    for series in group:
        course = Course.of(series.until(now), posted_at=series.posted_at)
        if course is not None:
            found = increments_of(course, now=now)
            if len(found) >= _SHARED_MIN:
                told[series.clip] = found
    return pairs_of(told, creators=creators, told_from=told_from)


def pairs_of(
    told: Mapping[str, Increments], *, creators: Mapping[str, str], told_from: float = TOLD_FROM
) -> list[InStep]:
    """The pairs among clips whose increments are known, of different creators as far as these are."""
    names = sorted(told)
    pairs = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            if first in creators and creators[first] == creators.get(second):
                continue
            found = correlation(told[first], told[second])
            if found is not None and found[0] >= told_from:
                value, shared = found
                pairs.append(InStep(first, second, round(value, 4), len(shared), moment_of(min(shared))))
    return sorted(pairs, key=lambda pair: (-pair.correlation, pair.first, pair.second))


def in_step(clip: str, pairs: Sequence[InStep]) -> AcrossClips | None:
    """What the pairs say about one clip, as a signal of its score; None if nothing."""
    mine = [pair for pair in pairs if clip in (pair.first, pair.second)]
    if not mine:
        return None
    closest = max(mine, key=lambda pair: (pair.correlation, pair.hours))
    near = [pair for pair in mine if pair.correlation >= closest.correlation - 0.1]
    return AcrossClips(
        signal=Signal.LOCKSTEP,
        strength=_PEERS.strength(closest.correlation),
        since_at=closest.since_at,
        evidence={
            "correlation": closest.correlation,
            "hours": closest.hours,
            "clips": len(near),
            "closest": closest.second if closest.first == clip else closest.first,
        },
    )


def hard_rings(pairs: Sequence[InStep], *, creators: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Clips of at least three creators that are all in step with one another at 0.95 and more: hard evidence.

    Each ring holds together around its first clip; a clip is in one ring at most.
    """
    near: dict[str, set[str]] = {}
    for pair in pairs:
        if pair.correlation >= HARD_FROM:
            near.setdefault(pair.first, {pair.first}).add(pair.second)
            near.setdefault(pair.second, {pair.second}).add(pair.first)
    rings: list[tuple[str, ...]] = []
    taken: set[str] = set()
    for clip in sorted(near):
        ring: list[str] = []
        for other in sorted(near[clip] - taken):
            if all(other in near[member] for member in ring):
                ring.append(other)
        if len({creators.get(member, member) for member in ring}) >= HARD_CLIPS:
            rings.append(tuple(ring))
            taken.update(ring)
    return rings
