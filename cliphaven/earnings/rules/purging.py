"""What follows from views that a platform took back: which entries do not count, and what a sponsor has back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

PERSISTS_FOR = timedelta(days=7)
"""From the confirming reading on: views that are not there after it are gone for the sponsor's money."""
WAITS_FOR_PAYDAY = timedelta(days=120)
"""So long a credit waits for the entries that are not paid yet; then it is for those that are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarnedEntry:
    """An earning entry: its views, what its sponsor has spent on it still, and what was credited of that before."""

    accrual_id: int
    views_from: int
    views_to: int
    spent_minor: int
    credited_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What of one entry is credited: its views above `views_from`, and what they had cost."""

    accrual_id: int
    views_from: int
    views_to: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """What a sponsor has back for one clip, and what the policy's cap leaves out of it."""

    parts: tuple[Part, ...]
    capped_minor: int

    @property
    def amount_minor(self) -> int:
        """All parts together."""
        return sum(part.amount_minor for part in self.parts)


def is_purged(*, views_from: int, views_to: int, stands: int, before: int) -> bool:
    """Whether all views of an entry are among those taken back, from `before` to `stands`.

    Entries count whole: one that reaches below what stands goes on counting, and its sponsor is credited its part.
    """
    return views_from >= stands and views_to <= before


def credit(entries: Sequence[EarnedEntry], *, stands: int, most_minor: int) -> Credit:
    """Credit what the views above `stands` had cost, less what was credited before; the highest views first, and no
    more than `most_minor`.

    An entry that reaches below counts by its share of views, rounded down: nobody has back more than was paid.
    """
    parts: list[Part] = []
    left_minor, capped_minor = most_minor, 0
    for entry in sorted(entries, key=lambda one: one.views_from, reverse=True):
        since = max(entry.views_from, stands)
        if since >= entry.views_to:
            continue
        worth = entry.spent_minor * (entry.views_to - since) // (entry.views_to - entry.views_from)
        owed_minor = max(0, worth - entry.credited_minor)
        amount_minor = min(owed_minor, left_minor)
        capped_minor += owed_minor - amount_minor
        left_minor -= amount_minor
        if amount_minor:
            parts.append(
                Part(
                    accrual_id=entry.accrual_id,
                    views_from=since,
                    views_to=entry.views_to,
                    amount_minor=amount_minor,
                )
            )
    return Credit(parts=tuple(parts), capped_minor=capped_minor)
