"""What paying looks like in the books: entries, for whoever records them with everything else that belongs together."""

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import Transfer
from cliphaven.providers import stripe


@joined_transaction
def of_transfer(*, transfer: Transfer, facts: stripe.TransferFacts) -> ledger.Entry:
    """A transfer exists at Stripe: what was reserved is in transit, and the cash is on the connected account.

    `facts` may be of what was sent again by hand, after so much of it had been taken back.
    """
    moves = _moves(transfer, amount_minor=facts.amount_minor)
    return ledger.Entry(
        kind=EntryKind.TRANSFER,
        external_id=facts.stripe_id,
        legs=tuple(ledger.Leg(debit=to, credit=out, amount_minor=amount) for to, out, amount in moves),
        occurred_at=facts.created_at,
        cause=f"transfer item {transfer.id}",
    )


@joined_transaction
def of_reversal(*, transfer: Transfer, facts: stripe.TransferReversalFacts) -> ledger.Entry:
    """So much of a transfer was taken back: the mirror image of its entry, as far as the amount goes."""
    moves = _moves(transfer, amount_minor=facts.amount_minor)
    return ledger.Entry(
        kind=EntryKind.TRANSFER_REVERSAL,
        external_id=facts.stripe_id,
        legs=tuple(ledger.Leg(debit=out, credit=to, amount_minor=amount) for to, out, amount in moves),
        occurred_at=facts.created_at,
        cause=f"transfer item {transfer.id}",
    )


def _moves(transfer: Transfer, *, amount_minor: int) -> list[tuple[Account, Account, int]]:
    """Debit, credit and amount of each leg of a transfer."""

    def account(kind: AccountKind, owner_id: int | None = None) -> Account:
        return Account(kind=kind, owner_id=owner_id, currency=transfer.currency)

    whose = transfer.creator_id
    return [
        (
            account(AccountKind.CREATOR_RESERVED, whose),
            account(AccountKind.CREATOR_IN_TRANSIT, whose),
            amount_minor,
        ),
        (account(AccountKind.STRIPE_CONNECTED, whose), account(AccountKind.STRIPE_BALANCE), amount_minor),
    ]
