"""Asking for first-party analytics of clips that earn much: once, with an upload, and nothing follows from silence."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cliphaven.earnings import operations as earnings
from cliphaven.fraud.models import AnalyticsRequest
from cliphaven.fraud.operations import analytics, appeals
from cliphaven.notifications.models import Message
from tests.people import MONDAY, ben, dot, mallory, read_again
from tests.rooms.earnings.earners import money_of
from tests.rooms.fraud.doubts import a_bought_clip, a_clip, a_policy, live

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


@pytest.fixture
def dear(tmp_path, settings):
    """A clip whose 20,000 views are worth $200, under a policy that asks from $100 on; it was asked about."""
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"virtual": (MONDAY + DAY).isoformat(), "wall": 0, "speed": 0}))
    settings.CLOCK_FILE = str(file)
    a_policy(modes={}, analytics_above_minor={"USD": 100_00})
    clip = a_clip()
    live(clip, (10_000, 20_000))
    assert analytics.ask_for_dear_clips(now=MONDAY + DAY) == 1
    return clip


def page(user, name: str, *args: object):
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=args))


def given(clip, *, file: bytes = PNG, key: str = "the-form-shown", user=None):
    client = Client()
    client.force_login(user or ben())
    body = {"text": "From my page.", "request_key": key, "file": SimpleUploadedFile("sources.png", file)}
    return client.post(reverse("clip_analytics", args=[clip.id]), body)


def test_a_clip_is_asked_about_once_and_its_creator_is_told_that_nothing_follows(dear):
    assert analytics.ask_for_dear_clips(now=MONDAY + 2 * DAY) == 0

    assert AnalyticsRequest.objects.get().worth_minor == 200_00
    assert "If you do not answer, nothing is held and nothing is taken" in Message.objects.get(user=ben()).text


def test_below_the_threshold_and_where_it_is_off_nobody_is_asked():
    a_policy(modes={}, analytics_above_minor={"USD": 0})
    live(a_clip(), (20_000,))
    assert analytics.ask_for_dear_clips(now=MONDAY + DAY) == 0

    a_policy(modes={}, analytics_above_minor={"USD": 200_01})
    assert analytics.ask_for_dear_clips(now=MONDAY + DAY) == 0


def test_a_clip_that_is_doubted_is_asked_about_with_its_case():
    a_bought_clip()
    a_policy(analytics_above_minor={"USD": 1})

    assert analytics.ask_for_dear_clips(now=MONDAY + DAY) == 0


def test_it_is_a_task_on_the_creators_home_and_a_form_on_the_clips_page(dear):
    assert "Show us the analytics of a clip" in page(ben(), "creator_home").content.decode()
    assert reverse("clip_analytics", args=[dear.id]) in page(ben(), "clip", dear.id).content.decode()


def test_what_is_shown_reaches_the_staff_as_it_came(dear):
    assert given(dear).status_code == 302

    one = AnalyticsRequest.objects.get()
    file = page(dot(), "api:api_analytics_file", one.id)
    assert (file.content, file["Content-Type"]) == (PNG, "image/png")
    assert file["Content-Disposition"] == 'attachment; filename="sources.png"'
    assert "You showed us sources.png" in page(ben(), "clip", dear.id).content.decode()
    assert "Show us the analytics" not in page(ben(), "creator_home").content.decode()


def test_it_is_taken_once_and_the_same_form_twice_is_the_same(dear):
    assert [given(dear).status_code for _ in range(2)] == [302, 302]

    with pytest.raises(analytics.GivenAlready):
        analytics.give(
            clip_id=dear.id,
            creator_id=ben().id,
            text="",
            upload=appeals.Upload(name="b.png", content=PNG),
            request_key="another-form",
            now=MONDAY + DAY,
        )


def test_a_file_that_is_none_is_refused_at_its_field(dear):
    answer = given(dear, file=b"<html>")

    assert (answer.status_code, AnalyticsRequest.objects.get().answered_at) == (422, None)


def test_nobody_else_gives_them(dear):
    assert given(dear, user=mallory()).status_code == 404


def test_who_does_not_answer_is_paid_as_everybody(dear):
    before = money_of()["clearing"]
    read_again(at=MONDAY + 8 * DAY)
    earnings.clear_all(now=MONDAY + 8 * DAY)

    assert money_of() == {"payable": before}
