"""Every pasted link becomes a clip or a refusal that says what to do."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from cliphaven.campaigns.operations import campaigns
from cliphaven.campaigns.queries import CampaignNotOpen
from cliphaven.campaigns.rules import TermsDraft
from cliphaven.clips.models import Clip
from cliphaven.clips.operations import submission
from cliphaven.foundation import jobs
from tests.people import a_campaign, a_user, adas_organisation, ben
from tests.rooms.clips.outside import Account, an_account, proved
from tests.world import SandboxWorld


def submitted(world: SandboxWorld, text: str, *, campaign_id: int) -> list[submission.LineResult]:
    return submission.submit_clips(creator_id=ben().id, campaign_id=campaign_id, text=text, now=world.now())


@pytest.mark.django_db
def test_a_clip_is_pinned_to_its_terms_and_waits_for_review(world):
    campaign, account = a_campaign(), an_account(world)
    channel, video = proved(account, ben(), at=world.now()), account.post()

    [result] = submitted(world, video["url"], campaign_id=campaign.id)

    clip = Clip.objects.get(id=result.clip_id)
    assert (clip.video_id, clip.channel, clip.state) == (video["id"], channel, "pending")
    assert (clip.terms.campaign_id, clip.auto_approves_at) == (campaign.id, world.now() + timedelta(hours=48))


@pytest.mark.django_db
def test_a_submission_asks_for_one_inspection(world):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())

    submitted(world, f"{account.post()['url']}\n{account.post()['url']}", campaign_id=campaign.id)

    [scraping] = [line for line in jobs.queue_health() if line.queue == "scraping"]
    assert scraping.waiting == 1


@pytest.mark.django_db
@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_a_share_link_is_followed_to_the_clip(world, platform):
    campaign, account = a_campaign(), an_account(world, platform=platform)
    proved(account, ben(), at=world.now())
    video = account.post()

    [result] = submitted(world, video["short_url"], campaign_id=campaign.id)

    assert (result.state, Clip.objects.get().video_id) == ("accepted", video["id"])


@pytest.mark.django_db
def test_an_expired_link_is_refused_in_words(world):
    campaign = a_campaign()

    [result] = submitted(world, "https://vm.tiktok.com/ZGoneGone/", campaign_id=campaign.id)

    assert (result.state, result.code) == ("refused", "dead_link")
    assert "copy its full address" in result.sentence


@pytest.mark.django_db
def test_one_bad_line_does_not_hurt_the_others(world):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())
    good = account.post()["url"]

    results = submitted(world, f"hello\n\n{good}\nhttps://example.com/x", campaign_id=campaign.id)

    assert [result.state for result in results] == ["refused", "accepted", "refused"]


@pytest.mark.django_db
def test_lines_beyond_the_fiftieth_are_refused(world):
    campaign = a_campaign()

    results = submitted(world, "\n".join(["x"] * 51), campaign_id=campaign.id)

    assert [result.code for result in results].count("too_many_lines") == 1


@pytest.mark.django_db
def test_without_a_proved_channel_nothing_is_taken(world):
    campaign = a_campaign()

    [result] = submitted(world, an_account(world).post()["url"], campaign_id=campaign.id)

    assert result.code == "no_channel"


@pytest.mark.django_db
def test_a_clip_of_another_handle_is_refused(world):
    campaign = a_campaign()
    proved(an_account(world), ben(), at=world.now())

    [result] = submitted(world, an_account(world).post()["url"], campaign_id=campaign.id)

    assert result.code == "not_your_channel"


@pytest.mark.django_db
def test_a_platform_without_a_rate_is_refused(world):
    campaign, account = a_campaign(terms=TermsDraft(cpm_minor={"youtube": 150})), an_account(world)
    proved(account, ben(), at=world.now())

    [result] = submitted(world, account.post()["url"], campaign_id=campaign.id)

    assert result.code == "platform_not_paid"


@pytest.mark.django_db
def test_a_clip_whose_id_is_too_old_is_refused_without_asking_anybody(world):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())
    old = account.post(posted_at=(world.now() - timedelta(days=7 + 3)).isoformat())

    [result] = submitted(world, old["url"], campaign_id=campaign.id)

    assert result.code == "too_old"


@pytest.mark.django_db
def test_the_same_clip_by_another_address_is_a_duplicate(world):
    campaign, account = a_campaign(), an_account(world)
    proved(account, ben(), at=world.now())
    video = account.post()

    results = submitted(world, f"{video['url']}\n{video['short_url']}", campaign_id=campaign.id)

    assert [result.state for result in results] == ["accepted", "duplicate"]
    assert results[1].sentence == "You have submitted this clip already."


@pytest.mark.django_db
def test_a_paused_campaign_takes_nothing(world):
    campaign = a_campaign()
    campaigns.pause_campaign(campaign_id=campaign.id, organisation_id=adas_organisation().id, now=world.now())

    with pytest.raises(CampaignNotOpen):
        submitted(world, "https://youtu.be/dQw4w9WgXcQ", campaign_id=campaign.id)


def test_of_two_creators_who_submit_a_clip_at_the_same_moment_one_is_told(committed, world):
    campaign, account = a_campaign(), an_account(world, platform="youtube")
    creators = [ben(), a_user("Eve")]
    for creator in creators:
        proved(an_account(world, platform="youtube"), creator, at=world.now())
    url = account.post()["url"]
    barrier, states = threading.Barrier(2), []

    def submit(creator_id: int) -> None:
        barrier.wait()
        [result] = submission.submit_clips(creator_id=creator_id, campaign_id=campaign.id, text=url, now=world.now())
        states.append(result.state)

    together([lambda creator=creator: submit(creator.id) for creator in creators])

    assert sorted(states) == ["accepted", "duplicate"]
    assert Clip.objects.count() == 1


def together(works: list[Callable[[], None]]) -> None:
    def run(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def spellings(account: Account, video: dict[str, str]) -> list[str]:
    """The same video under addresses that people paste."""
    number = video["id"]
    match account.platform:
        case "tiktok":
            return [
                f"https://www.tiktok.com/@{account.handle.upper()}/photo/{number}",
                f"https://www.tiktok.com/@/video/{number}?_r=1",
                f"https://m.tiktok.com/v/{number}.html",
                f"tiktok.com/embed/v2/{number}",
                video["short_url"],
            ]
        case "instagram":
            return [
                f"https://www.instagram.com/{account.handle}/reel/{number}/",
                f"https://www.instagram.com/reels/{number}",
                f"http://instagr.am/p/{number}/?igsh=x",
                video["short_url"],
            ]
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(number[-1])
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + 1]
    return [
        f"https://youtu.be/{number[:-1]}{other}",
        f"https://www.youtube.com/shorts/{number}",
        f"https://music.youtube.com/watch?v={number}&v=other",
        f"https://www.youtube-nocookie.com/embed/{number}",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_every_spelling_of_a_clip_is_the_same_clip(world, platform):
    campaign, account = a_campaign(), an_account(world, platform=platform)
    proved(account, ben(), at=world.now())
    video = account.post()

    results = submitted(world, "\n".join([video["url"], *spellings(account, video)]), campaign_id=campaign.id)

    assert [result.code for result in results[1:]] == ["already_submitted"] * (len(results) - 1)
    assert (results[0].state, Clip.objects.count()) == ("accepted", 1)
