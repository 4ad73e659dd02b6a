"""YouTube as Google's own client meets it."""

from collections.abc import Callable
from typing import Any

import pytest
from googleapiclient.discovery import build  # type: ignore[import-untyped]
from googleapiclient.errors import HttpError  # type: ignore[import-untyped]

PARTS = "id,snippet,statistics,status,contentDetails"

Json = dict[str, Any]


def client(world: Any, key: str | None = None) -> Any:
    return build(
        "youtube",
        "v3",
        developerKey=key or world.config.youtube_api_key,
        static_discovery=True,
        client_options={"api_endpoint": f"{world.url}/youtube/"},
    )


def listed(world: Any, ids: Any, part: str = PARTS) -> Json:
    return dict(client(world).videos().list(part=part, id=ids).execute())


def test_videos_have_the_published_shape(world: Any, shapes: Callable[..., None]) -> None:
    account = world.account("youtube")
    videos = [world.video(account, caption="A title\nand a text") for _ in range(3)]
    answer = listed(world, [video["id"] for video in videos])
    shapes("youtube.videos.list", answer)
    assert {item["id"] for item in answer["items"]} == {video["id"] for video in videos}


def test_counts_are_decimal_strings(world: Any) -> None:
    video = world.video(world.account("youtube"))
    [item] = listed(world, [video["id"]])["items"]
    assert item["statistics"]["viewCount"] == str(video["views"])


def test_ids_in_one_comma_separated_text_are_read_too(world: Any) -> None:
    account = world.account("youtube")
    ids = [world.video(account)["id"] for _ in range(3)]
    assert len(listed(world, ",".join(ids))["items"]) == 3


def test_only_the_parts_that_were_asked_for_come_back(world: Any) -> None:
    video = world.video(world.account("youtube"))
    [item] = listed(world, [video["id"]], part="statistics")["items"]
    assert sorted(item) == ["etag", "id", "kind", "statistics"]


def test_what_cannot_be_seen_is_left_out_without_a_word(world: Any) -> None:
    account = world.account("youtube")
    seen, deleted = world.video(account), world.video(account)
    world.act(deleted, "delete")
    answer = listed(world, [deleted["id"], seen["id"], "AAAAAAAAAAA"])
    assert [item["id"] for item in answer["items"]] == [seen["id"]]


def test_nothing_to_be_seen_is_an_empty_list(world: Any, shapes: Callable[..., None]) -> None:
    answer = listed(world, ["AAAAAAAAAAA"])
    shapes("youtube.videos.list", answer)
    assert (answer["items"], answer["pageInfo"]["totalResults"]) == ([], 0)


def test_another_spelling_of_an_id_opens_the_same_video(world: Any) -> None:
    video = world.video(world.account("youtube"))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = video["id"][:-1] + alphabet[alphabet.index(video["id"][-1]) + 1]
    assert [item["id"] for item in listed(world, [other])["items"]] == [video["id"]]


def test_51_ids_are_refused(world: Any, shapes: Callable[..., None]) -> None:
    key = world.config.youtube_api_key
    ids = ",".join(f"{number:011d}" for number in range(51))
    answer = world.http.get(f"/youtube/youtube/v3/videos?part=id&key={key}&id={ids}")
    shapes("youtube error", answer.json())
    assert answer.status_code == 400


def test_hidden_counts_are_absent(world: Any, shapes: Callable[..., None]) -> None:
    video = world.video(world.account("youtube"))
    world.act(video, "hide_count")
    answer = listed(world, [video["id"]])
    shapes("youtube.videos.list", answer)
    assert sorted(answer["items"][0]["statistics"]) == ["commentCount", "favoriteCount"]


def test_a_channel_is_found_by_handle_and_by_id(world: Any, shapes: Callable[..., None]) -> None:
    account = world.account("youtube", handle="Clip.Maker", bio="code HAVEN123")
    channels = client(world).channels()
    by_handle = channels.list(part="snippet,statistics,contentDetails", forHandle="@clip.maker").execute()
    by_id = channels.list(part="snippet,statistics,contentDetails", id=account["author_id"]).execute()
    shapes("youtube.channels.list", by_handle)
    assert by_handle["items"][0]["snippet"]["description"] == "code HAVEN123"
    assert by_id["items"] == by_handle["items"]


def test_an_unknown_channel_is_an_answer_without_items(world: Any, shapes: Callable[..., None]) -> None:
    answer = client(world).channels().list(part="snippet", forHandle="@nobody").execute()
    shapes("youtube.channels.list", answer)
    assert "items" not in answer


def test_a_wrong_key_is_refused(world: Any) -> None:
    with pytest.raises(HttpError) as refused:
        client(world, key="wrong").videos().list(part="id", id="x").execute()
    assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (400, "keyInvalid")


def test_every_call_costs_a_unit_a_wrong_one_too(world: Any) -> None:
    listed(world, ["AAAAAAAAAAA"])
    with pytest.raises(HttpError):
        listed(world, ["AAAAAAAAAAA"], part="nonsense")
    assert world.http.get("/control/youtube/quota").json()["used"] == 2


def test_the_quota_ends_the_day_and_returns_at_midnight_in_california(world: Any, shapes: Callable[..., None]) -> None:
    world.post("/control/youtube/quota", used=10_000)
    with pytest.raises(HttpError) as refused:
        listed(world, ["AAAAAAAAAAA"])
    assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (403, "quotaExceeded")
    # 3 November 2026, 08:00 UTC is midnight in California, whose winter time began on the first.
    world.http.post("/control/clock", json={"set": "2026-11-03T08:00:01+00:00"})
    assert listed(world, ["AAAAAAAAAAA"])["items"] == []


def test_errors_of_the_backend_have_googles_shape(world: Any, shapes: Callable[..., None]) -> None:
    world.fault("youtube", "error_500")
    with pytest.raises(HttpError) as refused:
        listed(world, ["AAAAAAAAAAA"])
    assert refused.value.error_details[0]["reason"] == "backendError"
