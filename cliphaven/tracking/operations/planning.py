"""When a clip is polled next: the installation's policy, at the price that a poll by its vendor has just now.

Whatever records an answer takes a `Planner` for its platform and lets it plan each clip that was asked about. Three
moments are kept: from `ride_at` on the clip may fill a batch that is sent for others, from `due_at` on it wants one,
and from `overdue_at` on it gets one, whoever else is in it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.queries import prices
from cliphaven.tracking.rules import policies, setbacks
from cliphaven.tracking.rules.policies import Policy

PROBE_INTERVAL = timedelta(hours=1)
"""How often a clip is read while it is probed (see `probing`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planner:
    """Plans the clips of one platform. It changes the objects it is given; whoever asked for them saves them."""

    policy: Policy
    price: float

    @classmethod
    def of(cls, platform: str) -> "Planner":
        """The planner of a platform with the policy and the price of this moment; one query."""
        return cls(policy=prices.current_policy(), price=prices.current_price(platform))

    def after_measurement(
        self, tracked: TrackedClip, *, gained: int | None, over: timedelta, step: int, now: datetime
    ) -> None:
        """Learn from a count and plan the next poll.

        `gained` views are new since the count `over` before this one; None where that is not known, because this is
        the first count (then all of `views_seen` were gained since the clip was posted), or a fall that nobody has
        confirmed. `step` is how coarsely the platform shows the count.
        """
        age = max(now - tracked.posted_at, timedelta(0))
        learned, learned_over = gained, over
        if gained is None and tracked.log_rate is None:
            learned, learned_over = tracked.views_seen, age
        estimate = policies.updated(tracked.growth, gained=learned, over=learned_over, age=age, step=step)
        tracked.log_rate, tracked.rate_variance = estimate.log_rate, estimate.variance
        self._plan(tracked, gained=gained, over=over, step=step, now=now)

    def after_setback(self, tracked: TrackedClip, *, vendors_fault: bool, now: datetime) -> None:
        """Plan the next poll after one that measured nothing; `failures` and `availability` count it already."""
        due_at = setbacks.due_after_setback(
            posted_at=tracked.posted_at,
            polled_at=now,
            failures=tracked.failures,
            vendors_fault=vendors_fault,
            is_gone=tracked.availability == "gone",
        )
        tracked.due_at = tracked.ride_at = due_at
        tracked.overdue_at = due_at
        if self._waits_for_company:
            tracked.overdue_at = policies.latest_retry_at(
                posted_at=tracked.posted_at, measured_at=tracked.measured_at or tracked.posted_at, due_at=due_at
            )

    def draw_forward(self, tracked: TrackedClip) -> None:
        """Poll the clip sooner if its hazard asks for it, never later. One that rests, or does not answer, stays."""
        looked_at = tracked.measured_at
        if tracked.due_at is None or looked_at is None or tracked.failures:
            return
        plan = policies.plan(
            self.policy,
            posted_at=tracked.posted_at,
            polled_at=looked_at,
            estimate=tracked.growth,
            worth=tracked.worth * tracked.hazard,
            price=self.price,
        )
        tracked.due_at = min(tracked.due_at, plan.due_at)
        tracked.ride_at = min(tracked.ride_at or plan.ride_at, plan.ride_at)

    def _plan(self, tracked: TrackedClip, *, gained: int | None, over: timedelta, step: int, now: datetime) -> None:
        plan = policies.plan(
            self.policy,
            posted_at=tracked.posted_at,
            polled_at=now,
            estimate=tracked.growth,
            # A hazard below 1 makes unseen views cheaper, down to 0: then only the longest interval counts.
            worth=tracked.worth * tracked.hazard,
            price=self.price,
            gained=gained,
            over=over,
            step=step,
        )
        tracked.due_at, tracked.ride_at = plan.due_at, plan.ride_at
        tracked.overdue_at = self.overdue_at(posted_at=tracked.posted_at, polled_at=now, due_at=plan.due_at)
        if tracked.probed_until is not None and now < tracked.probed_until:
            latest = now + PROBE_INTERVAL
            tracked.due_at, tracked.ride_at = min(plan.due_at, latest), min(plan.ride_at, latest)
            # It waits for no company: readings an hour apart are what it is probed for.
            tracked.overdue_at = tracked.due_at

    def overdue_at(self, *, posted_at: datetime, polled_at: datetime, due_at: datetime) -> datetime:
        """Until when a clip that is due at `due_at` may wait for company; only the index waits at all."""
        if not self._waits_for_company:
            return due_at
        return max(due_at, policies.latest_at(posted_at=posted_at, polled_at=polled_at))

    @property
    def _waits_for_company(self) -> bool:
        return self.policy.kind is policies.Kind.INDEX
