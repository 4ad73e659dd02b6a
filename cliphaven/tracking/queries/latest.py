"""The latest that is known of clips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Max, Min, Q

from cliphaven.foundation import arrays
from cliphaven.tracking.models import Observation, TrackedClip
from cliphaven.tracking.rules import setbacks


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The latest that is known of one clip: when somebody last got an answer about it (also: that it is not there),
    the views that stand after falls that were confirmed, and a fall that was seen once only."""

    looked_at: datetime | None
    settled_views: int | None
    fallen_to: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenClip:
    """The latest about one clip: the believed views, None while nothing was measured, and when they were last read.

    Of these `views_standing` are left after falls that were confirmed, and `fallen_to` is a fall that was read once.
    """

    clip_id: int
    views: int | None
    views_standing: int | None
    fallen_to: int | None
    seen_at: datetime | None
    availability: str
    due_at: datetime | None


def looks(clip_ids: Collection[int]) -> dict[int, Look]:
    """The latest answer about each of the clips, by id; those that are not tracked are absent."""
    # One array: thousands of ids as arguments of their own take longer than the rows.
    with connection.cursor() as cursor:
        cursor.execute(
            "select clip_id, measured_at, last_polled_at, last_outcome, views_settled, fallen_to"
            " from tracking_trackedclip where clip_id = any(%s::bigint[])",
            [arrays.numbers(list(clip_ids))],
        )
        rows = cursor.fetchall()
    return {
        clip_id: Look(
            looked_at=measured_at if outcome in setbacks.NO_ANSWER or not outcome else polled_at,
            settled_views=settled,
            fallen_to=fallen_to,
        )
        for clip_id, measured_at, polled_at, outcome, settled, fallen_to in rows
    }


def seen(clip_ids: Sequence[int]) -> dict[int, SeenClip]:
    """The latest about each of the clips, by id; those that are not tracked yet are absent."""
    return {
        tracked.clip_id: SeenClip(
            clip_id=tracked.clip_id,
            views=tracked.views_seen,
            views_standing=tracked.views_settled,
            fallen_to=tracked.fallen_to,
            seen_at=tracked.measured_at,
            availability=tracked.availability,
            due_at=tracked.due_at,
        )
        for tracked in TrackedClip.objects.filter(clip_id__in=clip_ids)
    }


def observed_at(*, observation_id: int) -> datetime | None:
    """When an observation was made; None if there is no such observation."""
    return Observation.objects.filter(id=observation_id).values_list("observed_at", flat=True).first()


@dataclass(frozen=True, kw_only=True, slots=True)
class CampaignReadings:
    """How old the counts of a campaign's followed clips are; both moments None while none of them was read."""

    oldest_at: datetime | None
    newest_at: datetime | None
    unread: int


def campaign_readings(*, campaign_id: int) -> CampaignReadings:
    """How old the counts of the clips of a campaign are."""
    found = TrackedClip.objects.filter(clip__campaign_id=campaign_id).aggregate(
        oldest_at=Min("measured_at"), newest_at=Max("measured_at"), unread=Count("clip_id", filter=Q(measured_at=None))
    )
    return CampaignReadings(**found)
