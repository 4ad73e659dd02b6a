"""How a video's counts grow: a pure function of its seed, its few parameters and the moment.

Views follow a power law of age (rate ~ (4 h + age) ** -slope), on a clock that runs faster by day than by night and
wanders slowly; some take off late, some are picked up again later. Bought views come on top, without their likes.
Nothing is simulated forward, so any moment can be asked in any order at any speed.
"""

import math
from array import array
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

from sandbox.audience.attacks import Purchase, purchases

HOUR: Final = 3600.0
HORIZON_HOURS: Final = 720.0
RAMP_HOURS: Final = 4.0
SLOPE: Final = {"youtube": 1.03, "tiktok": 1.26, "instagram": 1.41}
SLOPE_SPREAD: Final = 0.2
LATE_SHARE: Final = 0.12
SHOCKS_A_DAY: Final = 0.01
SHOCK_DAYS: Final = 60

DAY_SWING: Final = 0.35
_OMEGA: Final = 2.0 * math.pi / 24.0
WANDERING_HOURS: Final = 960
WANDER_SPREAD: Final = 0.35
WANDER_HOURS: Final = 18.0
HOURLY_SPREAD: Final = 0.22

LIKE_MEDIAN: Final = 0.0256
MEDIAN_VIEWS: Final = 6_000.0
VIEWS_SPREAD: Final = 1.9


@dataclass(frozen=True)
class Counts:
    """What truly was counted up to a moment, before any platform shows it in its own way."""

    views: int
    likes: int
    comments: int
    shares: int
    saves: int
    bought_views: int


@dataclass(frozen=True)
class Engagement:
    """Of one counter: its share of the views at 30 days, and how slowly it grows with them (1 is in step)."""

    share: float
    elasticity: float

    def count(self, views: float, final_views: float) -> int:
        """The counter when `views` honest views were counted; early viewers are fans and react more often."""
        if views <= 0:
            return 0
        proportional = self.share * final_views * (views / final_views) ** self.elasticity
        return int(min(proportional, 0.5 * views))


def drawn_final_views(seed: int) -> int:
    """How many honest views a video gets in its first 30 days: log-normal, median 6,000, log-sd 1.9."""
    return max(1, round(MEDIAN_VIEWS * math.exp(VIEWS_SPREAD * Random(seed).gauss(0.0, 1.0))))


