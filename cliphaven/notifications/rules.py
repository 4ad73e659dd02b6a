"""What kinds of news there are, how each may reach somebody, and what a day's summary says."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SUMMARY_LINES_MAX = 40


class Kind(StrEnum):
    """What a message is about."""

    ACCESS = "access"  # a way in that somebody asked for: it stands in no inbox
    SECURITY = "security"
    MONEY = "money"
    CLIPS = "clips"
    DOUBTS = "doubts"
    FILES = "files"
    PROGRAMS = "programs"
    STAFF = "staff"
    SUMMARY = "summary"  # the day's summary itself, which stands in no inbox either


class Wish(StrEnum):
    """How somebody wants to hear of a kind by mail; the inbox has it in any case."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


UNSEEN = frozenset({Kind.ACCESS, Kind.SUMMARY})
"""Kinds that no inbox shows."""
CHOSEN = (Kind.MONEY, Kind.CLIPS, Kind.DOUBTS, Kind.FILES, Kind.PROGRAMS, Kind.STAFF)
"""Kinds about which people say how they want to hear of them; of the others they are told at once."""
DEFAULT = Wish.AT_ONCE


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that a day's summary tells: what happened, and the path of this site that shows it ("" for none)."""

    subject: str
    link: str


def summary_subject(number: int) -> str:
    """What the day's summary is called."""
    return "One thing happened on ClipHaven" if number == 1 else f"{number:,} things happened on ClipHaven"


def summary_text(lines: Sequence[Line], *, number: int, site_url: str) -> str:
    """The day's summary: each thing in a paragraph with its address; of very many only the first are told."""
    told = [f"{line.subject}\n{site_url}{line.link}" if line.link else line.subject for line in lines]
    if number > len(lines):
        told.append(f"And {number - len(lines):,} more, in your inbox.")
    return "\n\n".join(told)
