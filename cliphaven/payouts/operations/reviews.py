"""After a person has looked: items in review go back to the machine, which asks Stripe and believes nobody else."""

from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Transfer
from cliphaven.payouts.operations import settlement, transfers
from cliphaven.payouts.rules import BankPayoutState, TransferState


class NotInReview(Refused):
    """There is no such item, or it does not wait for a person."""

    code = "not_in_review"


@own_transaction
def look_again_for_transfer(*, transfer_id: int, now: datetime) -> None:
    """Look a transfer in review up at Stripe anew, where it has been put right. Raises NotInReview."""
    transfer = Transfer.objects.select_for_update(no_key=True).filter(id=transfer_id).first()
    if transfer is None or transfer.state != TransferState.NEEDS_REVIEW:
        raise NotInReview(f"No transfer {transfer_id} is in review.")
    # Long ago, as far as the key is concerned: it is looked up, and not sent.
    transfers.move(
        transfer=transfer,
        to=TransferState.UNKNOWN,
        first_sent_at=now - rules.KEY_TRUSTED_FOR,
        looked_up_at=None,
        due_at=now,
    )


@own_transaction
def look_again_for_payout(*, bank_payout_id: int, now: datetime) -> None:
    """Look a bank payout in review up at Stripe anew, where it has been put right. Raises NotInReview."""
    payout = BankPayout.objects.select_for_update(no_key=True).filter(id=bank_payout_id).first()
    if payout is None or payout.state != BankPayoutState.NEEDS_REVIEW:
        raise NotInReview(f"No payout {bank_payout_id} is in review.")
    settlement.move(
        payout=payout,
        to=BankPayoutState.UNKNOWN,
        first_sent_at=now - rules.KEY_TRUSTED_FOR,
        looked_up_at=None,
        due_at=now,
    )
