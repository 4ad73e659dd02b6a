"""Polls: claimed once, matched by id, recorded as observations, and never turned against a clip by silence."""

import hashlib
import json
import threading
import zlib
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connections

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip, VendorPause
from cliphaven.tracking import queries
from cliphaven.tracking.models import Observation, TrackedClip, VendorCall
from cliphaven.tracking.operations import lifecycle, polling
from tests.people import a_campaign, ben
from tests.rooms.clips.outside import Account, an_account, proved
from tests.world import SandboxWorld

pytestmark = pytest.mark.usefixtures("world")


def approved(account: Account, campaign: Campaign, **options: Any) -> Clip:
    """A clip of Ben's on this account that counts, with a real video behind it."""
    now = account.world.now()
    channel = ben().channels.filter(author_id=account.author_id).first() or proved(account, ben(), at=now)
    video = account.post(**{"posted_at": (now - timedelta(hours=5)).isoformat(), "final_views": 8_000, **options})
    return Clip.objects.create(
        campaign=campaign,
        terms=campaign.terms.get(),
        creator=ben(),
        channel=channel,
        platform=account.platform,
        video_id=video["id"],
        canonical_url=video["url"],
        submitted_url=video["url"],
        posted_at=datetime.fromisoformat(video["posted_at"]),
        submitted_at=now,
        state="approved",
        author_checked_at=now,
        auto_approves_at=now + timedelta(hours=48),
        decided_at=now,
    )


def poll_at(moment: datetime) -> polling.Polled:
    """A poll during which no time passes."""
    return polling.poll_due(read_clock=lambda: moment)


def act(clip: Clip, world: SandboxWorld, action: str, **details: Any) -> dict[str, Any]:
    path = f"/control/audience/videos/{clip.platform}/{clip.video_id}"
    shown: dict[str, Any] = world.post(path, {"action": action, **details})
    return shown


def shown_views(clip: Clip, world: SandboxWorld) -> int:
    return int(world.http.get(f"/control/audience/videos/{clip.platform}/{clip.video_id}").json()["views"])


def tracked(clip: Clip) -> TrackedClip:
    return TrackedClip.objects.get(clip=clip)


@pytest.mark.django_db
@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_a_poll_keeps_what_the_platform_shows(world, platform):
    clip = approved(an_account(world, platform=platform), a_campaign())

    assert poll_at(world.now()) == polling.Polled(calls=1, asked=1, measured=1)

    views = shown_views(clip, world)
    state = tracked(clip)
    assert state.seen_observation is not None
    assert (state.views_seen, state.seen_observation.views, state.availability) == (views, views, "alive")
    assert state.due_at == world.now() + timedelta(hours=1)


@pytest.mark.django_db
def test_what_a_call_cost_and_said_is_kept(world):
    account, campaign = an_account(world), a_campaign()
    approved(account, campaign), approved(account, campaign)

    poll_at(world.now())

    call = VendorCall.objects.get()
    assert call.cost_microusd == 1_000 + 2 * 3_000
    assert (call.asked, call.measured, call.outcomes) == (2, 2, {"measured": 2})
    raw = zlib.decompress(bytes(call.raw_json or b""))
    assert (hashlib.sha256(raw).digest(), len(json.loads(raw))) == (bytes(call.raw_digest or b""), 2)


@pytest.mark.django_db
def test_thirty_clips_are_two_runs_of_at_most_25(world):
    account, campaign = an_account(world), a_campaign()
    for _ in range(30):
        approved(account, campaign)

    poll_at(world.now())

    assert sorted(VendorCall.objects.values_list("asked", "measured")) == [(5, 5), (25, 25)]


@pytest.mark.django_db
def test_every_round_of_a_poll_uses_the_moment_it_happens(world, monkeypatch):
    account, campaign = an_account(world), a_campaign()
    for _ in range(26):
        approved(account, campaign)
    # One call a round, and six minutes between two looks at the clock.
    monkeypatch.setattr(polling, "CALLS_AT_ONCE", 1)
    start, minutes = world.now(), count(step=6)

    polling.poll_due(read_clock=lambda: start + timedelta(minutes=next(minutes)))

    first, second = VendorCall.objects.order_by("id")
    assert first.ended_at
    assert second.ended_at
    assert start < first.started_at < first.ended_at < second.started_at < second.ended_at
    assert set(second.observations.values_list("observed_at", flat=True)) == {second.ended_at}


