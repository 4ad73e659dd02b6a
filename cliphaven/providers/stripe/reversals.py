"""Transfers taken back: money from a connected account to the platform's balance, as far as it is still there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cliphaven.providers.stripe.client import PAGE_SIZE, READ_RETRIES, Json, listed, moment, sent


@dataclass(frozen=True, kw_only=True)
class TransferReversalFacts:
    """Money of a transfer that was taken back, and so has happened: reversals have no status."""

    stripe_id: str
    transfer_id: str
    amount_minor: int
    currency: str
    metadata: Mapping[str, str]
    created_at: datetime


def reverse_transfer(
    *, transfer_id: str, amount_minor: int, metadata: Mapping[str, str], idempotency_key: str
) -> TransferReversalFacts:
    """Take so much of a transfer back. Raises ProviderFailed, like `send_transfer`.

    `balance_insufficient` means that the connected account does not have it available any more, or not yet.
    """
    return sent(
        lambda client: client.v1.transfers.reversals.create(
            transfer_id,
            {"amount": amount_minor, "metadata": dict(metadata)},
            {"idempotency_key": idempotency_key, "max_network_retries": 0},
        ),
        _facts,
    )


def reversals_of(transfer_id: str) -> list[TransferReversalFacts]:
    """Everything of a transfer that was taken back, newest first. Raises ProviderFailed."""
    return listed(
        lambda client: client.v1.transfers.reversals.list(
            transfer_id, {"limit": PAGE_SIZE}, {"max_network_retries": READ_RETRIES}
        ),
        _facts,
    )


def _facts(reversal: Json) -> TransferReversalFacts:
    return TransferReversalFacts(
        stripe_id=reversal["id"],
        transfer_id=reversal["transfer"],
        amount_minor=reversal["amount"],
        currency=reversal["currency"].upper(),
        metadata=reversal.get("metadata") or {},
        created_at=moment(reversal["created"]),
    )
