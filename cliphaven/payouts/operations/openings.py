"""Between the phases: what a batch's transfers brought to a connected account becomes a payout to the bank."""

from datetime import datetime

from django.db.models import Sum

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import settlement
from cliphaven.payouts.rules import TransferState


@joined_transaction
def open_if_ready(*, batch_id: int, creator_id: int, currency: str, now: datetime) -> None:
    """Open a payout of what a batch has sent a creator in a currency, once none of its transfers moves by itself.

    A transfer that waits for a person keeps nobody waiting: if it is sent after all, its money is a payout of its own.
    The caller holds the locks of these transfers.
    """
    transfers = Transfer.objects.filter(batch_id=batch_id, creator_id=creator_id, currency=currency)
    if transfers.exclude(state__in=[state.value for state in rules.TRANSFER_SETTLED]).exists():
        return
    sent = transfers.filter(state=TransferState.SENT)
    sent_minor = sent.aggregate(amount=Sum("amount_minor"))["amount"] or 0
    opened = BankPayout.objects.filter(batch_id=batch_id, creator_id=creator_id, currency=currency)
    # Every attempt at a part is of the same amount.
    parts = dict(opened.values_list("part", "amount_minor"))
    amount_minor = sent_minor - sum(parts.values())
    if amount_minor == 0:
        return
    payout = BankPayout.objects.create(
        batch_id=batch_id,
        creator_id=creator_id,
        currency=currency,
        part=max(parts, default=0) + 1,
        connected_account=sent.values_list("destination", flat=True)[0],
        amount_minor=amount_minor,
        due_at=now,
        created_at=now,
    )
    settlement.defer(task=settlement.SEND, bank_payout_id=payout.id)
