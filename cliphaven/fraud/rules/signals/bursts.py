"""The signal of views that come all at once.

R. Crane, D. Sornette, *Robust dynamic classes revealed by measuring the response function of a social system*, PNAS
2008: interest that was raised fades slowly, so what neither begins nor fades was no interest.
"""

import math
from bisect import bisect_left

from cliphaven.fraud.rules.course import Course, zeros_of
from cliphaven.fraud.rules.signals.found import Found
from cliphaven.fraud.rules.signals.shape import HORIZON_HOURS

_BURST_HOURS = 6.0
_JUMP_MIN, _JUMP_SHARE, _JUMP_FULL, _JUMP_STEPS = 500, 0.08, 0.2, 3
_AROUND_HOURS = 3.0
_BLOCK = 12


def burst(course: Course) -> Found | None:
    """Many views at once, and neither a beginning nor an echo.

    min(log(pace/pace before), log(pace/pace after)) · min(1, jump / a fifth of all views), the highest of all stretches
    of up to six hours (or one interval) in the latest week, if the jump is at least 500 views, 8 % of all, and three
    steps of the display. Before and after are as long as the jump, and three hours at least.
    """
    tops, hours, end = course.tops, course.hours, course.last
    least = max(_JUMP_MIN, _JUMP_STEPS * (course.step if course.step > 1 else 0))
    if end < 2 or tops[end] - tops[0] < least:
        return None
    oldest, doubt = hours[end] - HORIZON_HOURS, float(course.step if course.step > 1 else 2)
    best, best_from, best_to = 0.0, -1, -1
    high = end - 1
    while high > 0 and hours[high] >= oldest:
        low = max(1, high - _BLOCK + 1)
        # A block in which nothing rose far enough is not looked at more closely.
        reach = min(low - 1, bisect_left(hours, hours[low] - _BURST_HOURS, 0, low))
        if tops[high] - tops[reach] >= max(least, _JUMP_SHARE * tops[low]):
            for stop in range(low, high + 1):
                for start in range(min(stop - 1, bisect_left(hours, hours[stop] - _BURST_HOURS, 0, stop)), stop):
                    if tops[stop] - tops[start] < max(least, _JUMP_SHARE * tops[stop]):
                        break
                    value = _jump(course, start, stop, end, doubt)
                    if value > best:
                        best, best_from, best_to = value, start, stop
        high = low - 1
    if best_from < 0:
        return None
    return Found(best, best_from, _told_burst(course, best_from, best_to))


def _around(course: Course, start: int, stop: int, end: int) -> tuple[float, float] | None:
    """Views an hour before and after a jump; None where there is too little of either."""
    tops, hours = course.tops, course.hours
    length = max(_AROUND_HOURS, hours[stop] - hours[start])
    if start > 0:
        begin = start - 1
        while begin > 0 and hours[start] - hours[begin] < length:
            begin -= 1
        before = (tops[start] - tops[begin]) / (hours[start] - hours[begin])
    elif course.age:
        before = tops[0] / course.age
    else:
        return None
    finish = stop + 1
    while finish < end and hours[finish] - hours[stop] < length:
        finish += 1
    if hours[finish] - hours[stop] < min(length, _AROUND_HOURS):
        return None
    return before, (tops[finish] - tops[stop]) / (hours[finish] - hours[stop])


def _jump(course: Course, start: int, stop: int, end: int, doubt: float) -> float:
    around = _around(course, start, stop, end)
    if around is None:
        return 0.0
    jump, length = course.tops[stop] - course.tops[start], course.hours[stop] - course.hours[start]
    if jump < _JUMP_STEPS * zeros_of(course.tops[stop]):
        return 0.0
    pace, least = jump / length, doubt / _AROUND_HOURS
    ratio = pace / (max(around) + least)
    if ratio <= 1:
        return 0.0
    return math.log(ratio) * min(1.0, jump / (_JUMP_FULL * course.tops[stop]))


def _told_burst(course: Course, start: int, stop: int) -> dict[str, int | float | str | None]:
    before, after = _around(course, start, stop, course.last) or (0.0, 0.0)
    jump, length = course.tops[stop] - course.tops[start], course.hours[stop] - course.hours[start]
    return {
        "views_gained": jump,
        "hours": round(length, 2),
        "views_per_hour": round(jump / length, 1),
        "views_per_hour_before": round(before, 1),
        "views_per_hour_after": round(after, 1),
        "views": course.tops[stop],
    }
