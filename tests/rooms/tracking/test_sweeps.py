"""In the hour before the week is paid, everything that can be read is read once more."""

from datetime import timedelta

import pytest

from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.operations import sweeps
from tests.people import MONDAY
from tests.rooms.tracking.tracked import a_polled_campaign, a_tracked_clip, chosen

pytestmark = pytest.mark.django_db
CUT_OFF = MONDAY + timedelta(days=7)
SWEEP = CUT_OFF - timedelta(hours=1)
AT_NIGHT = {
    "last_polled_at": SWEEP - timedelta(hours=5),
    "measured_at": SWEEP - timedelta(hours=5),
    "due_at": CUT_OFF + timedelta(hours=5),
    "ride_at": CUT_OFF + timedelta(hours=3),
    "overdue_at": CUT_OFF + timedelta(days=2),
}


def test_clips_that_would_be_due_after_the_cut_off_are_polled_before_it():
    clip = a_tracked_clip(a_polled_campaign(), **AT_NIGHT)
    assert chosen(at=SWEEP) == []

    assert sweeps.sweep(now=SWEEP) == 1

    assert chosen(at=CUT_OFF - timedelta(minutes=15)) == [[clip.clip_id]]


def test_a_sweep_that_runs_again_finds_nothing_to_do():
    a_tracked_clip(a_polled_campaign(), **AT_NIGHT)

    assert [sweeps.sweep(now=SWEEP + timedelta(minutes=minutes)) for minutes in (0, 20, 40)] == [1, 0, 0]


def test_what_was_polled_within_the_hour_is_not_polled_again():
    campaign = a_polled_campaign()
    a_tracked_clip(campaign, **{**AT_NIGHT, "last_polled_at": SWEEP + timedelta(minutes=1)})

    assert sweeps.sweep(now=SWEEP + timedelta(minutes=20)) == 0


def test_clips_that_rest_and_clips_that_are_gone_are_left_alone():
    campaign = a_polled_campaign()
    a_tracked_clip(campaign, **{**AT_NIGHT, "due_at": None})
    a_tracked_clip(campaign, **AT_NIGHT, availability="gone")

    assert sweeps.sweep(now=SWEEP) == 0


def test_at_any_other_time_nothing_is_swept():
    a_tracked_clip(a_polled_campaign(), **AT_NIGHT)

    assert sweeps.sweep(now=SWEEP - timedelta(minutes=1)) == 0
    assert sweeps.sweep(now=CUT_OFF + timedelta(minutes=1)) == 0
    assert TrackedClip.objects.get().due_at == AT_NIGHT["due_at"]
