"""The cost ledger: each call with what it really cost, by day, platform and campaign, and not a millionth lost."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Lookup, VendorPause
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.queries import calls, costs, vendors
from cliphaven.tracking.queries.freshness import Freshness, freshness
from tests.people import MONDAY, a_campaign, an_approved_clip, seen
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import act, approved, poll_at

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)


def a_call(at: datetime = MONDAY, *, asked_of: dict[Campaign, int] | None = None, **fields: object) -> VendorCall:
    named = {str(campaign.id): clips for campaign, clips in (asked_of or {}).items()}
    asked = sum(named.values()) or 1
    answered = {"ended_at": at + timedelta(seconds=30), "measured": asked, "outcomes": {"measured": asked}}
    return VendorCall.objects.create(
        **{
            "platform": "tiktok",
            "source": "clockworks/tiktok-scraper",
            "asked": asked,
            "asked_of": named,
            "started_at": at,
            **answered,
            **fields,
        }
    )


def test_a_day_has_its_calls_by_platform_with_room_and_cost():
    a_call(asked_of={a_campaign(): 20}, cost_microusd=61_000)
    a_call(MONDAY + DAY, cost_microusd=4_000, failure="run-failed", measured=0)
    a_call(MONDAY, platform="youtube", source="videos.list")

    found = costs.days_of_calls(since=SINCE, until=UNTIL)

    assert [
        (line.day, line.platform, line.calls, line.failed, line.asked, line.capacity, line.cost_microusd)
        for line in found
    ] == [
        (date(2026, 11, 3), "tiktok", 1, 1, 1, 25, 4_000),
        (date(2026, 11, 2), "tiktok", 1, 0, 20, 25, 61_000),
        (date(2026, 11, 2), "youtube", 1, 0, 1, 50, 0),
    ]


def test_a_calls_cost_is_shared_by_the_clips_of_each_campaign_to_the_last_millionth():
    one, two, three = (a_campaign(title=title) for title in ("One", "Two", "Three"))
    a_call(asked_of={one: 1, two: 1, three: 1}, cost_microusd=10_000)
    a_call(asked_of={one: 5}, cost_microusd=16_000)

    found = {line.campaign_id: line.cost_microusd for line in costs.campaign_costs(since=SINCE, until=UNTIL)}

    # A third each, rounded down on the way: 3333, 6666, 10000.
    assert found == {one.id: 3_333 + 16_000, two.id: 3_333, three.id: 3_334}
    assert sum(found.values()) == 26_000


def test_campaign_costs_are_by_day_and_can_be_asked_for_one_campaign():
    one, two = a_campaign(title="One"), a_campaign(title="Two")
    a_call(MONDAY, asked_of={one: 2, two: 2}, cost_microusd=8_000)
    a_call(MONDAY + DAY, asked_of={one: 1}, cost_microusd=4_000)

    found = costs.campaign_costs(since=SINCE, until=UNTIL, campaign_ids=[one.id])

    assert [(line.day, line.asked, line.cost_microusd) for line in found] == [
        (date(2026, 11, 3), 1, 4_000),
        (date(2026, 11, 2), 2, 4_000),
    ]


def test_what_is_asked_beside_polls_is_counted_by_day_too():
    Lookup.objects.create(platform="tiktok", subject="profile", asked=1, cost_microusd=2_600, asked_at=MONDAY)

    assert costs.questions_by_day(since=SINCE, until=UNTIL) == {date(2026, 11, 2): 2_600}


def test_polls_are_held_against_one_for_each_clip_and_hour():
    campaign = a_campaign()
    for _ in range(2):
        seen(an_approved_clip(campaign), 100)
    TrackedClip.objects.update(due_at=MONDAY + DAY)
    polls = sum(VendorCall.objects.values_list("asked", flat=True))

    found = costs.thrift(since=MONDAY, until=MONDAY + DAY)

    assert (found.polls, found.clip_hours, found.hourly_calls) == (polls, 2 * 24, 2)
    assert found.polls_per_clip_month == polls * 720 / 48


def test_a_poll_says_whose_clips_it_asked_for_and_what_came_of_each(world):
    account, campaign = an_account(world), a_campaign()
    shown, hidden = approved(account, campaign), approved(account, campaign)
    act(hidden, world, "delete")
    poll_at(world.now())

    call = VendorCall.objects.get()
    assert call.asked_of == {str(campaign.id): 2}
    detail = calls.call_detail(call_id=call.id)
    assert detail is not None
    found = {clip.clip_id: (clip.outcome, clip.views is None) for clip in detail.clips}
    assert found.pop(shown.id) == ("measured", False)
    [(outcome, is_unmeasured)] = found.values()
    assert outcome in ("gone_hint", "missing")
    assert is_unmeasured
    assert detail.unnamed == 0
    assert len(json.loads(calls.raw_answer(call_id=call.id) or b"")) == sum(call.outcomes.values())


def test_calls_go_on_by_keyset_and_are_found_by_platform_and_result():
    made = [a_call(MONDAY + timedelta(minutes=number)) for number in range(3)]
    failed = a_call(failure="no answer", platform="youtube", source="videos.list")
    open_one = a_call(ended_at=None, measured=0, outcomes={})

    first = calls.calls_page(platform="tiktok", state="answered", limit=2)
    rest = calls.calls_page(platform="tiktok", state="answered", limit=2, before=first.next_before)

    assert [line.call_id for line in (*first.calls, *rest.calls)] == [call.id for call in reversed(made)]
    assert rest.next_before is None
    assert [line.call_id for line in calls.calls_page(state="failed").calls] == [failed.id]
    [under_way] = calls.calls_page(state="under_way").calls
    assert (under_way.call_id, under_way.took) == (open_one.id, None)


def test_a_vendors_state_has_its_times_its_failures_and_until_when_it_serves_nothing():
    for seconds in range(1, 21):
        a_call(MONDAY, ended_at=MONDAY + timedelta(seconds=seconds))
    a_call(MONDAY + timedelta(minutes=1), failure="402 used up")
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=MONDAY, ends_at=MONDAY + DAY)

    found = {state.platform: state for state in vendors.vendor_states(now=MONDAY + timedelta(hours=1))}

    tiktok = found["tiktok"]
    assert (tiktok.calls, tiktok.failed, tiktok.failure) == (21, 1, "402 used up")
    assert (tiktok.p50, tiktok.p95) == (timedelta(seconds=10), timedelta(seconds=19))
    assert tiktok.blocked_until == MONDAY + DAY
    youtube = found["youtube"]
    assert (youtube.calls, youtube.p50, youtube.answered_at) == (0, None, None)


def test_the_age_of_counts_is_told_of_what_was_read_and_not_of_what_was_not():
    campaign = a_campaign()
    for hours in range(1, 21):
        seen(an_approved_clip(campaign), 100, at=MONDAY - timedelta(hours=hours))
    unread = TrackedClip.objects.order_by("clip_id")[0]
    TrackedClip.objects.update(due_at=MONDAY)
    TrackedClip.objects.filter(clip_id=unread.clip_id).update(
        measured_at=None, seen_at=None, views_seen=None, views_settled=None, seen_observation=None
    )

    found = freshness(now=MONDAY)

    # Of 19 that were read, from 2 to 20 hours old: the 10th and the 19th.
    assert found == Freshness(looked_at=20, unread=1, p50=timedelta(hours=11), p95=timedelta(hours=20))
