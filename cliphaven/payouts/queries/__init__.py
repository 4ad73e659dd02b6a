"""What is known of creators' payouts: where their money is, what comes next Monday, what came before and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips import queries as clip_queries
from cliphaven.earnings import queries as earnings
from cliphaven.earnings.queries import overviews, own_doubts
from cliphaven.foundation import money
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud.queries import analytics
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, BatchState, PayoutPause, Skip
from cliphaven.payouts.queries import holds, obstacles, pauses
from cliphaven.payouts.queries.onboarding import Onboarding, onboarding_of
from cliphaven.payouts.rules import BankPayoutState

__all__ = [
    "CreatorHome",
    "LeftOut",
    "LeftOuts",
    "MoneyPlace",
    "Onboarding",
    "Payday",
    "creator_home",
    "money_places",
    "onboarding_of",
    "skips_of",
]

CLIPS_SHOWN = 8
SKIPS_SHOWN_MAX = 12


@dataclass(frozen=True, kw_only=True)
class Payday:
    """The next Monday run and what it will pay this creator as things stand, in minor units, with a sentence why."""

    at: datetime
    amount_minor: int
    currency: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class MoneyPlace:
    """A creator's money in one currency: the explained balance, what has arrived, and what comes next Monday.

    `blockers` name everything that is not paid on Monday as things stand, and what can be done about it.
    """

    balance: earnings.ExplainedBalance
    paid_minor: int
    payday: Payday
    blockers: tuple[earnings.Blocker, ...]
    held_bank: holds.ChangedBank | None
    """The new bank account to which this money does not go yet, in whichever run it is."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A Monday on which a creator was left out, and why."""

    planned_at: datetime
    amount_minor: int
    currency: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class LeftOuts:
    """The latest Mondays on which a creator was left out; `is_all` is False when there were more."""

    latest: Sequence[LeftOut]
    is_all: bool


@dataclass(frozen=True, kw_only=True)
class CreatorHome:
    """Everything on a creator's first page; their money by currency, at least one."""

    places: Sequence[MoneyPlace]
    onboarding: Onboarding
    clips: Sequence[overviews.ClipLine]
    clips_to_fix: Sequence[clip_queries.ClipFacts]
    doubts: Sequence[own_doubts.ClipDoubt]
    analytics_asked: Sequence[analytics.AnalyticsLine]
    has_proved_channel: bool
    open_campaigns: int


@dataclass(frozen=True, kw_only=True)
class _ClearingPart:
    """Money that clears before Monday, as the choice of what to pay sees it."""

    amount_minor: int
    last_cleared_at: datetime
    campaign_ended: bool = False


@dataclass(frozen=True, kw_only=True)
class _Expected:
    """What the next run would pay and keep of what has cleared by then, in minor units, whatever Stripe still wants."""

    paid_minor: int
    kept_minor: int
    kept_of_cleared_minor: int  # the kept part that has cleared by now
    clears_minor: int  # paid or kept, it clears only before then


@one_snapshot
def creator_home(*, creator_id: int, now: datetime) -> CreatorHome:
    """A creator's money, what comes next, what they have to do, and their latest clips."""
    places = money_places(creator_id=creator_id, now=now)
    submitted = clip_queries.creator_clips(creator_id=creator_id)
    channels = clip_queries.channels_of(creator_id=creator_id, now=now)
    return CreatorHome(
        places=places,
        onboarding=onboarding_of(creator_id=creator_id),
        clips=overviews.clip_lines(submitted[:CLIPS_SHOWN]),
        clips_to_fix=[clip for clip in submitted if clip.state == "needs_fix"],
        doubts=own_doubts.doubts_to_see_to(creator_id=creator_id, now=now),
        analytics_asked=analytics.waiting_of(creator_id=creator_id),
        has_proved_channel=any(channel.is_proved for channel in channels),
        open_campaigns=len(campaigns.open_campaigns()),
    )


@one_snapshot
def money_places(*, creator_id: int, now: datetime) -> list[MoneyPlace]:
    """Where a creator's money is, for each currency they have earned in, at least one; all of it at one moment."""
    onboarding = onboarding_of(creator_id=creator_id)
    pause = pauses.live(creator_id=creator_id)
    return [
        _money_place(creator_id=creator_id, currency=currency, onboarding=onboarding, pause=pause, now=now)
        for currency in earnings.creator_currencies(creator_id=creator_id)
    ]


