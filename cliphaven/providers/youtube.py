"""YouTube's Data API: clips by the fifty, channels and their uploads one by one, free but for a daily quota."""

from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.items import youtube_profile
from cliphaven.providers.readings import FetchedBatch, FetchedProfile, RequestedClip
from cliphaven.providers.scrapes import match_items
from cliphaven.providers.vendor_calls import Params, VendorCalls

MAX_CLIPS = 50
_QUOTA_WORDS = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_BUSY_WORDS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "backendError"})


class QuotaExhausted(ProviderFailed):
    """The day's quota is used up: no call will succeed before midnight in California."""


class YouTube:
    """One project's API key."""

    def __init__(self, *, api_key: str, base: str) -> None:
        """`base` is the address that `/youtube/v3` is appended to."""
        self._calls = VendorCalls("YouTube", f"{base.rstrip('/')}/youtube/v3/", {"X-Goog-Api-Key": api_key})

    def fetch_clips(self, requested: Sequence[RequestedClip]) -> FetchedBatch:
        """Read up to 50 clips in one call. Raises QuotaExhausted or another ProviderFailed."""
        if not 1 <= len(requested) <= MAX_CLIPS:
            raise ValueError(f"A call takes 1 to {MAX_CLIPS} clips, not {len(requested)}")
        items, content = self._items(
            "videos",
            {
                "part": "id,snippet,statistics,status,contentDetails",
                "id": ",".join(clip.video_id for clip in requested),
            },
        )
        return FetchedBatch(
            result=match_items(requested, items, source="youtube videos.list viewCount"),
            cost_microusd=0,
            run_id="",
            raw_items=tuple(items),
            raw_json=content,
        )

    def fetch_profile(self, handle_or_id: str) -> FetchedProfile:
        """Read a channel by `@handle` or id. Raises QuotaExhausted or another ProviderFailed."""
        by_id = handle_or_id.startswith("UC") and len(handle_or_id) == len("UC") + 22
        wanted = {"id": handle_or_id} if by_id else {"forHandle": f"@{handle_or_id.removeprefix('@')}"}
        items, _ = self._items("channels", {"part": "id,snippet", **wanted})
        return FetchedProfile(
            reading=youtube_profile(handle_or_id, items),
            cost_microusd=0,
            run_id="",
            raw_items=tuple(items),
            source="youtube channels.list snippet.description",
        )

    def lists_upload(self, channel_id: str, video_id: str) -> bool:
        """Whether a channel's own list of uploads has a video; no channel has no list. One unit of quota.

        Raises QuotaExhausted or another ProviderFailed.
        """
        playlist = "UU" + channel_id.removeprefix("UC")  # every channel's uploads, by YouTube's own naming
        try:
            items, _ = self._items(
                "playlistItems", {"part": "contentDetails", "playlistId": playlist, "videoId": video_id}
            )
        except ProviderFailed as failure:
            if failure.code == "playlistNotFound":
                return False
            raise
        return bool(items)

    def _items(self, path: str, params: Params) -> tuple[list[object], bytes]:
        try:
            answer = self._calls.read(path, params)
        except ProviderFailed as failure:
            raise _in_our_words(failure) from failure
        items = answer.field("items")
        if items is None and answer.field("kind") == "youtube#channelListResponse":
            items = []  # of channels that are not there; of videos there always is a list
        if not isinstance(items, list):
            raise ProviderFailed("YouTube's items are unreadable.", outcome=Outcome.NOT_EXECUTED, code="unreadable")
        return items, answer.content


def _in_our_words(failure: ProviderFailed) -> ProviderFailed:
    if failure.code in _QUOTA_WORDS:
        return QuotaExhausted(
            "YouTube's daily quota is used up.", outcome=Outcome.NOT_EXECUTED, code=failure.code, status=failure.status
        )
    # Nothing is ever changed by these calls, so none can be half done.
    busy = failure.outcome is not Outcome.DEFINITE or failure.code in _BUSY_WORDS
    outcome = Outcome.NOT_EXECUTED if busy else Outcome.DEFINITE
    return ProviderFailed(failure.sentence, outcome=outcome, code=failure.code, status=failure.status)


def fetch_clips(requested: Sequence[RequestedClip]) -> FetchedBatch:
    """`YouTube.fetch_clips` with this installation's key."""
    return _project(settings.YOUTUBE_API_KEY, settings.YOUTUBE_API_BASE).fetch_clips(requested)


def fetch_profile(handle_or_id: str) -> FetchedProfile:
    """`YouTube.fetch_profile` with this installation's key."""
    return _project(settings.YOUTUBE_API_KEY, settings.YOUTUBE_API_BASE).fetch_profile(handle_or_id)


def lists_upload(channel_id: str, video_id: str) -> bool:
    """`YouTube.lists_upload` with this installation's key."""
    return _project(settings.YOUTUBE_API_KEY, settings.YOUTUBE_API_BASE).lists_upload(channel_id, video_id)


@lru_cache(maxsize=4)
def _project(api_key: str, base: str) -> YouTube:
    return YouTube(api_key=api_key, base=base)
