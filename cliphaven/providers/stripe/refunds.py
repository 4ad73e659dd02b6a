"""Money going back to the cards and bank accounts that it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cliphaven.providers.stripe.client import PAGE_SIZE, READ_RETRIES, Json, asked, listed, moment, sent


@dataclass(frozen=True, kw_only=True)
class MoneyMoved:
    """A balance transaction: what it did to our balance before its fee (signed), and the fee, in its own currency."""

    balance_transaction_id: str
    amount_minor: int
    fee_minor: int
    currency: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class RefundFacts:
    """A refund as it stands. `status` is Stripe's word: pending, requires_action, succeeded, failed, canceled.

    `taken` is there once the money left our balance, `returned` once it came back because the refund failed after that.
    """

    stripe_id: str
    charge_id: str
    status: str
    amount_minor: int
    currency: str
    failure_code: str
    metadata: Mapping[str, str]
    created_at: datetime
    taken: MoneyMoved | None
    returned: MoneyMoved | None


_EXPAND = ["balance_transaction", "failure_balance_transaction"]


def send_refund(*, charge_id: str, amount_minor: int, metadata: Mapping[str, str], idempotency_key: str) -> RefundFacts:
    """Give a part of a charge back. What is answered exists, and may still wait, or fail later.

    Raises ProviderFailed. With an unknown outcome the same key must be sent again within a day, or the charge's refunds
    looked through.
    """
    return sent(
        lambda client: client.v1.refunds.create(
            {
                "charge": charge_id,
                "amount": amount_minor,
                "reason": "requested_by_customer",
                "metadata": dict(metadata),
                "expand": _EXPAND,
            },
            {"idempotency_key": idempotency_key, "max_network_retries": 0},
        ),
        _refund_facts,
    )


def refund(stripe_id: str) -> RefundFacts:
    """One refund. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.refunds.retrieve(
            stripe_id, {"expand": _EXPAND}, {"max_network_retries": READ_RETRIES}
        ),
        _refund_facts,
    )


def refunds_of_charge(charge_id: str) -> list[RefundFacts]:
    """Every refund of a charge, newest first. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.refunds.list(
            {"charge": charge_id, "limit": PAGE_SIZE, "expand": [f"data.{name}" for name in _EXPAND]},
            {"max_network_retries": READ_RETRIES},
        ),
        _refund_facts,
    )


def money_moved(balance_transaction: Json) -> MoneyMoved:
    """An expanded balance transaction's part that is booked."""
    return MoneyMoved(
        balance_transaction_id=balance_transaction["id"],
        amount_minor=balance_transaction["amount"],
        fee_minor=balance_transaction["fee"],
        currency=balance_transaction["currency"].upper(),
        created_at=moment(balance_transaction["created"]),
    )


def _refund_facts(refund: Json) -> RefundFacts:
    taken, returned = refund.get("balance_transaction"), refund.get("failure_balance_transaction")
    return RefundFacts(
        stripe_id=refund["id"],
        charge_id=refund["charge"],
        status=refund["status"],
        amount_minor=refund["amount"],
        currency=refund["currency"].upper(),
        failure_code=refund.get("failure_reason") or "",
        metadata=refund.get("metadata") or {},
        created_at=moment(refund["created"]),
        taken=money_moved(taken) if taken else None,
        returned=money_moved(returned) if returned else None,
    )
