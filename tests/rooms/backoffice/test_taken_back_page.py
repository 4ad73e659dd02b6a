"""Views that became money and are gone stand in the staff's queue with both readings, until somebody has decided."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.backoffice.operations import vendor_alarms
from cliphaven.backoffice.queries import anomalies
from cliphaven.clips.models import Clip, VendorPause
from cliphaven.earnings.models import Accrual
from cliphaven.earnings.operations.accruing import accrue_all
from cliphaven.notifications.models import Message
from tests.people import MONDAY, a_campaign, an_approved_clip, dot
from tests.rooms.payouts.test_api import Caller
from tests.rooms.tracking.answers import record

pytestmark = pytest.mark.django_db
HERE = "/api/v1/staff/tracking/taken-back"
HOUR = timedelta(hours=1)


def a_fall(before: int, after: int, *, platform: str = "tiktok") -> Clip:
    """A clip whose `before` views became money, and of which `after` are left."""
    clip = an_approved_clip(a_campaign(), platform=platform)
    record({clip: before}, at=MONDAY)
    accrue_all(now=MONDAY)
    for hours in (1, 2):
        record({clip: after}, at=MONDAY + hours * HOUR)
    return clip


def shown(**query: str) -> str:
    client = Client()
    client.force_login(dot())
    answer = client.get(reverse("staff_taken_back"), query)
    assert answer.status_code == (422 if query.get("platform") == "myspace" else 200)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_both_readings_and_the_money_are_shown():
    a_fall(100_000, 70_000)

    page = shown()

    # 100,000 views at $1.50 a thousand are $150.00, less a fee of 10 %.
    for said in ("100,000", "70,000", "30,000", "30%, more than a fifth", "Counts as before", "$135.00"):
        assert said in page


def test_what_is_held_stays_in_the_queue_and_what_is_reversed_leaves_it():
    held, reversed_ = a_fall(100_000, 70_000), a_fall(50_000, 45_000)
    Accrual.objects.filter(clip=held).update(stage="held")

    states = {one.clip_id: one.state for one in anomalies.anomalies()}

    assert states == {held.id: "held", reversed_.id: "open"}
    assert [one.clip_id for one in anomalies.anomalies(states=["open"])] == [reversed_.id]
    assert anomalies.anomalies(states=["decided"]) == []


def test_the_list_is_narrowed_by_platform_and_by_what_became_of_the_money():
    a_fall(100_000, 70_000)

    assert "Nothing fits" in shown(platform="youtube")
    assert "Nothing fits" in shown(state="decided")
    assert "100,000" in shown(platform="tiktok", state="open")
    assert "Not searched" in shown(platform="myspace")


def test_nothing_is_missing_where_nothing_fell():
    assert "Nothing is missing" in shown()


def test_more_than_a_fifth_is_mailed_once_a_day_and_less_is_not():
    dot(), a_fall(50_000, 45_000)
    assert vendor_alarms.sound(now=MONDAY + 3 * HOUR) == 0

    clip = a_fall(100_000, 70_000)
    told = [vendor_alarms.sound(now=MONDAY + hours * HOUR) for hours in (3, 4)]

    [message] = Message.objects.all()
    assert (told, message.subject, message.link) == ([1, 1], "Counted views are gone", "/staff/tracking/taken-back/")
    assert f"clip {clip.id} most: 30,000 views." in message.text


def test_a_spent_budget_is_mailed():
    dot()
    VendorPause.objects.create(vendor="apify", reason="budget", begun_at=MONDAY, ends_at=MONDAY + HOUR)

    assert vendor_alarms.sound(now=MONDAY) == 1
    assert Message.objects.get().subject == "The day's budget for Apify is spent"


def test_the_api_tells_the_same():
    clip = a_fall(100_000, 70_000)

    _, told = Caller(dot()).get(HERE)

    [one] = told["clips"]
    assert (one["clip_id"], one["counted"], one["believed"], one["state"]) == (clip.id, 100_000, 70_000, "open")
    assert one["counting"] == {"amount": 13_500, "currency": "USD"}
    assert [(purge["views_before"], purge["views_after"]) for purge in one["purges"]] == [(100_000, 70_000)]
    assert Caller(dot()).get(f"{HERE}?platform=youtube")[1] == {"clips": []}
    assert Caller(dot()).get(f"{HERE}?state=lost")[0] == 422
