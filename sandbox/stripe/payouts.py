"""Payouts to bank accounts, of connected accounts and of the platform.

A payout is `pending`, an hour later `in_transit`, and `paid` at midnight of the second business day. Paid is not final:
to a failing test number it comes back a day after, as `failed` (a wrong currency is refused instead of paid).
"""

from typing import Final

from sandbox.store import Json
from sandbox.stripe.agenda import due
from sandbox.stripe.balance import available, book
from sandbox.stripe.bank_accounts import FAILING_NUMBERS, destination_for, mark_errored
from sandbox.stripe.books import Books, new_id
from sandbox.stripe.currencies import WHOLE_UNITS_ONLY
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Currency, Fields, Integer, Metadata, Period, Text, merged
from sandbox.stripe.lists import PAGING, page, within
from sandbox.stripe.moments import DAY, HOUR, business_days_later

SUBMITTED_AFTER: Final = HOUR
ARRIVES_AFTER_BUSINESS_DAYS: Final = 2
RETURNED_AFTER: Final = DAY
REFUSED_INSTEAD_OF_PAID: Final = frozenset({"invalid_currency"})
_MESSAGES: Final = {
    "no_account": "The bank could not locate this bank account.",
    "account_closed": "The bank account has been closed.",
    "insufficient_funds": "The account the payout was drawn from had insufficient funds.",
    "debit_not_authorized": "Debit transactions are not approved on this bank account.",
    "invalid_currency": "The bank account does not accept payouts in this currency.",
}


def create(call: Call) -> Json:
    """Pay out available money to the default bank account of the currency, or to `destination`."""
    given, books, owner = call.given, call.books, call.owner
    amount, currency = given["amount"], given["currency"]
    if given.get("method") == "instant":
        raise ApiError(
            "Instant payouts are not supported by this account's bank account.", code="instant_payouts_unsupported"
        )
    if currency in WHOLE_UNITS_ONLY and amount % 100:
        raise ApiError(f"Payouts in {currency} must be divisible by 100.", param="amount")
    bank = _destination(call, currency)
    if amount > available(books, owner, currency):
        raise ApiError(
            "You have insufficient funds in your Stripe account for this payout: only the available part of the "
            "balance in this currency can be paid out.",
            code="balance_insufficient",
        )
    return new_payout(books, owner, bank, amount, given)


def _destination(call: Call, currency: str) -> Json:
    books, owner = call.books, call.owner
    named = call.given.get("destination")
    if named is not None:
        bank = books.find(owner, "bank_account", named, param="destination", status=400)
        if bank["status"] == "errored":
            raise ApiError(
                "Payouts to this bank account failed before. Update it, or use another one.",
                code="bank_account_unusable",
                param="destination",
            )
    if owner != books.platform and not books.get("account", owner)["payouts_enabled"]:
        raise ApiError(
            "Payouts are disabled on this account: its requirements are not fulfilled, or its bank account failed.",
            code="payouts_not_allowed",
        )
    chosen = bank if named is not None else destination_for(books, owner, currency)
    if chosen is None or chosen["currency"] != currency:
        raise ApiError(
            f"Sorry, you don't have any external accounts in that currency ({currency}).", param="destination"
        )
    return chosen


