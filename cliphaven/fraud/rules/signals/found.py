"""The names of all signals, and what one of them answers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

VERSION = "1"
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


WHOLE_LIFE = -1
"""In place of a reading: what is strange is strange of the clip as a whole."""

Evidence = Mapping[str, int | float | str | None]


class Found(NamedTuple):
    """How strongly a signal speaks (higher is stranger), since which reading of the course, and from which numbers."""

    value: float
    since: int
    evidence: Evidence
