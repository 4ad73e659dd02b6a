"""What is known of creators' payouts: where their money is, what comes next Monday, what came before and why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from cliphaven.campaigns import queries as campaigns
from cliphaven.clips import queries as clip_queries
from cliphaven.earnings import queries as earnings
from cliphaven.earnings.queries import overviews
from cliphaven.foundation import money
from cliphaven.payouts import rules
from cliphaven.payouts.models import (
    BankPayout,
    BatchState,
    ConnectedAccount,
    PauseReason,
    PayoutPause,
    Skip,
    Transfer,
)
from cliphaven.payouts.queries import attempts, pauses
from cliphaven.payouts.rules import BankPayoutState

CLIPS_SHOWN = 8
SKIPS_SHOWN_MAX = 12


@dataclass(frozen=True, kw_only=True)
class Onboarding:
    """How far a creator's account at Stripe is: not_started, incomplete, in_review, ready or restricted.

    `banks` are the names of the bank accounts that work, by currency: money in another currency cannot be sent there.
    """

    state: str
    missing: Sequence[str]
    banks: Mapping[str, str]
    checked_at: datetime | None


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
        has_proved_channel=any(channel.is_proved for channel in channels),
        open_campaigns=len(campaigns.open_campaigns()),
    )


def money_places(*, creator_id: int, now: datetime) -> list[MoneyPlace]:
    """Where a creator's money is, for each currency they have earned in; at least one."""
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
    arrived = BankPayout.objects.filter(creator_id=creator_id, currency=currency, state=BankPayoutState.PAID)
    return MoneyPlace(
        balance=balance,
        paid_minor=int(arrived.aggregate(paid=Sum("amount_minor"))["paid"] or 0),
        payday=_payday(balance, expected=expected, onboarding=onboarding, pause=pause, at=at),
        blockers=(
            *_before_monday(balance, expected=expected, onboarding=onboarding, pause=pause),
            *(blocker for blocker in balance.blockers if blocker.clears_at is not None),
            *_on_the_way(balance, creator_id=creator_id),
        ),
    )


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


def _onboarding_state(account: ConnectedAccount) -> str:
    if account.is_usable:
        return "ready"
    if not account.details_submitted:
        return "incomplete"
    # It could be paid once, and cannot now; or it is new and Stripe is still looking.
    return "restricted" if account.usable_since is not None else "incomplete" if account.missing else "in_review"


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
    at: datetime,
) -> Payday:
    is_payable = onboarding.state == "ready" and balance.currency in onboarding.banks and pause is None
    return Payday(
        at=at,
        amount_minor=expected.paid_minor if is_payable else 0,
        currency=balance.currency,
        sentence=_payday_sentence(balance, expected=expected, onboarding=onboarding, pause=pause),
    )


def _payday_sentence(
    balance: earnings.ExplainedBalance, *, expected: _Expected, onboarding: Onboarding, pause: PayoutPause | None
) -> str:
    def said(amount_minor: int) -> str:
        return money.formatted(amount_minor, currency=balance.currency)

    smallest = said(settings.MINIMUM_PAYOUT_MINOR[balance.currency])
    kept = f"{said(expected.kept_minor)} is below the smallest payout of {smallest}: it adds up"
    if not expected.paid_minor:
        # What is still clearing may be of a campaign that has ended, and then goes out although it is little.
        unless = ", or goes out once its campaign has ended" if expected.clears_minor else ""
        return f"{kept}{unless}." if expected.kept_minor else "Nothing clears before this payday."
    if but := _but(onboarding, currency=balance.currency, pause=pause):
        return f"{said(expected.paid_minor)} would go out, but {but}."
    if expected.kept_minor:
        return f"{said(expected.paid_minor)} is from campaigns that have ended. {kept}."
    if not expected.clears_minor:
        return f"{said(expected.paid_minor)} has cleared."
    return f"{said(balance.payable_minor)} has cleared, {said(expected.clears_minor)} clears before then."


