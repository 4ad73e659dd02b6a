"""Everything on the staff's pages about payday, in one call each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.identity import queries as people
from cliphaven.identity.models import User
from cliphaven.payouts import queries
from cliphaven.payouts.models import PauseReason, PayoutPause
from cliphaven.payouts.queries import acts, batches, history, holds, items
from cliphaven.payouts.queries.acts import ActLine
from cliphaven.payouts.queries.alarms import Alarm, alarms, oldest_in_transit_at
from cliphaven.payouts.queries.items import Item, Items, Skipped, SkippedCreator, StateCount
from cliphaven.payouts.rules import BankPayoutState, TransferState

SHOWS = ("transfers", "payouts", "left_out")
PAUSES_SHOWN_MAX = 100


@dataclass(frozen=True, kw_only=True)
class PausedCreator:
    """A creator whose payouts are paused, since when, why, and the staff's note."""

    creator_id: int
    name: str
    reason: str
    note: str
    paused_at: datetime


@dataclass(frozen=True, kw_only=True)
class PaydayOverview:
    """What is wrong, what runs, when it goes on, who is paused, and all runs before."""

    alarms: Sequence[Alarm]
    batch: batches.BatchSummary | None
    next_at: datetime
    in_transit_since: datetime | None
    transfer_states: Sequence[StateCount]
    payout_states: Sequence[StateCount]
    skip_reasons: Sequence[StateCount]
    paused: Sequence[PausedCreator]
    past: batches.BatchPage


@dataclass(frozen=True, kw_only=True)
class BatchOverview:
    """One batch with one page of its items: `show` says of which kind, `state` of which state."""

    summary: batches.BatchSummary
    alarms: Sequence[Alarm]
    acts: Sequence[ActLine]
    unsure: Sequence[Item]
    transfer_states: Sequence[StateCount]
    payout_states: Sequence[StateCount]
    skip_reasons: Sequence[StateCount]
    plan_again: batches.PlanAgain
    show: str
    state: str
    items: Sequence[Item]
    skips: Sequence[SkippedCreator]
    after: int | None


@dataclass(frozen=True, kw_only=True)
class CreatorOverview:
    """One creator's payouts as the staff sees them."""

    creator: User
    pause: PausedCreator | None
    places: Sequence[queries.MoneyPlace]
    past: history.History
    skips: queries.LeftOuts
    changed_banks: Sequence[holds.ChangedBank]


@one_snapshot
def payday_overview(*, now: datetime, before: int | None = None) -> PaydayOverview:
    """The page of payday; `before` goes on in the list of past runs."""
    days = batches.paydays(now=now)
    batch_id = days.batch.batch_id if days.batch else 0
    return PaydayOverview(
        alarms=alarms(now=now),
        batch=days.batch,
        next_at=days.next_at,
        in_transit_since=oldest_in_transit_at(),
        transfer_states=items.transfer_states(batch_id=batch_id),
        payout_states=items.payout_states(batch_id=batch_id),
        skip_reasons=items.skip_reasons(batch_id=batch_id),
        paused=_paused(),
        past=batches.batch_page(before=before),
    )


@one_snapshot
def batch_overview(*, week: str, show: str, state: str, after: int | None, now: datetime) -> BatchOverview | None:
    """A week's latest batch with a page of its items; None when there is none. What is not known shows everything."""
    summary = batches.batch_of(week=week)
    if summary is None:
        return None
    shown = show if show in SHOWS else SHOWS[0]
    known = {"transfers": {*map(str, TransferState)}, "payouts": {*map(str, BankPayoutState)}}.get(shown, set())
    wanted = state if state in known else ""
    page = Items(items=(), after=None)
    skips = Skipped(skips=(), after=None)
    if shown == "transfers":
        page = items.transfer_page(batch_id=summary.batch_id, state=wanted, after=after)
    elif shown == "payouts":
        page = items.payout_page(batch_id=summary.batch_id, state=wanted, after=after)
    else:
        skips = items.skip_page(batch_id=summary.batch_id, after=after)
    return BatchOverview(
        summary=summary,
        alarms=[alarm for alarm in alarms(now=now) if alarm.week == week],
        acts=acts.acts_on(week=week),
        unsure=items.unsure(batch_id=summary.batch_id),
        transfer_states=items.transfer_states(batch_id=summary.batch_id),
        payout_states=items.payout_states(batch_id=summary.batch_id),
        skip_reasons=items.skip_reasons(batch_id=summary.batch_id),
        plan_again=batches.plan_again(summary, now=now),
        show=shown,
        state=wanted,
        items=page.items,
        skips=skips.skips,
        after=page.after or skips.after,
    )


@one_snapshot
def creator_overview(*, creator_id: int, before: int | None, now: datetime) -> CreatorOverview | None:
    """One creator's money, payouts and pause; None for nobody, and for people who do not create."""
    found = people.creator(user_id=creator_id)
    if found is None:
        return None
    live = PayoutPause.objects.filter(creator_id=creator_id, resumed_at=None).select_related("creator").first()
    return CreatorOverview(
        creator=found,
        pause=None if live is None else _pause(live),
        places=queries.money_places(creator_id=creator_id, now=now),
        past=history.payout_history(creator_id=creator_id, before=before),
        skips=queries.skips_of(creator_id=creator_id),
        changed_banks=holds.changed_banks(creator_id=creator_id, now=now),
    )


def _paused() -> list[PausedCreator]:
    live = PayoutPause.objects.filter(resumed_at=None).select_related("creator").order_by("-id")
    return [_pause(pause) for pause in live[:PAUSES_SHOWN_MAX]]


def _pause(pause: PayoutPause) -> PausedCreator:
    return PausedCreator(
        creator_id=pause.creator_id,
        name=pause.creator.name,
        reason=PauseReason(pause.reason).label,
        note=pause.note,
        paused_at=pause.paused_at,
    )
