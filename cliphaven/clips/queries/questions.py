"""Questions beside the runs they paid for."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Sum

from cliphaven.clips.models import Lookup


def runs_named(*, run_ids: Collection[str], since: datetime, until: datetime) -> set[str]:
    """Those of the runs that a question names which was asked from `since` on and before `until`."""
    asked = Lookup.objects.filter(asked_at__gte=since, asked_at__lt=until)
    return set(asked.filter(run_id__in=list(run_ids)).values_list("run_id", flat=True))


def cost_between(*, since: datetime, until: datetime) -> int:
    """What the questions asked from `since` on and before `until` cost, in millionths of USD."""
    rows = Lookup.objects.filter(asked_at__gte=since, asked_at__lt=until)
    return int(rows.aggregate(sum=Sum("cost_microusd", default=0))["sum"])


def asked_between(*, platforms: Collection[str], since: datetime, until: datetime) -> tuple[int, int]:
    """How many questions were asked of these platforms from `since` on and before `until`, and what they cost, in
    millionths of USD."""
    rows = Lookup.objects.filter(platform__in=platforms, asked_at__gte=since, asked_at__lt=until)
    sums = rows.aggregate(calls=Count("id"), cost=Sum("cost_microusd", default=0))
    return sums["calls"], int(sums["cost"])
