"""Customers: who pays."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import no_such
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Fields, Group, Items, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page

_ADDRESS_PARTS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
FIELDS: Final[Fields] = {
    "address": Group({name: Text(empty=True) for name in _ADDRESS_PARTS}, empty=True),
    "description": Text(empty=True),
    "email": Text(empty=True, longest=512),
    "metadata": Metadata(),
    "name": Text(empty=True, longest=256),
    "phone": Text(empty=True, longest=20),
    "preferred_locales": Items(Text()),
    "tax_exempt": Text(choices=("none", "exempt", "reverse")),
}


def create(call: Call) -> Json:
    """A new customer."""
    return new_customer(call.books, call.owner, call.given)


def new_customer(books: Books, owner: str, given: Json) -> Json:
    """Make a customer, and tell."""
    id = new_id("cus", 14)
    customer: Json = {
        "id": id,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": books.moment,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "invoice_prefix": id[4:12].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    _change(customer, given)
    books.add(owner, customer)
    emit(books, owner, "customer.created", customer)
    return customer


def _change(customer: Json, given: Json) -> None:
    for name in ("description", "email", "name", "phone", "preferred_locales", "tax_exempt"):
        if name in given:
            customer[name] = given[name]
    if "address" in given:
        address = given["address"]
        customer["address"] = None if address is None else {name: address.get(name) for name in _ADDRESS_PARTS}
    if "metadata" in given:
        customer["metadata"] = merged(customer["metadata"], given["metadata"])


def retrieve(call: Call) -> Json:
    """One customer; of a deleted one, that it was deleted."""
    id = call.path["id"]
    if call.books.store.get("stripe:deleted customer", id) == {"owner": call.owner}:
        return {"id": id, "object": "customer", "deleted": True}
    return call.books.find(call.owner, "customer", id)


def update(call: Call) -> Json:
    """Change a customer."""
    customer = call.books.find(call.owner, "customer", call.path["id"])
    before = copied(customer)
    _change(customer, call.given)
    call.books.save(customer)
    if customer != before:
        emit(call.books, call.owner, "customer.updated", customer, before)
    return customer


def delete(call: Call) -> Json:
    """Delete a customer; what they paid stays."""
    books, id = call.books, call.path["id"]
    if not books.has(call.owner, "customer", id):
        raise no_such("customer", id)
    customer = books.get("customer", id)
    books.forget(customer)
    books.store.put("stripe:deleted customer", id, {"owner": call.owner})
    emit(books, call.owner, "customer.deleted", customer)
    return {"id": id, "object": "customer", "deleted": True}


def listing(call: Call) -> Json:
    """Customers, newest first; with one e-mail address."""
    if "email" in call.given:
        return page(call, "customer", "email", call.given["email"])
    return page(call, "customer")


ENDPOINTS = [
    Endpoint("GET", "/v1/customers", listing, {**PAGING, "created": Period(), "email": Text()}, shows="customer"),
    Endpoint("POST", "/v1/customers", create, FIELDS, shows="customer"),
    Endpoint("GET", "/v1/customers/{id}", retrieve, shows="customer"),
    Endpoint("POST", "/v1/customers/{id}", update, FIELDS, shows="customer"),
    Endpoint("DELETE", "/v1/customers/{id}", delete),
]
