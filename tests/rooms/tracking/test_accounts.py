"""What YouTube leaves out is gone only when its account says so too, on another day; and what is overlooked is not."""

from datetime import timedelta

import pytest

from cliphaven.clips.models import Clip, Lookup, VendorPause
from cliphaven.providers.readings import PollOutcome
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.operations import accounts
from cliphaven.tracking.rules.setbacks import GONE_LOOK
from tests.people import a_campaign, an_approved_clip
from tests.rooms.clips.outside import an_account
from tests.rooms.tracking.answers import record
from tests.rooms.tracking.test_polling import approved

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tracked(clip: Clip) -> TrackedClip:
    return TrackedClip.objects.get(clip=clip)


def left_out(clip: Clip, *, from_day: int, at) -> None:
    """The clip was read once, and left out by YouTube on two days since."""
    record({clip: 1_000}, at=at + (from_day - 1) * DAY)
    for day in (from_day, from_day + 1):
        record({clip: PollOutcome.MISSING}, at=at + day * DAY)
    assert tracked(clip).availability == "unreachable"


def ask(at) -> int:
    return accounts.ask_accounts(read_clock=lambda: at)


def test_a_clip_that_its_account_lists_no_more_is_gone_on_a_later_day(world):
    now = world.now()
    deleted = an_approved_clip(a_campaign(), platform="youtube")
    left_out(deleted, from_day=-2, at=now)

    assert ask(now) == 1

    gone = tracked(deleted)
    assert (gone.availability, gone.views_seen, gone.due_at) == ("gone", 1_000, now + GONE_LOOK)
    [question] = Lookup.objects.all()
    assert (question.platform, question.subject, question.asked, question.failure) == ("youtube", "upload", 1, "")

    record({deleted: 1_001}, at=now + DAY)
    assert (tracked(deleted).availability, tracked(deleted).gone_signs) == ("alive", "")


def test_a_clip_that_its_account_still_lists_stays_unreachable_and_is_asked_about_once_a_day(world):
    now = world.now()
    clip = approved(an_account(world, platform="youtube"), a_campaign())
    left_out(clip, from_day=-2, at=now)

    assert [ask(now), ask(now + timedelta(hours=23)), ask(now + DAY)] == [0, 0, 0]

    assert tracked(clip).availability == "unreachable"
    assert Lookup.objects.filter(subject="upload").count() == 2


def test_on_the_day_of_the_first_absence_no_account_is_asked(world):
    now = world.now()
    clip = an_approved_clip(a_campaign(), platform="youtube")
    record({clip: 1_000}, at=now - DAY)
    record({clip: PollOutcome.MISSING}, at=now)

    assert (ask(now), Lookup.objects.count()) == (0, 0)


def test_a_clip_that_was_seen_again_while_its_account_was_asked_stays_alive(world):
    now = world.now()
    clip = an_approved_clip(a_campaign(), platform="youtube")
    left_out(clip, from_day=-2, at=now)
    record({clip: 1_001}, at=now)

    assert accounts._keep_sign(clip_id=clip.id, now=now) is False
    assert tracked(clip).gone_signs == ""


def test_an_account_that_does_not_answer_is_no_sign_and_no_quota_stops_all_questions(world):
    now = world.now()
    clip = an_approved_clip(a_campaign(), platform="youtube")
    left_out(clip, from_day=-2, at=now)
    signs = tracked(clip).gone_signs
    world.fault("youtube", "quota_exceeded_403", method="GET", times=1)

    assert ask(now) == 0

    assert (tracked(clip).availability, tracked(clip).gone_signs) == ("unreachable", signs)
    assert VendorPause.objects.get().reason == "quota"
    ask(now + DAY / 24)
    assert Lookup.objects.count() == 1
