"""What polling a clip now is worth, and when it is worth its price: an index in the sense of P. Whittle (1988).

Views that nobody has seen yet are late money. A clip of the rate r views an hour at its last poll, whose interest dies
away as one over X (its age then, plus four hours), has gained r·X·ln(1 + u/X) views after u hours. A poll at u removes
the backlog that built up: what it removes, held over the time it took to build up, is

    W(u) = c·∫₀ᵘ x·λ(x) dx = c·r·X·(u − X·ln(1 + u/X))     in USD × hours, with c USD a view.

A clip is polled when W reaches the price of a poll, μ. For a constant rate that is u = √(2μ/(c·r)): a clip a hundred
times as large is polled ten times as often, and intervals grow as the square root of age. Models of this kind:
K. Avrachenkov and V. Borkar, "Whittle index policy for crawling ephemeral content" (2015).
"""

import math
from datetime import timedelta

from cliphaven.tracking.rules.hours import hours, length

LONGEST = timedelta(hours=72)
SHORTEST = timedelta(minutes=15)
"""No clip is asked about more often: platforms keep counts about as long, and a fall is confirmed after this time."""
_LONGEST_PER_ROOT_HOUR = 3.0
_GRACE_HOURS = 0.5
_SMALL = 1e-4
_NEVER = 1e9
_NEWTON_STEPS = 6


def longest_wait(age: timedelta) -> timedelta:
    """After how long a clip of this age at its last poll is due, however little it is worth: 3·√age + ½ hours, at most
    72."""
    return min(length(_LONGEST_PER_ROOT_HOUR * math.sqrt(max(0.0, hours(age))) + _GRACE_HOURS), LONGEST)


def promised_wait(age: timedelta) -> timedelta:
    """How long a clip that is of this age now may have been unseen: 3·√age, at most 72 hours, and one more."""
    root = length(_LONGEST_PER_ROOT_HOUR * math.sqrt(max(0.0, hours(age))))
    return min(root, LONGEST) + timedelta(hours=1)


def patience(age: timedelta) -> timedelta:
    """How long a clip of this age at its last poll may wait for company: half an hour before `promised_wait` of the age
    it has by then would be over, which is the vendor's time to answer.

    With the age a and the wait u it solves u = 3·√(a + u) + ½.
    """
    square = _LONGEST_PER_ROOT_HOUR**2
    half = square / 2 + _GRACE_HOURS
    wait = half + math.sqrt(half * half - _GRACE_HOURS * _GRACE_HOURS + square * max(0.0, hours(age)))
    return min(length(wait), LONGEST + length(_GRACE_HOURS))


def held(*, rate: float, start: float, waited: float, worth: float) -> float:
    """W in USD·h, `waited` hours after a poll that found `rate` views an hour; `start` is X, in hours."""
    if waited <= 0 or worth <= 0:
        return 0.0
    return worth * rate * start * start * _excess(waited / start)


def wait_until_held(*, rate: float, start: float, worth: float, price: float) -> float:
    """After how many hours W reaches `price`, by Newton's method; infinite where that is beyond all reckoning."""
    scale = worth * rate * start * start
    if scale <= 0 or price >= scale * _NEVER:
        return math.inf
    if price <= 0:
        return 0.0
    sought = price / scale
    ratio = math.sqrt(2 * sought) + sought * 2 / 3
    for _ in range(_NEWTON_STEPS):
        ratio -= (_excess(ratio) - sought) * (1 + ratio) / ratio
    return ratio * start


def _excess(ratio: float) -> float:
    """`ratio − ln(1 + ratio)`; as a series where the difference would cancel out."""
    if ratio < _SMALL:
        return ratio * ratio * (0.5 - ratio / 3 + ratio * ratio / 4)
    return ratio - math.log1p(ratio)
