"""What can be learned about a clip or a profile from outside: the words all scraping vendors are translated into."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Platform = Literal["tiktok", "instagram", "youtube"]


class PollOutcome(StrEnum):
    """What one poll found out about one clip. Only `measured` may ever be written down as a view count."""

    MEASURED = "measured"
    GONE_HINT = "gone_hint"  # one sign that the clip is gone; never proof by itself
    RESTRICTED = "restricted"  # alive, but its numbers are withheld for now
    NO_METRIC = "no_metric"  # alive, but without a usable view count
    MISSING = "missing"  # no item; from YouTube this is the only sign of a clip that is gone
    MISMATCH = "mismatch"  # an item that contradicts itself about which clip it means
    PROVIDER_ERROR = "provider_error"  # the vendor's trouble; says nothing about the clip


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestedClip:
    """A clip we ask about. `url` is its canonical address, which is what vendors that want addresses are sent.

    Not `is_expected`: it was not there when last asked about, so that its absence is no sign of a vendor in trouble.
    """

    platform: Platform
    video_id: str
    url: str
    is_expected: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipReading:
    """What a vendor says about a clip. A count is None when it was not given in a form that can be believed.

    `is_video` is False for posts that can have no view count, None when the vendor does not say. `source` names where
    the numbers come from: the same clip reads differently elsewhere. `caption` is all that is written beside the clip,
    a title and what follows it. `seconds` is the length, rounded up, and `language` a code such as `en`: None when the
    vendor does not say. `thumbnail_url` is where its picture is for now, in whatever form the vendor gave it: those of
    TikTok and Instagram are signed and lapse within hours or days.
    """

    platform: Platform
    video_id: str
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    author_id: str | None
    author_handle: str | None
    coauthor_handles: tuple[str, ...]
    caption: str
    posted_at: datetime | None
    is_video: bool | None
    source: str
    seconds: int | None = None
    language: str | None = None
    thumbnail_url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipPoll:
    """One requested clip, its outcome, and the reading behind `measured` and `no_metric`."""

    clip: RequestedClip
    outcome: PollOutcome
    reading: ClipReading | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScrapeResult:
    """One poll for every requested clip, in the order of the request, and what else was in the answer.

    With `negatives_doubtful` so many clips failed at once, or the run was cut short, that the vendor is the likelier
    cause: nothing in this result, missing items included, may count as a sign that a clip is gone.
    """

    polls: tuple[ClipPoll, ...]
    unreadable_items: int = 0
    unrequested_items: int = 0
    duplicate_items: int = 0
    negatives_doubtful: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedBatch:
    """One vendor call or run for many clips, its cost in millionths of a dollar, and the items that were read.

    `raw_json` is the answer as it came, to the byte: JSON, whatever its shape. It is what is kept as evidence.
    """

    result: ScrapeResult
    cost_microusd: int
    run_id: str
    raw_items: tuple[object, ...]
    raw_json: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileReading:
    """A profile as read. `author_id` never changes, the handle may; `bio` is the text as shown."""

    platform: Platform
    author_id: str
    handle: str
    bio: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedProfile:
    """One vendor call or run for a profile. `reading` is None when it could not be read, which proves nothing.

    `source` names the actor or endpoint, its build, and the field that the bio came from.
    """

    reading: ProfileReading | None
    cost_microusd: int
    run_id: str
    raw_items: tuple[object, ...]
    source: str = ""
