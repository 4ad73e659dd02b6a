"""Signals in the counters themselves: what a platform took back, and numbers that are sold by the package.

M. Marciel et al., *Understanding the detection of view fraud in video content portals*, WWW 2016: platforms take
bought views back, and from the public count more than from the one that they pay for.
"""

from bisect import bisect_left
from statistics import median

from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.signals.found import Found
from cliphaven.fraud.rules.signals.shape import HORIZON_HOURS

PACKAGES = frozenset({20, 25, 30, 50, 75, 100, 150, 200, 250, 300, 500, 1_000, 2_000, 2_500, 5_000, 10_000})
"""Likes and shares as shops sell them."""
_SMALLEST = min(PACKAGES)
_FALL_MIN = 0.005
_CONFIRM_HOURS = 0.25
_OWN_PACE = 8
_GAP_HOURS = 4.0
_PACE_READINGS = 6


def purge(course: Course) -> Found | None:
    """The platform took views back: 1 − max(V_k, V_{k+1}) / the highest count before.

    Two readings at least a quarter of an hour apart have to agree, as in `tracking`; up to half a percent is a
    platform's own unevenness. Speaks for as long as the count stays below.
    """
    views, tops, hours = course.views, course.tops, course.hours
    end = len(views) - 1
    top = tops[end]
    if end < 2 or views[end] >= top:
        return None
    earlier = end - 1
    while earlier > 0 and hours[end] - hours[earlier] < _CONFIRM_HOURS:
        earlier -= 1
    if hours[end] - hours[earlier] < _CONFIRM_HOURS or earlier == 0:
        return None
    stands = max(views[earlier : end + 1])
    value = 1 - stands / top
    if value <= _FALL_MIN or value * top <= course.step:
        return None
    since = end
    while since > 0 and views[since] < top:
        since -= 1
    return Found(value, since, {"views_before": top, "views": stands, "views_taken_back": top - stands})


def package(course: Course) -> Found | None:
    """Likes or shares by the package: how many times in the latest week a counter rose by exactly 20, 25, 30, 50, …
    within one interval of at most four hours, and by eight times its own pace or more."""
    first = _first_within(course)
    likes, likes_since, sizes = _packages(course, course.likes, first)
    shares, shares_since, more = _packages(course, course.shares, first)
    times = likes + shares
    if not times:
        return None
    return Found(
        float(times),
        min(likes_since, shares_since),
        {"times": times, "times_likes": likes, "times_shares": shares, "size": max(*sizes, *more, 0)},
    )


def _first_within(course: Course) -> int:
    return bisect_left(course.hours, course.hours[-1] - HORIZON_HOURS)


def _packages(course: Course, counts: list[int | None], first: int) -> tuple[int, int, list[int]]:
    """How often, since which reading, and of which sizes."""
    hours, times, since, sizes = course.hours, 0, len(course), [0]
    latest, oldest = counts[-1], counts[first]
    if latest is not None and oldest is not None and latest - oldest < _SMALLEST:
        return times, since, sizes
    before = counts[first]
    for place in range(first + 1, len(counts)):
        count = counts[place]
        if count is None or before is None:
            before = count
            continue
        gained, before = count - before, count
        if gained < _SMALLEST or gained not in PACKAGES:
            continue
        length = hours[place] - hours[place - 1]
        own = _own_pace(course, counts, place - 1)
        if length <= _GAP_HOURS and own is not None and gained >= _OWN_PACE * own * length:
            times += 1
            since = min(since, place - 1)
            sizes.append(gained)
    return times, since, sizes


def _own_pace(course: Course, counts: list[int | None], until: int) -> float | None:
    """By how much a counter rises in an hour by itself; None where nothing was read before.

    The median of the intervals before: other packages among them make no difference.
    """
    paces = []
    for place in range(max(1, until - _PACE_READINGS + 1), until + 1):
        before, after = counts[place - 1], counts[place]
        if before is not None and after is not None:
            paces.append((after - before) / (course.hours[place] - course.hours[place - 1]))
    return median(paces) if paces else None
