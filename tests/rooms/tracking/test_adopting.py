"""What was paid for is read: runs whose poller died, or was not patient enough."""

from datetime import datetime, timedelta

import pytest

from cliphaven.clips.models import Clip, Vendor
from cliphaven.clips.operations import asking
from cliphaven.tracking.models import Observation, TrackedClip, VendorCall
from cliphaven.tracking.operations import adopting, lifecycle, polling
from tests.people import a_campaign
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved, poll_at, tracked
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db


def died_after_asking(world: SandboxWorld, *, answered: bool = True) -> VendorCall:
    """A poller that claimed what was due, asked, and was gone before it could record the answer."""
    lifecycle.start_tracking(now=world.now())
    [batch] = polling._claim(now=world.now(), vendor=Vendor.APIFY)
    if answered:
        asking.read_clips(platform="tiktok", requested=batch.requested, tag=batch.call.tag)
    return batch.call


def adopted_at(moment: datetime) -> int:
    return adopting.adopt_lost(read_clock=lambda: moment, lease=polling.LEASE)


def test_a_run_whose_poller_died_is_recorded_once_its_lease_is_over_and_paid_for_once(world):
    clip = approved(an_account(world), a_campaign())
    call = died_after_asking(world)

    assert adopted_at(world.now() + polling.LEASE - timedelta(seconds=1)) == 0
    assert poll_at(world.now() + polling.LEASE).calls == 0

    call.refresh_from_db()
    assert (call.measured, call.cost_microusd) == (1, 1_000 + 3_000)
    reading = Observation.objects.get(clip=clip)
    assert (reading.call_id, reading.observed_at) == (call.id, world.now())  # when the run ended
    assert tracked(clip).leased_until is None


def test_a_call_that_was_never_made_sets_its_clips_free(world):
    clip = approved(an_account(world), a_campaign())
    call = died_after_asking(world, answered=False)

    assert adopted_at(world.now() + polling.LEASE) == 1

    call.refresh_from_db()
    assert (call.failure[:4], call.cost_microusd) == ("lost", 0)
    assert (tracked(clip).leased_until, Observation.objects.count()) == (None, 0)


def test_of_a_run_whose_clips_were_asked_about_again_only_the_bill_is_kept(world):
    clip = approved(an_account(world), a_campaign())
    call = died_after_asking(world)
    TrackedClip.objects.update(leased_until=None)

    assert adopted_at(world.now() + polling.LEASE) == 1

    call.refresh_from_db()
    assert (call.cost_microusd, call.measured, call.ended_at is None) == (4_000, 0, False)
    assert not Observation.objects.filter(clip=clip).exists()


def test_who_comes_second_finds_nothing_to_do(world):
    approved(an_account(world), a_campaign())
    died_after_asking(world)

    assert [adopted_at(world.now() + polling.LEASE) for _ in range(2)] == [1, 0]
    assert Observation.objects.count() == 1


def test_a_run_that_cannot_be_read_yet_is_tried_again_and_given_up_after_a_day(world):
    approved(an_account(world), a_campaign())
    call = died_after_asking(world)
    world.fault("apify", "error_500", method="GET", times=100)

    assert adopted_at(world.now() + polling.LEASE) == 0
    assert adopted_at(world.now() + adopting.LOOKED_FOR) == 1
    call.refresh_from_db()
    assert call.failure
    assert Clip.objects.get().tracked.leased_until is None


def test_one_run_that_cannot_be_read_keeps_no_other_from_being_adopted(world):
    for _ in range(2):
        approved(an_account(world), a_campaign())
        died_after_asking(world)
    first, second = VendorCall.objects.order_by("started_at", "id")
    world.fault("apify", "error_500", method="GET", times=3)  # as often as a call is made before it is given up for now

    adopted_at(world.now() + polling.LEASE)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.ended_at, second.measured) == (None, 1)


def test_an_answer_of_youtube_that_nobody_kept_is_lost(world):
    clip = approved(an_account(world, platform="youtube"), a_campaign())
    lifecycle.start_tracking(now=world.now())
    polling._claim(now=world.now(), vendor=Vendor.YOUTUBE)

    assert adopted_at(world.now() + polling.LEASE) == 1
    assert (VendorCall.objects.get().failure[:4], tracked(clip).failures) == ("lost", 1)
