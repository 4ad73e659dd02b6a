"""What Stripe keeps under a balance transaction: the same for payments, refunds and disputes."""

from datetime import datetime

from cliphaven.campaigns.queries import accounts
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind


@joined_transaction
def record_fee(*, balance_transaction_id: str, fee_minor: int, currency: str, now: datetime) -> None:
    """Book what Stripe kept under a balance transaction, or gave back of it where the fee is negative; nothing for 0.

    The fee is always ours: no sponsor's wallet pays for it.
    """
    if fee_minor == 0:
        return
    processing = Account(kind=AccountKind.PLATFORM_PROCESSING, currency=currency)
    is_kept = fee_minor > 0
    debit, credit = (processing, accounts.cash(currency)) if is_kept else (accounts.cash(currency), processing)
    ledger.record(
        [
            ledger.Entry(
                kind=EntryKind.PROCESSING_FEE if is_kept else EntryKind.FEE_RETURNED,
                external_id=balance_transaction_id,
                legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=abs(fee_minor)),),
                occurred_at=now,
                cause=f"balance transaction {balance_transaction_id}",
            )
        ]
    )
