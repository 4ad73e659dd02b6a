"""How a clip's life is read: every hour, every six hours, or when the house's own polling policy says so.

A reading may be missing, or repeat the one before it, counters that a platform does not show are None, and counts are
shown as coarsely as the clip's platform shows them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from cliphaven.fraud.rules.series import Snapshot
from cliphaven.fraud.rules.worlds.lives import Life
from cliphaven.tracking.rules.estimate import GrowthEstimate, step_of, updated
from cliphaven.tracking.rules.policies import PRICE, Kind, Policy, plan
from cliphaven.tracking.rules.replay.curves import hour_of, moment_of
from cliphaven.tracking.rules.setbacks import due_after_setback

WORTH = 0.0012
"""USD a view, the platform's fee included: what polls are weighed by."""
PROBE_HOURS = 36.0
_TICK_HOURS = 0.25
_FIRST_HOURS = (0.5, 6.0)


class Sampling(StrEnum):
    """A way to read clips."""

    HOURLY = "hourly"
    SIX_HOURLY = "six-hourly"
    SCHEDULER = "scheduler"
    PROBED = "scheduler + probe"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoilt:
    """Shares of readings that are missing, that repeat the one before, and that lack a counter."""

    missing: float = 0.03
    stale: float = 0.01
    holes: float = 0.01


def readings(life: Life, sampling: Sampling, *, spoilt: Spoilt, wants_probe: Callable[[], bool]) -> Iterator[Snapshot]:
    """The readings of a life one after the other, from its submission to its end.

    After each one `wants_probe` is asked whether the clip is to be polled hourly for the next 36 hours; only the
    scheduler with its probe listens to the answer.
    """
    chance = Random(f"cliphaven fraud reading {sampling} {life.clip}")
    hour = life.posted + chance.uniform(*_FIRST_HOURS)
    shown = _Shown(life, spoilt, chance)
    planner = _Planner(life) if sampling in (Sampling.SCHEDULER, Sampling.PROBED) else None
    probed_until = 0.0
    while hour < life.end:
        snapshot = shown.at(hour)
        if snapshot is not None:
            yield snapshot
            if wants_probe() and sampling is Sampling.PROBED:
                probed_until = hour + PROBE_HOURS
        if planner is None:
            hour += (1.0 if sampling is Sampling.HOURLY else 6.0) + chance.uniform(-0.02, 0.02)
            continue
        due = planner.after(hour, snapshot)
        if hour < probed_until:
            due = min(due, hour + 1.0)
        hour = max(hour + _TICK_HOURS, -(-due // _TICK_HOURS) * _TICK_HOURS)


class _Shown:
    """What the platform shows of a life, faults included."""

    def __init__(self, life: Life, spoilt: Spoilt, chance: Random) -> None:
        self.life, self.spoilt, self.chance = life, spoilt, chance
        self.before: Snapshot | None = None

    def at(self, hour: float) -> Snapshot | None:
        """The reading at this moment; None if there is no answer."""
        life, draw = self.life, self.chance.random()
        if draw < self.spoilt.missing:
            return None
        now = moment_of(hour)
        if draw < self.spoilt.missing + self.spoilt.stale and self.before is not None:
            old = self.before
            return Snapshot(now, old.views, old.likes, old.comments, old.shares)
        seen = next((since for since, until in life.stalls if since <= hour < until), hour)
        views = max(0, life.at(life.views, seen) - life.at(life.taken_back, seen))
        lacks = self.chance.random() < self.spoilt.holes
        self.before = Snapshot(
            now,
            self._rounded(views),
            self._rounded(life.at(life.likes, seen)) if life.has_likes and not lacks else None,
            self._rounded(life.at(life.comments, seen)) if life.has_comments and not lacks else None,
            self._rounded(life.at(life.shares, seen)) if life.has_shares and not lacks else None,
        )
        return self.before

    def _rounded(self, count: int) -> int:
        if not self.life.rounded or count < 10_000:
            return count
        step = 100 if count < 1_000_000 else 100_000
        return count // step * step


class _Planner:
    """When the house would poll the clip next, by its own policy."""

    def __init__(self, life: Life) -> None:
        self.posted_at = moment_of(life.posted)
        self.platform = life.platform
        self.estimate: GrowthEstimate | None = None
        self.polled_at: datetime | None = None
        self.views = 0
        self.failures = 0

    def after(self, hour: float, snapshot: Snapshot | None) -> float:
        """The next moment, after a poll that found this reading or none."""
        now = moment_of(hour)
        if snapshot is None:
            self.failures += 1
            due_at = due_after_setback(
                posted_at=self.posted_at, polled_at=now, failures=self.failures, vendors_fault=True
            )
            return hour_of(due_at)
        age = now - self.posted_at
        over = age if self.polled_at is None else now - self.polled_at
        gained, step = snapshot.views - self.views, step_of(self.platform, snapshot.views)
        self.estimate = updated(self.estimate, gained=gained, over=over, age=age, step=step)
        self.polled_at, self.views, self.failures = now, max(self.views, snapshot.views), 0
        made = plan(
            Policy(Kind.INDEX),
            posted_at=self.posted_at,
            polled_at=now,
            estimate=self.estimate,
            worth=WORTH,
            price=PRICE,
            gained=gained,
            over=max(over, timedelta(minutes=1)),
            step=step,
        )
        return hour_of(made.due_at)
