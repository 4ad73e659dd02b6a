"""Answers about clips that a vendor spoils once, in a way that was asked for by its name."""

from typing import Any

import pytest

Json = dict[str, Any]
VIEWS = 1_000


def told(world: Any, kind: str, videos: int = 2) -> tuple[list[Json], Any]:
    """Videos with 1,000 views each, and what YouTube says of them when it spoils its answer in this way."""
    account = world.account("youtube")
    posted = [world.video(account) for _ in range(videos)]
    for video in posted:
        world.act(video, "set_views", views=VIEWS)
    world.fault("youtube", kind)
    address = f"/youtube/youtube/v3/videos?part=id,statistics&key={world.config.youtube_api_key}"
    return posted, world.http.get(address + "".join(f"&id={video['id']}" for video in posted))


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("views_null", None),
        ("views_zero", "0"),
        ("views_dropped", "600"),
        ("views_older", "950"),
        ("views_tripled", "3000"),
        ("views_text", "1.0K"),
        ("views_negative", "-1001"),
        ("views_huge", str(2**63)),
    ],
)
def test_counts_are_spoilt_in_the_shape_of_the_vendor(world: Any, kind: str, count: str | None) -> None:
    _, answer = told(world, kind)
    assert [item["statistics"]["viewCount"] for item in answer.json()["items"]] == [count, count]


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("item_missing", [1]),
        ("half_answered", [0]),
        ("items_reversed", [1, 0]),
        ("items_twice", [0, 0, 1, 1]),
    ],
)
def test_items_are_missing_doubled_or_in_another_order(world: Any, kind: str, places: list[int]) -> None:
    posted, answer = told(world, kind)
    assert [item["id"] for item in answer.json()["items"]] == [posted[place]["id"] for place in places]


def test_an_item_may_bear_the_name_of_another(world: Any) -> None:
    posted, answer = told(world, "items_of_another")
    assert [item["id"] for item in answer.json()["items"]] == [posted[1]["id"], "7000000000000000000"]


@pytest.mark.parametrize(
    ("kind", "begins"), [("answer_truncated", "{"), ("answer_html", "<!doctype"), ("answer_error", '{"error"')]
)
def test_a_good_answer_may_be_no_list_at_all(world: Any, kind: str, begins: str) -> None:
    _, answer = told(world, kind)
    assert answer.status_code == 200
    assert answer.text.startswith(begins)


def test_the_next_answer_is_whole_again(world: Any) -> None:
    posted, _ = told(world, "answer_html")
    address = f"/youtube/youtube/v3/videos?part=statistics&key={world.config.youtube_api_key}&id={posted[0]['id']}"
    assert world.http.get(address).json()["items"][0]["statistics"]["viewCount"] == "1000"


def test_what_stands_before_a_vendor_speaks_no_json(world: Any) -> None:
    world.fault("stripe", "error_503")
    answer = world.http.get("/stripe/v1/balance", headers={"Authorization": f"Bearer {world.config.stripe_api_key}"})
    assert (answer.status_code, answer.text) == (503, "<h1>503 Service Unavailable</h1>")
