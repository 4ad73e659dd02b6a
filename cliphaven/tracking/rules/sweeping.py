"""The sweep before Monday's cut-off: what a week earned is seen before the week is paid."""

from datetime import UTC, datetime, timedelta

SWEEP = timedelta(hours=1)
_CUT_OFF_HOUR = 6
_WEEK = timedelta(days=7)


def next_cut_off(now: datetime) -> datetime:
    """The next Monday 06:00 UTC at or after `now`: when the week's batch is planned."""
    today = now.astimezone(UTC).replace(hour=_CUT_OFF_HOUR, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    return monday if now <= monday else monday + _WEEK


def sweep_of(now: datetime) -> datetime | None:
    """The beginning of the sweep that runs at `now`, None outside the hour before a cut-off."""
    start = next_cut_off(now) - SWEEP
    return start if now >= start else None


def is_swept(*, now: datetime, polled_at: datetime | None) -> bool:
    """Whether a clip is read now because of the cut-off: the sweep runs, and has not reached it yet."""
    start = sweep_of(now)
    return start is not None and (polled_at is None or polled_at < start)
