"""When to ask again after a poll that measured nothing, and what it says about the clip's availability. Pure."""

from datetime import datetime, timedelta

from cliphaven.tracking.rules.ladder import LONGEST, polling_interval

VENDOR_RETRY = timedelta(minutes=10)
VENDOR_RETRY_LONGEST = timedelta(hours=6)
GONE_LOOK = timedelta(days=14)
"""How often a clip that is gone is looked at: some come back, and hardly any look finds one that did."""
NO_ANSWER = frozenset({"provider_error", "mismatch"})
"""Outcomes of a poll that are the vendor's fault: they say nothing about the clip."""
_DOUBLINGS_MAX = 8


def due_after_setback(
    *, posted_at: datetime, polled_at: datetime, failures: int, vendors_fault: bool, is_gone: bool = False
) -> datetime:
    """When to poll again after `failures` polls in a row without a measurement (at least one), this one included.

    A vendor's trouble passes: ten minutes, then twice as long each time. A clip that shows nothing is asked about ever
    less often, since every look at a deleted clip costs as much as one at a living clip; with `is_gone`, hardly ever.
    """
    doublings = min(failures - 1, _DOUBLINGS_MAX)
    if vendors_fault:
        return polled_at + min(VENDOR_RETRY * (1 << doublings), VENDOR_RETRY_LONGEST)
    if is_gone:
        return polled_at + GONE_LOOK
    return polled_at + min(polling_interval(polled_at - posted_at) * (1 << doublings), LONGEST)


def availability_after(before: str, *, outcome: str, doubtful: bool) -> str:
    """The clip's availability after a poll. With `doubtful` so much of the batch failed that absence proves nothing.

    One answer never makes a clip gone, and anything that shows it makes it alive again.
    """
    if outcome in ("measured", "no_metric", "restricted"):
        return "alive"
    if outcome in ("gone_hint", "missing") and not doubtful and before != "gone":
        return "unreachable"
    return before
