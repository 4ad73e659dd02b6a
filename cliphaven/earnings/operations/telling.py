"""What creators are told about money that is held or reversed: why, how much, until when, and what they can do."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import Accrual, EarningReversal, Hold, HoldExtension, HoldReason, ReversalReason
from cliphaven.foundation import money
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.notifications import operations as notifications
from cliphaven.notifications.rules import Kind

_OBJECT = "If you think that this is wrong, answer this mail and say what we should look at."


@joined_transaction
def of_holds(*, holds: Collection[Hold], now: datetime) -> None:
    """Tell creators that earnings are held: one mail a clip, reason and day, however many entries it is about."""
    by_clip: dict[tuple[int, str], list[Hold]] = defaultdict(list)
    for hold in holds:
        by_clip[hold.accrual.clip_id, hold.reason].append(hold)
    titles = campaigns.titles(list({hold.accrual.campaign_id for hold in holds}))
    for (clip_id, reason), of_one in by_clip.items():
        accrual, amount = of_one[0].accrual, _formatted(of_one)
        released = max(hold.releases_at for hold in of_one)
        notifications.queue_message(
            user_id=accrual.creator_id,
            key=f"hold:{clip_id}:{reason}:{now:%Y-%m-%d}",
            kind=Kind.DOUBTS,
            subject=f"{amount} of your clip for {titles[accrual.campaign_id]} is held",
            text=(
                f"{HoldReason(reason).label}. {of_one[0].note}".strip()
                + f"\n\n{amount} that this clip earned is kept apart for now. It comes back by itself on"
                f" {released:%d %B %Y}, unless we find that these views do not count.\n\n{_OBJECT}"
            ),
            link=f"/clips/{clip_id}/",
            now=now,
        )


@joined_transaction
def of_extensions(*, extensions: Collection[HoldExtension], amount_minor: int, now: datetime) -> None:
    """Tell the creator of a clip that what is held of it is held longer, and why."""
    first = next(iter(extensions))
    accrual = first.hold.accrual
    amount = money.formatted(amount_minor, currency=accrual.currency)
    notifications.queue_message(
        user_id=accrual.creator_id,
        key=f"hold_extension:{first.id}",
        kind=Kind.DOUBTS,
        subject=f"Held longer: {amount} of your clip for {_title(accrual)}",
        text=(
            f"{first.reason}\n\nIt comes back by itself on {first.releases_at:%d %B %Y} instead of"
            f" {max(one.former_releases_at for one in extensions):%d %B %Y}.\n\n{_OBJECT}"
        ),
        link=f"/clips/{accrual.clip_id}/",
        now=now,
    )


@joined_transaction
def of_releases(*, holds: Collection[Hold], amount_minor: int, note: str, now: datetime) -> None:
    """Tell the creator of a clip that somebody looked at it, and that its money is no longer held."""
    first = next(iter(holds))
    accrual = first.accrual
    amount = money.formatted(amount_minor, currency=accrual.currency)
    notifications.queue_message(
        user_id=accrual.creator_id,
        key=f"release:{first.id}",
        kind=Kind.DOUBTS,
        subject=f"{amount} of your clip for {_title(accrual)} is no longer held",
        text=(
            f"{note}\n\nIt is back where it was: what had cleared goes out with your next payout, the rest when its"
            " hold period is over."
        ),
        link=f"/clips/{accrual.clip_id}/",
        now=now,
    )


@joined_transaction
def of_reversals(*, reversals: Collection[EarningReversal], owed_minor: int, now: datetime) -> None:
    """Tell the creator of a clip that some of its earnings do not count, and what that means for their money.

    `owed_minor` is what their unpaid earnings did not cover.
    """
    first = next(iter(reversals), None)
    if first is None:
        return
    accrual = first.accrual
    total = money.formatted(sum(one.net_minor for one in reversals), currency=accrual.currency)
    debt = money.formatted(owed_minor, currency=accrual.currency)
    consequence = (
        f"{debt} of it was paid already and more than you have unpaid: it is kept back from what you earn next."
        if owed_minor
        else "It was taken from what is not paid yet: nothing is taken from your bank."
    )
    notifications.queue_message(
        user_id=accrual.creator_id,
        key=f"reversal:{first.pk}",
        kind=Kind.DOUBTS,
        subject=f"{total} of your clip for {_title(accrual)} does not count",
        text=f"{ReversalReason(first.reason).label}. {first.note}\n\n{consequence}\n\n{_OBJECT}",
        link=f"/clips/{accrual.clip_id}/",
        now=now,
    )


def _title(accrual: Accrual) -> str:
    return campaigns.titles([accrual.campaign_id])[accrual.campaign_id]


def _formatted(holds: Iterable[Hold]) -> str:
    found = list(holds)
    return money.formatted(sum(hold.amount_minor for hold in found), currency=found[0].accrual.currency)
