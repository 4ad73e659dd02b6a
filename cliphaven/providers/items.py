"""The vendors' dialects: what one item of theirs says, field by field. Pure, and suspicious of every field."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cliphaven.providers.readings import ClipReading, Platform, PollOutcome, ProfileReading

Item = Mapping[str, object]

MAX_COUNT = 10**11
"""No clip has been seen a hundred billion times; a larger number is a fault of the vendor."""
MAX_TEXT = 5000
_EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)

_TIKTOK_ID = re.compile(r"[1-9][0-9]{16,19}")
_TIKTOK_ADDRESS = re.compile(
    r"https?://(?:[a-z]+\.)?tiktok\.com/@?[^/?#]*/(?:video|photo)/([1-9][0-9]{16,19})(?![0-9])"
)
_INSTAGRAM_CODE = re.compile(r"[A-Za-z0-9_-]{5,15}")
_INSTAGRAM_ADDRESS = re.compile(
    r"https?://(?:[a-z]+\.)?instagram\.com/(?:[^/?#]+/)?(?:p|reels?|tv)/([A-Za-z0-9_-]{5,15})(?![A-Za-z0-9_-])"
)
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,19}")
_YOUTUBE_HANDLE = re.compile(r"[\w.\u00b7-]{1,100}")  # of any script
_HANDLE = re.compile(r"[A-Za-z0-9._-]{1,100}")
_DURATION = re.compile(r"P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,4})M)?(?:([0-9]{1,6})S)?)?")
_LONGEST_SECONDS = 7 * 24 * 60 * 60
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?![A-Za-z])")
_NO_LANGUAGE = frozenset({"un", "zz"})
_PICTURE_ADDRESS = re.compile(r"https://[\x21-\x7e]{1,2040}")
# The first of them that is given: large enough to be compared, and without the bars that the larger ones may have.
_YOUTUBE_SIZES = ("medium", "high", "standard", "maxres", "default")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What one item says: the clip it is (`own_id`), the clip it was asked for (`asked_id`), and how that one is.

    With `is_odd` it names itself by something that is no id at all.
    """

    own_id: str | None
    asked_id: str | None
    outcome: PollOutcome
    reading: ClipReading | None = None
    is_odd: bool = False


def sighting(platform: Platform, item: Item, source: str) -> Sighting:
    """What one item of this platform's vendor says. Never raises."""
    seen = _DIALECTS[platform](item, source)
    if seen.reading is not None and any("." in name for name in item):
        # An export of a table, one column for each nested field: what else was changed on its way here, nobody knows.
        return Sighting(own_id=seen.own_id, asked_id=seen.asked_id, outcome=PollOutcome.PROVIDER_ERROR)
    return seen


def count(value: object) -> int | None:
    """A count as Apify's actors give it: a plain whole number; everything else is no measurement."""
    return value if type(value) is int and 0 <= value < MAX_COUNT else None


def decimal_count(value: object) -> int | None:
    """A count as YouTube gives it: a string of digits; everything else is no measurement."""
    return count(int(value)) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def _tiktok(item: Item, source: str) -> Sighting:
    own_id = _matching(_TIKTOK_ID, str(item["id"]) if type(item.get("id")) is int else item.get("id"))
    if item.get("error") is not None:
        return Sighting(
            own_id=own_id, asked_id=_in_address(_TIKTOK_ADDRESS, item, ("url",)), outcome=_tiktok_error(item)
        )
    asked_id = _in_address(_TIKTOK_ADDRESS, item, ("submittedVideoUrl",))
    is_odd = own_id is None and item.get("id") is not None
    own_id = own_id or _in_address(_TIKTOK_ADDRESS, item, ("webVideoUrl",))
    author, video = _mapping(item.get("authorMeta")), _mapping(item.get("videoMeta"))
    views = count(item.get("playCount"))
    reading = ClipReading(
        platform="tiktok",
        video_id=own_id or asked_id or "",
        views=views,
        likes=count(item.get("diggCount")),
        comments=count(item.get("commentCount")),
        shares=count(item.get("shareCount")),
        saves=count(item.get("collectCount")),
        author_id=_matching(_NUMBER, author.get("id")),
        author_handle=_matching(_HANDLE, author.get("name")),
        coauthor_handles=(),
        caption=_text(item.get("text")),
        posted_at=_unix_moment(item.get("createTime")) or _iso_moment(item.get("createTimeISO")),
        is_video=True,
        source=source,
        # Slideshows have a length of 0, which is none.
        seconds=_seconds(video.get("duration")),
        language=_language(item.get("textLanguage")),
        thumbnail_url=_picture_address(video.get("coverUrl")) or _picture_address(video.get("originalCoverUrl")),
    )
    return Sighting(own_id=own_id, asked_id=asked_id, outcome=_measured_if(views), reading=reading, is_odd=is_odd)


