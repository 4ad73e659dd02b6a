"""Whose payouts are paused, and what is said about it."""

from collections.abc import Mapping

from cliphaven.payouts.models import PauseReason, PayoutPause

# For the creator, after the reason.
WHAT_TO_DO: Mapping[PauseReason, str] = {
    PauseReason.IDENTITY: "Write to us: we tell you what we need, and how to send it safely",
    PauseReason.SECURITY: "Sign out everywhere, look at your bank account with Stripe, and write to us",
    PauseReason.EARNINGS: "Nothing for now: we write to you when we know, within five working days",
    PauseReason.ASKED_FOR: "Write to us when they shall go on",
}


def live(*, creator_id: int) -> PayoutPause | None:
    """The pause that a creator's payouts are in, if any."""
    return PayoutPause.objects.filter(creator_id=creator_id, resumed_at=None).first()
