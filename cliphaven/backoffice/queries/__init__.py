"""The whole house at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.backoffice.queries import risk_queue
from cliphaven.backoffice.queries.proofs import LastProof, last_proof
from cliphaven.clips import queries as clips
from cliphaven.foundation import jobs
from cliphaven.ledger import queries as books
from cliphaven.payouts.queries import batches
from cliphaven.payouts.queries.alarms import Alarm, alarms
from cliphaven.tracking import queries as tracking

QUEUE_SENTENCES = {
    "scraping": "reads clips",
    "payouts": "books and pays",
    "payout_retries": "waits for banks",
    "notifications": "sends mail",
    "channels": "proves channels",
    "files": "looks at what people bring",
    "deliveries": "tells programs of others",
    "books": "holds the books against Stripe",
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
    proof: LastProof | None
    queues: Sequence[QueueLine]
    payday: batches.Paydays
    alarms: Sequence[Alarm]
    tracking: tracking.TrackingHealth
    costs: Sequence[CostLine]
    risk: risk_queue.RiskWaiting


def overview(*, now: datetime) -> Overview:
    """Books, queues, payday and tracking at this moment."""
    health = tracking.tracking_health(now=now)
    lookups = clips.lookup_costs(since=now.replace(hour=0, minute=0, second=0, microsecond=0))
    return Overview(
        trial=books.trial_balance(),
        proof=last_proof(),
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
        alarms=alarms(now=now),
        tracking=health,
        costs=[
            CostLine(vendor="Polling", calls=health.calls_today, cost_microusd=health.cost_today_microusd),
            CostLine(vendor="Profiles and new clips", calls=lookups.calls, cost_microusd=lookups.cost_microusd),
        ],
        risk=risk_queue.risk_waiting(),
    )
