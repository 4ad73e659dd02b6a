"""What was earned, what is owed and when it can be paid: one source for every page, gate and payout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate

from cliphaven.campaigns import queries as campaigns
from cliphaven.earnings.models import Accrual
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind

ACCRUALS_SHOWN = 30


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How far one clip's views were turned into money: the last counted total and the gross so far, in minor units."""

    clip_id: int
    number: int
    views: int
    observation_id: int
    gross_minor: int


@dataclass(frozen=True, kw_only=True)
class PayablePart:
    """What a creator can be paid for one campaign: cleared accruals that nothing pays yet, and their net sum."""

    creator_id: int
    campaign_id: int
    currency: str
    amount_minor: int
    accrual_ids: tuple[int, ...]
    campaign_ended: bool
    last_cleared_at: datetime


@dataclass(frozen=True, kw_only=True)
class Blocker:
    """Why a part of a balance cannot be paid out yet, until when, and what can be done about it."""

    rule: str
    amount_minor: int
    clears_at: datetime | None
    what_to_do: str


@dataclass(frozen=True, kw_only=True)
class ExplainedBalance:
    """A creator's money in one currency by stage, from the books; the stages and the blockers add up to `owed_minor`.

    `payable_minor` is what a batch could take now; each blocker explains a part of the rest.
    """

    currency: str
    clearing_minor: int
    payable_minor: int
    reserved_minor: int
    in_transit_minor: int
    blockers: tuple[Blocker, ...]
    as_of: datetime

    @property
    def owed_minor(self) -> int:
        """Everything that is the creator's and not yet in the bank."""
        return self.clearing_minor + self.payable_minor + self.reserved_minor + self.in_transit_minor


@dataclass(frozen=True, kw_only=True)
class ClipEarnings:
    """What one clip earned, in minor units: gross, fee, net, and what the budget could not pay."""

    clip_id: int
    gross_minor: int
    fee_minor: int
    unfunded_minor: int
    accruals: Sequence[Accrual]

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


def counted(clip_ids: Sequence[int]) -> dict[int, Counted]:
    """The counted state of each clip that earned something."""
    latest = Accrual.objects.filter(clip_id__in=clip_ids).order_by("clip_id", "-number").distinct("clip_id")
    sums = dict(
        Accrual.objects.filter(clip_id__in=clip_ids).values_list("clip_id").annotate(Sum("gross_minor")).order_by()
    )
    return {
        row.clip_id: Counted(
            clip_id=row.clip_id,
            number=row.number,
            views=row.views_to,
            observation_id=row.to_observation_id,
            gross_minor=int(sums[row.clip_id]),
        )
        for row in latest
    }


def payable_parts(*, creator_id: int | None = None) -> list[PayablePart]:
    """Everything that a batch may take now, by creator, campaign and currency; of one creator where given."""
    accruals = Accrual.objects.filter(cleared_at__isnull=False, reserved_for__isnull=True)
    if creator_id is not None:
        accruals = accruals.filter(creator_id=creator_id)
    rows = accruals.order_by("creator_id", "campaign_id", "currency", "id").values_list(
        "creator_id", "campaign_id", "currency", "id", F("gross_minor") - F("fee_minor"), "cleared_at"
    )
    groups: dict[tuple[int, int, str], list[tuple[int, int, datetime]]] = {}
    for earner_id, campaign_id, currency, accrual_id, net, cleared_at in rows:
        groups.setdefault((earner_id, campaign_id, currency), []).append((accrual_id, net, cleared_at))
    ended = campaigns.ended_campaigns([campaign_id for _, campaign_id, _ in groups])
    return [
        PayablePart(
            creator_id=earner_id,
            campaign_id=campaign_id,
            currency=currency,
            amount_minor=sum(net for _, net, _ in parts),
            accrual_ids=tuple(accrual_id for accrual_id, _, _ in parts),
            campaign_ended=campaign_id in ended,
            last_cleared_at=max(cleared_at for _, _, cleared_at in parts),
        )
        for (earner_id, campaign_id, currency), parts in groups.items()
        if sum(net for _, net, _ in parts)
    ]


def creator_currencies(*, creator_id: int) -> list[str]:
    """The currencies in which a creator has ever earned; USD for somebody who has not."""
    found = (
        Accrual.objects.filter(creator_id=creator_id).values_list("currency", flat=True).distinct().order_by("currency")
    )
    return list(found) or ["USD"]


@one_snapshot
def explained_balance(*, creator_id: int, currency: str, now: datetime) -> ExplainedBalance:
    """A creator's money by stage, with a named blocker for every cent that is not payable yet, all of one moment."""
    clearing, payable, reserved, in_transit = (
        Account(kind=kind, owner_id=creator_id, currency=currency)
        for kind in (
            AccountKind.CREATOR_CLEARING,
            AccountKind.CREATOR_PAYABLE,
            AccountKind.CREATOR_RESERVED,
            AccountKind.CREATOR_IN_TRANSIT,
        )
    )
    balances = books.balances([clearing, payable, reserved, in_transit])
    return ExplainedBalance(
        currency=currency,
        clearing_minor=balances[clearing],
        payable_minor=balances[payable],
        reserved_minor=balances[reserved],
        in_transit_minor=balances[in_transit],
        blockers=(
            *_clearing_blockers(creator_id=creator_id, currency=currency),
            *_on_the_way(reserved_minor=balances[reserved], in_transit_minor=balances[in_transit]),
        ),
        as_of=now,
    )


