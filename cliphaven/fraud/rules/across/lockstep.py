"""Views that rise and fall together, hour by hour: several clips are served from one order.

Honest clips have much in common: they fade alike, have the same evenings, and a platform moves all its counters at
once. So each clip is first held against itself. Of the hourly gains of the latest week, x = log(views of the hour + 5),
only

    r = x − (the parabola through the nine hours around it, by least squares)

is kept (A. Savitzky, M. Golay, *Smoothing and differentiation of data*, 1964): nothing is left of what fades, and 0.6 %
of a day's wave. From that are taken the clip's own mean at the same time of the days before (of n days n/(n + 1), as
little is known from few), and what the platform's clips did in that very hour in the middle, where eight and more were
read in it. The rest is cut off at two spreads, so that no single hour decides.

Two clips are compared over their latest 24, 48 and 96 shared hours. They are in step where Pearson's correlation ρ of r
is 0.8 and more, and 0.5 and more in each third of the hours. How rare that is follows from Fisher's

    z = artanh(ρ)·√(n/1.6 − 3)

because nine hours overlap, and 1.6 of them tell as much as one that stands alone. To be in step with k of m others is
as rare as C(m, k)·p_k^k, by the k that is rarest, times the looks that a month has.

One other clip alone is no proof, however close the two are, and counts for 2 at most: honest releases that were read in
the same minute reach 0.9, because the platform's counters move in jerks. Clips of one creator are not compared.

- A. Beutel et al., *CopyCatch: stopping group attacks by spotting lockstep behavior in social networks*, WWW 2013.
- B. Hooi et al., *FRAUDAR: bounding graph fraud in the face of camouflage*, KDD 2016: whoever else is mixed in does not
  lessen what the group has in common.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import mul
from statistics import median

from cliphaven.fraud.rules.calibration import STRENGTH_MAX
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.series import Series
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.tracking.rules.replay.curves import hour_of, moment_of

SPAN_HOURS = 168
_GAP_HOURS = 2.2
"""One reading that is missing is bridged."""
_VIEWS_MIN, _COUNTED_AS = 10.0, 5.0
_SHARED_MIN = 24
_SPANS = (24, 48, 96)
_DAYS = 7
_PARABOLA = (-21, 14, 39, 54, 59, 54, 39, 14, -21)
_PARABOLA_SUM = 231
_AROUND = len(_PARABOLA) // 2
_HOURS_PER_ONE = 1.6
_CUT = 2.0
_MAD = 1.4826
_PLATFORM_CLIPS = 8
TOLD_FROM, _THIRD_FROM = 0.8, 0.5
_TOGETHER_MAX, _ALONE_MAX = 4, 2.0
_LOOKS = math.log10(75.0)
"""A month has so many looks that know nothing of one another: thirty days by 24 hours, in three spans."""
HARD_FROM, HARD_CLIPS = 0.95, 3
"""Three creators' clips whose views agree this far are hard evidence."""


@dataclass(frozen=True, slots=True)
class InStep:
    """Two clips (in order of their names) whose hours correlate, over so many since a moment; `rarity` is −log₁₀ of
    the share of honest pairs that would in one look."""

    first: str
    second: str
    correlation: float
    hours: int
    since_at: datetime
    rarity: float


Increments = Mapping[int, float]


def increments_of(course: Course, *, now: datetime) -> Increments:
    """What is particular of each hour since 1970, of the latest week; nothing of clips whose counts are rounded."""
    if course.step > 1:
        return {}
    gained = _gained(course, now)
    logs = {hour: math.log(of + _COUNTED_AS) for hour, of in gained.items()}
    found: dict[int, float] = {}
    for hour in sorted(gained):
        around = range(hour - _AROUND, hour + _AROUND + 1)
        if not all(place in gained for place in around):
            continue
        if sum(gained[place] for place in around) >= _VIEWS_MIN * len(_PARABOLA):
            smooth = sum(weight * logs[place] for weight, place in zip(_PARABOLA, around, strict=True))
            found[hour] = logs[hour] - smooth / _PARABOLA_SUM
    if len(found) < _SHARED_MIN:
        return {}
    own = {hour: of - _usual(found, hour) for hour, of in found.items()}
    cut = _CUT * _MAD * median(map(abs, own.values()))
    return {hour: min(cut, max(-cut, of)) for hour, of in own.items()}


def _usual(found: Mapping[int, float], hour: int) -> float:
    """What the clip did at this time of the day before; of few days little is believed."""
    before = [found[hour - 24 * day] for day in range(1, _DAYS) if hour - 24 * day in found]
    return math.fsum(before) / (len(before) + 1)


def _gained(course: Course, now: datetime) -> dict[int, float]:
    """Views in each hour of the latest week, between readings in proportion."""
    start = hour_of(course.origin)
    tops, hours = course.tops, course.hours
    gained: dict[int, float] = {}
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
        if count is not None and before is not None:
            gained[hour] = before - count
        before = count
    return gained


