"""Money in that the books cannot tell without a person, and what persons did about it: for the staff's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count

from cliphaven.campaigns.models import Deposit, DepositState, Dispute, MoneyInAct, Refund
from cliphaven.campaigns.queries import accounts
from cliphaven.campaigns.rules.refunds import RefundState

REVIEWS_SHOWN_MAX = 200
ACTS_SHOWN_MAX = 50


@dataclass(frozen=True, kw_only=True)
class Review:
    """A payment, refund or dispute that waits for a person: whose, how much in minor units, since when and why.

    `stripe_id` names it at Stripe; it is empty for a refund that has no id there yet. `times_looked` is how often one
    of the staff dealt with it before.
    """

    what: Literal["deposit", "refund", "dispute"]
    id: int
    organisation_id: int
    organisation_name: str
    amount_minor: int
    currency: str
    stripe_id: str
    since: datetime
    why: str
    times_looked: int

    @property
    def account(self) -> str:
        """The code of the account of the books that its money waits on, or is missing in."""
        named = accounts.refunding if self.what == "refund" else accounts.wallet
        return named(organisation_id=self.organisation_id, currency=self.currency).code


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """What one of the staff did: who, what, about which thing, the note, and when."""

    who: str
    what: str
    about: str
    note: str
    acted_at: datetime


def in_review() -> list[Review]:
    """Everything of money in that waits for a person, oldest first."""
    found = [*_deposits(), *_refunds(), *_disputes()]
    return sorted(found, key=lambda review: (review.since, review.what, review.id))


def in_review_count() -> int:
    """How many those are."""
    return (
        Deposit.objects.filter(state=DepositState.NEEDS_REVIEW).count()
        + Refund.objects.filter(state=RefundState.NEEDS_REVIEW).count()
        + Dispute.objects.exclude(review_reason="").count()
    )


def latest_acts() -> list[ActLine]:
    """What the staff did about money in, newest first."""
    acts = MoneyInAct.objects.select_related("staff", "deposit", "refund", "dispute").order_by("-id")
    return [
        ActLine(who=row.staff.name, what=row.get_act_display(), about=_about(row), note=row.note, acted_at=row.acted_at)
        for row in acts[:ACTS_SHOWN_MAX]
    ]


def _about(act: MoneyInAct) -> str:
    if act.deposit is not None:
        return f"payment {act.deposit.payment_intent_id or act.deposit.id}"
    if act.refund is not None:
        return f"refund {act.refund.stripe_id or act.refund.id}"
    return f"dispute {act.dispute.stripe_id}" if act.dispute is not None else f"pause {act.pause_id}"


def _deposits() -> list[Review]:
    waiting = (
        Deposit.objects.filter(state=DepositState.NEEDS_REVIEW)
        .select_related("organisation")
        .annotate(times_looked=Count("acts"))
        .order_by("id")
    )
    return [
        Review(
            what="deposit",
            id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            amount_minor=row.amount_minor,
            currency=row.currency,
            stripe_id=row.payment_intent_id or "",
            since=row.started_at,
            why=row.review_reason,
            times_looked=row.times_looked,
        )
        for row in waiting[:REVIEWS_SHOWN_MAX]
    ]


def _refunds() -> list[Review]:
    waiting = (
        Refund.objects.filter(state=RefundState.NEEDS_REVIEW)
        .select_related("request__organisation")
        .annotate(times_looked=Count("acts"))
        .order_by("id")
    )
    return [
        Review(
            what="refund",
            id=row.id,
            organisation_id=row.request.organisation_id,
            organisation_name=row.request.organisation.name,
            amount_minor=row.amount_minor,
            currency=row.request.currency,
            stripe_id=row.stripe_id or "",
            since=row.request.requested_at,
            why=row.failure_sentence,
            times_looked=row.times_looked,
        )
        for row in waiting[:REVIEWS_SHOWN_MAX]
    ]


def _disputes() -> list[Review]:
    waiting = (
        Dispute.objects.exclude(review_reason="")
        .select_related("organisation")
        .annotate(times_looked=Count("acts"))
        .order_by("id")
    )
    return [
        Review(
            what="dispute",
            id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation.name,
            amount_minor=row.amount_minor,
            currency=row.currency,
            stripe_id=row.stripe_id,
            since=row.opened_at,
            why=row.review_reason,
            times_looked=row.times_looked,
        )
        for row in waiting[:REVIEWS_SHOWN_MAX]
    ]
