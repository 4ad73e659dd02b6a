"""Where the vendors say that a clip's picture is; an address that is none is no address."""

from typing import Any

import pytest

from cliphaven.providers.items import sighting
from cliphaven.providers.readings import Platform
from tests.providers.test_scrape_matching import instagram_item, tiktok_item, youtube_item

COVER = "https://p16-pu-sign-no.tiktokcdn-eu.com/tos-no1a-p-0037-no/o0.image?x-expires=1791234000&x-signature=a%2Bb%3D"
DISPLAY = "https://scontent-yyz1-1.cdninstagram.com/v/t51.2885-15/5_n.jpg?_nc_ht=scontent&oe=6A0F"
SIZES = {
    "default": {"url": "https://i.ytimg.com/vi/D-lhorsDlUQ/default.jpg", "width": 120, "height": 90},
    "medium": {"url": "https://i.ytimg.com/vi/D-lhorsDlUQ/mqdefault.jpg", "width": 320, "height": 180},
    "maxres": {"url": "https://i.ytimg.com/vi/D-lhorsDlUQ/maxresdefault.jpg", "width": 1280, "height": 720},
}


def address_in(platform: Platform, item: dict[str, Any]) -> str | None:
    reading = sighting(platform, item, "test").reading
    assert reading is not None
    return reading.thumbnail_url


def test_each_platform_has_a_field_for_it():
    assert address_in("tiktok", tiktok_item(videoMeta={"duration": 9, "coverUrl": COVER})) == COVER
    assert address_in("tiktok", tiktok_item(videoMeta={"originalCoverUrl": COVER})) == COVER
    assert address_in("instagram", instagram_item(displayUrl=DISPLAY)) == DISPLAY
    assert address_in("youtube", with_thumbnails(SIZES)) == SIZES["medium"]["url"]
    assert address_in("youtube", with_thumbnails({"default": SIZES["default"]})) == SIZES["default"]["url"]


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", 7, True, [], {}, [COVER], "http://i.ytimg.com/a", "a/b.jpg", f"{COVER} x", f"{COVER}\n", "ü"),
        f"https://i.ytimg.com/{'a' * 3_000}",
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_address_is_none(value: object):
    assert address_in("tiktok", tiktok_item(videoMeta={"coverUrl": value})) is None
    assert address_in("instagram", instagram_item(displayUrl=value)) is None
    assert address_in("youtube", with_thumbnails({"medium": {"url": value}, "high": value})) is None
    assert address_in("youtube", with_thumbnails(value)) is None
    assert address_in("tiktok", tiktok_item(videoMeta=value)) is None


def with_thumbnails(thumbnails: object) -> dict[str, Any]:
    item = youtube_item()
    return {**item, "snippet": {**item["snippet"], "thumbnails": thumbnails}}
