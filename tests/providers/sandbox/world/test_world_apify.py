"""Apify as its official client meets it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import impit
import pytest
from apify_client import ApifyClient
from apify_client.errors import ApifyApiError, UnauthorizedError

TIKTOK = "clockworks/tiktok-scraper"
INSTAGRAM = "apify/instagram-scraper"

Json = dict[str, Any]


def client(world: Any, token: str | None = None, max_retries: int = 0) -> Any:
    return ApifyClient(token or world.config.apify_token, api_url=f"{world.url}/apify", max_retries=max_retries)


def raw(world: Any, path: str) -> Any:
    answer = world.http.get(f"/apify{path}", headers={"authorization": f"Bearer {world.config.apify_token}"})
    return answer.json()


def scraped(world: Any, actor: str, given: Json) -> tuple[Any, list[Json]]:
    """Run the actor to its end; the run and its items."""
    apify = client(world)
    run = apify.actor(actor).start(run_input=given, memory_mbytes=1024, max_total_charge_usd=Decimal("0.5"))
    run = apify.run(run.id).wait_for_finish(wait_duration=timedelta(seconds=10))
    return run, apify.dataset(run.default_dataset_id).list_items(clean=True).items


def tiktok_input(*urls: str) -> Json:
    return {"postURLs": list(urls), "resultsPerPage": 1, "shouldDownloadVideos": False}


def instagram_input(*urls: str) -> Json:
    return {"directUrls": list(urls), "resultsType": "posts", "resultsLimit": 1, "addParentData": False}


def test_a_full_batch_sent_gzipped_comes_back_with_one_item_for_each_video(world: Any) -> None:
    account = world.account("tiktok")
    videos = [world.video(account) for _ in range(25)]
    run, items = scraped(world, TIKTOK, tiktok_input(*(video["url"] for video in videos)))
    assert run.status == "SUCCEEDED"
    assert {item["id"] for item in items} == {video["id"] for video in videos}


def test_25_tiktok_items_cost_a_start_and_25_results(world: Any) -> None:
    account = world.account("tiktok")
    run, _ = scraped(world, TIKTOK, tiktok_input(*(world.video(account)["url"] for _ in range(25))))
    assert run.usage_total_usd == pytest.approx(0.001 + 25 * 0.003)


def test_25_instagram_items_cost_a_start_and_25_results(world: Any) -> None:
    account = world.account("instagram")
    run, _ = scraped(world, INSTAGRAM, instagram_input(*(world.video(account)["url"] for _ in range(25))))
    assert run.usage_total_usd == pytest.approx(0.001 + 25 * 0.0023)


def test_a_start_is_charged_for_each_gigabyte(world: Any) -> None:
    video = world.video(world.account("tiktok"))
    run = client(world).actor(TIKTOK).call(run_input=tiktok_input(video["url"]), memory_mbytes=4096, logger=None)
    assert run.usage_total_usd == pytest.approx(4 * 0.001 + 0.003)


def test_an_error_item_is_billed_like_a_result(world: Any) -> None:
    gone = world.video(world.account("tiktok"))
    world.act(gone, "delete")
    run, items = scraped(world, TIKTOK, tiktok_input(gone["url"]))
    assert [sorted(item) for item in items] == [["error", "errorCode", "url"]]
    assert run.usage_total_usd == pytest.approx(0.001 + 0.003)


def test_the_monthly_bill_is_the_sum_of_the_runs(world: Any, shapes: Callable[..., None]) -> None:
    video = world.video(world.account("tiktok"))
    for _ in range(2):
        scraped(world, TIKTOK, tiktok_input(video["url"]))
    bill = raw(world, "/v2/users/me/usage/monthly")
    shapes("GET /v2/users/me/usage/monthly 200", bill)
    assert bill["data"]["totalUsageCreditsUsdAfterVolumeDiscount"] == pytest.approx(2 * 0.004)


def test_runs_lists_and_datasets_have_the_published_shapes(world: Any, shapes: Callable[..., None]) -> None:
    video = world.video(world.account("tiktok"))
    headers = {"authorization": f"Bearer {world.config.apify_token}"}
    path = "/apify/v2/actors/clockworks~tiktok-scraper/runs"
    started = world.http.post(path, json=tiktok_input(video["url"]), headers=headers)
    assert started.status_code == 201
    shapes("POST /v2/actors/{actorId}/runs 201", started.json())
    run_id = started.json()["data"]["id"]
    finished = raw(world, f"/v2/actor-runs/{run_id}?waitForFinish=5")
    shapes("GET /v2/actor-runs/{runId} 200", finished)
    shapes("GET /v2/actors/{actorId}/runs 200", raw(world, "/v2/acts/clockworks~tiktok-scraper/runs?desc=1"))
    shapes("GET /v2/datasets/{datasetId} 200", raw(world, f"/v2/datasets/{finished['data']['defaultDatasetId']}"))
    shapes("GET /v2/actor-runs/{runId} 404", raw(world, "/v2/actor-runs/nothing"))


def test_tiktok_items_have_the_actors_shape(world: Any, shapes: Callable[..., None]) -> None:
    account = world.account("tiktok", bio="hello")
    urls = [world.video(account, caption="look #fyp")["url"], world.video(account, kind="slideshow")["url"]]
    _, items = scraped(world, TIKTOK, tiktok_input(*urls, "https://www.tiktok.com/@tiktok/video/1111111111111111111"))
    for item in items:
        shapes(TIKTOK, item)
    assert sorted("error" in item for item in items) == [False, False, True]


def test_instagram_items_have_the_actors_shape(world: Any, shapes: Callable[..., None]) -> None:
    account, friend = world.account("instagram"), world.account("instagram", "friend")
    urls = [
        world.video(account, caption="#look @friend", coauthors=[friend["author_id"]])["url"],
        world.video(account, kind="image")["url"],
        "https://www.instagram.com/p/ZZZZZZZZZZZ/",
    ]
    _, items = scraped(world, INSTAGRAM, instagram_input(*urls))
    for item in items:
        shapes(INSTAGRAM, item)
    assert [item["coauthorProducers"][0]["username"] for item in items if "coauthorProducers" in item] == ["friend"]


def test_profiles_give_the_bio_and_unknown_profiles_an_error_item(world: Any, shapes: Callable[..., None]) -> None:
    world.video(world.account("instagram", bio="code HAVEN123"))
    _, items = scraped(world, "apify/instagram-profile-scraper", {"usernames": ["clip.maker", "nobody"]})
    for item in items:
        shapes("apify/instagram-profile-scraper", item)
    assert {item.get("biography") or item["errorDescription"] for item in items} == {
        "code HAVEN123",
        "Profile not found",
    }


def test_a_tiktok_profile_without_videos_gives_no_item(world: Any, shapes: Callable[..., None]) -> None:
    world.account("tiktok", "silent", bio="code HAVEN123")
    world.video(world.account("tiktok", "loud", bio="code HAVEN123"))
    given = {"profiles": ["silent", "loud"], "resultsPerPage": 1}
    _, items = scraped(world, "clockworks/tiktok-profile-scraper", given)
    for item in items:
        shapes("clockworks/tiktok-profile-scraper", item)
    assert [item["authorMeta"]["signature"] for item in items] == ["code HAVEN123"]


def test_an_instagram_reel_address_comes_back_as_a_p_address(world: Any) -> None:
    video = world.video(world.account("instagram"))
    _, items = scraped(world, INSTAGRAM, instagram_input(f"https://www.instagram.com/reel/{video['id']}/"))
    assert [item["url"] for item in items] == [f"https://www.instagram.com/p/{video['id']}/"]


def test_the_old_instagram_counter_is_three_to_nine_times_smaller(world: Any) -> None:
    video = world.video(world.account("instagram"), final_views=90_000)
    _, [item] = scraped(world, INSTAGRAM, instagram_input(video["url"]))
    assert 3 <= item["videoPlayCount"] / item["videoViewCount"] <= 9.01


def test_instagram_and_facebook_plays_make_up_the_play_count(world: Any) -> None:
    account = world.account("instagram")
    urls = [world.video(account)["url"] for _ in range(25)]
    _, items = scraped(world, INSTAGRAM, instagram_input(*urls))
    shared = [item for item in items if "fbPlayCount" in item]
    assert shared
    assert all(item["igPlayCount"] + item["fbPlayCount"] == item["videoPlayCount"] for item in shared)


def test_hidden_counts_are_minus_one_on_instagram(world: Any) -> None:
    video = world.video(world.account("instagram"))
    world.act(video, "hide_count")
    _, [item] = scraped(world, INSTAGRAM, instagram_input(video["url"]))
    assert (item["likesCount"], item["videoPlayCount"]) == (-1, -1)


def test_a_short_link_is_not_resolved(world: Any) -> None:
    video = world.video(world.account("tiktok"))
    _, [item] = scraped(world, TIKTOK, tiktok_input(video["short_url"]))
    assert item["error"] == "Post not found or private."


def test_iterating_reads_until_an_empty_page(world: Any) -> None:
    account = world.account("tiktok")
    run, _ = scraped(world, TIKTOK, tiktok_input(*(world.video(account)["url"] for _ in range(3))))
    assert len(list(client(world).dataset(run.default_dataset_id).iterate_items())) == 3


def test_pages_of_a_dataset_do_not_overlap(world: Any) -> None:
    account = world.account("tiktok")
    run, items = scraped(world, TIKTOK, tiktok_input(*(world.video(account)["url"] for _ in range(5))))
    dataset = client(world).dataset(run.default_dataset_id)
    pages = [dataset.list_items(offset=offset, limit=2).items for offset in (0, 2, 4)]
    assert [item["id"] for page in pages for item in page] == [item["id"] for item in items]


def test_a_run_is_ready_then_running_then_succeeded(tmp_path: Path, start_world: Callable[..., Any]) -> None:
    with start_world(tmp_path, apify_run_seconds=0.4) as world:
        video = world.video(world.account("tiktok"))
        apify = client(world)
        run = apify.actor(TIKTOK).start(run_input=tiktok_input(video["url"]))
        seen = [run.status]
        while seen[-1] != "SUCCEEDED":
            status = apify.run(run.id).get().status
            seen.extend([status] if status != seen[-1] else [])
        assert seen == ["READY", "RUNNING", "SUCCEEDED"]


def test_an_unknown_run_is_none_for_the_client(world: Any) -> None:
    assert client(world).run("nothing").get() is None


def test_a_wrong_token_is_unauthorised(world: Any) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        client(world, token="wrong").actor(TIKTOK).start(run_input=tiktok_input("https://x"))
    assert refused.value.type == "user-or-token-not-found"


def test_the_token_may_stand_in_the_address(world: Any) -> None:
    answer = world.http.get(f"/apify/v2/actor-runs?token={world.config.apify_token}")
    assert answer.status_code == 200


def test_no_credit_left_is_402(world: Any) -> None:
    world.fault("apify", "out_of_credit_402", path_prefix="/v2/actors")
    with pytest.raises(ApifyApiError) as refused:
        client(world).actor(TIKTOK).start(run_input=tiktok_input("https://x"))
    assert (refused.value.status_code, refused.value.type) == (402, "not-enough-usage-to-run-paid-actor")


def test_a_start_whose_answer_was_lost_has_started_a_run(world: Any) -> None:
    video = world.video(world.account("tiktok"))
    world.fault("apify", "drop_after_effect", method="POST")
    with pytest.raises(impit.TransportError):
        client(world).actor(TIKTOK).start(run_input=tiktok_input(video["url"]))
    runs = client(world).actor(TIKTOK).runs().list(desc=True).items
    assert len(runs) == 1


def test_the_clients_own_retry_after_a_lost_answer_starts_a_second_paid_run(world: Any) -> None:
    video = world.video(world.account("tiktok"))
    world.fault("apify", "drop_after_effect", method="POST")
    client(world, max_retries=2).actor(TIKTOK).start(run_input=tiktok_input(video["url"]))
    assert client(world).actor(TIKTOK).runs().list().total == 2


def test_a_failed_run_keeps_a_partial_dataset_that_is_billed(world: Any) -> None:
    account = world.account("tiktok")
    urls = [world.video(account)["url"] for _ in range(4)]
    world.fault("apify", "run_failed", path_prefix=TIKTOK)
    run, items = scraped(world, TIKTOK, tiktok_input(*urls))
    assert (run.status, len(items)) == ("FAILED", 2)
    assert run.usage_total_usd == pytest.approx(0.001 + 2 * 0.003)


def test_max_items_caps_what_is_delivered_and_charged(world: Any) -> None:
    account = world.account("tiktok")
    urls = [world.video(account)["url"] for _ in range(4)]
    run = client(world).actor(TIKTOK).call(run_input=tiktok_input(*urls), max_items=3, logger=None)
    assert run.usage_total_usd == pytest.approx(0.001 + 3 * 0.003)


def test_the_charge_cap_stops_the_run_at_what_it_may_cost(world: Any) -> None:
    account = world.account("tiktok")
    urls = [world.video(account)["url"] for _ in range(4)]
    cap = Decimal("0.0075")  # a start of 0.001 and two items of 0.003 fit
    run = client(world).actor(TIKTOK).call(run_input=tiktok_input(*urls), max_total_charge_usd=cap, logger=None)
    assert run.charged_event_counts["apify-default-dataset-item"] == 2


def test_a_rough_world_loses_doubles_and_shuffles_items(tmp_path: Path, start_world: Callable[..., Any]) -> None:
    with start_world(tmp_path, disorder=20.0) as world:
        account = world.account("tiktok")
        asked = [world.video(account) for _ in range(25)]
        outcomes = set()
        for _ in range(8):
            _, items = scraped(world, TIKTOK, tiktok_input(*(video["url"] for video in asked)))
            ids = [item.get("id") for item in items]
            outcomes |= {"lost"} if {video["id"] for video in asked} - set(ids) else set()
            outcomes |= {"doubled"} if len(ids) != len(set(ids)) else set()
            outcomes |= {"shuffled"} if ids != sorted(ids, key=[video["id"] for video in asked].index) else set()
        assert outcomes == {"lost", "doubled", "shuffled"}


def test_a_run_of_before_a_restart_has_the_same_items_after_it(tmp_path: Path, start_world: Callable[..., Any]) -> None:
    with start_world(tmp_path, disorder=5.0) as world:
        account = world.account("tiktok")
        run, items = scraped(world, TIKTOK, tiktok_input(*(world.video(account)["url"] for _ in range(25))))
    with start_world(tmp_path, disorder=5.0) as world:
        world.advance(hours=6)
        assert client(world).dataset(run.default_dataset_id).list_items().items == items


def test_runs_are_forgotten_after_seven_days(world: Any) -> None:
    video = world.video(world.account("tiktok"))
    run, _ = scraped(world, TIKTOK, tiktok_input(video["url"]))
    world.advance(days=7, seconds=1)
    raw(world, "/v2/users/me/usage/monthly")  # any look at the bill ends and forgets what is due
    assert client(world).run(run.id).get() is None