def _tiktok_error(item: Item) -> PollOutcome:
    # One text for deleted, private, locked to a region and never existed.
    said = f"{item.get('error')} {item.get('errorCode')}".casefold().replace("_", " ")
    return PollOutcome.GONE_HINT if "not found" in said or "private" in said else PollOutcome.PROVIDER_ERROR


def _instagram(item: Item, source: str) -> Sighting:
    asked_id = _in_address(_INSTAGRAM_ADDRESS, item, ("inputUrl",))
    own_id = _matching(_INSTAGRAM_CODE, item.get("shortCode"))
    if item.get("error") is not None:
        asked_id = asked_id or _in_address(_INSTAGRAM_ADDRESS, item, ("url",))
        outcome = _INSTAGRAM_ERRORS.get(str(item["error"]), PollOutcome.PROVIDER_ERROR)
        return Sighting(own_id=own_id, asked_id=asked_id, outcome=outcome)
    is_odd = own_id is None and item.get("shortCode") is not None
    own_id = own_id or _in_address(_INSTAGRAM_ADDRESS, item, ("url",))
    # Never videoViewCount: an older counter, several times smaller. Changing between the two would look like a jump.
    views = count(item.get("videoPlayCount"))
    is_video = {"Video": True, "Image": False, "Sidecar": bool(views)}.get(str(item.get("type")))
    if is_video is False:
        views = None  # a 0 on a picture means "no such number"
    reading = ClipReading(
        platform="instagram",
        video_id=own_id or asked_id or "",
        views=views,
        likes=count(item.get("likesCount")),
        comments=count(item.get("commentsCount")),
        shares=count(item.get("reshareCount")),
        saves=None,
        author_id=_matching(_NUMBER, item.get("ownerId")),
        author_handle=_matching(_HANDLE, item.get("ownerUsername")),
        coauthor_handles=tuple(_coauthors(item.get("coauthorProducers"))),
        caption=_text(item.get("caption")),
        posted_at=_iso_moment(item.get("timestamp")),
        is_video=is_video,
        source=source,
        seconds=_seconds(item.get("videoDuration")),
        thumbnail_url=_picture_address(item.get("displayUrl")),
    )
    return Sighting(own_id=own_id, asked_id=asked_id, outcome=_measured_if(views), reading=reading, is_odd=is_odd)


_INSTAGRAM_ERRORS = {"not_found": PollOutcome.GONE_HINT, "restricted_page": PollOutcome.RESTRICTED}


def _coauthors(producers: object) -> Iterable[str]:
    for producer in producers if isinstance(producers, list) else []:
        if handle := _matching(_HANDLE, _mapping(producer).get("username")):
            yield handle


def _youtube(item: Item, source: str) -> Sighting:
    own_id = _matching(_YOUTUBE_ID, item.get("id"))
    snippet, statistics, status = (_mapping(item.get(part)) for part in ("snippet", "statistics", "status"))
    if status.get("uploadStatus") in ("deleted", "rejected", "failed"):
        return Sighting(own_id=own_id, asked_id=None, outcome=PollOutcome.GONE_HINT)
    if status.get("privacyStatus") == "private":
        return Sighting(own_id=own_id, asked_id=None, outcome=PollOutcome.RESTRICTED)
    views = decimal_count(statistics.get("viewCount"))
    reading = ClipReading(
        platform="youtube",
        video_id=own_id or "",
        views=views,
        likes=decimal_count(statistics.get("likeCount")),
        comments=decimal_count(statistics.get("commentCount")),
        shares=None,
        saves=None,  # favoriteCount is a relic that always reads 0
        author_id=_matching(_CHANNEL_ID, snippet.get("channelId")),
        author_handle=None,
        coauthor_handles=(),
        caption=_text(f"{_text(snippet.get('title'))}\n{_text(snippet.get('description'))}".strip()),
        posted_at=_iso_moment(snippet.get("publishedAt")),
        is_video=True,
        source=source,
        seconds=_iso_seconds(_mapping(item.get("contentDetails")).get("duration")),
        language=_language(snippet.get("defaultAudioLanguage")),
        thumbnail_url=_youtube_thumbnail(snippet.get("thumbnails")),
    )
    return Sighting(own_id=own_id, asked_id=None, outcome=_measured_if(views), reading=reading)


