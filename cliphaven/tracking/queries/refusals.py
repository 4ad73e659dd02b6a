"""Calls and other questions that a vendor refused, and its word for why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from cliphaven.clips.models import Lookup
from cliphaven.tracking.models import VendorCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A vendor's word for a refusal, a platform it was for, and when it was said last."""

    code: str
    platform: str
    at: datetime


def by_code(*, codes: Collection[str], since: datetime) -> list[Refusal]:
    """The latest refusal by each of these words among what was asked from then on: polls, profiles and first looks."""
    calls = VendorCall.objects.filter(started_at__gte=since).exclude(failure="")
    questions = Lookup.objects.filter(asked_at__gte=since).exclude(failure="")
    failed = [
        *calls.order_by("started_at", "id").values_list("platform", "failure", "started_at"),
        *questions.order_by("asked_at", "id").values_list("platform", "failure", "asked_at"),
    ]
    found: dict[str, Refusal] = {}
    for platform, failure, at in sorted(failed, key=itemgetter(2)):
        code = failure.partition(" ")[0]
        if code in codes:
            found[code] = Refusal(code=code, platform=platform, at=at)
    return [found[code] for code in sorted(found)]
