"""Balances: always the sum of balance transactions, of the platform and of every connected account alike."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from sandbox.store import Json
from sandbox.stripe.agenda import catch_up, due
from sandbox.stripe.books import Books, books_of, new_id
from sandbox.stripe.endpoint import Call, Endpoint
from sandbox.stripe.errors import ApiError
from sandbox.stripe.events import copied, emit
from sandbox.stripe.forms import Currency, Fields, Period, Text
from sandbox.stripe.lists import PAGING, page
from sandbox.world import World

CATEGORIES: Final = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payout": "payout",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
}


# What looks at an account's balance again when money became available: refunds that waited for it.
AFTER_AVAILABLE: list[Callable[[Books, str], None]] = []


class Sums:
    """The running sums over the balance transactions, and the transactions that are still pending."""

    def __init__(self, books: Books) -> None:
        self.available: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.pending: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.maturing: defaultdict[str, list[str]] = defaultdict(list)
        self.currencies: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for owner, shown in books.everything("balance_transaction"):
            self.include(owner, shown)

    def include(self, owner: str, shown: Json) -> None:
        """Count one balance transaction."""
        account = (owner, shown["currency"])
        self.currencies[owner][shown["currency"]] = None
        if shown["status"] == "available":
            self.available[account] += shown["net"]
        else:
            self.pending[account] += shown["net"]
            self.maturing[f"{owner} {shown['available_on']}"].append(shown["id"])

    def mature(self, owner: str, shown: Json) -> None:
        """Count a transaction as available that was counted as pending."""
        account = (owner, shown["currency"])
        self.pending[account] -= shown["net"]
        self.available[account] += shown["net"]


def sums_of(books: Books) -> Sums:
    """The sums of these books, added up at the first call."""
    return books.derived(Sums)


def available(books: Books, owner: str, currency: str) -> int:
    """What an account can spend now, in minor units."""
    return sums_of(books).available[owner, currency]


def book(
    books: Books,
    owner: str,
    *,
    type: str,
    amount: int,
    currency: str,
    source: str,
    description: str | None = None,
    fees: Sequence[tuple[int, str]] = (),
    available_on: int | None = None,
    category: str | None = None,
    exchange_rate: float | None = None,
) -> Json:
    """Move money: one balance transaction of `amount` minus `fees` (minor units, with their descriptions).

    It is pending until `available_on`; None means available at once.
    """
    ready = available_on is None or available_on <= books.moment
    fee = sum(cost for cost, _ in fees)
    shown: Json = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": books.moment if available_on is None else available_on,
        "balance_type": "payments",
        "created": books.moment,
        "currency": currency,
        "description": description,
        "exchange_rate": exchange_rate,
        "fee": fee,
        "fee_details": [
            {"amount": cost, "application": None, "currency": currency, "description": words, "type": "stripe_fee"}
            for cost, words in fees
        ],
        "net": amount - fee,
        "reporting_category": category or CATEGORIES[type],
        "source": source or None,
        "status": "available" if ready else "pending",
        "type": type,
    }
    sums = sums_of(books)
    books.add(owner, shown)
    sums.include(owner, shown)
    if not ready:
        books.agenda.plan(shown["available_on"], "funds available", f"{owner} {shown['available_on']}")
    return shown


def move(
    world: World, *, type: str, amount: int, currency: str, account: str = "", fee: int = 0, category: str = ""
) -> Json:
    """Money moves on a balance for a reason of the vendor's own: the balance transaction, as the API shows it.

    `type` may be one that nobody has heard of. Raises ValueError for an account that there is not.
    """
    books = books_of(world)
    catch_up(books)
    owner = account or books.platform
    if owner != books.platform and not books.has(books.platform, "account", owner):
        raise ValueError(f"There is no account {owner}")
    fees = [(fee, "Stripe fee")] if fee else []
    known = category or CATEGORIES.get(type, "other_adjustment")
    return copied(book(books, owner, type=type, amount=amount, currency=currency, source="", fees=fees, category=known))


@due("funds available")
def _make_available(books: Books, subject: str) -> None:
    owner = subject.partition(" ")[0]
    sums = sums_of(books)
    for id in sums.maturing.pop(subject, []):
        shown = books.get("balance_transaction", id)
        shown["status"] = "available"
        books.save(shown)
        sums.mature(owner, shown)
    emit(books, owner, "balance.available", balance_of(books, owner))
    for follow in AFTER_AVAILABLE:
        follow(books, owner)


def balance_of(books: Books, owner: str) -> Json:
    """The account's balance as the API shows it."""
    sums = sums_of(books)
    default = "usd" if owner == books.platform else books.get("account", owner)["default_currency"]
    currencies = list({default: None, **sums.currencies[owner]})

    def lines(amounts: dict[tuple[str, str], int]) -> list[Json]:
        return [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency in currencies
            for amount in [amounts[owner, currency]]
        ]

    balance: Json = {
        "object": "balance",
        "available": lines(sums.available),
        "livemode": False,
        "pending": lines(sums.pending),
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }
    if owner == books.platform:
        balance["connect_reserved"] = [{"amount": 0, "currency": currency} for currency in currencies]
    return balance


def retrieve(call: Call) -> Json:
    """The balance of the account."""
    return balance_of(call.books, call.owner)


def retrieve_transaction(call: Call) -> Json:
    """One balance transaction."""
    return call.books.find(call.owner, "balance_transaction", call.path["id"])


def list_transactions(call: Call) -> Json:
    """Balance transactions by source or type, currency, payout, and time."""
    given = call.given
    if "payout" in given:
        payout = call.books.find(call.owner, "payout", given["payout"], param="payout", status=400)
        if not payout["automatic"]:
            raise ApiError(
                "Balance transaction history can only be filtered on automatic transfers, not manual.", param="payout"
            )

    def means(shown: Json) -> bool:
        return all(shown[name] == given[name] for name in ("currency", "type", "source") if name in given)

    if "payout" in given:
        held = call.books.hidden("payout", given["payout"])["transactions"]
        return page(call, "balance_transaction", where=lambda shown: shown["id"] in held and means(shown))
    if "source" in given:
        return page(call, "balance_transaction", "source", given["source"], where=means)
    if "type" in given:
        return page(call, "balance_transaction", "type", given["type"], where=means)
    return page(call, "balance_transaction", where=means)


TRANSACTION_LIST: Final[Fields] = {
    **PAGING,
    "created": Period(),
    "currency": Currency(),
    "payout": Text(),
    "source": Text(),
    "type": Text(),
}

ENDPOINTS = [
    Endpoint("GET", "/v1/balance", retrieve),
    Endpoint("GET", "/v1/balance_transactions", list_transactions, TRANSACTION_LIST, shows="balance_transaction"),
    Endpoint("GET", "/v1/balance_transactions/{id}", retrieve_transaction, shows="balance_transaction"),
]
