"""What stands between a creator's money and the bank, in words, with what can be done about it.

What the staff or Stripe holds up is named as that, and never as on its way.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from cliphaven.earnings import queries as earnings
from cliphaven.foundation import money
from cliphaven.payouts.models import BankPayout, BatchState, PauseReason, PayoutPause, Transfer, TransferReversal
from cliphaven.payouts.queries import attempts, holds, pauses
from cliphaven.payouts.queries.onboarding import Onboarding
from cliphaven.payouts.rules import BankPayoutState, TransferState

OPEN = (TransferState.RESERVED, TransferState.SENDING, TransferState.UNKNOWN)
UNSENT = (BankPayoutState.WAITING_FOR_FUNDS, BankPayoutState.SENDING, BankPayoutState.UNKNOWN)


@dataclass(kw_only=True)
class _HeldUp:
    """Money set aside (`reserved`) or with Stripe (`in_transit`), in minor units, that does not go on, and why."""

    reserved_minor: int = 0
    in_transit_minor: int = 0

    @property
    def amount_minor(self) -> int:
        return self.reserved_minor + self.in_transit_minor


@dataclass(frozen=True, kw_only=True)
class _Ways:
    """What becomes of a creator's money between the balance and the bank, as far as it does not simply go on."""

    paused: _HeldUp
    stopped: _HeldUp
    taken_back: _HeldUp
    unreleased: _HeldUp

    @property
    def reserved_minor(self) -> int:
        return sum(way.reserved_minor for way in (self.paused, self.stopped, self.taken_back, self.unreleased))

    @property
    def in_transit_minor(self) -> int:
        return sum(way.in_transit_minor for way in (self.paused, self.stopped, self.taken_back, self.unreleased))


def blockers(
    balance: earnings.ExplainedBalance,
    *,
    creator_id: int,
    kept_minor: int,
    onboarding: Onboarding,
    pause: PayoutPause | None,
) -> tuple[earnings.Blocker, ...]:
    """Everything that is not paid on Monday as things stand; `kept_minor` of what has cleared is too little.

    What somebody holds up comes first, what only takes its time last. With what is payable they add up to all of it.
    """
    ways = _ways(creator_id=creator_id, currency=balance.currency, pause=pause)
    return (
        *_before_monday(balance, kept_minor=kept_minor, onboarding=onboarding, pause=pause, paused=ways.paused),
        *_held_up(ways),
        *(blocker for blocker in balance.blockers if blocker.clears_at is not None),
        *_on_the_way(balance, creator_id=creator_id, ways=ways),
    )


def first(onboarding: Onboarding, *, currency: str, pause: PayoutPause | None) -> str:
    """What keeps everything of a creator's in a currency from going out, to be said after "but"; "" if nothing does."""
    if pause is not None:
        return f"your payouts are paused: {reason_of(pause)}"
    if onboarding.state == "not_started":
        return "first: set up payouts"
    if onboarding.state != "ready":
        return "first: Stripe needs something from you"
    return "" if currency in onboarding.banks else f"Stripe has no bank account of yours for {currency}"


def reason_of(pause: PayoutPause) -> str:
    """Why payouts are paused, to be said in a sentence."""
    reason = PauseReason(pause.reason).label
    return f"{reason[0].lower()}{reason[1:]}"


def _before_monday(
    balance: earnings.ExplainedBalance,
    *,
    kept_minor: int,
    onboarding: Onboarding,
    pause: PayoutPause | None,
    paused: _HeldUp,
) -> list[earnings.Blocker]:
    """What keeps the payable part, or some of it, out of the next run; a pause also what is set aside already."""
    if pause is not None:
        rule = f"Your payouts are paused: {reason_of(pause)}"
        what_to_do = pauses.WHAT_TO_DO[PauseReason(pause.reason)]
        amount_minor = balance.payable_minor + paused.amount_minor
        return _some(_blocker(rule, what_to_do, amount_minor=amount_minor))
    if not balance.payable_minor:
        return []
    if first(onboarding, currency=balance.currency, pause=None):
        return [_blocker(*_obstacle(onboarding, currency=balance.currency), amount_minor=balance.payable_minor)]
    smallest = money.formatted(settings.MINIMUM_PAYOUT_MINOR[balance.currency], currency=balance.currency)
    kept = f"Nothing: it is kept for you and goes out once there is {smallest}, or the campaign has ended"
    return _some(_blocker("Below the smallest payout", kept, amount_minor=kept_minor))


def _obstacle(onboarding: Onboarding, *, currency: str) -> tuple[str, str]:
    """What Stripe still needs before everything, and what to do about it."""
    if onboarding.state == "not_started":
        return "Payouts are not set up", "Tell Stripe who you are and which bank account is yours"
    if onboarding.state != "ready":
        missing = ", ".join(onboarding.missing).lower() or "nothing from you, it is still checking"
        return "Stripe cannot pay you now", f"Stripe asks for: {missing}"
    return f"No bank account for {currency}", f"Add a bank account in {currency} with Stripe, under Bank and identity"


