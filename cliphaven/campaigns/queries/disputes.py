"""What cards' banks question: for the sponsor whose payment it is, and for staff who must answer in time."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from cliphaven.campaigns.models import Dispute
from cliphaven.campaigns.rules.disputes import NEEDS_RESPONSE, dispute_sentence, is_inquiry, needs_answer

DISPUTES_SHOWN_MAX = 200


@dataclass(frozen=True, kw_only=True)
class DisputeLine:
    """A dispute as pages show it; amounts in minor units. `taken_minor` is gone now, `fee_minor` is what it cost us.

    Of what was taken, `drained_minor` came out of campaigns and `owed_minor` was not there. `review_reason` says why
    the books need a person; empty where they do not. `needs_answer`: its bank waits for our evidence, until `due_by`.
    """

    stripe_id: str
    organisation_id: int
    organisation_name: str
    deposit_id: int
    amount_minor: int
    currency: str
    status: str
    sentence: str
    reason: str
    is_inquiry: bool
    is_over: bool
    was_answered: bool
    needs_answer: bool
    due_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    taken_minor: int
    drained_minor: int
    owed_minor: int
    fee_minor: int
    review_reason: str


def disputes_open(*, limit: int = DISPUTES_SHOWN_MAX) -> list[DisputeLine]:
    """Disputes that are not over, or that the books could not take, those first that must be answered first."""
    rows = Dispute.objects.filter(Q(is_over=False) | ~Q(review_reason=""))
    return _lines(rows.order_by(F("due_at").asc(nulls_last=True), "id"), limit=limit)


def disputes_to_answer_count() -> int:
    """How many disputes' banks wait for our evidence."""
    return Dispute.objects.filter(is_over=False, was_answered=False, status__endswith=NEEDS_RESPONSE).count()


def disputes_of(*, organisation_id: int, currency: str, limit: int = 20) -> list[DisputeLine]:
    """An organisation's disputes in one currency, newest first."""
    return _lines(
        Dispute.objects.filter(organisation_id=organisation_id, currency=currency).order_by("-id"), limit=limit
    )


def _lines(rows: QuerySet[Dispute], *, limit: int) -> list[DisputeLine]:
    summed = rows.select_related("organisation").annotate(
        moved_minor=Sum("movements__amount_minor", default=0),
        drained_minor=Sum("movements__drained_minor", default=0),
        unpaid_minor=Sum("movements__owed_minor", filter=Q(movements__amount_minor__lt=0), default=0),
        fees_minor=Sum("movements__fee_minor", default=0),
    )
    return [
        DisputeLine(
            stripe_id=row.stripe_id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            deposit_id=row.deposit_id,
            amount_minor=row.amount_minor,
            currency=row.currency,
            status=row.status,
            sentence=dispute_sentence(row.status),
            reason=row.reason.replace("_", " "),
            is_inquiry=is_inquiry(row.status),
            is_over=row.is_over,
            was_answered=row.was_answered,
            needs_answer=needs_answer(row.status, was_answered=row.was_answered),
            due_by=row.due_at,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            taken_minor=-row.moved_minor,
            drained_minor=row.drained_minor,
            owed_minor=row.unpaid_minor,
            fee_minor=row.fees_minor,
            review_reason=row.review_reason,
        )
        for row in summed[: min(limit, DISPUTES_SHOWN_MAX)]
    ]
