"""Which vendors are asked nothing just now, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cliphaven.clips.models import PLATFORMS_OF, Channel, Clip, PauseReason, Vendor, VendorPause, vendor_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A vendor that is not asked from `begun_at` to `ends_at`, and for which platforms; `because` says why.

    With `serves_urgent` it is still asked what somebody waits for.
    """

    vendor: str
    label: str
    platforms: Sequence[str]
    reason: str
    because: str
    serves_urgent: bool
    begun_at: datetime
    ends_at: datetime


def pauses(*, now: datetime) -> list[Pause]:
    """The pauses of this moment, by vendor, the longest first."""
    found = VendorPause.objects.filter(ends_at__gt=now).order_by("vendor", "-ends_at", "reason")
    return [
        Pause(
            vendor=pause.vendor,
            label=str(Vendor(pause.vendor).label),
            platforms=PLATFORMS_OF[pause.vendor],
            reason=pause.reason,
            because=str(PauseReason(pause.reason).label),
            serves_urgent=pause.reason == PauseReason.BUDGET,
            begun_at=pause.begun_at,
            ends_at=pause.ends_at,
        )
        for pause in found
    ]


def paused_until(*, platform: str, now: datetime, urgent: bool) -> datetime | None:
    """Until when a platform's vendor is asked nothing, or with `urgent` not even what somebody waits for; else None."""
    found = VendorPause.objects.filter(vendor=vendor_of(platform), ends_at__gt=now)
    if urgent:
        found = found.exclude(reason=PauseReason.BUDGET)
    return found.order_by("-ends_at").values_list("ends_at", flat=True).first()


def paused_platforms(*, now: datetime, urgent: bool) -> list[str]:
    """The platforms whose vendor is asked nothing now, or with `urgent` not even what somebody waits for."""
    closed = {pause.vendor for pause in pauses(now=now) if not (urgent and pause.serves_urgent)}
    return [platform for vendor in sorted(closed) for platform in PLATFORMS_OF[vendor]]


def paused_since(*, moment: datetime) -> list[str]:
    """The platforms whose vendor was not asked for some time after a moment."""
    vendors = VendorPause.objects.filter(ends_at__gt=moment).order_by("vendor").values_list("vendor", flat=True)
    return [platform for vendor in dict.fromkeys(vendors) for platform in PLATFORMS_OF[vendor]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """How many questions wait behind a pause: profiles whose time has come, and clips whose maker nobody named yet."""

    profiles: int
    first_looks: int


def held_back(*, platforms: Sequence[str], now: datetime) -> Held:
    """What waits for these platforms, polls aside."""
    return Held(
        profiles=Channel.objects.filter(platform__in=platforms, check_at__lte=now).count(),
        first_looks=Clip.objects.filter(platform__in=platforms, inspect_at__lte=now).count(),
    )
