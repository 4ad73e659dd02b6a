"""How far creators are with Stripe: whether they can be paid, and what Stripe still wants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.payouts import rules
from cliphaven.payouts.models import ConnectedAccount


@dataclass(frozen=True, kw_only=True)
class Onboarding:
    """How far a creator's account at Stripe is: not_started, incomplete, in_review, ready or restricted.

    `banks` are the names of the bank accounts that work, by currency: money in another currency cannot be sent there.
    """

    state: str
    missing: Sequence[str]
    banks: Mapping[str, str]
    checked_at: datetime | None


def onboarding_of(*, creator_id: int) -> Onboarding:
    """What Stripe last said about a creator's account."""
    account = ConnectedAccount.objects.filter(creator_id=creator_id).first()
    if account is None or account.stripe_id is None:
        return Onboarding(state="not_started", missing=(), banks={}, checked_at=None)
    return Onboarding(
        state=_onboarding_state(account),
        missing=rules.missing_sentences(account.missing),
        banks={bank.currency: bank.name for bank in account.bank_accounts.order_by("currency") if bank.works},
        checked_at=account.checked_at,
    )


def _onboarding_state(account: ConnectedAccount) -> str:
    if account.is_usable:
        return "ready"
    if not account.details_submitted:
        return "incomplete"
    # It could be paid once, and cannot now; or it is new and Stripe is still looking.
    return "restricted" if account.usable_since is not None else "incomplete" if account.missing else "in_review"