def _clearing_blockers(*, creator_id: int, currency: str) -> list[Blocker]:
    by_day = (
        Accrual.objects.filter(creator_id=creator_id, currency=currency, cleared_at__isnull=True)
        .annotate(day=TruncDate("clears_at"))
        .values("day")
        .annotate(net=Sum(F("gross_minor") - F("fee_minor")), last=Max("clears_at"))
        .order_by("day")
    )
    return [
        Blocker(
            rule="In the hold period",
            amount_minor=int(row["net"]),
            clears_at=row["last"],
            what_to_do="Nothing: it clears by itself on this day",
        )
        for row in by_day
        if row["net"]
    ]


def _on_the_way(*, reserved_minor: int, in_transit_minor: int) -> list[Blocker]:
    blockers = []
    if reserved_minor:
        blockers.append(
            Blocker(
                rule="In this week's payout",
                amount_minor=reserved_minor,
                clears_at=None,
                what_to_do="Nothing: it is being sent to your Stripe account",
            )
        )
    if in_transit_minor:
        blockers.append(
            Blocker(
                rule="On the way to your bank",
                amount_minor=in_transit_minor,
                clears_at=None,
                what_to_do="Nothing: banks take one to three working days",
            )
        )
    return blockers


def clip_earnings(*, clip_id: int, before: int | None = None) -> ClipEarnings:
    """What one clip earned, with its accruals, newest first; `before` is an accrual's number to go on from."""
    accruals = Accrual.objects.filter(clip_id=clip_id)
    sums = accruals.aggregate(gross=Sum("gross_minor"), fee=Sum("fee_minor"))
    newest = accruals.order_by("-number").first()
    shown = accruals if before is None else accruals.filter(number__lt=before)
    return ClipEarnings(
        clip_id=clip_id,
        gross_minor=int(sums["gross"] or 0),
        fee_minor=int(sums["fee"] or 0),
        unfunded_minor=newest.unfunded_minor if newest else 0,
        accruals=list(shown.order_by("-number")[:ACCRUALS_SHOWN]),
    )


def net_by_clip(clip_ids: Sequence[int]) -> dict[int, int]:
    """What each clip earned its creator so far, in minor units; clips without earnings are absent."""
    net = Sum(F("gross_minor") - F("fee_minor"))
    rows = Accrual.objects.filter(clip_id__in=clip_ids).values_list("clip_id").annotate(net=net).order_by()
    return {clip_id: int(amount) for clip_id, amount in rows}


def gross_by_clip(clip_ids: Sequence[int]) -> dict[int, int]:
    """What each clip cost its sponsor so far, in minor units; clips without earnings are absent."""
    rows = Accrual.objects.filter(clip_id__in=clip_ids).values_list("clip_id").annotate(Sum("gross_minor")).order_by()
    return {clip_id: int(amount) for clip_id, amount in rows}


def campaign_spend(*, campaign_id: int) -> CampaignSpend:
    """Where a campaign's money went, and its spend by day of the product's calendar."""
    accruals = Accrual.objects.filter(campaign_id=campaign_id)
    total = _gross(accruals)
    cleared = _gross(accruals.filter(cleared_at__isnull=False))
    views = accruals.aggregate(views=Sum(F("views_to") - F("views_from")))["views"]
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
        Accrual.objects.filter(campaign_id__in=campaign_ids, accrued_at__gte=midnight)
        .values_list("campaign_id")
        .annotate(Sum("gross_minor"))
        .order_by()
    )
    return {campaign_id: int(amount) for campaign_id, amount in rows}


def burn_per_day(*, campaign_id: int, now: datetime, days: int = 3) -> int:
    """What a campaign spent a day over the last days, gross, in minor units, half up: for the runway."""
    spent = _gross(Accrual.objects.filter(campaign_id=campaign_id, accrued_at__gte=now - timedelta(days=days)))
    return (spent + days // 2) // days


def anomalies() -> list[int]:
    """Clips whose counted views exceed what is believed now: there must never be one."""
    counts = Accrual.objects.values("clip_id").annotate(counted=Max("views_to"), seen=Min("clip__tracked__views_seen"))
    return list(counts.filter(counted__gt=F("seen")).values_list("clip_id", flat=True).order_by("clip_id"))


def _gross(accruals: QuerySet[Accrual]) -> int:
    return int(accruals.aggregate(gross=Sum("gross_minor"))["gross"] or 0)


def _by_day(accruals: QuerySet[Accrual]) -> list[tuple[date, int]]:
    rows = (
        accruals.annotate(day=TruncDate("accrued_at")).values_list("day").annotate(Sum("gross_minor")).order_by("day")
    )
    return [(day, int(amount)) for day, amount in rows]
