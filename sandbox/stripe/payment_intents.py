"""PaymentIntents: what shall be paid, through all attempts, until it is paid or canceled."""

from collections.abc import Callable
from typing import Final

from sandbox.store import Json
from sandbox.stripe import charges
from sandbox.stripe.agenda import due
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.currencies import CURRENCIES
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, missing, no_such
from sandbox.stripe.events import emit
from sandbox.stripe.forms import Currency, Fields, Flag, Group, Integer, Items, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import business_days_later
from sandbox.stripe.payment_methods import METHODS, TYPES, Method, types_for

# A bank debit is known to have worked (or bounced) after this many business days.
DEBIT_DAYS: Final = 3
MOST: Final = 99_999_999

# What follows the end of a delayed payment elsewhere: the Checkout Session it was made in.
AFTER_DEBIT: list[Callable[[Books, Json], None]] = []


def new_intent(books: Books, owner: str, amount: int, currency: str, given: Json) -> Json:
    """A PaymentIntent that waits for a payment method; `given` may hold customer, description, metadata and so on."""
    if amount < CURRENCIES[currency]:
        raise ApiError(
            f"Amount must convert to at least 50 cents: {CURRENCIES[currency]} is the least in {currency}.",
            code="amount_too_small",
            param="amount",
        )
    if amount > MOST:
        raise ApiError(f"Amount must be no more than {MOST} {currency}.", code="amount_too_large", param="amount")
    id = new_id("pi")
    intent: Json = {
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": new_id(f"{id}_secret"),
        "confirmation_method": "automatic",
        "created": books.moment,
        "currency": currency,
        "customer": given.get("customer"),
        "description": given.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merged({}, given.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": list(given.get("allowed_payment_method_types") or types_for(currency)),
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": given.get("transfer_group"),
    }
    if given.get("automatic_payment_methods", {}).get("enabled"):
        intent["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    books.add(owner, intent)
    emit(books, owner, "payment_intent.created", intent)
    return intent


def attempt(books: Books, owner: str, intent: Json, method: Method, email: str | None = None) -> None:
    """Try to pay: the intent is afterwards succeeded, processing (a debit), or waiting for another payment method."""
    intent["payment_method"] = new_id("pm")
    intent["last_payment_error"] = None
    charge = charges.new_charge(books, owner, intent, method, email=email)
    intent["latest_charge"] = charge["id"]
    if method.declined is not None:
        words = (
            "Your card has insufficient funds."
            if method.declined == "insufficient_funds"
            else "Your card was declined."
        )
        _refuse(books, intent, code="card_declined", words=words, decline=method.declined)
    elif method.kind == "card":
        charges.succeed(books, owner, charge, method)
        _receive(books, owner, intent)
        if method.disputed is not None:
            books.agenda.plan(books.moment, "dispute", f"{charge['id']} {method.disputed}")
    else:
        intent["status"] = "processing"
        books.save(intent)
        emit(books, owner, "charge.pending", charge)
        emit(books, owner, "payment_intent.processing", intent)
        books.agenda.plan(business_days_later(books.moment, DEBIT_DAYS), "debit settles", intent["id"])


@due("debit settles")
def _settle_debit(books: Books, id: str) -> None:
    intent, owner = books.get("payment_intent", id), books.owner_of("payment_intent", id)
    charge = books.get("charge", intent["latest_charge"])
    method = METHODS[books.hidden("charge", charge["id"])["method"]]
    if method.fails_later:
        words = "The customer's bank account could not be debited: insufficient funds."
        _refuse(books, intent, code="payment_intent_payment_attempt_failed", words=words, decline=None)
    else:
        charges.succeed(books, owner, charge, method)
        _receive(books, owner, intent)
    for follow in AFTER_DEBIT:
        follow(books, intent)


def _receive(books: Books, owner: str, intent: Json) -> None:
    intent["status"] = "succeeded"
    intent["amount_received"] = intent["amount"]
    books.save(intent)
    emit(books, owner, "payment_intent.succeeded", intent)


def _refuse(books: Books, intent: Json, *, code: str, words: str, decline: str | None) -> None:
    owner, charge = books.owner_of("payment_intent", intent["id"]), books.get("charge", intent["latest_charge"])
    charges.fail(books, owner, charge, code=code, message=words, reason=decline)
    error: Json = {"charge": charge["id"], "code": code, "message": words}
    error["type"] = "card_error" if decline is not None else "invalid_request_error"
    if decline is not None:
        error["decline_code"] = decline
    intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
    books.save(intent)
    emit(books, owner, "payment_intent.payment_failed", intent)


def create(call: Call) -> Json:
    """A PaymentIntent; with `confirm` it is attempted at once."""
    given = call.given
    if "customer" in given:
        call.books.find(call.owner, "customer", given["customer"], param="customer", status=400)
    if given.get("confirm") and "payment_method" not in given:
        raise missing("payment_method")
    method = _method(given["payment_method"]) if "payment_method" in given else None
    intent = new_intent(call.books, call.owner, given["amount"], given["currency"], given)
    if method is not None:
        intent["status"] = "requires_confirmation"
        call.books.hidden("payment_intent", intent["id"])["method"] = method.token
        call.books.save(intent)
    if given.get("confirm"):
        _confirm(call, intent, method)
    return intent


def _method(token: str) -> Method:
    if token not in METHODS:
        raise no_such("PaymentMethod", token, "payment_method", 400)
    return METHODS[token]


def _confirm(call: Call, intent: Json, method: Method | None) -> None:
    if method is None:
        raise missing("payment_method")
    attempt(call.books, call.owner, intent, method, call.given.get("receipt_email"))
    error = intent["last_payment_error"]
    if error is not None:
        extra = {name: error[name] for name in ("charge", "decline_code") if name in error}
        raise ApiError(
            error["message"], code=error["code"], status=402, type="card_error", payment_intent=intent, **extra
        )


def confirm(call: Call) -> Json:
    """Attempt a PaymentIntent with the payment method given now or before."""
    intent = call.books.find(call.owner, "payment_intent", call.path["id"], param="intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _wrong_status(intent, "confirm")
    hidden = call.books.hidden("payment_intent", intent["id"])
    token = call.given.get("payment_method") or hidden.get("method")
    _confirm(call, intent, _method(token) if token else None)
    return intent


def _wrong_status(intent: Json, verb: str) -> ApiError:
    return ApiError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )


def cancel(call: Call) -> Json:
    """Give a PaymentIntent up that nothing was paid for."""
    intent = call.books.find(call.owner, "payment_intent", call.path["id"], param="intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise _wrong_status(intent, "cancel")
    cancel_intent(call.books, call.owner, intent, call.given.get("cancellation_reason"))
    return intent


def cancel_intent(books: Books, owner: str, intent: Json, reason: str | None) -> None:
    """Mark a PaymentIntent canceled and tell."""
    intent |= {"status": "canceled", "canceled_at": books.moment, "cancellation_reason": reason}
    books.save(intent)
    emit(books, owner, "payment_intent.canceled", intent)


def retrieve(call: Call) -> Json:
    """One PaymentIntent."""
    return call.books.find(call.owner, "payment_intent", call.path["id"], param="intent")


def update(call: Call) -> Json:
    """Change what is told about a PaymentIntent, and its amount while nothing was attempted."""
    intent, given = retrieve(call), call.given
    if "amount" in given and intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _wrong_status(intent, "update the amount of")
    for name in ("amount", "description", "receipt_email", "transfer_group"):
        if name in given:
            intent[name] = given[name]
    if "metadata" in given:
        intent["metadata"] = merged(intent["metadata"], given["metadata"])
    return call.books.save(intent)


def listing(call: Call) -> Json:
    """PaymentIntents, newest first; of one customer."""
    if "customer" in call.given:
        return page(call, "payment_intent", "customer", call.given["customer"])
    return page(call, "payment_intent")


_METHOD_TYPES: Final = Items(Text(choices=TYPES))
CREATE: Final[Fields] = {
    "amount": Integer(required=True, lowest=1),
    "currency": Currency(required=True),
    "allowed_payment_method_types": _METHOD_TYPES,
    "automatic_payment_methods": Group({"enabled": Flag(required=True), "allow_redirects": Text()}),
    "capture_method": Text(choices=("automatic", "automatic_async")),
    "confirm": Flag(),
    "customer": Text(),
    "description": Text(),
    "metadata": Metadata(),
    "off_session": Flag(),
    "payment_method": Text(),
    "receipt_email": Text(),
    "return_url": Text(),
    "statement_descriptor": Text(longest=22),
    "statement_descriptor_suffix": Text(longest=22),
    "transfer_group": Text(),
}
UPDATE: Final[Fields] = {
    "amount": Integer(lowest=1),
    "description": Text(empty=True),
    "metadata": Metadata(),
    "receipt_email": Text(empty=True),
    "transfer_group": Text(),
}
CONFIRM: Final[Fields] = {
    "allowed_payment_method_types": _METHOD_TYPES,
    "off_session": Flag(),
    "payment_method": Text(),
    "receipt_email": Text(),
    "return_url": Text(),
}
_REASONS: Final = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/payment_intents",
        listing,
        {**PAGING, "created": Period(), "customer": Text()},
        shows="payment_intent",
    ),
    Endpoint("POST", "/v1/payment_intents", create, CREATE, shows="payment_intent"),
    Endpoint("GET", "/v1/payment_intents/{id}", retrieve, {"client_secret": Text()}, shows="payment_intent"),
    Endpoint("POST", "/v1/payment_intents/{id}", update, UPDATE, shows="payment_intent"),
    Endpoint("POST", "/v1/payment_intents/{id}/confirm", confirm, CONFIRM, shows="payment_intent"),
    Endpoint(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        cancel,
        {"cancellation_reason": Text(choices=_REASONS)},
        shows="payment_intent",
    ),
]
