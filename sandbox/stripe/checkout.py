"""Checkout Sessions: a basket and a page to pay it on."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe import payment_intents
from sandbox.stripe.agenda import due
from sandbox.stripe.books import Books, list_object
from sandbox.stripe.checkout_shape import basket_item, open_session
from sandbox.stripe.currencies import CURRENCIES
from sandbox.stripe.customers import new_customer
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, missing
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Currency, Fields, Group, Integer, Items, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import DAY, HOUR
from sandbox.stripe.payment_methods import TYPES, Method

OPEN_FOR: Final = DAY
SHORTEST: Final = HOUR // 2


def create(call: Call) -> Json:
    """A session in mode `payment` with a hosted page; the PaymentIntent comes into being when somebody tries to pay."""
    given, books = call.given, call.books
    for name in ("mode", "line_items", "success_url"):
        if not given.get(name):
            raise missing(name)
    if "customer" in given:
        books.find(call.owner, "customer", given["customer"], param="customer", status=400)
    if "customer" in given and "customer_email" in given:
        raise ApiError("You may only specify one of these parameters: customer, customer_email.")
    items = [basket_item(books, number, item) for number, item in enumerate(given["line_items"])]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise ApiError("All prices on a Checkout Session must use the same currency.", param="line_items")
    currency, total = currencies.pop(), sum(item["amount_total"] for item in items)
    if total < CURRENCIES[currency]:
        raise ApiError(
            f"The Checkout Session's total amount must be at least {CURRENCIES[currency]} {currency}.",
            code="amount_too_small",
        )
    open_for = max(OPEN_FOR, books.for_people(SHORTEST))
    expires_at = given.get("expires_at", books.moment + open_for)
    if not books.moment + SHORTEST <= expires_at <= books.moment + open_for:
        raise ApiError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    session = open_session(books, given, currency=currency, total=total, expires_at=expires_at)
    hidden = {"line_items": items, "intent": given.get("payment_intent_data", {})}
    books.add(call.owner, session, hidden)
    books.agenda.plan(expires_at, "session expires", session["id"])
    return session


def pay(books: Books, session: Json, method: Method) -> bool:
    """Try to pay an open session; False when the payment was declined and the session stays open."""
    owner = books.owner_of("checkout.session", session["id"])
    if session["payment_intent"] is None:
        wish = books.hidden("checkout.session", session["id"])["intent"]
        given = {
            **wish,
            "customer": session["customer"],
            "allowed_payment_method_types": session["payment_method_types"],
        }
        intent = payment_intents.new_intent(books, owner, session["amount_total"], session["currency"], given)
        session["payment_intent"] = intent["id"]
        books.save(session)
    intent = books.get("payment_intent", session["payment_intent"])
    email = session["customer_email"] or _customer_email(books, session) or "payer@example.com"
    if session["customer_creation"] == "always" and session["customer"] is None:
        session["customer"] = intent["customer"] = new_customer(books, owner, {"email": email})["id"]
    payment_intents.attempt(books, owner, intent, method, email)
    if intent["status"] == "requires_payment_method":
        return False
    session |= {
        "customer_details": {
            "address": None,
            "email": email,
            "name": None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "status": "complete",
        "url": None,
    }
    books.save(session)
    emit(books, owner, "checkout.session.completed", session)
    return True


def _customer_email(books: Books, session: Json) -> str | None:
    owner = books.owner_of("checkout.session", session["id"])
    if session["customer"] is None or not books.has(owner, "customer", session["customer"]):
        return None
    email: str | None = books.get("customer", session["customer"])["email"]
    return email


def _after_debit(books: Books, intent: Json) -> None:
    owner = books.owner_of("payment_intent", intent["id"])
    for id in list(books.ids(owner, "checkout.session", "payment_intent", intent["id"])):
        session = books.get("checkout.session", id)
        worked = intent["status"] == "succeeded"
        if worked:
            session["payment_status"] = "paid"
            books.save(session)
        emit(books, owner, f"checkout.session.async_payment_{'succeeded' if worked else 'failed'}", session)


payment_intents.AFTER_DEBIT.append(_after_debit)


@due("session expires")
def _expire_when_due(books: Books, id: str) -> None:
    session = books.get("checkout.session", id)
    if session["status"] == "open":
        _expire(books, session)


def _expire(books: Books, session: Json) -> None:
    owner = books.owner_of("checkout.session", session["id"])
    session |= {"status": "expired", "url": None}
    books.save(session)
    if session["payment_intent"] is not None:
        payment_intents.cancel_intent(books, owner, books.get("payment_intent", session["payment_intent"]), "expired")
    emit(books, owner, "checkout.session.expired", session)


def expire(call: Call) -> Json:
    """Close an open session before its time."""
    session = retrieve(call)
    if session["status"] != "open":
        raise ApiError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}."
        )
    _expire(call.books, session)
    return session


def retrieve(call: Call) -> Json:
    """One session."""
    return call.books.find(call.owner, "checkout.session", call.path["id"])


def update(call: Call) -> Json:
    """Change a session's metadata."""
    session = retrieve(call)
    if "metadata" in call.given:
        session["metadata"] = merged(session["metadata"], call.given["metadata"])
    return call.books.save(session)


