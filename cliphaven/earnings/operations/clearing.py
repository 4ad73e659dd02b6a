"""The end of the hold period: earnings whose clip was looked at become payable, those whose views fell are held."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from cliphaven.earnings.models import Accrual, Hold, HoldReason, Stage
from cliphaven.earnings.operations import debts, holding
from cliphaven.earnings.queries import positions, remaining
from cliphaven.earnings.rules import settling
from cliphaven.earnings.rules.settling import AtClearing
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import AccountKind, EntryKind
from cliphaven.tracking import queries as tracking
from cliphaven.tracking.operations import lifecycle

CLEARED_AT_ONCE_MAX = 5_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the next chunk goes on: right behind this accrual, in the order in which they clear."""

    clears_at: datetime
    accrual_id: int


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """What became of some accruals whose hold period is over; `last` is None when there were no more."""

    cleared: int
    last: Place | None


@no_transaction
def clear_all(*, now: datetime) -> int:
    """Clear every accrual whose hold period is over, but those that wait or are held; answers how many cleared.

    Afterwards whoever owes and has something payable pays, see `debts`.
    """
    cleared, last = 0, None
    while True:
        chunk = clear_chunk(now=now, after=last)
        cleared, last = cleared + chunk.cleared, chunk.last
        if last is None:
            break
    debts.recover_all(now=now)
    return cleared


@own_transaction
def clear_chunk(*, now: datetime, after: Place | None = None) -> Chunk:
    """Judge up to CLEARED_AT_ONCE_MAX accruals whose hold period is over, those that ended first at the beginning.

    A clip that was not looked at lately is polled soon and its accruals wait, for three days at most.
    """
    due = _due(now=now, after=after)
    verdicts = _judged(due, now=now)
    entries = [
        *_cleared(verdicts[AtClearing.CLEAR], now=now),
        *holding.place(
            accruals=verdicts[AtClearing.HOLD],
            reason=HoldReason.VIEWS_DROPPED,
            note="Fewer views stand now than were counted. They may come back: then nothing is lost.",
            actor="system",
            releases_at=now + settling.VIEWS_DROPPED_HELD_FOR,
            now=now,
        ),
    ]
    lifecycle.poll_soon(clip_ids={accrual.clip_id for accrual in verdicts[AtClearing.WAIT]}, now=now)
    ledger.record(entries)
    is_full = len(due) == CLEARED_AT_ONCE_MAX
    return Chunk(
        cleared=len(verdicts[AtClearing.CLEAR]),
        last=Place(clears_at=due[-1].clears_at, accrual_id=due[-1].id) if is_full else None,
    )


def _due(*, now: datetime, after: Place | None) -> list[Accrual]:
    due = Accrual.objects.select_for_update(no_key=True, skip_locked=True).filter(
        stage=Stage.CLEARING, clears_at__lte=now
    )
    if after is not None:
        due = due.filter(Q(clears_at__gt=after.clears_at) | Q(clears_at=after.clears_at, id__gt=after.accrual_id))
    return list(due.order_by("clears_at", "id")[:CLEARED_AT_ONCE_MAX])


def _judged(due: Sequence[Accrual], *, now: datetime) -> dict[AtClearing, list[Accrual]]:
    clip_ids = list({accrual.clip_id for accrual in due})
    looks = {
        clip_id: settling.LatestLook(
            looked_at=look.looked_at, settled_views=look.settled_views, fallen_to=look.fallen_to
        )
        for clip_id, look in tracking.looks(clip_ids).items()
    }
    counted = {clip_id: count.views for clip_id, count in positions.counted(clip_ids).items()}
    held_before = set(
        Hold.objects.filter(accrual__in=due, reason=HoldReason.VIEWS_DROPPED).values_list("accrual_id", flat=True)
    )
    verdicts: dict[AtClearing, list[Accrual]] = defaultdict(list)
    for accrual in due:
        verdict = settling.at_clearing(
            clears_at=accrual.clears_at,
            views_to=accrual.views_to,
            views_counted=counted[accrual.clip_id],
            look=looks.get(accrual.clip_id, settling.NEVER_LOOKED),
            was_held=accrual.id in held_before,
            now=now,
        )
        verdicts[verdict].append(accrual)
    return verdicts


def _cleared(accruals: Sequence[Accrual], *, now: datetime) -> list[ledger.Entry]:
    """Make locked accruals payable, and let those who owe pay; answers the entries."""
    ids = [accrual.id for accrual in accruals]
    taken = remaining.taken_of(ids)
    with connection.cursor() as cursor:
        cursor.execute("update earnings_accrual set stage = 'payable', cleared_at = %s where id = any(%s)", [now, ids])
    purses = {
        (accrual.creator_id, accrual.currency): debts.Purse(creator_id=accrual.creator_id, currency=accrual.currency)
        for accrual in accruals
    }
    accounts = {
        key: (purse.account(AccountKind.CREATOR_CLEARING), purse.account(AccountKind.CREATOR_PAYABLE))
        for key, purse in purses.items()
    }
    entries = []
    for accrual in accruals:
        left_minor = accrual.net_minor - taken.get(accrual.id, 0)
        if left_minor:
            debit, credit = accounts[accrual.creator_id, accrual.currency]
            entries.append(
                ledger.Entry(
                    kind=EntryKind.CLEAR,
                    external_id=accrual.name,
                    legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=left_minor),),
                    occurred_at=now,
                    cause=f"accrual {accrual.name}",
                )
            )
    return [*entries, *debts.recover(purses=purses.values(), now=now)]