def _money_place(
    *, creator_id: int, currency: str, onboarding: Onboarding, pause: PayoutPause | None, now: datetime
) -> MoneyPlace:
    balance = earnings.explained_balance(creator_id=creator_id, currency=currency, now=now)
    at = rules.next_payday(now)
    expected = _expected(balance, creator_id=creator_id, at=at)
    held_bank = holds.held(creator_id=creator_id, currency=currency, now=now)
    arrived = BankPayout.objects.filter(creator_id=creator_id, currency=currency, state=BankPayoutState.PAID)
    return MoneyPlace(
        balance=balance,
        paid_minor=int(arrived.aggregate(paid=Sum("amount_minor"))["paid"] or 0),
        payday=_payday(balance, expected=expected, onboarding=onboarding, pause=pause, held_bank=held_bank, at=at),
        blockers=obstacles.blockers(
            balance,
            creator_id=creator_id,
            kept_minor=expected.kept_of_cleared_minor,
            onboarding=onboarding,
            pause=pause,
        ),
        held_bank=held_bank,
    )


def skips_of(*, creator_id: int) -> LeftOuts:
    """The latest Mondays on which a creator was left out, newest first."""
    told = Skip.objects.filter(creator_id=creator_id).exclude(batch__state=BatchState.SENT_BACK)
    newest = told.select_related("batch").order_by("-id")
    skips = list(newest[: SKIPS_SHOWN_MAX + 1])
    return LeftOuts(
        latest=[
            LeftOut(
                planned_at=skip.batch.planned_at,
                amount_minor=skip.amount_minor,
                currency=skip.currency,
                sentence=skip.get_reason_display(),
            )
            for skip in skips[:SKIPS_SHOWN_MAX]
        ],
        is_all=len(skips) <= SKIPS_SHOWN_MAX,
    )


def _expected(balance: earnings.ExplainedBalance, *, creator_id: int, at: datetime) -> _Expected:
    """What has cleared until `at`, divided as the batch divides it.

    Of money that is still clearing only the day is known; it counts as that of running campaigns.
    """
    cleared = [part for part in earnings.payable_parts(creator_id=creator_id) if part.currency == balance.currency]
    clearing = [
        _ClearingPart(amount_minor=blocker.amount_minor, last_cleared_at=blocker.clears_at)
        for blocker in balance.blockers
        if blocker.clears_at is not None and blocker.clears_at <= at
    ]
    parts: list[rules.Part] = [*cleared, *clearing]
    paid = rules.parts_to_pay(parts, minimum_minor=settings.MINIMUM_PAYOUT_MINOR[balance.currency], now=at)
    return _Expected(
        paid_minor=sum(part.amount_minor for part in paid),
        kept_minor=sum(part.amount_minor for part in parts if part not in paid),
        kept_of_cleared_minor=sum(part.amount_minor for part in cleared if part not in paid),
        clears_minor=sum(part.amount_minor for part in clearing),
    )


def _payday(
    balance: earnings.ExplainedBalance,
    *,
    expected: _Expected,
    onboarding: Onboarding,
    pause: PayoutPause | None,
    held_bank: holds.ChangedBank | None,
    at: datetime,
) -> Payday:
    is_payable = onboarding.state == "ready" and balance.currency in onboarding.banks and pause is None
    sentence = _payday_sentence(balance, expected=expected, onboarding=onboarding, pause=pause)
    if is_payable and expected.paid_minor and held_bank is not None and held_bank.held_until > at:
        sentence += (
            f" It goes on to your new bank account on {held_bank.held_until:%-d %B at %H:%M} UTC, 72 hours after the"
            " change."
        )
    return Payday(
        at=at,
        amount_minor=expected.paid_minor if is_payable else 0,
        currency=balance.currency,
        sentence=sentence,
    )


def _payday_sentence(
    balance: earnings.ExplainedBalance, *, expected: _Expected, onboarding: Onboarding, pause: PayoutPause | None
) -> str:
    def said(amount_minor: int) -> str:
        return money.formatted(amount_minor, currency=balance.currency)

    smallest = said(settings.MINIMUM_PAYOUT_MINOR[balance.currency])
    kept = f"{said(expected.kept_minor)} is below the smallest payout of {smallest}: it adds up"
    if not expected.paid_minor:
        if pause is not None:
            return f"Nothing goes out while your payouts are paused: {obstacles.reason_of(pause)}."
        # What is still clearing may be of a campaign that has ended, and then goes out although it is little.
        unless = ", or goes out once its campaign has ended" if expected.clears_minor else ""
        return f"{kept}{unless}." if expected.kept_minor else "Nothing clears before this payday."
    if but := obstacles.first(onboarding, currency=balance.currency, pause=pause):
        return f"{said(expected.paid_minor)} would go out, but {but}."
    if expected.kept_minor:
        return f"{said(expected.paid_minor)} is from campaigns that have ended. {kept}."
    if not expected.clears_minor:
        return f"{said(expected.paid_minor)} has cleared."
    return f"{said(balance.payable_minor)} has cleared, {said(expected.clears_minor)} clears before then."
