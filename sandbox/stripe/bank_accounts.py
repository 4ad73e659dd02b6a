"""Bank accounts that connected accounts (and the platform) are paid out to.

The account number decides what becomes of a payout, as with the real vendor's test numbers.
"""

import hashlib
import re
from typing import Final

from sandbox.store import Json
from sandbox.stripe.accounts import find_account
from sandbox.stripe.books import Books, list_object, new_id
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError, no_such
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Currency, Either, Fields, Flag, Metadata, Text, merged
from sandbox.stripe.lists import PAGING, page
from sandbox.stripe.standing import bank_accounts_of, review

GOOD_NUMBER: Final = "000123456789"
ROUTING_NUMBER: Final = "110000000"
# The failure that each test number leads to.
FAILING_NUMBERS: Final[dict[str, str]] = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}
_BANK: Final[Fields] = {
    "object": Text(required=True, choices=("bank_account",)),
    "account_number": Text(required=True, longest=34),
    "routing_number": Text(),
    "country": Text(required=True),
    "currency": Currency(),
    "account_holder_name": Text(),
    "account_holder_type": Text(choices=("individual", "company")),
}


def add_bank_account(books: Books, account: str, details: Json, *, default: bool = False, metadata: Json) -> Json:
    """Give an account a bank account and tell. The first in a currency is the default for it."""
    number = re.sub(r"[ -]", "", details["account_number"])
    if not re.fullmatch(r"[0-9A-Z]{4,34}", number):
        raise ApiError(
            "You must use a valid bank account number.",
            code="account_number_invalid",
            param="external_account[account_number]",
        )
    currency = details.get("currency") or "usd"
    siblings = [bank for bank in bank_accounts_of(books, account) if bank["currency"] == currency]
    bank: Json = {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account,
        "account_holder_name": details.get("account_holder_name"),
        "account_holder_type": details.get("account_holder_type"),
        "account_type": None,
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": details["country"].upper(),
        "currency": currency,
        "default_for_currency": default or not siblings,
        "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
        "future_requirements": _nothing_due(),
        "last4": number[-4:],
        "metadata": metadata,
        "requirements": _nothing_due(),
        "routing_number": details.get("routing_number") or ROUTING_NUMBER,
        "status": "new",
    }
    books.add(account, bank, {"number": number})
    if default:
        _only_default(books, bank)
    if account != books.platform:
        emit(books, account, "account.external_account.created", bank)
        review(books, books.get("account", account))
    return bank


def _nothing_due() -> Json:
    return {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}


def _only_default(books: Books, bank: Json) -> None:
    for other in bank_accounts_of(books, bank["account"]):
        if other["currency"] == bank["currency"] and other["default_for_currency"] != (other["id"] == bank["id"]):
            other["default_for_currency"] = other["id"] == bank["id"]
            books.save(other)


def mark_errored(books: Books, bank: Json) -> None:
    """A payout came back from this bank account: it takes no more payouts, and the account hears of it."""
    if bank["status"] == "errored":
        return
    before = bank["status"]
    bank["status"] = "errored"
    books.save(bank)
    if bank["account"] != books.platform:
        emit(books, bank["account"], "account.external_account.updated", bank, {"status": before})
        review(books, books.get("account", bank["account"]))


def destination_for(books: Books, owner: str, currency: str) -> Json | None:
    """The bank account that payouts of a currency go to by default; the platform has one in every currency."""
    banks = [bank for bank in bank_accounts_of(books, owner) if bank["currency"] == currency]
    if not banks and owner == books.platform:
        details = {"account_number": GOOD_NUMBER, "country": "US", "currency": currency}
        return add_bank_account(books, owner, details, metadata={})
    return next((bank for bank in banks if bank["default_for_currency"]), None)


def remove_bank_account(books: Books, bank: Json) -> None:
    """Take a bank account away and tell; another one in its currency becomes the default."""
    books.forget(bank)
    heirs = [other for other in bank_accounts_of(books, bank["account"]) if other["currency"] == bank["currency"]]
    if bank["default_for_currency"] and heirs:
        heirs[0]["default_for_currency"] = True
        books.save(heirs[0])
    emit(books, bank["account"], "account.external_account.deleted", bank)
    review(books, books.get("account", bank["account"]))


def create(call: Call) -> Json:
    """Give a connected account another bank account."""
    account = find_account(call.books, call.path["account"])
    given = call.given["external_account"]
    if isinstance(given, str):
        raise no_such("token", given, "external_account", 400)
    return add_bank_account(
        call.books,
        account["id"],
        given,
        default=call.given.get("default_for_currency", False),
        metadata=merged({}, call.given.get("metadata", {})),
    )


def _find(call: Call) -> Json:
    account = find_account(call.books, call.path["account"])
    if not call.books.has(account["id"], "bank_account", call.path["id"]):
        raise no_such("external account", call.path["id"])
    return call.books.get("bank_account", call.path["id"])


def retrieve(call: Call) -> Json:
    """One bank account."""
    return _find(call)


def update(call: Call) -> Json:
    """Change the holder, the metadata, or which one is the default. An errored one may be tried again afterwards."""
    bank, given = _find(call), call.given
    before = copied(bank)
    for name in ("account_holder_name", "account_holder_type"):
        if name in given:
            bank[name] = given[name]
    if "metadata" in given:
        bank["metadata"] = merged(bank["metadata"], given["metadata"])
    if bank["status"] == "errored" and ("account_holder_name" in given or "account_holder_type" in given):
        bank["status"] = "new"
    call.books.save(bank)
    if given.get("default_for_currency"):
        _only_default(call.books, bank)
    if bank != before:
        emit(call.books, bank["account"], "account.external_account.updated", bank, before)
        review(call.books, call.books.get("account", bank["account"]))
    return bank


def delete(call: Call) -> Json:
    """Take a bank account away; the default of a currency only goes last."""
    bank = _find(call)
    siblings = [other for other in bank_accounts_of(call.books, bank["account"]) if other["id"] != bank["id"]]
    if bank["default_for_currency"] and any(other["currency"] == bank["currency"] for other in siblings):
        raise ApiError(
            "You cannot delete the default external account for a currency. Make another one the default first."
        )
    remove_bank_account(call.books, bank)
    return {"id": bank["id"], "object": "bank_account", "currency": bank["currency"], "deleted": True}


def listing(call: Call) -> Json:
    """The account's bank accounts, newest first."""
    account = find_account(call.books, call.path["account"])
    if call.given.get("object") == "card":
        return list_object(call.url, [])
    return page(Call(call.books, account["id"], call.url, call.given, call.path), "bank_account")


UPDATE: Final[Fields] = {
    "account_holder_name": Text(),
    "account_holder_type": Text(choices=("individual", "company")),
    "default_for_currency": Flag(),
    "metadata": Metadata(),
}
CREATE: Final[Fields] = {
    "external_account": Either(_BANK, required=True),
    "default_for_currency": Flag(),
    "metadata": Metadata(),
}
_ONE: Final = "/v1/accounts/{account}/external_accounts/{id}"

ENDPOINTS = [
    Endpoint(
        "GET",
        "/v1/accounts/{account}/external_accounts",
        listing,
        {**PAGING, "object": Text(choices=("bank_account", "card"))},
        shows="bank_account",
    ),
    Endpoint("POST", "/v1/accounts/{account}/external_accounts", create, CREATE, shows="bank_account"),
    Endpoint("GET", _ONE, retrieve, shows="bank_account"),
    Endpoint("POST", _ONE, update, UPDATE, shows="bank_account"),
    Endpoint("DELETE", _ONE, delete),
]
