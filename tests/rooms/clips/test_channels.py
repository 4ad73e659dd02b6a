"""A code in the bio proves a channel; what could not be read proves nothing."""

from datetime import timedelta

import pytest

from cliphaven.clips import queries, tasks
from cliphaven.clips.models import Channel, CheckOutcome, Lookup
from cliphaven.clips.operations import channels
from tests.people import ben, mallory
from tests.rooms.clips.outside import Account, an_account
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db


def added(account: Account, *, creator_id: int | None = None) -> Channel:
    channel_id = channels.add_channel(
        creator_id=creator_id or ben().id,
        platform=account.platform,
        profile=f"@{account.handle}",
        now=account.world.now(),
    )
    return Channel.objects.get(id=channel_id)


def checked(channel: Channel, world: SandboxWorld) -> CheckOutcome | None:
    outcome = channels.check_channel(channel_id=channel.id, now=world.now())
    channel.refresh_from_db()
    return outcome


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_the_code_in_the_bio_binds_the_channel_to_the_unchanging_author_id(world, platform):
    account = an_account(world, platform=platform)
    account.post()
    channel = added(account)
    account.write_bio(f"late light {channel.code.lower()} long miles")

    assert checked(channel, world) == CheckOutcome.CODE_FOUND
    assert (channel.state, channel.author_id) == ("verified", account.author_id)


def test_a_profile_without_the_code_is_a_failed_try_and_its_bio_is_kept(world):
    account = an_account(world, platform="instagram", bio="just runs")
    channel = added(account)

    assert checked(channel, world) == CheckOutcome.CODE_ABSENT
    assert (channel.state, channel.failed_tries, channel.bio_read) == ("unverified", 1, "just runs")


def test_a_profile_that_cannot_be_read_is_no_failed_try(world):
    account = an_account(world, platform="instagram")
    channel = added(account)
    world.fault("apify", "error_500", times=20)

    assert checked(channel, world) == CheckOutcome.COULD_NOT_READ
    assert (channel.failed_tries, channel.last_outcome) == (0, "could_not_read")


def test_a_profile_that_does_not_exist_is_no_failed_try(world):
    channel_id = channels.add_channel(
        creator_id=ben().id, platform="instagram", profile="nobody.here.at.all", now=world.now()
    )

    assert channels.check_channel(channel_id=channel_id, now=world.now()) == CheckOutcome.COULD_NOT_READ


def test_the_job_fails_when_the_profile_cannot_be_read_so_that_it_runs_again(world):
    channel = added(an_account(world, platform="instagram"))
    world.fault("apify", "error_500", times=20)

    with pytest.raises(tasks.ProfileNotRead):
        tasks.check_channel(channel_id=channel.id)


def test_a_channel_that_somebody_else_proved_is_refused_with_a_reason(world):
    account = an_account(world, platform="youtube")
    first = added(account)
    account.write_bio(first.code)
    checked(first, world)
    second = added(account, creator_id=mallory().id)
    account.write_bio(second.code)

    assert checked(second, world) == CheckOutcome.TAKEN
    [shown] = queries.channels_of(creator_id=mallory().id, now=world.now())
    assert "somebody else" in shown.sentence


def test_an_own_channel_under_a_new_handle_stays_one_channel(world):
    account = an_account(world, platform="youtube")
    first = added(account)
    account.write_bio(first.code)
    checked(first, world)
    account.take_handle(f"{account.handle}new")
    second_id = channels.add_channel(
        creator_id=ben().id, platform="youtube", profile=f"{account.handle}new", now=world.now()
    )
    account.write_bio(Channel.objects.get(id=second_id).code)

    assert channels.check_channel(channel_id=second_id, now=world.now()) == CheckOutcome.CODE_FOUND
    first.refresh_from_db()
    assert [channel.handle for channel in Channel.objects.all()] == [f"{account.handle}new"]


def test_an_expired_code_is_replaced_when_a_check_is_asked_for(world):
    channel = added(an_account(world))
    later = world.now() + timedelta(hours=24)

    assert channels.request_check(creator_id=ben().id, channel_id=channel.id, now=later) is False
    code = channel.code
    channel.refresh_from_db()
    assert (channel.code == code, channel.code_expires_at) == (False, later + timedelta(hours=24))


def test_a_profile_is_not_read_for_an_expired_code(world):
    channel = added(an_account(world))

    assert channels.check_channel(channel_id=channel.id, now=world.now() + timedelta(hours=25)) is None
    assert Lookup.objects.count() == 0


def test_the_tries_of_one_code_are_limited(world):
    channel = added(an_account(world))
    Channel.objects.update(failed_tries=10)

    with pytest.raises(channels.TooManyTries):
        channels.request_check(creator_id=ben().id, channel_id=channel.id, now=world.now())


def test_adding_the_same_channel_twice_keeps_its_code(world):
    account = an_account(world)
    first = added(account)

    again = channels.add_channel(
        creator_id=ben().id,
        platform="tiktok",
        profile=f"https://www.tiktok.com/@{account.handle.upper()}?lang=en",
        now=world.now(),
    )

    assert (again, Channel.objects.get().code) == (first.id, first.code)


def test_a_profile_of_another_platform_is_refused_in_words(world):
    with pytest.raises(channels.ProfileRefused, match="not on the platform you chose"):
        channels.add_channel(
            creator_id=ben().id, platform="youtube", profile="https://www.tiktok.com/@ben", now=world.now()
        )


def test_only_the_creator_may_ask_for_a_check(world):
    channel = added(an_account(world))

    with pytest.raises(channels.NoSuchChannel):
        channels.request_check(creator_id=mallory().id, channel_id=channel.id, now=world.now())
