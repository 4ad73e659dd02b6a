"""A code in the bio proves a channel; what could not be read proves nothing."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.clips import queries
from cliphaven.clips.models import Channel, ChannelCheck, CheckOutcome, Lookup
from cliphaven.clips.operations import channels, proving
from cliphaven.foundation import jobs
from cliphaven.foundation.transactions import sqlstate
from cliphaven.notifications.models import Message
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
    outcome = proving.check_channel(channel_id=channel.id, now=world.now())
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

    assert proving.check_channel(channel_id=channel_id, now=world.now()) == CheckOutcome.COULD_NOT_READ


def read_due(world: SandboxWorld) -> proving.Checked:
    return proving.check_due(read_clock=world.now)


def asked_for(channel: Channel, world: SandboxWorld) -> None:
    assert channels.request_check(creator_id=channel.creator_id, channel_id=channel.id, now=world.now())


def test_asking_for_a_look_puts_a_job_into_the_queue_of_channels(world):
    asked_for(added(an_account(world)), world)

    assert {line.queue: line.waiting for line in jobs.queue_health() if line.waiting} == {"channels": 1}


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_the_queue_reads_what_is_due_and_keeps_what_it_saw(world, platform):
    account = an_account(world, platform=platform)
    account.post()
    channel = added(account)
    account.write_bio(f"miles {channel.code}")
    asked_for(channel, world)

    assert read_due(world) == proving.Checked(proved=1, told=1)

    check = ChannelCheck.objects.get()
    assert (check.channel_id, check.outcome, check.author_id) == (channel.id, "code_found", account.author_id)
    assert (check.bio, check.code, check.checked_at) == (f"miles {channel.code}", channel.code, world.now())
    assert (len(bytes(check.raw_sha256)), platform in check.source or platform == "youtube") == (32, True)
    lookup = Lookup.objects.get()
    assert (lookup.run_id, lookup.cost_microusd) == (check.run_id, check.cost_microusd)
    assert read_due(world) == proving.Checked()


def test_a_profile_that_cannot_be_read_is_read_again_ever_later_and_by_itself(world):
    account = an_account(world, platform="instagram")
    channel = added(account)
    account.write_bio(channel.code)
    asked_for(channel, world)
    world.fault("apify", "error_500", times=6)

    pauses = []
    for _ in range(2):
        assert read_due(world) == proving.Checked(could_not_read=1)
        channel.refresh_from_db()
        pauses.append(channel.check_at - world.now())
        world.advance(seconds=pauses[-1].total_seconds())
    world.http.delete("/control/faults")

    assert pauses == [timedelta(minutes=1), timedelta(minutes=2)]
    assert read_due(world).proved == 1
    assert list(ChannelCheck.objects.order_by("id").values_list("outcome", flat=True)) == [
        "could_not_read",
        "could_not_read",
        "code_found",
    ]


def test_a_profile_that_cannot_be_read_is_not_paid_for_at_every_press_of_the_button(world):
    channel = added(an_account(world, platform="instagram"))
    asked_for(channel, world)
    Channel.objects.update(unread_checks=1, checked_at=world.now(), state="unverified")

    with pytest.raises(channels.TooManyTries, match="a moment ago"):
        asked_for(channel, world)
    world.advance(minutes=1)
    asked_for(channel, world)
    Channel.objects.update(unread_checks=12)
    with pytest.raises(channels.TooManyTries, match="12 times in a row"):
        asked_for(channel, world)


def test_nobody_reads_on_for_a_code_that_has_expired(world):
    channel = added(an_account(world))
    asked_for(channel, world)
    world.advance(hours=24)

    assert read_due(world) == proving.Checked()
    channel.refresh_from_db()
    assert (channel.state, channel.check_at, Lookup.objects.count()) == ("unverified", None, 0)


def test_a_channel_that_is_being_read_is_not_read_by_a_second_worker(world):
    asked_for(added(an_account(world)), world)
    now = world.now()

    assert proving._claim(now=now) is not None
    assert proving._claim(now=now) is None
    assert proving._claim(now=now + proving.LEASE) is not None  # its reader fell silent


def test_whoever_waits_for_a_proof_comes_before_channels_that_are_looked_at_again(world):
    _, proved = a_proved_channel(world, "youtube")
    waiting = added(an_account(world, platform="youtube"))
    world.advance(days=7)
    Channel.objects.filter(id=waiting.id).update(code_expires_at=world.now() + timedelta(hours=1))
    asked_for(waiting, world)

    claimed = [proving._claim(now=world.now()) for _ in range(3)]
    assert [channel and channel.id for channel in claimed] == [waiting.id, proved.id, None]


@pytest.mark.parametrize("statement", ["update clips_channelcheck set bio = ''", "delete from clips_channelcheck"])
def test_the_database_refuses_to_change_what_a_look_found(world, statement):
    checked(added(an_account(world, platform="youtube")), world)

    with transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError) as refusal:
            cursor.execute(statement)
        transaction.set_rollback(True)
    assert sqlstate(refusal.value) == "CA001"


def test_a_profile_on_tiktok_needs_a_public_video_and_the_page_says_so_beforehand(world):
    channel = added(an_account(world))
    [shown] = queries.channels_of(creator_id=ben().id, now=world.now())

    assert "public video" in shown.beforehand
    assert checked(channel, world) == CheckOutcome.COULD_NOT_READ  # there is none


def a_proved_channel(world: SandboxWorld, platform: str) -> tuple[Account, Channel]:
    account = an_account(world, platform=platform)
    account.post()
    channel = added(account)
    account.write_bio(channel.code)
    assert checked(channel, world) == CheckOutcome.CODE_FOUND
    return account, channel


def looked_at_again(channel: Channel, world: SandboxWorld) -> datetime:
    """The world goes on to the channel's next look, and it is made; answers when the one after that is."""
    channel.refresh_from_db()
    world.advance(seconds=(channel.check_at - world.now()).total_seconds())
    read_due(world)
    channel.refresh_from_db()
    assert channel.check_at is not None
    return channel.check_at


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_a_proved_channel_is_looked_at_again_every_week(world, platform):
    _, channel = a_proved_channel(world, platform)

    assert looked_at_again(channel, world) == world.now() + timedelta(days=7)
    assert ChannelCheck.objects.latest("id").outcome == "kept"
    assert (channel.state, channel.trouble) == ("verified", "")


