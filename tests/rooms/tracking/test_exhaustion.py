"""Campaigns near the end of their money are watched closely, and those that cost too much to watch seldom."""

from datetime import timedelta

import pytest

from cliphaven.earnings import operations as earnings
from cliphaven.tracking.models import TrackedCampaign, TrackedClip
from cliphaven.tracking.operations import exhaustion, lifecycle
from cliphaven.tracking.rules.worth import REFERENCE_USD, worth_of_a_play
from tests.people import MONDAY, a_campaign, an_approved_clip, seen
from tests.rooms.tracking.tracked import WEDNESDAY, a_polled_campaign, a_tracked_clip

pytestmark = pytest.mark.django_db
LATER = WEDNESDAY + timedelta(hours=20)


def hazard(clip: TrackedClip) -> float:
    clip.refresh_from_db()
    return clip.hazard


def earned(campaign, *, views: int) -> None:
    """An accrual of an hour ago: so much of the budget is gone."""
    seen(an_approved_clip(campaign), views, at=WEDNESDAY - timedelta(hours=1))
    earnings.accrue_campaign(campaign_id=campaign.id, now=WEDNESDAY - timedelta(hours=1))


def test_clips_of_a_campaign_that_runs_out_of_money_are_polled_sooner():
    campaign = a_polled_campaign(budget_minor=1_000)
    earned(campaign, views=6_600)  # $9.90 of $10
    clip = a_tracked_clip(campaign, due_at=LATER, ride_at=LATER)

    assert exhaustion.weigh_campaigns(now=WEDNESDAY) == 1

    assert hazard(clip) > 40
    assert clip.due_at is not None
    assert clip.due_at < WEDNESDAY + timedelta(hours=3)
    assert TrackedCampaign.objects.get().weighed_at == WEDNESDAY


def test_clips_of_a_campaign_with_enough_money_stay_as_they_are():
    campaign = a_polled_campaign(budget_minor=100_000)
    earned(campaign, views=6_600)
    clip = a_tracked_clip(campaign, due_at=LATER, ride_at=LATER)

    assert exhaustion.weigh_campaigns(now=WEDNESDAY) == 0
    assert (hazard(clip), clip.due_at) == (1, LATER)


def test_a_campaign_that_was_topped_up_is_watched_as_before():
    campaign = a_polled_campaign(budget_minor=100_000)
    TrackedCampaign.objects.update(hazard=51)
    clip = a_tracked_clip(campaign, hazard=51)

    exhaustion.weigh_campaigns(now=WEDNESDAY)

    assert hazard(clip) == 1


def test_where_reading_costs_more_than_its_share_of_the_money_clips_are_read_seldom(settings):
    settings.TRACKING_COST_PERCENT = 10
    campaign = a_polled_campaign(budget_minor=1_000)
    clip = a_tracked_clip(campaign, cost_microusd=1_000_001)  # of $10

    assert exhaustion.cap_costs(now=WEDNESDAY) == 1
    assert hazard(clip) == 0

    TrackedClip.objects.update(cost_microusd=1_000_000)
    assert exhaustion.cap_costs(now=WEDNESDAY) == 1
    assert hazard(clip) == 1


def test_a_view_is_worth_what_the_sponsor_pays_for_it_in_dollars_of_reference():
    assert worth_of_a_play(cpm_minor=150, currency="USD") == pytest.approx(1.50 / 1000)
    assert worth_of_a_play(cpm_minor=150, currency="JPY") == pytest.approx(150 * REFERENCE_USD["JPY"] / 1000)


def test_what_a_clip_is_worth_comes_from_the_rate_it_was_submitted_under():
    clip = an_approved_clip(a_campaign())  # 150 for a thousand views
    lifecycle.start_tracking(now=MONDAY)

    assert TrackedClip.objects.get(clip=clip).worth == pytest.approx(0.0015)
