"""What waits to be polled, and since when."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, Least

from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.queries.health import is_overdue

OVERDUE_SHOWN_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """What is due on one platform: of `followed` clips, how many, how many overdue, and since when the oldest.

    A clip that is due waits for company in its batch. It is overdue when it should have been in one a quarter of an
    hour ago, whoever else was. `wanted` clips are waited for by somebody; `under_way` are being asked about now.
    """

    platform: str
    followed: int
    due: int
    overdue: int
    wanted: int
    under_way: int
    oldest_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OverdueClip:
    """A clip that should have been read by now."""

    clip_id: int
    platform: str
    handle: str
    campaign: str
    due_at: datetime
    last_outcome: str
    last_polled_at: datetime | None


def waiting(*, now: datetime) -> list[Waiting]:
    """What is due, by platform; platforms without a followed clip are absent."""
    due = Q(due_at__lte=now)
    rows = (
        TrackedClip.objects.filter(due_at__isnull=False)
        .values("platform")
        .annotate(
            followed=Count("clip_id"),
            due=Count("clip_id", filter=due),
            overdue=Count("clip_id", filter=is_overdue(now)),
            wanted=Count("clip_id", filter=Q(wanted_since__isnull=False)),
            under_way=Count("clip_id", filter=Q(leased_until__gt=now)),
            oldest_at=Min("due_at", filter=due),
        )
        .order_by("platform")
    )
    return [Waiting(**row) for row in rows]


def overdue_clips(*, now: datetime) -> list[OverdueClip]:
    """The clips that have been due longest of those that are overdue, at most twenty."""
    found = TrackedClip.objects.filter(is_overdue(now)).select_related("clip__campaign", "clip__channel")
    return [
        OverdueClip(
            clip_id=tracked.clip_id,
            platform=tracked.platform,
            handle=tracked.clip.channel.handle,
            campaign=tracked.clip.campaign.title,
            due_at=_had_to_be_read_at(tracked, tracked.due_at),
            last_outcome=tracked.last_outcome,
            last_polled_at=tracked.last_polled_at,
        )
        for tracked in found.order_by(Least("wanted_since", Coalesce("overdue_at", "due_at")), "clip_id")[
            :OVERDUE_SHOWN_MAX
        ]
        if tracked.due_at is not None
    ]


def _had_to_be_read_at(tracked: TrackedClip, due_at: datetime) -> datetime:
    """Since when a clip is late: by its own turn, or because somebody waits for it."""
    by_turn = tracked.overdue_at or due_at
    return by_turn if tracked.wanted_since is None else min(by_turn, tracked.wanted_since)
