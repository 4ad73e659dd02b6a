"""What about payday a person must see now. An alarm has a key: told once, it stands until its cause is gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Sum

from cliphaven.earnings import queries as owed
from cliphaven.foundation.money import formatted
from cliphaven.payouts import rules
from cliphaven.payouts.models import (
    Act,
    BankPayout,
    Batch,
    BatchState,
    PayoutPause,
    StaffAct,
    Transfer,
    TransferReversal,
)
from cliphaven.payouts.queries import acts
from cliphaven.payouts.queries.batches import released_short
from cliphaven.payouts.queries.stuck import StuckItem, stuck
from cliphaven.payouts.rules import BankPayoutState, TransferState

MISSED_AFTER = timedelta(hours=1)
UNRELEASED_AFTER = timedelta(hours=2)
# By then the key is too old to be trusted and every look-up has been made.
UNKNOWN_AFTER = timedelta(hours=24)
BATCHES_MAX = 50
NOT_PLANNED = (
    "Look whether the scheduler and the worker of the queue “payouts” run, and whether Stripe answers. It is planned"
    " once, as soon as they do."
)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One thing that is wrong, since when, and which week's batch it is about."""

    key: str
    title: str
    sentence: str
    week: str
    since: datetime

    @property
    def link(self) -> str:
        """Where on this site to look, and to act."""
        if self.key.startswith("disowned:"):
            return f"/staff/payday/creators/{self.key.split(':')[1]}/"
        return "/staff/payday/" if self.key.startswith("missed:") else f"/staff/payday/{self.week}/"


def alarms(*, now: datetime) -> list[Alarm]:
    """Everything about payday that a person must see now, the oldest first."""
    found = [*_disowned(), *_missed(now), *_unreleased(now), *_stopped(), *_short(now), *_unknown(now), *_stuck(now)]
    return sorted(found, key=lambda alarm: (alarm.since, alarm.key))


def oldest_in_transit_at() -> datetime | None:
    """Since when the oldest payout has been on its way to a bank; None when there is none."""
    moving = BankPayout.objects.filter(state__in=[BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT])
    return moving.order_by("created_at").values_list("created_at", flat=True).first()


def _disowned() -> Iterator[Alarm]:
    """Creators who say that somebody else changed their bank account: until somebody lets their payouts go on."""
    said = PayoutPause.objects.filter(by_creator=True, resumed_at=None)
    for pause in said.order_by("id")[:BATCHES_MAX]:
        yield Alarm(
            key=f"disowned:{pause.creator_id}:{pause.id}",
            title=f"Creator {pause.creator_id} says that somebody else changed their bank account",
            sentence="Nothing goes out to them. Find out at Stripe who changed it and when, speak with the creator at"
            " the address they had before, and let their payouts go on when the bank account is theirs.",
            week=rules.due_week(pause.paused_at),
            since=pause.paused_at,
        )


def _missed(now: datetime) -> Iterator[Alarm]:
    week, due_at = rules.due_week(now), rules.last_payday(now)
    latest = Batch.objects.filter(iso_week=week).order_by("-number").first()
    if latest is not None:
        asked_at = acts.planned_again_at(batch_id=latest.id)
        if latest.state == BatchState.SENT_BACK and asked_at is not None and now - asked_at >= MISSED_AFTER:
            yield Alarm(
                key=f"missed:{week}:again",
                title=f"Payday {week} was to be planned again, and is not",
                sentence=NOT_PLANNED,
                week=week,
                since=asked_at,
            )
    # A house in which nobody was ever paid, or is owed, has missed nothing.
    elif now - due_at >= MISSED_AFTER and (Batch.objects.exists() or owed.payable_parts()):
        yield Alarm(
            key=f"missed:{week}",
            title=f"Payday {week} has not been planned",
            sentence=f"It was due on Monday at 06:00 UTC. {NOT_PLANNED}",
            week=week,
            since=due_at,
        )


def _unreleased(now: datetime) -> Iterator[Alarm]:
    waiting = Batch.objects.filter(state=BatchState.AWAITING_RELEASE, planned_at__lte=now - UNRELEASED_AFTER)
    for batch in waiting.order_by("id")[:BATCHES_MAX]:
        yield Alarm(
            key=f"unreleased:{batch.id}",
            title=f"Payday {batch.iso_week} still waits to be released",
            sentence="Nothing of it is sent until two of the staff have released it. Release it, or send it back.",
            week=batch.iso_week,
            since=batch.planned_at,
        )


