"""What is known of views: believed counts, the history of a clip, and how tracking itself is doing."""

from cliphaven.tracking.queries.counts import BelievedCount, believed_counts, owing_clips
from cliphaven.tracking.queries.health import OVERDUE_AFTER, TrackingHealth, forgotten_clips, tracking_health
from cliphaven.tracking.queries.history import ObservationPoint, broken_link, clip_history
from cliphaven.tracking.queries.latest import (
    CampaignReadings,
    Look,
    SeenClip,
    campaign_readings,
    looks,
    observed_at,
    seen,
)

__all__ = [
    "OVERDUE_AFTER",
    "BelievedCount",
    "CampaignReadings",
    "Look",
    "ObservationPoint",
    "SeenClip",
    "TrackingHealth",
    "believed_counts",
    "broken_link",
    "campaign_readings",
    "clip_history",
    "forgotten_clips",
    "looks",
    "observed_at",
    "owing_clips",
    "seen",
    "tracking_health",
]
