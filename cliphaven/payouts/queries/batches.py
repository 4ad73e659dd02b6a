"""The Monday run as staff see it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, Transfer
from cliphaven.payouts.rules import BankPayoutState, TransferState


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """One batch: how many transfers and how much, who was left out, and what waits for a person."""

    iso_week: str
    state: str
    planned_at: datetime
    done_at: datetime | None
    transfers: int
    amount_minor: int
    currency: str
    skipped: int
    problems: int


@dataclass(frozen=True, kw_only=True)
class Paydays:
    """The latest batch, or None before the first one, and when the next one is planned."""

    batch: BatchSummary | None
    next_at: datetime


def paydays(*, now: datetime) -> Paydays:
    """The latest Monday and the next one."""
    latest = Batch.objects.order_by("-planned_at").first()
    return Paydays(batch=None if latest is None else _summary(latest), next_at=rules.next_payday(now))


def _summary(batch: Batch) -> BatchSummary:
    sums = Transfer.objects.filter(batch=batch).aggregate(transfers=Count("id"), amount=Sum("amount_minor"))
    # One currency leads the summary; an installation with several shows the first of them here.
    first = Transfer.objects.filter(batch=batch).order_by("currency").values_list("currency", flat=True).first()
    stuck = Transfer.objects.filter(batch=batch, state=TransferState.NEEDS_REVIEW).count()
    stuck += BankPayout.objects.filter(batch=batch, state=BankPayoutState.NEEDS_REVIEW).count()
    return BatchSummary(
        iso_week=batch.iso_week,
        state=batch.state,
        planned_at=batch.planned_at,
        done_at=batch.done_at,
        transfers=sums["transfers"],
        amount_minor=sums["amount"] or 0,
        currency=first or "USD",
        skipped=batch.skips.count(),
        problems=stuck,
    )
