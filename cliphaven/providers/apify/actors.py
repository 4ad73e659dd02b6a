"""The actors that are run: what each is asked, and the field its answer is read from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cliphaven.providers.items import instagram_profile, tiktok_profile
from cliphaven.providers.readings import Platform, ProfileReading


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor of Apify's store. `field` is where the number, or the bio, is read from: another one says otherwise."""

    name: str
    field: str
    run_input: Callable[[Sequence[str]], Mapping[str, object]]

    @property
    def in_path(self) -> str:
        """The name as it stands in an address."""
        return self.name.replace("/", "~")

    def source(self, build: str) -> str:
        """What is kept with every reading: the actor, its build, the field."""
        return f"{self.name} {build} {self.field}"


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


CLIP_ACTORS: Mapping[Platform, Actor] = {
    "tiktok": Actor("clockworks/tiktok-scraper", "playCount", _tiktok_clips),
    "instagram": Actor("apify/instagram-scraper", "videoPlayCount", _instagram_clips),
}
PROFILE_ACTORS: Mapping[Platform, Actor] = {
    "tiktok": Actor("clockworks/tiktok-profile-scraper", "authorMeta.signature", _tiktok_profiles),
    "instagram": Actor("apify/instagram-profile-scraper", "biography", _instagram_profiles),
}
PROFILES: Mapping[Platform, Callable[[str, Iterable[object]], ProfileReading | None]] = {
    "tiktok": tiktok_profile,
    "instagram": instagram_profile,
}
