"""The latest that is known of clips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.foundation import arrays
from cliphaven.tracking.models import TrackedClip
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
    """The latest about one clip: the believed views, None while nothing was measured, and when they were last read."""

    clip_id: int
    views: int | None
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
            seen_at=tracked.measured_at,
            availability=tracked.availability,
            due_at=tracked.due_at,
        )
        for tracked in TrackedClip.objects.filter(clip_id__in=clip_ids)
    }