def _stopped() -> Iterator[Alarm]:
    for batch in Batch.objects.filter(state=BatchState.STOPPED).order_by("id")[:BATCHES_MAX]:
        # Stopped once more after it went on is another alarm.
        resumed = StaffAct.objects.filter(batch=batch, act=Act.RESUMED).count()
        yield Alarm(
            key=f"stopped:{batch.id}:{resumed}",
            title=f"Payday {batch.iso_week} is stopped",
            sentence=f"{batch.stop_reason} Nothing more of it is sent until somebody lets it go on.".strip(),
            week=batch.iso_week,
            since=batch.planned_at,
        )


def _short(now: datetime) -> Iterator[Alarm]:
    """Until the next payday, which pays them."""
    released = released_short().filter(settled_at__gte=rules.last_payday(now))
    rows = (
        released.values_list("batch_id", "batch__iso_week", "currency")
        .annotate(count=Count("id"), amount=Sum("amount_minor"), since=Min("settled_at"))
        .order_by("batch_id", "currency")
    )
    for batch_id, week, currency, count, amount, since in rows[:BATCHES_MAX]:
        said = formatted(int(amount), currency=currency)
        yield Alarm(
            key=f"short:{batch_id}:{currency}",
            title=f"{week}: {_counted(count, 'transfer')} released, {said}: our balance was short",
            sentence="Stripe had less of our money than they asked for. All of it is payable again and goes into the"
            " next run. Find out what our balance lacks, and top it up before then.",
            week=week,
            since=since,
        )


def _unknown(now: datetime) -> Iterator[Alarm]:
    for model, batch, what in (
        (Transfer, "batch", "transfer"),
        (BankPayout, "batch", "payout"),
        (TransferReversal, "transfer__batch", "reversal"),
    ):
        # All three call it by the same name.
        rows = model._default_manager.filter(
            state=TransferState.UNKNOWN.value, last_claimed_to_send_at__lte=now - UNKNOWN_AFTER
        ).exclude(**{f"{batch}__state": BatchState.STOPPED})
        oldest = rows.order_by("id").values_list("id", "last_claimed_to_send_at", f"{batch}__iso_week").first()
        if oldest is not None:
            number, told_at, week = oldest
            yield Alarm(
                key=f"unknown:{what}:{number}",
                title=f"Nobody knows what became of {_counted(rows.count(), what)}",
                sentence="Stripe was told a day ago or more, and no look-up has settled it. Does Stripe answer?",
                week=week,
                since=told_at,
            )


def _stuck(now: datetime) -> Iterator[Alarm]:
    """One alarm a week and trouble; whatever joins is news, and so another key."""
    groups: dict[tuple[str, str], list[StuckItem]] = {}
    for item in stuck(now=now).items:
        if trouble := _trouble(item):
            groups.setdefault((item.week, trouble), []).append(item)
    for (week, trouble), items in groups.items():
        newest = max(items, key=lambda item: (item.since, item.name))
        # Back in review after it was looked at again is news, too; a try of what is slow is none.
        moment = f":{newest.since:%Y%m%d%H%M}" if trouble == "review" else ""
        title, sentence = _TROUBLES[trouble]
        yield Alarm(
            key=f"{trouble}:{week}:{newest.name}{moment}",
            title=f"{week}: {title.format(items=_counted(len(items), 'item'))}",
            sentence=sentence,
            week=week,
            since=min(item.since for item in items),
        )


_TROUBLES = {
    "review": ("{items} for a person to look at", "See what Stripe has, put it right there, and have it looked up."),
    "slow": ("{items} later than anything should be", "Does the worker run? The log has a line for each try."),
    "transit": (
        "{items} on the way to a bank for a week",
        "Look it up at Stripe. The trace id helps the creator's bank to find it.",
    ),
}


def _trouble(item: StuckItem) -> str:
    if item.state in (TransferState.NEEDS_REVIEW, TransferState.RELEASED) or item.reason.startswith(rules.NOT_BOOKED):
        return "review"
    if item.state in (BankPayoutState.PENDING, BankPayoutState.IN_TRANSIT):
        return "transit"
    # What a bank refused waits for its creator, who was told.
    return "" if item.state in rules.BANK_PAYOUT_OVER else "slow"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
