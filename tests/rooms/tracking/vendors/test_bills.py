"""One row for every run that was paid for, with what it really cost, whatever became of its answer."""

import os
from datetime import datetime, timedelta
from typing import Any

import pytest

from cliphaven.clips.models import Clip, Lookup
from cliphaven.clips.operations import asking
from cliphaven.providers import apify
from cliphaven.providers.readings import RequestedClip
from cliphaven.tracking.models import VendorBill, VendorCall
from cliphaven.tracking.operations import billing
from cliphaven.tracking.queries import bills
from tests.people import a_campaign
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved, poll_at
from tests.world import SandboxWorld

pytestmark = pytest.mark.django_db


@pytest.fixture
def next_night(world: SandboxWorld) -> datetime:
    """A day of its own for the test: the world's vendor remembers what other tests have paid for."""
    world.advance(days=2)
    return world.now() + timedelta(days=1)


def settled(world: SandboxWorld, night: datetime) -> VendorBill:
    """The bill of the day that the world's moment is in."""
    return billing.settle_bill(now=night)


def runs(world: SandboxWorld, *, since: datetime) -> list[dict[str, Any]]:
    """What the vendor itself lists from that moment on."""
    answer = world.http.get(
        "/apify/v2/actor-runs",
        params={"startedAfter": since.isoformat()},
        headers={"Authorization": f"Bearer {os.environ['APIFY_TOKEN']}"},
    )
    items: list[dict[str, Any]] = answer.json()["data"]["items"]
    return items


def test_a_day_that_was_written_down_agrees_with_the_bill(world: SandboxWorld, next_night: datetime) -> None:
    account, campaign = an_account(world), a_campaign()
    approved(account, campaign), approved(account, campaign)
    poll_at(world.now())

    bill = settled(world, next_night)

    assert (bill.runs, bill.mended, bill.added, bill.strange) == (1, 0, 0, 0)
    assert bill.billed_microusd == bill.booked_microusd == 1_000 + 2 * 3_000
    assert bill.difference_microusd == 0
    assert bills.latest()[0] == bill


def test_what_was_thought_to_cost_something_else_is_put_right(world: SandboxWorld, next_night: datetime) -> None:
    approved(an_account(world), a_campaign())
    poll_at(world.now())
    VendorCall.objects.update(cost_microusd=7)

    assert settled(world, next_night).mended == 1
    assert VendorCall.objects.get().cost_microusd == 4_000


def test_a_run_whose_answer_was_lost_for_good_is_found_by_its_tag_and_billed(
    world: SandboxWorld, next_night: datetime
) -> None:
    approved(an_account(world), a_campaign())
    # Neither the start is heard of nor can anybody look for the run.
    world.fault("apify", "drop_after_effect", path_prefix="/v2/actors")
    world.fault("apify", "error_500", method="GET", times=6)
    poll_at(world.now())
    world.http.delete("/control/faults").raise_for_status()
    call = VendorCall.objects.get()
    assert (call.run_id, call.cost_microusd, bool(call.failure)) == ("", 0, True)

    bill = settled(world, next_night)

    call.refresh_from_db()
    assert (bill.added, call.cost_microusd, call.run_id) == (1, 4_000, runs(world, since=world.now())[0]["id"])


def test_a_second_run_that_was_paid_for_one_call_has_a_row_of_its_own(
    world: SandboxWorld, next_night: datetime
) -> None:
    clip = approved(an_account(world), a_campaign())
    poll_at(world.now())
    call = VendorCall.objects.get()
    requested = [apify_clip(clip)]
    apify.fetch_clips("tiktok", requested, f"poll-call-{call.id}")

    bill = settled(world, next_night)

    second = VendorCall.objects.exclude(id=call.id).get()
    assert (second.asked, second.cost_microusd, second.failure[:10]) == (0, 4_000, "unrecorded")
    assert (bill.booked_microusd, bill.difference_microusd) == (8_000, 0)


def test_runs_of_look_ups_are_billed_as_well(world: SandboxWorld, next_night: datetime) -> None:
    account = an_account(world, bio="hello")
    clip = approved(account, a_campaign())
    unheard = Lookup.objects.create(platform="tiktok", subject="clips", asked=1, asked_at=world.now())
    apify.fetch_clips("tiktok", [apify_clip(clip)], f"inspection-{unheard.id}")
    asking.read_profile(platform="tiktok", name=account.handle)

    bill = settled(world, next_night)

    unheard.refresh_from_db()
    profile = Lookup.objects.exclude(id=unheard.id).get()
    assert (bill.added, unheard.cost_microusd) == (2, 4_000)
    assert (profile.subject, profile.platform, profile.cost_microusd) == ("profile", "tiktok", 4_000)
    assert bill.difference_microusd == 0


def test_runs_that_are_none_of_ours_are_counted_and_not_taken_for_ours(
    world: SandboxWorld, next_night: datetime
) -> None:
    clip = approved(an_account(world), a_campaign())
    stranger = apify.Apify(token=os.environ["APIFY_TOKEN"], base=f"{world.url}/apify")
    stranger.fetch_clips("tiktok", [apify_clip(clip)], "somebody-else")

    bill = settled(world, next_night)

    assert (bill.strange, bill.strange_microusd, bill.added) == (1, 4_000, 0)
    assert (bill.booked_microusd, bill.difference_microusd) == (0, 0)


def test_the_month_so_far_is_compared_as_a_whole(world: SandboxWorld, next_night: datetime) -> None:
    approved(an_account(world), a_campaign())
    poll_at(world.now())

    bill = settled(world, next_night)

    assert bill.month_begins_on == world.now().date().replace(day=1)
    # Other tests' runs are on the same account, and in no table of this one.
    assert bill.month_billed_microusd >= bill.month_booked_microusd == 4_000
    assert bill.month_difference_microusd == bill.month_billed_microusd - 4_000


def test_a_bill_that_is_read_twice_is_one_row(world: SandboxWorld, next_night: datetime) -> None:
    approved(an_account(world), a_campaign())
    poll_at(world.now())

    assert [settled(world, next_night).id for _ in range(2)] == [VendorBill.objects.get().id] * 2


def apify_clip(clip: Clip) -> RequestedClip:
    return RequestedClip(platform="tiktok", video_id=clip.video_id, url=clip.canonical_url)
