"""What may be brought for which purpose, how much of it, and why a file is refused, in words."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LEAVE_LIFE = timedelta(minutes=15)
"""So long a file may be sent after it was asked for; the storage itself refuses it afterwards."""
LAST_LOOK = timedelta(minutes=2)
"""So much later nothing can be on its way any more."""
ASKED_AN_HOUR_MAX = 30
OPEN_MAX = 5
KEPT_BYTES_MAX = 200 * 1024 * 1024
"""Of one owner, all purposes together, by the most that each file may have."""
NAME_MAX = 120
MIB = 1024 * 1024


class Purpose(StrEnum):
    """What a file is for."""

    CAMPAIGN_COVER = "campaign_cover"


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What is taken for a purpose: types as browsers name them, bytes, and sides of pictures in pixels."""

    types: tuple[str, ...]
    most_bytes: int
    side_least_px: int
    side_kept_px: int
    page: str
    """Where it is brought; `{}` stands for the subject."""


PICTURES = ("image/jpeg", "image/png", "image/webp")
MEASURES = {
    Purpose.CAMPAIGN_COVER: Measures(
        types=PICTURES,
        most_bytes=8 * MIB,
        side_least_px=320,
        side_kept_px=1_600,
        page="/sponsor/campaigns/{}/cover/",
    ),
}
SAID = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP"}

# By what `providers.pictures` and this room say to programs.
WHY = {
    "no_picture": "It is no picture that we can read. Save it as PNG, JPEG or WebP and send that.",
    "other_kind": "It is another kind of file than its name says. Save it anew as PNG, JPEG or WebP and send that.",
    "broken": "It cannot be read to its end. Save it anew and send that.",
    "moving": "It moves. Send one still picture.",
    "too_large": "It has more than 24 million pixels, or a side of more than 8,192. Make it smaller.",
    "too_small": "It is too small to look good: no side may be shorter than {side_least_px} pixels.",
    "two_in_one": "It holds something besides the picture. Open it, save it anew and send that.",
    "too_long": "It is larger than {most} MB. Make it smaller.",
}


def why(code: str, purpose: Purpose) -> str:
    """Why a file was refused and what to do, in a sentence or two."""
    measures = MEASURES[purpose]
    return WHY[code].format(side_least_px=measures.side_least_px, most=measures.most_bytes // MIB)


def taken(purpose: Purpose) -> str:
    """What is taken for a purpose, in a sentence."""
    measures = MEASURES[purpose]
    *some, last = (SAID[one] for one in measures.types)
    return (
        f"{', '.join(some)} or {last}, at most {measures.most_bytes // MIB} MB,"
        f" no side shorter than {measures.side_least_px} pixels."
    )


def page(purpose: Purpose, subject_id: int) -> str:
    """The path of the page on which files of this purpose are brought."""
    return MEASURES[purpose].page.format(subject_id)


def shown_name(name: str) -> str:
    """What a file is called among its owner's: its last part, without signs that steer or hide anything."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable())
    return kept.strip()[:NAME_MAX]


def problem_of_asking(*, purpose: Purpose, said_type: str, size_bytes: int) -> str:
    """Why a file of this type and length is not taken, before anything is sent; "" when it may be."""
    measures = MEASURES[purpose]
    if said_type not in measures.types:
        return f"We take {taken(purpose)}"
    if size_bytes < 1:
        return "The file is empty: choose another one."
    return "" if size_bytes <= measures.most_bytes else why("too_long", purpose)
