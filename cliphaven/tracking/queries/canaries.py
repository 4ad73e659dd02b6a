"""Canaries and what they said, and the calls that are not believed because of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from cliphaven.tracking.models import Canary, CanaryReading, VendorCall

CANARIES_SHOWN_MAX = 50
QUARANTINED_SHOWN_MAX = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryLine:
    """A control video that rides along: what is known of it, and what its last call said.

    A count from `fewest` to `most` was right. `views` is None where nothing was measured, `verdict` "" before its first
    ride.
    """

    canary_id: int
    platform: str
    video_id: str
    url: str
    known_views: int
    known_at: datetime
    growth_per_day: int
    added_because: str
    verdict: str
    views: int | None
    fewest: int | None
    most: int | None
    read_at: datetime | None
    call_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantinedCall:
    """A call that is not believed: how many clips it measured, and what its canary should and did show."""

    call_id: int
    platform: str
    measured: int
    quarantined_at: datetime
    views: int | None
    fewest: int | None
    most: int | None


def canaries() -> Sequence[CanaryLine]:
    """The canaries that ride, by platform, each with its latest reading; at most fifty."""
    newest = CanaryReading.objects.order_by("canary_id", "-id").distinct("canary_id")
    riding = Canary.objects.filter(retired_at=None).order_by("platform", "id")
    with_last = riding.prefetch_related(Prefetch("readings", queryset=newest, to_attr="latest"))
    return [_line(canary, next(iter(canary.latest), None)) for canary in with_last[:CANARIES_SHOWN_MAX]]


def quarantined_calls() -> Sequence[QuarantinedCall]:
    """The calls that are not believed and not cleared, the newest first; at most fifty."""
    wrong = CanaryReading.objects.filter(verdict="wrong").order_by("id")
    calls = (
        VendorCall.objects.filter(quarantined_at__isnull=False, cleared_at=None)
        .defer("raw_json")
        .prefetch_related(Prefetch("canary_readings", queryset=wrong, to_attr="wrong"))
        .order_by("-id")
    )
    found = []
    for call in calls[:QUARANTINED_SHOWN_MAX]:
        reading: CanaryReading | None = next(iter(call.wrong), None)
        found.append(
            QuarantinedCall(
                call_id=call.id,
                platform=call.platform,
                measured=call.measured,
                quarantined_at=call.quarantined_at or call.started_at,
                views=reading.views if reading else None,
                fewest=reading.fewest if reading else None,
                most=reading.most if reading else None,
            )
        )
    return found


def _line(canary: Canary, last: CanaryReading | None) -> CanaryLine:
    return CanaryLine(
        canary_id=canary.id,
        platform=canary.platform,
        video_id=canary.video_id,
        url=canary.url,
        known_views=canary.views,
        known_at=canary.known_at,
        growth_per_day=canary.growth_per_day,
        added_because=canary.added_because,
        verdict=last.verdict if last else "",
        views=last.views if last else None,
        fewest=last.fewest if last else None,
        most=last.most if last else None,
        read_at=last.read_at if last else None,
        call_id=last.call_id if last else None,
    )
