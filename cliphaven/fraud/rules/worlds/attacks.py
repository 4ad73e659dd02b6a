"""Clips for which views were bought, in the nine ways that are known, each on top of an honest clip.

| attack | what is delivered | with it |
|---|---|---|
| burst | 60 to 200 % of the views there are, within one to three hours | hardly any likes |
| burst, purged | the same, and the platform takes half to all of it back, 12 to 96 hours later | |
| packages | three to eight bursts of 15 to 60 % | 20 to 100 likes and shares each, by the package |
| drip | 60 to 200 %, evenly over 36 to 120 hours, with no night | hardly any likes |
| ring drip | the same hourly numbers, but for their scale, on five clips of five creators | |
| day-night drip | as a drip, but after the time of day, and uneven | |
| amplifier | each honest view counts twice to three times | no likes |
| amplifier with likes | the same | likes in proportion |
| low and slow | 25 % more, over three weeks | |

An order is of a thousand views at least, for clips that get 3,000 to 300,000 by themselves, and begins 24 to 300 hours
after the posting.
"""

import math
from collections.abc import Callable, Mapping
from random import Random

from cliphaven.fraud.rules.worlds.lives import GRID_HOURS, Life
from cliphaven.fraud.rules.worlds.organics import ORGANIC, organic, poisson, time_of_day

RING = 5
_ORDER_MIN = 1_000
_OWN_VIEWS = (3_000, 300_000)
_LIKES_SLIP = 0.0005
"""Of bought views so many like the clip by accident."""
_TRIES = 200


def attacked(kind: str, *, seed: int, number: int, days: float = 30.0) -> Life:
    """The clip of this number under this attack, one of `KINDS`; five numbers in a row are one ring."""
    chance = Random(f"cliphaven fraud attack 1 {kind} {seed} {number}")
    life = _victim(seed, f"{kind} {number}", days)
    life.kind, life.clip = kind, f"{kind}-{seed}-{number:05}"
    _ATTACKS[kind](chance, life, Random(f"cliphaven fraud ring 1 {seed} {number // RING}"))
    if kind == RING_DRIP:
        life.ring = number // RING
    return life


def _victim(seed: int, name: str, days: float) -> Life:
    chance = Random(f"cliphaven fraud victim 1 {seed} {name}")
    life = organic(seed=seed, number=chance.randrange(10**6, 10**8), days=days, kind=ORGANIC)
    for _ in range(_TRIES):
        if _OWN_VIEWS[0] <= life.views[-1] <= _OWN_VIEWS[1]:
            break
        life = organic(seed=seed, number=chance.randrange(10**6, 10**8), days=days, kind=ORGANIC)
    return life


def _starts(chance: Random, life: Life) -> tuple[int, int]:
    """When an order begins, and the views that are there then."""
    since = life.place(life.posted + math.exp(chance.uniform(math.log(24), math.log(300))))
    life.began = life.posted + since * GRID_HOURS
    return since, life.views[since]


def _deliver(chance: Random, life: Life, since: int, weights: list[float], total: float) -> None:
    """Add bought views from a half hour on, in proportion to the weights."""
    whole = sum(weights) or 1.0
    life.bought = life.bought or [0] * len(life.views)
    added = slips = 0
    for step in range(len(life.views) - since):
        if step < len(weights):
            new = round(total * weights[step] / whole + chance.gauss(0, 0.3))
            added += max(0, new)
            slips += poisson(chance, _LIKES_SLIP * max(0, new))
        life.views[since + step] += added
        life.bought[since + step] += added
        life.likes[since + step] += slips


def _ordered(chance: Random, views: int) -> float:
    return max(_ORDER_MIN, chance.uniform(0.6, 2.0) * views)


def _burst(chance: Random, life: Life, _: Random) -> None:
    since, views = _starts(chance, life)
    length = max(2, round(chance.uniform(1, 3) / GRID_HOURS))
    _deliver(chance, life, since, [chance.uniform(0.7, 1.3) for _ in range(length)], _ordered(chance, views))


