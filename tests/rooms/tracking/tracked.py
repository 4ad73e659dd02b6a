"""Clips that are tracked without a video behind them: for tests of what is chosen, which ask no vendor."""

from datetime import datetime, timedelta
from typing import Any

from cliphaven.campaigns.models import Campaign
from cliphaven.foundation.transactions import own_transaction
from cliphaven.tracking.models import TrackedCampaign, TrackedClip
from cliphaven.tracking.operations import choosing
from cliphaven.tracking.operations.planning import Planner
from cliphaven.tracking.rules.policies import Policy
from tests.people import MONDAY, a_campaign, an_approved_clip

WEDNESDAY = MONDAY + timedelta(days=2)
"""A day without a sweep."""
INDEX = Policy.parse("index")
PRICE = 12.0


def a_polled_campaign(**options: Any) -> Campaign:
    """A campaign whose clips are polled."""
    campaign = a_campaign(**options)
    TrackedCampaign.objects.create(campaign=campaign, is_polled=True)
    return campaign


def a_tracked_clip(campaign: Campaign, *, platform: str = "tiktok", **options: Any) -> TrackedClip:
    """A clip that gains about a view a minute, was looked at an hour ago and is due, with time to wait for company."""
    defaults = {
        "posted_at": MONDAY - timedelta(days=3),
        "log_rate": 8.5,
        "rate_variance": 0.1,
        "worth": 0.0015,
        "ride_at": WEDNESDAY - timedelta(minutes=30),
        "due_at": WEDNESDAY,
        "overdue_at": WEDNESDAY + timedelta(hours=9),
        "last_polled_at": WEDNESDAY - timedelta(hours=1),
        "measured_at": WEDNESDAY - timedelta(hours=1),
        "last_outcome": "measured",
    }
    tracked = TrackedClip.following(an_approved_clip(campaign, platform=platform), **{**defaults, **options})
    tracked.save()
    return tracked


@own_transaction
def chosen(
    *, platform: str = "tiktok", at: datetime = WEDNESDAY, size: int = 25, calls: int = 4, policy: Policy = INDEX
) -> list[list[int]]:
    """The clips of each call that would be made now, by id; nothing is leased."""
    planner = Planner(policy=policy, price=PRICE)
    look = choosing.Look(platform=platform, planner=planner, size=size, calls=calls, now=at)  # type: ignore[arg-type]
    return [[candidate.clip_id for candidate in call] for call in choosing.choose(look=look)]
