"""When a clip is polled next, by one of several policies behind one name.

| policy | polls a clip |
|---|---|
| `index` | when what nobody has seen of it is worth the price of a poll; never later than 3·√age + 1 hours, or 72 |
| `ladder` | by its age alone, and one step later while it stands still |
| `hourly` | every hour |
| `fixed:H` | every H hours |

Pure: the house and `cliphaven schedule replay` run these very functions. Amounts are USD, worths USD a view (the
platform's fee included), prices and values USD·h: an amount, times how long it was not seen.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from cliphaven.tracking.rules import index, ladder
from cliphaven.tracking.rules.estimate import (
    AGE_OFFSET_HOURS,
    PRIOR,
    GrowthEstimate,
    expected_gain,
    expected_rate,
    step_of,
    updated,
)
from cliphaven.tracking.rules.hours import hours, length
from cliphaven.tracking.rules.index import LONGEST, SHORTEST, longest_wait, patience, promised_wait

__all__ = [
    "LONGEST",
    "PRICE",
    "PRIOR",
    "RIDE_SHARE",
    "SHORTEST",
    "GrowthEstimate",
    "Kind",
    "Plan",
    "Policy",
    "UnknownPolicy",
    "expected_gain",
    "expected_rate",
    "latest_at",
    "latest_retry_at",
    "longest_wait",
    "patience",
    "plan",
    "promised_wait",
    "step_of",
    "updated",
    "urgency",
    "value",
]

PRICE = 8.0
"""μ where nobody steers it, USD·h: what a poll must remove to be worth making."""
RIDE_SHARE = 0.5
"""From this share of its price on, a clip may take a free place in a batch that is sent anyway."""
_GUARD_POWER = 8
_RETRY_WAITS = timedelta(minutes=45)
_STEP_SHARE = 0.25
_DEAREST = 1e6
_PRICE_MIN, _PRICE_MAX = 1e-6, 1e12


class UnknownPolicy(ValueError):
    """The name is none of a policy."""


class Kind(StrEnum):
    """The ways to choose moments."""

    INDEX = "index"
    LADDER = "ladder"
    HOURLY = "hourly"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to choose moments; `every` is set for the two that follow a clock alone."""

    kind: Kind
    every: timedelta | None = None

    @classmethod
    def parse(cls, name: str) -> Self:
        """The policy of a name: "index", "ladder", "hourly", "fixed:H" with H hours above 0 and at most 72.

        Raises UnknownPolicy with a sentence for whoever typed it.
        """
        word, _, number = name.strip().lower().partition(":")
        if word == Kind.FIXED:
            try:
                every = float(number)
            except ValueError:
                every = 0.0
            if not hours(SHORTEST) <= every <= hours(LONGEST):
                raise UnknownPolicy(f"{name!r}: say fixed:H with H hours, from 0.25 to 72, as in fixed:12.")
            return cls(Kind.FIXED, length(every))
        if word not in set(Kind) or number:
            raise UnknownPolicy(f"{name!r} is no policy: say index, ladder, hourly or fixed:H.")
        return cls(Kind(word), timedelta(hours=1) if word == Kind.HOURLY else None)

    def __str__(self) -> str:
        return f"fixed:{hours(self.every):g}" if self.kind is Kind.FIXED and self.every else str(self.kind)


@dataclass(frozen=True, slots=True)
class Plan:
    """When a clip is due, and from when on it may ride along in a batch that is sent for others."""

    due_at: datetime
    ride_at: datetime


