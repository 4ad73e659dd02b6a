"""Apify: runs of the scraping actors for TikTok and Instagram. Every run costs money, heard of or not."""

import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from django.conf import settings

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers.items import instagram_profile, tiktok_profile
from cliphaven.providers.readings import (
    ClipPoll,
    FetchedBatch,
    FetchedProfile,
    Platform,
    PollOutcome,
    ProfileReading,
    RequestedClip,
)
from cliphaven.providers.scrapes import match_items
from cliphaven.providers.vendor_calls import Params, VendorCalls

MAX_CLIPS = 25
"""Clips in one run: what keeps a run short enough for its time limit and its start fee small per clip."""
RUN_SECONDS = 300
WAIT_SECONDS = 360
MAX_CHARGE_USD = "0.5"
"""No run may cost more. Some actors refuse a lower limit; a full batch really costs about eight cents."""
SPARE_ITEMS = 5
"""Items a run may be charged for beyond one a clip: repeated ones would otherwise push out the last clips."""
_MEMORY_MEGABYTES = 1024  # the start fee is charged for every gigabyte
_PAGE = 1000
_PAUSE_SECONDS = 0.1  # in case the vendor answers at once instead of waiting
_RUNS_LOOKED_THROUGH = 20
_ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED"})
_TAG = re.compile(r"[A-Za-z0-9._-]{8,100}")


@dataclass(frozen=True, slots=True)
class _Actor:
    name: str
    field: str
    run_input: Callable[[Sequence[str]], Mapping[str, object]]


def _tiktok_clips(urls: Sequence[str]) -> Mapping[str, object]:
    return {
        "postURLs": list(urls),
        "resultsPerPage": 1,
        # Everything below is an extra: paid for, or a source of clips nobody asked for.
        "scrapeRelatedVideos": False,
        "excludePinnedPosts": False,
        "shouldDownloadVideos": False,
        "shouldDownloadCovers": False,
        "shouldDownloadSubtitles": False,
        "shouldDownloadSlideshowImages": False,
        "shouldDownloadAvatars": False,
        "shouldDownloadMusicCovers": False,
        "commentsPerPost": 0,
        "proxyCountryCode": "None",
    }


def _instagram_clips(urls: Sequence[str]) -> Mapping[str, object]:
    return {"directUrls": list(urls), "resultsType": "posts", "resultsLimit": 1, "addParentData": False}


def _tiktok_profiles(handles: Sequence[str]) -> Mapping[str, object]:
    return {"profiles": list(handles), "resultsPerPage": 1, "excludePinnedPosts": True}


def _instagram_profiles(handles: Sequence[str]) -> Mapping[str, object]:
    return {"usernames": list(handles)}


_CLIP_ACTORS: Mapping[Platform, _Actor] = {
    "tiktok": _Actor("clockworks/tiktok-scraper", "playCount", _tiktok_clips),
    "instagram": _Actor("apify/instagram-scraper", "videoPlayCount", _instagram_clips),
}
_PROFILE_ACTORS: Mapping[Platform, _Actor] = {
    "tiktok": _Actor("clockworks/tiktok-profile-scraper", "authorMeta.signature", _tiktok_profiles),
    "instagram": _Actor("apify/instagram-profile-scraper", "biography", _instagram_profiles),
}
_PROFILES: Mapping[Platform, Callable[[str, Iterable[object]], ProfileReading | None]] = {
    "tiktok": tiktok_profile,
    "instagram": instagram_profile,
}


@dataclass(frozen=True, slots=True)
class _Run:
    id: str
    status: str
    dataset_id: str
    build: str
    cost_microusd: int


