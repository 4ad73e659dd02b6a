"""What paying looks like in the books."""

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import Transfer
from cliphaven.providers import stripe


@joined_transaction
def record_transfer(*, transfer: Transfer, facts: stripe.TransferFacts) -> None:
    """A transfer exists at Stripe: what was reserved is in transit, and the cash is on the connected account.

    Raises EntryRefused; the caller's transaction is then lost.
    """

    def account(kind: AccountKind, owner_id: int | None = None) -> Account:
        return Account(kind=kind, owner_id=owner_id, currency=transfer.currency)

    creator_id = transfer.creator_id
    entry = ledger.Entry(
        kind=EntryKind.TRANSFER,
        external_id=facts.stripe_id,
        legs=(
            ledger.Leg(
                debit=account(AccountKind.CREATOR_RESERVED, creator_id),
                credit=account(AccountKind.CREATOR_IN_TRANSIT, creator_id),
                amount_minor=transfer.amount_minor,
            ),
            ledger.Leg(
                debit=account(AccountKind.STRIPE_CONNECTED, creator_id),
                credit=account(AccountKind.STRIPE_BALANCE),
                amount_minor=transfer.amount_minor,
            ),
        ),
        occurred_at=facts.created_at,
        cause=f"transfer item {transfer.id}",
    )
    ledger.record([entry])