def plan(
    policy: Policy,
    *,
    posted_at: datetime,
    polled_at: datetime,
    estimate: GrowthEstimate | None,
    worth: float,
    price: float = PRICE,
    hazard: float = 1.0,
    gained: int | None = None,
    over: timedelta = timedelta(0),
    step: int = 1,
) -> Plan:
    """When to poll a clip next, after the poll at `polled_at`.

    `estimate` is the one after that poll (None: nothing is known); `hazard` at least 1 makes unseen views dearer.
    `gained`, `over` and `step` tell of the last two readings as in `updated`; of the policies only the ladder asks.
    Whatever the numbers are, `index` answers a moment between a quarter of an hour and `longest_wait` ahead.
    """
    age = polled_at - posted_at
    if policy.every is not None:
        due_at = polled_at + policy.every
        return Plan(due_at, due_at)
    if policy.kind is Kind.LADDER:
        due_at = ladder.next_due_at(posted_at=posted_at, polled_at=polled_at, gained=gained, over=over, step=step)
        return Plan(due_at, due_at)
    longest = longest_wait(age)
    dear, price = _dearness(worth, hazard), _payable(price)
    due = min(_worthwhile(age, estimate, worth=dear, price=price, step=step), longest)
    ride = _worthwhile(age, estimate, worth=dear, price=price * RIDE_SHARE, step=step)
    guard_rides = longest * RIDE_SHARE ** (1 / _GUARD_POWER)
    return Plan(polled_at + due, polled_at + min(ride, guard_rides, due))


def value(
    *,
    posted_at: datetime,
    polled_at: datetime,
    now: datetime,
    estimate: GrowthEstimate | None,
    worth: float,
    hazard: float = 1.0,
) -> float:
    """What polling the clip now would remove, in USD·h: W of `index.py`. Never negative, always finite."""
    age = polled_at - posted_at
    return index.held(
        rate=expected_rate(estimate or PRIOR, age=age),
        start=max(0.0, hours(age)) + AGE_OFFSET_HOURS,
        waited=hours(now - polled_at),
        worth=_dearness(worth, hazard),
    )


def urgency(
    *,
    posted_at: datetime,
    polled_at: datetime,
    now: datetime,
    estimate: GrowthEstimate | None,
    worth: float,
    price: float = PRICE,
    hazard: float = 1.0,
) -> float:
    """How much a clip wants to be in the next batch: 1 when it is due, ½ when it may ride along.

    That is its value in prices, or how near it is to its longest wait, whichever is more.
    """
    worthwhile = value(
        posted_at=posted_at, polled_at=polled_at, now=now, estimate=estimate, worth=worth, hazard=hazard
    ) / _payable(price)
    waited = max(timedelta(0), now - polled_at) / longest_wait(polled_at - posted_at)
    return max(worthwhile, min(waited, 1.0) ** _GUARD_POWER)


def latest_at(*, posted_at: datetime, polled_at: datetime) -> datetime:
    """Until when a clip may wait for company under the index; then its batch is sent whatever else is in it."""
    return polled_at + patience(polled_at - posted_at)


def latest_retry_at(*, posted_at: datetime, measured_at: datetime, due_at: datetime) -> datetime:
    """Until when a clip that gave no answer, and is asked again from `due_at` on, may wait for company.

    Three quarters of an hour, as few answers are missing and calls for one of them each would be empty; not as long
    where what is promised since `measured_at` would be broken.
    """
    return min(due_at + _RETRY_WAITS, max(due_at, latest_at(posted_at=posted_at, polled_at=measured_at)))


def _dearness(worth: float, hazard: float) -> float:
    """USD a view, hazard included; what is no number, or below nothing, is worth nothing."""
    dear = worth * hazard if hazard > 1 else worth
    return min(dear, _DEAREST) if dear > 0 else 0.0


def _payable(price: float) -> float:
    return PRICE if math.isnan(price) else min(max(price, _PRICE_MIN), _PRICE_MAX)


def _worthwhile(age: timedelta, estimate: GrowthEstimate | None, *, worth: float, price: float, step: int) -> timedelta:
    rate = expected_rate(estimate or PRIOR, age=age)
    start = max(0.0, hours(age)) + AGE_OFFSET_HOURS
    wait = index.wait_until_held(rate=rate, start=start, worth=worth, price=price)
    if step > 1:
        # A display in steps has nothing new to show before: polling would only read the same number again.
        wait = max(wait, _STEP_SHARE * step / rate)
    return length(min(max(wait, hours(SHORTEST)), hours(LONGEST)))