def _held_up(ways: _Ways) -> list[earnings.Blocker]:
    return _some(
        _blocker(
            "The run is stopped",
            "Nothing: we are putting something right, and then it goes on by itself",
            amount_minor=ways.stopped.amount_minor,
        ),
        _blocker(
            "Being taken back from your Stripe account",
            "Nothing: we see to it, and tell you when it is payable again",
            amount_minor=ways.taken_back.amount_minor,
        ),
    )


def _on_the_way(balance: earnings.ExplainedBalance, *, creator_id: int, ways: _Ways) -> list[earnings.Blocker]:
    """What something keeps from the bank, what waits for us, and what only takes its time: the rest of it."""
    stuck = [_stuck(payout) for payout in attempts.in_trouble(creator_id=creator_id, currency=balance.currency)]
    reviewed = [
        _blocker("With our staff", transfer.failure_sentence, amount_minor=transfer.amount_minor)
        for transfer in attempts.in_review(creator_id=creator_id, currency=balance.currency)
    ]
    if kept := attempts.taken_back_minor(creator_id=creator_id, currency=balance.currency):
        why = "It came back from your Stripe account: we send it again, or it goes into the next run"
        reviewed.append(_blocker("With our staff", why, amount_minor=kept))
    sending = balance.reserved_minor - ways.reserved_minor - sum(blocker.amount_minor for blocker in reviewed)
    moving = balance.in_transit_minor - ways.in_transit_minor - sum(blocker.amount_minor for blocker in stuck)
    return [
        *stuck,
        *reviewed,
        *_some(
            _blocker(
                "In this week's run",
                "Nothing: two of us check this run before it is sent",
                amount_minor=ways.unreleased.amount_minor,
            ),
            _blocker("In this week's run", "Nothing: it is being sent to your Stripe account", amount_minor=sending),
            _blocker("On its way to your bank", "Nothing: banks take one to three working days", amount_minor=moving),
        ),
    ]


def _stuck(payout: BankPayout) -> earnings.Blocker:
    """What keeps a payout from the bank; of a bank account that is new, until when is known."""
    is_held = payout.failure_code == holds.NEW_BANK_ACCOUNT and payout.state == BankPayoutState.WAITING_FOR_FUNDS
    return _blocker(
        "Waits because your bank account is new" if is_held else "Has not reached your bank",
        payout.failure_sentence.removesuffix("."),
        amount_minor=payout.amount_minor,
        clears_at=payout.due_at if is_held else None,
    )


def _ways(*, creator_id: int, currency: str, pause: PayoutPause | None) -> _Ways:
    ways = _Ways(paused=_HeldUp(), stopped=_HeldUp(), taken_back=_HeldUp(), unreleased=_HeldUp())
    mine = Transfer.objects.filter(creator_id=creator_id, currency=currency)
    opened = mine.filter(state__in=[state.value for state in OPEN])
    for state, batch_state, amount_minor in opened.values_list("state", "batch__state", "amount_minor"):
        if pause is not None and state == TransferState.RESERVED:
            ways.paused.reserved_minor += amount_minor
        elif batch_state == BatchState.STOPPED:
            ways.stopped.reserved_minor += amount_minor
        elif batch_state == BatchState.AWAITING_RELEASE:
            ways.unreleased.reserved_minor += amount_minor
    # What is with Stripe and in no payout yet waits for what the same run has not sent.
    waiting = mine.filter(state=TransferState.SENT, part=None)
    for batch_state, amount_minor in waiting.values_list("batch__state", "amount_minor"):
        if pause is not None:
            ways.paused.in_transit_minor += amount_minor
        elif batch_state == BatchState.STOPPED:
            ways.stopped.in_transit_minor += amount_minor
    unsent = BankPayout.objects.filter(
        creator_id=creator_id,
        currency=currency,
        batch__state=BatchState.STOPPED,
        state__in=[state.value for state in UNSENT],
        failure_sentence="",  # what is in trouble has its own line
    )
    ways.stopped.in_transit_minor += _sum(unsent.aggregate(sum=Sum("amount_minor")))
    reversing = mine.filter(state=TransferState.REVERSING)
    back_already = TransferReversal.objects.filter(transfer__in=reversing, booked_at__isnull=False, sent_again_id=None)
    ways.taken_back.in_transit_minor += _sum(reversing.aggregate(sum=Sum("amount_minor"))) - _sum(
        back_already.aggregate(sum=Sum("amount_minor"))
    )
    return ways


def _sum(found: dict[str, int | None]) -> int:
    return int(found["sum"] or 0)


def _some(*found: earnings.Blocker) -> list[earnings.Blocker]:
    """Those that are about money."""
    return [blocker for blocker in found if blocker.amount_minor]


def _blocker(rule: str, what_to_do: str, *, amount_minor: int, clears_at: datetime | None = None) -> earnings.Blocker:
    return earnings.Blocker(rule=rule, amount_minor=amount_minor, clears_at=clears_at, what_to_do=what_to_do)
