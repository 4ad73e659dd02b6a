"""The same video twice: whoever submitted it first keeps it, later submissions are looked at by a person.

| how | means | certain |
|---|---|---|
| same video | one id on one platform, whatever the links looked like | yes |
| same content | one digest of the file or its sound | yes |
| looks alike | pictures whose difference hashes differ in at most six of 64 bits | no |

The difference hash (N. Krawetz, *Kind of like that*, 2013) says of each of 8 × 8 places whether the picture grows
brighter to the right: it survives another size, another format and a little colour.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ALIKE_BITS = 6
_BITS, _BANDS = 64, 8
_SIDE = 8


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
    by_band: dict[tuple[int, int], list[Submitted]] = defaultdict(list)
    for clip in sorted(submitted, key=lambda one: (one.submitted_at, one.clip)):
        first = by_video.setdefault((clip.platform, clip.video_id), clip)
        same = clip if clip.content is None else by_content.setdefault(clip.content, clip)
        if first is not clip:
            found.append(Duplicate(clip=clip.clip, of=first.clip, likeness=Likeness.SAME_VIDEO))
        elif same is not clip and same.creator != clip.creator:
            found.append(Duplicate(clip=clip.clip, of=same.clip, likeness=Likeness.SAME_CONTENT))
        elif clip.picture is not None:
            alike = _alike(clip, clip.picture, by_band)
            if alike is not None:
                found.append(alike)
            for band in _bands(clip.picture):
                by_band[band].append(clip)
    return found


def difference_hash(brightness: Sequence[Sequence[int]]) -> int:
    """The hash of a picture that was made 9 places wide and 8 high: rows of brightness, each place against the next.

    Raises ValueError for another size.
    """
    if len(brightness) != _SIDE or any(len(row) != _SIDE + 1 for row in brightness):
        raise ValueError("A difference hash needs 8 rows of 9 values.")
    found = 0
    for row in brightness:
        for place in range(_SIDE):
            found = found << 1 | (row[place + 1] > row[place])
    return found


def _bands(picture: int) -> list[tuple[int, int]]:
    """Pictures that differ in fewer bits than there are bands agree in one of them: only those need be compared."""
    width = _BITS // _BANDS
    return [(band, picture >> (band * width) & ((1 << width) - 1)) for band in range(_BANDS)]


def _alike(clip: Submitted, picture: int, by_band: dict[tuple[int, int], list[Submitted]]) -> Duplicate | None:
    best: tuple[int, datetime, str] | None = None
    for band in _bands(picture):
        for other in by_band.get(band, ()):
            bits = (picture ^ (other.picture or 0)).bit_count()
            if bits <= ALIKE_BITS and other.creator != clip.creator:
                candidate = (bits, other.submitted_at, other.clip)
                best = candidate if best is None else min(best, candidate)
    return None if best is None else Duplicate(clip=clip.clip, of=best[2], likeness=Likeness.LOOKS_ALIKE, bits=best[0])