def without_the_platform_s(told: Mapping[str, Increments], platforms: Mapping[str, str]) -> dict[str, Increments]:
    """Each clip's hours without what its platform's clips did in the middle, where eight of them were read."""
    by_hour: dict[tuple[str, int], list[float]] = {}
    for clip in sorted(told):
        for hour, of in told[clip].items():
            by_hour.setdefault((platforms[clip], hour), []).append(of)
    common = {key: median(of) for key, of in by_hour.items() if len(of) >= _PLATFORM_CLIPS}
    return {
        clip: {hour: of - common.get((platforms[clip], hour), 0.0) for hour, of in hours.items()}
        for clip, hours in told.items()
    }


def correlation(one: Increments, other: Increments) -> tuple[float, list[int], float] | None:
    """The rarest of the correlations over the latest 24, 48 and all hours that both have, with these hours and its
    rarity; None where they share too few, or are not in step."""
    shared = sorted(hour for hour in one if hour in other)
    best: tuple[float, list[int], float] | None = None
    for span in _SPANS:
        hours = shared[-span:]
        if len(hours) < _SHARED_MIN or (span > len(hours) and best is not None and len(best[1]) == len(hours)):
            break
        xs, ys = [one[hour] for hour in hours], [other[hour] for hour in hours]
        value = _pearson(xs, ys)
        if value < TOLD_FROM or not _in_each_third(xs, ys):
            continue
        rarity = _rarity(value, len(hours))
        if best is None or rarity > best[2]:
            best = value, hours, rarity
    return best


def _pearson(xs: Sequence[float], ys: Sequence[float]) -> float:
    count, sum_x, sum_y = len(xs), math.fsum(xs), math.fsum(ys)
    covers = math.fsum(map(mul, xs, ys)) - sum_x * sum_y / count
    spread_x = math.fsum(map(mul, xs, xs)) - sum_x * sum_x / count
    spread_y = math.fsum(map(mul, ys, ys)) - sum_y * sum_y / count
    return covers / math.sqrt(spread_x * spread_y) if spread_x > 1e-12 and spread_y > 1e-12 else 0.0


def _in_each_third(xs: Sequence[float], ys: Sequence[float]) -> bool:
    third = len(xs) // 3
    starts = (0, third, len(xs) - third)
    return all(_pearson(xs[at : at + third], ys[at : at + third]) >= _THIRD_FROM for at in starts)


def _rarity(value: float, hours: int) -> float:
    """−log₁₀ of how often as many hours of two honest clips correlate like this or closer."""
    z = math.atanh(min(value, 0.9999)) * math.sqrt(max(1.0, hours / _HOURS_PER_ONE - 3))
    return -math.log10(max(1e-300, math.erfc(z / math.sqrt(2)) / 2))


def lockstep(group: Sequence[Series], *, now: datetime) -> list[InStep]:
    """All pairs of a group that move in step as of `now`, the rarest first. The work grows with the square of the
    group: give clips that have something in common, as a campaign or a week."""
    told: dict[str, Increments] = {}
    creators = {series.clip: series.creator for series in group if series.creator is not None}
    for series in group:
        course = Course.of(series.until(now), posted_at=series.posted_at)
        if course is not None:
            told[series.clip] = increments_of(course, now=now)
    return pairs_of(told, creators=creators, platforms={series.clip: series.platform for series in group})


def pairs_of(
    told: Mapping[str, Increments], *, creators: Mapping[str, str], platforms: Mapping[str, str]
) -> list[InStep]:
    """The pairs among clips whose hours are known, of different creators as far as these are."""
    own = without_the_platform_s({clip: hours for clip, hours in told.items() if hours}, platforms)
    names = sorted(own)
    pairs = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            if first in creators and creators[first] == creators.get(second):
                continue
            found = correlation(own[first], own[second])
            if found is not None:
                value, hours, rarity = found
                pairs.append(InStep(first, second, round(value, 4), len(hours), moment_of(hours[0]), round(rarity, 4)))
    return sorted(pairs, key=lambda pair: (-pair.rarity, pair.first, pair.second))


def in_step(clip: str, pairs: Sequence[InStep], *, among: int, ring: int = 0) -> AcrossClips | None:
    """What the pairs say about one clip that was compared `among` so many, as a signal of its score; None if nothing.

    One of a ring of so many creators (`hard_rings`) is as strange as anything can be, however many were compared.
    """
    mine = [pair for pair in pairs if clip in (pair.first, pair.second)]
    if not mine:
        return None
    others = max(among - 1, len(mine))
    rare = [
        count * pair.rarity - math.log10(math.comb(others, count)) - _LOOKS
        for count, pair in enumerate(mine[:_TOGETHER_MAX], start=1)
    ]
    rare[0] = min(rare[0], _ALONE_MAX)
    strength = STRENGTH_MAX if ring else min(STRENGTH_MAX, max(rare))
    if strength <= 0:
        return None
    near = mine[: rare.index(max(rare)) + 1]
    closest = near[0]
    return AcrossClips(
        signal=Signal.LOCKSTEP,
        strength=round(strength, 4),
        since_at=min(pair.since_at for pair in near),
        evidence={
            "correlation": closest.correlation,
            "hours": closest.hours,
            "clips": len(near),
            "closest": closest.second if closest.first == clip else closest.first,
            **({"ring": ring} if ring else {}),
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
