"""Clips that nobody bought anything for, and what makes some of them look as if somebody had.

Views are those of `tracking`'s invented world. Around them:

| of a clip | drawn from |
|---|---|
| likes | L = r·V_end·(V/V_end)^β; r log-normal (median 2.6 to 6 % by platform, log-deviation 1), β normal 0.60 ± 0.20 |
| comments | likewise: 2.5 % of likes at the end, log-deviation 0.8, β 0.37 ± 0.22 |
| shares | likewise, TikTok alone: 10 % of likes, log-deviation 0.9, β as of likes |
| all three | Poisson around that, and never more than three of ten new views |

Of a hundred clips so many are hard to tell from bought ones (`HARD`): interest that jumps tenfold and fades, fans who
come first (β 0.1 to 0.3), promotion that somebody paid for openly and that reached people (0.3 times the likes), counts
that are shown rounded, feeds that stand still and catch up, and small purges of everybody.
"""

import math
from random import Random

from cliphaven.fraud.rules.worlds.lives import GRID_HOURS, Life
from cliphaven.tracking.rules.replay.generator import World, generated

ORGANIC, VIRAL, FANS, PROMOTED, ROUNDED, STALLED, SWEPT = (
    "organic",
    "viral shock",
    "fans first",
    "honest promotion",
    "rounded",
    "stalled feed",
    "purge of others",
)
HARD = {VIRAL: 0.05, FANS: 0.06, PROMOTED: 0.05, ROUNDED: 0.06, STALLED: 0.05, SWEPT: 0.03}
_LIKES = {"tiktok": 0.06, "instagram": 0.04, "youtube": 0.026}
_LIKES_DEVIATION, _COMMENTS_DEVIATION, _SHARES_DEVIATION = 1.0, 0.8, 0.9
_COMMENTS, _SHARES = 0.025, 0.10
_PER_VIEW_MAX = 0.3
_PROMOTED_LIKES = 0.3
_NORMAL_FROM = 30.0


def organic(*, seed: int, number: int, days: float = 30.0, kind: str | None = None) -> Life:
    """The honest clip of this number; without `kind` chance says which of the hard kinds it is, if any."""
    chance = Random(f"cliphaven fraud 1 {seed} {number}")
    drawn = _kind_drawn(chance)
    kind = drawn if kind is None else kind
    curve = generated(World(seed=seed, days=days), number)
    steps = int(days * 24 / GRID_HOURS)
    views = [int(curve.at(curve.posted + step * GRID_HOURS)[0]) for step in range(steps + 1)]
    promoted = [0] * len(views)
    if kind == VIRAL:
        _shocked(chance, curve.posted, views)
    if kind == PROMOTED:
        promoted = _promotion(chance, curve.posted, views)
    life = Life(
        clip=f"{seed}-{number:06}",
        platform=curve.platform,
        kind=kind,
        posted=curve.posted,
        views=[own + paid for own, paid in zip(views, promoted, strict=True)],
        likes=[],
        comments=[],
        shares=[],
    )
    _engage(chance, life, views, promoted)
    life.has_likes = chance.random() > (0.05 if life.platform == "instagram" else 0.01)
    life.has_comments = chance.random() > 0.03
    life.has_shares = life.platform == "tiktok"
    life.rounded = kind == ROUNDED
    if kind == STALLED:
        life.stalls = [
            (since, since + chance.uniform(3, 10))
            for since in (life.posted + chance.uniform(12, days * 20) for _ in range(chance.randint(1, 3)))
        ]
    if kind == SWEPT:
        _swept(chance, life)
    return life


def poisson(chance: Random, mean: float) -> int:
    """A Poisson count; from thirty on the normal one that it hardly differs from."""
    if mean <= 0:
        return 0
    if mean >= _NORMAL_FROM:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count


def time_of_day(hour: float) -> float:
    """How lively people are at this hour of the day: around 1, most at seven in the evening."""
    return 1 + 0.35 * math.cos((hour % 24 - 19) / 24 * 2 * math.pi)


