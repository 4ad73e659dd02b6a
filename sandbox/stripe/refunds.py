"""Refunds of charges. Some wait, and one that succeeded can still fail later: the money is then back on our balance."""

from typing import Final

from sandbox.store import Json
from sandbox.stripe import balance
from sandbox.stripe.agenda import due
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, missing
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Fields, Integer, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.moments import DAY
from sandbox.stripe.payment_methods import METHODS

# Disputes under which a bank has, or may yet keep, a payment's money: nobody gives that back twice.
_TAKEN: Final = frozenset({"needs_response", "under_review", "lost"})
WAITS_FOR: Final = DAY
FAILS_AFTER: Final = 2 * DAY


def new_refund(books: Books, owner: str, charge: Json, amount: int, *, prefix: str = "re") -> Json:
    """A refund object that has succeeded; its money is not moved yet."""
    card = (charge["payment_method_details"] or {}).get("type") == "card"
    refund: Json = {
        "id": new_id(prefix),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": books.moment,
        "currency": charge["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"} if card else None,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    return books.add(owner, refund)


def create(call: Call) -> Json:
    """Give back all of a charge that is left, or `amount` of it. Without enough available money it waits for some."""
    books, given = call.books, call.given
    charge = _charge(call)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if any(
        books.get("dispute", id)["status"] in _TAKEN for id in books.ids(call.owner, "dispute", "charge", charge["id"])
    ):
        raise ApiError(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    amount = given.get("amount", left)
    if amount > left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount"
        )
    refund = new_refund(books, call.owner, charge, amount)
    refund["reason"] = given.get("reason")
    refund["metadata"] = merged({}, given.get("metadata", {}))
    if amount > balance.available(books, call.owner, charge["currency"]):
        refund |= {"status": "pending", "pending_reason": "insufficient_funds"}
        _set_waiting(books, call.owner, [*_waiting(books, call.owner), refund["id"]])
    else:
        _send(books, call.owner, refund, charge)
    books.save(refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    books.save(charge)
    emit(books, call.owner, "refund.created", refund)
    emit(books, call.owner, "charge.refunded", charge)
    return refund


def _charge(call: Call) -> Json:
    given, books = call.given, call.books
    if "charge" in given:
        charge = books.find(call.owner, "charge", given["charge"], param="charge")
    elif "payment_intent" in given:
        intent = books.find(call.owner, "payment_intent", given["payment_intent"], param="payment_intent")
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = books.get("charge", intent["latest_charge"])
    else:
        raise missing("charge")
    if charge["status"] != "succeeded" or "method" not in books.hidden("charge", charge["id"]):
        raise ApiError(
            f"Charge {charge['id']} is not a successful payment by a payer and cannot be refunded.",
            code="charge_not_refundable",
        )
    return charge


def _send(books: Books, owner: str, refund: Json, charge: Json) -> None:
    """Take the money off the balance; the payment method decides what comes later."""
    card = charge["id"].startswith("ch_")
    refund["balance_transaction"] = balance.book(
        books,
        owner,
        type="refund" if card else "payment_refund",
        amount=-refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
        description=f"REFUND FOR {'CHARGE' if card else 'PAYMENT'}",
    )["id"]
    refund.pop("pending_reason", None)
    outcome = METHODS[books.hidden("charge", charge["id"])["method"]].refund
    if outcome == "waits":
        refund |= {"status": "pending", "pending_reason": "processing"}
        books.agenda.plan(books.moment + WAITS_FOR, "refund succeeds", refund["id"])
    else:
        refund["status"] = "succeeded"
    if outcome == "fails":
        books.agenda.plan(books.moment + FAILS_AFTER, "refund fails", refund["id"])


@due("refund succeeds")
def _succeed(books: Books, id: str) -> None:
    refund = books.get("refund", id)
    before = copied(refund)
    refund["status"] = "succeeded"
    refund.pop("pending_reason", None)
    books.save(refund)
    _tell(books, refund, "refund.updated", before)


@due("refund fails")
def _fail(books: Books, id: str) -> None:
    refund, owner = books.get("refund", id), books.owner_of("refund", id)
    before = copied(refund)
    charge = books.get("charge", refund["charge"])
    returned = balance.book(
        books,
        owner,
        type="refund_failure",
        amount=refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
        description="REFUND FAILURE",
    )
    refund |= {
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": returned["id"],
    }
    books.save(refund)
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    books.save(charge)
    _tell(books, refund, "refund.failed", before)


def _tell(books: Books, refund: Json, type: str, before: Json) -> None:
    owner = books.owner_of("refund", refund["id"])
    emit(books, owner, type, refund, before if type.endswith("updated") else None)
    emit(books, owner, "charge.refund.updated", refund, before)


# Refunds that wait for money, in the order in which they were asked for.
_WAITING: Final = "stripe:refunds without funds"


def _waiting(books: Books, owner: str) -> list[str]:
    return list((books.store.get(_WAITING, owner) or {"ids": []})["ids"])


def _set_waiting(books: Books, owner: str, ids: list[str]) -> None:
    books.store.put(_WAITING, owner, {"ids": ids})


def _send_waiting(books: Books, owner: str) -> None:
    waiting = _waiting(books, owner)
    while waiting:
        refund = books.get("refund", waiting[0])
        if refund["amount"] > balance.available(books, owner, refund["currency"]):
            break
        before = copied(refund)
        _send(books, owner, refund, books.get("charge", refund["charge"]))
        books.save(refund)
        _tell(books, refund, "refund.updated", before)
        waiting.pop(0)
        _set_waiting(books, owner, waiting)


balance.AFTER_AVAILABLE.append(_send_waiting)


def retrieve(call: Call) -> Json:
    """One refund."""
    return call.books.find(call.owner, "refund", call.path["id"])


def update(call: Call) -> Json:
    """Change a refund's metadata."""
    refund = retrieve(call)
    before = copied(refund)
    if "metadata" in call.given:
        refund["metadata"] = merged(refund["metadata"], call.given["metadata"])
    call.books.save(refund)
    if refund != before:
        _tell(call.books, refund, "refund.updated", before)
    return refund


def listing(call: Call) -> Json:
    """Refunds, newest first; of one charge or PaymentIntent."""
    given = call.given
    field = next((name for name in ("charge", "payment_intent") if name in given), "")

    def means(refund: Json) -> bool:
        return all(refund[name] == given[name] for name in ("charge", "payment_intent") if name in given)

    return page(call, "refund", field, given.get(field), where=means)


CREATE: Final[Fields] = {
    "amount": Integer(lowest=1),
    "charge": Text(),
    "metadata": Metadata(),
    "payment_intent": Text(),
    "reason": Text(choices=("duplicate", "fraudulent", "requested_by_customer")),
}

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/refunds",
        listing,
        {**PAGING, "charge": Text(), "created": Period(), "payment_intent": Text()},
        shows="refund",
    ),
    Endpoint("POST", "/v1/refunds", create, CREATE, shows="refund"),
    Endpoint("GET", "/v1/refunds/{id}", retrieve, shows="refund"),
    Endpoint("POST", "/v1/refunds/{id}", update, {"metadata": Metadata()}, shows="refund"),
]
