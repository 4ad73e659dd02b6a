"""Signals that hold views against likes, comments and shares: who is paid to play a clip does not care for it.

- L. Chen, Y. Zhou, D. Chiu, *Analysis and detection of fake views in online video services*, TOMM 2015: bought views
  bring no likes.
- H. Dutta et al., a study of collusive entities on YouTube, 2021: comments by order are as many as likes by order.
"""

import math
from bisect import bisect_right

from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.signals.found import WHOLE_LIFE, Found

LIKES_ELASTICITY, LIKES_SPREAD = 0.60, 0.20
"""By how much log(likes) grows with log(views), and how much that differs between clips: of 78,366 daily steps."""
COMMENTS_ELASTICITY, COMMENTS_SPREAD = 0.37, 0.22
"""The same of comments: 54,498 steps. Shares are taken to follow likes."""
_GROWTHS = (1.25, 1.5, 2.0, 3.0)
_SPANS_HOURS = (24.0, 72.0)
_GROWTH_MIN = math.log(1.1)
_EXPECTED_MIN = 6.0
_GATE_SHUT, _GATE_OPEN = 0.004, 0.002
"""Likes a view, of the views that came: with so many nobody wonders; with so few the gate stands open."""
_SLUMP_SHUT, _SLUMP_OPEN = 0.01, 0.005
"""The same for slumps, while a clip is fresh: a release loses most of its ratio on its first day and still has more
than that."""
_FRESH_HOURS, _FRESH_IF_READ_HOURS = 24.0, 48.0
"""How long a clip is fresh since its posting; since its first reading, where nobody knows when it was posted."""
_SLUMP_GROWTH = math.log(1.5)
"""Growth from which on a slump counts in full: in small stretches chance does a lot, and orders are larger."""
_SLUMP_VIEWS_MIN = 100
_NEW_SHARE = 0.45
"""What of all likes a view new views had, where nothing was read at half the views: for an elasticity that is low."""
_VIEWS_MIN = 300
_COMMENTS_MIN = 20
_COMMENTS_SHIFT = 2.0


def elastic(course: Course, starts: list[int]) -> Found | None:
    """Views grew and likes did not.

    Over the latest stretches in which views grew 1.25, 1.5, 2 and 3 times, and the last 24 and 72 hours,

        z = (β·Δlog V − Δlog L) / √((σ·Δlog V)² + 1/(L₀+1) + 1/(L₁+1))

    with β and σ as above, if growth by β means at least six likes. The highest z counts, times a gate that shuts where
    more than 0.4 % of the new views liked the clip: on honest releases the ratio falls five to twelve times, because
    those who like it come first.
    """
    best, best_at = 0.0, -1
    for start in starts:
        z = _deviation(course, start, course.likes, LIKES_ELASTICITY, LIKES_SPREAD)
        if z is not None and z > best:
            z *= _gate(course, start)
            if z > best:
                best, best_at = z, start
    return _found(course, best, best_at)


def elastic_joint(course: Course, starts: list[int]) -> Found | None:
    """Views grew, and likes, comments and shares together did not: their z of `elastic`, added up and divided by √n.

    (S. Stouffer's way to add up independent tests, 1949.) Speaks where at least two of the three can be told.
    """
    best, best_at = 0.0, -1
    for start in starts:
        likes = _deviation(course, start, course.likes, LIKES_ELASTICITY, LIKES_SPREAD)
        if likes is None:
            continue
        comments = _deviation(course, start, course.comments, COMMENTS_ELASTICITY, COMMENTS_SPREAD)
        shares = _deviation(course, start, course.shares, LIKES_ELASTICITY, LIKES_SPREAD)
        told = [z for z in (likes, comments, shares) if z is not None]
        if len(told) < 2:
            continue
        z = sum(told) / math.sqrt(len(told))
        if z > best:
            z *= _gate(course, start)
            if z > best:
                best, best_at = z, start
    return _found(course, best, best_at)


def slump(course: Course, starts: list[int]) -> Found | None:
    """New views like a clip far less than those before them did.

    Over the same stretches, with m = Δlikes/Δviews of the stretch, and m₀ of the growth from half the views up to its
    beginning (or 0.45·likes/views of all up to there, if nothing was read at half; never more than these have),

        log(m₀/m) − (1 − β)·Δlog V − 2·√(1/(ΔL₀ + 1) + 1/(m₀·ΔV + 1))

    so what is left when fading by 1 − β (or as fast as the clip's own likes faded before, if that is more) and counting
    itself are taken off; times min(1, Δlog V / log 1.5), and, on a clip's first day, a gate that shuts where 1 % of the
    new views liked it; where at least six likes were to be expected. Unlike `elastic` it needs no doubling and no
    peers: the clip is held against itself.
    """
    tops, likes, end = course.tops, course.likes, course.last
    after = likes[end]
    best, best_at, best_expected = 0.0, -1, 0.0
    for start in starts:
        at_start = likes[start]
        if at_start is None or after is None or start == 0 or tops[start] < _SLUMP_VIEWS_MIN:
            continue
        half = bisect_right(tops, tops[start] / 2, 0, start) - 1
        at_half = likes[half] if half >= 0 else None
        if at_half is None:
            liked, usual = at_start, _NEW_SHARE * at_start / tops[start]
        else:
            liked, usual = at_start - at_half, (at_start - at_half) / (tops[start] - tops[half])
        usual = min(usual, at_start / tops[start])
        gained, growth = tops[end] - tops[start], math.log(tops[end] / tops[start])
        expected = usual * gained
        if expected < _EXPECTED_MIN or liked <= 0:
            continue
        value = (
            math.log(expected / (max(0, after - at_start) + 1))
            - _fading(course, half, start, usual) * growth
            - 2 * math.sqrt(1 / (liked + 1) + 1 / (expected + 1))
        )
        value *= min(1.0, growth / _SLUMP_GROWTH) * _fresh_gate(course, start)
        if value > best:
            best, best_at, best_expected = value, start, expected
    if best_at < 0:
        return None
    evidence = {
        "views_gained": tops[end] - tops[best_at],
        "likes_gained": max(0, (after or 0) - (likes[best_at] or 0)),
        "likes_expected": round(best_expected),
        "hours": round(course.hours[end] - course.hours[best_at], 2),
    }
    return Found(best, best_at, evidence)


