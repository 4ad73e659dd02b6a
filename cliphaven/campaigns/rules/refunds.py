"""What of the money in a wallet can go back to where it came from, and why the rest cannot. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Stripe refuses refunds of older payments: banks no longer find the card.
REFUNDABLE_FOR = timedelta(days=180)
REFUNDS_PER_REQUEST_MAX = 50


class RefundState(StrEnum):
    """What we know of a refund of one payment."""

    REQUESTED = "requested"
    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    RELEASED = "released"
    NEEDS_REVIEW = "needs_review"


_R = RefundState
# What a refund may become. Stripe's own statuses come in any order of reading, and one that succeeded may still fail.
REFUND_EDGES: Mapping[RefundState, frozenset[RefundState]] = {
    _R.REQUESTED: frozenset({_R.SENDING, _R.UNKNOWN, _R.PENDING, _R.REQUIRES_ACTION, _R.SUCCEEDED, _R.FAILED,
                             _R.CANCELED, _R.NEEDS_REVIEW}),
    _R.SENDING: frozenset({_R.SENDING, _R.REQUESTED, _R.UNKNOWN, _R.PENDING, _R.REQUIRES_ACTION, _R.SUCCEEDED,
                           _R.FAILED, _R.CANCELED, _R.RELEASED, _R.NEEDS_REVIEW}),
    _R.UNKNOWN: frozenset({_R.SENDING, _R.REQUESTED, _R.UNKNOWN, _R.PENDING, _R.REQUIRES_ACTION, _R.SUCCEEDED,
                           _R.FAILED, _R.CANCELED, _R.RELEASED, _R.NEEDS_REVIEW}),
    _R.PENDING: frozenset({_R.REQUIRES_ACTION, _R.SUCCEEDED, _R.FAILED, _R.CANCELED, _R.NEEDS_REVIEW}),
    _R.REQUIRES_ACTION: frozenset({_R.PENDING, _R.SUCCEEDED, _R.FAILED, _R.CANCELED, _R.NEEDS_REVIEW}),
    _R.SUCCEEDED: frozenset({_R.FAILED, _R.NEEDS_REVIEW}),
    _R.FAILED: frozenset({_R.NEEDS_REVIEW}),
    _R.CANCELED: frozenset({_R.NEEDS_REVIEW}),
    _R.RELEASED: frozenset({_R.NEEDS_REVIEW}),
    _R.NEEDS_REVIEW: frozenset({_R.UNKNOWN, _R.PENDING, _R.REQUIRES_ACTION, _R.SUCCEEDED, _R.FAILED, _R.CANCELED,
                                _R.RELEASED}),
}  # fmt: skip
# The sponsor has this money back, or may still get it: the payment is that much smaller.
REFUND_COUNTS = tuple(state for state in RefundState if state not in (_R.FAILED, _R.CANCELED, _R.RELEASED))
AT_STRIPE = (_R.PENDING, _R.REQUIRES_ACTION, _R.SUCCEEDED)
_OF_STRIPE = {
    "pending": _R.PENDING,
    "requires_action": _R.REQUIRES_ACTION,
    "succeeded": _R.SUCCEEDED,
    "failed": _R.FAILED,
    "canceled": _R.CANCELED,
}


@dataclass(frozen=True, kw_only=True)
class PaidIn:
    """One payment as far as its return is concerned, in minor units.

    `refunded_minor` went back or is on its way back; `disputed_minor` the card's bank took and has not returned.
    """

    deposit_id: int
    paid_at: datetime
    received_minor: int
    refunded_minor: int = 0
    disputed_minor: int = 0
    is_disputed: bool = False
    is_warned: bool = False

    @property
    def left_minor(self) -> int:
        """What could still be taken back of this payment, by whomever."""
        return max(0, self.received_minor - self.refunded_minor - self.disputed_minor)

    def is_too_old(self, now: datetime) -> bool:
        """Whether Stripe no longer refunds it."""
        return now - self.paid_at >= REFUNDABLE_FOR


class Withheld(StrEnum):
    """Why a part of the wallet cannot be refunded."""

    DISPUTED = "disputed"
    TOO_OLD = "too_old"
    NOT_PAID_IN = "not_paid_in"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a refund: so much of this payment goes back to where it came from."""

    deposit_id: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Refundable:
    """How a wallet divides: what can go back, payment by payment, and what cannot, by reason. The sum is the wallet."""

    parts: tuple[Part, ...]
    withheld: Mapping[Withheld, int]

    @property
    def total_minor(self) -> int:
        """What can go back in all."""
        return sum(part.amount_minor for part in self.parts)


