"""What the pages of sponsors and creators show at a glance: clips, views and money side by side."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns import rules as campaign_rules
from cliphaven.campaigns.queries import wallets
from cliphaven.clips import queries as clips
from cliphaven.earnings import queries as earnings
from cliphaven.earnings.queries import own_doubts
from cliphaven.foundation.money import EXPONENTS
from cliphaven.tracking import queries as tracking

WAITING_SHOWN_MAX = 5
CLIPS_SHOWN_MAX = 100
# A hole wider than the longest polling interval is shown as one: nothing was measured there.
GAP = timedelta(hours=76)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A campaign's money in minor units: all that was put in, what cleared, what still clears, what is left."""

    total_minor: int
    paid_minor: int
    reserved_minor: int
    available_minor: int


@dataclass(frozen=True, kw_only=True)
class CampaignLine:
    """A campaign in the sponsor's list."""

    campaign_id: int
    title: str
    state: str
    currency: str
    budget: Budget
    spend_today_minor: int
    clips_waiting: int
    runway_at: datetime | None

    @property
    def total_minor(self) -> int:
        """All that was put in."""
        return self.budget.total_minor

    @property
    def paid_minor(self) -> int:
        """What cleared to creators."""
        return self.budget.paid_minor

    @property
    def reserved_minor(self) -> int:
        """What is earned and still clears."""
        return self.budget.reserved_minor

    @property
    def available_minor(self) -> int:
        """What is left to earn."""
        return self.budget.available_minor


@dataclass(frozen=True, kw_only=True)
class WaitingLine:
    """A clip that waits for the sponsor."""

    title: str
    creator: str
    campaign: str
    platform: str
    auto_approves_at: datetime


@dataclass(frozen=True, kw_only=True)
class Purse:
    """A sponsor's money in one currency, and what its campaigns spent since midnight UTC, in minor units."""

    wallet: campaigns.Wallet
    spend_today_minor: int


@dataclass(frozen=True, kw_only=True)
class SponsorHome:
    """A sponsor's first page, with a purse for each currency of theirs, at least one."""

    purses: Sequence[Purse]
    clips_waiting: int
    waiting: Sequence[WaitingLine]
    campaigns: Sequence[CampaignLine]


@dataclass(frozen=True, kw_only=True)
class ClipLine:
    """A clip in a list: `views` is None while nothing was measured, `availability` "" while it is not followed.

    `held_minor` of what it earned, net, is held now, and the last of it comes back by itself at `held_until`.
    """

    clip_id: int
    title: str
    creator: str
    campaign: str
    platform: str
    handle: str
    state: str
    availability: str
    views: int | None
    read_at: datetime | None
    earned_minor: int
    spent_minor: int
    held_minor: int
    held_until: datetime | None
    currency: str


@dataclass(frozen=True, kw_only=True)
class CampaignOverview:
    """A campaign's page for its sponsor. `why_not` says why it cannot be opened, "" when nothing stands in the way."""

    campaign: campaigns.CampaignFacts
    budget: Budget
    spend_today_minor: int
    views_counted: int | None
    readings: tracking.CampaignReadings
    runway_at: datetime | None
    wallet: campaigns.Wallet
    spend_chart: dict[str, Any] | None
    clips: Sequence[ClipLine]
    clips_in_all: int
    why_not: str
    can_fund: bool
    can_close: bool


@dataclass(frozen=True, kw_only=True)
class ClipOverview:
    """One clip's page; `views_counted` are those that became money, as read at `counted_at`."""

    clip: clips.ClipFacts
    seen: tracking.SeenClip | None
    views_counted: int | None
    counted_at: datetime | None
    currency: str
    terms: campaigns.TermsFacts
    chart: dict[str, Any] | None
    holds: Sequence[earnings.HeldClip]
    reversals: Sequence[earnings.ReversedClip]
    earnings: earnings.ClipEarnings


