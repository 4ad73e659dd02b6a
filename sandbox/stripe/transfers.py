"""Transfers from the platform to connected accounts, and back. They have no states: once made, the money has moved."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.accounts import find_account, only_platform
from sandbox.stripe.balance import available, book
from sandbox.stripe.books import Books, list_object, new_id
from sandbox.stripe.charges import blank_charge
from sandbox.stripe.currencies import convert, rate
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, missing, no_such
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Currency, Fields, Integer, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import DAY
from sandbox.stripe.standing import kept_in

# Money that crosses a border, or goes to a recipient-only account, can be paid out a day later.
BORDER_DELAY: Final = DAY
PLATFORM_COUNTRY: Final = "US"


def create(call: Call) -> Json:
    """Move money to a connected account: at once, or with the charge that it comes from."""
    given, books = call.given, call.books
    only_platform(call)
    amount, currency = given.get("amount"), given["currency"]
    account = _destination(call)
    source = _source(call)
    if amount is None:
        if source is None:
            raise missing("amount")
        amount = source["amount"] - _taken(books, source["id"])
    if source is not None:
        _check_source(books, source, amount, currency)
    elif amount > available(books, call.owner, currency):
        raise ApiError(
            "You have insufficient funds in your Stripe account for this transfer. Your balance in this currency can "
            "be seen at /v1/balance: only its available part can be transferred.",
            code="balance_insufficient",
        )
    transfer = _transfer(books, given, amount, source)
    settles_on = None
    if source is not None:
        settles_on = books.get("balance_transaction", source["balance_transaction"])["available_on"]
        taken = books.hidden("charge", source["id"])
        taken["transferred"] = taken.get("transferred", 0) + amount
        books.save(source)
    books.add(call.owner, transfer)
    transfer["balance_transaction"] = book(
        books,
        call.owner,
        type="transfer",
        amount=-amount,
        currency=currency,
        source=transfer["id"],
        description=transfer["description"],
        available_on=settles_on,
    )["id"]
    books.save(transfer)
    _receive(books, transfer, account, settles_on)
    emit(books, call.owner, "transfer.created", transfer)
    return transfer


def _transfer(books: Books, given: Json, amount: int, source: Json | None) -> Json:
    id = new_id("tr")
    return {
        "id": id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": books.moment,
        "currency": given["currency"],
        "description": given.get("description"),
        "destination": given["destination"],
        "destination_payment": new_id("py"),
        "livemode": False,
        "metadata": merged({}, given.get("metadata", {})),
        "reversals": list_object(f"/v1/transfers/{id}/reversals", []),
        "reversed": False,
        "source_transaction": source["id"] if source is not None else None,
        "source_type": given.get("source_type", "card"),
        "transfer_group": _group(books, given, source),
    }


def _destination(call: Call) -> Json:
    id = call.given["destination"]
    if id == call.owner or not call.books.has(call.books.platform, "account", id):
        raise no_such("destination", id, "destination", 400)
    account = find_account(call.books, id, param="destination", status=400)
    if account["capabilities"].get("transfers") != "active":
        raise ApiError(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    return account


def _source(call: Call) -> Json | None:
    id = call.given.get("source_transaction")
    if id is None:
        return None
    return call.books.find(call.owner, "charge", id, param="source_transaction", status=400)


def _taken(books: Books, charge: str) -> int:
    return int(books.hidden("charge", charge).get("transferred", 0))


def _check_source(books: Books, source: Json, amount: int, currency: str) -> None:
    if source["status"] != "succeeded" or source["currency"] != currency:
        raise ApiError(
            "The charge must have succeeded, and be in the transfer's currency, to be its source_transaction.",
            param="source_transaction",
        )
    if amount > source["amount"] - _taken(books, source["id"]):
        raise ApiError(
            "The transfer cannot be larger than what is left of its source_transaction.",
            code="balance_insufficient",
            param="source_transaction",
        )


def _group(books: Books, given: Json, source: Json | None) -> str | None:
    group: str | None = given.get("transfer_group")
    if source is None:
        return group
    if source["transfer_group"] is None:
        source["transfer_group"] = group or f"group_{source['payment_intent'] or source['id']}"
        books.save(source)
    elif group is not None and group != source["transfer_group"]:
        raise ApiError("The transfer_group must be the one of the source_transaction.", param="transfer_group")
    return str(source["transfer_group"])


def _receive(books: Books, transfer: Json, account: Json, settles_on: int | None) -> None:
    """The connected account's side: a payment in a currency that it keeps money in."""
    currency = kept_in(books, account, transfer["currency"])
    same = currency == transfer["currency"]
    amount = transfer["amount"] if same else convert(transfer["amount"], transfer["currency"], currency)
    abroad = account["country"] != PLATFORM_COUNTRY
    if abroad or account["tos_acceptance"].get("service_agreement") == "recipient":
        settles_on = (settles_on or books.moment) + BORDER_DELAY
    payment = blank_charge(books, transfer["destination_payment"], transfer["amount"], transfer["currency"])
    payment |= {
        "amount_captured": transfer["amount"],
        "captured": True,
        "description": transfer["description"],
        "paid": True,
        "payment_method_details": {"type": "stripe_account", "stripe_account": {}},
        "source_transfer": transfer["id"],
        "status": "succeeded",
        "transfer_group": transfer["transfer_group"],
    }
    books.add(account["id"], payment)
    payment["balance_transaction"] = book(
        books,
        account["id"],
        type="payment",
        amount=amount,
        currency=currency,
        source=payment["id"],
        description=transfer["description"],
        available_on=settles_on,
        exchange_rate=None if same else float(rate(transfer["currency"], currency)),
    )["id"]
    books.save(payment)


def retrieve(call: Call) -> Json:
    """One transfer."""
    return call.books.find(call.owner, "transfer", call.path["id"], param="transfer")


def update(call: Call) -> Json:
    """Change a transfer's description or metadata."""
    transfer, given = retrieve(call), call.given
    before = copied(transfer)
    if "description" in given:
        transfer["description"] = given["description"]
    if "metadata" in given:
        transfer["metadata"] = merged(transfer["metadata"], given["metadata"])
    call.books.save(transfer)
    if transfer != before:
        emit(call.books, call.owner, "transfer.updated", transfer, before)
    return transfer


def listing(call: Call) -> Json:
    """Transfers, newest first; by group and destination."""
    given = call.given
    field = next((name for name in ("transfer_group", "destination") if name in given), "")

    def means(transfer: Json) -> bool:
        return all(transfer[name] == given[name] for name in ("transfer_group", "destination") if name in given)

    return page(call, "transfer", field, given.get(field), where=means)


CREATE: Final[Fields] = {
    "amount": Integer(lowest=1),
    "currency": Currency(required=True),
    "description": Text(),
    "destination": Text(required=True),
    "metadata": Metadata(),
    "source_transaction": Text(),
    "source_type": Text(choices=("bank_account", "card", "fpx")),
    "transfer_group": Text(),
}

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/transfers",
        listing,
        {**PAGING, "created": Period(), "destination": Text(), "transfer_group": Text()},
        shows="transfer",
    ),
    Endpoint("POST", "/v1/transfers", create, CREATE, shows="transfer"),
    Endpoint("GET", "/v1/transfers/{id}", retrieve, shows="transfer"),
    Endpoint(
        "POST",
        "/v1/transfers/{id}",
        update,
        {"description": Text(empty=True), "metadata": Metadata()},
        shows="transfer",
    ),
]
