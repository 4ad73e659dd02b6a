"""A clip that is a little odd is read every hour for a day and a half, so that more is known of it."""

from datetime import timedelta

import pytest

from cliphaven.fraud.models import ClipRisk
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.operations import probing
from cliphaven.tracking.operations.planning import Planner
from tests.rooms.fraud.doubts import BOUGHT, CALM, HOUR, ONSET_AT, a_clip, a_policy, live

pytestmark = pytest.mark.django_db
PROBE = timedelta(hours=36)
A_DAY_LATER = timedelta(days=1)


def planned(tracked: TrackedClip, *, now) -> TrackedClip:
    Planner.of("tiktok").after_measurement(tracked, gained=0, over=HOUR, step=1, now=now)
    return tracked


def test_a_score_of_more_than_half_of_what_holds_begins_a_probe():
    a_policy(modes={}, probe_percent=55)
    live(a_clip(), CALM)
    assert TrackedClip.objects.get().probed_until is None

    clip = TrackedClip.objects.get().clip
    live(clip, BOUGHT, begins_at=ONSET_AT)

    probed_until = TrackedClip.objects.get().probed_until
    assert probed_until is not None
    assert ClipRisk.objects.get().probed_until == probed_until


def test_one_doubt_is_looked_into_once():
    a_policy(modes={})
    clip = a_clip()
    now = live(clip, CALM + BOUGHT)
    asked_until = TrackedClip.objects.get().probed_until

    live(clip, (5_060, 5_070), begins_at=now)

    assert asked_until is not None
    assert TrackedClip.objects.get().probed_until == asked_until


def test_while_it_is_probed_a_clip_is_due_within_the_hour_and_waits_for_no_company(settings):
    settings.POLLING_POLICY = "fixed:24"
    clip = a_clip()
    now = live(clip, CALM[:1])
    tracked = TrackedClip.objects.get()
    assert planned(tracked, now=now).due_at == now + A_DAY_LATER

    probing.probe(clip_ids=[clip.id], until=now + PROBE, now=now)
    tracked = TrackedClip.objects.get()
    assert tracked.due_at <= now + HOUR

    planned(tracked, now=now + PROBE - HOUR)
    assert (tracked.due_at, tracked.overdue_at) == (now + PROBE, now + PROBE)
    planned(tracked, now=now + PROBE)
    assert tracked.due_at == now + PROBE + A_DAY_LATER


def test_a_clip_that_rests_goes_on_resting():
    clip = a_clip()
    now = live(clip, CALM[:1])
    TrackedClip.objects.update(due_at=None)

    assert probing.probe(clip_ids=[clip.id], until=now + PROBE, now=now) == 0
    assert TrackedClip.objects.get().due_at is None
