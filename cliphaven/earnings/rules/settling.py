"""What becomes of an accrual whose hold period is over: it clears, it waits for a last look at its clip, or it is held.

A clip that is gone, hidden or unreachable loses nothing by that: silence never takes anything away. Only a lower count
that the platform really showed does, and then for a person to look at, with a day on which it ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LOOKED_AT_WITHIN = timedelta(hours=12)
"""How long before the end of the hold period a look at the clip may have been, to settle its views."""
PATIENCE = timedelta(hours=72)
"""How long earnings wait for a look at their clip: a vendor that is out must not lock up anybody's money."""
DROP_PERCENT = 20
"""A fall of the believed views by more than this, below what was counted, holds what lies above."""
VIEWS_DROPPED_HELD_FOR = timedelta(days=14)


class AtClearing(StrEnum):
    """What becomes of an accrual."""

    CLEAR = "clear"
    WAIT = "wait"
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A person let go what was held of a clip for a fall: when, and how many views stood then, if that was known."""

    let_go_at: datetime
    views_standing: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestLook:
    """What the latest answer about a clip said: when, the views that stand, and a fall that was seen once only."""

    looked_at: datetime | None
    settled_views: int | None
    fallen_to: int | None


NEVER_LOOKED = LatestLook(looked_at=None, settled_views=None, fallen_to=None)


def at_clearing(
    *, clears_at: datetime, views_to: int, views_counted: int, look: LatestLook, was_answered: bool, now: datetime
) -> AtClearing:
    """Judge one accrual that counted up to `views_to`, of a clip of which `views_counted` were counted in all.

    What was held for a fall before, or was answered by a person (`was_answered`), is not held for it again.
    """
    is_patient = now < clears_at + PATIENCE
    if is_patient and not is_settled(clears_at=clears_at, look=look):
        return AtClearing.WAIT
    if was_answered:
        return AtClearing.CLEAR
    if _is_above(views_to, look.settled_views, views_counted):
        return AtClearing.HOLD
    # The fall is believed when a second look confirms it.
    if is_patient and _is_above(views_to, look.fallen_to, views_counted):
        return AtClearing.WAIT
    return AtClearing.CLEAR


def is_answered(*, accrued_at: datetime, answer: Answer, look: LatestLook) -> bool:
    """Whether a person's word about a clip's fall holds for an accrual that was there when they gave it.

    Otherwise they would be asked again for every accrual whose hold period ends later. A clip that fell far below what
    stood then is another matter.
    """
    if accrued_at > answer.let_go_at:
        return False
    then, standing = answer.views_standing, look.settled_views
    return then is None or standing is None or not _is_far_below(standing, then)


def is_below(look: LatestLook, *, views: int) -> bool:
    """Whether the clip showed less than `views` at all: otherwise there is no fall to judge."""
    return any(shown is not None and shown < views for shown in (look.settled_views, look.fallen_to))


def is_settled(*, clears_at: datetime, look: LatestLook) -> bool:
    """Whether somebody looked at the clip late enough."""
    return look.looked_at is not None and look.looked_at >= clears_at - LOOKED_AT_WITHIN


def _is_above(views_to: int, standing: int | None, views_counted: int) -> bool:
    """Whether the clip fell far below what was counted, and this increment lies above what still stands."""
    return standing is not None and views_to > standing and _is_far_below(standing, views_counted)


def _is_far_below(standing: int, views: int) -> bool:
    return (views - standing) * 100 > DROP_PERCENT * views
