"""One clip in a replay: what was seen of it, what was not, and when it is asked next, by the house's own rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from cliphaven.tracking.rules.believed import display_step
from cliphaven.tracking.rules.estimate import GrowthEstimate, step_of, updated
from cliphaven.tracking.rules.hours import hours
from cliphaven.tracking.rules.policies import (
    Kind,
    Plan,
    Policy,
    latest_at,
    latest_retry_at,
    plan,
    promised_wait,
    urgency,
)
from cliphaven.tracking.rules.replay.curves import Curve, moment_of
from cliphaven.tracking.rules.setbacks import due_after_setback
from cliphaven.tracking.rules.sweeping import is_swept

_NOTHING = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What a replay takes as given. `worth` is USD a view; `missing` and `stale` are shares of answers that lack a
    clip, or repeat its last count; with `rounded` counts are shown as coarsely as their platform shows them."""

    policy: Policy
    worth: float
    price: float
    every: float = 0.25
    missing: float = 0.0
    stale: float = 0.0
    rounded: bool = False
    seed: int = 0


class ReplayedClip:
    """The state the house would keep of a clip, and beside it what the house cannot know: the views nobody saw."""

    __slots__ = (
        "area",
        "asked",
        "campaign",
        "chance",
        "conditions",
        "curve",
        "due_at",
        "estimate",
        "failures",
        "gained",
        "hazard",
        "hour",
        "over",
        "overdue_at",
        "polled_at",
        "posted_at",
        "price",
        "ride_at",
        "seen",
        "shown",
        "sum",
    )

    def __init__(self, curve: Curve, conditions: Conditions, *, campaign: int = 0) -> None:
        self.curve, self.conditions, self.campaign = curve, conditions, campaign
        self.chance = Random(f"{conditions.seed} {curve.clip}")
        self.posted_at, self.polled_at = moment_of(curve.posted), moment_of(curve.start)
        self.hour, self.hazard, self.price = curve.start, 1.0, conditions.price
        count, self.sum = curve.at(curve.start)
        self.seen = count
        self.shown = self._show(count)
        self.area, self.asked, self.failures = 0.0, 0, 0
        self.gained: int | None = None
        age = self.polled_at - self.posted_at
        self.over = age
        self.estimate: GrowthEstimate | None = None
        if self.shown > 0 and age > _NOTHING:
            self.estimate = updated(None, gained=self.shown, over=age, age=age, step=self.step)
        self.replan()

    @property
    def step(self) -> int:
        """How coarsely the last count was shown."""
        return step_of(self.curve.platform, self.shown)

    def replan(self) -> None:
        """Plan the next poll anew, from what is known."""
        made = self._plan()
        self.due_at, self.ride_at = made.due_at, made.ride_at
        waits = self.conditions.policy.kind is Kind.INDEX
        self.overdue_at = (
            max(made.due_at, latest_at(posted_at=self.posted_at, polled_at=self.polled_at)) if waits else made.due_at
        )

    def ask(self, hour: float, now: datetime) -> bool:
        """Poll the clip; answers whether it was measured."""
        self.asked += 1
        if self.chance.random() < self.conditions.missing:
            self.failures += 1
            self.due_at = due_after_setback(
                posted_at=self.posted_at, polled_at=now, failures=self.failures, vendors_fault=True
            )
            self.ride_at = self.overdue_at = self.due_at
            if self.conditions.policy.kind is Kind.INDEX:
                self.overdue_at = latest_retry_at(
                    posted_at=self.posted_at, measured_at=self.polled_at, due_at=self.due_at
                )
            return False
        self.wait_until(hour)
        count = self.curve.at(hour)[0]
        shown = self.shown if self.chance.random() < self.conditions.stale else self._show(count)
        if shown != self.shown or not self.conditions.stale:
            self.seen = max(self.seen, min(count, float(shown)) if not self.conditions.rounded else float(shown))
        age = now - self.posted_at
        self.over, self.gained = now - self.polled_at, shown - self.shown
        self.shown = max(shown, self.shown)
        self.estimate = updated(self.estimate, gained=self.gained, over=self.over, age=age, step=self.step)
        self.polled_at, self.failures = now, 0
        self.replan()
        return True

    def wait_until(self, hour: float) -> None:
        """Let time go by up to this hour: what nobody saw meanwhile adds up, in view·hours."""
        sum_to = self.curve.at(hour)[1]
        self.area += max(0.0, sum_to - self.sum - self.seen * (hour - self.hour))
        self.sum, self.hour = sum_to, hour

    def urgency(self, now: datetime) -> float:
        """How much the clip wants to be in the next batch; a policy that follows the clock wants it when it is due."""
        if self.conditions.policy.kind is not Kind.INDEX:
            return 1.0 if self.due_at <= now else 0.0
        return urgency(
            posted_at=self.posted_at,
            polled_at=self.polled_at,
            now=now,
            estimate=self.estimate,
            worth=self.conditions.worth,
            price=self.price,
            hazard=self.hazard,
        )

    def must_be_asked(self, now: datetime) -> bool:
        """Whether a batch is sent for this clip alone."""
        return self.overdue_at <= now

    def is_swept(self, now: datetime) -> bool:
        """Whether the cut-off's sweep reads the clip now."""
        return is_swept(
            posted_at=self.posted_at,
            polled_at=self.polled_at,
            now=now,
            estimate=self.estimate,
            worth=self.conditions.worth,
        )

    def over_promise(self, now: datetime) -> float:
        """How many hours longer than promised the clip is unseen now; below 0 while the promise is kept."""
        return hours(now - self.polled_at - promised_wait(now - self.posted_at))

    def _show(self, count: float) -> int:
        whole = int(count)
        if not self.conditions.rounded:
            return whole
        step = display_step(self.curve.platform, whole)
        return (whole + step // 2) // step * step

    def _plan(self) -> Plan:
        return plan(
            self.conditions.policy,
            posted_at=self.posted_at,
            polled_at=self.polled_at,
            estimate=self.estimate,
            worth=self.conditions.worth,
            price=self.price,
            hazard=self.hazard,
            gained=self.gained,
            over=self.over,
            step=self.step,
        )
