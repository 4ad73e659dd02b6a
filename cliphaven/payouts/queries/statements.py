"""What one Monday brought a creator, line by line, to be taken along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.payouts.models import BankPayout, Skip, Transfer

LINES_MAX = 2_000


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One line: a transfer for one campaign, a payout to the bank, or money that was left out. `at` is when it ended.

    `reference` is Stripe's id, and for the bank the trace number where there is one.
    """

    what: str
    campaign: str
    amount_minor: int
    currency: str
    state: str
    reason: str
    at: datetime | None
    reference: str
    planned_at: datetime


def weekly_statement(*, creator_id: int, week: str) -> Sequence[StatementLine]:
    """A week's lines; none when the week was not planned, or nothing was this creator's."""
    mine = {"creator_id": creator_id, "batch__iso_week": week}
    transfers = list(Transfer.objects.filter(**mine).select_related("batch").order_by("id")[:LINES_MAX])
    titles = campaigns.titles([transfer.campaign_id for transfer in transfers])
    return [
        *(
            StatementLine(
                what="transfer",
                campaign=titles[transfer.campaign_id],
                amount_minor=transfer.amount_minor,
                currency=transfer.currency,
                state=transfer.state,
                reason=transfer.failure_sentence,
                at=transfer.settled_at,
                reference=transfer.stripe_id or "",
                planned_at=transfer.batch.planned_at,
            )
            for transfer in transfers
        ),
        *(
            StatementLine(
                what="payout",
                campaign="",
                amount_minor=payout.amount_minor,
                currency=payout.currency,
                state=payout.state,
                reason=payout.failure_sentence,
                at=payout.paid_at or payout.failed_at,
                reference=payout.trace_id or payout.stripe_id or "",
                planned_at=payout.batch.planned_at,
            )
            for payout in BankPayout.objects.filter(**mine).select_related("batch").order_by("id")[:LINES_MAX]
        ),
        *(
            StatementLine(
                what="left out",
                campaign="",
                amount_minor=skip.amount_minor,
                currency=skip.currency,
                state="kept",
                reason=skip.get_reason_display(),
                at=skip.batch.planned_at,
                reference="",
                planned_at=skip.batch.planned_at,
            )
            for skip in Skip.objects.filter(**mine).select_related("batch").order_by("id")[:LINES_MAX]
        ),
    ]
