"""Views that a platform took back after they had become money: which entries that is about, and what is to be done."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Sum

from cliphaven.earnings.models import (
    UNPAID,
    Accrual,
    CreditedEntry,
    CreditNote,
    EarningReversal,
    Hold,
    HoldOutcome,
    HoldReason,
    PurgeFollowUp,
)
from cliphaven.earnings.rules import purging
from cliphaven.fraud.models import RiskCase
from cliphaven.fraud.models.cases import UNDER_WAY
from cliphaven.tracking import queries as tracking
from cliphaven.tracking.models import Purge

AT_ONCE_MAX = 500
LOOKED_BACK = timedelta(days=60)
"""Purges that nobody followed for so long are from before anybody did."""


def to_follow(*, now: datetime) -> list[Purge]:
    """The purges whose money nobody looked after yet, the oldest first."""
    followed = Exists(PurgeFollowUp.objects.filter(purge_id=OuterRef("id")))
    return list(Purge.objects.filter(~followed, confirmed_at__gt=now - LOOKED_BACK).order_by("id")[:AT_ONCE_MAX])


def to_settle(*, now: datetime) -> list[int]:
    """The follow-ups of purges that are old enough for credits, whose case is over, the oldest first."""
    waiting = PurgeFollowUp.objects.filter(settled_at=None, purge__confirmed_at__lte=now - purging.PERSISTS_FOR)
    under_way = RiskCase.objects.filter(state__in=UNDER_WAY).values("id")
    return list(waiting.exclude(case__in=under_way).order_by("id").values_list("id", flat=True)[:AT_ONCE_MAX])


def standing(*, clip_id: int, purge: Purge) -> int:
    """How many views stand now: never fewer than what the purge left, and more where some came back."""
    look = tracking.looks([clip_id]).get(clip_id)
    return max(purge.views_after, look.settled_views if look and look.settled_views is not None else 0)


def unpaid(*, clip_id: int, purge_id: int) -> list[Accrual]:
    """The entries of exactly the views that a purge took and that did not come back, which are unpaid and not reversed;
    those that somebody let go, who knew that views had been taken back, are left out. The newest first."""
    purge = Purge.objects.get(id=purge_id)
    stands = standing(clip_id=clip_id, purge=purge)
    let_go = Hold.objects.filter(
        accrual_id=OuterRef("id"), reason=HoldReason.VIEWS_DROPPED, outcome=HoldOutcome.RELEASED
    )
    found = Accrual.objects.filter(clip_id=clip_id, stage__in=UNPAID, views_to__gt=stands).exclude(Exists(let_go))
    return [
        one
        for one in found.order_by("-id")
        if purging.is_purged(views_from=one.views_from, views_to=one.views_to, stands=stands, before=purge.views_before)
    ]


def above(*, clip_id: int, stands: int) -> QuerySet[Accrual]:
    """The entries of a clip that reach above what stands."""
    return Accrual.objects.filter(clip_id=clip_id, views_to__gt=stands)


def entries(accruals: Sequence[Accrual]) -> list[purging.EarnedEntry]:
    """These entries with what their sponsor has spent on each still, and was credited of it before."""
    returned = dict(EarningReversal.objects.filter(accrual__in=accruals).values_list("accrual_id", "returned_minor"))
    parts = CreditedEntry.objects.filter(accrual__in=accruals).values_list("accrual_id").annotate(Sum("amount_minor"))
    credited = {accrual_id: int(minor) for accrual_id, minor in parts.order_by()}
    return [
        purging.EarnedEntry(
            accrual_id=one.id,
            views_from=one.views_from,
            views_to=one.views_to,
            spent_minor=one.gross_minor - returned.get(one.id, 0),
            credited_minor=credited.get(one.id, 0),
        )
        for one in accruals
    ]


def credited_of_clip(*, clip_id: int) -> int:
    """What was credited for a clip so far, by purges and by people, in minor units."""
    return int(CreditNote.objects.filter(clip_id=clip_id).aggregate(minor=Sum("amount_minor"))["minor"] or 0)


def credited_by_people(*, clip_id: int) -> int:
    """What two people credited for a clip so far, in minor units: entries do not say so."""
    notes = CreditNote.objects.filter(clip_id=clip_id, correction_id__isnull=False)
    return int(notes.aggregate(minor=Sum("amount_minor"))["minor"] or 0)
