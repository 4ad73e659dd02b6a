"""What other rooms are told about views."""

from datetime import timedelta

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip
from cliphaven.tracking import queries
from cliphaven.tracking.models import TrackedClip
from tests.people import MONDAY, a_campaign, an_approved_clip, ben, seen
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.test_polling import approved, poll_at

pytestmark = pytest.mark.django_db


def counts(campaign: Campaign) -> list[queries.BelievedCount]:
    return queries.believed_counts(queries.owing_clips().filter(clip__campaign=campaign), at_most=10)


def test_believed_counts_name_the_observation_that_made_them():
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    observation = seen(clip, 4_200)

    assert counts(campaign) == [
        queries.BelievedCount(
            clip_id=clip.id,
            creator_id=ben().id,
            terms_id=clip.terms_id,
            platform="tiktok",
            views=4_200,
            observation_id=observation.id,
        )
    ]


def test_a_clip_that_was_not_measured_has_no_count():
    campaign = a_campaign()
    TrackedClip.following(an_approved_clip(campaign), due_at=MONDAY).save()

    assert counts(campaign) == []


def test_a_clip_that_no_longer_counts_has_no_count():
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 4_200)
    Clip.objects.update(state="needs_fix", decision_code="off_brief")

    assert counts(campaign) == []


@pytest.mark.parametrize(
    ("state", "owes"), [("draft", False), ("active", True), ("paused", True), ("completed", True), ("closed", False)]
)
def test_paused_and_completed_campaigns_still_owe_and_closed_ones_do_not(state, owes):
    campaign = a_campaign()
    seen(an_approved_clip(campaign), 4_200)
    Campaign.objects.update(state=state)

    assert [count.views for count in counts(campaign)] == ([4_200] if owes else [])


def test_health_counts_what_is_due_and_what_today_came_to(world):
    approved(an_account(world), a_campaign())
    poll_at(world.now())

    health = queries.tracking_health(now=world.now())
    assert (health.tracked, health.due, health.calls_today, health.measured_today) == (1, 0, 1, 1)
    assert (health.cost_today_microusd, health.outcomes_today) == (1_000 + 3_000, {"measured": 1})
    tracked = TrackedClip.objects.get()
    assert tracked.due_at is not None
    assert tracked.overdue_at is not None
    in_company = queries.tracking_health(now=tracked.due_at)
    late = queries.tracking_health(now=tracked.overdue_at + timedelta(minutes=15))
    assert (in_company.due, in_company.overdue) == (1, 0)
    assert (late.due, late.overdue) == (1, 1)


def test_what_was_not_measured_is_not_shown_as_zero(world):
    clip = approved(an_account(world, platform="youtube"), a_campaign())
    world.post(f"/control/audience/videos/youtube/{clip.video_id}", {"action": "hide_count"})
    poll_at(world.now())

    assert queries.seen([clip.id])[clip.id].views is None
