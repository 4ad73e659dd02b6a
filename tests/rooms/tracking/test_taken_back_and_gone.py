"""Purges are kept as rows; gone needs signs of two kinds on two days, takes nothing away, and can be taken back."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cliphaven.clips.models import Clip
from cliphaven.providers.readings import PollOutcome
from cliphaven.tracking.models import Observation, Purge, TrackedClip
from tests.people import MONDAY, a_campaign, an_approved_clip
from tests.rooms.tracking.answers import record

pytestmark = pytest.mark.django_db
HINT, MISSING = PollOutcome.GONE_HINT, PollOutcome.MISSING
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def tracked(clip: Clip) -> TrackedClip:
    return TrackedClip.objects.get(clip=clip)


def test_a_fall_that_is_still_there_after_15_minutes_is_a_purge():
    clip = an_approved_clip(a_campaign())
    for minutes, views in ((0, 10_000), (60, 9_000), (74, 9_000), (75, 9_010)):
        record({clip: views}, at=MONDAY + minutes * MINUTE)
        assert Purge.objects.count() == (minutes == 75)

    purge = Purge.objects.get()
    assert (purge.views_before, purge.views_after) == (10_000, 9_010)
    assert (purge.fell_at, purge.confirmed_at) == (MONDAY + 60 * MINUTE, MONDAY + 75 * MINUTE)
    assert purge.observation == Observation.objects.latest("id")
    with pytest.raises(DatabaseError, match="is refused"), transaction.atomic():
        connection.cursor().execute("update tracking_purge set views_before = 99999")


def test_half_a_per_cent_is_jitter_and_no_purge():
    clip = an_approved_clip(a_campaign())
    for hour, views in enumerate((10_000, 9_950, 9_950, 9_950)):
        record({clip: views}, at=MONDAY + timedelta(hours=hour))

    assert (Purge.objects.count(), tracked(clip).views_settled) == (0, 10_000)


def test_gone_is_found_by_two_kinds_of_signs_on_two_days_and_taken_back_by_one_look():
    clip = an_approved_clip(a_campaign())
    record({clip: 1_000}, at=MONDAY)
    seen = [
        (record({clip: outcome}, at=MONDAY + days * DAY), tracked(clip).availability)[1]
        for days, outcome in ((1, HINT), (2, HINT), (3, HINT), (4, MISSING))
    ]
    assert (seen, tracked(clip).views_seen) == (["unreachable", "unreachable", "unreachable", "gone"], 1_000)

    record({clip: 1_001}, at=MONDAY + 5 * DAY)
    assert (tracked(clip).availability, tracked(clip).gone_signs) == ("alive", "")


def test_a_batch_in_which_most_is_missing_makes_nothing_gone():
    clip = an_approved_clip(a_campaign())
    for day, outcome in enumerate((HINT, MISSING, HINT, MISSING)):
        record({clip: outcome}, at=MONDAY + day * DAY, doubtful=True)

    assert (tracked(clip).availability, tracked(clip).gone_signs) == ("alive", "")


def test_a_clip_that_is_alive_without_a_count_is_not_gone():
    clip = an_approved_clip(a_campaign())
    for day, outcome in enumerate((HINT, HINT, PollOutcome.NO_METRIC, MISSING)):
        record({clip: outcome}, at=MONDAY + day * DAY)

    assert tracked(clip).availability == "unreachable"
