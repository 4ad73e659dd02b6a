"""What a disputed payment takes, from where, in which order, and where a won one's money goes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# How long a card network's warning keeps a payment's money together when no dispute follows.
WARNED_FOR = timedelta(days=14)

_OVER = frozenset({"won", "lost", "warning_closed", "prevented"})


class PauseReason(StrEnum):
    """Why an organisation's money is not spent for now."""

    CHARGEBACK = "chargeback"
    FRAUD_WARNING = "fraud_warning"


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What a campaign still has, as a chargeback may need it; amounts in minor units."""

    campaign_id: int
    state: str
    budget_minor: int


@dataclass(frozen=True, kw_only=True)
class Taken:
    """From where a chargeback is paid: the wallet, campaigns' budgets by id, and what the sponsor then owes."""

    wallet_minor: int
    budgets: dict[int, int]
    owed_minor: int


@dataclass(frozen=True, kw_only=True)
class GivenBack:
    """Where the money of a won dispute goes."""

    owed_minor: int
    losses_minor: int
    wallet_minor: int


def is_inquiry(status: str) -> bool:
    """Whether a card's bank only asks. An inquiry moves no money."""
    return status.startswith("warning_")


def is_over(status: str) -> bool:
    """Whether nothing more is expected. What Stripe may call a dispute in future counts as open, and is asked again."""
    return status in _OVER


def taken(*, amount_minor: int, wallet_minor: int, purses: Sequence[Purse]) -> Taken:
    """Who pays for money that a card's bank took: the wallet, then unspent budgets, then the sponsor owes the rest.

    Budgets go by how little was promised on them: drafts first, then campaigns from the newest to the oldest. What
    creators earned is in none of them, so it is never touched.
    """
    from_wallet = min(amount_minor, wallet_minor)
    rest, budgets = amount_minor - from_wallet, {}
    for purse in sorted(purses, key=lambda purse: (purse.state != "draft", -purse.campaign_id)):
        part = min(rest, purse.budget_minor)
        if part:
            budgets[purse.campaign_id] = part
            rest -= part
    return Taken(wallet_minor=from_wallet, budgets=budgets, owed_minor=rest)


def given_back(*, amount_minor: int, owed_minor: int, written_off_minor: int) -> GivenBack:
    """Where won money goes: what the sponsor owes, what we had written off for this dispute, then the wallet.

    Budgets that were emptied are not filled again: the sponsor decides anew what campaigns get.
    """
    to_owed = min(amount_minor, owed_minor)
    to_losses = min(amount_minor - to_owed, written_off_minor)
    return GivenBack(owed_minor=to_owed, losses_minor=to_losses, wallet_minor=amount_minor - to_owed - to_losses)


def warned_until(warned_at: datetime) -> datetime:
    """When a warning ends by itself."""
    return warned_at + WARNED_FOR


_STATUS_SENTENCES = {
    "needs_response": "The card's bank took this payment back. We are putting the case together.",
    "under_review": "The card's bank took this payment back and is reading our answer.",
    "won": "The card's bank decided in our favour. The money came back.",
    "lost": "The card's bank decided for the cardholder. The money is gone.",
    "warning_needs_response": "The card's bank asks about this payment. No money has moved.",
    "warning_under_review": "The card's bank is reading our answer to its question. No money has moved.",
    "warning_closed": "The card's bank asked about this payment and is satisfied. No money has moved.",
    "prevented": "This dispute was prevented before it took money.",
    "appeal_needs_response": "The decision is being appealed.",
    "appeal_under_review": "The decision was appealed and is being looked at again.",
}


def dispute_sentence(status: str) -> str:
    """What a dispute's status means, in words for the sponsor."""
    return _STATUS_SENTENCES.get(status, "The card's bank is looking at this payment.")