def test_a_youtube_channel_is_found_by_its_id_under_its_new_name(world):
    account, channel = a_proved_channel(world, "youtube")
    account.take_handle(f"{account.handle}new")

    looked_at_again(channel, world)

    assert (channel.handle, channel.trouble) == (f"{account.handle}new", "")


def test_a_handle_that_passed_to_somebody_else_is_flagged_once_and_stops_nothing(world):
    account, channel = a_proved_channel(world, "instagram")
    old = account.handle
    account.take_handle(f"{old}new")
    an_account(world, platform="instagram").take_handle(old)

    looked_at_again(channel, world)
    looked_at_again(channel, world)

    assert (channel.state, channel.trouble, channel.author_id) == ("verified", "handle_passed_on", account.author_id)
    [message] = Message.objects.filter(user=ben(), key__startswith="channel:")
    assert "nothing you earned is touched" in message.text
    [shown] = queries.channels_of(creator_id=ben().id, now=world.now())
    assert "another account" in shown.trouble


def test_a_channel_that_vanished_is_flagged_after_three_looks_on_different_days_and_comes_back(world):
    account, channel = a_proved_channel(world, "instagram")
    name = account.handle
    account.take_handle(f"{name}away")

    troubles = []
    for _ in range(4):
        looked_at_again(channel, world)
        troubles.append(channel.trouble)
    account.take_handle(name)
    looked_at_again(channel, world)

    assert troubles == ["", "", "not_found", "not_found"]
    assert (channel.trouble, channel.unread_checks) == ("", 0)
    assert Message.objects.filter(key__startswith="channel:").count() == 1


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

    assert proving.check_channel(channel_id=second_id, now=world.now()) == CheckOutcome.CODE_FOUND
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

    assert proving.check_channel(channel_id=channel.id, now=world.now() + timedelta(hours=25)) is None
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


def test_what_a_job_leaves_is_gone_on_with_by_the_next(world):
    for _ in range(proving.LOOKS_A_JOB + 1):
        Channel.objects.filter(id=added(an_account(world, platform="youtube")).id).update(check_at=world.now())

    assert read_due(world).told == proving.LOOKS_A_JOB
    assert {line.queue: line.waiting for line in jobs.queue_health() if line.waiting} == {"channels": 1}
    assert read_due(world).told == 1
