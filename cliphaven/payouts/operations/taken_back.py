"""What Stripe took back of transfers, booked: once per reversal, and all of a transfer is payable again.

Locks are taken in one order, as everywhere: the batch's transfers to the creator, the reversal, the payout, accruals,
and only then the ledger's accounts.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum

from cliphaven.earnings import operations as earnings
from cliphaven.foundation import money
from cliphaven.foundation.outgoing.sender import move
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind
from cliphaven.payouts import rules
from cliphaven.payouts.models import Transfer, TransferReversal
from cliphaven.payouts.operations import entries, openings, transfers
from cliphaven.payouts.rules import AfterReversal, TransferReversalState, TransferState
from cliphaven.providers import stripe

log = logging.getLogger(__name__)


@joined_transaction
def locked(*, reversal_id: int) -> TransferReversal:
    """The reversal, after the transfer and all of its creator's in this batch."""
    transfers.SENDER.lock(TransferReversal.objects.values_list("transfer_id", flat=True).get(id=reversal_id))
    return TransferReversal.objects.select_for_update(no_key=True).get(id=reversal_id)


@joined_transaction
def reversed_minor(*, transfer: Transfer) -> int:
    """How much of a transfer Stripe has, as far as the books know, taken back and nobody has sent there again."""
    booked = TransferReversal.objects.filter(transfer=transfer, booked_at__isnull=False, sent_again_id=None)
    return int(booked.aggregate(amount=Sum("amount_minor"))["amount"] or 0)


@no_transaction
def take_over_all(*, transfer_id: int, found: Sequence[stripe.TransferReversalFacts], now: datetime) -> None:
    """Book everything that Stripe has taken back of a transfer, as far as it is new; `found` is newest first."""
    for facts in reversed(found):
        row_id = _row_of(transfer_id=transfer_id, facts=facts, now=now)
        take_over(reversal_id=row_id, facts=facts, now=now)