@pytest.mark.django_db
def test_one_dead_clip_does_not_hurt_the_other_24(world):
    account, campaign = an_account(world), a_campaign()
    clips = [approved(account, campaign, final_views=8_000 + number) for number in range(25)]
    act(clips[7], world, "delete")

    poll_at(world.now())

    assert VendorCall.objects.get().outcomes == {"measured": 24, "gone_hint": 1}
    for clip in clips[:7] + clips[8:]:
        assert tracked(clip).views_seen == shown_views(clip, world)
    assert (tracked(clips[7]).views_seen, tracked(clips[7]).availability) == (None, "unreachable")


@pytest.mark.django_db
@pytest.mark.parametrize("platform", ["tiktok", "youtube"])
def test_missing_data_never_overwrites_what_was_seen(world, platform):
    clip = approved(an_account(world, platform=platform), a_campaign())
    poll_at(world.now())
    before = tracked(clip).views_seen
    act(clip, world, "delete")

    poll_at(world.now() + timedelta(hours=1))

    assert before
    assert (tracked(clip).views_seen, tracked(clip).availability) == (before, "unreachable")
    assert Observation.objects.filter(clip=clip).count() == 1


@pytest.mark.django_db
def test_a_hidden_count_is_no_zero(world):
    clip = approved(an_account(world, platform="youtube"), a_campaign())
    act(clip, world, "hide_count")

    poll_at(world.now())

    assert (tracked(clip).views_seen, tracked(clip).last_outcome) == (None, "no_metric")


@pytest.mark.django_db
def test_a_clip_that_comes_back_is_alive_again(world):
    clip = approved(an_account(world), a_campaign())
    act(clip, world, "delete")
    poll_at(world.now())
    act(clip, world, "restore")

    poll_at(world.now() + timedelta(hours=1))

    assert (tracked(clip).availability, tracked(clip).failures) == ("alive", 0)


@pytest.mark.django_db
def test_a_dead_clip_is_asked_about_ever_less_often(world):
    clip = approved(an_account(world), a_campaign())
    act(clip, world, "delete")
    now, waits = world.now(), []
    for _ in range(4):
        poll_at(now)
        due_at = tracked(clip).due_at
        assert due_at is not None
        waits.append(due_at - now)
        now = due_at

    assert waits == [timedelta(hours=hours) for hours in (1, 2, 4, 8)]


@pytest.mark.django_db
def test_a_fall_of_more_than_20_percent_is_flagged_and_warned_of_and_not_believed(world, caplog):
    clip = approved(an_account(world), a_campaign())
    act(clip, world, "set_views", views=10_000)
    poll_at(world.now())
    act(clip, world, "set_views", views=7_900)
    poll_at(world.now() + timedelta(hours=1))

    [first, second] = queries.clip_history(clip.id)
    assert (first.believed, first.dropped) == (True, False)
    assert (second.views, second.believed, second.dropped) == (7_900, False, True)
    assert tracked(clip).views_seen == 10_000
    assert "from 10000 to 7900 views" in caplog.text


@pytest.mark.django_db
def test_a_fall_that_is_seen_twice_settles_and_what_was_seen_stays(world):
    clip = approved(an_account(world), a_campaign())
    for hours, views in enumerate((10_000, 7_900, 7_900)):
        act(clip, world, "set_views", views=views)
        poll_at(world.now() + timedelta(hours=hours))

    assert (tracked(clip).views_seen, tracked(clip).views_settled) == (10_000, 7_900)


@pytest.mark.django_db
def test_a_vendor_that_fails_frees_its_clips_for_later_and_says_nothing_about_them(world):
    clip = approved(an_account(world), a_campaign())
    world.fault("apify", "error_500", times=50)

    assert poll_at(world.now()) == polling.Polled(calls=1, asked=1, failed_calls=1)

    state = tracked(clip)
    assert (state.leased_until, state.due_at) == (None, world.now() + timedelta(minutes=10))
    assert (state.availability, Observation.objects.count()) == ("alive", 0)


@pytest.mark.django_db
def test_one_failing_vendor_does_not_stop_the_others(world):
    campaign = a_campaign()
    on_tiktok = approved(an_account(world), campaign)
    on_youtube = approved(an_account(world, platform="youtube"), campaign)
    world.fault("apify", "error_500", times=50)

    poll_at(world.now())

    assert (tracked(on_tiktok).views_seen, tracked(on_youtube).views_seen is None) == (None, False)


