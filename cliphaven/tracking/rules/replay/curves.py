"""What a clip's count really was at every moment, as far as a recording tells.

Between two rows the count is taken to have grown evenly, and where it fell it is taken to stand: a fall is the
platform's correction, and what is measured here is how late growth is seen. Where a platform showed rounded counts, a
row that repeats one says nothing: the count is taken to have grown evenly from one shown value to the next. Moments are
hours since 1970 (UTC).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from cliphaven.tracking.rules.estimate import step_of
from cliphaven.tracking.rules.hours import hours, length

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TooShort(ValueError):
    """Fewer than two moments: nothing can be said between them."""


def hour_of(moment: datetime) -> float:
    """A moment as hours since 1970."""
    return hours(moment - _EPOCH)


def moment_of(hour: float) -> datetime:
    """Hours since 1970 as a moment, to the second."""
    return _EPOCH + length(round(hour * 3600) / 3600)


@dataclass(frozen=True, slots=True)
class Curve:
    """The count of one clip from its first row to its last. `sums` are ∫ count dt up to each row, in view·hours."""

    clip: str
    platform: str
    posted: float
    times: list[float]
    views: list[float]
    sums: list[float] = field(repr=False)

    @classmethod
    def of(cls, *, clip: str, platform: str, posted: float | None, rows: Iterable[tuple[float, float]]) -> "Curve":
        """A curve from rows (moment, count) in any order; of two at one moment the higher counts.

        Without a known moment of posting the first row is taken for it. Raises TooShort.
        """
        highest: dict[float, float] = {}
        for time, count in rows:
            highest[time] = max(count, highest.get(time, count))
        times = _telling(highest, platform)
        if len(times) < 2:
            raise TooShort(clip)
        views: list[float] = []
        for time in times:
            views.append(max(highest[time], views[-1] if views else 0.0))
        sums = [0.0]
        for (t0, t1), (v0, v1) in zip(pairwise(times), pairwise(views), strict=True):
            sums.append(sums[-1] + (v0 + v1) / 2 * (t1 - t0))
        born = times[0] if posted is None else min(posted, times[0])
        return cls(clip=clip, platform=platform, posted=born, times=times, views=views, sums=sums)

    @property
    def start(self) -> float:
        """The moment of the first row."""
        return self.times[0]

    @property
    def end(self) -> float:
        """The moment of the last row."""
        return self.times[-1]

    @property
    def gained(self) -> float:
        """Views gained from the first row to the last."""
        return self.views[-1] - self.views[0]

    def at(self, time: float) -> tuple[float, float]:
        """The count at a moment, and ∫ count dt up to it; before the first row and after the last the count stands."""
        place = bisect_right(self.times, time) - 1
        if place < 0:
            return self.views[0], self.views[0] * (time - self.times[0])
        count, before = self.views[place], time - self.times[place]
        if place == len(self.times) - 1:
            return count, self.sums[place] + count * before
        slope = (self.views[place + 1] - count) / (self.times[place + 1] - self.times[place])
        return count + slope * before, self.sums[place] + (count + slope * before / 2) * before


def _telling(counts: Mapping[float, float], platform: str) -> list[float]:
    """The moments in order, without those at which a rounded count was only shown again; the last one always stays."""
    times = sorted(counts)
    kept: list[float] = []
    for time in times:
        repeats = bool(kept) and counts[time] == counts[kept[-1]]
        if not repeats or time == times[-1] or step_of(platform, int(counts[time])) == 1:
            kept.append(time)
    return kept
