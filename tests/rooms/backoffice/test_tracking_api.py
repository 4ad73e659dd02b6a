"""The API tells of tracking what the pages tell, and does what they do."""

import pytest

from cliphaven.foundation import clock
from cliphaven.tracking.models import TrackedClip
from tests.people import a_campaign, an_approved_clip, ben, dot, seen
from tests.rooms.payouts.test_api import Caller
from tests.rooms.tracking.test_costs import a_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
HERE = "/api/v1/staff/tracking"


def test_health_has_the_figures_of_the_page_and_null_where_nothing_was_measured():
    status, told = Caller(dot()).get(f"{HERE}/health")

    assert (status, told["age_p50_seconds"], told["calls_today"], told["due"]) == (200, None, 0, [])
    assert {vendor["platform"]: vendor["p50_ms"] for vendor in told["vendors"]} == {
        "instagram": None,
        "tiktok": None,
        "youtube": None,
    }


def test_calls_and_one_of_them_with_its_clips():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    open_one = a_call(clock.now(), ended_at=None, measured=0, outcomes={})

    _, told = Caller(dot()).get(f"{HERE}/calls")
    assert [(call["state"], call["measured"]) for call in told["calls"]] == [("under_way", None), ("answered", 1)]
    assert told["calls"][0]["number"] == open_one.id

    _, one = Caller(dot()).get(f"{HERE}/calls/{told['calls'][1]['number']}")
    assert [(found["clip_id"], found["views"]) for found in one["clips"]] == [(clip.id, 4_200)]
    assert Caller(dot()).get(f"{HERE}/calls/999999")[0] == 404


def test_costs_are_those_of_the_calls():
    campaign = a_campaign()
    a_call(clock.now(), asked_of={campaign: 4}, cost_microusd=27_000)

    _, told = Caller(dot()).get(f"{HERE}/costs")

    assert told["billed_microusd"] == 27_000
    assert [(line["campaign_id"], line["cost_microusd"], line["earned"]) for line in told["campaigns"]] == [
        (campaign.id, 27_000, {"amount": 0, "currency": "USD"})
    ]


def test_a_clip_is_read_again_once_for_each_key_and_tells_why_it_is_read_when_it_is():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    caller, order = Caller(dot()), {"why": "The sponsor asks"}

    assert caller.post(f"{HERE}/clips/{clip.id}/read-again", order) == (200, {"clips": 1})
    assert caller.post(f"{HERE}/clips/{clip.id}/read-again", order) == (200, {"clips": 1})

    _, told = caller.get(f"{HERE}/clips/{clip.id}")
    assert told["sentence"].startswith("Somebody waits for what it shows")
    assert (told["views_seen"], told["wanted_since"] is not None) == (4_200, True)


def test_what_is_refused_is_told_as_a_problem():
    clip = an_approved_clip(a_campaign())

    status, told = Caller(dot()).post(f"{HERE}/clips/{clip.id}/read-again", {"why": "The sponsor asks"})

    assert (status, told["code"]) == (409, "not_tracked")
    assert not TrackedClip.objects.exists()


def test_nobody_but_staff_is_told_anything():
    assert Caller(ben()).get(f"{HERE}/health")[0] == 404
    assert Caller(None).get(f"{HERE}/health")[0] == 401
