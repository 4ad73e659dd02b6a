"""The Apify adapter against the pretend Apify, with every way in which a paid run can go wrong."""

import os
import uuid
from typing import Any

import pytest

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers import apify
from cliphaven.providers.readings import Platform, PollOutcome
from tests.providers.adapters.conftest import Post
from tests.world import SandboxWorld

POSTED: list[Platform] = ["tiktok", "instagram"]


@pytest.fixture
def account(world: SandboxWorld) -> apify.Apify:
    return apify.Apify(token=os.environ["APIFY_TOKEN"], base=f"{world.url}/apify")


def tag() -> str:
    return uuid.uuid4().hex


def runs(world: SandboxWorld) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {os.environ['APIFY_TOKEN']}"}
    listed: list[dict[str, Any]] = world.http.get("/apify/v2/actor-runs", headers=headers).json()["data"]["items"]
    return listed


@pytest.mark.parametrize("platform", POSTED)
def test_every_clip_of_a_full_batch_is_measured(account: apify.Apify, post: Post, platform: Platform) -> None:
    clips = [post(platform, views=1000 + n) for n in range(25)]
    polls = account.fetch_clips(platform, clips, tag()).result.polls
    assert [poll.reading.views for poll in polls if poll.reading] == [1000 + n for n in range(25)]


@pytest.mark.parametrize(
    ("platform", "cost_microusd"),
    [
        ("tiktok", 1_000 + 3 * 3_000),  # $0.001 for the start, $0.003 for each clip
        ("instagram", 1_000 + 3 * 2_300),  # $0.001 and $0.0023
    ],
)
def test_the_bill_of_a_run_is_told_to_the_millionth(
    account: apify.Apify, post: Post, platform: Platform, cost_microusd: int
) -> None:
    clips = [post(platform, views=1000) for _ in range(3)]
    assert account.fetch_clips(platform, clips, tag()).cost_microusd == cost_microusd


@pytest.mark.parametrize("platform", POSTED)
def test_a_deleted_clip_is_a_hint_that_it_is_gone(account: apify.Apify, post: Post, platform: Platform) -> None:
    clips = [post(platform, views=1000), post(platform, views=2000, action="delete")]
    polls = account.fetch_clips(platform, clips, tag()).result.polls
    assert [poll.outcome for poll in polls] == [PollOutcome.MEASURED, PollOutcome.GONE_HINT]


@pytest.mark.parametrize("kind", ["drop_after_effect", "error_500_with_effect"])
def test_a_run_whose_start_was_not_heard_of_is_adopted(
    account: apify.Apify, post: Post, world: SandboxWorld, kind: str
) -> None:
    clip = post("tiktok", views=1000)
    before = len(runs(world))
    world.fault("apify", kind, path_prefix="/v2/actors/")
    batch = account.fetch_clips("tiktok", [clip], tag())
    assert batch.result.polls[0].outcome is PollOutcome.MEASURED
    assert len(runs(world)) - before == 1


def test_a_start_that_may_or_may_not_have_happened_is_unknown(
    account: apify.Apify, post: Post, world: SandboxWorld
) -> None:
    clip = post("tiktok", views=1000)
    world.fault("apify", "error_500", path_prefix="/v2/actors/")
    with pytest.raises(ProviderFailed) as failure:
        account.fetch_clips("tiktok", [clip], tag())
    assert failure.value.outcome is Outcome.UNKNOWN


def test_a_run_that_could_not_be_read_is_read_later_and_not_paid_twice(
    account: apify.Apify, post: Post, world: SandboxWorld
) -> None:
    clip, ours = post("tiktok", views=1000), tag()
    before = len(runs(world))
    world.fault("apify", "error_500", method="GET", path_prefix="/v2/datasets/", times=3)
    with pytest.raises(ProviderFailed) as failure:
        account.fetch_clips("tiktok", [clip], ours)
    assert failure.value.outcome is Outcome.UNKNOWN
    batch = account.fetch_clips("tiktok", [clip], ours, maybe_started=True)
    assert batch.result.polls[0].outcome is PollOutcome.MEASURED
    assert len(runs(world)) - before == 1


def test_with_no_earlier_run_to_adopt_a_new_one_is_started(account: apify.Apify, post: Post) -> None:
    batch = account.fetch_clips("tiktok", [post("tiktok", views=1000)], tag(), maybe_started=True)
    assert batch.result.polls[0].outcome is PollOutcome.MEASURED