class Growth:
    """One video's life.

    `steady` leaves out late take-offs and shocks: there are exactly `final_views` honest views at 30 days.
    """

    def __init__(
        self, seed: int, platform: str, posted_unix: float, final_views: int, *, steady: bool, attack: str
    ) -> None:
        self.posted_unix = posted_unix
        self.final_views = float(final_views)
        chance = Random(seed)
        self._slope = max(0.6, chance.gauss(SLOPE[platform], SLOPE_SPREAD))
        # Most audiences wake and sleep by American clocks; the peak is around eight in their evening.
        self._peak_hour = 20.0 + chance.choice((5, 5, 6, 8, 8, 0, -1, -5)) + chance.gauss(0.0, 1.0)
        self._likes = Engagement(
            _log_normal(chance, LIKE_MEDIAN, 1.0, 0.25), _within(chance.gauss(0.7, 0.1), 0.4, 0.95)
        )
        self._comments = Engagement(
            self._likes.share * _log_normal(chance, 0.04, 0.9, 0.4), _within(chance.gauss(0.55, 0.1), 0.3, 0.9)
        )
        self._shares = Engagement(_log_normal(chance, 0.003, 0.9, 0.05), _within(chance.gauss(0.75, 0.1), 0.4, 0.95))
        self._saves = Engagement(_log_normal(chance, 0.004, 0.9, 0.05), _within(chance.gauss(0.8, 0.1), 0.4, 0.95))
        self._elapsed = self._wandering(chance)
        self._parts = self._waves(chance, steady)
        self.purchases: list[Purchase] = purchases(attack, seed, final_views)

    def counts(self, moment_unix: float) -> Counts:
        """Everything counted up to the moment; all zero before the video was posted."""
        age = (moment_unix - self.posted_unix) / HOUR
        honest = self._honest(age)
        bought = sum(purchase.views_at(age) for purchase in self.purchases)
        extra_likes = sum(purchase.likes_at(age) for purchase in self.purchases)
        extra_shares = sum(purchase.shares_at(age) for purchase in self.purchases)
        return Counts(
            views=int(honest + 1e-6) + bought,
            likes=self._likes.count(honest, self.final_views) + extra_likes,
            comments=self._comments.count(honest, self.final_views) + extra_likes // 2,
            shares=self._shares.count(honest, self.final_views) + extra_shares,
            saves=self._saves.count(honest, self.final_views),
            bought_views=bought,
        )

    def _honest(self, age_hours: float) -> float:
        if age_hours <= 0:
            return 0.0
        now = self._warped(age_hours)
        return sum(scale * self._wave(now - onset) for onset, scale in self._parts if now > onset)

    def _waves(self, chance: Random, steady: bool) -> list[tuple[float, float]]:
        """(warped onset, scale) of the first take-off, of a late one, and of each time the video is picked up again."""
        end = self._warped(HORIZON_HOURS)
        late, late_hours, late_share = (
            chance.random() < LATE_SHARE,
            12.0 * 14.0 ** chance.random(),
            chance.uniform(0.8, 0.95),
        )
        if steady or not late:
            return [self._part(0.0, end, self.final_views)] + ([] if steady else self._shocks(chance))
        onset = self._warped(late_hours)
        return [
            self._part(0.0, end, self.final_views * (1.0 - late_share)),
            self._part(onset, end, self.final_views * late_share),
            *self._shocks(chance),
        ]

    def _shocks(self, chance: Random) -> list[tuple[float, float]]:
        found = []
        for day in range(SHOCK_DAYS):
            if chance.random() < SHOCKS_A_DAY:
                onset_hours = 24.0 * (day + chance.random())
                size = self.final_views * _log_normal(chance, 0.2, 0.8, 2.0)
                found.append(self._part(self._warped(onset_hours), self._warped(onset_hours + HORIZON_HOURS), size))
        return found

    def _part(self, onset: float, end: float, size: float) -> tuple[float, float]:
        return onset, size / self._wave(end - onset)

    def _wave(self, elapsed: float) -> float:
        """The integral of (1 + x / ramp) ** -slope from 0 to `elapsed`."""
        if abs(self._slope - 1.0) < 1e-6:
            return RAMP_HOURS * math.log1p(elapsed / RAMP_HOURS)
        power = 1.0 - self._slope
        remaining: float = (1.0 + elapsed / RAMP_HOURS) ** power
        return RAMP_HOURS / -power * (1.0 - remaining)

    def _wandering(self, chance: Random) -> "array[float]":
        """The warped age at every full hour: faster by day, wandering over 18 h, and uneven from hour to hour."""
        shift = self.posted_unix / HOUR - self._peak_hour
        # The integral of 1 + swing * cos(time of day - peak) over the hour that begins at this hour of age.
        sines = [math.sin(_OMEGA * (hour + shift)) for hour in range(25)]
        daylight = [1.0 + DAY_SWING / _OMEGA * (sines[hour + 1] - sines[hour]) for hour in range(24)]
        keep = math.exp(-1.0 / WANDER_HOURS)
        renew = math.sqrt(1.0 - keep * keep)
        level = chance.gauss(0.0, 1.0)
        elapsed, now = array("d", [0.0]), 0.0
        for hour in range(WANDERING_HOURS):
            wander = math.exp(WANDER_SPREAD * level - WANDER_SPREAD**2 / 2)
            uneven = max(0.1, chance.gauss(1.0, HOURLY_SPREAD))
            now += wander * uneven * daylight[hour % 24]
            elapsed.append(now)
            level = keep * level + renew * chance.gauss(0.0, 1.0)
        return elapsed

    def _warped(self, age_hours: float) -> float:
        """Age on the audience's own clock, in hours; it never runs backwards."""
        hour = int(age_hours)
        if hour >= WANDERING_HOURS:
            return self._elapsed[WANDERING_HOURS] + age_hours - WANDERING_HOURS
        before: float = self._elapsed[hour]
        return before + (self._elapsed[hour + 1] - before) * (age_hours - hour)


@lru_cache(maxsize=20_000)
def growth(seed: int, platform: str, posted_unix: float, final_views: int, *, steady: bool, attack: str) -> Growth:
    """The growth with these parameters, made once: building the slow wandering costs more than asking it."""
    return Growth(seed, platform, posted_unix, final_views, steady=steady, attack=attack)


def _log_normal(chance: Random, median: float, spread: float, ceiling: float) -> float:
    return min(ceiling, median * math.exp(spread * chance.gauss(0.0, 1.0)))


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
