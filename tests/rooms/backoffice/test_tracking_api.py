"""The API tells of tracking what the pages tell, and does what they do."""

from datetime import timedelta

import pytest

from cliphaven.clips.models import VendorPause
from cliphaven.foundation import clock
from cliphaven.tracking.models import Canary, PriceStep, TrackedClip, TrackingAct
from tests.people import a_campaign, an_approved_clip, ben, dot, seen
from tests.rooms.backoffice.test_tracking_page import a_wrong_canary
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


def test_canaries_are_added_listed_and_retired_over_the_api():
    caller = Caller(dot())
    new = {"url": "https://www.tiktok.com/@old/video/7000000000000012345", "views": 50_000, "why": "It stands still"}

    status, added = caller.post(f"{HERE}/canaries", new)
    again = caller.post(f"{HERE}/canaries", new)
    [listed] = caller.get(f"{HERE}/canaries")[1]["canaries"]

    assert (status, again) == (200, (200, added))
    assert (listed["number"], listed["known_views"], listed["views"]) == (added["number"], 50_000, None)
    retire = f"{HERE}/canaries/{added['number']}/retire"
    assert [caller.post(retire, {"why": "Gone"})[0] for _ in range(2)] == [200, 200]
    assert caller.get(f"{HERE}/canaries")[1] == {"canaries": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("canaries", {"url": "https://example.com/x", "views": 5, "why": "x"}, 409, "not_a_canary"),
        (
            "canaries",
            {"url": "https://www.tiktok.com/@a/video/7000000000000012345", "views": -1, "why": "x"},
            422,
            None,
        ),
        ("canaries/999999/retire", {"why": "x"}, 409, "not_a_canary"),
        ("canaries/999999/retire", {"why": "   "}, 422, "reason_missing"),
        ("calls/999999/clear", {"why": "x"}, 409, "not_in_quarantine"),
        ("calls/99999999999999999999/clear", {"why": "x"}, 422, None),
        ("clips/999999/read-again", {"why": "x"}, 409, "not_tracked"),
        ("campaigns/999999/read-again", {"why": "x"}, 409, "not_tracked"),
    ],
)
def test_what_cannot_be_done_is_told_as_a_problem_with_its_code(path, body, status, code):
    got, told = Caller(dot()).post(f"{HERE}/{path}", body)

    assert (got, told.get("code") if code else None) == (status, code)
    assert not Canary.objects.exists()
    assert not TrackingAct.objects.exists()


def test_a_quarantine_is_listed_and_ended_once():
    _, call = a_wrong_canary()
    caller = Caller(dot())
    [listed] = caller.get(f"{HERE}/quarantine")[1]["calls"]
    assert (listed["call"], listed["views"], listed["fewest"], listed["most"]) == (call.id, 7, 49_700, 50_300)

    clear = f"{HERE}/calls/{call.id}/clear"
    assert [caller.post(clear, {"why": "The canary was edited"})[0] for _ in range(2)] == [200, 200]

    status, told = caller.post(clear, {"why": "Once more"}, key="another-request")
    assert (status, told["code"]) == (409, "not_in_quarantine")
    assert TrackingAct.objects.count() == 1
    assert caller.get(f"{HERE}/quarantine")[1] == {"calls": []}


def test_prices_are_told_beside_what_was_spent_and_planned():
    now = clock.now()
    for days, vendor in ((1, "apify"), (2, "youtube"), (9, "apify")):
        PriceStep.objects.create(
            vendor=vendor, price=12.5, spent=900_000, planned=1_000_000, stepped_at=now - timedelta(days=days)
        )
    caller = Caller(dot())

    _, told = caller.get(f"{HERE}/prices")

    assert [(line["vendor"], line["unit"], line["spent"]) for line in told["prices"]] == [
        ("apify", "microusd", 900_000),
        ("youtube", "quota_units", 900_000),
    ]
    assert len(caller.get(f"{HERE}/prices?vendor=apify&days=30")[1]["prices"]) == 2
    assert caller.get(f"{HERE}/prices?days=0")[0] == 422


def test_a_vendor_that_is_not_asked_is_told_with_what_waits_for_it():
    now = clock.now()
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=now, ends_at=now + timedelta(hours=1))

    [pause] = Caller(dot()).get(f"{HERE}/health")[1]["pauses"]

    assert (pause["vendor"], pause["reason"], pause["serves_urgent"]) == ("apify", "credit", False)
    assert (pause["due"], pause["profiles"], pause["first_looks"]) == (0, 0, 0)