def listing(call: Call) -> Json:
    """Sessions, newest first; by PaymentIntent, customer or status."""
    given = call.given

    def means(session: Json) -> bool:
        return all(session[name] == given[name] for name in ("payment_intent", "customer", "status") if name in given)

    field = next((name for name in ("payment_intent", "customer") if name in given), "")
    return page(call, "checkout.session", field, given.get(field), where=means)


def line_items(call: Call) -> Json:
    """What is in the basket."""
    session = retrieve(call)
    items = call.books.hidden("checkout.session", session["id"])["line_items"]
    limit = call.given.get("limit", 10)
    return list_object(call.url, copied({"items": items})["items"][:limit], len(items) > limit)


_PRODUCT: Final = Group(
    {"name": Text(required=True), "description": Text(), "images": Items(Text()), "metadata": Metadata()}
)
_PRICE: Final = Group(
    {
        "currency": Currency(required=True),
        "product": Text(),
        "product_data": _PRODUCT,
        "unit_amount": Integer(required=True, lowest=0),
        "tax_behavior": Text(choices=("exclusive", "inclusive", "unspecified")),
    }
)
_INTENT: Final = Group(
    {
        "description": Text(),
        "metadata": Metadata(),
        "receipt_email": Text(),
        "statement_descriptor": Text(longest=22),
        "statement_descriptor_suffix": Text(longest=22),
        "transfer_group": Text(),
    }
)
CREATE: Final[Fields] = {
    "allowed_payment_method_types": Items(Text(choices=TYPES)),
    "billing_address_collection": Text(choices=("auto", "required")),
    "cancel_url": Text(),
    "client_reference_id": Text(longest=200),
    "customer": Text(),
    "customer_creation": Text(choices=("always", "if_required")),
    "customer_email": Text(longest=512),
    "expires_at": Integer(),
    "line_items": Items(Group({"price_data": _PRICE, "quantity": Integer(lowest=1), "metadata": Metadata()})),
    "locale": Text(),
    "metadata": Metadata(),
    "mode": Text(choices=("payment",)),
    "payment_intent_data": _INTENT,
    "submit_type": Text(choices=("auto", "book", "donate", "pay")),
    "success_url": Text(),
    "ui_mode": Text(choices=("hosted_page",)),
}
LIST: Final[Fields] = {
    **PAGING,
    "created": Period(),
    "customer": Text(),
    "payment_intent": Text(),
    "status": Text(choices=("open", "complete", "expired")),
}

ENDPOINTS = [
    Endpoint("GET", "/v1/checkout/sessions", listing, LIST, shows="checkout.session"),
    Endpoint("POST", "/v1/checkout/sessions", create, CREATE, shows="checkout.session"),
    Endpoint("GET", "/v1/checkout/sessions/{id}", retrieve, shows="checkout.session"),
    Endpoint("POST", "/v1/checkout/sessions/{id}", update, {"metadata": Metadata()}, shows="checkout.session"),
    Endpoint("POST", "/v1/checkout/sessions/{id}/expire", expire, shows="checkout.session"),
    Endpoint("GET", "/v1/checkout/sessions/{id}/line_items", line_items, PAGING, shows="item"),
]
