"""Readings are held against the answers that they were made of, clips against their day, jobs against their message."""

import json
import zlib
from datetime import timedelta

import pytest

from cliphaven.backoffice.queries import invariants
from cliphaven.clips.models import Clip, VendorPause
from cliphaven.clips.rules import urls
from cliphaven.foundation import jobs
from cliphaven.notifications.models import Message, MessageState
from cliphaven.tracking.models import TrackedClip, VendorCall
from cliphaven.tracking.operations import polling
from tests.people import MONDAY, a_campaign, an_approved_clip, ben, seen
from tests.rooms.clips.outside import an_account

pytestmark = pytest.mark.django_db

READ = "missing and stale readings change nothing"
SEEN_TO = "every job is done, waits its time, runs, or is shown as given up"
MESSAGES = "each message has its cause and comes once"
SECRETS = "no secret is written down"


def broken() -> set[str]:
    """The names of the checks that do not hold."""
    return {check.name for check in invariants.ask(now=MONDAY) if check.failures}


def answered(clip: Clip, *items: object) -> None:
    """A poll of the clip, which was believed to have 10,000 views: these items are what the vendor said."""
    seen(clip, 10_000)
    raw = zlib.compress(json.dumps(items).encode())
    VendorCall.objects.update(raw_json=raw)


def test_a_reading_that_its_answer_has_is_well():
    clip = an_approved_clip(a_campaign())
    answered(clip, "no item", {"id": "another", "playCount": 7}, {"id": clip.video_id, "playCount": 10_000})

    assert broken() == set()


def test_counts_that_are_written_as_text_are_counts():
    clip = an_approved_clip(a_campaign())
    answered(clip, {"id": clip.video_id, "statistics": {"viewCount": "10000"}})

    assert broken() == set()


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "youtube"])
def test_what_each_vendor_really_answers_is_read_again(world, platform):
    account = an_account(world, platform=platform)
    clip = an_approved_clip(a_campaign())
    url = urls.parse_clip_url(account.post()["url"])
    Clip.objects.filter(id=clip.id).update(
        platform=platform, video_id=url.id, canonical_url=url.canonical, decided_at=world.now()
    )
    assert polling.poll_due(read_clock=world.now).measured == 1

    [check] = [check for check in invariants.ask(now=world.now()) if check.name == READ]
    assert (check.looked_at > 0, check.failures) == (True, ())


def test_a_reading_of_a_clip_that_is_not_in_the_answer_is_told():
    answered(an_approved_clip(a_campaign()))

    assert broken() == {READ}


def test_the_reading_of_a_neighbour_is_told():
    clip = an_approved_clip(a_campaign())
    answered(clip, {"id": clip.video_id, "playCount": 7}, {"id": "another", "playCount": 10_000})

    assert broken() == {READ}


def test_a_clip_that_nobody_reads_is_told_after_eight_hours():
    clip = an_approved_clip(a_campaign())
    TrackedClip.following(clip, due_at=MONDAY - timedelta(hours=8)).save()
    assert broken() == set()

    TrackedClip.objects.update(due_at=MONDAY - timedelta(hours=8, seconds=1))
    assert broken() == {SEEN_TO}


def test_a_clip_whose_vendor_serves_nothing_is_not_forgotten():
    clip = an_approved_clip(a_campaign())
    TrackedClip.following(clip, due_at=MONDAY - timedelta(hours=9)).save()
    VendorPause.objects.create(
        vendor="apify", reason="credit", begun_at=MONDAY - timedelta(hours=9), ends_at=MONDAY - timedelta(hours=1)
    )

    assert broken() == set()


def test_a_job_that_sends_a_message_of_nobodys_is_told():
    jobs.defer("notifications.send", message_id=77)

    assert broken() == {MESSAGES}


def test_a_way_in_is_in_no_job():
    message = Message.objects.create(user=ben(), key="magic-link:1", subject="In", text="Here.", queued_at=MONDAY)
    jobs.defer("notifications.send", message_id=message.id, link="/sign-in/link/0123456789abcdef/")

    assert broken() == {SECRETS}


def test_a_way_in_is_kept_until_it_is_sent_and_no_longer():
    message = Message.objects.create(
        user=ben(),
        key="magic-link:1",
        subject="In",
        text="Here.",
        link="/sign-in/link/0123456789abcdef/",
        queued_at=MONDAY,
    )
    assert broken() == set()

    message.state = MessageState.SENT
    message.save()
    assert broken() == {SECRETS}
