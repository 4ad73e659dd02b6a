"""A clip that looks like one that somebody else submitted before: a hint, in shadow, for people to look at."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cliphaven.fraud.models import Assessment, ClipRisk, RiskCase
from cliphaven.fraud.operations import assessing
from cliphaven.fraud.queries import previews
from cliphaven.fraud.queries.policies import in_force
from tests.people import MONDAY, a_user, ben, mallory, seen
from tests.rooms.backoffice.risk_desk import shown
from tests.rooms.clips.test_thumbnails import PICTURE, handed_in, with_picture
from tests.rooms.earnings.earners import money_of
from tests.rooms.fraud.doubts import CALM, HOUR, a_policy, live

pytestmark = pytest.mark.django_db


def reasons_of(clip) -> list[dict]:
    latest = Assessment.objects.filter(clip=clip).order_by("-id").first()
    return [] if latest is None else latest.reasons


def test_a_re_upload_of_somebody_elses_video_is_told_with_the_clip_that_it_repeats_and_holds_nothing(world):
    a_policy(modes={})
    first = handed_in(world, ben())
    again = handed_in(world, mallory(), platform="youtube", reupload_of=first)
    for clip in (first, again):
        live(clip, CALM, begins_at=world.now())

    case = RiskCase.objects.get()
    assert (case.clip_id, case.effect, case.onset_observation_id) == (again.id, "shadow", 0)
    [reason] = case.because.reasons
    assert (reason["signal"], reason["strength_milli"], reason["is_live"]) == ("duplicate", 2_000, False)
    assert reason["evidence"]["earlier_clip"] == str(first.id)
    assert 0 <= reason["evidence"]["bits"] <= 6
    assert reason["sentence"].startswith(
        "Its thumbnail looks like that of a clip that somebody else submitted before: the two differ in "
    )
    assert "Ben" not in reason["sentence"]
    assert "held" not in money_of()


def test_the_case_leads_the_staff_to_the_earlier_clip(world):
    a_policy(modes={})
    first = handed_in(world, ben())
    live(handed_in(world, mallory(), reupload_of=first), CALM, begins_at=world.now())

    page = shown("staff_risk_case", RiskCase.objects.get().id)

    assert "Looks like somebody else's video" in page
    assert "Submitted before, and looks like it:" in page
    assert "of 64 places differ, Ben" in page


def test_other_pictures_and_ones_own_are_nothing(world):
    a_policy(modes={})
    first = handed_in(world, ben())
    for clip in (
        first,
        handed_in(world, mallory()),
        handed_in(world, ben(), platform="instagram", reupload_of=first),
    ):
        live(clip, CALM, begins_at=world.now())

    assert not RiskCase.objects.exists()


def test_a_clip_without_a_picture_is_judged_by_all_the_rest(world):
    a_policy(modes={})
    first = handed_in(world, ben())
    world.fault("thumbnails", "error_500", method="GET", times=2)
    again = handed_in(world, mallory(), reupload_of=first)
    live(again, CALM, begins_at=world.now())

    assert reasons_of(again) == []


def test_it_is_a_hint_that_opens_no_case_by_itself():
    a_policy(modes={"duplicate": "live"}, hold_from_milli=3_100)
    with_picture(ben(), PICTURE)
    copy = with_picture(mallory(), PICTURE)
    live(copy, CALM)

    risk = ClipRisk.objects.get(clip=copy)
    assert (risk.value_milli, risk.band) == (2_000, "watch")
    assert risk.probed_until is not None
    assert not RiskCase.objects.exists()


def test_who_was_first_is_not_told_that_somebody_came_after():
    a_policy(modes={})
    first = with_picture(ben(), PICTURE)
    with_picture(mallory(), PICTURE)
    live(first, CALM)

    assert not RiskCase.objects.exists()


def test_a_preview_says_what_it_would_hold():
    a_policy(modes={})
    with_picture(ben(), PICTURE)
    now = live(with_picture(mallory(), PICTURE ^ 1), CALM)
    draft = replace(in_force().version.draft, modes={"duplicate": "live"})

    found = previews.policy_preview(draft=draft, peer_table_id=in_force().version.peer_table_id, now=now)

    assert (found.held_now.clips, found.newly_held.clips) == (0, 1)


def test_however_many_clips_look_alike_the_database_is_asked_as_often():
    a_policy(modes={})
    with_picture(ben(), PICTURE)
    asked = []
    for number in range(1, 4):
        at = MONDAY + number * HOUR
        copies = [with_picture(a_user(f"Person{number}{one}"), PICTURE) for one in range(3 * number)]
        for copy in copies:
            seen(copy, 100, at=at)
        with CaptureQueriesContext(connection) as questions:
            assert assessing.assess_all(now=at) == len(copies)
        asked.append(len(questions))

    assert len(set(asked)) == 1