def _youtube_thumbnail(thumbnails: object) -> str | None:
    sizes = _mapping(thumbnails)
    found = (_picture_address(_mapping(sizes.get(size)).get("url")) for size in _YOUTUBE_SIZES)
    return next((address for address in found if address), None)


_DIALECTS: Mapping[Platform, Callable[[Item, str], Sighting]] = {
    "tiktok": _tiktok,
    "instagram": _instagram,
    "youtube": _youtube,
}


def tiktok_profile(handle: str, items: Iterable[object]) -> ProfileReading | None:
    """The profile of `handle` from the profile actor's items, which are its videos. None: could not be read."""
    found = set()
    for item in map(_mapping, items):
        author = _mapping(item.get("authorMeta"))
        author_id, name, bio = _matching(_NUMBER, author.get("id")), author.get("name"), author.get("signature")
        if author_id and isinstance(name, str) and isinstance(bio, str) and _same_handle(name, handle):
            found.add(ProfileReading(platform="tiktok", author_id=author_id, handle=name, bio=_text(bio)))
    # Two channels, or two bios, under one name: the vendor is mistaken about one of them.
    return found.pop() if len(found) == 1 else None


def instagram_profile(handle: str, items: Iterable[object]) -> ProfileReading | None:
    """The profile of `handle` from the profile actor's items. None: could not be read, or there is no such profile."""
    for item in map(_mapping, items):
        author_id, name, bio = _matching(_NUMBER, item.get("id")), item.get("username"), item.get("biography")
        if item.get("error") is not None or not author_id or not isinstance(name, str) or not isinstance(bio, str):
            continue
        if _same_handle(name, handle):
            return ProfileReading(platform="instagram", author_id=author_id, handle=name, bio=_text(bio))
    return None


def youtube_profile(handle_or_id: str, items: Iterable[object]) -> ProfileReading | None:
    """The channel with this handle or id from `channels.list` items. None: there is no such channel."""
    for item in map(_mapping, items):
        snippet = _mapping(item.get("snippet"))
        channel_id, bio = _matching(_CHANNEL_ID, item.get("id")), snippet.get("description", "")
        handle = _matching(_YOUTUBE_HANDLE, _text(snippet.get("customUrl")).removeprefix("@")) or ""
        if channel_id is None or not isinstance(bio, str):
            continue
        if channel_id == handle_or_id or _same_handle(handle, handle_or_id):
            return ProfileReading(platform="youtube", author_id=channel_id, handle=handle, bio=_text(bio))
    return None


def _measured_if(views: int | None) -> PollOutcome:
    return PollOutcome.NO_METRIC if views is None else PollOutcome.MEASURED


def _mapping(value: object) -> Item:
    return value if isinstance(value, dict) else {}


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _in_address(pattern: re.Pattern[str], item: Item, fields: Iterable[str]) -> str | None:
    for field in fields:
        value = item.get(field)
        if isinstance(value, str) and (found := pattern.match(value)):
            return found[1]
    return None


def _picture_address(value: object) -> str | None:
    return _matching(_PICTURE_ADDRESS, value)


def _same_handle(one: str, other: str) -> bool:
    return one.removeprefix("@").casefold() == other.removeprefix("@").casefold() != ""


def _text(value: object) -> str:
    """Text as the database can hold it: no NUL, no halves of characters, and not without end."""
    return value[:MAX_TEXT].encode("utf-8", "ignore").decode().replace("\0", "") if isinstance(value, str) else ""


def _seconds(value: object) -> int | None:
    """A length in seconds, rounded up, so that nothing is called too short for a fraction; None if it is no length."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LONGEST_SECONDS:
        return None
    return math.ceil(value)


def _iso_seconds(value: object) -> int | None:
    """A length as YouTube gives it: `PT1M30S`."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return _seconds(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _language(value: object) -> str | None:
    """A language without its country; None when it is not given, or the vendor's word for "unknown"."""
    found = _LANGUAGE.match(value) if isinstance(value, str) else None
    return None if found is None or found[1].lower() in _NO_LANGUAGE else found[1].lower()


def _unix_moment(value: object) -> datetime | None:
    seconds = count(value)
    return _plausible(datetime.fromtimestamp(seconds, UTC)) if seconds and seconds < _LATEST.timestamp() else None


def _iso_moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return _plausible(moment) if moment and moment.tzinfo else None


def _plausible(moment: datetime) -> datetime | None:
    return moment.astimezone(UTC) if _EARLIEST <= moment < _LATEST else None
