"""The same video twice: whoever submitted it first keeps it, later submissions are looked at by a person.

| how | means | certain |
|---|---|---|
| same video | one id on one platform, whatever the links looked like | yes |
| same content | one digest of the file or its sound | yes |
| looks alike | thumbnails whose difference hashes differ in at most six of 64 bits | no |

The house refuses the first at its door, has no files to know the second, and asks the third at each judgement. Who
clips one programme may come upon the same picture as somebody else, so it is a hint of 2, which holds nothing by
itself. That is set, not measured.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cliphaven.clips.rules.thumbnails import ALIKE_BITS, row_pairs
from cliphaven.fraud.rules.scoring import AcrossClips
from cliphaven.fraud.rules.signals.found import Signal

_HINT = 2.0


class Likeness(StrEnum):
    """How two submissions are the same."""

    SAME_VIDEO = "same video"
    SAME_CONTENT = "same content"
    LOOKS_ALIKE = "looks alike"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """A clip as it was handed in; `content` is a digest and `picture` a difference hash, where they are known."""

    clip: str
    creator: str
    platform: str
    video_id: str
    submitted_at: datetime
    content: str | None = None
    picture: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicate:
    """That a clip was there before, as the clip `of` somebody; `bits` is by how much their pictures differ."""

    clip: str
    of: str
    likeness: Likeness
    bits: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether exact keys say so."""
        return self.likeness is not Likeness.LOOKS_ALIKE


def duplicates(submitted: Iterable[Submitted]) -> list[Duplicate]:
    """Every clip that was there before, with the first that it repeats, in the order in which they were submitted.

    The same video counts whoever hands it in; content and pictures only between different creators: one may post one's
    own work on two platforms.
    """
    found: list[Duplicate] = []
    by_video: dict[tuple[str, str], Submitted] = {}
    by_content: dict[str, Submitted] = {}
    by_rows: dict[int, list[Submitted]] = defaultdict(list)
    for clip in sorted(submitted, key=lambda one: (one.submitted_at, one.clip)):
        first = by_video.setdefault((clip.platform, clip.video_id), clip)
        same = clip if clip.content is None else by_content.setdefault(clip.content, clip)
        if first is not clip:
            found.append(Duplicate(clip=clip.clip, of=first.clip, likeness=Likeness.SAME_VIDEO))
        elif same is not clip and same.creator != clip.creator:
            found.append(Duplicate(clip=clip.clip, of=same.clip, likeness=Likeness.SAME_CONTENT))
        elif clip.picture is not None:
            alike = _alike(clip, clip.picture, by_rows)
            if alike is not None:
                found.append(alike)
            for pair in row_pairs(clip.picture):
                by_rows[pair].append(clip)
    return found


def looks_alike(*, earlier_clip: int, bits: int) -> AcrossClips:
    """The signal of a clip whose thumbnail differs in so few bits from that of somebody else's earlier clip."""
    return AcrossClips(
        signal=Signal.DUPLICATE,
        strength=_HINT,
        since_at=None,
        evidence={"earlier_clip": str(earlier_clip), "bits": bits},
    )


def _alike(clip: Submitted, picture: int, by_rows: dict[int, list[Submitted]]) -> Duplicate | None:
    best: tuple[int, datetime, str] | None = None
    for pair in row_pairs(picture):
        for other in by_rows.get(pair, ()):
            bits = (picture ^ (other.picture or 0)).bit_count()
            if bits <= ALIKE_BITS and other.creator != clip.creator:
                candidate = (bits, other.submitted_at, other.clip)
                best = candidate if best is None else min(best, candidate)
    return None if best is None else Duplicate(clip=clip.clip, of=best[2], likeness=Likeness.LOOKS_ALIKE, bits=best[0])
