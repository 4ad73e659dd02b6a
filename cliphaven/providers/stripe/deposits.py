"""Money coming in: pay pages of sponsors."""

from typing import Any

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.stripe.client import PAGE_SIZE, READ_RETRIES, Json, asked, listed
from cliphaven.providers.stripe.facts import Checkout, CheckoutFacts, Payment

# A complete page whose payment asks for another method, or is cancelled: the first method did not bring the money.
_FAILED = frozenset({"requires_payment_method", "canceled"})


def create_checkout(
    *,
    deposit_id: int,
    amount_minor: int,
    currency: str,
    description: str,
    success_url: str,
    cancel_url: str,
    idempotency_key: str,
) -> Checkout:
    """Open a pay page for a deposit. The same key gives the same page, which also carries it as its name.

    Raises ProviderFailed.
    """
    ours = {"deposit": idempotency_key}
    return asked(
        lambda client: client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "client_reference_id": str(deposit_id),
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": currency.lower(),
                            "unit_amount": amount_minor,
                            "product_data": {"name": description},
                        },
                    }
                ],
                "metadata": ours,
                "payment_intent_data": {"metadata": ours, "transfer_group": f"deposit:{deposit_id}"},
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            # Opening a page moves nothing, and its key makes a repetition harmless.
            {"idempotency_key": idempotency_key, "max_network_retries": READ_RETRIES},
        ),
        lambda session: Checkout(session_id=session["id"], url=session["url"]),
    )


def checkout(session_id: str) -> CheckoutFacts:
    """The pay page as it stands now.

    Raises ProviderFailed; also, to be asked again later, when it is paid and Stripe has not yet booked the payment.
    """
    return asked(
        lambda client: client.v1.checkout.sessions.retrieve(
            session_id,
            {"expand": ["payment_intent.latest_charge.balance_transaction"]},
            {"max_network_retries": READ_RETRIES},
        ),
        _checkout_facts,
    )


def checkouts_of_payment(payment_intent_id: str) -> list[str]:
    """The ids of the pay pages on which a PaymentIntent was paid: one, or none when it began elsewhere.

    Raises ProviderFailed.
    """
    return listed(
        lambda client: client.v1.checkout.sessions.list(
            {"payment_intent": payment_intent_id, "limit": PAGE_SIZE}, {"max_network_retries": READ_RETRIES}
        ),
        lambda session: str(session["id"]),
    )


def payment_of_charge(charge_id: str) -> str:
    """The PaymentIntent that a charge belongs to; empty for a charge made without one. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.charges.retrieve(charge_id, {}, {"max_network_retries": READ_RETRIES}),
        lambda charge: str(charge.get("payment_intent") or ""),
    )


def _checkout_facts(session: Json) -> CheckoutFacts:
    intent = session["payment_intent"]
    return CheckoutFacts(
        session_id=session["id"],
        status=session["status"],
        payment_status=session["payment_status"],
        reference=session.get("client_reference_id") or "",
        name=(session.get("metadata") or {}).get("deposit") or "",
        payment=_payment(intent) if session["payment_status"] == "paid" else None,
        has_failed=session["status"] == "complete" and intent is not None and intent["status"] in _FAILED,
    )


def _payment(intent: dict[str, Any]) -> Payment:
    charge = intent["latest_charge"]
    booked = charge["balance_transaction"]
    if booked is None:
        raise ProviderFailed(
            "Stripe has not booked this payment yet", outcome=Outcome.NOT_EXECUTED, code="not_booked_yet"
        )
    return Payment(
        payment_intent_id=intent["id"],
        amount_received_minor=intent["amount_received"],
        currency=intent["currency"].upper(),
        charge_id=charge["id"],
        fee_minor=booked["fee"],
        booked_currency=booked["currency"].upper(),
        balance_transaction_id=booked["id"],
    )