@no_transaction
def take_over(*, reversal_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> None:
    """Book what was taken back, or leave it to a person when the books do not take it."""
    try:
        _record(reversal_id=reversal_id, facts=facts, now=now)
    except ledger.EntryRefused:
        log.exception("Reversal %s is %s at Stripe, and the books refuse it", reversal_id, facts.stripe_id)
        _record_unbooked(reversal_id=reversal_id, stripe_id=facts.stripe_id)


@own_transaction
def undo_late_yes(
    *, transfer_id: int, made: stripe.TransferFacts, found: Sequence[stripe.TransferReversalFacts], now: datetime
) -> bool:
    """Book a transfer that Stripe made after it had said no, once all of it was taken back; False until then.

    Its money was given back when Stripe said no. What came and went is booked at once, and leaves nothing behind.
    """
    transfer = transfers.SENDER.lock(transfer_id)
    if transfer.state != TransferState.RELEASED or sum(facts.amount_minor for facts in found) != transfer.amount_minor:
        return False
    move(
        transfer, to=TransferState.REVERSED, failure_code="reversed", failure_sentence=rules.TAKEN_BACK, settled_at=now
    )
    TransferReversal.objects.bulk_create(
        TransferReversal(
            transfer=transfer,
            amount_minor=facts.amount_minor,
            state=TransferReversalState.DONE.value,
            stripe_id=facts.stripe_id,
            due_at=now,
            created_at=now,
            booked_at=now,
        )
        for facts in found
    )
    came_and_went = [entries.of_reversal(transfer=transfer, facts=facts) for facts in found]
    ledger.record([entries.of_transfer(transfer=transfer, facts=made), *came_and_went])
    return True


@joined_transaction
def undo(
    *,
    reversal: TransferReversal,
    facts: stripe.TransferReversalFacts,
    made: stripe.TransferFacts,
    closed_by_id: int,
    note: str,
    now: datetime,
) -> None:
    """What was taken back was sent to the account again: book that, and the reversal if the books had refused it.

    Both together move nothing, so they can always be booked. The caller holds the locks of the reversal.
    """
    transfer = Transfer.objects.get(id=reversal.transfer_id)
    move(
        reversal,
        to=TransferReversalState.DONE,
        booked_at=reversal.booked_at or now,
        sent_again_id=made.stripe_id,
        closed_by_id=closed_by_id,
        closing_note=note,
        failure_code="",
        failure_sentence="",
    )
    ledger.record(
        [entries.of_reversal(transfer=transfer, facts=facts), entries.of_transfer(transfer=transfer, facts=made)]
    )
    if transfer.state == TransferState.REVERSING and not reversed_minor(transfer=transfer):
        move(transfer, to=TransferState.SENT)
        _open_payout_if_ready(transfer, now=now)


@own_transaction
def _row_of(*, transfer_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> int:
    """The row of a reversal: by Stripe's id, by what we wrote on it, or a new one for what somebody did at Stripe."""
    transfers.SENDER.lock(transfer_id)
    for row in TransferReversal.objects.filter(transfer_id=transfer_id).order_by("id"):
        is_this = facts.stripe_id == row.stripe_id or rules.names_reversal(facts.metadata, reversal_id=row.id)
        if is_this and row.amount_minor == facts.amount_minor:
            return row.id
    found = TransferReversal.objects.create(
        transfer_id=transfer_id,
        amount_minor=facts.amount_minor,
        # Nobody has to look for what is there: it begins where a look-up of ours would have ended.
        state=TransferReversalState.NEEDS_REVIEW.value,
        stripe_id=facts.stripe_id,
        due_at=now,
        created_at=now,
    )
    return found.id


@own_transaction
def _record(*, reversal_id: int, facts: stripe.TransferReversalFacts, now: datetime) -> None:
    row = locked(reversal_id=reversal_id)
    if row.state == TransferReversalState.DONE:
        return
    transfer = Transfer.objects.get(id=row.transfer_id)
    if transfer.state not in (TransferState.SENT, TransferState.REVERSING):
        TransferReversal.objects.filter(id=row.id).update(stripe_id=facts.stripe_id)
        _ask_a_person(row, code="transfer_is_open")
        return
    TransferReversal.objects.filter(id=row.id).update(stripe_id=facts.stripe_id, booked_at=row.booked_at or now)
    entry = entries.of_reversal(transfer=transfer, facts=facts)
    # What was booked before is judged anew: a payout may have come back since.
    went_on = not openings.withdraw(transfer=transfer, now=now)
    follows = rules.after_reversal(
        reversed_minor=reversed_minor(transfer=transfer), amount_minor=transfer.amount_minor, went_on_to_bank=went_on
    )
    if follows is AfterReversal.GIVE_BACK:
        _give_back(transfer, entry=entry, now=now)
        _finish(row)
        # A part that waited for a person before is settled with the rest.
        for other in transfer.reversals.filter(state=TransferReversalState.NEEDS_REVIEW, booked_at__isnull=False):
            _finish(other)
    else:
        ledger.record([entry])
        if follows is AfterReversal.HOLD and transfer.state == TransferState.SENT:
            move(transfer, to=TransferState.REVERSING)
        _ask_a_person(row, code=follows.value)
    _open_payout_if_ready(transfer, now=now)


@own_transaction
def _record_unbooked(*, reversal_id: int, stripe_id: str) -> None:
    row = locked(reversal_id=reversal_id)
    if row.booked_at is None and row.state != TransferReversalState.DONE:
        TransferReversal.objects.filter(id=row.id).update(stripe_id=stripe_id)
        _ask_a_person(row, code="not_booked")


def _finish(row: TransferReversal) -> None:
    move(row, to=TransferReversalState.DONE, failure_code="", failure_sentence="")


def _ask_a_person(row: TransferReversal, *, code: str) -> None:
    sentence = rules.reversal_sentence(code)
    if row.state == TransferReversalState.NEEDS_REVIEW:
        TransferReversal.objects.filter(id=row.id).update(failure_code=code, failure_sentence=sentence)
    else:
        move(row, to=TransferReversalState.NEEDS_REVIEW, failure_code=code, failure_sentence=sentence)


def _give_back(transfer: Transfer, *, entry: ledger.Entry, now: datetime) -> None:
    move(
        transfer, to=TransferState.REVERSED, failure_code="reversed", failure_sentence=rules.TAKEN_BACK, settled_at=now
    )
    earnings.return_transfer(
        transfer_id=transfer.id,
        creator_id=transfer.creator_id,
        currency=transfer.currency,
        amount_minor=transfer.amount_minor,
        reason="reversed",
        entries=[entry],
        now=now,
    )
    amount = money.formatted(transfer.amount_minor, currency=transfer.currency)
    notifications.queue_message(
        user_id=transfer.creator_id,
        key=f"transfer:{transfer.id}:reversed",
        kind=Kind.MONEY,
        subject=f"{amount} is back in your balance",
        text=f"{rules.TAKEN_BACK}\n\nThat is {amount}. Please check your details and bank account with Stripe.",
        link="/creator/payouts/",
        now=now,
    )


def _open_payout_if_ready(transfer: Transfer, *, now: datetime) -> None:
    openings.open_if_ready(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, now=now
    )
