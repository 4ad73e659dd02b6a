"""After a person has looked: items in review go back to the machine, which asks Stripe and believes nobody else."""

from datetime import datetime

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import own_transaction
from cliphaven.payouts.operations import bank_payouts, transfers


class NotInReview(Refused):
    """There is no such item, or it does not wait for a person."""

    code = "not_in_review"


@own_transaction
def look_again_for_transfer(*, transfer_id: int, now: datetime) -> None:
    """Look a transfer in review up at Stripe anew, where it has been put right. Raises NotInReview."""
    if not transfers.SENDER.look_again(item_id=transfer_id, now=now):
        raise NotInReview(f"No transfer {transfer_id} is in review.")


@own_transaction
def look_again_for_payout(*, bank_payout_id: int, now: datetime) -> None:
    """Look a bank payout in review up at Stripe anew, where it has been put right. Raises NotInReview."""
    if not bank_payouts.SENDER.look_again(item_id=bank_payout_id, now=now):
        raise NotInReview(f"No payout {bank_payout_id} is in review.")
