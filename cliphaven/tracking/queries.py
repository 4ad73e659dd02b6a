"""What is known of views: believed counts, the history of a clip, and how tracking itself is doing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum

from cliphaven.clips import queries as clips
from cliphaven.foundation import arrays
from cliphaven.tracking.models import Observation, TrackedClip, VendorCall
from cliphaven.tracking.rules import evidence, setbacks

HISTORY_MAX = 2000
OVERDUE_AFTER = timedelta(minutes=15)
FORGOTTEN_MAX = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class BelievedCount:
    """The views of a clip that count: the highest count ever believed, and the observation that said so."""

    clip_id: int
    creator_id: int
    terms_id: int
    platform: str
    views: int
    observation_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The latest that is known of one clip: when somebody last got an answer about it (also: that it is not there),
    the views that stand after falls that were confirmed, and a fall that was seen once only."""

    looked_at: datetime | None
    settled_views: int | None
    fallen_to: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservationPoint:
    """One observation on a chart. Not `believed`: a fall seen once, or a fault. `dropped`: by more than 20 %."""

    observed_at: datetime
    views: int
    likes: int | None
    comments: int | None
    shares: int | None
    believed: bool
    dropped: bool
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenClip:
    """The latest about one clip: the believed views, None while nothing was measured, and when they were last read."""

    clip_id: int
    views: int | None
    seen_at: datetime | None
    availability: str
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class TrackingHealth:
    """Polling at a moment, and since midnight UTC; costs in millionths of a US dollar.

    `blocked_until` holds the platforms whose vendor serves nothing before the moment given.
    """

    tracked: int
    due: int
    overdue: int
    calls_today: int
    asked_today: int
    measured_today: int
    failed_calls_today: int
    cost_today_microusd: int
    outcomes_today: dict[str, int] = field(default_factory=dict)
    blocked_until: dict[str, datetime] = field(default_factory=dict)


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


def clip_history(clip_id: int) -> list[ObservationPoint]:
    """A clip's observations, the oldest first; of more than two thousand the latest ones."""
    latest = Observation.objects.filter(clip_id=clip_id).order_by("-observed_at", "-id")[:HISTORY_MAX]
    return [
        ObservationPoint(
            observed_at=row.observed_at,
            views=row.views,
            likes=row.likes,
            comments=row.comments,
            shares=row.shares,
            believed=row.believed,
            dropped=row.dropped,
            source=row.source,
        )
        for row in reversed(latest)
    ]


def broken_link(clip_id: int) -> int | None:
    """The place (from 0) of the first of a clip's observations that does not follow from the ones before, if any."""
    rows = Observation.objects.filter(clip_id=clip_id).select_related("clip", "call").order_by("id")
    return evidence.first_break(
        evidence.Link(
            facts=evidence.ObservedFacts(
                platform=row.clip.platform,
                video_id=row.clip.video_id,
                views=row.views,
                likes=row.likes,
                comments=row.comments,
                shares=row.shares,
                saves=row.saves,
                observed_at=row.observed_at,
                source=row.source,
                run_id=row.call.run_id,
                raw_digest=bytes(row.call.raw_digest or b""),
                believed=row.believed,
                dropped=row.dropped,
            ),
            previous_sha256=bytes(row.previous_sha256),
            sha256=bytes(row.sha256),
        )
        for row in rows.iterator(chunk_size=500)
    )


def tracking_health(*, now: datetime) -> TrackingHealth:
    """How tracking is doing."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    polling = TrackedClip.objects.filter(due_at__isnull=False).aggregate(
        tracked=Count("clip_id"),
        due=Count("clip_id", filter=Q(due_at__lte=now)),
        overdue=Count("clip_id", filter=Q(due_at__lte=now - OVERDUE_AFTER)),
    )
    calls = VendorCall.objects.filter(started_at__gte=midnight).aggregate(
        calls=Count("id"),
        asked=Sum("asked", default=0),
        measured=Sum("measured", default=0),
        failed=Count("id", filter=~Q(failure="")),
        cost=Sum("cost_microusd", default=0),
    )
    blocks = VendorCall.objects.filter(blocked_until__gt=now).values_list("platform").annotate(Max("blocked_until"))
    return TrackingHealth(
        tracked=polling["tracked"],
        due=polling["due"],
        overdue=polling["overdue"],
        calls_today=calls["calls"],
        asked_today=calls["asked"],
        measured_today=calls["measured"],
        failed_calls_today=calls["failed"],
        cost_today_microusd=int(calls["cost"]),
        outcomes_today=_outcomes_since(midnight),
        blocked_until=dict(blocks.order_by("platform")),
    )


def forgotten_clips(*, due_before: datetime) -> list[tuple[int, datetime]]:
    """Clips that were due to be read before that moment, and when; a hundred at most.

    Of those whose vendor would not serve us since then, nobody knows whether they were forgotten.
    """
    blocked = VendorCall.objects.filter(blocked_until__gt=due_before).values_list("platform", flat=True)
    due = TrackedClip.objects.filter(due_at__lt=due_before).exclude(platform__in=blocked)
    found = due.order_by("due_at", "clip_id").values_list("clip_id", "due_at")[:FORGOTTEN_MAX]
    return [(clip_id, due_at) for clip_id, due_at in found if due_at is not None]


def _outcomes_since(moment: datetime) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, sum(number::int) from tracking_vendorcall, jsonb_each_text(outcomes) as outcome(kind, number)"
            " where started_at >= %s group by kind order by kind",
            [moment],
        )
        return {kind: int(number) for kind, number in cursor.fetchall()}
