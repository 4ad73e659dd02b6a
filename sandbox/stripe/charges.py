"""Charges: one attempt to take money. A good one becomes a balance transaction with the vendor's fee taken off."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.balance import book
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.currencies import convert
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import DAY, midnight
from sandbox.stripe.payment_methods import Method

# This pretend vendor's price: cards 2.9 % + 30 minor units; bank debits 0.8 %, at most 500.
CARD_PER_MILLE: Final = 29
CARD_FIXED: Final = 30
DEBIT_PER_MILLE: Final = 8
DEBIT_MOST: Final = 500
# Card money can be spent from the second midnight (UTC) after the payment's day.
PENDING_DAYS: Final = 2
_FILTERS: Final[tuple[str, ...]] = ("payment_intent", "transfer_group", "customer")
_NO_ADDRESS: Final = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}


def fee_for(method: Method, amount: int, currency: str) -> int:
    """The vendor's fee for a payment, in minor units of its currency, half up."""
    if method.kind == "card":
        return (amount * CARD_PER_MILLE + 500) // 1000 + convert(CARD_FIXED, "usd", currency)
    return min((amount * DEBIT_PER_MILLE + 500) // 1000, DEBIT_MOST)


def blank_charge(books: Books, id: str, amount: int, currency: str) -> Json:
    """A charge as every charge begins: no outcome yet, nobody named."""
    return {
        "id": id,
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": dict(_NO_ADDRESS),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": None,
        "captured": False,
        "created": books.moment,
        "currency": currency,
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": None,
        "payment_method": None,
        "payment_method_details": None,
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }


def new_charge(books: Books, owner: str, intent: Json, method: Method, *, email: str | None) -> Json:
    """A charge for a PaymentIntent, its outcome still open ("pending"). Card charges are `ch_…`, all others `py_…`."""
    card = method.kind == "card"
    charge = blank_charge(books, new_id("ch" if card else "py"), intent["amount"], intent["currency"])
    charge |= {
        "calculated_statement_descriptor": "SANDBOX" if card else None,
        "customer": intent["customer"],
        "description": intent["description"],
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method.details(),
        "receipt_email": intent["receipt_email"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "transfer_group": intent["transfer_group"],
    }
    charge["billing_details"]["email"] = email
    return books.add(owner, charge, {"method": method.token})


def succeed(books: Books, owner: str, charge: Json, method: Method) -> None:
    """The money is ours, less the fee; tell."""
    available_on = None if method.instant else midnight(books.moment) + PENDING_DAYS * DAY
    fee = fee_for(method, charge["amount"], charge["currency"])
    transaction = book(
        books,
        owner,
        type="charge" if method.kind == "card" else "payment",
        amount=charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        description=charge["description"],
        fees=[(fee, "Stripe processing fees")],
        available_on=available_on,
    )
    charge |= {
        "amount_captured": charge["amount"],
        "balance_transaction": transaction["id"],
        "captured": True,
        "outcome": _outcome("authorized", None),
        "paid": True,
        "status": "succeeded",
    }
    books.save(charge)
    emit(books, owner, "charge.succeeded", charge)


def fail(books: Books, owner: str, charge: Json, *, code: str, message: str, reason: str | None) -> None:
    """No money came; tell."""
    charge |= {
        "failure_code": code,
        "failure_message": message,
        "outcome": _outcome("issuer_declined", reason or code),
        "status": "failed",
    }
    books.save(charge)
    emit(books, owner, "charge.failed", charge)


def _outcome(type: str, reason: str | None) -> Json:
    good = reason is None
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if good else "declined_by_network",
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete." if good else "The bank did not return any further details.",
        "type": type,
    }


def retrieve(call: Call) -> Json:
    """One charge."""
    return call.books.find(call.owner, "charge", call.path["id"])


def update(call: Call) -> Json:
    """Change a charge's description, metadata, or group."""
    charge, given = retrieve(call), call.given
    before = copied(charge)
    for name in ("description", "receipt_email", "transfer_group"):
        if name in given:
            charge[name] = given[name]
    if "metadata" in given:
        charge["metadata"] = merged(charge["metadata"], given["metadata"])
    call.books.save(charge)
    if charge != before:
        emit(call.books, call.owner, "charge.updated", charge, before)
    return charge


def listing(call: Call) -> Json:
    """Charges, newest first; by PaymentIntent, group or customer."""
    given = call.given
    wanted = {name: given[name] for name in _FILTERS if name in given}
    field = next(iter(wanted), "")
    return page(
        call,
        "charge",
        field,
        wanted.get(field),
        where=lambda charge: all(charge[name] == value for name, value in wanted.items()),
    )


ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/charges",
        listing,
        {**PAGING, "created": Period(), "customer": Text(), "payment_intent": Text(), "transfer_group": Text()},
        shows="charge",
    ),
    Endpoint("GET", "/v1/charges/{id}", retrieve, shows="charge"),
    Endpoint(
        "POST",
        "/v1/charges/{id}",
        update,
        {"description": Text(empty=True), "metadata": Metadata(), "receipt_email": Text(), "transfer_group": Text()},
        shows="charge",
    ),
]
