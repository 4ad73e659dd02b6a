"""The names of all signals, and what one of them answers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

VERSION = "2"
"""Rises whenever any signal answers otherwise than before: a score names it."""


class Signal(StrEnum):
    """A way in which views look bought. What it means and where it comes from is told at its function."""

    ELASTIC = "elastic"
    ELASTIC_JOINT = "elastic_joint"
    SLUMP = "slump"
    ENG_TOTAL = "eng_total"
    COM_LIKE = "com_like"
    BURST = "burst"
    CONST = "const"
    EDGES = "edges"
    FLAT_NIGHT = "flat_night"
    PURGE = "purge"
    PACKAGE = "package"
    LOCKSTEP = "lockstep"
    RECIDIVISM = "recidivism"
    DUPLICATE = "duplicate"
    SELF_DEALING = "self_dealing"
    RING = "ring"


SHORT: Mapping[Signal, str] = {
    Signal.ELASTIC: "Likes fall behind views",
    Signal.ELASTIC_JOINT: "Likes, comments and shares fall behind",
    Signal.SLUMP: "New views like it far less",
    Signal.ENG_TOTAL: "Few likes for its views",
    Signal.COM_LIKE: "Many comments for its likes",
    Signal.BURST: "A burst and nothing after it",
    Signal.CONST: "The same pace for hours",
    Signal.EDGES: "Switched on and off",
    Signal.FLAT_NIGHT: "No day and no night",
    Signal.PURGE: "The platform took views back",
    Signal.PACKAGE: "Likes in packages",
    Signal.LOCKSTEP: "In step with other clips",
    Signal.RECIDIVISM: "It happened before",
    Signal.DUPLICATE: "Looks like somebody else's video",
    Signal.SELF_DEALING: "The sponsor's own money",
    Signal.RING: "Several accounts, one owner",
}
"""Every signal in a few words, for lists."""

WHOLE_LIFE = -1
"""In place of a reading: what is strange is strange of the clip as a whole."""

Evidence = Mapping[str, int | float | str | None]


class Found(NamedTuple):
    """How strongly a signal speaks (higher is stranger), since which reading of the course, and from which numbers."""

    value: float
    since: int
    evidence: Evidence
