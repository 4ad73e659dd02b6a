"""The course of a clip: its readings made comparable, one after the other, as signals look at them.

Readings are added in order, and what is kept after each depends on those up to it alone: a course that ends today is
the course as it was today, whatever comes later. Three things are mended on the way, each because it made an honest
clip look bad:

- a feed that stood still and then caught up, at no more than twice the pace it had before, has said nothing in between:
  the repeated readings are dropped;
- a counter that was not measured stays None, and is never taken for 0;
- nothing, where there was plenty, is a fault of the reading and is left out.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from cliphaven.fraud.rules.series import Snapshot
from cliphaven.tracking.rules.believed import FAULT_ABOVE

_CATCH_UP_PACE = 2.0
_PACE_HOURS = 6.0
_STILL_HOURS = 6.0
"""A feed that shows all counters unchanged for no longer than this may simply have stood still."""
_STEP_LOOKS_AT = 12
_STEP_FROM = 1_000
_HOUR = 3600.0


def zeros_of(count: int) -> int:
    """The step of which a count by itself looks to be a multiple, from thousands up; 1 if it looks exact.

    A display grows coarser while a clip grows: 999,900 is followed by 1,000,000, and then by 1,100,000.
    """
    step = 1
    while count >= step * 100 and count % (step * 10) == 0:
        step *= 10
    return step if step >= _STEP_FROM else 1


class Course:
    """Lists of equal length: `hours` since the first reading, `views`, their highest so far (`tops`), and the rest."""

    __slots__ = ("_last", "_step", "age", "comments", "hours", "likes", "origin", "readings", "shares", "tops", "views")

    def __init__(self, *, posted_at: datetime | None = None, first_at: datetime) -> None:
        self.origin = first_at
        self._last, self._step = -1, 0
        self.age = None if posted_at is None else max(0.0, (first_at - posted_at).total_seconds() / _HOUR)
        """Hours between posting and the first reading; None if nobody knows."""
        self.readings = 0
        """How many readings there were, those left out included: it tells how much is known."""
        self.hours: list[float] = []
        self.views: list[int] = []
        self.tops: list[int] = []
        self.likes: list[int | None] = []
        self.comments: list[int | None] = []
        self.shares: list[int | None] = []

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot], *, posted_at: datetime | None = None) -> "Course | None":
        """The course of readings that are in order; None of nothing."""
        course: Course | None = None
        for snapshot in snapshots:
            if course is None:
                course = cls(posted_at=posted_at, first_at=snapshot.at)
            course.add(snapshot)
        return course

    def __len__(self) -> int:
        return len(self.hours)

    def add(self, snapshot: Snapshot) -> None:
        """Go on with a reading that is later than all before it."""
        self.readings += 1
        self._last, self._step = -1, 0
        views = snapshot.views
        if not self.tops:
            top = views
        else:
            top = self.tops[-1]
            if views == 0 and top > FAULT_ABOVE:
                return
            top = max(top, views)
        hour = (snapshot.at - self.origin).total_seconds() / _HOUR
        if len(self.views) > 2 and self.views[-1] == self.views[-2] < views:
            self._drop_repeats(hour, views)
        self.hours.append(hour)
        self.views.append(views)
        self.tops.append(top)
        self.likes.append(snapshot.likes)
        self.comments.append(snapshot.comments)
        self.shares.append(snapshot.shares)

    def moment(self, place: int) -> datetime:
        """When the reading at this place was made."""
        return self.origin + timedelta(hours=self.hours[place])

    @property
    def last(self) -> int:
        """The place of the last reading that says something: a feed that stands still now may yet catch up."""
        if self._last < 0:
            self._last = self._telling()
        return self._last

    def _telling(self) -> int:
        end = len(self.hours) - 1
        place = end
        views, likes, comments, shares = self.views, self.likes, self.comments, self.shares
        while (
            place > 0
            and views[place - 1] == views[end]
            and likes[place - 1] == likes[end]
            and comments[place - 1] == comments[end]
            and shares[place - 1] == shares[end]
        ):
            place -= 1
        return end if self.hours[end] - self.hours[place] > _STILL_HOURS else place

    @property
    def step(self) -> int:
        """How coarsely views are shown, told by the zeros at the ends of the latest counts; 1 if they are exact."""
        if not self._step:
            self._step = self._shown_step()
        return self._step

    def _shown_step(self) -> int:
        latest = [count for count in self.views[-_STEP_LOOKS_AT:] if count >= _STEP_FROM]
        if not latest:
            return 1
        step = 1
        while all(count % (step * 10) == 0 for count in latest):
            step *= 10
        # One exact count ends in two zeros once in a hundred times; three that do are no chance.
        return step if step >= 1_000 or (step >= 100 and len(set(latest)) > 1) else 1

    def _drop_repeats(self, hour: float, views: int) -> None:
        """Forget the readings that only repeated a count, if `views` at `hour` is no more than catching up."""
        stood, hours = self.views[-1], self.hours
        since = len(hours) - 1
        while since > 0 and self.views[since - 1] == stood:
            since -= 1
        before = since
        while before > 0 and hours[since] - hours[before] < _PACE_HOURS:
            before -= 1
        waited = hours[since] - hours[before]
        if waited <= 0:
            return
        pace = (stood - self.views[before]) / waited
        if views - stood <= _CATCH_UP_PACE * pace * (hour - hours[since]):
            for kept in (hours, self.views, self.tops, self.likes, self.comments, self.shares):
                del kept[since + 1 :]
