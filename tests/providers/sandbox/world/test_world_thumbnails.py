"""The pictures of videos, at the addresses that the platforms' payloads name."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from apify_client import ApifyClient
from PIL import Image, ImageChops, ImageStat

PLATFORMS = ("tiktok", "instagram", "youtube")
ADDRESSES = {
    "tiktok": "p16-sign.tiktokcdn-us.com/tos-useast5-p-0068/",
    "instagram": "scontent.cdninstagram.com/v/t51.2885-15/",
    "youtube": "i.ytimg.com/vi/",
}


def address_of(world: Any, video: dict[str, Any]) -> str:
    """As the payload says it."""
    if video["platform"] == "youtube":
        asked = {"part": "snippet", "id": video["id"], "key": world.config.youtube_api_key}
        [item] = world.http.get("/youtube/youtube/v3/videos", params=asked).json()["items"]
        return str(item["snippet"]["thumbnails"]["medium"]["url"])
    actor, given = {
        "tiktok": ("clockworks/tiktok-scraper", {"postURLs": [video["url"]], "resultsPerPage": 1}),
        "instagram": ("apify/instagram-scraper", {"directUrls": [video["url"]], "resultsType": "posts"}),
    }[video["platform"]]
    apify = ApifyClient(world.config.apify_token, api_url=f"{world.url}/apify")
    run = apify.actor(actor).start(run_input=given, memory_mbytes=1024, max_total_charge_usd=Decimal("0.5"))
    run = apify.run(run.id).wait_for_finish(wait_duration=timedelta(seconds=10))
    [item] = apify.dataset(run.default_dataset_id).list_items(clean=True).items
    return str(item["videoMeta"]["coverUrl"] if video["platform"] == "tiktok" else item["displayUrl"])


def picture_at(world: Any, address: str) -> Image.Image:
    answer = world.http.get("/thumbnails/" + address.removeprefix("https://"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    return Image.open(io.BytesIO(answer.content))


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are from one another on average, of 255."""
    small = [picture.convert("L").resize((36, 36)) for picture in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*small)).mean[0])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_videos_picture_is_where_its_payload_says_and_always_the_same(world: Any, platform: str) -> None:
    video = world.video(world.account(platform))
    address = address_of(world, video)

    assert address.startswith(f"https://{ADDRESSES[platform]}")
    assert difference(picture_at(world, address), picture_at(world, address)) == 0


def test_a_re_upload_shows_the_same_picture_smaller(world: Any) -> None:
    first = world.video(world.account("tiktok"))
    again = world.video(world.account("tiktok", "somebody.else"), reupload_of=f"tiktok:{first['id']}")
    third = world.video(world.account("instagram"), reupload_of=f"tiktok:{again['id']}")
    other = world.video(world.account("tiktok", "a.third"))
    pictures = [picture_at(world, address_of(world, video)) for video in (first, again, third, other)]

    assert pictures[1].width < pictures[0].width
    assert difference(pictures[0], pictures[1]) < 6
    assert difference(pictures[0], pictures[2]) < 6
    assert difference(pictures[0], pictures[3]) > 20


def test_a_re_upload_of_nothing_is_refused(world: Any) -> None:
    account = world.account("tiktok")
    order = {"platform": "tiktok", "author_id": account["author_id"], "reupload_of": "tiktok:1"}

    assert world.http.post("/control/audience/videos", json=order).status_code == 400


@pytest.mark.parametrize("path", ["i.ytimg.com/vi/nothing/a.jpg", "i.ytimg.com/", "evil.example/vi/a.jpg"])
def test_where_nothing_is_nothing_is_shown(world: Any, path: str) -> None:
    assert world.http.get(f"/thumbnails/{path}").status_code == 404
