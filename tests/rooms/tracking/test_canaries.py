"""Canaries: a call whose control video is wrong is kept and not believed, and nothing about its clips moves."""

from datetime import datetime, timedelta

import pytest

from cliphaven.clips.models import Clip
from cliphaven.identity.models import User
from cliphaven.tracking.models import Canary, CanaryReading, Observation, Purge, TrackedClip, TrackingAct, VendorCall
from cliphaven.tracking.operations import acts, canaries, polling, recording
from cliphaven.tracking.rules.canaries import KnownCount, Verdict, judge
from simulator.outside import OutsideWorld
from tests.people import MONDAY, a_campaign, an_approved_clip, ben, dot
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.answers import Said, answer, followed, polled
from tests.rooms.tracking.test_polling import act, approved, poll_at

pytestmark = pytest.mark.django_db
OLD = "7000000000000099999"
HOUR = timedelta(hours=1)


def a_canary(views: int = 50_000, *, platform: str = "tiktok") -> Canary:
    return Canary.objects.create(
        platform=platform,
        video_id=OLD,
        url=f"https://www.tiktok.com/@old/video/{OLD}",
        views=views,
        known_at=MONDAY,
        added_because="its count has not moved for a year",
        added_at=MONDAY,
    )


def answered(clip: Clip, said: Said, *, canary: Canary, canary_said: Said | None, at: datetime) -> VendorCall:
    """A call about one clip, with a canary beside it, of which the answer may say nothing."""
    followed(clip, at=at)
    call = VendorCall.objects.create(
        platform="tiktok", source="test", asked=1, clip_ids=[clip.id], canary_ids=[canary.id], started_at=at
    )
    polls = [polled("tiktok", clip.video_id, said)]
    if canary_said is not None:
        polls.append(polled("tiktok", canary.video_id, canary_said))
    recording.record_answer(call=call, clip_ids=[clip.id], answer=answer(polls), now=at)
    return VendorCall.objects.get(id=call.id)


def state(clip: Clip) -> tuple[object, ...]:
    """All that is believed of a clip."""
    tracked = TrackedClip.objects.get(clip=clip)
    return (
        tracked.views_seen,
        tracked.views_settled,
        tracked.fallen_to,
        tracked.measured_at,
        tracked.seen_observation_id,
        tracked.availability,
        tracked.failures,
        tracked.log_rate,
    )


@pytest.mark.parametrize("said", [400, 9_000, "missing", "gone_hint"])
def test_nothing_of_a_call_with_a_wrong_canary_is_believed_and_its_readings_are_kept(said):
    clip, canary = an_approved_clip(a_campaign()), a_canary()
    answered(clip, 4_000, canary=canary, canary_said=50_000, at=MONDAY)
    before = state(clip)

    said = said if isinstance(said, int) else polled("tiktok", "1", 1).outcome.__class__(said)
    call = answered(clip, said, canary=canary, canary_said=30_000, at=MONDAY + HOUR)

    assert (state(clip), call.quarantined_at, call.cleared_at) == (before, MONDAY + HOUR, None)
    assert TrackedClip.objects.get(clip=clip).due_at == MONDAY + HOUR + timedelta(minutes=10)
    kept = Observation.objects.filter(clip=clip).order_by("id").values_list("views", "believed")
    assert list(kept) == [(4_000, True), *([(said, False)] if isinstance(said, int) else [])]


def test_the_chain_goes_on_through_what_is_not_believed():
    clip, canary = an_approved_clip(a_campaign()), a_canary()
    answered(clip, 9_000, canary=canary, canary_said=30_000, at=MONDAY)
    answered(clip, 4_000, canary=canary, canary_said=50_000, at=MONDAY + HOUR)

    unbelieved, first = Observation.objects.order_by("id")
    assert (first.previous_id, first.believed, state(clip)[0]) == (unbelieved.id, True, 4_000)


def test_a_later_call_with_its_canary_right_ends_the_quarantine():
    clip, canary = an_approved_clip(a_campaign()), a_canary()
    wrong = answered(clip, 9_000, canary=canary, canary_said=30_000, at=MONDAY)
    right = answered(clip, 4_000, canary=canary, canary_said=50_100, at=MONDAY + HOUR)

    wrong.refresh_from_db()
    assert (wrong.cleared_at, wrong.cleared_by_call_id) == (MONDAY + HOUR, right.id)
    verdicts = CanaryReading.objects.order_by("id").values_list("verdict", "views", "fewest", "most")
    assert list(verdicts) == [("wrong", 30_000, 49_750, 50_250), ("right", 50_100, 49_750, 50_250)]
    canary.refresh_from_db()
    assert (canary.views, canary.known_at) == (50_100, MONDAY + HOUR)


def test_a_canary_that_was_not_measured_says_nothing_about_its_call():
    clip, canary = an_approved_clip(a_campaign()), a_canary()
    call = answered(clip, 4_000, canary=canary, canary_said=None, at=MONDAY)

    assert (call.quarantined_at, state(clip)[0]) == (None, 4_000)
    assert CanaryReading.objects.get().verdict == "unread"


