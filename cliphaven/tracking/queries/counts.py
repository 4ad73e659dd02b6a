"""The counts that money follows: believed views, and of which clips they may be owed for."""

from dataclasses import dataclass

from django.db.models import QuerySet

from cliphaven.clips import queries as clips
from cliphaven.tracking.models import TrackedClip


@dataclass(frozen=True, kw_only=True, slots=True)
class BelievedCount:
    """The views of a clip that count: the highest count ever believed, and the observation that said so."""

    clip_id: int
    creator_id: int
    terms_id: int
    platform: str
    views: int
    observation_id: int


def owing_clips() -> QuerySet[TrackedClip]:
    """The clips whose views their campaign may owe for: they count, were measured, and the campaign is not closed.

    A paused campaign owes what its clips go on earning, and a completed one what was seen before its end or read since.
    """
    return TrackedClip.objects.filter(
        clip__in=clips.countable_clips().filter(campaign__state__in=("active", "paused", "completed")),
        seen_observation__isnull=False,
    )


def believed_counts(tracked: QuerySet[TrackedClip], *, at_most: int) -> list[BelievedCount]:
    """The believed views of such clips, a selection of `owing_clips`, by clip, from the lowest id on."""
    rows = tracked.order_by("clip_id").values_list(
        "clip_id", "clip__creator_id", "clip__terms_id", "platform", "views_seen", "seen_observation_id"
    )[:at_most]
    return [
        BelievedCount(
            clip_id=clip_id,
            creator_id=creator_id,
            terms_id=terms_id,
            platform=platform,
            views=views,
            observation_id=observation_id,
        )
        for clip_id, creator_id, terms_id, platform, views, observation_id in rows
        if views is not None and observation_id is not None
    ]
