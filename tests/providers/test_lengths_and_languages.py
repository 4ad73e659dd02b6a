"""How long a clip is and which language it is in, as each vendor says it; what is no length is not said."""

from typing import Any

import pytest

from cliphaven.providers import items
from cliphaven.providers.readings import ClipReading, Platform

TIKTOK: dict[str, Any] = {"id": "7519910249533377823", "playCount": 5, "text": "on the trail"}
INSTAGRAM: dict[str, Any] = {"shortCode": "DZN3mhZBQ_Q", "type": "Video", "videoPlayCount": 5}
YOUTUBE: dict[str, Any] = {"id": "18NGQq7p3LY", "statistics": {"viewCount": "5"}}


def read(platform: Platform, item: dict[str, Any]) -> ClipReading:
    reading = items.sighting(platform, item, "test").reading
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    ("platform", "item", "seconds"),
    [
        ("tiktok", TIKTOK | {"videoMeta": {"duration": 53}}, 53),
        ("tiktok", TIKTOK | {"videoMeta": {"duration": 0}}, None),
        ("tiktok", TIKTOK | {"videoMeta": None}, None),
        ("tiktok", TIKTOK | {"videoMeta": {"duration": True}}, None),
        ("tiktok", TIKTOK | {"videoMeta": {"duration": "53"}}, None),
        ("instagram", INSTAGRAM | {"videoDuration": 14.2}, 15),
        ("instagram", INSTAGRAM | {"videoDuration": -1}, None),
        ("instagram", INSTAGRAM | {"videoDuration": float("inf")}, None),
        ("instagram", INSTAGRAM | {"videoDuration": float("nan")}, None),
        ("youtube", YOUTUBE | {"contentDetails": {"duration": "PT58S"}}, 58),
        ("youtube", YOUTUBE | {"contentDetails": {"duration": "PT1M30S"}}, 90),
        ("youtube", YOUTUBE | {"contentDetails": {"duration": "P1DT2H"}}, 26 * 3600),
        ("youtube", YOUTUBE | {"contentDetails": {"duration": "P0D"}}, None),
        ("youtube", YOUTUBE | {"contentDetails": {"duration": "90"}}, None),
        ("youtube", YOUTUBE, None),
    ],
)
def test_a_length_is_read_in_whole_seconds(platform: Platform, item: dict[str, Any], seconds: int | None) -> None:
    assert read(platform, item).seconds == seconds


@pytest.mark.parametrize(
    ("platform", "item", "language"),
    [
        ("tiktok", TIKTOK | {"textLanguage": "en"}, "en"),
        ("tiktok", TIKTOK | {"textLanguage": "un"}, None),
        ("tiktok", TIKTOK | {"textLanguage": None}, None),
        ("youtube", YOUTUBE | {"snippet": {"defaultAudioLanguage": "en-GB"}}, "en"),
        ("youtube", YOUTUBE | {"snippet": {"defaultAudioLanguage": "zxx"}}, None),
        ("youtube", YOUTUBE | {"snippet": {}}, None),
        ("instagram", INSTAGRAM, None),
    ],
)
def test_a_language_is_read_without_its_country(platform: Platform, item: dict[str, Any], language: str | None) -> None:
    assert read(platform, item).language == language


def test_what_is_written_below_a_youtube_video_belongs_to_its_caption() -> None:
    item = YOUTUBE | {"snippet": {"title": "Trail day", "description": "with @trailco\n#shoes"}}

    assert read("youtube", item).caption == "Trail day\nwith @trailco\n#shoes"
