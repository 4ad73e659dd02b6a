"""The YouTube adapter against the pretend Data API."""

import os

import pytest

from cliphaven.foundation.errors import Outcome, ProviderFailed
from cliphaven.providers import youtube
from cliphaven.providers.readings import PollOutcome
from tests.providers.adapters.conftest import Post
from tests.world import SandboxWorld


@pytest.fixture
def project(world: SandboxWorld) -> youtube.YouTube:
    return youtube.YouTube(api_key=os.environ["YOUTUBE_API_KEY"], base=f"{world.url}/youtube")


def test_every_clip_of_a_full_batch_is_measured(project: youtube.YouTube, post: Post) -> None:
    clips = [post("youtube", views=1000 + n) for n in range(50)]
    polls = project.fetch_clips(clips).result.polls
    assert [poll.reading.views for poll in polls if poll.reading] == [1000 + n for n in range(50)]


def test_a_deleted_clip_is_missing(project: youtube.YouTube, post: Post) -> None:
    clips = [post("youtube", views=1000), post("youtube", views=2000, action="delete")]
    outcomes = [poll.outcome for poll in project.fetch_clips(clips).result.polls]
    assert outcomes == [PollOutcome.MEASURED, PollOutcome.MISSING]


def test_a_channels_own_list_has_its_clips_and_no_others(project: youtube.YouTube, post: Post) -> None:
    shown, deleted = post("youtube", views=1000), post("youtube", views=2000, action="delete")
    [poll] = project.fetch_clips([shown]).result.polls
    assert poll.reading is not None
    channel = poll.reading.author_id or ""

    assert project.lists_upload(channel, shown.video_id)
    assert not project.lists_upload(channel, deleted.video_id)
    assert not project.lists_upload(f"UC{'x' * 22}", shown.video_id)  # no channel has no list


def test_an_exhausted_quota_is_its_own_failure(project: youtube.YouTube, post: Post, world: SandboxWorld) -> None:
    clip = post("youtube", views=1)
    world.post("/control/youtube/quota", {"used": 10_000})
    try:
        with pytest.raises(youtube.QuotaExhausted):
            project.fetch_clips([clip])
    finally:
        world.post("/control/youtube/quota", {"used": 0})


def test_a_stumble_is_survived(project: youtube.YouTube, post: Post, world: SandboxWorld) -> None:
    clip = post("youtube", views=1)
    world.fault("youtube", "error_500", method="GET")
    assert project.fetch_clips([clip]).result.polls[0].outcome is PollOutcome.MEASURED


def test_lasting_trouble_changes_nothing_there(project: youtube.YouTube, post: Post, world: SandboxWorld) -> None:
    clip = post("youtube", views=1)
    world.fault("youtube", "error_500", method="GET", times=3)
    with pytest.raises(ProviderFailed) as failure:
        project.fetch_clips([clip])
    assert failure.value.outcome is Outcome.NOT_EXECUTED


def test_a_wrong_key_is_a_definite_failure(world: SandboxWorld, post: Post) -> None:
    stranger = youtube.YouTube(api_key="wrong", base=f"{world.url}/youtube")
    with pytest.raises(ProviderFailed) as failure:
        stranger.fetch_clips([post("youtube", views=1)])
    assert (failure.value.outcome, failure.value.code) == (Outcome.DEFINITE, "keyInvalid")


@pytest.mark.parametrize("size", [0, 51])
def test_a_call_takes_one_to_50_clips(project: youtube.YouTube, post: Post, size: int) -> None:
    clip = post("youtube", views=1)
    with pytest.raises(ValueError, match="1 to 50"):
        project.fetch_clips([clip] * size)


@pytest.mark.parametrize("named_by", ["handle", "@handle", "id"])
def test_a_channel_is_read_by_its_handle_or_its_id(
    project: youtube.YouTube, world: SandboxWorld, named_by: str
) -> None:
    handle = f"channel{world.port}{len(named_by)}"
    order = {"platform": "youtube", "handle": handle, "bio": "code CH-1234ABCD"}
    author_id = world.post("/control/audience/accounts", order)["author_id"]
    wanted = {"handle": handle, "@handle": f"@{handle}", "id": author_id}[named_by]
    reading = project.fetch_profile(wanted).reading
    assert reading is not None
    assert (reading.author_id, reading.bio) == (author_id, "code CH-1234ABCD")


def test_a_channel_that_is_not_there_could_not_be_read(project: youtube.YouTube) -> None:
    assert project.fetch_profile("@nobody.of.that.name").reading is None


def test_the_installations_own_key_is_used_by_the_door(post: Post) -> None:
    assert youtube.fetch_clips([post("youtube", views=5)]).cost_microusd == 0