def refundable(payments: Sequence[PaidIn], *, wallet_minor: int, now: datetime) -> Refundable:
    """Divide what a wallet holds into what can go back to which payment, and the rest by its reason.

    Payments that a card network warned of come first, since their money may go nowhere else; then the newest first.
    Only what is in the wallet counts: money that is set aside or earned is not there.
    """
    rest, parts = wallet_minor, []
    returnable = [paid for paid in payments if not paid.is_disputed and not paid.is_too_old(now)]
    for paid in sorted(returnable, key=lambda paid: (not paid.is_warned, -paid.deposit_id)):
        amount_minor = min(paid.left_minor, rest)
        if amount_minor:
            parts.append(Part(deposit_id=paid.deposit_id, amount_minor=amount_minor))
            rest -= amount_minor
    withheld: dict[Withheld, int] = {}
    disputed = sum(paid.left_minor for paid in payments if paid.is_disputed)
    too_old = sum(paid.left_minor for paid in payments if not paid.is_disputed and paid.is_too_old(now))
    # What nobody paid in by card is the rest: credits, and what a dispute that was won brought back.
    for reason, at_most in ((Withheld.DISPUTED, disputed), (Withheld.TOO_OLD, too_old), (Withheld.NOT_PAID_IN, rest)):
        amount_minor = min(at_most, rest)
        if amount_minor:
            withheld[reason] = amount_minor
            rest -= amount_minor
    return Refundable(parts=tuple(parts), withheld=withheld)


def split(found: Refundable, *, amount_minor: int) -> list[Part] | None:
    """One part for each payment that a refund of this amount draws on, in their order; None when it is too much."""
    rest, parts = amount_minor, []
    for part in found.parts:
        if rest:
            parts.append(Part(deposit_id=part.deposit_id, amount_minor=min(part.amount_minor, rest)))
            rest -= parts[-1].amount_minor
    return None if rest else parts


def kept_back_minor(payments: Sequence[PaidIn], *, wallet_minor: int) -> int:
    """How much of a wallet may not be set aside, because payments that a card network warned of may be in it."""
    return min(wallet_minor, sum(paid.left_minor for paid in payments if paid.is_warned))


def is_uncovered(payments: Sequence[PaidIn], *, wallet_minor: int) -> bool:
    """Whether warned payments are more than the wallet holds, so that campaigns may be living on that money."""
    return sum(paid.left_minor for paid in payments if paid.is_warned) > wallet_minor


def refund_state(status: str, *, before: RefundState) -> RefundState | None:
    """The state that Stripe's status asks for, or None when nothing follows from it (an old or unheard-of status)."""
    state = _OF_STRIPE.get(status)
    return state if state is not None and state in REFUND_EDGES[before] else None


_SENTENCES: Mapping[str, str] = {
    "charge_disputed": "The card's bank has disputed this payment, so it cannot be refunded as well.",
    "charge_already_refunded": "This payment has been refunded before.",
    "expired_or_canceled_card": "The card has expired or was cancelled. The money is back in your wallet.",
    "lost_or_stolen_card": "The card was reported lost or stolen. The money is back in your wallet.",
    "declined": "The card's bank declined the refund. The money is back in your wallet.",
    "insufficient_funds": "The refund was short of funds on the way. The money is back in your wallet.",
}


def refund_sentence(code: str) -> str:
    """Why a refund did not get there, in words for the sponsor."""
    return _SENTENCES.get(code, "Stripe did not carry the refund out. The money is back in your wallet.")
