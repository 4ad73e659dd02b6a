"""The end of the hold period: earnings whose clip was looked at become payable, those whose views fell are held."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from cliphaven.earnings.models import Accrual, Deed, EarningAct, Hold, HoldReason
from cliphaven.earnings.operations import announcing, debts, holding
from cliphaven.earnings.queries import positions, remaining
from cliphaven.earnings.rules import settling
from cliphaven.earnings.rules.settling import AtClearing
from cliphaven.foundation import arrays
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Due:
    """An accrual whose hold period is over."""

    id: int
    clip_id: int
    number: int
    creator_id: int
    currency: str
    views_to: int
    net_minor: int
    accrued_at: datetime
    clears_at: datetime


@own_transaction
def clear_chunk(*, now: datetime, after: Place | None = None) -> Chunk:
    """Judge up to CLEARED_AT_ONCE_MAX accruals whose hold period is over, those that ended first at the beginning.

    A clip that was not looked at lately is polled soon and its accruals wait, for three days at most.
    """
    due = _due(now=now, after=after)
    verdicts = _judged(due, now=now)
    lifecycle.poll_soon(clip_ids={accrual.clip_id for accrual in verdicts[AtClearing.WAIT]}, now=now)
    entries = _cleared(verdicts[AtClearing.CLEAR], now=now)
    if verdicts[AtClearing.HOLD]:
        entries += holding.place(
            accruals=list(Accrual.objects.filter(id__in=[accrual.id for accrual in verdicts[AtClearing.HOLD]])),
            reason=HoldReason.VIEWS_DROPPED,
            note="Fewer views stand now than were counted. They may come back: then nothing is lost.",
            actor="system",
            releases_at=now + settling.VIEWS_DROPPED_HELD_FOR,
            now=now,
        )
    ledger.record(entries)
    is_full = len(due) == CLEARED_AT_ONCE_MAX
    return Chunk(
        cleared=len(verdicts[AtClearing.CLEAR]),
        last=Place(clears_at=due[-1].clears_at, accrual_id=due[-1].id) if is_full else None,
    )


_DUE = """
select id, clip_id, number, creator_id, currency, views_to, gross_minor - fee_minor, accrued_at, clears_at
  from earnings_accrual
 where stage = 'clearing' and clears_at <= %s and (clears_at, id) > (%s, %s)
 order by clears_at, id limit %s for no key update skip locked"""


def _due(*, now: datetime, after: Place | None) -> list[_Due]:
    place = (after.clears_at, after.accrual_id) if after else (datetime.min.replace(tzinfo=UTC), 0)
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, *place, CLEARED_AT_ONCE_MAX])
        rows = cursor.fetchall()
    return [
        _Due(
            id=row[0],
            clip_id=row[1],
            number=row[2],
            creator_id=row[3],
            currency=row[4],
            views_to=row[5],
            net_minor=row[6],
            accrued_at=row[7],
            clears_at=row[8],
        )
        for row in rows
    ]


def _judged(due: Sequence[_Due], *, now: datetime) -> dict[AtClearing, list[_Due]]:
    looks = {
        clip_id: settling.LatestLook(
            looked_at=look.looked_at, settled_views=look.settled_views, fallen_to=look.fallen_to
        )
        for clip_id, look in tracking.looks({accrual.clip_id for accrual in due}).items()
    }
    fallen = [
        accrual
        for accrual in due
        if accrual.clip_id in looks and settling.is_below(looks[accrual.clip_id], views=accrual.views_to)
    ]
    # Of the others, which are nearly all, these two need not be known.
    counted = positions.counted([accrual.clip_id for accrual in fallen])
    answered = _answered(fallen, looks=looks)
    verdicts: dict[AtClearing, list[_Due]] = defaultdict(list)
    for accrual in due:
        count = counted.get(accrual.clip_id)
        verdict = settling.at_clearing(
            clears_at=accrual.clears_at,
            views_to=accrual.views_to,
            views_counted=count.views if count else accrual.views_to,
            look=looks.get(accrual.clip_id, settling.NEVER_LOOKED),
            was_answered=accrual.id in answered,
            now=now,
        )
        verdicts[verdict].append(accrual)
    return verdicts


def _answered(fallen: Sequence[_Due], *, looks: Mapping[int, settling.LatestLook]) -> set[int]:
    """Those of the accruals about whose fall nothing is to be asked: held for it before, or let go by a person."""
    held = Hold.objects.filter(accrual__in=[accrual.id for accrual in fallen], reason=HoldReason.VIEWS_DROPPED)
    acts = EarningAct.objects.filter(
        clip__in={accrual.clip_id for accrual in fallen}, deed=Deed.RELEASED, reason=HoldReason.VIEWS_DROPPED
    )
    latest = {
        clip_id: settling.Answer(let_go_at=acted_at, views_standing=views)
        for clip_id, acted_at, views in acts.order_by("id").values_list("clip_id", "acted_at", "views_standing")
    }
    return set(held.values_list("accrual_id", flat=True)) | {
        accrual.id
        for accrual in fallen
        if accrual.clip_id in latest
        and settling.is_answered(
            accrued_at=accrual.accrued_at, answer=latest[accrual.clip_id], look=looks[accrual.clip_id]
        )
    }


def _cleared(accruals: Sequence[_Due], *, now: datetime) -> list[ledger.Entry]:
    """Make locked accruals payable, and let those who owe pay; answers the entries."""
    ids = [accrual.id for accrual in accruals]
    taken = remaining.taken_of(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "update earnings_accrual set stage = 'payable', cleared_at = %s where id = any(%s::bigint[])",
            [now, arrays.numbers(ids)],
        )
    announcing.cleared(accruals=accruals, taken=taken, now=now)
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
            name = f"{accrual.clip_id}:{accrual.number}"
            entries.append(
                ledger.Entry(
                    kind=EntryKind.CLEAR,
                    external_id=name,
                    legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=left_minor),),
                    occurred_at=now,
                    cause=f"accrual {name}",
                )
            )
    return [*entries, *debts.recover(purses=purses.values(), now=now)]