def _kind_drawn(chance: Random) -> str:
    share = chance.random()
    for kind, of_all in HARD.items():
        if share < of_all:
            return kind
        share -= of_all
    return ORGANIC


def _shocked(chance: Random, posted: float, views: list[int]) -> None:
    """Interest jumps within an hour and fades as a power of time, by day and night as all interest does."""
    since = int(chance.uniform(24, 400) / GRID_HOURS)
    if since >= len(views):
        since = len(views) // 2
    extra = chance.uniform(0.8, 4) * views[since]
    fade = chance.uniform(0.9, 1.5)
    shape = [(1 + step * GRID_HOURS / 6) ** -fade for step in range(len(views) - since)]
    whole = sum(shape[: int(72 / GRID_HOURS)]) or 1.0
    added, drift = 0, 0.0
    for step, part in enumerate(shape):
        drift = drift * 0.972 + chance.gauss(0, 0.08)
        lively = time_of_day(posted + (since + step) * GRID_HOURS) * math.exp(drift)
        added += poisson(chance, extra * part / whole * lively)
        views[since + step] += added


def _promotion(chance: Random, posted: float, views: list[int]) -> list[int]:
    """Views that an advertisement brought: for one to four days, more by day than by night, as its auction goes."""
    since = int(chance.uniform(6, 240) / GRID_HOURS)
    length = int(chance.uniform(24, 96) / GRID_HOURS)
    total = max(300.0, chance.uniform(0.3, 1.5) * views[min(since, len(views) - 1)])
    added, found, drift = 0, [], 0.0
    for step in range(len(views)):
        drift = drift * 0.95 + chance.gauss(0, 0.09)
        if since <= step < since + length:
            lively = time_of_day(posted + step * GRID_HOURS)
            added += poisson(chance, total / length * lively * math.exp(drift))
        found.append(added)
    return found


def _engage(chance: Random, life: Life, own: list[int], promoted: list[int]) -> None:
    """Likes, comments and shares of the views."""
    first = life.kind == FANS
    final = max(1, own[-1])
    ratio = _LIKES[life.platform] * math.exp(_LIKES_DEVIATION * chance.gauss(0, 1))
    if first:
        ratio *= 2
    power = chance.uniform(0.1, 0.3) if first else min(1.0, max(0.1, chance.gauss(0.60, 0.20)))
    talk = ratio * _COMMENTS * math.exp(_COMMENTS_DEVIATION * chance.gauss(0, 1))
    talk_power = min(1.0, max(0.05, chance.gauss(0.37, 0.22)))
    pass_on = ratio * _SHARES * math.exp(_SHARES_DEVIATION * chance.gauss(0, 1))
    mood = 0.0
    sums = [0, 0, 0]
    kinds = ((ratio, power), (talk, talk_power), (pass_on, power))
    lists = (life.likes, life.comments, life.shares)
    for step, count in enumerate(own):
        before = own[step - 1] if step else 0
        new, paid = count - before, (promoted[step] - promoted[step - 1]) if step else 0
        mood = mood * 0.97 + chance.gauss(0, 0.05)
        for place, (share, beta) in enumerate(kinds):
            grown = share * final * ((count / final) ** beta - (before / final) ** beta) if new else 0.0
            grown = min(_PER_VIEW_MAX * new, grown) + _PROMOTED_LIKES * share * paid
            if grown > 0:
                sums[place] += poisson(chance, grown * math.exp(mood))
            lists[place].append(sums[place])


def _swept(chance: Random, life: Life) -> None:
    """The platform takes a little back from everybody, and an honest clip loses up to half a percent."""
    since = life.place(life.posted + chance.uniform(48, 500))
    lost = int(life.views[since] * chance.uniform(0.0005, 0.005))
    life.taken_back = [0] * since + [lost] * (len(life.views) - since)
