"""Money in that waits for one of the staff: what the page shows, and what they are mailed about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.rules.disputes import PauseReason
from cliphaven.foundation.money import formatted
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.webhooks import queries as webhooks

# A bank decides against whoever says nothing in time.
ANSWER_SOON = timedelta(days=3)
LETTERS_WAIT_AT_MOST = timedelta(minutes=30)
ALARMS_MAX = 50
PAGE = "/staff/money-in/"

_NAMES = {"deposit": "payment", "refund": "refund", "dispute": "dispute"}


@dataclass(frozen=True, kw_only=True)
class MoneyInAlarm:
    """One thing that is wrong, and since when. The key is the same as long as it is the same trouble."""

    key: str
    title: str
    sentence: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class MoneyIn:
    """What waits, which disputes are open, whose money is kept together, how the letterbox is, and what was done."""

    reviews: Sequence[campaigns.Review]
    disputes: Sequence[campaigns.DisputeLine]
    pauses: Sequence[campaigns.Pause]
    letters: webhooks.LetterboxHealth
    acts: Sequence[campaigns.ActLine]

    @property
    def to_answer(self) -> Sequence[campaigns.DisputeLine]:
        """Disputes whose bank waits for our evidence, the most urgent first."""
        return [dispute for dispute in self.disputes if dispute.needs_answer]

    @property
    def next_answer_by(self) -> datetime | None:
        """Until when the first of them must be answered."""
        return next((dispute.due_by for dispute in self.to_answer if dispute.due_by is not None), None)


@one_snapshot
def money_in(*, now: datetime) -> MoneyIn:
    """Everything on the staff's page about money in."""
    return MoneyIn(
        reviews=campaigns.in_review(),
        disputes=campaigns.disputes_open(),
        pauses=campaigns.live_pauses(now=now),
        letters=webhooks.letterbox_health(now=now),
        acts=campaigns.latest_acts(),
    )


def waiting_count() -> int:
    """How much of it waits for a person: to be put right, or to be answered."""
    return campaigns.in_review_count() + campaigns.disputes_to_answer_count()


@one_snapshot
def alarms(*, now: datetime) -> list[MoneyInAlarm]:
    """Everything about money in that a person must see now, at most ALARMS_MAX of each sort."""
    return [
        *islice(_reviews(), ALARMS_MAX),
        *islice(_disputes(now), ALARMS_MAX),
        *islice(_warnings(now), ALARMS_MAX),
        *_letters(now),
    ]


def _reviews() -> Iterator[MoneyInAlarm]:
    for review in campaigns.in_review():
        what, amount = _NAMES[review.what], formatted(review.amount_minor, currency=review.currency)
        yield MoneyInAlarm(
            # Back in review after somebody had it looked up again is news.
            key=f"money-in:{review.what}:{review.id}:{review.times_looked}",
            title=f"A {what} of {amount} waits for a person",
            sentence=f"{review.organisation_name}, {review.stripe_id or f'{what} {review.id}'}: {review.why}",
            since=review.since,
        )


def _disputes(now: datetime) -> Iterator[MoneyInAlarm]:
    for dispute in campaigns.disputes_open():
        if not dispute.needs_answer:
            continue
        amount = formatted(dispute.amount_minor, currency=dispute.currency)
        due = f" by {dispute.due_by:%-d %B %H:%M} UTC" if dispute.due_by is not None else ""
        is_soon = dispute.due_by is not None and dispute.due_by - now <= ANSWER_SOON
        yield MoneyInAlarm(
            key=f"dispute:{dispute.stripe_id}:{dispute.status}{':soon' if is_soon else ''}",
            title=f"A payment of {amount} is {'questioned' if dispute.is_inquiry else 'disputed'}: answer it{due}",
            sentence=f"{dispute.organisation_name}, {dispute.stripe_id}: {dispute.reason or 'no reason given'}. Hand in"
            " the evidence at Stripe. Whoever says nothing in time has lost.",
            since=dispute.opened_at,
        )


def _warnings(now: datetime) -> Iterator[MoneyInAlarm]:
    for pause in campaigns.live_pauses(now=now):
        if pause.reason is PauseReason.FRAUD_WARNING:
            yield MoneyInAlarm(
                key=f"warning:{pause.pause_id}",
                title=f"A card network warns of a payment of {pause.organisation_name}",
                sentence="Its money is kept together for two weeks. Ask the sponsor whether they know the card: what"
                " goes back now is not disputed later.",
                since=pause.since,
            )


def _letters(now: datetime) -> Iterator[MoneyInAlarm]:
    health = webhooks.letterbox_health(now=now)
    oldest = health.oldest_waiting_since
    if oldest is not None and now - oldest > LETTERS_WAIT_AT_MOST:
        yield MoneyInAlarm(
            key=f"letters:{oldest:%Y-%m-%d}",
            title="Letters of Stripe are not dealt with",
            sentence=f"{health.waiting:,} wait, the oldest since {oldest:%-d %B %H:%M} UTC. Does the worker of the"
            " queue “payouts” run? The sweeps ask Stripe anyway, only later.",
            since=oldest,
        )
    if health.given_up_at is not None:
        yield MoneyInAlarm(
            key=f"letters-given-up:{health.given_up_at:%Y-%m-%d}",
            title="Letters of Stripe lay there for three days and were given up",
            sentence=f"{health.given_up:,} of them. See in the log why they cannot be dealt with, then have them"
            " taken up again.",
            since=health.given_up_at,
        )
