"""The sweep before Monday's cut-off: what a week earned is seen before the week is paid."""

from datetime import UTC, datetime, timedelta

from cliphaven.tracking.rules.estimate import PRIOR, GrowthEstimate, expected_gain, expected_rate
from cliphaven.tracking.rules.hours import hours

SWEEP = timedelta(hours=1)
_CUT_OFF_HOUR = 6
_WEEK = timedelta(days=7)
_LEFT_UNSEEN = 0.03
"""USD."""
_LAST_CALL = timedelta(minutes=20)
"""So long before the cut-off everything is asked for: later an answer might not be in time."""


def next_cut_off(now: datetime) -> datetime:
    """The next Monday 06:00 UTC at or after `now`: when the week's batch is planned."""
    today = now.astimezone(UTC).replace(hour=_CUT_OFF_HOUR, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    return monday if now <= monday else monday + _WEEK


def sweep_of(now: datetime) -> datetime | None:
    """The beginning of the sweep that runs at `now`, None outside the hour before a cut-off."""
    start = next_cut_off(now) - SWEEP
    return start if now >= start else None


def is_swept(
    *,
    posted_at: datetime,
    polled_at: datetime,
    now: datetime,
    estimate: GrowthEstimate | None,
    worth: float,
) -> bool:
    """Whether a clip is read now because of the cut-off.

    In the hour before it each clip is read once, if more than three cents of it would stay unseen otherwise; and what
    earns fast is read late in the hour, so that little is added afterwards.
    """
    start = sweep_of(now)
    if start is None or polled_at >= start:
        return False
    cut_off, estimate, age = start + SWEEP, estimate or PRIOR, polled_at - posted_at
    if worth * expected_gain(estimate, age=age, over=cut_off - polled_at) < _LEFT_UNSEEN:
        return False
    added = worth * expected_rate(estimate, age=age) * hours(cut_off - now)
    return added <= _LEFT_UNSEEN or cut_off - now <= _LAST_CALL