def sponsor_home(*, organisation_id: int, now: datetime) -> SponsorHome:
    """A sponsor's campaigns, wallet and waiting clips at this moment."""
    own = campaigns.campaigns_of(organisation_id=organisation_id)
    today = earnings.spend_today(campaign_ids=[campaign.campaign_id for campaign in own], now=now)
    queue = [waiting.clip for waiting in clips.review_queue(organisation_id=organisation_id, now=now)]
    return SponsorHome(
        purses=[
            Purse(
                wallet=campaigns.wallet(organisation_id=organisation_id, currency=currency),
                spend_today_minor=sum(today.get(one.campaign_id, 0) for one in own if one.currency == currency),
            )
            for currency in wallets.currencies_of(organisation_id=organisation_id)
            or [wallets.first_currency(organisation_id=organisation_id)]
        ],
        clips_waiting=clips.waiting_count(organisation_id=organisation_id),
        waiting=[
            WaitingLine(
                title=clip.title,
                creator=clip.creator_name,
                campaign=clip.campaign_title,
                platform=clip.platform,
                auto_approves_at=clip.auto_approves_at,
            )
            for clip in queue[:WAITING_SHOWN_MAX]
        ],
        campaigns=[
            CampaignLine(
                campaign_id=campaign.campaign_id,
                title=campaign.title,
                state=campaign.state,
                currency=campaign.currency,
                budget=_budget(campaign, earnings.campaign_spend(campaign_id=campaign.campaign_id)),
                spend_today_minor=today.get(campaign.campaign_id, 0),
                clips_waiting=sum(clip.campaign_id == campaign.campaign_id for clip in queue),
                runway_at=_runway_at(campaign, now=now),
            )
            for campaign in own
        ],
    )


def campaign_overview(*, campaign_id: int, organisation_id: int, now: datetime) -> CampaignOverview:
    """One campaign of this organisation at this moment. Raises NoSuchCampaign."""
    campaign = campaigns.campaign_of(campaign_id=campaign_id, organisation_id=organisation_id)
    spend = earnings.campaign_spend(campaign_id=campaign_id)
    found = clips.campaign_clips(campaign_id=campaign_id)
    return CampaignOverview(
        campaign=campaign,
        budget=_budget(campaign, spend),
        spend_today_minor=earnings.spend_today(campaign_ids=[campaign_id], now=now).get(campaign_id, 0),
        views_counted=spend.views_counted if spend.accrued_minor else None,
        readings=tracking.campaign_readings(campaign_id=campaign_id),
        runway_at=_runway_at(campaign, now=now),
        wallet=campaigns.wallet(organisation_id=organisation_id, currency=campaign.currency),
        spend_chart=_spend_chart(spend, currency=campaign.currency),
        clips=clip_lines(found),
        clips_in_all=len(found),
        why_not=_why_not_open(campaign, now=now),
        can_fund=_can_fund(campaign, now=now),
        can_close=_can_close(campaign, now=now),
    )


def clip_lines(facts: Sequence[clips.ClipFacts]) -> list[ClipLine]:
    """Clips with what was seen of them and what they earned, each in the currency of its campaign."""
    shown = facts[:CLIPS_SHOWN_MAX]
    ids = [clip.clip_id for clip in shown]
    currencies = campaigns.currencies([clip.campaign_id for clip in shown])
    seen, net, gross = tracking.seen(ids), earnings.net_by_clip(ids), earnings.gross_by_clip(ids)
    held = own_doubts.held_parts(ids)
    return [
        ClipLine(
            clip_id=clip.clip_id,
            title=clip.title,
            creator=clip.creator_name,
            campaign=clip.campaign_title,
            platform=clip.platform,
            handle=clip.handle,
            state=clip.state,
            availability=seen[clip.clip_id].availability if clip.clip_id in seen else "",
            views=seen[clip.clip_id].views if clip.clip_id in seen else None,
            read_at=seen[clip.clip_id].seen_at if clip.clip_id in seen else None,
            earned_minor=net.get(clip.clip_id, 0),
            spent_minor=gross.get(clip.clip_id, 0),
            held_minor=held[clip.clip_id].amount_minor if clip.clip_id in held else 0,
            held_until=held[clip.clip_id].last_releases_at if clip.clip_id in held else None,
            currency=currencies[clip.campaign_id],
        )
        for clip in shown
    ]


