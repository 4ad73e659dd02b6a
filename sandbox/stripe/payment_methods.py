"""How somebody pays here: the vendor's test cards and test bank debits, and what becomes of each."""

from dataclasses import dataclass
from typing import Final

from sandbox.store import Json


@dataclass(frozen=True)
class Method:
    """One way to pay.

    `declined` refuses at once (a decline code); `fails_later` is a debit that bounces; `instant` money never pends;
    `refund` is what becomes of a refund ("succeeds", "waits", "fails"); `disputed` opens a dispute at once.
    """

    token: str
    kind: str
    last4: str
    words: str
    declined: str | None = None
    fails_later: bool = False
    instant: bool = False
    refund: str = "succeeds"
    disputed: str | None = None

    def details(self) -> Json:
        """`payment_method_details` of a charge."""
        if self.kind == "card":
            return {
                "type": "card",
                "card": {
                    "amount_authorized": None,
                    "authorization_code": None,
                    "brand": "visa",
                    "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                    "country": "US",
                    "exp_month": 8,
                    "exp_year": 2034,
                    "fingerprint": f"sandbox{self.last4}",
                    "funding": "credit",
                    "installments": None,
                    "last4": self.last4,
                    "mandate": None,
                    "network": "visa",
                    "network_token": {"used": False},
                    "regulated_status": "unregulated",
                    "three_d_secure": None,
                    "wallet": None,
                },
            }
        return {
            "type": "us_bank_account",
            "us_bank_account": {
                "account_holder_type": "company",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "fingerprint": f"sandbox{self.last4}",
                "last4": self.last4,
                "mandate": None,
                "payment_reference": None,
                "routing_number": "110000000",
            },
        }


_METHODS: Final = (
    Method("pm_card_visa", "card", "4242", "4242 - paid, available in 2 days"),
    Method("pm_card_bypassPending", "card", "0077", "0077 - paid, available at once", instant=True),
    Method("pm_card_pendingRefund", "card", "7726", "7726 - paid, refunds wait first", refund="waits"),
    Method("pm_card_refundFail", "card", "5126", "5126 - paid, refunds fail later", refund="fails"),
    Method("pm_card_createDispute", "card", "0259", "0259 - paid, disputed as fraud", disputed="chargeback"),
    Method("pm_card_createDisputeInquiry", "card", "1976", "1976 - paid, the bank inquires", disputed="inquiry"),
    Method("pm_card_visa_chargeDeclined", "card", "0002", "0002 - declined", declined="generic_decline"),
    Method(
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "card",
        "9995",
        "9995 - declined: insufficient funds",
        declined="insufficient_funds",
    ),
    Method("pm_usBankAccount_success", "us_bank_account", "6789", "Bank debit"),
    Method(
        "pm_usBankAccount_insufficientFunds", "us_bank_account", "2227", "Bank debit that bounces", fails_later=True
    ),
)
METHODS: Final = {method.token: method for method in _METHODS}
CARDS: Final = {method.last4: method for method in _METHODS if method.kind == "card"}
DECLINED: Final = METHODS["pm_card_visa_chargeDeclined"]
DEBIT: Final = METHODS["pm_usBankAccount_success"]
BOUNCING_DEBIT: Final = METHODS["pm_usBankAccount_insufficientFunds"]
TYPES: Final = ("card", "us_bank_account")


def types_for(currency: str) -> list[str]:
    """The ways to pay in a currency: bank debits of the United States are in dollars only."""
    return list(TYPES) if currency == "usd" else ["card"]
