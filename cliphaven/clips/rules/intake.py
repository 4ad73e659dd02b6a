"""May this clip come in? What can be told from the address alone, and what the platform said about it. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cliphaven.clips.rules import urls

MAX_LINES = 50
"""Most links in one submission."""

FIXES_MAX = 3
"""Times that a refused clip may be sent again."""

ID_MARGIN = timedelta(days=2)
"""An id tells when the upload began. Drafts and scheduled posts appear later, so only clearly old ids are refused."""

CLOCK_MARGIN = timedelta(hours=1)
"""How much a platform's clock, and the minutes between pasting and reading, may be off."""

_BETWEEN_LINKS = re.compile(r"[\s,;]+")
_WHOLE_LINK = re.compile(r"https?://", re.IGNORECASE)
_WRAPPING = frozenset("<>\"'\u2018\u2019\u201c\u201d,;")


class FixCode(StrEnum):
    """What the platform's own answer holds against a clip; the creator can answer each of them."""

    NOT_YOUR_CHANNEL = "not_your_channel"
    TOO_OLD = "too_old"
    NO_VIEW_COUNT = "no_view_count"
    RULE_BROKEN = "rule_broken"


FIX_SENTENCES: Mapping[FixCode, str] = {
    FixCode.NOT_YOUR_CHANNEL: "The platform says that another channel posted this clip. If that is yours too, prove it"
    " under Channels; otherwise submit your own clip.",
    FixCode.TOO_OLD: "The clip was posted before the days this campaign accepts. Submit a newer one.",
    FixCode.NO_VIEW_COUNT: "This post is a picture and has no view count. Submit a video.",
    FixCode.RULE_BROKEN: "Change it on the platform, then send it again.",
}


@dataclass(frozen=True, kw_only=True)
class OwnChannel:
    """A channel of the creator, proved by its code."""

    channel_id: int
    author_id: str
    handle: str
    keeps_handle: bool | None = None
    """Whether the platform said just now that the handle is still this channel's; None: not asked, or no answer."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a platform says about a clip. Fields are None where it does not say."""

    author_id: str | None
    coauthor_handles: tuple[str, ...]
    posted_at: datetime | None
    is_video: bool | None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What follows: the creator's channel that made the clip, or what is wrong. Both None: it could not be told."""

    channel_id: int | None = None
    fix: FixCode | None = None


def pasted_lines(text: str) -> list[str]:
    """The links in a pasted text, one a line, blank lines left out.

    Apps and tables leave marks that cannot be seen, brackets, quotes and commas around a link, and put several links on
    a line: those are told apart. A line that is anything else stays as it is, for its reader to say what is wrong.
    """
    return [link for line in text.splitlines() for link in _links_or_line(line)]


def _links_or_line(line: str) -> list[str]:
    pieces = [_without(_is_wrapping, piece) for piece in _BETWEEN_LINKS.split(line)]
    links = [piece for piece in pieces if piece]
    if links and all(_WHOLE_LINK.match(link) for link in links):
        return links
    seen = _without(_is_unseen, line)
    return [seen] if seen else []


def _without(is_around: Callable[[str], bool], text: str) -> str:
    start, end = 0, len(text)
    while start < end and is_around(text[start]):
        start += 1
    while start < end and is_around(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) == "Cf"


def _is_wrapping(letter: str) -> bool:
    return letter in _WRAPPING or _is_unseen(letter)


def told_by_id(*, platform: str, video_id: str) -> datetime | None:
    """About when the clip was uploaded, if its id says so."""
    if platform == "tiktok":
        return urls.tiktok_posted_at(video_id)
    if platform == "instagram":
        return urls.instagram_posted_at(video_id)
    return None


def is_fresh(*, posted_at: datetime, submitted_at: datetime, freshness_days: int, margin: timedelta) -> bool:
    """Whether a clip was posted within the days a campaign accepts, counted back from its submission."""
    return posted_at >= submitted_at - timedelta(days=freshness_days) - margin


def channel_named(handle: str, channels: Iterable[OwnChannel]) -> OwnChannel | None:
    """The creator's channel with this handle, if one has it; upper and lower case are the same."""
    return next((channel for channel in channels if channel.handle.casefold() == handle.casefold()), None)


def known_by_handle(said: Said, channels: Iterable[OwnChannel]) -> list[OwnChannel]:
    """The channels that are named as co-authors of a clip of somebody else, and that nothing but the handle tells."""
    owned = list(channels)
    if said.author_id is None or any(channel.author_id == said.author_id for channel in owned):
        return []
    named = (channel_named(handle, owned) for handle in said.coauthor_handles)
    return [channel for channel in named if channel is not None]


def finding(*, said: Said, channels: Iterable[OwnChannel], submitted_at: datetime, freshness_days: int) -> Finding:
    """Whether what the platform says confirms the clip: made by (or with) one of the channels, a video, and new enough.

    The author's unchanging id decides. Of co-authors platforms tell the handle alone, and that may have passed to
    somebody else since the channel was proved: it counts once the platform says that it has not, and until then the
    clip waits.
    """
    if said.author_id is None:
        return Finding()
    owned = list(channels)
    mine = next((channel for channel in owned if channel.author_id == said.author_id), None)
    if mine is None:
        together = [channel for channel in known_by_handle(said, owned) if channel.keeps_handle is not False]
        if not together:
            return Finding(fix=FixCode.NOT_YOUR_CHANNEL)
        mine = next((channel for channel in together if channel.keeps_handle), None)
        if mine is None:
            return Finding()
    if said.is_video is False:
        return Finding(fix=FixCode.NO_VIEW_COUNT)
    if said.posted_at is not None and not is_fresh(
        posted_at=said.posted_at, submitted_at=submitted_at, freshness_days=freshness_days, margin=CLOCK_MARGIN
    ):
        return Finding(fix=FixCode.TOO_OLD)
    return Finding(channel_id=mine.channel_id)
