"""The accounts of the books that sponsors' money moves between."""

from cliphaven.ledger.chart import Account, AccountKind


def wallet(*, organisation_id: int, currency: str) -> Account:
    """What an organisation has paid in and not set aside."""
    return Account(kind=AccountKind.SPONSOR_WALLET, owner_id=organisation_id, currency=currency)


def owed(*, organisation_id: int, currency: str) -> Account:
    """What an organisation owes."""
    return Account(kind=AccountKind.SPONSOR_RECEIVABLE, owner_id=organisation_id, currency=currency)


def refunding(*, organisation_id: int, currency: str) -> Account:
    """What an organisation asked back, and what has not left our balance."""
    return Account(kind=AccountKind.SPONSOR_REFUNDING, owner_id=organisation_id, currency=currency)


def cash(currency: str) -> Account:
    """Our balance at Stripe."""
    return Account(kind=AccountKind.STRIPE_BALANCE, currency=currency)