def clip_overview(clip: clips.ClipFacts, *, before: int | None = None) -> ClipOverview:
    """One clip with its readings and its earning entries (those before number `before`).

    Who may see it was decided by whoever found it.
    """
    campaign = campaigns.campaign(campaign_id=clip.campaign_id)
    counted = earnings.counted([clip.clip_id]).get(clip.clip_id)
    return ClipOverview(
        clip=clip,
        seen=tracking.seen([clip.clip_id]).get(clip.clip_id),
        views_counted=counted.views if counted else None,
        counted_at=tracking.observed_at(observation_id=counted.observation_id) if counted else None,
        currency=campaign.currency,
        terms=campaigns.terms(terms_id=clip.terms_id),
        chart=view_chart(tracking.clip_history(clip.clip_id)),
        earnings=earnings.clip_earnings(clip_id=clip.clip_id, before=before),
        holds=earnings.held_clip(clip_id=clip.clip_id),
        reversals=earnings.reversed_clip(clip_id=clip.clip_id),
    )


def _budget(campaign: campaigns.CampaignFacts, spend: earnings.CampaignSpend) -> Budget:
    return Budget(
        total_minor=spend.accrued_minor + campaign.budget_left_minor,
        paid_minor=spend.cleared_minor,
        reserved_minor=spend.clearing_minor,
        available_minor=campaign.budget_left_minor,
    )


def _runway_at(campaign: campaigns.CampaignFacts, *, now: datetime) -> datetime | None:
    """When the budget is used up at the pace of the last days; None where nothing is spent or nothing is left."""
    a_day = earnings.burn_per_day(campaign_id=campaign.campaign_id, now=now)
    if not a_day or not campaign.budget_left_minor:
        return None
    return now + timedelta(minutes=campaign.budget_left_minor * 24 * 60 // a_day)


def _why_not_open(campaign: campaigns.CampaignFacts, *, now: datetime) -> str:
    if campaign.state == "draft" and not campaign.budget_left_minor:
        return "This is a draft. Put money in, then activate it: clips are only paid from what is there."
    if campaign.state == "completed" and campaign_rules.has_ended(ends_on=campaign.ends_on, today=now.date()):
        return "The last day is over. Clips are decided, read and paid for thirty more days; then you can close it."
    if campaign.state == "completed":
        return "The budget is used up. Put money in and the campaign goes on, also for views it could not pay before."
    return ""


def _can_fund(campaign: campaigns.CampaignFacts, *, now: datetime) -> bool:
    return campaign.state != "closed" and not campaign_rules.has_ended(ends_on=campaign.ends_on, today=now.date())


def _can_close(campaign: campaigns.CampaignFacts, *, now: datetime) -> bool:
    closable_from = campaign_rules.closable_from(state=campaign.state, completed_at=campaign.completed_at)
    return closable_from is not None and closable_from <= now


def _spend_chart(spend: earnings.CampaignSpend, *, currency: str) -> dict[str, Any] | None:
    if not spend.by_day:
        return None
    by_day = dict(spend.by_day)
    first, last = min(by_day), max(by_day)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {
        "unit": "money",
        "currency": currency,
        "exponent": EXPONENTS[currency],
        "series": [{"label": "Spent", "kind": "bars", "tone": "brand"}],
        "rows": [[int(datetime.combine(day, time(12), UTC).timestamp()), by_day.get(day, 0)] for day in days],
        "gaps": [],
    }


def view_chart(history: Sequence[tracking.ObservationPoint]) -> dict[str, Any] | None:
    """A clip's readings for the chart component; None before the first."""
    if not history:
        return None
    moments = [int(point.observed_at.timestamp()) for point in history]
    steps = list(itertools.pairwise(moments))
    chart = {
        "unit": "views",
        "series": [{"label": "Views read", "kind": "line", "tone": "brand"}],
        "rows": [[moment, point.views] for moment, point in zip(moments, history, strict=True)],
        "gaps": [[one, other, "not measured"] for one, other in steps if other - one > GAP.total_seconds()],
    }
    if all(point.believed for point in history):
        return chart
    # Each row has its count in one of two columns: the curve goes on between its own rows, and the others are marks.
    return chart | {
        "sparse": True,
        "series": [
            {"label": "Views believed", "kind": "line", "tone": "brand"},
            {"label": "Read, but not believed", "kind": "dots", "tone": "buoy"},
        ],
        "rows": [
            [moment, point.views, None] if point.believed else [moment, None, point.views]
            for moment, point in zip(moments, history, strict=True)
        ],
    }
