"""Transfer reversals: money back from a connected account, as far as it still has it."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.balance import available, book
from sandbox.stripe.books import Books, list_object, new_id
from sandbox.stripe.currencies import convert, rate
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError
from sandbox.stripe.events import emit
from sandbox.stripe.forms import Fields, Flag, Integer, Metadata, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.refunds import new_refund


def create(call: Call) -> Json:
    """Take back all of a transfer that is left, or `amount` of it, from the connected account's available balance."""
    books, given = call.books, call.given
    transfer = _transfer(call)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = given.get("amount", left)
    if amount > left or left == 0:
        raise ApiError(
            f"Reversal amount ({amount}) is greater than what is left of the transfer ({left}).", param="amount"
        )
    account = books.get("account", transfer["destination"])
    currency = _arrived_in(books, transfer)
    same = currency == transfer["currency"]
    theirs = amount if same else convert(amount, transfer["currency"], currency)
    if theirs > available(books, account["id"], currency):
        raise ApiError(
            "The recipient's available balance is insufficient to reverse this transfer.", code="balance_insufficient"
        )
    reversal: Json = {
        "id": new_id("trr"),
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": None,
        "created": books.moment,
        "currency": transfer["currency"],
        "destination_payment_refund": None,
        "metadata": merged({}, given.get("metadata", {})),
        "source_refund": None,
        "transfer": transfer["id"],
    }
    books.add(call.owner, reversal)
    reversal["balance_transaction"] = book(
        books,
        call.owner,
        type="transfer_refund",
        amount=amount,
        currency=transfer["currency"],
        source=reversal["id"],
        description=given.get("description"),
    )["id"]
    reversal["destination_payment_refund"] = _give_back(books, transfer, reversal, theirs, currency)
    books.save(reversal)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    _show(books, transfer)
    books.save(transfer)
    emit(books, call.owner, "transfer.reversed", transfer)
    return reversal


def _arrived_in(books: Books, transfer: Json) -> str:
    """The currency in which the connected account got the money, converted or not."""
    payment = books.get("charge", transfer["destination_payment"])
    return str(books.get("balance_transaction", payment["balance_transaction"])["currency"])


def _give_back(books: Books, transfer: Json, reversal: Json, theirs: int, currency: str) -> str:
    """The connected account's side: a refund of the payment it had received."""
    amount = reversal["amount"]
    payment = books.get("charge", transfer["destination_payment"])
    refund = new_refund(books, transfer["destination"], payment, amount, prefix="pyr")
    refund["source_transfer_reversal"] = reversal["id"]
    refund["balance_transaction"] = book(
        books,
        transfer["destination"],
        type="payment_refund",
        amount=-theirs,
        currency=currency,
        source=refund["id"],
        description="REFUND FOR PAYMENT",
        exchange_rate=None if currency == transfer["currency"] else float(rate(transfer["currency"], currency)),
    )["id"]
    books.save(refund)
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    books.save(payment)
    return str(refund["id"])


def _show(books: Books, transfer: Json) -> None:
    """Transfers show their ten newest reversals."""
    ids = books.ids(books.platform, "transfer_reversal", "transfer", transfer["id"])
    newest = [dict(books.get("transfer_reversal", id)) for id in reversed(ids[-10:])]
    transfer["reversals"] = list_object(f"/v1/transfers/{transfer['id']}/reversals", newest, len(ids) > len(newest))


def _transfer(call: Call) -> Json:
    return call.books.find(call.owner, "transfer", call.path["transfer"], param="transfer")


def retrieve(call: Call) -> Json:
    """One reversal of a transfer."""
    _transfer(call)
    return call.books.find(call.owner, "transfer_reversal", call.path["id"])


def listing(call: Call) -> Json:
    """The reversals of a transfer, newest first."""
    return page(call, "transfer_reversal", "transfer", _transfer(call)["id"])


CREATE: Final[Fields] = {
    "amount": Integer(lowest=1),
    "description": Text(),
    "metadata": Metadata(),
    "refund_application_fee": Flag(),
}
_ALL: Final = "/v1/transfers/{transfer}/reversals"

ENDPOINTS = [
    Endpoint("GET", _ALL, listing, PAGING, shows="transfer_reversal"),
    Endpoint("POST", _ALL, create, CREATE, shows="transfer_reversal"),
    Endpoint("GET", f"{_ALL}/{{id}}", retrieve, shows="transfer_reversal"),
]
