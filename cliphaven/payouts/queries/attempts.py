"""Transfers and attempts at payouts: which of them wait for something, and for what."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.rules import BANK_PAYOUT_FAILED, FAILURES_PER_BANK_ACCOUNT, BankPayoutState, TransferState


def given_up() -> QuerySet[BankPayout]:
    """Failed payouts that no later attempt follows: they wait for the creator's next bank account."""
    later = BankPayout.objects.filter(
        batch=OuterRef("batch"), creator=OuterRef("creator"), currency=OuterRef("currency"), part=OuterRef("part")
    ).filter(attempt__gt=OuterRef("attempt"))
    return BankPayout.objects.filter(~Exists(later), state__in=[state.value for state in BANK_PAYOUT_FAILED])


def is_paused() -> Exists:
    """Of a payout: whether the latest payouts to its bank account failed, so many in a row that it is paused."""
    to_it = BankPayout.objects.filter(creator=OuterRef("creator"), bank_account_id=OuterRef("bank_account_id"))
    last_paid = to_it.filter(state=BankPayoutState.PAID).order_by("-id").values("id")[:1]
    in_a_row = to_it.filter(
        state__in=[state.value for state in BANK_PAYOUT_FAILED], id__gt=Coalesce(Subquery(last_paid), 0)
    )
    return Exists(in_a_row.order_by("id")[FAILURES_PER_BANK_ACCOUNT - 1 : FAILURES_PER_BANK_ACCOUNT])


def in_review(*, creator_id: int, currency: str) -> QuerySet[Transfer]:
    """A creator's transfers that wait for one of us, each with a sentence why."""
    return Transfer.objects.filter(creator_id=creator_id, currency=currency, state=TransferState.NEEDS_REVIEW)


def in_trouble(*, creator_id: int, currency: str) -> QuerySet[BankPayout]:
    """A creator's payouts that something keeps from the bank, each with a sentence what."""
    waiting = BankPayout.objects.filter(
        ~Q(failure_sentence=""), state__in=[BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.NEEDS_REVIEW]
    )
    return (given_up() | waiting).filter(creator_id=creator_id, currency=currency).order_by("id")
