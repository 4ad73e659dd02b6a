"""Money in that the books cannot tell without a person: for the staff's list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cliphaven.campaigns.models import Deposit, DepositState, Dispute, Refund
from cliphaven.campaigns.rules.refunds import RefundState

REVIEWS_SHOWN_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Review:
    """A payment, refund or dispute that waits for a person: whose, how much in minor units, since when and why.

    `stripe_id` names it at Stripe; it is empty for a refund that has no id there yet.
    """

    what: Literal["deposit", "refund", "dispute"]
    id: int
    organisation_name: str
    amount_minor: int
    currency: str
    stripe_id: str
    since: datetime
    why: str


def in_review() -> list[Review]:
    """Everything of money in that waits for a person, oldest first."""
    found = [*_deposits(), *_refunds(), *_disputes()]
    return sorted(found, key=lambda review: (review.since, review.what, review.id))


def _deposits() -> list[Review]:
    waiting = Deposit.objects.filter(state=DepositState.NEEDS_REVIEW).select_related("organisation").order_by("id")
    return [
        Review(
            what="deposit",
            id=row.id,
            organisation_name=row.organisation.name,
            amount_minor=row.amount_minor,
            currency=row.currency,
            stripe_id=row.payment_intent_id or "",
            since=row.started_at,
            why=row.review_reason,
        )
        for row in waiting[:REVIEWS_SHOWN_MAX]
    ]


def _refunds() -> list[Review]:
    waiting = Refund.objects.filter(state=RefundState.NEEDS_REVIEW).select_related("request__organisation")
    return [
        Review(
            what="refund",
            id=row.id,
            organisation_name=row.request.organisation.name,
            amount_minor=row.amount_minor,
            currency=row.request.currency,
            stripe_id=row.stripe_id or "",
            since=row.request.requested_at,
            why=row.failure_sentence,
        )
        for row in waiting.order_by("id")[:REVIEWS_SHOWN_MAX]
    ]


def _disputes() -> list[Review]:
    waiting = Dispute.objects.exclude(review_reason="").select_related("organisation").order_by("id")
    return [
        Review(
            what="dispute",
            id=row.id,
            organisation_name=row.organisation.name,
            amount_minor=row.amount_minor,
            currency=row.currency,
            stripe_id=row.stripe_id,
            since=row.opened_at,
            why=row.review_reason,
        )
        for row in waiting[:REVIEWS_SHOWN_MAX]
    ]