class Apify:
    """One Apify account."""

    def __init__(self, *, token: str, base: str) -> None:
        """`base` is the address that `/v2` is appended to."""
        self._calls = VendorCalls("Apify", f"{base.rstrip('/')}/v2/", {"Authorization": f"Bearer {token}"})

    def fetch_clips(
        self, platform: Platform, requested: Sequence[RequestedClip], tag: str, *, maybe_started: bool = False
    ) -> FetchedBatch:
        """Scrape up to 25 clips of one platform in one run; blocks for minutes.

        `tag` is the caller's own id of this batch. After a failure whose outcome is `unknown` a run may be under way or
        over: call again with the same tag and `maybe_started=True`, and that run is adopted instead of paid for twice.
        """
        if not 1 <= len(requested) <= MAX_CLIPS:
            raise ValueError(f"A run takes 1 to {MAX_CLIPS} clips, not {len(requested)}")
        actor = _CLIP_ACTORS[platform]
        run_input = actor.run_input([clip.url for clip in requested])
        run, items = self._scrape(actor, run_input, len(requested), tag, maybe_started=maybe_started)
        result = match_items(requested, items, source=f"{actor.name} {run.build} {actor.field}")
        if run.status != "SUCCEEDED":
            result = replace(result, polls=tuple(map(_not_answered, result.polls)))
        return FetchedBatch(result=result, cost_microusd=run.cost_microusd, run_id=run.id, raw_items=tuple(items))

    def fetch_profile(self, platform: Platform, handle: str) -> FetchedProfile:
        """Read a profile by its handle; blocks for minutes. Raises ProviderFailed when the vendor fails altogether."""
        actor, name = _PROFILE_ACTORS[platform], handle.removeprefix("@")
        run, items = self._scrape(actor, actor.run_input([name]), 1, uuid.uuid4().hex, maybe_started=False)
        return FetchedProfile(
            reading=_PROFILES[platform](name, items),
            cost_microusd=run.cost_microusd,
            run_id=run.id,
            raw_items=tuple(items),
            source=f"{actor.name} {run.build} {actor.field}",
        )

    def _scrape(
        self, actor: _Actor, run_input: Mapping[str, object], size: int, tag: str, *, maybe_started: bool
    ) -> tuple[_Run, list[object]]:
        if _TAG.fullmatch(tag) is None:
            raise ValueError(f"A tag is 8 to 100 letters, digits, dots and dashes, not {tag!r}")
        run = self._started_before(actor, tag) if maybe_started else None
        run = run or self._start(actor, run_input, size, tag)
        try:
            ended = self._ended(run)
            return ended, self._items(ended)
        except ProviderFailed as failure:
            # The run was started and is paid for: whatever failed since, it must be found again, not started again.
            raise ProviderFailed(
                failure.sentence, outcome=Outcome.UNKNOWN, code=failure.code, status=failure.status
            ) from failure

    def _start(self, actor: _Actor, run_input: Mapping[str, object], size: int, tag: str) -> _Run:
        params: Params = {
            "maxItems": size + SPARE_ITEMS,
            "maxTotalChargeUsd": MAX_CHARGE_USD,
            "memory": _MEMORY_MEGABYTES,
            "timeout": RUN_SECONDS,
        }
        try:
            # Apify has no idempotency keys, but remembers who started a run by the user agent.
            answer = self._calls.send(
                f"actors/{_in_path(actor)}/runs", run_input, params=params, headers={"User-Agent": f"ClipHaven ({tag})"}
            )
            return _run(answer.field("data"))
        except ProviderFailed as failure:
            adopted = self._started_before(actor, tag) if failure.outcome is Outcome.UNKNOWN else None
            if adopted is None:
                raise
            return adopted

    def _started_before(self, actor: _Actor, tag: str) -> _Run | None:
        """The newest run that was started with this tag, if any."""
        listed = self._calls.read(f"actors/{_in_path(actor)}/runs", {"desc": 1, "limit": _RUNS_LOOKED_THROUGH})
        page = listed.field("data")
        shorts = page.get("items") if isinstance(page, dict) else None
        for short in shorts if isinstance(shorts, list) else []:
            full = self._calls.read(f"actor-runs/{_run(short).id}", {}).field("data")
            meta = full.get("meta") if isinstance(full, dict) else None
            if isinstance(meta, dict) and f"({tag})" in str(meta.get("userAgent")):
                return _run(full)
        return None

    def _ended(self, run: _Run) -> _Run:
        deadline = time.monotonic() + WAIT_SECONDS
        while run.status not in _ENDED:
            left = deadline - time.monotonic()
            if left <= 0:
                raise ProviderFailed("Apify's run takes too long.", outcome=Outcome.UNKNOWN, code="run-not-ended")
            wait = max(1, min(60, int(left)))
            run = _run(
                self._calls.read(f"actor-runs/{run.id}", {"waitForFinish": wait}, timeout=wait + 15).field("data")
            )
        return run

    def _items(self, run: _Run) -> list[object]:
        """All items of the run, also of one that failed: what it found until then is paid for and true."""
        items: list[object] = []
        while True:
            params: Params = {"offset": len(items), "limit": _PAGE, "format": "json"}
            page = self._calls.read(f"datasets/{run.dataset_id}/items", params).body
            if not isinstance(page, list):
                raise ProviderFailed("Apify's items are unreadable.", outcome=Outcome.UNKNOWN, code="unreadable")
            items.extend(page)
            if len(page) < _PAGE:
                return items


def fetch_clips(
    platform: Platform, requested: Sequence[RequestedClip], tag: str, *, maybe_started: bool = False
) -> FetchedBatch:
    """`Apify.fetch_clips` with this installation's account."""
    return _account(settings.APIFY_TOKEN, settings.APIFY_API_BASE).fetch_clips(
        platform, requested, tag, maybe_started=maybe_started
    )


def fetch_profile(platform: Platform, handle: str) -> FetchedProfile:
    """`Apify.fetch_profile` with this installation's account."""
    return _account(settings.APIFY_TOKEN, settings.APIFY_API_BASE).fetch_profile(platform, handle)


@lru_cache(maxsize=4)
def _account(token: str, base: str) -> Apify:
    return Apify(token=token, base=base)


def _not_answered(poll: ClipPoll) -> ClipPoll:
    """A run that was cut short says nothing about the clips it did not come to."""
    return replace(poll, outcome=PollOutcome.PROVIDER_ERROR) if poll.outcome is PollOutcome.MISSING else poll


def _in_path(actor: _Actor) -> str:
    return actor.name.replace("/", "~")


def _run(data: object) -> _Run:
    fields = data if isinstance(data, dict) else {}
    run_id, dataset_id, status = (fields.get(name) for name in ("id", "defaultDatasetId", "status"))
    if not (isinstance(run_id, str) and isinstance(dataset_id, str) and isinstance(status, str)):
        raise ProviderFailed("Apify's answer about a run is unreadable.", outcome=Outcome.UNKNOWN, code="unreadable")
    return _Run(
        run_id, status, dataset_id, str(fields.get("buildNumber") or ""), _microusd(fields.get("usageTotalUsd"))
    )


def _microusd(usd: object) -> int:
    """Dollars as Apify bills them, in millionths; 0 while the bill is not known."""
    if isinstance(usd, bool) or not isinstance(usd, int | float):
        return 0
    amount = Decimal(str(usd))  # the shortest decimal of what was sent, not the binary number nearest to it
    return int((amount * 1_000_000).to_integral_value()) if amount.is_finite() and amount > 0 else 0
