"""What waits for a person: items in review, and those whose money moved otherwise than the books can say."""

from django.db.models import Q, QuerySet

from cliphaven.payouts.models import BankPayout, Transfer, TransferReversal
from cliphaven.payouts.rules import (
    NOT_BOOKED,
    SENT_AFTER_ALL,
    BankPayoutState,
    TransferReversalState,
    TransferState,
)


def transfers() -> QuerySet[Transfer]:
    """Transfers in review, and those that Stripe made after it had said no: somebody takes them back there."""
    sent_after_all = Q(state=TransferState.RELEASED, failure_code=SENT_AFTER_ALL)
    return Transfer.objects.filter(Q(state=TransferState.NEEDS_REVIEW) | sent_after_all)


def bank_payouts() -> QuerySet[BankPayout]:
    """Payouts in review, and those in banks that the books refuse."""
    not_booked = Q(state__in=[BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT], failure_code=NOT_BOOKED)
    return BankPayout.objects.filter(Q(state=BankPayoutState.NEEDS_REVIEW) | not_booked)


def reversals() -> QuerySet[TransferReversal]:
    """Reversals in review."""
    return TransferReversal.objects.filter(state=TransferReversalState.NEEDS_REVIEW)
