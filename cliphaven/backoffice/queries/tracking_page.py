"""Tracking at a glance: what is due and overdue, how vendors do, what came of it, what it costs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cliphaven.backoffice.queries import anomalies
from cliphaven.clips.queries.pauses import Held, Pause, held_back, pauses
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.tracking.queries import prices
from cliphaven.tracking.queries.acts import ActLine, latest_acts
from cliphaven.tracking.queries.budgets import VendorBudget, budgets
from cliphaven.tracking.queries.calls import CallLine, calls_page
from cliphaven.tracking.queries.canaries import CanaryLine, QuarantinedCall, canaries, quarantined_calls
from cliphaven.tracking.queries.costs import DayOfCalls, days_of_calls, questions_by_day, spent_since
from cliphaven.tracking.queries.freshness import Freshness, freshness
from cliphaven.tracking.queries.vendors import VendorState, outcomes, vendor_states
from cliphaven.tracking.queries.waiting import OverdueClip, Waiting, overdue_clips, waiting

CALLS_SHOWN = 8
PRICES_LOOKED_BACK = timedelta(days=7)
_CENTS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """What vendors billed today and this month (UTC), in millionths of USD."""

    today_microusd: int
    month_microusd: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PausedVendor:
    """A vendor that is not asked for now, and what waits for it: `due` clips, and what is asked beside polls."""

    pause: Pause
    due: int
    held: Held


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetLine:
    """A vendor's day, and its prices of the last week as a chart; None while it took fewer than two steps."""

    budget: VendorBudget
    chart: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeLine:
    """How many of today's clips came to this."""

    outcome: str
    number: int


@dataclass(frozen=True, kw_only=True)
class TrackingPage:
    """Everything on the staff's page about tracking."""

    waiting: Sequence[Waiting]
    overdue: Sequence[OverdueClip]
    vendors: Sequence[VendorState]
    outcomes: Sequence[OutcomeLine]
    today: Sequence[DayOfCalls]
    spending: Spending
    paused: Sequence[PausedVendor]
    taken_back: Sequence[anomalies.Anomaly]
    budget_lines: Sequence[BudgetLine]
    canaries: Sequence[CanaryLine]
    quarantined: Sequence[QuarantinedCall]
    freshness: Freshness
    calls: Sequence[CallLine]
    acts: Sequence[ActLine]

    @property
    def followed(self) -> int:
        """Clips that are read from time to time."""
        return sum(line.followed for line in self.waiting)

    @property
    def due(self) -> int:
        """Clips that are due."""
        return sum(line.due for line in self.waiting)

    @property
    def overdue_count(self) -> int:
        """Clips that should have been read by now."""
        return sum(line.overdue for line in self.waiting)

    @property
    def oldest_overdue_at(self) -> datetime | None:
        """Since when the oldest of them is due."""
        return self.overdue[0].due_at if self.overdue else None

    @property
    def calls_today(self) -> int:
        """Calls begun today."""
        return sum(day.calls for day in self.today)

    @property
    def asked_today(self) -> int:
        """Clips asked for today."""
        return sum(day.asked for day in self.today)

    @property
    def measured_today(self) -> int:
        """Clips measured today."""
        return sum(day.measured for day in self.today)

    @property
    def capacity_today(self) -> int:
        """Clips that today's calls had room for."""
        return sum(day.capacity for day in self.today)

    @property
    def outcomes_most(self) -> int:
        """The largest of today's outcomes, for the length of bars."""
        return max((line.number for line in self.outcomes), default=0)


@one_snapshot
def tracking_page(*, now: datetime) -> TrackingPage:
    """Tracking at this moment."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = days_of_calls(since=midnight, until=now)
    waits = waiting(now=now)
    totals: Counter[str] = Counter()
    for one in outcomes(since=midnight, until=now):
        totals[one.outcome] += one.number
    return TrackingPage(
        waiting=waits,
        overdue=overdue_clips(now=now),
        vendors=vendor_states(now=now),
        outcomes=[OutcomeLine(outcome=outcome, number=number) for outcome, number in totals.most_common()],
        today=today,
        spending=Spending(
            today_microusd=_billed_since(midnight, now),
            month_microusd=_billed_since(midnight.replace(day=1), now),
        ),
        paused=[
            PausedVendor(
                pause=pause,
                due=sum(line.due for line in waits if line.platform in pause.platforms),
                held=held_back(platforms=pause.platforms, now=now),
            )
            for pause in pauses(now=now)
        ],
        taken_back=anomalies.found(),
        budget_lines=_budget_lines(now),
        canaries=canaries(),
        quarantined=quarantined_calls(),
        freshness=freshness(now=now),
        calls=calls_page(limit=CALLS_SHOWN).calls,
        acts=latest_acts(),
    )


def _budget_lines(now: datetime) -> list[BudgetLine]:
    steps = prices.price_steps(since=now - PRICES_LOOKED_BACK)
    return [
        BudgetLine(
            budget=budget, chart=_price_chart([step for step in reversed(steps) if step.vendor == budget.vendor])
        )
        for budget in budgets()
    ]


def _price_chart(steps: Sequence[prices.PriceLine]) -> dict[str, Any] | None:
    if len(steps) <= 1:
        return None
    return {
        "unit": "money",
        "currency": "USD",
        "exponent": 2,
        "series": [{"label": "A reading must be worth, in $·h", "kind": "step", "tone": "brand"}],
        "rows": [[int(step.stepped_at.timestamp()), round(step.price * _CENTS)] for step in steps],
        "gaps": [],
    }


def _billed_since(moment: datetime, now: datetime) -> int:
    questions = questions_by_day(since=moment, until=now)
    return sum(spent_since(moment).values()) + sum(questions.values())
