"""Control videos: their counts are known, so that a call that shows them wrongly is not believed in anything. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cliphaven.tracking.rules.believed import JITTER_PER_MILLE, display_step
from cliphaven.tracking.rules.setbacks import VENDOR_RETRY, VENDOR_RETRY_LONGEST

RIDE_EVERY = timedelta(minutes=10)
"""How long a right count vouches for the vendor before the same canary rides along again."""
_DOUBLINGS_MAX = 8


class Verdict(StrEnum):
    """What a canary says of the call that it rode along with."""

    RIGHT = "right"
    WRONG = "wrong"
    UNREAD = "unread"  # it was not measured, which says nothing about the counts of others


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCount:
    """What a canary showed at a moment, and by how many views a day it may have grown since."""

    platform: str
    views: int
    known_at: datetime
    growth_per_day: int


def expected_views(known: KnownCount, *, at: datetime) -> tuple[int, int]:
    """The fewest and the most views that a right answer of the moment `at` can show.

    Down to the platform's jitter, or one step of its rounded display where that is more; up to the same above what it
    may have grown to, a begun day counting in proportion.
    """
    days = max(at - known.known_at, timedelta(0)) / timedelta(days=1)
    grown = known.views + math.ceil(known.growth_per_day * days)
    return max(0, known.views - _tolerance(known.platform, known.views)), grown + _tolerance(known.platform, grown)


def judge(known: KnownCount, *, views: int | None, at: datetime) -> Verdict:
    """Whether the count of a canary can be right; None is a canary that was not measured."""
    if views is None:
        return Verdict.UNREAD
    fewest, most = expected_views(known, at=at)
    return Verdict.RIGHT if fewest <= views <= most else Verdict.WRONG


def ask_again_at(now: datetime, *, in_quarantine: int) -> datetime:
    """When to ask again about clips whose call is not believed, the `in_quarantine`th of its platform in a row.

    Ten minutes, then twice as long each time: a vendor that goes on being wrong is not paid for it each minute.
    """
    return now + min(VENDOR_RETRY * (1 << min(max(in_quarantine, 1) - 1, _DOUBLINGS_MAX)), VENDOR_RETRY_LONGEST)


def _tolerance(platform: str, views: int) -> int:
    return max(views * JITTER_PER_MILLE // 1000, display_step(platform, views))
