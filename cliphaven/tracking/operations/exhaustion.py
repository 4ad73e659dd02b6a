"""Campaigns that run out of money, and campaigns whose tracking costs too much: how dear their unseen views are.

Near the end of a budget every view nobody has seen yet may be work that nobody pays for, so its clips are polled
sooner. Where reading a campaign's clips has cost more than its share of the campaign's money, they are read as seldom
as the guarantee allows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.models import Campaign
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, EntryKind
from cliphaven.tracking.models import TrackedCampaign, TrackedClip
from cliphaven.tracking.operations import planning
from cliphaven.tracking.rules import exhaustion, policies
from cliphaven.tracking.rules.worth import costs_too_much, usd

BURN_LOOKED_BACK = timedelta(hours=24)
LOOKED_CLOSER_HOURS = 8 * exhaustion.NEAR_HOURS
"""A campaign that would last longer at the pace of the last day is not forecast clip by clip."""
CLIPS_AT_ONCE = 5_000
_FAR = 1.02
_NOTEWORTHY = 1.1
"""By how much a hazard must change before a campaign's clips are planned anew: a tenth moves a poll by a twentieth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Runway:
    """A campaign's money in USD: what is left of its budget, and what accrued an hour over the last day."""

    campaign_id: int
    left: float
    burn_per_hour: float
    hazard: float


@no_transaction
def weigh_campaigns(*, now: datetime) -> int:
    """Find the campaigns near exhaustion and draw their clips' polls forward; answers how many hazards changed."""
    changed = 0
    for runway in _runways(now=now):
        lasts = exhaustion.hours_until_exhausted(
            budget_left=runway.left, forecast_unseen=0.0, burn_per_hour=runway.burn_per_hour
        )
        is_near = lasts <= LOOKED_CLOSER_HOURS
        hazard = _forecast_hazard(runway, now=now) if is_near else 1.0
        if max(hazard, runway.hazard) / min(hazard, runway.hazard) > _NOTEWORTHY:
            _set_hazard(campaign_id=runway.campaign_id, hazard=hazard, now=now)
            changed += 1
    return changed


@no_transaction
def cap_costs(*, now: datetime) -> int:
    """Have the clips of campaigns whose tracking cost too much read seldom, others as usual; answers how many changed.

    A campaign's money is what is left of its budget and what its clips earned by the reference rate: near enough.
    """
    changed = 0
    spent = _spent_and_earned()
    for campaign, left in _polled_campaigns():
        cost_microusd, earned = spent.get(campaign.campaign_id, (0, 0.0))
        is_capped = costs_too_much(
            spent_microusd=cost_microusd, money_usd=left + earned, share_percent=settings.TRACKING_COST_PERCENT
        )
        if is_capped != (campaign.hazard == 0):
            _set_hazard(campaign_id=campaign.campaign_id, hazard=0.0 if is_capped else 1.0, now=now)
            changed += 1
    return changed


def _polled_campaigns() -> list[tuple[TrackedCampaign, float]]:
    """The campaigns whose clips are polled, by id, and what is left of their budgets in USD."""
    rows = list(TrackedCampaign.objects.filter(is_polled=True).select_related("campaign").order_by("campaign_id"))
    balances = books.balances([_account(row.campaign) for row in rows]) if rows else {}
    return [(row, usd(balances[_account(row.campaign)], currency=row.campaign.currency)) for row in rows]


def _runways(*, now: datetime) -> list[_Runway]:
    rows = [(row, left) for row, left in _polled_campaigns() if row.hazard > 0]
    accounts = [_account(row.campaign) for row, _ in rows]
    moved = books.turnover(accounts, since=now - BURN_LOOKED_BACK, until=now) if accounts else {}
    return [
        _Runway(
            campaign_id=row.campaign_id,
            left=left,
            burn_per_hour=-usd(moved.get((account, EntryKind.ACCRUAL), 0), currency=row.campaign.currency)
            / (BURN_LOOKED_BACK / timedelta(hours=1)),
            hazard=row.hazard,
        )
        for (row, left), account in zip(rows, accounts, strict=True)
    ]


def _account(campaign: Campaign) -> Account:
    return campaigns.budget_account(campaign_id=campaign.id, currency=campaign.currency)


def _forecast_hazard(runway: _Runway, *, now: datetime) -> float:
    """The hazard by what the campaign's clips have probably gained since somebody looked, and gain now."""
    unseen = burn = 0.0
    clips = TrackedClip.objects.filter(clip__campaign_id=runway.campaign_id, due_at__isnull=False).order_by("clip_id")
    for clip in clips.iterator(chunk_size=CLIPS_AT_ONCE):
        estimate = clip.growth or policies.PRIOR
        looked_at = clip.measured_at or clip.posted_at
        unseen += clip.worth * policies.expected_gain(
            estimate, age=looked_at - clip.posted_at, over=max(now - looked_at, timedelta(0))
        )
        burn += clip.worth * policies.expected_rate(estimate, age=now - clip.posted_at)
    lasts = exhaustion.hours_until_exhausted(
        budget_left=runway.left, forecast_unseen=unseen, burn_per_hour=max(burn, runway.burn_per_hour)
    )
    hazard = exhaustion.exhaustion_hazard(lasts)
    return hazard if hazard > _FAR else 1.0


def _set_hazard(*, campaign_id: int, hazard: float, now: datetime) -> None:
    TrackedCampaign.objects.filter(campaign_id=campaign_id).update(hazard=hazard, weighed_at=now)
    after = 0
    while last := _replan_some(campaign_id=campaign_id, hazard=hazard, after=after):
        after = last


@own_transaction
def _replan_some(*, campaign_id: int, hazard: float, after: int) -> int | None:
    """Give the next clips of a campaign its hazard, and draw their polls forward; answers the last one's id."""
    clips = list(
        TrackedClip.objects.select_for_update(no_key=True, of=("self",))
        .filter(clip__campaign_id=campaign_id, clip_id__gt=after)
        .order_by("clip_id")[:CLIPS_AT_ONCE]
    )
    if not clips:
        return None
    planners = {platform: planning.Planner.of(platform) for platform in sorted({clip.platform for clip in clips})}
    for clip in clips:
        clip.hazard = hazard
        planners[clip.platform].draw_forward(clip)
    _save(clips)
    return clips[-1].clip_id


_SAVED: Mapping[str, str] = {
    "clip_id": "bigint",
    "hazard": "float8",
    "ride_at": "timestamptz",
    "due_at": "timestamptz",
    "overdue_at": "timestamptz",
}
_SAVE = (
    f"update tracking_trackedclip t set {', '.join(f'{name} = n.{name}' for name in _SAVED if name != 'clip_id')}"  # nosec B608  # noqa: S608  # only the names above
    f" from unnest({', '.join(f'%s::{type_}[]' for type_ in _SAVED.values())}) as n({', '.join(_SAVED)})"
    " where t.clip_id = n.clip_id"
)


def _save(clips: Sequence[TrackedClip]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, [[getattr(clip, name) for clip in clips] for name in _SAVED])


_SPENT_AND_EARNED = """
select t.campaign_id, sum(t.cost_microusd), sum(t.worth * coalesce(t.views_seen, 0))
  from tracking_trackedclip t join tracking_trackedcampaign k on k.campaign_id = t.campaign_id and k.is_polled
 group by t.campaign_id order by t.campaign_id"""


def _spent_and_earned() -> dict[int, tuple[int, float]]:
    with connection.cursor() as cursor:
        cursor.execute(_SPENT_AND_EARNED)
        return {campaign_id: (int(cost), float(earned)) for campaign_id, cost, earned in cursor.fetchall()}
