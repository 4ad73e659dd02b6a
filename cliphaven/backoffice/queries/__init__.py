"""The whole house at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips import queries as clips
from cliphaven.earnings.queries import proofs as earnings
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import one_snapshot
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
    "books": "holds the books against Stripe",
}
CHAINS_ON_THE_PAGE_MAX = 25
FAILURES_SHOWN_MAX = 100


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
    alarms: Sequence[Alarm]
    tracking: tracking.TrackingHealth
    costs: Sequence[CostLine]


def overview(*, now: datetime) -> Overview:
    """Books, queues, payday and tracking at this moment."""
    health = tracking.tracking_health(now=now)
    lookups = clips.lookup_costs(since=now.replace(hour=0, minute=0, second=0, microsecond=0))
    return Overview(
        trial=books.trial_balance(),
        checks=proofs(chains_max=CHAINS_ON_THE_PAGE_MAX),
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
    )


@one_snapshot
def proofs(*, chains_max: int | None = None) -> list[books.Check]:
    """Every proof there is, of one moment: the books, the accruals against them, and the readings behind both.

    `chains_max` looks at the readings of so many clips only, the newest ones; without it at those of all.
    """
    return [*books.verify(), *earnings.books_checks(), _readings_are_whole(chains_max)]


def _readings_are_whole(chains_max: int | None) -> books.Check:
    """Each reading of a clip carries the hash of the one before it: nobody took one out or changed it."""
    clip_ids = list(clips.countable_clips().order_by("-id").values_list("id", flat=True)[:chains_max])
    failures = []
    for clip_id in clip_ids:
        place = tracking.broken_link(clip_id)
        if place is not None:
            failures.append(f"reading {place + 1} of clip {clip_id} does not follow from those before it")
    return books.Check(
        name="readings follow from each other",
        looked_at=len(clip_ids),
        failures=tuple(failures[:FAILURES_SHOWN_MAX]),
    )
