"""Every movement of money on a balance at Stripe, as Stripe's own list has it: what the books are held against."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from cliphaven.providers.stripe.client import PAGE_SIZE, READ_RETRIES, Json, Pace, asked, moment

if TYPE_CHECKING:
    from stripe.params import BalanceTransactionListParams

READS_PER_SECOND = 20  # Stripe allows 25 to one endpoint

_FAILURES = frozenset({"payout_failure", "payout_cancel", "refund_failure"})

_reads = Pace(per_second=READS_PER_SECOND)


@dataclass(frozen=True, kw_only=True)
class BalanceTransactionFacts:
    """One movement on one balance; amounts are signed: what left is negative. `net_minor` is amount less fee.

    `type` and `reporting_category` are Stripe's own words, an open list. `source` is the object that moved the money,
    `refers_to` the id by which the rest of the house knows that event: the PaymentIntent of a charge, the transfer
    behind a payment to a connected account. `gives_back` is the source of an earlier movement that this one undoes, or
    a part of it. `source_note` says what is special about a payout: "automatic" (Stripe
    began it), "reversal" (of an earlier one), "debit" (from the bank). `exchange_rate` is "" unless it was converted.
    """

    stripe_id: str
    type: str
    reporting_category: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    exchange_rate: str
    source: str
    refers_to: str
    gives_back: str
    source_note: str
    created_at: datetime
    available_on: date


@dataclass(frozen=True, kw_only=True)
class BalanceTransactionPage:
    """Up to a hundred of them, in the order in which they were asked for, and whether more follow that way."""

    found: tuple[BalanceTransactionFacts, ...]
    has_more: bool


def balance_transactions_before(
    stripe_id: str | None = None, *, connected_account: str | None = None
) -> BalanceTransactionPage:
    """The page before a balance transaction, newest first; without one the latest page. Raises ProviderFailed."""
    params: BalanceTransactionListParams = {"limit": PAGE_SIZE, "expand": ["data.source"]}
    if stripe_id is not None:
        params["starting_after"] = stripe_id
    return _page(params, connected_account=connected_account)


def balance_transactions_after(stripe_id: str, *, connected_account: str | None = None) -> BalanceTransactionPage:
    """The page after a balance transaction, oldest first, so that one can go on from it. Raises ProviderFailed."""
    params: BalanceTransactionListParams = {
        "limit": PAGE_SIZE,
        "expand": ["data.source"],
        "ending_before": stripe_id,
    }
    page = _page(params, connected_account=connected_account)
    return BalanceTransactionPage(found=page.found[::-1], has_more=page.has_more)


def _page(params: "BalanceTransactionListParams", *, connected_account: str | None) -> BalanceTransactionPage:
    _reads.wait()
    return asked(
        lambda client: client.v1.balance_transactions.list(
            params, {"stripe_account": connected_account, "max_network_retries": READ_RETRIES}
        ),
        lambda answer: BalanceTransactionPage(
            found=tuple(_facts(item) for item in answer["data"]), has_more=bool(answer["has_more"])
        ),
    )


def _facts(item: Json) -> BalanceTransactionFacts:
    source = item.get("source") or ""
    rate = item.get("exchange_rate")
    return BalanceTransactionFacts(
        stripe_id=item["id"],
        type=item["type"],
        reporting_category=item.get("reporting_category") or "",
        amount_minor=int(item["amount"]),
        fee_minor=int(item["fee"]),
        net_minor=int(item["net"]),
        currency=item["currency"].upper(),
        exchange_rate="" if rate is None else str(rate),
        source=source if isinstance(source, str) else source["id"],
        refers_to=source if isinstance(source, str) else _known_as(source),
        gives_back="" if isinstance(source, str) else _undone(item["type"], source),
        source_note="" if isinstance(source, str) else _note(source),
        created_at=moment(item["created"]),
        available_on=moment(item["available_on"]).date(),
    )


def _known_as(source: dict[str, Any]) -> str:
    """The id of the event that a source belongs to, as the rest of the house knows it."""
    behind = {
        "charge": ("source_transfer", "payment_intent"),
        "refund": ("source_transfer_reversal",),
    }.get(source.get("object", ""), ())
    return next((str(source[name]) for name in behind if source.get(name)), str(source["id"]))


def _undone(type_: str, source: dict[str, Any]) -> str:
    """The object whose money a movement gives back: a transfer's, a payment's; of a failure, its own object's."""
    if type_ in _FAILURES:
        return str(source["id"])
    behind = {"transfer_reversal": "transfer", "refund": "charge"}.get(source.get("object", ""), "")
    named = source.get(behind) or ""
    return str(named) if isinstance(named, str) else str(named["id"])


def _note(source: dict[str, Any]) -> str:
    if source.get("object") != "payout":
        return ""
    if source.get("original_payout"):
        return "reversal"
    if source["amount"] < 0:
        return "debit"
    return "automatic" if source.get("automatic") else ""
