"""What a disputed payment takes, from where, in which order, and where a won one's money goes. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cliphaven.ledger.chart import EntryKind, reversed_entry

# How long a card network's warning keeps a payment's money together when no dispute follows.
WARNED_FOR = timedelta(days=14)

# The end of each status in which a bank waits for us.
NEEDS_RESPONSE = "needs_response"
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


@dataclass(frozen=True, kw_only=True)
class DebtLine:
    """One line of the account of what a sponsor owes: the entry's kind, external id and cause, and what it added."""

    kind: EntryKind
    name: str
    cause: str
    added_minor: int


@dataclass(kw_only=True)
class _Debts:
    """What is owed for each dispute and what of that was written off, line after line."""

    owed: dict[str, int] = field(default_factory=dict)
    written_off: dict[str, int] = field(default_factory=dict)
    shares: dict[tuple[EntryKind, str], dict[str, int]] = field(default_factory=dict)

    def grow(self, dispute: str, amount_minor: int) -> None:
        self.owed[dispute] = self.owed.get(dispute, 0) + amount_minor

    def pay(self, line: DebtLine, *, first: Iterable[str]) -> None:
        """Lower the debts by a line's amount: of the disputes named, then the oldest; remember whose it was."""
        rest, shares = -line.added_minor, self.shares.setdefault((line.kind, line.name), {})
        for dispute in (*first, *self.owed):
            part = min(rest, self.owed.get(dispute, 0))
            if part:
                rest -= part
                self.owed[dispute] -= part
                shares[dispute] = shares.get(dispute, 0) + part
                if line.kind is EntryKind.WRITE_OFF:
                    self.written_off[dispute] = self.written_off.get(dispute, 0) + part

    def undo(self, kind: EntryKind, name: str) -> None:
        """Raise the debts again by what a line had paid."""
        for dispute, part in self.shares.pop((kind, name), {}).items():
            self.grow(dispute, part)
            if kind is EntryKind.WRITE_OFF:
                self.written_off[dispute] -= part


def written_off(lines: Iterable[DebtLine]) -> dict[str, int]:
    """What was written off of each dispute's debt and not taken back, in minor units; `lines` from the oldest on.

    A write-off is of the dispute that its cause names, and else, like whatever the sponsor pays, of the oldest debt.
    Won money pays the debt of its own dispute first.
    """
    debts = _Debts()
    for line in lines:
        if line.kind is EntryKind.REVERSAL:
            kind, name = reversed_entry(line.name)
            if line.added_minor > 0:
                debts.undo(kind, name)
            else:
                debts.pay(line, first=[_dispute_of(name)])
        elif line.added_minor > 0:
            debts.grow(_dispute_of(line.name), line.added_minor)
        else:
            words = [word for word in re.findall(r"\w+", line.cause) if word in debts.owed]
            debts.pay(line, first=[_dispute_of(line.name)] if line.kind is EntryKind.CHARGEBACK_WON else words)
    return debts.written_off


def _dispute_of(name: str) -> str:
    """The dispute in the external id of its chargeback."""
    return name.partition(":")[0]


def needs_answer(status: str, *, was_answered: bool) -> bool:
    """Whether a card's bank waits for what we have to say."""
    return status.endswith(NEEDS_RESPONSE) and not was_answered


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
