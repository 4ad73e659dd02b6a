"""What is polled at all: found at once where it changed lately, and within the hour where nobody looked."""

from datetime import timedelta

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.clips.models import Clip
from cliphaven.providers.readings import PollOutcome
from cliphaven.tracking.models import TrackedCampaign, TrackedClip
from cliphaven.tracking.operations import lifecycle
from tests.people import MONDAY, a_campaign, an_approved_clip
from tests.rooms.tracking.answers import Said, record

pytestmark = pytest.mark.django_db
LATER = MONDAY + lifecycle.LOOKED_BACK + timedelta(minutes=1)


def test_a_clip_is_polled_at_once_from_its_approval_on():
    clip = an_approved_clip(a_campaign())

    assert lifecycle.start_tracking(now=MONDAY) == 1

    state = TrackedClip.objects.get(clip=clip)
    assert (state.due_at, state.overdue_at, state.posted_at) == (MONDAY, MONDAY, clip.posted_at)


def test_a_clip_that_began_to_count_while_nobody_looked_is_found_when_everything_is_compared():
    an_approved_clip(a_campaign())

    assert lifecycle.start_tracking(now=LATER) == 0
    assert lifecycle.start_tracking(now=LATER, everything=True) == 1


def test_a_clip_that_counts_again_is_polled_again():
    clip = an_approved_clip(a_campaign())
    lifecycle.start_tracking(now=MONDAY)
    TrackedClip.objects.update(due_at=None)
    Clip.objects.update(decided_at=LATER)

    lifecycle.start_tracking(now=LATER)

    assert TrackedClip.objects.get(clip=clip).due_at == LATER


def test_clips_of_a_campaign_that_was_topped_up_are_polled_again_however_old_they_are():
    campaign = a_campaign()
    clip = an_approved_clip(campaign)
    lifecycle.start_tracking(now=MONDAY)
    Campaign.objects.update(state="completed", completed_at=MONDAY)
    lifecycle.start_tracking(now=LATER)
    assert not TrackedCampaign.objects.get(campaign=campaign).is_polled
    TrackedClip.objects.update(due_at=None)

    Campaign.objects.update(state="active", completed_at=None)
    lifecycle.start_tracking(now=LATER)

    assert TrackedClip.objects.get(clip=clip).due_at == LATER


def test_a_new_clip_of_a_campaign_near_its_end_is_as_dear_as_the_others():
    campaign = a_campaign()
    TrackedCampaign.objects.create(campaign=campaign, is_polled=True, hazard=40)
    an_approved_clip(campaign)

    lifecycle.start_tracking(now=MONDAY)

    assert TrackedClip.objects.get().hazard == 40


@pytest.mark.parametrize("said", [1_200, PollOutcome.MISSING], ids=["measured", "missing"])
def test_a_clip_that_was_refused_since_is_read_this_once_and_laid_to_rest(said: Said):
    clip = an_approved_clip(a_campaign())
    record({clip: 1_000}, at=MONDAY)
    Clip.objects.filter(id=clip.id).update(state="needs_fix", decision_code="off_brief")

    record({clip: said}, at=MONDAY + timedelta(hours=3))

    assert TrackedClip.objects.get(clip=clip).due_at is None


def test_a_refused_clip_that_somebody_waits_for_is_asked_about_until_there_is_an_answer():
    clip = an_approved_clip(a_campaign())
    record({clip: 1_000}, at=MONDAY)
    Clip.objects.filter(id=clip.id).update(state="needs_fix", decision_code="off_brief")
    TrackedClip.objects.update(wanted_since=MONDAY)

    record({clip: PollOutcome.PROVIDER_ERROR}, at=MONDAY + timedelta(hours=3))
    assert TrackedClip.objects.get(clip=clip).due_at is not None

    record({clip: 1_100}, at=MONDAY + timedelta(hours=4))
    assert TrackedClip.objects.get(clip=clip).due_at is None