def test_a_stumble_while_reading_is_survived(account: apify.Apify, post: Post, world: SandboxWorld) -> None:
    clip = post("tiktok", views=1000)
    world.fault("apify", "rate_limit_429", method="GET", path_prefix="/v2/datasets/")
    assert account.fetch_clips("tiktok", [clip], tag()).result.polls[0].outcome is PollOutcome.MEASURED


@pytest.mark.parametrize("kind", ["run_failed", "run_timed_out"])
def test_what_a_failed_run_found_is_kept_and_the_rest_is_the_vendors_fault(
    account: apify.Apify, post: Post, world: SandboxWorld, kind: str
) -> None:
    clips = [post("tiktok", views=1000) for _ in range(4)]
    world.fault("apify", kind, path_prefix="clockworks/tiktok-scraper")
    outcomes = [poll.outcome for poll in account.fetch_clips("tiktok", clips, tag()).result.polls]
    assert sorted(outcomes) == [PollOutcome.MEASURED] * 2 + [PollOutcome.PROVIDER_ERROR] * 2


@pytest.mark.parametrize(
    ("kind", "outcome", "code"),
    [
        ("out_of_credit_402", Outcome.DEFINITE, "not-enough-usage-to-run-paid-actor"),
        ("rate_limit_429", Outcome.NOT_EXECUTED, "rate-limit-exceeded"),
    ],
)
def test_a_refused_start_says_whether_to_try_again(
    post: Post, world: SandboxWorld, kind: str, outcome: Outcome, code: str
) -> None:
    clip = post("tiktok", views=1000)
    world.fault("apify", kind, path_prefix="/v2/actors/")
    with pytest.raises(ProviderFailed) as failure:
        apify.fetch_clips("tiktok", [clip], tag())
    assert (failure.value.outcome, failure.value.code) == (outcome, code)


def test_a_wrong_token_is_a_definite_failure(world: SandboxWorld, post: Post) -> None:
    stranger = apify.Apify(token="wrong", base=f"{world.url}/apify")
    with pytest.raises(ProviderFailed) as failure:
        stranger.fetch_clips("tiktok", [post("tiktok", views=1)], tag())
    assert (failure.value.outcome, failure.value.status) == (Outcome.DEFINITE, 401)


def test_nobody_listening_means_that_nothing_was_started(post: Post) -> None:
    nowhere = apify.Apify(token="any", base="http://127.0.0.1:9")
    with pytest.raises(ProviderFailed) as failure:
        nowhere.fetch_clips("tiktok", [post("tiktok", views=1)], tag())
    assert failure.value.outcome is Outcome.NOT_EXECUTED


@pytest.mark.parametrize("size", [0, 26])
def test_a_batch_has_one_to_25_clips(account: apify.Apify, post: Post, size: int) -> None:
    clip = post("tiktok", views=1)
    with pytest.raises(ValueError, match="1 to 25"):
        account.fetch_clips("tiktok", [clip] * size, tag())


@pytest.mark.parametrize("platform", POSTED)
def test_a_profile_is_read_by_its_handle(account: apify.Apify, world: SandboxWorld, platform: Platform) -> None:
    handle = f"profile{world.port}{platform}"
    order = {"platform": platform, "handle": handle, "bio": "code CH-1234ABCD"}
    author_id = world.post("/control/audience/accounts", order)["author_id"]
    world.post("/control/audience/videos", {"platform": platform, "author_id": author_id, "final_views": 10})
    reading = account.fetch_profile(platform, f"@{handle}", tag()).reading
    assert reading is not None
    assert (reading.author_id, reading.bio) == (author_id, "code CH-1234ABCD")


@pytest.mark.parametrize("platform", POSTED)
def test_a_profile_that_is_not_there_could_not_be_read(account: apify.Apify, platform: Platform) -> None:
    assert account.fetch_profile(platform, "nobody.of.that.name", tag()).reading is None


def test_the_installations_own_account_is_used_by_the_door(post: Post) -> None:
    batch = apify.fetch_clips("instagram", [post("instagram", views=77)], tag())
    assert batch.raw_items[0]["videoPlayCount"] == 77  # type: ignore[index]
