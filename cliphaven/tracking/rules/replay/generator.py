"""A world of clips to try policies on: the same for the same seed, and like what was measured of real ones.

| of a clip | drawn from |
|---|---|
| views after thirty days | log-normal, middle 6,000, deviation 1.9 in logarithms (so the mean is about 37,000) |
| interest | falls as (age + 4 h) to the power −θ, θ normal around 1.05 with deviation 0.25 |
| late take-off | 12 of 100 clips: a twentieth of the interest for 6 to 48 hours, then as if new |
| noise | an Ornstein-Uhlenbeck process in logarithms, deviation 0.35, forgotten over 18 hours |
| time of day | a third more in the evening, a third less at night |
| shocks | on one day of a hundred interest rises by 1.35 times itself (log-deviation 0.8), and fades again |
| counts | Poisson around all of this |

The shocks are such that after the second day a clip's daily views double on 0.7 days of a hundred, and grow fivefold on
0.1: real ones did so on 0.85 and 0.12.
"""

import math
from dataclasses import dataclass
from random import Random

from cliphaven.tracking.rules.replay.curves import Curve

_MEDIAN_VIEWS, _LOG_DEVIATION = 6_000.0, 1.9
_DECAY, _DECAY_DEVIATION = 1.05, 0.25
_OFFSET_HOURS = 4.0
_LATE_SHARE, _LATE_BEFORE, _LATE_HOURS = 0.12, 0.05, (6.0, 48.0)
_NOISE, _NOISE_HOURS = 0.35, 18.0
_DIURNAL, _EVENING = 0.35, 19.0
_SHOCKS_PER_DAY, _SHOCK_HOURS = 0.01, 12.0
_SHOCK_LOG_SIZE, _SHOCK_LOG_DEVIATION = 0.3, 0.8
_GRID_HOURS = 0.5
_MONTH_HOURS = 720.0
_PLATFORMS = ("tiktok", "instagram", "youtube")
_NORMAL_FROM = 30.0
_BEGIN = 494_184.0  # Monday, 18 May 2026, 00:00 UTC


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """How much of it: so many clips, posted over `spread_days`, each recorded for `days`."""

    seed: int
    clips: int = 1000
    days: float = 30.0
    spread_days: float = 7.0


def generated(world: World, number: int) -> Curve:
    """The clip of this number, from 0. Each has chances of its own: more clips do not change the first ones."""
    chance = Random(f"cliphaven traces 1 {world.seed} {number}")
    posted = _BEGIN + chance.random() * world.spread_days * 24
    steps = max(2, round(world.days * 24 / _GRID_HOURS))
    final = _MEDIAN_VIEWS * math.exp(_LOG_DEVIATION * chance.gauss(0, 1))
    interest = _interest(chance, posted, max(steps, round(_MONTH_HOURS / _GRID_HOURS)))
    scale = final / sum(interest[: round(_MONTH_HOURS / _GRID_HOURS)])
    rows, count = [(posted, 0.0)], 0
    for step in range(steps):
        count += _poisson(chance, scale * interest[step])
        rows.append((posted + (step + 1) * _GRID_HOURS, float(count)))
    platform = _PLATFORMS[number % len(_PLATFORMS)]
    return Curve.of(clip=f"clip-{number:06}", platform=platform, posted=posted, rows=rows)


def _interest(chance: Random, posted: float, steps: int) -> list[float]:
    """Relative views in each step of a clip's life."""
    decay = max(0.3, chance.gauss(_DECAY, _DECAY_DEVIATION))
    takes_off = chance.uniform(*_LATE_HOURS) if chance.random() < _LATE_SHARE else 0.0
    shocks: list[tuple[float, float]] = []
    noise = chance.gauss(0, _NOISE)
    keeps = math.exp(-_GRID_HOURS / _NOISE_HOURS)
    jolt = _NOISE * math.sqrt(1 - keeps * keeps)
    found = []
    for step in range(steps):
        age = (step + 0.5) * _GRID_HOURS
        level = (age + _OFFSET_HOURS) ** -decay * _LATE_BEFORE if age < takes_off else 0.0
        if age >= takes_off:
            level = (age - takes_off + _OFFSET_HOURS) ** -decay
        level += sum(size * (1 + (age - since) / _SHOCK_HOURS) ** -decay for since, size in shocks)
        if chance.random() < _SHOCKS_PER_DAY * _GRID_HOURS / 24:
            shocks.append((age, level * math.exp(chance.gauss(_SHOCK_LOG_SIZE, _SHOCK_LOG_DEVIATION))))
        noise = noise * keeps + chance.gauss(0, jolt)
        hour_of_day = (posted + age) % 24
        day = 1 + _DIURNAL * math.cos((hour_of_day - _EVENING) / 24 * 2 * math.pi)
        found.append(level * day * math.exp(noise - _NOISE * _NOISE / 2))
    return found


def _poisson(chance: Random, mean: float) -> int:
    """A Poisson count; from thirty on the normal one that it hardly differs from."""
    if mean >= _NORMAL_FROM:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count
