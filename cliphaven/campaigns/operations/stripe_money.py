"""Entries that follow from a balance transaction of Stripe's, the same for payments, refunds and disputes."""

from datetime import datetime

from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind


def cash(currency: str) -> Account:
    """Our balance at Stripe."""
    return Account(kind=AccountKind.STRIPE_BALANCE, currency=currency)


def fee_entries(*, balance_transaction_id: str, fee_minor: int, currency: str, now: datetime) -> list[ledger.Entry]:
    """What Stripe kept under a balance transaction, or gave back of it where the fee is negative; nothing for nothing.

    The fee is always ours: no sponsor's wallet pays for it.
    """
    if fee_minor == 0:
        return []
    processing = Account(kind=AccountKind.PLATFORM_PROCESSING, currency=currency)
    is_kept = fee_minor > 0
    debit, credit = (processing, cash(currency)) if is_kept else (cash(currency), processing)
    return [
        ledger.Entry(
            kind=EntryKind.PROCESSING_FEE if is_kept else EntryKind.FEE_RETURNED,
            external_id=balance_transaction_id,
            legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=abs(fee_minor)),),
            occurred_at=now,
            cause=f"balance transaction {balance_transaction_id}",
        )
    ]
