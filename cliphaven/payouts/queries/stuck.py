"""What does not go on by itself: stopped batches, items in review, and items that take longer than anything should."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from cliphaven.payouts.models import BankPayout, Batch, BatchState, PayoutPause, Transfer, TransferReversal
from cliphaven.payouts.queries import attempts, pauses, reviews
from cliphaven.payouts.rules import (
    NOT_BOOKED,
    SENT_AFTER_ALL,
    TRANSFER_FINAL,
    TRANSFER_REVERSAL_LIVE,
    TRANSFER_SETTLED,
    BankPayoutState,
    TransferReversalState,
    TransferState,
)

ITEMS_MAX = 100  # of each kind
# A lost transfer is found or sent anew within a day, and so is a lost reversal; a payout may wait three days for a bank
# account that was changed.
TRANSFER_IS_SLOW_AFTER = timedelta(days=2)
PAYOUT_IS_SLOW_AFTER = timedelta(days=7)
UNSENT = Q(state__in=[BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.SENDING, BankPayoutState.UNKNOWN])


@dataclass(frozen=True, kw_only=True)
class StoppedBatch:
    """A batch that sends nothing, why, and what it has not sent yet."""

    week: str
    reason: str
    open_transfers: int
    open_payouts: int


@dataclass(frozen=True, kw_only=True)
class StuckItem:
    """A transfer, payout or reversal that does not go on; `since` is when it was last tried, or began to wait."""

    name: str  # "transfer:12", "payout:7" or "reversal:3", as `look-again` takes it
    week: str
    creator_id: int
    amount_minor: int
    currency: str
    state: str
    reason: str
    since: datetime
    is_for_a_person: bool


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
    transfers, payouts, reversals = _transfers(now=now), _payouts(now=now), _reversals(now=now)
    return Stuck(
        batches=[_batch(batch) for batch in Batch.objects.filter(state=BatchState.STOPPED).order_by("id")],
        items=[
            *(
                _item(f"transfer:{row.id}", row, of=row, waits_since=row.batch.planned_at)
                for row in transfers[:ITEMS_MAX]
            ),
            *(_item(f"payout:{row.id}", row, of=row, waits_since=row.created_at) for row in payouts[:ITEMS_MAX]),
            *(
                _item(f"reversal:{row.id}", row, of=row.transfer, waits_since=row.created_at)
                for row in reversals[:ITEMS_MAX]
            ),
        ],
        is_all=max(len(transfers), len(payouts), len(reversals)) <= ITEMS_MAX,
    )


def _transfers(*, now: datetime) -> list[Transfer]:
    is_slow = (
        Q(batch__planned_at__lte=now - TRANSFER_IS_SLOW_AFTER)
        & ~Q(state__in=[state.value for state in TRANSFER_FINAL])
        & ~Q(batch__state__in=[BatchState.STOPPED, BatchState.AWAITING_RELEASE])
        # Those of a creator whose payouts are paused wait for a person's word.
        & ~(Q(state=TransferState.RESERVED) & Exists(_pauses_of(OuterRef("creator"))))
        # What is being taken back is as late as its reversal, which has a line of its own.
        & ~(Q(state=TransferState.REVERSING) & Exists(_unsettled_reversals().filter(transfer=OuterRef("pk"))))
    )
    in_review = Q(id__in=reviews.transfers().values("id"))
    waiting = Transfer.objects.filter(in_review | is_slow).select_related("batch")
    return list(waiting.order_by("id")[: ITEMS_MAX + 1])


def _payouts(*, now: datetime) -> list[BankPayout]:
    is_slow = (
        Q(created_at__lte=now - PAYOUT_IS_SLOW_AFTER)
        & ~Q(batch__state=BatchState.STOPPED)
        & ~(Q(failure_code=pauses.PAUSED) & Exists(_pauses_of(OuterRef("creator"))))
    )
    # What is at Stripe is not counted with a stopped batch: it goes its way, or does not.
    moving = Q(state__in=[BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT])
    sent_long_ago = Q(claimed_at__lte=now - PAYOUT_IS_SLOW_AFTER) | Q(
        claimed_at=None, created_at__lte=now - PAYOUT_IS_SLOW_AFTER
    )
    given_up = Q(id__in=attempts.given_up().values("id"))
    in_review = Q(id__in=reviews.bank_payouts().values("id"))
    waiting = BankPayout.objects.filter(in_review | (UNSENT & is_slow) | (moving & sent_long_ago) | given_up)
    return list(waiting.select_related("batch").order_by("id")[: ITEMS_MAX + 1])


def _reversals(*, now: datetime) -> list[TransferReversal]:
    """Transfers taken back of which a person has to see to something, or of which Stripe was not told for days."""
    live = Q(state__in=[state.value for state in TRANSFER_REVERSAL_LIVE])
    is_slow = Q(created_at__lte=now - TRANSFER_IS_SLOW_AFTER) & ~Q(transfer__batch__state=BatchState.STOPPED)
    in_review = Q(id__in=reviews.reversals().values("id"))
    waiting = TransferReversal.objects.filter(in_review | (live & is_slow)).select_related("transfer__batch")
    return list(waiting.order_by("id")[: ITEMS_MAX + 1])


def _unsettled_reversals() -> QuerySet[TransferReversal]:
    unsettled = TRANSFER_REVERSAL_LIVE | {TransferReversalState.NEEDS_REVIEW}
    return TransferReversal.objects.filter(state__in=[state.value for state in unsettled])


def _pauses_of(creator: OuterRef) -> QuerySet[PayoutPause]:
    return PayoutPause.objects.filter(creator=creator, resumed_at=None)


def _batch(batch: Batch) -> StoppedBatch:
    return StoppedBatch(
        week=batch.iso_week,
        reason=batch.stop_reason,
        open_transfers=batch.transfers.exclude(state__in=[state.value for state in TRANSFER_SETTLED]).count(),
        open_payouts=batch.bank_payouts.filter(UNSENT).count(),
    )


def _item(
    name: str,
    row: Transfer | BankPayout | TransferReversal,
    *,
    of: Transfer | BankPayout,
    waits_since: datetime,
) -> StuckItem:
    return StuckItem(
        name=name,
        week=of.batch.iso_week,
        creator_id=of.creator_id,
        amount_minor=row.amount_minor,
        currency=of.currency,
        state=row.state,
        reason=": ".join(filter(None, (row.failure_code, row.failure_sentence))),
        since=row.claimed_at or waits_since,
        # All three call it by the same name.
        is_for_a_person=row.state == TransferState.NEEDS_REVIEW or row.failure_code in (SENT_AFTER_ALL, NOT_BOOKED),
    )
