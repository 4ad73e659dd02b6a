"""The platform says who made a clip; until it does, nothing is held against anybody."""

from datetime import timedelta

import pytest

from cliphaven.clips.models import Clip, Lookup
from cliphaven.clips.operations import inspection, submission
from cliphaven.notifications.models import Message
from tests.people import a_campaign, ben
from tests.rooms.clips.outside import Account, an_account, proved
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db


def submitted(account: Account, url: str) -> Clip:
    [result] = submission.submit_clips(
        creator_id=ben().id, campaign_id=a_campaign().id, text=url, now=account.world.now()
    )
    assert result.clip_id is not None, result.sentence
    return Clip.objects.get(id=result.clip_id)


def inspected(clip: Clip, world: SandboxWorld) -> Clip:
    inspection.inspect_due(now=world.now())
    clip.refresh_from_db()
    return clip


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_the_author_is_confirmed_by_the_unchanging_id(world, platform):
    account = an_account(world, platform=platform)
    channel = proved(account, ben(), at=world.now())
    clip = inspected(submitted(account, account.post()["url"]), world)

    assert (clip.author_checked_at, clip.channel, clip.state) == (world.now(), channel, "pending")
    assert (clip.caption, clip.posted_at is not None) == ("On the trail", True)


def test_a_clip_of_somebody_else_goes_back_with_a_reason(world):
    mine, theirs = an_account(world, platform="youtube"), an_account(world, platform="youtube")
    proved(mine, ben(), at=world.now())
    clip = inspected(submitted(mine, theirs.post()["url"]), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "not_your_channel")
    assert Message.objects.get(user=ben()).text.endswith("or submit your own clip.")


def test_a_post_made_together_counts_for_the_co_author(world):
    mine, theirs = an_account(world, platform="instagram"), an_account(world, platform="instagram")
    channel = proved(mine, ben(), at=world.now())
    clip = inspected(submitted(mine, theirs.post(coauthors=[mine.handle])["url"]), world)

    assert (clip.author_checked_at, clip.channel) == (world.now(), channel)


def test_the_channel_that_made_the_clip_becomes_its_channel(world):
    first, second = an_account(world, platform="youtube"), an_account(world, platform="youtube")
    made_by = proved(first, ben(), at=world.now())
    proved(second, ben(), at=world.now() + timedelta(seconds=1))

    assert inspected(submitted(first, first.post()["url"]), world).channel == made_by


def test_a_picture_goes_back_because_it_has_no_view_count(world):
    account = an_account(world, platform="instagram")
    proved(account, ben(), at=world.now())
    clip = inspected(submitted(account, account.post(kind="image")["url"]), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "no_view_count")


def test_an_old_clip_goes_back(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    old = account.post(posted_at=(world.now() - timedelta(days=8)).isoformat())
    clip = inspected(submitted(account, old["url"]), world)

    assert (clip.state, clip.decision_code) == ("needs_fix", "too_old")


def test_a_clip_that_cannot_be_read_is_asked_about_again_and_not_refused(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    clip = submitted(account, account.post()["url"])
    world.fault("youtube", "error_500", method="GET", times=20)
    inspected(clip, world)

    assert (clip.state, clip.author_checked_at) == ("pending", None)
    assert clip.inspect_at == world.now() + timedelta(minutes=10)
    assert Lookup.objects.get().failure


def test_a_clip_that_came_back_is_confirmed_by_a_later_look(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    video = account.post()
    clip = submitted(account, video["url"])
    world.post(f"/control/audience/videos/youtube/{video['id']}", {"action": "delete"})
    inspected(clip, world)
    world.post(f"/control/audience/videos/youtube/{video['id']}", {"action": "restore"})
    inspection.inspect_due(now=world.now() + timedelta(minutes=10))

    clip.refresh_from_db()
    assert (clip.author_checked_at is not None, clip.inspections) == (True, 2)


def test_many_clips_are_asked_about_in_one_run(world):
    account, campaign = an_account(world), a_campaign()
    proved(account, ben(), at=world.now())
    links = "\n".join(account.post()["url"] for _ in range(3))
    submission.submit_clips(creator_id=ben().id, campaign_id=campaign.id, text=links, now=world.now())

    inspection.inspect_due(now=world.now())

    [lookup] = Lookup.objects.all()
    assert (lookup.asked, lookup.cost_microusd) == (3, 1_000 + 3 * 3_000)


def test_a_confirmed_clip_is_not_asked_about_again(world):
    account = an_account(world, platform="youtube")
    proved(account, ben(), at=world.now())
    inspected(submitted(account, account.post()["url"]), world)

    assert inspection.inspect_due(now=world.now() + timedelta(days=1)) == inspection.Inspected()
