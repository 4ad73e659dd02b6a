"""What may be told: a closed list of happenings, with properties that are numbers of ours or words of a closed list."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WORDING = 1
"""Which wording people said yes to; a wider one is another number, and asks anew."""
LOOKED_BACK = timedelta(minutes=10)
"""What was committed late is found all the same; told twice, it has the same name and counts once."""
ERASED_AFTER = timedelta(minutes=2)
"""So long after a no nothing that was under way can arrive any more."""
_NAMES = uuid.UUID("0199c3a0-0000-7000-8000-00000000a11a")

PLATFORMS = ("tiktok", "instagram", "youtube")
DECISIONS = ("approved", "rejected", "needs_fix")
# A property is a number of ours (None), or one of these words.
CATALOGUE: Mapping[str, Mapping[str, tuple[str, ...] | None]] = {
    "channel_proved": {"channel": None, "platform": PLATFORMS},
    "clip_submitted": {"clip": None, "campaign": None, "platform": PLATFORMS},
    "clip_decided": {"clip": None, "campaign": None, "decision": DECISIONS},
    "deposit_started": {"deposit": None},
    "refund_asked": {"request": None},
    "appeal_made": {"case": None},
}


class Through(StrEnum):
    """Where an answer was given."""

    ACCOUNT = "account"
    BANNER = "banner"
    PROGRAM = "program"
    BROWSER = "browser"  # by what it sends with each page


class NotInCatalogue(ValueError):
    """Something would be told that the catalogue does not name."""


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that a person did, once: `number` is what they did it to."""

    name: str
    number: int
    properties: Mapping[str, int | str]
    happened_at: datetime


def checked(happening: Happening) -> Happening:
    """The same happening. Raises NotInCatalogue when it tells more than, or other than, its line of the catalogue."""
    line = CATALOGUE.get(happening.name)
    if line is None or set(line) != set(happening.properties):
        raise NotInCatalogue(happening.name)
    for name, words in line.items():
        value = happening.properties[name]
        is_right = (type(value) is int and value > 0) if words is None else value in words
        if not is_right:
            raise NotInCatalogue(f"{happening.name}.{name}")
    return happening


def name_of(happening: Happening, *, subject: uuid.UUID) -> uuid.UUID:
    """The same name each time that this happening of this subject is told."""
    return uuid.uuid5(_NAMES, f"{subject}:{happening.name}:{happening.number}:{happening.happened_at.isoformat()}")