def test_a_fall_seen_in_quarantine_confirms_no_purge():
    clip, canary = an_approved_clip(a_campaign()), a_canary()
    for hour, (views, canary_views) in enumerate([(10_000, 50_000), (7_000, 50_000), (7_000, 30_000)]):
        answered(clip, views, canary=canary, canary_said=canary_views, at=MONDAY + hour * HOUR)
    assert (Purge.objects.count(), state(clip)[:2]) == (0, (10_000, 10_000))

    answered(clip, 7_000, canary=canary, canary_said=50_000, at=MONDAY + 3 * HOUR)
    assert (Purge.objects.count(), state(clip)[:2]) == (1, (10_000, 7_000))


def test_one_of_the_staff_clears_a_call_and_says_why():
    clip, canary = an_approved_clip(a_campaign()), a_canary()
    call = answered(clip, 4_000, canary=canary, canary_said=30_000, at=MONDAY)
    asked = {"call_id": call.id, "staff_id": dot().id, "why": "The canary was purged.", "request_key": "k1"}

    later = MONDAY + timedelta(minutes=1)
    assert [canaries.clear(**asked, now=later), canaries.clear(**asked, now=later)] == [1, 1]
    call.refresh_from_db()
    tracked = TrackedClip.objects.get(clip=clip)
    assert (call.cleared_at, call.cleared_by_call, tracked.due_at, tracked.wanted_since) == (later, None, later, later)
    assert TrackingAct.objects.get().why == "The canary was purged."
    with pytest.raises(canaries.NotInQuarantine):
        canaries.clear(**asked | {"request_key": "k2"}, now=later)
    with pytest.raises(acts.NotStaff):
        canaries.clear(**asked | {"request_key": "k3", "staff_id": ben().id}, now=later)


def add(staff: User, *, url: str = f"https://www.tiktok.com/@old/video/{OLD}", views: int = 5) -> int:
    return canaries.add(url=url, views=views, growth_per_day=0, staff_id=staff.id, why="It stands still.", now=MONDAY)


def test_the_staff_add_and_retire_canaries():
    canary_id = add(dot())
    assert add(dot()) == canary_id

    canaries.retire(canary_id=canary_id, staff_id=dot().id, why="Its author deleted it.", now=MONDAY + HOUR)
    canary = Canary.objects.get()
    assert (canary.retired_at, canary.retired_because) == (MONDAY + HOUR, "Its author deleted it.")
    assert add(dot()) != canary_id
    with pytest.raises(acts.NotStaff):
        add(ben())


@pytest.mark.parametrize(
    ("url", "views"),
    [("https://vm.tiktok.com/ZMabc/", 5), ("nonsense", 5), (f"https://www.tiktok.com/@o/video/{OLD}", -1)],
)
def test_what_is_no_video_or_no_count_is_no_canary(url, views):
    with pytest.raises(canaries.NotACanary):
        add(dot(), url=url, views=views)


def test_canaries_ride_along_with_a_poll_and_vouch_for_ten_minutes(world):
    account, campaign = an_account(world, platform="youtube"), a_campaign()
    clip = approved(account, campaign)
    control = approved(account, campaign, final_views=9_000)
    act(control, world, "set_views", views=7_000)
    canary_id = canaries.add(
        url=control.canonical_url, views=7_000, growth_per_day=0, staff_id=dot().id, why="A control.", now=world.now()
    )
    Clip.objects.filter(id=control.id).update(state="rejected", decision_code="off_brief")

    assert poll_at(world.now()) == polling.Polled(calls=1, asked=1, measured=1)
    reading = CanaryReading.objects.get()
    assert (reading.verdict, reading.views, VendorCall.objects.get().canary_ids) == ("right", 7_000, [canary_id])

    soon = world.now() + timedelta(minutes=9)
    TrackedClip.objects.update(due_at=soon, overdue_at=soon, ride_at=soon, wanted_since=soon)
    poll_at(soon)
    assert CanaryReading.objects.count() == 1
    act(control, world, "set_views", views=9_999)
    later = world.now() + timedelta(minutes=10)
    TrackedClip.objects.update(due_at=later, overdue_at=later, ride_at=later, wanted_since=later)
    poll_at(later)
    assert CanaryReading.objects.latest("id").verdict == "wrong"
    assert TrackedClip.objects.get(clip=clip).measured_at == soon


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_the_demonstrations_control_videos_are_right_for_weeks(world, platform):
    video = OutsideWorld(world.url).post_control_video(
        platform=platform, handle=f"old_{platform}", posted_at=world.now() - timedelta(days=700)
    )
    known = KnownCount(platform=platform, views=video["views"], known_at=world.now(), growth_per_day=500)
    shown = [int(video["views"])]
    for days in (1, 7, 28):
        at = (world.now() + timedelta(days=days)).isoformat()
        path = f"/control/audience/videos/{platform}/{video['id']}"
        shown.append(int(world.http.get(path, params={"at": at}).json()["views"]))

    assert all(judge(known, views=views, at=world.now() + timedelta(days=28)) is Verdict.RIGHT for views in shown)
    assert shown[0] > 10_000
