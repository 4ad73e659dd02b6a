"""One transfer as the staff sees it: its way on to the bank, and everything of it that was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.identity import queries as people
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Transfer, TransferReversal
from cliphaven.payouts.queries import items
from cliphaven.payouts.queries.items import Item
from cliphaven.payouts.rules import BankPayoutState, TransferReversalState, TransferState

REVERSALS_SHOWN_MAX = 50
ATTEMPTS_SHOWN_MAX = 50
AT_STRIPE = (TransferState.SENT, TransferState.REVERSING)


@dataclass(frozen=True, kw_only=True)
class ReversalLine:
    """Money of a transfer taken back: who asked for it and why, or nobody of us; and the two who saw it sent again.

    `may_be_looked_up` and `may_be_settled` say what a person can do about it now.
    """

    item: Item
    asked_by: str
    reason: str
    created_at: datetime
    proposed_by: str
    closed_by: str
    closing_note: str
    may_be_looked_up: bool
    may_be_settled: bool


@dataclass(frozen=True, kw_only=True)
class TransferOverview:
    """One transfer, the attempts at the payout that it went on with, and its reversals, oldest first.

    `left_minor` is what of it was not taken back. `why_not` says why that cannot be taken back now; "" when it can.
    """

    week: str
    item: Item
    destination: str
    planned_at: datetime
    attempts: Sequence[Item]
    reversals: Sequence[ReversalLine]
    left_minor: int
    why_not: str


@one_snapshot
def transfer_overview(*, week: str, transfer_id: int) -> TransferOverview | None:
    """A week's transfer with everything around it; None when that week has no such transfer."""
    transfer = Transfer.objects.select_related("batch").filter(id=transfer_id, batch__iso_week=week).first()
    if transfer is None:
        return None
    attempts = _attempts(transfer)
    reversals = list(transfer.reversals.select_related("transfer").order_by("id")[:REVERSALS_SHOWN_MAX])
    gone_minor = sum(row.amount_minor for row in reversals if row.booked_at is not None and row.sent_again_id is None)
    return TransferOverview(
        week=week,
        item=items.transfer_items([transfer])[0],
        destination=transfer.destination,
        planned_at=transfer.batch.planned_at,
        attempts=items.payout_items(attempts),
        reversals=_lines(reversals),
        left_minor=transfer.amount_minor - gone_minor,
        why_not=_why_not(transfer, attempts=attempts, reversals=reversals),
    )


def _attempts(transfer: Transfer) -> list[BankPayout]:
    """The attempts at the payout that this transfer's money is in, oldest first."""
    if transfer.part is None:
        return []
    together = BankPayout.objects.filter(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, part=transfer.part
    )
    return list(together.order_by("attempt")[:ATTEMPTS_SHOWN_MAX])


def _lines(reversals: Sequence[TransferReversal]) -> list[ReversalLine]:
    involved = [id_ for row in reversals for id_ in (row.asked_by_id, row.proposed_by_id, row.closed_by_id)]
    names = people.names([id_ for id_ in involved if id_ is not None])
    lines = []
    for row, item in zip(reversals, items.reversal_items(reversals), strict=True):
        in_review = row.state == TransferReversalState.NEEDS_REVIEW
        lines.append(
            ReversalLine(
                item=item,
                asked_by="" if row.asked_by_id is None else names[row.asked_by_id],
                reason=row.reason,
                created_at=row.created_at,
                proposed_by="" if row.proposed_by_id is None else names[row.proposed_by_id],
                closed_by="" if row.closed_by_id is None else names[row.closed_by_id],
                closing_note=row.closing_note,
                may_be_looked_up=in_review,
                # Only what Stripe has taken back can be sent there again.
                may_be_settled=in_review and row.stripe_id is not None and row.transfer.state in AT_STRIPE,
            )
        )
    return lines


def _why_not(transfer: Transfer, *, attempts: Sequence[BankPayout], reversals: Sequence[TransferReversal]) -> str:
    """Why what is left of a transfer cannot be taken back now, in words; "" when it can."""
    if transfer.state not in AT_STRIPE:
        return "Only what is with Stripe can be taken back."
    if any(row.state in rules.TRANSFER_REVERSAL_LIVE for row in reversals):
        return "It is being taken back."
    if any(row.sent_again_id is not None for row in reversals):
        return "It was taken back and sent again by hand: it is taken back at Stripe, too."
    if not attempts or rules.may_be_withdrawn(
        BankPayoutState(attempts[-1].state), was_ever_sent=attempts[-1].first_sent_at is not None
    ):
        return ""
    is_there = attempts[-1].state == BankPayoutState.PAID
    on_its_way = "It is on its way to a bank, or may be: wait for what becomes of its payout."
    return "It is in a bank: a bank has to send it back first." if is_there else on_its_way
