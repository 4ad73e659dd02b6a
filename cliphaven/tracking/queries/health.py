"""How tracking itself is doing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, Sum

from cliphaven.clips.queries import pauses
from cliphaven.tracking.models import TrackedClip, VendorCall

OVERDUE_AFTER = timedelta(minutes=15)
FORGOTTEN_MAX = 100


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


def is_overdue(now: datetime) -> Q:
    """Clips that should have been in a batch a quarter of an hour ago, whoever else was.

    One that is only due waits for company: see `TrackedClip`.
    """
    late = now - OVERDUE_AFTER
    too_long = Q(overdue_at__lte=late) | Q(overdue_at=None, due_at__lte=late) | Q(wanted_since__lte=late)
    return Q(due_at__lte=now) & too_long


def tracking_health(*, now: datetime) -> TrackingHealth:
    """How tracking is doing."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    polling = TrackedClip.objects.filter(due_at__isnull=False).aggregate(
        tracked=Count("clip_id"),
        due=Count("clip_id", filter=Q(due_at__lte=now)),
        overdue=Count("clip_id", filter=is_overdue(now)),
    )
    calls = VendorCall.objects.filter(started_at__gte=midnight).aggregate(
        calls=Count("id"),
        asked=Sum("asked", default=0),
        measured=Sum("measured", default=0),
        failed=Count("id", filter=~Q(failure="")),
        cost=Sum("cost_microusd", default=0),
    )
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
        blocked_until={
            platform: pause.ends_at for pause in reversed(pauses.pauses(now=now)) for platform in pause.platforms
        },
    )


def forgotten_clips(*, due_before: datetime) -> list[tuple[int, datetime]]:
    """Clips that had to be read before that moment, whoever else was, and when; a hundred at most.

    Of those whose vendor would not serve us since then, or was not asked because the day's budget for it was spent,
    nobody knows whether they were forgotten.
    """
    had_to = TrackedClip.objects.filter(due_at__lt=due_before).exclude(
        platform__in=pauses.paused_since(moment=due_before)
    )
    waited = had_to.filter(Q(overdue_at=None) | Q(overdue_at__lt=due_before))
    found = waited.order_by("due_at", "clip_id").values_list("clip_id", "due_at")[:FORGOTTEN_MAX]
    return [(clip_id, due_at) for clip_id, due_at in found if due_at is not None]


def _outcomes_since(moment: datetime) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select kind, sum(number::int) from tracking_vendorcall, jsonb_each_text(outcomes) as outcome(kind, number)"
            " where started_at >= %s group by kind order by kind",
            [moment],
        )
        return {kind: int(number) for kind, number in cursor.fetchall()}
