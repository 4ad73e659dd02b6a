"""The API tells of tracking what the pages tell, and does what they do."""

from datetime import timedelta

import pytest

from cliphaven.clips.models import VendorPause
from cliphaven.foundation import clock
from cliphaven.tracking.models import Canary, PriceStep, TrackedClip, TrackingAct
from cliphaven_client import Conflict, NotFound, NotSignedIn, NotValid
from tests.clients import program_of
from tests.people import a_campaign, an_approved_clip, ben, dot, seen
from tests.rooms.backoffice.test_tracking_page import a_wrong_canary
from tests.rooms.payouts.test_api import Caller
from tests.rooms.tracking.test_costs import a_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
HERE = "/api/v1/staff/tracking"


def dots():
    """What Dot's program may ask about tracking."""
    return program_of(dot()).tracking


def test_health_has_the_figures_of_the_page_and_null_where_nothing_was_measured():
    told = dots().tracking_health()

    assert (told.age_p50_seconds, told.calls_today, told.due) == (None, 0, [])
    assert {vendor.platform: vendor.p50_ms for vendor in told.vendors} == {
        "instagram": None,
        "tiktok": None,
        "youtube": None,
    }


def test_calls_and_one_of_them_with_its_clips():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    open_one = a_call(clock.now(), ended_at=None, measured=0, outcomes={})

    found = list(dots().calls_all())
    assert [(call.state, call.measured) for call in found] == [("under_way", None), ("answered", 1)]
    assert found[0].number == open_one.id

    one = dots().call(call_id=found[1].number)
    assert [(line.clip_id, line.views) for line in one.clips] == [(clip.id, 4_200)]
    with pytest.raises(NotFound):
        dots().call(call_id=999_999)


def test_costs_are_those_of_the_calls():
    campaign = a_campaign()
    a_call(clock.now(), asked_of={campaign: 4}, cost_microusd=27_000)

    told = dots().costs()

    assert told.billed_microusd == 27_000
    assert [(line.campaign_id, line.cost_microusd, line.earned.amount) for line in told.campaigns] == [
        (campaign.id, 27_000, 0)
    ]


@pytest.mark.parametrize("query", ["since=9999-12-31&until=9999-12-31", "until=0001-01-01", "since=0001-01-01"])
def test_costs_of_days_at_the_ends_of_the_calendar_are_none(query):
    a_call(clock.now(), cost_microusd=0)

    status, told = Caller(dot()).get(f"{HERE}/costs?{query}")

    assert (status, told["billed_microusd"]) == (200, 0)


@pytest.mark.parametrize("day", ["0", "20261102", "2026-11-02T00:00:00Z", "2026-02-30", "yesterday"])
def test_a_day_is_written_as_such(day):
    assert Caller(dot()).get(f"{HERE}/costs?since={day}")[0] == 422


def test_a_clip_is_read_again_once_for_each_key_and_tells_why_it_is_read_when_it_is():
    clip = an_approved_clip(a_campaign())
    seen(clip, 4_200)
    for _ in range(2):
        told = dots().read_clip(clip_id=clip.id, why="The sponsor asks", idempotency_key="key-of-a-request")
        assert told.clips == 1

    turn = dots().clip_turn(clip_id=clip.id)
    assert turn.sentence.startswith("Somebody waits for what it shows")
    assert (turn.views_seen, turn.wanted_since is not None) == (4_200, True)


def test_what_is_refused_is_told_as_a_problem():
    clip = an_approved_clip(a_campaign())

    with pytest.raises(Conflict) as told:
        dots().read_clip(clip_id=clip.id, why="The sponsor asks")

    assert told.value.code == "not_tracked"
    assert not TrackedClip.objects.exists()


def test_nobody_but_staff_is_told_anything():
    with pytest.raises(NotFound):
        program_of(ben()).tracking.tracking_health()
    with pytest.raises(NotSignedIn):
        program_of(None).tracking.tracking_health()


def test_canaries_are_added_listed_and_retired_over_the_api():
    new = {"url": "https://www.tiktok.com/@old/video/7000000000000012345", "views": 50_000, "why": "It stands still"}

    added, again = (dots().canary_add(**new) for _ in range(2))
    [listed] = dots().canaries().canaries

    assert again == added
    assert (listed.number, listed.known_views, listed.views) == (added.number, 50_000, None)
    assert [dots().retire(canary_id=added.number, why="Gone").number for _ in range(2)] == [added.number] * 2
    assert dots().canaries().canaries == []


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
    [listed] = dots().quarantine().calls
    assert (listed.call, listed.views, listed.fewest, listed.most) == (call.id, 7, 49_700, 50_300)

    for _ in range(2):
        dots().clear_call(call_id=call.id, why="The canary was edited", idempotency_key="key-of-a-request")

    with pytest.raises(Conflict) as told:
        dots().clear_call(call_id=call.id, why="Once more")
    assert told.value.code == "not_in_quarantine"
    assert TrackingAct.objects.count() == 1
    assert dots().quarantine().calls == []


def test_prices_are_told_beside_what_was_spent_and_planned():
    now = clock.now()
    for days, vendor in ((1, "apify"), (2, "youtube"), (9, "apify")):
        PriceStep.objects.create(
            vendor=vendor, price=12.5, spent=900_000, planned=1_000_000, stepped_at=now - timedelta(days=days)
        )

    told = dots().prices().prices

    assert [(line.vendor, line.unit, line.spent) for line in told] == [
        ("apify", "microusd", 900_000),
        ("youtube", "quota_units", 900_000),
    ]
    assert len(dots().prices(vendor="apify", days=30).prices) == 2
    with pytest.raises(NotValid):
        dots().prices(days=0)


def test_a_vendor_that_is_not_asked_is_told_with_what_waits_for_it():
    now = clock.now()
    VendorPause.objects.create(vendor="apify", reason="credit", begun_at=now, ends_at=now + timedelta(hours=1))

    [pause] = dots().tracking_health().pauses

    assert (pause.vendor, pause.reason, pause.serves_urgent) == ("apify", "credit", False)
    assert (pause.due, pause.profiles, pause.first_looks) == (0, 0, 0)
