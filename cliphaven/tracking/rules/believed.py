"""What of a reading is believed: a count rises at once, falls only when seen twice, and never by silence.

Two figures are kept for a clip. `seen` is the highest count ever believed and never falls; `settled` is what stands
after falls that were confirmed. Between them lies what the platform took back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

JITTER_PER_MILLE = 5
"""Counts of one clip, read seconds apart, differ by up to this share: a platform's servers are never quite level."""
DROP_PERCENT = 20
FAULT_ABOVE = 500
"""From more than this, a fall to nothing is a fault of the reading; clips that small really do fall to 0."""
CONFIRM_AFTER = timedelta(minutes=15)


class Belief(StrEnum):
    """What became of a reading."""

    FIRST = "first"  # the first count of this clip
    ROSE = "rose"
    STEADY = "steady"  # the same, or lower by no more than jitter and rounding
    FELL = "fell"  # lower; believed if a later poll says so too
    PURGED = "purged"  # lower for the second time: the platform took views back
    FAULT = "fault"  # nothing, where there was plenty
    MISSING = "missing"  # no count
    LATE = "late"  # older than what is known already


@dataclass(frozen=True, kw_only=True, slots=True)
class BelievedViews:
    """What is believed about a clip's views. `fallen_to` and `fallen_at` describe a fall that awaits confirmation."""

    seen: int
    settled: int
    observed_at: datetime
    fallen_to: int | None = None
    fallen_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What is believed after a reading, and what became of the reading.

    `dropped` asks for a warning: this reading is the first that lacks more than a fifth of what was believed.
    """

    believed: BelievedViews | None
    belief: Belief
    dropped: bool = False


def display_step(platform: str, views: int) -> int:
    """How coarsely a platform shows a count of this size; TikTok rounds from 10,000 up, and more from a million up."""
    if platform != "tiktok" or views < 10_000:
        return 1
    return 100 if views < 1_000_000 else 100_000


def judge(before: BelievedViews | None, views: int | None, at: datetime, *, step: int = 1) -> Judgement:
    """Judge the reading `views` (None: no measurement) of the moment `at` against what is believed so far.

    `step` is the coarseness of the count (`display_step`); a fall within one step may be rounding alone.
    """
    if before is None:
        return _first(views, at)
    if at < before.observed_at:
        return Judgement(believed=before, belief=Belief.LATE)
    if not views and before.settled > FAULT_ABOVE:
        return Judgement(believed=before, belief=Belief.FAULT)
    if views is None:
        return Judgement(believed=before, belief=Belief.MISSING)
    if before.settled - views > _noise(before.settled, step):
        return _fall(before, views, at, step)
    settled = max(before.settled, views)
    believed = BelievedViews(seen=max(before.seen, settled), settled=settled, observed_at=at)
    return Judgement(believed=believed, belief=Belief.ROSE if settled > before.settled else Belief.STEADY)


def _first(views: int | None, at: datetime) -> Judgement:
    if views is None:
        return Judgement(believed=None, belief=Belief.MISSING)
    return Judgement(believed=BelievedViews(seen=views, settled=views, observed_at=at), belief=Belief.FIRST)


def _fall(before: BelievedViews, views: int, at: datetime, step: int) -> Judgement:
    dropped = (before.settled - views) * 100 > DROP_PERCENT * before.settled
    if before.fallen_to is None or before.fallen_at is None:
        after = replace(before, observed_at=at, fallen_to=views, fallen_at=at)
        return Judgement(believed=after, belief=Belief.FELL, dropped=dropped)
    # Both readings agree at least on the higher of the two.
    agreed = max(before.fallen_to, views)
    dropped = dropped and (before.settled - before.fallen_to) * 100 <= DROP_PERCENT * before.settled
    if at - before.fallen_at < CONFIRM_AFTER:
        after = replace(before, observed_at=at, fallen_to=agreed)
        return Judgement(believed=after, belief=Belief.FELL, dropped=dropped)
    settled = BelievedViews(seen=before.seen, settled=agreed, observed_at=at)
    if agreed - views > _noise(agreed, step):
        # It went on falling meanwhile; that part has been seen only once.
        settled = replace(settled, fallen_to=views, fallen_at=at)
    return Judgement(believed=settled, belief=Belief.PURGED, dropped=dropped)


def _noise(views: int, step: int) -> int:
    return max(views * JITTER_PER_MILLE // 1000, step if step > 1 else 0)
