"""Signals of how views come in: people come in waves and by day, an order is delivered.

E. De Cristofaro et al., *Paying for likes? Understanding Facebook like fraud using honeypots*, IMC 2014: some farms
deliver in bursts, others evenly.

They need counts that are exact: where a platform rounds, an even pace and hard edges are its rounding's.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass

from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.signals.found import Found

HORIZON_HOURS = 168.0
"""What is older than a week does not speak any more: its earnings are cleared or held by now."""
BIN_HOURS = 3.0
_GAP_HOURS = 4.0
_CONST_BINS, _CONST_SPREAD = 12, 0.35
_FLOOR_SPREAD, _COUNTING_DOUBT = 0.02, math.sqrt(2 / 11)
_NIGHT_BINS, _NIGHT_AMPLITUDE, _FLOOR_AMPLITUDE = 24, 0.3, 0.01
_PER_BIN_MIN = 30.0
_EDGE = math.log(12.0)
_PLATEAU_BINS = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """Views in each of the latest bins of three hours, the oldest first; `places` are the readings next to their
    beginnings. Bins are only there as far back as readings are close enough to tell them apart."""

    gained: list[float]
    places: list[int]


def pace_of(course: Course) -> Pace:
    """The latest week in bins of three hours, between readings in proportion; it begins after the last gap of more than
    four hours."""
    tops, hours, end = course.tops, course.hours, course.last
    edge, place = hours[end], end
    count = float(tops[end])
    gained: list[float] = []
    places: list[int] = []
    if count - tops[bisect_left(hours, edge - HORIZON_HOURS, 0, end)] < _PER_BIN_MIN * _PLATEAU_BINS:
        return Pace(gained, places)
    while len(gained) < HORIZON_HOURS / BIN_HOURS:
        edge -= BIN_HOURS
        while place > 0 and hours[place - 1] >= edge and hours[place] - hours[place - 1] <= _GAP_HOURS:
            place -= 1
        if hours[place] > edge + 1e-9:
            if place == 0 or hours[place] - hours[place - 1] > _GAP_HOURS:
                break
            share = (edge - hours[place - 1]) / (hours[place] - hours[place - 1])
            at_edge = tops[place - 1] + (tops[place] - tops[place - 1]) * share
        else:
            at_edge = float(tops[place])
        gained.append(count - at_edge)
        places.append(place)
        count = at_edge
    gained.reverse()
    places.reverse()
    return Pace(gained, places)


def const(course: Course, pace: Pace) -> Found | None:
    """The same pace for 36 hours: −log(residual spread of twelve 3-hour sums ÷ 0.35).

    The residual spread is √(max(0, variance − mean) + 0.43·mean)/mean, at least 0.02: what is left of the variation
    when counting's own is taken off, and what counting leaves in doubt (√(2/11) of its variance) put back. Where the
    second half is slower than the first, the value is lessened by the square of that share: interest that fades is
    allowed to be smooth.
    """
    gained = pace.gained[-_CONST_BINS:]
    if len(gained) < _CONST_BINS or course.step > 1:
        return None
    mean = sum(gained) / _CONST_BINS
    if mean < _PER_BIN_MIN:
        return None
    spread = _residual(gained, mean)
    half = _CONST_BINS // 2
    fading = min(1.0, sum(gained[half:]) / max(1.0, sum(gained[:half]))) ** 2
    value = -math.log(spread / _CONST_SPREAD) * fading
    if value <= 0:
        return None
    evidence = {
        "hours": _CONST_BINS * BIN_HOURS,
        "views_per_hour": round(mean / BIN_HOURS, 1),
        "spread": round(spread, 3),
    }
    return Found(value, pace.places[-_CONST_BINS], evidence)


def edges(course: Course, pace: Pace) -> Found | None:
    """Switched on and off: a plateau at least twelve times as high as what lies before it and after it.

    min(log on, log off) where both are at least log 12, times how even the plateau is (its lowest bin ÷ its mean). One
    bin on each side of the plateau is left out: an order does not begin on our hours.
    """
    gained = pace.gained
    if len(gained) < _PLATEAU_BINS + 4 or course.step > 1:
        return None
    best, span = 0.0, (-1, -1)
    for first in range(2, len(gained) - _PLATEAU_BINS - 1):
        if gained[first] < _PER_BIN_MIN:
            continue
        before = max(gained[first - 2], 1.0) + 3.0
        if math.log(gained[first] / before) < _EDGE:
            continue
        last = first
        while last + 1 < len(gained) and gained[last + 1] > gained[first] / 4:
            last += 1
        if last - first + 1 < _PLATEAU_BINS or last + 2 >= len(gained):
            continue
        plateau = gained[first : last + 1]
        mean = sum(plateau) / len(plateau)
        after = max(gained[last + 2], 1.0) + 3.0
        off = math.log(mean / after)
        if off < _EDGE:
            continue
        value = min(math.log(mean / before), off) * min(plateau) / mean
        if value > best:
            best, span = value, (first, last)
    if span[0] < 0:
        return None
    first, last = span
    plateau = gained[first : last + 1]
    evidence = {
        "hours": round(len(plateau) * BIN_HOURS, 1),
        "views_per_hour": round(sum(plateau) / len(plateau) / BIN_HOURS, 1),
        "views_per_hour_before": round(gained[first - 2] / BIN_HOURS, 1),
        "views_per_hour_after": round(gained[last + 2] / BIN_HOURS, 1),
    }
    return Found(best, pace.places[first], evidence)


def flat_night(course: Course, pace: Pace) -> Found | None:
    """As many views at night as by day: −log(amplitude of the 24-hour wave over 72 hours ÷ 0.3).

    The amplitude is a share of the mean, of the 3-hour sums after a straight trend is taken off, and what counting
    itself may hide (4/N of the square, of N views) added to it. Honest releases have 0.30 to 0.51.
    """
    gained = pace.gained[-_NIGHT_BINS:]
    if len(gained) < _NIGHT_BINS or course.step > 1:
        return None
    mean = sum(gained) / _NIGHT_BINS
    if mean < _PER_BIN_MIN:
        return None
    middle = (_NIGHT_BINS - 1) / 2
    slope = sum((place - middle) * of for place, of in enumerate(gained)) / _SQUARES
    sine = sum(
        wave * (of - slope * (place - middle)) for place, (wave, of) in enumerate(zip(_SINES, gained, strict=True))
    )
    cosine = sum(
        wave * (of - slope * (place - middle)) for place, (wave, of) in enumerate(zip(_COSINES, gained, strict=True))
    )
    power = (2 / _NIGHT_BINS) ** 2 * (sine * sine + cosine * cosine) / (mean * mean)
    amplitude = math.sqrt(power + 4 / (mean * _NIGHT_BINS) + _FLOOR_AMPLITUDE**2)
    value = -math.log(amplitude / _NIGHT_AMPLITUDE)
    if value <= 0:
        return None
    evidence = {"hours": _NIGHT_BINS * BIN_HOURS, "amplitude": round(amplitude, 3), "views": round(mean * _NIGHT_BINS)}
    return Found(value, pace.places[-_NIGHT_BINS], evidence)


_ANGLES = [2 * math.pi * BIN_HOURS * place / 24 for place in range(_NIGHT_BINS)]
_SINES = [math.sin(angle) for angle in _ANGLES]
_COSINES = [math.cos(angle) for angle in _ANGLES]
_SQUARES = sum((place - (_NIGHT_BINS - 1) / 2) ** 2 for place in range(_NIGHT_BINS))


def _residual(gained: list[float], mean: float) -> float:
    variance = sum((of - mean) ** 2 for of in gained) / (len(gained) - 1)
    return max(_FLOOR_SPREAD, math.sqrt(max(0.0, variance - mean) + _COUNTING_DOUBT * mean) / mean)
