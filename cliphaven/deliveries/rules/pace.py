"""When a letter is tried again, and when an endpoint is left alone for a while or switched off. By the wall."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TRIES_MAX = 12
_FIRST_PAUSE = timedelta(minutes=1)
_FACTOR = 4
_LONGEST_PAUSE = timedelta(hours=12)
SPREAD_PERCENT = 20
"""Pauses are longer or shorter by up to so much, so that what failed together does not come back together."""

RESTS_AFTER_FAILURES = 5
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)

WARNED_AFTER = timedelta(days=1)
SWITCHED_OFF_AFTER = timedelta(days=5)

GONE = 410
TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503


class Result(StrEnum):
    """What became of a try."""

    TAKEN = "taken"
    REFUSED = "refused"  # another status than 2xx
    GONE = "gone"  # 410: wants no more
    LEADS_INSIDE = "leads_inside"
    NO_CONNECTION = "no_connection"
    NOT_TRUSTED = "not_trusted"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"
    LOST = "lost"  # whoever sent it was killed: nobody knows whether it arrived


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How an endpoint has fared: failures in a row, and since when there was nothing else."""

    failures: int
    failing_since: datetime | None


def result_of_status(status: int) -> Result:
    """Whether a status says that the letter was taken. Redirects are followed nowhere: they are refusals."""
    if 200 <= status < 300:
        return Result.TAKEN
    return Result.GONE if status == GONE else Result.REFUSED


def pause(*, tries: int, spread_percent: int) -> timedelta | None:
    """How long after the `tries`th try of a round the next one comes; None when there is none any more.

    1, 4, 16, 64 and 256 minutes, then 12 hours each time: three days in all. `spread_percent` is a whole number between
    -SPREAD_PERCENT and SPREAD_PERCENT, chosen by chance.
    """
    if tries >= TRIES_MAX:
        return None
    factor: int = _FACTOR ** (tries - 1)
    plain = min(_FIRST_PAUSE * factor, _LONGEST_PAUSE)
    return plain * (100 + spread_percent) / 100


def after(standing: Standing, *, result: Result, now: datetime) -> Standing:
    """How an endpoint stands after a try. Whoever sent and was killed says nothing about it."""
    if result is Result.TAKEN:
        return Standing(failures=0, failing_since=None)
    if result is Result.LOST:
        return standing
    return Standing(failures=standing.failures + 1, failing_since=standing.failing_since or now)


def rest(*, failures: int, asked_for: timedelta | None) -> timedelta | None:
    """How long an endpoint is left alone after a failure, whatever else waits for it; None for not at all.

    What it asks for itself (`Retry-After` of 429 and 503) counts at once. One that fails again and again is asked ever
    more seldom, so that nobody's dead endpoint keeps the house busy.
    """
    wait = asked_for or timedelta()
    if failures >= RESTS_AFTER_FAILURES:
        wait = max(wait, min(_FIRST_REST * 2 ** min(failures - RESTS_AFTER_FAILURES, 10), _LONGEST_REST))
    return wait or None


def has_failed_for_too_long(standing: Standing, *, now: datetime) -> bool:
    """Whether an endpoint took nothing for so long that it is switched off."""
    return standing.failing_since is not None and standing.failing_since + SWITCHED_OFF_AFTER <= now


def is_to_be_warned_of(standing: Standing, *, now: datetime) -> bool:
    """Whether an endpoint took nothing for so long that its people should know."""
    return standing.failing_since is not None and standing.failing_since + WARNED_AFTER <= now
