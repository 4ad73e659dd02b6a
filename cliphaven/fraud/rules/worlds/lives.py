"""The true life of an invented clip: counts at every half hour, and how many of the views were bought.

Moments are hours since 1970 (UTC), as in recordings of `tracking`.
"""

from dataclasses import dataclass, field

GRID_HOURS = 0.5


@dataclass(slots=True)
class Life:
    """Counts from the posting on, one every half hour, whole numbers. `bought` is what of `views` nobody watched.

    `kind` is what was done to the clip. `taken_back` is what the platform subtracts from the views that it shows.
    """

    clip: str
    platform: str
    kind: str
    posted: float
    views: list[int]
    likes: list[int]
    comments: list[int]
    shares: list[int]
    has_likes: bool = True
    has_comments: bool = True
    has_shares: bool = True
    rounded: bool = False
    stalls: list[tuple[float, float]] = field(default_factory=list)
    bought: list[int] = field(default_factory=list)
    taken_back: list[int] = field(default_factory=list)
    began: float | None = None
    ring: int | None = None

    @property
    def end(self) -> float:
        """The last moment of the life."""
        return self.posted + (len(self.views) - 1) * GRID_HOURS

    def at(self, counts: list[int], hour: float) -> int:
        """A counter at a moment, between two half hours in proportion."""
        if not counts:
            return 0
        place = (hour - self.posted) / GRID_HOURS
        whole = int(place)
        if whole >= len(counts) - 1:
            return counts[-1]
        if whole < 0:
            return counts[0]
        below = counts[whole]
        return below + int((counts[whole + 1] - below) * (place - whole))

    def place(self, hour: float) -> int:
        """The half hour in which a moment lies."""
        return min(len(self.views) - 1, max(0, int((hour - self.posted) / GRID_HOURS)))
