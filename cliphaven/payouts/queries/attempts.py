"""Transfers and attempts at payouts: which of them wait for something, and for what."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from cliphaven.payouts.models import BankPayout, Transfer, TransferReversal
from cliphaven.payouts.rules import (
    BANK_PAYOUT_FAILED,
    FAILURES_PER_BANK_ACCOUNT,
    REREAD_REVERSALS_EVERY,
    SENT_AFTER_ALL,
    BankPayoutState,
    TransferState,
)


def given_up() -> QuerySet[BankPayout]:
    """Failed payouts that no later attempt follows: they wait for the creator's next bank account."""
    later = BankPayout.objects.filter(
        batch=OuterRef("batch"), creator=OuterRef("creator"), currency=OuterRef("currency"), part=OuterRef("part")
    ).filter(attempt__gt=OuterRef("attempt"))
    return BankPayout.objects.filter(~Exists(later), state__in=[state.value for state in BANK_PAYOUT_FAILED])


def transfers_to_read(*, now: datetime, most: int) -> list[int]:
    """Transfers of which Stripe may have taken something back, and it is time to look.

    Those whose payout has waited for a day, whatever for; those of which a part was taken back, as far as we know; and
    those that must be taken back, because Stripe made them after it had said no.
    """
    waiting = BankPayout.objects.filter(state__in=[BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.NEEDS_REVIEW])
    kept = (waiting | given_up()).filter(created_at__lte=now - REREAD_REVERSALS_EVERY)
    of_kept = kept.filter(
        batch=OuterRef("batch"), creator=OuterRef("creator"), currency=OuterRef("currency"), part=OuterRef("part")
    )
    due = Transfer.objects.filter(due_at__lte=now).order_by("due_at", "id").values_list("id", flat=True)
    # One by one: asked for all at once, the database would look at every transfer there ever was.
    found = [
        *due.filter(Exists(of_kept), state=TransferState.SENT)[:most],
        *due.filter(state=TransferState.REVERSING)[:most],
        *due.filter(state=TransferState.RELEASED, failure_code=SENT_AFTER_ALL)[:most],
    ]
    return found[:most]


def is_paused() -> Exists:
    """Of a payout: whether the latest payouts to its bank account failed, so many in a row that it is paused."""
    to_it = BankPayout.objects.filter(creator=OuterRef("creator"), bank_account_id=OuterRef("bank_account_id"))
    last_paid = to_it.filter(state=BankPayoutState.PAID).order_by("-id").values("id")[:1]
    in_a_row = to_it.filter(
        state__in=[state.value for state in BANK_PAYOUT_FAILED], id__gt=Coalesce(Subquery(last_paid), 0)
    )
    return Exists(in_a_row.order_by("id")[FAILURES_PER_BANK_ACCOUNT - 1 : FAILURES_PER_BANK_ACCOUNT])


def failures_in_a_row(*, creator_id: int, bank_account_id: str) -> int:
    """How often a creator's latest payouts to a bank account failed, one after the other."""
    to_it = BankPayout.objects.filter(creator_id=creator_id, bank_account_id=bank_account_id)
    last_paid = to_it.filter(state=BankPayoutState.PAID).order_by("-id").values_list("id", flat=True).first()
    return to_it.filter(state__in=[state.value for state in BANK_PAYOUT_FAILED], id__gt=last_paid or 0).count()


def in_review(*, creator_id: int, currency: str) -> QuerySet[Transfer]:
    """A creator's transfers that wait for one of us, each with a sentence why."""
    return Transfer.objects.filter(creator_id=creator_id, currency=currency, state=TransferState.NEEDS_REVIEW)


def taken_back_minor(*, creator_id: int, currency: str) -> int:
    """What Stripe took back of a creator's transfers and has neither become payable again nor been sent again."""
    ours = TransferReversal.objects.filter(transfer__creator_id=creator_id, transfer__currency=currency)
    kept = ours.filter(booked_at__isnull=False, sent_again_id=None).exclude(transfer__state=TransferState.REVERSED)
    return int(kept.aggregate(amount=Sum("amount_minor"))["amount"] or 0)


def in_trouble(*, creator_id: int, currency: str) -> QuerySet[BankPayout]:
    """A creator's payouts that something keeps from the bank, each with a sentence what."""
    waiting = BankPayout.objects.filter(
        ~Q(failure_sentence=""), state__in=[BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.NEEDS_REVIEW]
    )
    return (given_up() | waiting).filter(creator_id=creator_id, currency=currency).order_by("id")
