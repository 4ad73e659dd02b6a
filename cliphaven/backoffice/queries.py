"""The whole house at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips import queries as clips
from cliphaven.earnings import queries as earnings
from cliphaven.foundation import jobs
from cliphaven.ledger import queries as books
from cliphaven.payouts.queries import batches
from cliphaven.tracking import queries as tracking

QUEUE_SENTENCES = {
    "scraping": "reads clips",
    "payouts": "books and pays",
    "payout_retries": "waits for banks",
    "notifications": "sends mail",
    "channels": "proves channels",
}


@dataclass(frozen=True, kw_only=True)
class QueueLine:
    """One queue: jobs waiting, running, given up, and since when (by the wall) the oldest waits."""

    name: str
    sentence: str
    waiting: int
    running: int
    failed: int
    oldest_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """What a vendor was asked today and what it cost, in millionths of a US dollar."""

    vendor: str
    calls: int
    cost_microusd: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What staff see first."""

    trial: books.TrialBalance
    checks: Sequence[books.Check]
    queues: Sequence[QueueLine]
    payday: batches.Paydays
    tracking: tracking.TrackingHealth
    costs: Sequence[CostLine]


def overview(*, now: datetime) -> Overview:
    """Books, queues, payday and tracking at this moment."""
    health = tracking.tracking_health(now=now)
    lookups = clips.lookup_costs(since=now.replace(hour=0, minute=0, second=0, microsecond=0))
    anomalies = tuple(f"clip {clip_id} counts more views than were ever believed" for clip_id in earnings.anomalies())
    counted = books.Check(name="counted views were seen", looked_at=health.tracked, failures=anomalies)
    return Overview(
        trial=books.trial_balance(),
        checks=[*books.verify(), counted],
        queues=[
            QueueLine(
                name=line.queue.replace("_", " "),
                sentence=QUEUE_SENTENCES[line.queue],
                waiting=line.waiting,
                running=line.running,
                failed=line.failed,
                oldest_at=line.oldest_waiting_since,
            )
            for line in jobs.queue_health()
        ],
        payday=batches.paydays(now=now),
        tracking=health,
        costs=[
            CostLine(vendor="Polling", calls=health.calls_today, cost_microusd=health.cost_today_microusd),
            CostLine(vendor="Profiles and new clips", calls=lookups.calls, cost_microusd=lookups.cost_microusd),
        ],
    )
