"""Links are looked at thirty times an hour for each creator, by page and API alike; a refusal says when it goes on."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from cliphaven.clips.models import Submission
from cliphaven.clips.operations import allowances
from cliphaven.identity import operations as identity
from cliphaven.identity.models import Allowance
from tests.people import MONDAY, a_campaign, ben, mallory
from tests.rooms.clips.test_pages import HTMX, signed_in

MOST = 30


def used_up(purpose: str, *, at: Any) -> None:
    """As if the creator had asked thirty times at that moment."""
    Allowance.objects.create(user=ben(), purpose=purpose, used=MOST, window_ends_at=at + timedelta(hours=1))


def ask(client: Client, path: str, *, campaign_id: int, key: str = "key-of-a-request") -> Any:
    order = json.dumps({"campaign": campaign_id, "urls": ["nonsense"]})
    return client.post(f"/api/v1{path}", order, content_type="application/json", headers={"Idempotency-Key": key})


@pytest.mark.django_db
def test_the_thirty_first_check_within_an_hour_is_refused_and_the_next_hour_begins_anew():
    for minute in range(MOST):
        allowances.use_check(creator_id=ben().id, now=MONDAY + timedelta(minutes=minute))

    with pytest.raises(identity.TooOften, match="check links 30 times within an hour") as refusal:
        allowances.use_check(creator_id=ben().id, now=MONDAY + timedelta(minutes=45))
    assert refusal.value.wait == timedelta(minutes=60 - 45)
    allowances.use_check(creator_id=ben().id, now=MONDAY + timedelta(minutes=60))


@pytest.mark.django_db
def test_what_one_creator_uses_up_is_not_missed_by_another_nor_for_another_purpose():
    used_up("clips.check", at=MONDAY)

    allowances.use_check(creator_id=mallory().id, now=MONDAY)
    allowances.use_submission(creator_id=ben().id, request_key="", now=MONDAY)


def test_of_many_checks_at_once_no_more_than_thirty_go_through(committed):
    creator_id, passed = ben().id, []
    barrier = threading.Barrier(MOST // 2 + 1)
    Allowance.objects.create(
        user_id=creator_id, purpose="clips.check", used=MOST // 2, window_ends_at=MONDAY + timedelta(hours=1)
    )

    def check() -> None:
        try:
            barrier.wait()
            allowances.use_check(creator_id=creator_id, now=MONDAY)
            passed.append(1)
        except identity.TooOften:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=check) for _ in range(MOST // 2 + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == MOST - MOST // 2


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "purpose"), [("/clips/check", "clips.check"), ("/clips", "clips.submit")])
def test_the_api_says_too_often_and_when_to_come_back(world, path, purpose):
    used_up(purpose, at=world.now())

    answer = ask(signed_in(ben()), path, campaign_id=a_campaign().id)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_often")
    assert 3_500 < int(answer.headers["Retry-After"]) <= 3_600
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_a_request_that_is_repeated_counts_once_and_is_answered_beyond_the_limit(world):
    client, campaign_id = signed_in(ben()), a_campaign().id
    first = ask(client, "/clips", campaign_id=campaign_id)
    Allowance.objects.update(used=MOST)

    again = ask(client, "/clips", campaign_id=campaign_id)
    other = ask(client, "/clips", campaign_id=campaign_id, key="key-of-another-one")

    assert (again.status_code, again.json()) == (200, first.json())
    assert (other.status_code, Submission.objects.count()) == (429, 1)
    assert world.now() < Allowance.objects.get().window_ends_at


@pytest.mark.django_db
@pytest.mark.parametrize(("act", "purpose"), [("check", "clips.check"), ("submit", "clips.submit")])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_page_says_so_and_keeps_what_was_pasted(world, act, purpose, headers):
    used_up(purpose, at=world.now())
    form = {"campaign": a_campaign().id, "links": "https://youtu.be/18NGQq7p3LY", "act": act}

    answer = signed_in(ben()).post(reverse("clip_submit"), form, headers=headers)
    page = answer.content.decode()

    assert (answer.status_code, "30 times within an hour" in page) == (429, True)
    # Without JavaScript the whole page comes anew; with it the form stays as it is, and nothing may take its place.
    assert ("https://youtu.be/18NGQq7p3LY" in page, 'name="links"' in page) == (not headers, not headers)


@pytest.mark.django_db
def test_the_forty_first_channel_of_a_day_is_refused():
    for _ in range(40):
        allowances.use_channel(creator_id=ben().id, now=MONDAY)

    with pytest.raises(identity.TooOften, match="add channels 40 times within 24 hours"):
        allowances.use_channel(creator_id=ben().id, now=MONDAY + timedelta(hours=23))
