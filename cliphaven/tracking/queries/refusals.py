"""Calls that a vendor refused, and its word for why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cliphaven.tracking.models import VendorCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A vendor's word for a refusal, a platform it was for, and when it was said last."""

    code: str
    platform: str
    at: datetime


def by_code(*, codes: Collection[str], since: datetime) -> list[Refusal]:
    """The latest refusal by each of these words among the calls begun from then on."""
    failed = VendorCall.objects.filter(started_at__gte=since).exclude(failure="").order_by("started_at", "id")
    found: dict[str, Refusal] = {}
    for platform, failure, at in failed.values_list("platform", "failure", "started_at"):
        code = failure.partition(" ")[0]
        if code in codes:
            found[code] = Refusal(code=code, platform=platform, at=at)
    return [found[code] for code in sorted(found)]