def _fading(course: Course, half: int, start: int, usual: float) -> float:
    """By how much log(Δlikes/Δviews) falls with log(views): 1 − β, or more where the clip itself showed more before."""
    tops, likes = course.tops, course.likes
    faded = 1 - LIKES_ELASTICITY
    quarter = bisect_right(tops, tops[start] / 4, 0, max(half, 0)) - 1 if half > 0 else -1
    if quarter < 0:
        return faded
    earlier, later = likes[quarter], likes[half]
    if earlier is None or later is None or later <= earlier or tops[half] == tops[quarter]:
        return faded
    before = (later - earlier) / (tops[half] - tops[quarter])
    return min(1.0, max(faded, math.log(before / usual) / math.log(tops[start] / tops[half])))


def eng_total(course: Course, *, usual: float, spread: float) -> Found | None:
    """Few likes for all the views there are: (usual − log(L/V)) / spread.

    `usual` is the median of log(L/V) of the platform's peers, `spread` 1.4826 times the median distance from it.
    """
    end = course.last
    views, likes = course.tops[end], course.likes[end]
    if likes is None or views < _VIEWS_MIN or spread <= 0:
        return None
    value = (usual - math.log((likes + 0.5) / views)) / spread
    if value <= 0:
        return None
    expected = round(math.exp(usual) * views)
    return Found(value, WHOLE_LIFE, {"views": views, "likes": likes, "likes_usual": expected})


def com_like(course: Course) -> Found | None:
    """Many comments for the likes there are: log((C+1)/(L+1)) + 2, from 20 comments on.

    Of honest clips one in a hundred has more than 39 comments for 100 likes when it is first seen.
    """
    end = course.last
    comments, likes = course.comments[end], course.likes[end]
    if comments is None or likes is None or comments < _COMMENTS_MIN:
        return None
    value = math.log((comments + 1) / (likes + 1)) + _COMMENTS_SHIFT
    return Found(value, WHOLE_LIFE, {"comments": comments, "likes": likes}) if value > 0 else None


def stretches(course: Course) -> list[int]:
    """Where the latest stretches begin, each once: the last reading that is so much smaller, or so much older."""
    end = course.last
    tops, hours = course.tops, course.hours
    top, hour = tops[end], hours[end]
    starts: list[int] = []
    for growth in _GROWTHS:
        place = bisect_right(tops, top / growth, 0, end) - 1
        if place < 0:
            break
        if tops[place] > 0 and (not starts or starts[-1] != place):
            starts.append(place)
    for span in _SPANS_HOURS:
        place = bisect_right(hours, hour - span, 0, end) - 1
        if place >= 0 and tops[place] > 0 and place not in starts:
            starts.append(place)
    return starts


def _deviation(course: Course, start: int, counts: list[int | None], elasticity: float, spread: float) -> float | None:
    """How many deviations a counter stayed behind the views since `start`; None where too little was to be expected."""
    end = course.last
    before, after = counts[start], counts[end]
    if before is None or after is None:
        return None
    growth = math.log(course.tops[end] / course.tops[start])
    if growth < _GROWTH_MIN or before * (math.exp(elasticity * growth) - 1) < _EXPECTED_MIN:
        return None
    noise = 1 / (before + 1) + 1 / (after + 1)
    gained = math.log((after + 1) / (before + 1))
    return (elasticity * growth - gained) / math.sqrt((spread * growth) ** 2 + noise)


def _gate(course: Course, start: int, *, shut: float = _GATE_SHUT, open_: float = _GATE_OPEN) -> float:
    """1 where hardly any of the new views liked the clip, 0 where enough did, and evenly between."""
    end = course.last
    before, after = course.likes[start], course.likes[end]
    if before is None or after is None:
        return 0.0
    share = max(0, after - before) / max(1, course.tops[end] - course.tops[start])
    return min(1.0, max(0.0, (shut - share) / (shut - open_)))


def _fresh_gate(course: Course, start: int) -> float:
    """The gate of slumps, which stands open once the clip is a day old."""
    if course.age is None:
        is_fresh = course.hours[start] < _FRESH_IF_READ_HOURS
    else:
        is_fresh = course.hours[start] + course.age < _FRESH_HOURS
    return _gate(course, start, shut=_SLUMP_SHUT, open_=_SLUMP_OPEN) if is_fresh else 1.0


def _found(course: Course, value: float, start: int) -> Found | None:
    if start < 0:
        return None
    end = course.last
    before = course.likes[start] or 0
    growth = course.tops[end] / course.tops[start]
    return Found(
        value,
        start,
        {
            "hours": round(course.hours[end] - course.hours[start], 2),
            "views_before": course.tops[start],
            "views": course.tops[end],
            "likes_before": before,
            "likes": course.likes[end],
            "likes_expected": round(before * growth**LIKES_ELASTICITY),
        },
    )
