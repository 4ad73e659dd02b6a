"""Money going out: transfers to connected accounts, their payouts to banks, and what lies where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cliphaven.providers.stripe.client import PAGE_SIZE, READ_RETRIES, Json, Pace, asked, listed, moment, sent
from cliphaven.providers.stripe.facts import BalanceFacts, PayoutFacts, TransferFacts

if TYPE_CHECKING:
    from stripe.params import TransferListParams

LISTINGS_PER_SECOND = 20  # Stripe allows 25 to one endpoint

_listings = Pace(per_second=LISTINGS_PER_SECOND)


@dataclass(frozen=True, kw_only=True)
class TransferPage:
    """Up to a hundred transfers, newest first, and whether older ones follow."""

    found: tuple[TransferFacts, ...]
    has_more: bool


def send_transfer(
    *,
    amount_minor: int,
    currency: str,
    destination: str,
    transfer_group: str,
    metadata: Mapping[str, str],
    idempotency_key: str,
) -> TransferFacts:
    """Move money from the platform's balance to a connected account. What is answered has happened.

    Raises ProviderFailed. With an unknown outcome the same key must be sent again within a day, or the group looked up.
    """
    return sent(
        lambda client: client.v1.transfers.create(
            {
                "amount": amount_minor,
                "currency": currency.lower(),
                "destination": destination,
                "transfer_group": transfer_group,
                "metadata": dict(metadata),
            },
            {"idempotency_key": idempotency_key, "max_network_retries": 0},
        ),
        _transfer_facts,
    )


def transfer(stripe_id: str) -> TransferFacts:
    """One transfer. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.transfers.retrieve(stripe_id, {}, {"max_network_retries": READ_RETRIES}),
        _transfer_facts,
    )


def transfers_in_group(group: str) -> list[TransferFacts]:
    """Every transfer of a group, newest first. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.transfers.list(
            {"transfer_group": group, "limit": PAGE_SIZE}, {"max_network_retries": READ_RETRIES}
        ),
        _transfer_facts,
    )


def transfers_to(destination: str) -> list[TransferFacts]:
    """Every transfer to a connected account, newest first. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.transfers.list(
            {"destination": destination, "limit": PAGE_SIZE}, {"max_network_retries": READ_RETRIES}
        ),
        _transfer_facts,
    )


def transfers_between(*, since: datetime, until: datetime, before: str | None = None) -> TransferPage:
    """A page of the transfers made in this time, newest first; `before` is the transfer to go on from.

    Raises ProviderFailed.
    """
    params: TransferListParams = {
        "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
        "limit": PAGE_SIZE,
    }
    if before is not None:
        params["starting_after"] = before
    _listings.wait()
    return asked(
        lambda client: client.v1.transfers.list(params, {"max_network_retries": READ_RETRIES}),
        lambda answer: TransferPage(
            found=tuple(_transfer_facts(item) for item in answer["data"]), has_more=bool(answer["has_more"])
        ),
    )


def send_payout(
    *,
    connected_account: str,
    bank_account_id: str,
    amount_minor: int,
    currency: str,
    metadata: Mapping[str, str],
    idempotency_key: str,
) -> PayoutFacts:
    """Move money from a connected account to this bank account of it. Raises ProviderFailed, like `send_transfer`.

    `balance_insufficient` means that what was transferred is not available there yet: nothing failed, ask again later.
    """
    return sent(
        lambda client: client.v1.payouts.create(
            {
                "amount": amount_minor,
                "currency": currency.lower(),
                "destination": bank_account_id,
                "method": "standard",
                "metadata": dict(metadata),
            },
            {"stripe_account": connected_account, "idempotency_key": idempotency_key, "max_network_retries": 0},
        ),
        _payout_facts,
    )


def payout(*, stripe_id: str, connected_account: str) -> PayoutFacts:
    """One payout as it stands now. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.payouts.retrieve(
            stripe_id, {}, {"stripe_account": connected_account, "max_network_retries": READ_RETRIES}
        ),
        _payout_facts,
    )


def payouts_of(connected_account: str, *, status: str | None = None) -> list[PayoutFacts]:
    """A connected account's payouts, newest first; of one status only where given. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.payouts.list(
            {"limit": PAGE_SIZE, "status": status} if status else {"limit": PAGE_SIZE},
            {"stripe_account": connected_account, "max_network_retries": READ_RETRIES},
        ),
        _payout_facts,
    )


def balance(connected_account: str | None = None) -> dict[str, BalanceFacts]:
    """The balance by currency, of a connected account or of the platform. Raises ProviderFailed."""
    return asked(
        lambda client: client.v1.balance.retrieve(
            {}, {"stripe_account": connected_account, "max_network_retries": READ_RETRIES}
        ),
        _balance_facts,
    )


def _transfer_facts(transfer: Json) -> TransferFacts:
    return TransferFacts(
        stripe_id=transfer["id"],
        amount_minor=transfer["amount"],
        currency=transfer["currency"].upper(),
        destination=transfer["destination"],
        group=transfer.get("transfer_group") or "",
        metadata=transfer.get("metadata") or {},
        created_at=moment(transfer["created"]),
        reversed_minor=transfer.get("amount_reversed") or 0,
    )


def _payout_facts(payout: Json) -> PayoutFacts:
    return PayoutFacts(
        stripe_id=payout["id"],
        status=payout["status"],
        amount_minor=payout["amount"],
        currency=payout["currency"].upper(),
        bank_account_id=payout.get("destination") or "",
        failure_code=payout.get("failure_code") or "",
        failure_sentence=payout.get("failure_message") or "",
        arrives_on=moment(payout["arrival_date"]).date(),
        trace_id=(payout.get("trace_id") or {}).get("value") or "",
        metadata=payout.get("metadata") or {},
        created_at=moment(payout["created"]),
        is_ours=not payout.get("automatic") and not payout.get("original_payout") and payout["amount"] > 0,
    )


def _balance_facts(balance: Json) -> dict[str, BalanceFacts]:
    available = {line["currency"].upper(): int(line["amount"]) for line in balance["available"]}
    pending = {line["currency"].upper(): int(line["amount"]) for line in balance["pending"]}
    return {
        currency: BalanceFacts(available_minor=available.get(currency, 0), pending_minor=pending.get(currency, 0))
        for currency in sorted(available.keys() | pending.keys())
    }
