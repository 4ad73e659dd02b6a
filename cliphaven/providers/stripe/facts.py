"""What Stripe told us, frozen. Currencies are in our capitals, moments aware, amounts in minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A pay page that was opened, and its address."""

    session_id: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Money that really arrived, and what Stripe kept of it, as its balance transaction says.

    `booked_currency` is our balance's and so the fee's. Where it is not the payment's, Stripe converted the money.
    """

    payment_intent_id: str
    amount_received_minor: int
    currency: str
    charge_id: str
    fee_minor: int
    booked_currency: str
    balance_transaction_id: str


@dataclass(frozen=True, kw_only=True)
class CheckoutFacts:
    """A pay page as it stands. A session can be complete and unpaid; `payment` is there only when it is paid.

    `status` is open, complete or expired, `payment_status` paid, unpaid or no_payment_required; `reference` is our
    deposit's id, and `name` tells it from others that are numbered alike. `has_failed`: it was complete, and the money
    that was to follow did not come.
    """

    session_id: str
    status: str
    payment_status: str
    reference: str
    name: str
    payment: Payment | None
    has_failed: bool


@dataclass(frozen=True, kw_only=True)
class BankAccountFacts:
    """The bank account that a connected account's money in `currency` goes to. `name` is for people.

    `works` is False once a payout to it came back, or its details turned out wrong. The same account has the same
    `fingerprint` wherever it is entered; "" where Stripe tells none.
    """

    stripe_id: str
    currency: str
    name: str
    works: bool
    fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class ConnectedAccountFacts:
    """What a connected account may do now.

    `payouts_enabled` is also False while none of its bank accounts works. `bank_accounts` has one for each currency in
    which money is kept there: a transfer in any other currency would be converted.
    """

    stripe_id: str
    details_submitted: bool
    transfers_active: bool
    payouts_enabled: bool
    missing: tuple[str, ...]
    bank_accounts: tuple[BankAccountFacts, ...]


@dataclass(frozen=True, kw_only=True)
class TransferFacts:
    """A transfer that exists, and so has happened: transfers have no status. `reversed_minor` of it were taken back."""

    stripe_id: str
    amount_minor: int
    currency: str
    destination: str
    group: str
    metadata: Mapping[str, str]
    created_at: datetime
    reversed_minor: int


@dataclass(frozen=True, kw_only=True)
class PayoutFacts:
    """A payout of a connected account to its bank.

    `status` is pending, in_transit, paid, failed or canceled. `is_ours` is False for what Stripe began by itself
    (automatic payouts, debits with a negative amount) and for the reversal of an earlier payout.
    """

    stripe_id: str
    status: str
    amount_minor: int
    currency: str
    bank_account_id: str
    failure_code: str
    failure_sentence: str
    arrives_on: date
    trace_id: str
    metadata: Mapping[str, str]
    created_at: datetime
    is_ours: bool


@dataclass(frozen=True, kw_only=True)
class BalanceFacts:
    """A balance in one currency: what can be spent now, and what is still on its way in."""

    available_minor: int
    pending_minor: int


@dataclass(frozen=True, kw_only=True)
class EventFacts:
    """What a letter says that really is from Stripe. It is a hint: the object it names must be fetched again."""

    event_id: str
    event_type: str
    object_id: str
    connected_account: str
    livemode: bool
