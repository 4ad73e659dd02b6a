"""What does not go on by itself: stopped batches, items in review, and items that take longer than anything should."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from cliphaven.payouts.models import BankPayout, Batch, BatchState, PayoutPause, Transfer
from cliphaven.payouts.queries import attempts
from cliphaven.payouts.rules import TRANSFER_FINAL, BankPayoutState, TransferState

ITEMS_MAX = 100  # of each kind
# A lost transfer is found or sent anew within a day; a payout may wait three days for a bank account that was changed.
TRANSFER_IS_SLOW_AFTER = timedelta(days=2)
PAYOUT_IS_SLOW_AFTER = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class StoppedBatch:
    """A batch that sends nothing, why, and what it has not sent yet."""

    week: str
    reason: str
    open_transfers: int
    open_payouts: int


@dataclass(frozen=True, kw_only=True)
class StuckItem:
    """A transfer or payout that does not go on; `since` is when it was last tried, or began to wait."""

    name: str  # "transfer:12" or "payout:7", as `look-again` takes it
    week: str
    creator_id: int
    amount_minor: int
    currency: str
    state: str
    reason: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """Everything that is stuck, oldest first. `is_all` is False when there are more items than are listed."""

    batches: Sequence[StoppedBatch]
    items: Sequence[StuckItem]
    is_all: bool


def stuck(*, now: datetime) -> Stuck:
    """What waits for a person, for a creator's next bank account, or for longer than anything should.

    Unsent items of a stopped batch are counted with it; those of a batch that waits for its release are not stuck.
    """
    unsent = Q(state__in=[BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.SENDING, BankPayoutState.UNKNOWN])
    slow_transfers = (
        Q(batch__planned_at__lte=now - TRANSFER_IS_SLOW_AFTER)
        & ~Q(batch__state__in=[BatchState.STOPPED, BatchState.AWAITING_RELEASE])
        # Those of a creator whose payouts are paused wait for a person's word, and have not begun.
        & ~(Q(first_sent_at=None) & Exists(_pauses_of(OuterRef("creator"))))
    )
    slow_payouts = Q(created_at__lte=now - PAYOUT_IS_SLOW_AFTER) & ~Q(batch__state=BatchState.STOPPED)
    # What is at Stripe is not counted with a stopped batch: it goes its way, or does not.
    moving = Q(state__in=[BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT])
    sent_long_ago = Q(claimed_at__lte=now - PAYOUT_IS_SLOW_AFTER) | Q(
        claimed_at=None, created_at__lte=now - PAYOUT_IS_SLOW_AFTER
    )
    given_up = Q(id__in=attempts.given_up().values("id"))
    transfers = list(
        Transfer.objects.exclude(state__in=[state.value for state in TRANSFER_FINAL])
        .filter(Q(state=TransferState.NEEDS_REVIEW) | slow_transfers)
        .select_related("batch")
        .order_by("id")[: ITEMS_MAX + 1]
    )
    payouts = list(
        BankPayout.objects.filter(
            Q(state=BankPayoutState.NEEDS_REVIEW) | (unsent & slow_payouts) | (moving & sent_long_ago) | given_up
        )
        .select_related("batch")
        .order_by("id")[: ITEMS_MAX + 1]
    )
    return Stuck(
        batches=[_batch(batch, unsent) for batch in Batch.objects.filter(state=BatchState.STOPPED).order_by("id")],
        items=[
            *(_item(f"transfer:{row.id}", row, waits_since=row.batch.planned_at) for row in transfers[:ITEMS_MAX]),
            *(_item(f"payout:{row.id}", row, waits_since=row.created_at) for row in payouts[:ITEMS_MAX]),
        ],
        is_all=max(len(transfers), len(payouts)) <= ITEMS_MAX,
    )


def _pauses_of(creator: OuterRef) -> QuerySet[PayoutPause]:
    return PayoutPause.objects.filter(creator=creator, resumed_at=None)


def _batch(batch: Batch, unsent: Q) -> StoppedBatch:
    moving = batch.transfers.exclude(state__in=[state.value for state in TRANSFER_FINAL])
    return StoppedBatch(
        week=batch.iso_week,
        reason=batch.stop_reason,
        open_transfers=moving.exclude(state=TransferState.NEEDS_REVIEW).count(),
        open_payouts=batch.bank_payouts.filter(unsent).count(),
    )


def _item(name: str, row: Transfer | BankPayout, *, waits_since: datetime) -> StuckItem:
    return StuckItem(
        name=name,
        week=row.batch.iso_week,
        creator_id=row.creator_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        state=row.state,
        reason=": ".join(filter(None, (row.failure_code, row.failure_sentence))),
        since=row.claimed_at or waits_since,
    )