def _but(onboarding: Onboarding, *, currency: str, pause: PayoutPause | None) -> str:
    """What keeps everything of a creator's in a currency from going out, if anything does."""
    if pause is not None:
        return _paused(pause)
    if onboarding.state == "not_started":
        return "first: set up payouts"
    if onboarding.state != "ready":
        return "first: Stripe needs something from you"
    return "" if currency in onboarding.banks else f"Stripe has no bank account of yours for {currency}"


def _paused(pause: PayoutPause) -> str:
    reason = PauseReason(pause.reason).label
    return f"your payouts are paused: {reason[0].lower()}{reason[1:]}"


def _before_monday(
    balance: earnings.ExplainedBalance, *, expected: _Expected, onboarding: Onboarding, pause: PayoutPause | None
) -> list[earnings.Blocker]:
    """What keeps the payable part, or some of it, out of the next run, if anything does."""
    if not balance.payable_minor:
        return []
    if _but(onboarding, currency=balance.currency, pause=pause):
        rule, what_to_do = _obstacle(onboarding, currency=balance.currency, pause=pause)
        return [_blocker(rule, balance.payable_minor, what_to_do)]
    if expected.kept_of_cleared_minor:
        smallest = money.formatted(settings.MINIMUM_PAYOUT_MINOR[balance.currency], currency=balance.currency)
        kept = f"Nothing: it is kept for you and goes out once there is {smallest}, or the campaign has ended"
        return [_blocker("Below the smallest payout", expected.kept_of_cleared_minor, kept)]
    return []


def _obstacle(onboarding: Onboarding, *, currency: str, pause: PayoutPause | None) -> tuple[str, str]:
    """What stands before everything, and what to do about it."""
    if pause is not None:
        rule = _paused(pause)
        return f"{rule[0].upper()}{rule[1:]}", pauses.WHAT_TO_DO[PauseReason(pause.reason)]
    if onboarding.state == "not_started":
        return "Payouts are not set up", "Tell Stripe who you are and which bank account is yours"
    if onboarding.state != "ready":
        missing = ", ".join(onboarding.missing).lower() or "nothing from you, it is still checking"
        return "Stripe cannot pay you now", f"Stripe asks for: {missing}"
    return f"No bank account for {currency}", f"Add a bank account in {currency} with Stripe, under Bank and identity"


def _on_the_way(balance: earnings.ExplainedBalance, *, creator_id: int) -> list[earnings.Blocker]:
    """Money that has left the payable part: set aside, on its way, or kept from the bank by something."""
    stuck = [
        _blocker("Has not reached your bank", payout.amount_minor, payout.failure_sentence)
        for payout in attempts.in_trouble(creator_id=creator_id, currency=balance.currency)
    ]
    reviewed = [
        _blocker("With our staff", transfer.amount_minor, transfer.failure_sentence)
        for transfer in attempts.in_review(creator_id=creator_id, currency=balance.currency)
    ]
    if kept := attempts.taken_back_minor(creator_id=creator_id, currency=balance.currency):
        why = "It came back from your Stripe account: we send it again, or it goes into the next run"
        reviewed.append(_blocker("With our staff", kept, why))
    sending = balance.reserved_minor - sum(blocker.amount_minor for blocker in reviewed)
    moving = balance.in_transit_minor - sum(blocker.amount_minor for blocker in stuck)
    waits = Transfer.objects.filter(
        creator_id=creator_id, currency=balance.currency, batch__state=BatchState.AWAITING_RELEASE
    ).exists()
    meanwhile = "two of us check this run before it is sent" if waits else "it is being sent to your Stripe account"
    reserved = _blocker("In this week's run", sending, f"Nothing: {meanwhile}")
    on_its_way = _blocker("On its way to your bank", moving, "Nothing: banks take one to three working days")
    return [*stuck, *reviewed, *(blocker for blocker in (reserved, on_its_way) if blocker.amount_minor)]


def _blocker(rule: str, amount_minor: int, what_to_do: str) -> earnings.Blocker:
    return earnings.Blocker(rule=rule, amount_minor=amount_minor, clears_at=None, what_to_do=what_to_do)