def new_payout(books: Books, owner: str, bank: Json, amount: int, given: Json, *, automatic: bool = False) -> Json:
    """Send money on its way; the caller has checked that it is there."""
    payout: Json = {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": business_days_later(books.moment, ARRIVES_AFTER_BUSINESS_DAYS),
        "automatic": automatic,
        "balance_transaction": None,
        "created": books.moment,
        "currency": bank["currency"],
        "description": given.get("description", "STRIPE PAYOUT" if automatic else None),
        "destination": bank["id"],
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": merged({}, given.get("metadata", {})),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": given.get("source_type", "card"),
        "statement_descriptor": given.get("statement_descriptor"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
    number = books.hidden("bank_account", bank["id"])["number"]
    books.add(owner, payout, {"failure": FAILING_NUMBERS.get(number), "transactions": []})
    payout["balance_transaction"] = book(
        books,
        owner,
        type="payout",
        amount=-amount,
        currency=payout["currency"],
        source=payout["id"],
        description=payout["description"] or "STRIPE PAYOUT",
    )["id"]
    books.save(payout)
    emit(books, owner, "payout.created", payout)
    books.agenda.plan(books.moment + SUBMITTED_AFTER, "payout submitted", payout["id"])
    return payout


@due("payout submitted")
def _submit(books: Books, id: str) -> None:
    payout = books.get("payout", id)
    if payout["status"] != "pending":
        return
    before = copied(payout)
    payout["status"] = "in_transit"
    books.save(payout)
    emit(books, books.owner_of("payout", id), "payout.updated", payout, before)
    books.agenda.plan(payout["arrival_date"], "payout arrives", id)


@due("payout arrives")
def _arrive(books: Books, id: str) -> None:
    payout, owner = books.get("payout", id), books.owner_of("payout", id)
    failure = books.hidden("payout", id)["failure"]
    if failure in REFUSED_INSTEAD_OF_PAID:
        _return(books, id)
        return
    payout["status"] = "paid"
    payout["trace_id"] = {"status": "supported", "value": id[-12:].upper()}
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
    books.save(payout)
    emit(books, owner, "payout.paid", payout)
    if payout["automatic"]:
        emit(books, owner, "payout.reconciliation_completed", payout)
    if failure is not None:
        books.agenda.plan(books.moment + RETURNED_AFTER, "payout returned", id)


@due("payout returned")
def _return(books: Books, id: str) -> None:
    """The bank sends the money back: it is on the account's balance again, and the bank account is errored."""
    payout, owner = books.get("payout", id), books.owner_of("payout", id)
    failure = books.hidden("payout", id)["failure"]
    returned = _give_back(books, owner, payout, "payout_failure", "STRIPE PAYOUT FAILURE")
    payout |= {
        "status": "failed",
        "failure_code": failure,
        "failure_message": _MESSAGES[failure],
        "failure_balance_transaction": returned,
        "trace_id": {"status": "unsupported", "value": None},
    }
    books.save(payout)
    emit(books, owner, "payout.failed", payout)
    if books.has(owner, "bank_account", payout["destination"]):
        mark_errored(books, books.get("bank_account", payout["destination"]))


def _give_back(books: Books, owner: str, payout: Json, type: str, description: str) -> str:
    returned = book(
        books,
        owner,
        type=type,
        amount=payout["amount"],
        currency=payout["currency"],
        source=payout["id"],
        description=description,
    )
    return str(returned["id"])


def cancel(call: Call) -> Json:
    """Stop a payout that is still pending."""
    payout = retrieve(call)
    if payout["status"] != "pending":
        raise ApiError(f"Payouts can only be canceled while pending; this one is {payout['status']}.")
    if payout["automatic"]:
        raise ApiError("Automatic payouts cannot be canceled.")
    payout["failure_balance_transaction"] = _give_back(
        call.books, call.owner, payout, "payout_cancel", "STRIPE PAYOUT CANCEL"
    )
    payout["status"] = "canceled"
    call.books.save(payout)
    emit(call.books, call.owner, "payout.canceled", payout)
    return payout


def retrieve(call: Call) -> Json:
    """One payout."""
    return call.books.find(call.owner, "payout", call.path["id"], param="payout")


def update(call: Call) -> Json:
    """Change a payout's metadata."""
    payout = retrieve(call)
    before = copied(payout)
    if "metadata" in call.given:
        payout["metadata"] = merged(payout["metadata"], call.given["metadata"])
    call.books.save(payout)
    if payout != before:
        emit(call.books, call.owner, "payout.updated", payout, before)
    return payout


def listing(call: Call) -> Json:
    """Payouts, newest first; by status, destination and day of arrival."""
    given = call.given

    def means(payout: Json) -> bool:
        plain = all(payout[name] == given[name] for name in ("destination", "status") if name in given)
        return plain and ("arrival_date" not in given or within(payout["arrival_date"], given["arrival_date"]))

    field = next((name for name in ("status", "destination") if name in given), "")
    return page(call, "payout", field, given.get(field), where=means)


CREATE: Final[Fields] = {
    "amount": Integer(required=True, lowest=1),
    "currency": Currency(required=True),
    "description": Text(),
    "destination": Text(),
    "metadata": Metadata(),
    "method": Text(choices=("standard", "instant")),
    "source_type": Text(choices=("bank_account", "card", "fpx")),
    "statement_descriptor": Text(longest=22),
}
LIST: Final[Fields] = {
    **PAGING,
    "arrival_date": Period(),
    "created": Period(),
    "destination": Text(),
    "status": Text(choices=("pending", "in_transit", "paid", "failed", "canceled")),
}

ENDPOINTS = [
    Endpoint("GET", "/v1/payouts", listing, LIST, shows="payout"),
    Endpoint("POST", "/v1/payouts", create, CREATE, shows="payout"),
    Endpoint("GET", "/v1/payouts/{id}", retrieve, shows="payout"),
    Endpoint("POST", "/v1/payouts/{id}", update, {"metadata": Metadata()}, shows="payout"),
    Endpoint("POST", "/v1/payouts/{id}/cancel", cancel, shows="payout"),
]
