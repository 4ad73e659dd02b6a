"""Transfers and attempts at payouts: which of them wait for something, and for what."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.rules import BANK_PAYOUT_FAILED, BankPayoutState, TransferState


def given_up() -> QuerySet[BankPayout]:
    """Failed payouts that no later attempt follows: they wait for the creator's next bank account."""
    later = BankPayout.objects.filter(
        batch=OuterRef("batch"), creator=OuterRef("creator"), currency=OuterRef("currency"), part=OuterRef("part")
    ).filter(attempt__gt=OuterRef("attempt"))
    return BankPayout.objects.filter(~Exists(later), state__in=[state.value for state in BANK_PAYOUT_FAILED])


def in_review(*, creator_id: int, currency: str) -> QuerySet[Transfer]:
    """A creator's transfers that wait for one of us, each with a sentence why."""
    return Transfer.objects.filter(creator_id=creator_id, currency=currency, state=TransferState.NEEDS_REVIEW)


def in_trouble(*, creator_id: int, currency: str) -> QuerySet[BankPayout]:
    """A creator's payouts that something keeps from the bank, each with a sentence what."""
    waiting = BankPayout.objects.filter(
        ~Q(failure_sentence=""), state__in=[BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.NEEDS_REVIEW]
    )
    return (given_up() | waiting).filter(creator_id=creator_id, currency=currency).order_by("id")
