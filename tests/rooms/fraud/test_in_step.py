"""Clips whose views rise and fall together are found, and heard when they are judged."""

import random
from datetime import timedelta

import pytest

from cliphaven.fraud.models import Assessment, ClipRisk
from cliphaven.fraud.operations import assessing, comparing
from tests.people import MONDAY, a_user, an_approved_clip, seen
from tests.rooms.earnings.earners import a_plain_campaign
from tests.rooms.fraud.doubts import HOUR, a_policy

pytestmark = pytest.mark.django_db
HOURS = 40
NOW = MONDAY + HOURS * HOUR


def watched(clip, gains: list[int]) -> None:
    views = 100_000
    for hour, gained in enumerate(gains):
        views += gained
        seen(clip, views, at=MONDAY + hour * HOUR)


def waves(seed: int) -> list[int]:
    chance = random.Random(seed)
    return [chance.randint(50, 400) for _ in range(HOURS)]


@pytest.fixture
def ring():
    """Two clips of two creators from one order, and an honest third."""
    a_policy(modes={"lockstep": "shadow"})
    campaign = a_plain_campaign()
    first, second, honest = (an_approved_clip(campaign, creator=a_user(name)) for name in ("Ivy", "Jon", "Kim"))
    watched(first, waves(1))
    watched(second, waves(1))
    watched(honest, waves(2))
    assessing.assess_all(now=NOW)
    return first, second, honest


def test_clips_in_step_are_found_and_others_are_not(ring):
    assert comparing.compare_all(now=NOW) == 2

    found = {risk.clip_id: risk.in_step for risk in ClipRisk.objects.all()}
    first, second, honest = ring
    assert found[honest.id] is None
    assert found[first.id]["evidence"]["closest"] == str(second.id)
    assert found[first.id]["evidence"]["correlation"] > 0.95


def test_what_was_found_is_a_reason_at_the_next_judgement(ring):
    first, _, honest = ring
    comparing.compare_all(now=NOW)
    for clip in (first, honest):
        seen(clip, 150_000, at=NOW)
    assessing.assess_all(now=NOW)

    reasons = Assessment.objects.filter(clip=first).order_by("-id")[0].reasons
    assert reasons[0]["signal"] == "lockstep"
    assert "another clip" in reasons[0]["sentence"]
    assert not Assessment.objects.filter(clip=honest, reasons__contains=[{"signal": "lockstep"}]).exists()


def test_what_no_longer_moves_in_step_is_forgotten(ring):
    comparing.compare_all(now=NOW)

    later = NOW + timedelta(days=9)
    for clip, seed in zip(ring, (3, 4, 5), strict=True):
        views = 200_000
        for hour, gained in enumerate(waves(seed)):
            views += gained
            seen(clip, views, at=later + hour * HOUR)
    comparing.compare_all(now=later + HOURS * HOUR)

    assert not ClipRisk.objects.filter(in_step__isnull=False).exists()
