"""Between the phases: what a batch's transfers brought to a connected account becomes a payout to the bank, or is
withdrawn from one because it goes back to the platform."""

from datetime import datetime

from django.db.models import Max

from cliphaven.foundation.outgoing.sender import move
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import settlement
from cliphaven.payouts.rules import BankPayoutState, TransferState


@joined_transaction
def open_if_ready(*, batch_id: int, creator_id: int, currency: str, now: datetime) -> None:
    """Open a payout of what a batch has sent a creator in a currency, once none of its transfers moves by itself.

    A transfer that waits for a person keeps nobody waiting: if it is sent after all, its money is a payout of its own.
    The caller holds the locks of these transfers.
    """
    transfers = Transfer.objects.filter(batch_id=batch_id, creator_id=creator_id, currency=currency)
    if transfers.exclude(state__in=[state.value for state in rules.TRANSFER_SETTLED]).exists():
        return
    ready = list(transfers.filter(state=TransferState.SENT, part=None).order_by("id"))
    if not ready:
        return
    opened = BankPayout.objects.filter(batch_id=batch_id, creator_id=creator_id, currency=currency)
    part = (opened.aggregate(last=Max("part"))["last"] or 0) + 1
    Transfer.objects.filter(id__in=[transfer.id for transfer in ready]).update(part=part)
    payout = BankPayout.objects.create(
        batch_id=batch_id,
        creator_id=creator_id,
        currency=currency,
        part=part,
        connected_account=ready[0].destination,
        amount_minor=sum(transfer.amount_minor for transfer in ready),
        due_at=now,
        created_at=now,
    )
    settlement.defer(task=settlement.SEND, bank_payout_id=payout.id)


@joined_transaction
def withdraw(*, transfer: Transfer, now: datetime) -> bool:
    """Keep a sent transfer's money from the bank; False when it went on to the bank, or may have.

    What else was in the same payout goes out in another one, which the caller opens when the transfer has moved on. The
    caller holds the locks of the batch's transfers to this creator.
    """
    if transfer.part is None:
        return True
    attempts = BankPayout.objects.filter(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, part=transfer.part
    )
    latest = attempts.select_for_update(no_key=True).order_by("-attempt").first()
    if latest is None or not rules.may_be_withdrawn(
        BankPayoutState(latest.state), was_ever_sent=latest.first_sent_at is not None
    ):
        return False
    if latest.state in rules.BANK_PAYOUT_FAILED:
        # What failed stays as it was; that nothing follows it is a row of its own.
        settlement.open_next(payout=latest, state=BankPayoutState.WITHDRAWN, due_at=now, now=now)
    else:
        move(latest, to=BankPayoutState.WITHDRAWN)
    together = Transfer.objects.filter(
        batch_id=transfer.batch_id, creator_id=transfer.creator_id, currency=transfer.currency, part=transfer.part
    )
    together.update(part=None)
    transfer.part = None
    return True
