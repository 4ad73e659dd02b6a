"""Bought views: what the sellers deliver, hour by hour, on top of the honest audience.

Three ways that were seen in the wild: a burst in an hour or three with nothing after it; a constant drip by day and
night that stops as suddenly as it began; packages with the same round number of likes and shares each time.
"""

from dataclasses import dataclass
from typing import Final

from sandbox.audience.chance import between, bits, draw

KINDS: Final = ("none", "burst", "drip", "packages")
PACKAGE_VIEWS: Final = (500, 1_000, 1_000, 2_500, 5_000)
PACKAGE_LIKES: Final = (25, 50, 50, 100)


@dataclass(frozen=True)
class Purchase:
    """One delivery: evenly from one age to another (hours), and what it brings in all."""

    from_age: float
    to_age: float
    views: int
    likes: int = 0
    shares: int = 0

    def views_at(self, age: float) -> int:
        """Bought views delivered up to this age."""
        return int(self.views * self._delivered(age))

    def likes_at(self, age: float) -> int:
        """Bought likes delivered up to this age."""
        return int(self.likes * self._delivered(age))

    def shares_at(self, age: float) -> int:
        """Bought shares delivered up to this age."""
        return int(self.shares * self._delivered(age))

    def _delivered(self, age: float) -> float:
        return max(0.0, min(1.0, (age - self.from_age) / (self.to_age - self.from_age)))


def purchases(attack: str, seed: int, final_views: int) -> list[Purchase]:
    """Everything a fraudster buys for one video. Raises ValueError for an unknown way."""
    if attack == "none":
        return []
    if attack == "burst":
        start = between(12.0, 72.0, seed, "burst start")
        views = max(1_500, round(final_views * between(0.6, 2.0, seed, "burst size")))
        return [Purchase(start, start + between(1.0, 3.0, seed, "burst length"), views)]
    if attack == "drip":
        start = between(6.0, 36.0, seed, "drip start")
        hours = between(60.0, 110.0, seed, "drip length")
        rate = max(100.0, final_views * between(0.6, 1.2, seed, "drip size") / hours)
        return [Purchase(start, start + hours, round(rate * hours))]
    if attack == "packages":
        return _packages(seed)
    raise ValueError(f"Unknown attack {attack!r}: one of {', '.join(KINDS)}")


def _packages(seed: int) -> list[Purchase]:
    likes = PACKAGE_LIKES[bits(seed, "package likes") % len(PACKAGE_LIKES)]
    start = between(8.0, 30.0, seed, "first package")
    found = []
    for number in range(3 + bits(seed, "how many packages") % 6):
        views = PACKAGE_VIEWS[bits(seed, "package", number) % len(PACKAGE_VIEWS)]
        found.append(Purchase(start, start + 1.0, views, likes, likes))
        start += 8.0 + 22.0 * draw(seed, "pause", number)
    return found
