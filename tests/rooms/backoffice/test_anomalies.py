"""Counted views above what is believed are shown to the staff with the evidence, and nothing else is."""

from datetime import timedelta

import pytest

from cliphaven.backoffice.queries import anomalies
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.operations.accruing import accrue_all
from cliphaven.tracking.models import Observation
from tests.people import MONDAY, a_campaign, an_approved_clip
from tests.rooms.tracking.answers import record

pytestmark = pytest.mark.django_db


def test_counted_views_that_were_purged_are_an_anomaly_with_its_evidence():
    campaign = a_campaign()
    clip, sound = an_approved_clip(campaign), an_approved_clip(campaign)
    record({clip: 100_000, sound: 50_000}, at=MONDAY)
    accrue_all(now=MONDAY)
    record({clip: 70_000, sound: 50_000}, at=MONDAY + timedelta(hours=1))
    assert anomalies.anomalies() == []

    record({clip: 70_000, sound: 50_000}, at=MONDAY + timedelta(hours=2))

    [found] = anomalies.anomalies()
    counted = Accrual.objects.get(clip=clip)
    assert (found.clip_id, found.counted, found.believed, found.missing) == (clip.id, 100_000, 70_000, 30_000)
    assert (found.is_warning, found.accrual, found.observation_id) == (True, counted.name, counted.to_observation_id)
    [purge] = found.purges
    latest = Observation.objects.filter(clip=clip).latest("id")
    assert (purge.views_before, purge.views_after, purge.observation_id) == (100_000, 70_000, latest.id)


def test_a_clip_that_is_back_is_no_anomaly():
    clip = an_approved_clip(a_campaign())
    for hour, views in enumerate((100_000, 70_000, 70_000, 100_000)):
        record({clip: views}, at=MONDAY + timedelta(hours=hour))
        accrue_all(now=MONDAY + timedelta(hours=hour))

    assert anomalies.anomalies() == []
