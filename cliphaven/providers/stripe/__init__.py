"""Stripe in our words: the only place with its SDK. Frozen facts come out, or ProviderFailed; amounts are minor units.

Writes that move money are never repeated in here: whoever asks decides by the outcome, with a key of its own.
"""

from cliphaven.providers.stripe.accounts import (
    connected_account,
    create_connected_account,
    dashboard_link,
    onboarding_link,
)
from cliphaven.providers.stripe.balance_transactions import (
    BalanceTransactionFacts,
    BalanceTransactionPage,
    balance_transactions_after,
    balance_transactions_before,
)
from cliphaven.providers.stripe.deposits import checkout, checkouts_of_payment, create_checkout, payment_of_charge
from cliphaven.providers.stripe.disputes import (
    DisputeFacts,
    WarningFacts,
    dispute,
    disputes_since,
    fraud_warning,
    fraud_warnings_since,
)
from cliphaven.providers.stripe.events import EventRefused, verified_event
from cliphaven.providers.stripe.facts import (
    BalanceFacts,
    BankAccountFacts,
    Checkout,
    CheckoutFacts,
    ConnectedAccountFacts,
    EventFacts,
    Payment,
    PayoutFacts,
    TransferFacts,
)
from cliphaven.providers.stripe.outgoing import (
    TransferPage,
    balance,
    payout,
    payouts_of,
    send_payout,
    send_transfer,
    transfer,
    transfers_between,
    transfers_in_group,
    transfers_to,
)
from cliphaven.providers.stripe.refunds import MoneyMoved, RefundFacts, refund, refunds_of_charge, send_refund
from cliphaven.providers.stripe.reversals import TransferReversalFacts, reversals_of, reverse_transfer

__all__ = [
    "BalanceFacts",
    "BalanceTransactionFacts",
    "BalanceTransactionPage",
    "BankAccountFacts",
    "Checkout",
    "CheckoutFacts",
    "ConnectedAccountFacts",
    "DisputeFacts",
    "EventFacts",
    "EventRefused",
    "MoneyMoved",
    "Payment",
    "PayoutFacts",
    "RefundFacts",
    "TransferFacts",
    "TransferPage",
    "TransferReversalFacts",
    "WarningFacts",
    "balance",
    "balance_transactions_after",
    "balance_transactions_before",
    "checkout",
    "checkouts_of_payment",
    "connected_account",
    "create_checkout",
    "create_connected_account",
    "dashboard_link",
    "dispute",
    "disputes_since",
    "fraud_warning",
    "fraud_warnings_since",
    "onboarding_link",
    "payment_of_charge",
    "payout",
    "payouts_of",
    "refund",
    "refunds_of_charge",
    "reversals_of",
    "reverse_transfer",
    "send_payout",
    "send_refund",
    "send_transfer",
    "transfer",
    "transfers_between",
    "transfers_in_group",
    "transfers_to",
    "verified_event",
]
