"""What clips earned and campaigns spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from cliphaven.earnings.models import Accrual, EarningReversal, Hold, ReturnedTo, Stage
from cliphaven.foundation.money import EXPONENTS, FIRST_CURRENCY

ACCRUALS_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class EarningLine:
    """One accrual as its creator and its sponsor see it."""

    number: int
    views_from: int
    views_to: int
    gross_minor: int
    fee_minor: int
    net_minor: int
    accrued_at: datetime
    clears_at: datetime
    stage: str
    releases_at: datetime | None
    reversed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ClipEarnings:
    """What one clip earned and still counts, in minor units: gross and fee; and what it did not get, gross.

    `capped_minor` is above the cap of its creator, `unfunded_minor` above the budget.
    """

    clip_id: int
    gross_minor: int
    fee_minor: int
    capped_minor: int
    unfunded_minor: int
    accruals: Sequence[EarningLine]

    @property
    def next_before(self) -> int | None:
        """Where the next page of accruals goes on; None when this is the last one."""
        return self.accruals[-1].number if len(self.accruals) == ACCRUALS_SHOWN else None

    @property
    def net_minor(self) -> int:
        """What the creator gets of it."""
        return self.gross_minor - self.fee_minor


@dataclass(frozen=True, kw_only=True)
class CampaignSpend:
    """Where a campaign's money went, gross, in minor units: cleared to creators, still clearing, and left."""

    accrued_minor: int
    cleared_minor: int
    clearing_minor: int
    views_counted: int
    by_day: Sequence[tuple[date, int]]


def creator_currencies(*, creator_id: int) -> list[str]:
    """The currencies in which a creator has ever earned, in the house's order; its first for who has not."""
    found = set(Accrual.objects.filter(creator_id=creator_id).values_list("currency", flat=True).distinct().order_by())
    return [currency for currency in EXPONENTS if currency in found] or [FIRST_CURRENCY]


def clip_earnings(*, clip_id: int, before: int | None = None) -> ClipEarnings:
    """What one clip earned, with its accruals, newest first; `before` is an accrual's number to go on from."""
    accruals = Accrual.objects.filter(clip_id=clip_id)
    sums = accruals.aggregate(
        gross=Sum("gross_minor", filter=Q(reversal=None), default=0),
        fee=Sum("fee_minor", filter=Q(reversal=None), default=0),
    )
    newest = accruals.order_by("-number").first()
    shown = accruals if before is None else accruals.filter(number__lt=before)
    return ClipEarnings(
        clip_id=clip_id,
        gross_minor=int(sums["gross"]),
        fee_minor=int(sums["fee"]),
        capped_minor=newest.capped_minor if newest else 0,
        unfunded_minor=newest.unfunded_minor if newest else 0,
        accruals=_lines(shown.order_by("-number")[:ACCRUALS_SHOWN]),
    )


def _lines(accruals: QuerySet[Accrual]) -> list[EarningLine]:
    rows = list(accruals)
    holds = {hold.accrual_id: hold for hold in Hold.objects.filter(accrual__in=rows, ended_at=None)}
    reversals = {one.accrual_id: one for one in EarningReversal.objects.filter(accrual__in=rows)}
    lines = []
    for row in rows:
        hold, reversal = holds.get(row.id), reversals.get(row.id)
        lines.append(
            EarningLine(
                number=row.number,
                views_from=row.views_from,
                views_to=row.views_to,
                gross_minor=row.gross_minor,
                fee_minor=row.fee_minor,
                net_minor=row.net_minor,
                accrued_at=row.accrued_at,
                clears_at=row.clears_at,
                stage=Stage.REVERSED.value if reversal else row.stage,
                releases_at=hold.releases_at if hold else None,
                reversed_at=reversal.reversed_at if reversal else None,
            )
        )
    return lines


def net_by_clip(clip_ids: Sequence[int]) -> dict[int, int]:
    """What each clip earned its creator so far, in minor units, less what was reversed; others are absent."""
    net = Sum(F("gross_minor") - F("fee_minor"))
    counting = Accrual.objects.filter(clip_id__in=clip_ids, reversal=None)
    return {clip_id: int(amount) for clip_id, amount in counting.values_list("clip_id").annotate(net=net).order_by()}


def gross_by_clip(clip_ids: Sequence[int]) -> dict[int, int]:
    """What each clip cost its sponsor so far, in minor units; clips that cost nothing are absent."""
    rows = _spent().filter(clip_id__in=clip_ids).values_list("clip_id").annotate(Sum("spent_minor")).order_by()
    return {clip_id: int(amount) for clip_id, amount in rows}


def campaign_spend(*, campaign_id: int) -> CampaignSpend:
    """Where a campaign's money went, and its spend by day of the product's calendar."""
    accruals = _spent().filter(campaign_id=campaign_id)
    total = _sum(accruals)
    cleared = _sum(accruals.filter(cleared_at__isnull=False))
    paid_for = accruals.exclude(reversal__returned_to=ReturnedTo.WALLET)
    views = paid_for.aggregate(views=Sum(F("views_to") - F("views_from")))["views"]
    return CampaignSpend(
        accrued_minor=total,
        cleared_minor=cleared,
        clearing_minor=total - cleared,
        views_counted=int(views or 0),
        by_day=_by_day(accruals),
    )


def spend_today(*, campaign_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """What campaigns spent since midnight UTC, gross, in minor units; campaigns that spent nothing are absent."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        _spent()
        .filter(campaign_id__in=campaign_ids, accrued_at__gte=midnight)
        .values_list("campaign_id")
        .annotate(Sum("spent_minor"))
        .order_by()
    )
    return {campaign_id: int(amount) for campaign_id, amount in rows}


def burn_per_day(*, campaign_id: int, now: datetime, days: int = 3) -> int:
    """What a campaign spent a day over the last days, gross, in minor units, half up: for the runway."""
    spent = _sum(_spent().filter(campaign_id=campaign_id, accrued_at__gte=now - timedelta(days=days)))
    return (spent + days // 2) // days


def anomalies() -> list[int]:
    """Clips whose counted views exceed what is believed now: there must never be one."""
    counts = Accrual.objects.values("clip_id").annotate(counted=Max("views_to"), seen=Min("clip__tracked__views_seen"))
    return list(counts.filter(counted__gt=F("seen")).values_list("clip_id", flat=True).order_by("clip_id"))


def _spent() -> QuerySet[Accrual]:
    """The accruals that cost their sponsor something, with how much: the gross less what came back of it."""
    spent_minor = F("gross_minor") - Coalesce("reversal__returned_minor", 0)
    return Accrual.objects.annotate(spent_minor=spent_minor).filter(spent_minor__gt=0)


def _sum(accruals: QuerySet[Accrual]) -> int:
    return int(accruals.aggregate(spent=Sum("spent_minor"))["spent"] or 0)


def _by_day(accruals: QuerySet[Accrual]) -> list[tuple[date, int]]:
    rows = (
        accruals.annotate(day=TruncDate("accrued_at")).values_list("day").annotate(Sum("spent_minor")).order_by("day")
    )
    return [(day, int(amount)) for day, amount in rows]
