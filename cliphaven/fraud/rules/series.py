"""What a score is made of: the counts of one clip, each with its moment."""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import attrgetter

_NOT_MEASURED = -1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading of a clip's counters. What the platform did not say is None, and never 0."""

    at: datetime
    views: int
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """All readings of one clip, in any order. `posted_at` is when it was published, as far as that is known."""

    clip: str
    platform: str
    snapshots: tuple[Snapshot, ...]
    posted_at: datetime | None = None
    creator: str | None = None

    def until(self, now: datetime) -> list[Snapshot]:
        """The readings up to a moment, in order; of several at one moment only the one with the highest counts."""
        kept: list[Snapshot] = []
        for snapshot in _in_order(self.snapshots):
            if snapshot.at > now:
                break
            if kept and kept[-1].at == snapshot.at:
                kept[-1] = snapshot
            else:
                kept.append(snapshot)
        return kept


def input_digest(series: Series, snapshots: Iterable[Snapshot]) -> str:
    """The SHA-256 of what a score was made from: platform, moment of posting, and each reading in order.

    Each reading is five signed 64-bit numbers, lowest byte first: microseconds since 1970, views, likes, comments and
    shares, with −1 for what was not measured. Names of clips and people are not part of it.
    """
    posted = _NOT_MEASURED if series.posted_at is None else _microseconds(series.posted_at)
    numbers: list[int] = [posted]
    for one in snapshots:
        numbers += (
            _microseconds(one.at),
            one.views,
            _NOT_MEASURED if one.likes is None else one.likes,
            _NOT_MEASURED if one.comments is None else one.comments,
            _NOT_MEASURED if one.shares is None else one.shares,
        )
    digest = hashlib.sha256(series.platform.encode() + b"\n")
    digest.update(struct.pack(f"<{len(numbers)}q", *numbers))
    return digest.hexdigest()


def _in_order(snapshots: tuple[Snapshot, ...]) -> Iterable[Snapshot]:
    """By moment; at one moment by counts, so that the order in which readings came in leaves no trace."""
    ordered = sorted(snapshots, key=attrgetter("at"))
    if any(first.at == second.at for first, second in pairwise(ordered)):
        ordered.sort(key=lambda one: (one.at, one.views, *(_known(one))))
    return ordered


def _known(one: Snapshot) -> tuple[int, int, int]:
    return tuple(_NOT_MEASURED if count is None else count for count in (one.likes, one.comments, one.shares))  # type: ignore[return-value]


def _microseconds(moment: datetime) -> int:
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
