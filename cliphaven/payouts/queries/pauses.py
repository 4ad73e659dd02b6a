"""Whose payouts are paused, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from cliphaven.payouts.models import PauseReason, PayoutPause

# For the creator, after the reason.
WHAT_TO_DO: Mapping[PauseReason, str] = {
    PauseReason.IDENTITY: "Write to us: we tell you what we need, and how to send it safely",
    PauseReason.SECURITY: "Sign out everywhere, look at your bank account with Stripe, and write to us",
    PauseReason.EARNINGS: "Nothing for now: we write to you when we know, within five working days",
    PauseReason.ASKED_FOR: "Write to us when they shall go on",
}
# The code of a payout to a bank that waits for the end of a pause.
PAUSED = "payouts_paused"


def live(*, creator_id: int) -> PayoutPause | None:
    """The pause that a creator's payouts are in, if any."""
    return PayoutPause.objects.filter(creator_id=creator_id, resumed_at=None).first()


def keeps_from_bank(*, creator_id: int) -> PayoutPause | None:
    """The pause that also keeps what is with Stripe already from a creator's bank, if they are in one.

    Where somebody else may have been in the account, the bank account may be theirs.
    """
    return PayoutPause.objects.filter(creator_id=creator_id, resumed_at=None, reason=PauseReason.SECURITY).first()


def sentence(reason: PauseReason) -> str:
    """What a creator reads beside what is kept back: why, and what to do."""
    return f"Your payouts are paused. {reason.label}. {WHAT_TO_DO[reason]}."


@dataclass(frozen=True, kw_only=True)
class PauseNotice:
    """What a creator reads of the pause that their payouts are in."""

    reason: str
    what_to_do: str


def notice(*, creator_id: int) -> PauseNotice | None:
    """The pause that a creator's payouts are in, in words for them; None while they go on."""
    pause = live(creator_id=creator_id)
    if pause is None:
        return None
    reason = PauseReason(pause.reason)
    return PauseNotice(reason=reason.label, what_to_do=WHAT_TO_DO[reason])
