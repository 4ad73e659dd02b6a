"""What paying looks like in the books."""

from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.payouts.models import Transfer
from cliphaven.providers import stripe


def of_transfer(transfer: Transfer, facts: stripe.TransferFacts) -> ledger.Entry:
    """A transfer that exists at Stripe: the creator's reserved money, and the cash, are on the connected account."""

    def account(kind: AccountKind, owner_id: int | None = None) -> Account:
        return Account(kind=kind, owner_id=owner_id, currency=transfer.currency)

    creator_id = transfer.creator_id
    return ledger.Entry(
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
