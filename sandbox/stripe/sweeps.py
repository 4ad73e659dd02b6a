"""Automatic payouts: at midnight (UTC) accounts that are not on a manual schedule pay out what is available.

Who forgets to set the schedule to manual finds the money gone from the balance, as with the real vendor.
"""

from datetime import UTC, datetime

from sandbox.store import Json
from sandbox.stripe.agenda import due
from sandbox.stripe.balance import sums_of
from sandbox.stripe.balance_settings import rules_of
from sandbox.stripe.bank_accounts import destination_for
from sandbox.stripe.books import Books
from sandbox.stripe.moments import DAY, midnight
from sandbox.stripe.payouts import new_payout


def plan_sweeps(books: Books) -> None:
    """Let the next midnight sweep; from then on every midnight plans the one after it."""
    books.agenda.plan(midnight(books.now()) + DAY, "sweep", "")


@due("sweep")
def _sweep(books: Books, _: str) -> None:
    books.agenda.plan(midnight(books.moment) + DAY, "sweep", "")
    for (owner, currency), amount in list(sums_of(books).available.items()):
        if amount > 0 and _today(books, owner):
            _pay_out(books, owner, currency, amount)


def _today(books: Books, owner: str) -> bool:
    schedule = rules_of(books, owner)["schedule"]
    today = datetime.fromtimestamp(books.moment, UTC)
    if owner != books.platform and not books.get("account", owner)["payouts_enabled"]:
        return False
    match schedule["interval"]:
        case "daily":
            return True
        case "weekly":
            return today.strftime("%A").lower() in schedule["weekly_payout_days"]
        case "monthly":
            return today.day in schedule["monthly_payout_days"]
        case _:
            return False


def _pay_out(books: Books, owner: str, currency: str, amount: int) -> None:
    minimum = (rules_of(books, owner)["minimum"] or {}).get(currency, 0)
    bank = destination_for(books, owner, currency)
    if amount <= minimum or bank is None or bank["status"] == "errored":
        return
    transactions = _unswept(books, owner, currency)
    payout = new_payout(books, owner, bank, amount - minimum, {}, automatic=True)
    books.hidden("payout", payout["id"])["transactions"] = [*transactions, payout["balance_transaction"]]
    books.save(payout)


def _unswept(books: Books, owner: str, currency: str) -> list[str]:
    """The available transactions that no earlier automatic payout has taken along."""
    swept: set[str] = set()
    for id in books.ids(owner, "payout"):
        swept.update(books.hidden("payout", id)["transactions"])

    def means(shown: Json) -> bool:
        return shown["currency"] == currency and shown["status"] == "available" and shown["id"] not in swept

    ids = books.ids(owner, "balance_transaction")
    return [id for id in ids if means(books.get("balance_transaction", id))]
