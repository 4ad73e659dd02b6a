"""A vendor that will not serve us is asked nothing by anybody, and nobody is worse off for having waited."""

from datetime import timedelta

import pytest
from django.db import transaction

from cliphaven.clips.models import Channel, Clip, Lookup, PauseReason, Vendor, VendorPause
from cliphaven.clips.operations import channels, inspection, pauses, proving
from cliphaven.clips.queries import pauses as paused
from cliphaven.clips.queries.channels import channels_of
from tests.people import MONDAY, a_campaign, ben
from tests.rooms.clips.outside import Account, an_account, proved
from tests.rooms.clips.test_inspection import submitted
from tests.rooms.tracking.test_polling import approved, poll_at
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def waiting_proof(account: Account) -> Channel:
    """A channel whose code its creator has put into the bio."""
    now = account.world.now()
    channel_id = channels.add_channel(
        creator_id=ben().id, platform=account.platform, profile=f"@{account.handle}", now=now
    )
    channel = Channel.objects.get(id=channel_id)
    account.write_bio(channel.code)
    channels.request_check(creator_id=ben().id, channel_id=channel_id, now=now)
    return channel


def out_of_credit(world: SandboxWorld, *, times: int) -> None:
    world.fault("apify", "out_of_credit_402", path_prefix="/apify/v2/actors", method="POST", times=times)


def check(at):
    return proving.check_due(read_clock=lambda: at)


def test_a_poll_that_is_refused_for_credit_stops_profiles_and_first_looks_too(world):
    account, now = an_account(world), world.now()
    approved(account, a_campaign())
    channel = waiting_proof(an_account(world, platform="instagram"))
    clip = submitted(account, account.post()["url"])
    out_of_credit(world, times=1)
    assert poll_at(now).failed_calls == 1

    check(now), inspection.inspect_due(read_clock=lambda: now)

    channel.refresh_from_db(), clip.refresh_from_db()
    assert not Lookup.objects.exists()
    assert (channel.state, channel.unread_checks, clip.inspections) == ("checking", 0, 0)
    later = now + HOUR
    assert (check(later).proved, inspection.inspect_due(read_clock=lambda: later).confirmed) == (1, 1)


def test_a_profile_that_is_refused_for_credit_stops_polls_and_is_no_look(world):
    now = world.now()
    approved(an_account(world), a_campaign())
    channel = waiting_proof(an_account(world, platform="instagram"))
    out_of_credit(world, times=1)

    assert check(now) == proving.Checked()

    channel.refresh_from_db()
    assert (channel.state, channel.unread_checks, channel.checked_at) == ("checking", 0, None)
    assert poll_at(now).calls == 0
    assert (check(now + HOUR).proved, poll_at(now + HOUR).calls) == (1, 1)


def test_a_first_look_that_is_refused_gives_its_clips_back_as_they_were(world):
    account, now = an_account(world, platform="youtube"), world.now()
    proved(account, ben(), at=now)
    clip = submitted(account, account.post()["url"])
    world.fault("youtube", "quota_exceeded_403", method="GET", times=1)

    inspection.inspect_due(read_clock=lambda: now)

    clip.refresh_from_db()
    assert (clip.inspections, clip.inspect_at) == (0, now)
    [pause] = paused.pauses(now=now)
    assert (pause.label, pause.because, pause.platforms) == ("YouTube", "its quota is used up", ("youtube",))
    assert pause.ends_at.hour == 8
    assert inspection.inspect_due(read_clock=lambda: pause.ends_at).confirmed == 1


def test_a_creator_is_told_until_when_nobody_can_look(world):
    now = world.now()
    channel = waiting_proof(an_account(world, platform="instagram"))
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=now, ends_at=now + HOUR)

    [told] = channels_of(creator_id=channel.creator_id, now=now)

    assert (told.next_check_at, told.tries_left) == (now + HOUR, 10)
    assert told.sentence.startswith(
        f"Profiles on this platform cannot be read before {now + HOUR:%a %d %b, %H:%M} UTC."
    )


def test_another_vendor_goes_on(world):
    account, now = an_account(world, platform="youtube"), world.now()
    channel = waiting_proof(account)
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=now, ends_at=now + HOUR)

    check(now)

    channel.refresh_from_db()
    assert channel.state == "verified"


def test_a_spent_budget_lets_those_pass_whom_somebody_waits_for(world):
    account, now = an_account(world), world.now()
    looked_at_weekly = proved(account, ben(), at=now)
    Channel.objects.filter(id=looked_at_weekly.id).update(check_at=now)
    clip = submitted(account, account.post()["url"])
    waiting = waiting_proof(an_account(world, platform="instagram"))
    approved(an_account(world), a_campaign())
    VendorPause.objects.create(vendor="apify", reason="budget", begun_at=now, ends_at=now + HOUR)

    assert (check(now).proved, inspection.inspect_due(read_clock=lambda: now).confirmed) == (1, 1)
    assert poll_at(now).calls == 0

    looked_at_weekly.refresh_from_db(), waiting.refresh_from_db()
    assert (looked_at_weekly.checked_at, waiting.state) == (None, "verified")
    assert Clip.objects.get(id=clip.id).author_checked_at == now


def test_a_pause_that_is_said_again_keeps_its_beginning_and_the_later_end():
    def begin(at, ends_at):
        with transaction.atomic():
            pauses.begin(vendor=Vendor.APIFY, reason=PauseReason.CREDIT, ends_at=ends_at, now=at)

    begin(MONDAY, MONDAY + HOUR)
    begin(MONDAY + HOUR / 2, MONDAY + HOUR * 3 / 2)
    pause = VendorPause.objects.get()
    assert (pause.begun_at, pause.ends_at) == (MONDAY, MONDAY + HOUR * 3 / 2)

    begin(MONDAY + HOUR * 5, MONDAY + HOUR * 6)
    pause.refresh_from_db()
    assert (pause.begun_at, pause.ends_at) == (MONDAY + HOUR * 5, MONDAY + HOUR * 6)