@pytest.mark.django_db
def test_a_run_whose_answer_was_lost_is_found_again_and_paid_for_once(world):
    approved(an_account(world), a_campaign())
    world.fault("apify", "drop_after_effect", path_prefix="/apify/v2/actors", times=1)

    assert poll_at(world.now()).measured == 1


@pytest.mark.django_db
def test_a_vendor_without_credit_is_left_alone_for_an_hour(world):
    campaign, now = a_campaign(), world.now()
    approved(an_account(world), campaign)
    an_hour_later = now + timedelta(hours=1)
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=now, ends_at=an_hour_later)

    assert poll_at(now).calls == 0
    assert queries.tracking_health(now=now).blocked_until == dict.fromkeys(("tiktok", "instagram"), an_hour_later)
    assert poll_at(now + timedelta(hours=1)).calls == 1


@pytest.mark.django_db
def test_a_leased_clip_is_not_polled_again_until_the_lease_is_over(world):
    clip = approved(an_account(world), a_campaign())
    lifecycle.start_tracking(now=world.now())
    TrackedClip.objects.update(leased_until=world.now() + polling.LEASE)

    assert poll_at(world.now()).calls == 0
    assert poll_at(world.now() + polling.LEASE).measured == 1
    assert tracked(clip).leased_until is None


@pytest.mark.django_db
def test_clips_of_a_campaign_without_money_are_not_polled_until_it_is_topped_up(world):
    clip = approved(an_account(world), a_campaign())
    lifecycle.start_tracking(now=world.now())
    Campaign.objects.update(state="completed", completed_at=world.now())

    assert poll_at(world.now()).calls == 0
    assert tracked(clip).due_at is None
    Campaign.objects.update(state="active", completed_at=None)
    assert poll_at(world.now()).measured == 1


@pytest.mark.django_db
def test_clips_of_a_campaign_without_money_are_not_polled_though_it_has_a_last_day(world):
    approved(an_account(world), a_campaign())
    Campaign.objects.update(state="completed", ends_on=world.now().date(), completed_at=world.now())

    assert poll_at(world.now()).calls == 0


@pytest.mark.django_db
def test_clips_of_a_paused_campaign_are_polled(world):
    approved(an_account(world), a_campaign())
    Campaign.objects.update(state="paused")

    assert poll_at(world.now()).measured == 1


@pytest.mark.django_db
def test_clips_of_a_campaign_whose_last_day_is_over_are_polled_until_it_is_closed(world):
    clip = approved(an_account(world), a_campaign())
    yesterday = world.now().date() - timedelta(days=1)
    Campaign.objects.update(state="completed", ends_on=yesterday, completed_at=world.now())

    assert poll_at(world.now()).measured == 1
    Campaign.objects.update(state="closed")
    assert poll_at(world.now() + timedelta(hours=1)).calls == 0
    assert tracked(clip).due_at is None


@pytest.mark.django_db
def test_a_clip_is_tracked_only_once_its_author_is_confirmed(world):
    approved(an_account(world), a_campaign())
    Clip.objects.update(author_checked_at=None)

    assert poll_at(world.now()).calls == 0


def test_two_pollers_at_once_never_take_the_same_clip(committed, world):
    account, campaign = an_account(world, platform="youtube"), a_campaign()
    for _ in range(60):
        approved(account, campaign)
    lifecycle.start_tracking(now=world.now())
    barrier, polled = threading.Barrier(2), []

    def poll() -> None:
        try:
            barrier.wait()
            polled.append(poll_at(world.now()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=poll) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one.asked for one in polled) == 60
    assert Observation.objects.count() == 60
    assert set(TrackedClip.objects.values_list("polls", flat=True)) == {1}


@pytest.mark.django_db
def test_raw_answers_are_forgotten_after_90_days_and_their_digests_stay(world):
    approved(an_account(world), a_campaign())
    poll_at(world.now())

    assert lifecycle.forget_raw_answers(now=world.now() + timedelta(days=90)) == 0
    assert lifecycle.forget_raw_answers(now=world.now() + timedelta(days=90, seconds=1)) == 1
    call = VendorCall.objects.get()
    assert (call.raw_json, call.raw_digest is None) == (None, False)