def _purged(chance: Random, life: Life, ring: Random) -> None:
    _burst(chance, life, ring)
    began = life.began if life.began is not None else life.posted
    since = life.place(began + 3 + chance.uniform(12, 96))
    lost = round(life.bought[-1] * chance.uniform(0.5, 1.0))
    life.taken_back = [0] * since + [lost] * (len(life.views) - since)


def _packages(chance: Random, life: Life, _: Random) -> None:
    since, _views = _starts(chance, life)
    for _order in range(chance.randint(3, 8)):
        if since >= len(life.views) - 1:
            break
        total = max(_ORDER_MIN / 2, chance.uniform(0.15, 0.6) * life.views[since])
        length = max(1, round(chance.uniform(0.5, 2) / GRID_HOURS))
        _deliver(chance, life, since, [1.0] * length, total)
        size = chance.choice((20, 25, 30, 50, 50, 50, 100))
        for counts, bought in ((life.likes, size), (life.shares, size), (life.comments, round(size * 0.9))):
            for place in range(min(since + length, len(counts)), len(counts)):
                counts[place] += bought
        since += round(chance.uniform(4, 30) / GRID_HOURS)


def _length(chance: Random) -> int:
    return round(chance.uniform(36, 120) / GRID_HOURS)


def _drip(chance: Random, life: Life, _: Random) -> None:
    since, views = _starts(chance, life)
    _deliver(chance, life, since, [chance.gauss(1, 0.05) for _ in range(_length(chance))], _ordered(chance, views))


def _ring_drip(chance: Random, life: Life, ring: Random) -> None:
    """All five of a ring are of one week: what is delivered at an hour is the ring's, how much of it the clip's."""
    begins = 494_184.0 + ring.uniform(8 * 24, 13 * 24)
    length = _length(ring)
    level, weights = 1.0, []
    for step in range(length):
        if step % 2 == 0:
            level = ring.choice((50, 190)) * ring.uniform(0.8, 1.2)
        weights.append(level)
    since = life.place(begins)
    life.began = life.posted + since * GRID_HOURS
    _deliver(chance, life, since, weights, _ordered(chance, life.views[since]))


def _day_night(chance: Random, life: Life, _: Random) -> None:
    since, views = _starts(chance, life)
    drift, weights = 0.0, []
    for step in range(_length(chance)):
        drift = drift * 0.97 + chance.gauss(0, 0.05)
        weights.append(time_of_day(life.posted + (since + step) * GRID_HOURS) * math.exp(drift))
    _deliver(chance, life, since, weights, _ordered(chance, views))


def _amplified(chance: Random, life: Life, *, likes: bool) -> None:
    since, _views = _starts(chance, life)
    times = chance.uniform(2, 3) - 1
    own_views, own_likes = list(life.views), list(life.likes)
    life.bought = [0] * len(own_views)
    for step in range(since, len(own_views)):
        added = round((own_views[step] - own_views[since]) * times)
        life.bought[step] = added
        life.views[step] += added
        if likes:
            life.likes[step] += round((own_likes[step] - own_likes[since]) * times)


def _amplifier(chance: Random, life: Life, _: Random) -> None:
    _amplified(chance, life, likes=False)


def _amplifier_with_likes(chance: Random, life: Life, _: Random) -> None:
    _amplified(chance, life, likes=True)


def _slow(chance: Random, life: Life, _: Random) -> None:
    since, _views = _starts(chance, life)
    weights = [
        time_of_day(life.posted + step * GRID_HOURS) * chance.uniform(0.5, 1.5) for step in range(int(504 / GRID_HOURS))
    ]
    _deliver(chance, life, since, weights, 0.25 * life.views[-1])


RING_DRIP = "ring drip"
_ATTACKS: Mapping[str, Callable[[Random, Life, Random], None]] = {
    "burst": _burst,
    "burst, purged": _purged,
    "packages": _packages,
    "drip": _drip,
    RING_DRIP: _ring_drip,
    "day-night drip": _day_night,
    "amplifier": _amplifier,
    "amplifier with likes": _amplifier_with_likes,
    "low and slow": _slow,
}
KINDS = tuple(_ATTACKS)
