"""What people are told of counts: where from and how old, what a fall means, and what it means when a clip is away."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from cliphaven.clips.models import Clip, VendorPause
from cliphaven.earnings import operations as earnings
from cliphaven.earnings.queries.overviews import view_chart
from cliphaven.foundation import clock
from cliphaven.tracking.models import TrackedClip
from cliphaven.tracking.queries import ObservationPoint
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, ben, seen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture
def clip() -> Clip:
    """Ben's clip, read two hours ago."""
    found = an_approved_clip(a_campaign())
    seen(found, 10_000, at=clock.now() - timedelta(hours=2))
    return found


def page(name: str, who: str, *where: object) -> str:
    client = Client()
    client.force_login(ben() if who == "Ben" else a_user(who))
    answer = client.get(reverse(name, args=where))
    assert answer.status_code == 200
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


@pytest.mark.parametrize("who", ["Ben", "Ada"])
def test_a_count_has_its_source_and_its_age_for_both_sides(clip, who):
    assert "TikTok, read 2 h ago" in page("clip", who, clip.id)


def test_while_nobody_asks_the_platforms_vendor_the_next_reading_is_promised_for_afterwards(clip):
    now = clock.now()
    TrackedClip.objects.update(due_at=now - timedelta(minutes=5))
    assert "Read again with the next batch" in page("clip", "Ben", clip.id)

    VendorPause.objects.create(
        vendor="apify", reason="budget", begun_at=now, ends_at=now + timedelta(hours=5, minutes=1)
    )

    assert "Read again in about 5 h" in page("clip", "Ben", clip.id)


def test_views_that_became_money_have_the_age_of_their_reading(clip):
    earnings.accrue_campaign(campaign_id=clip.campaign_id, now=clock.now())
    seen(clip, 10_010, at=clock.now())

    assert "Views counted 10,000 by TikTok, already turned into money · updated 2 h ago" in page("clip", "Ben", clip.id)


def test_lists_of_both_sides_have_source_and_age_too(clip):
    assert "TikTok, read 2 h ago" in page("creator_home", "Ben")
    shown = page("campaign", "Ada", clip.campaign_id)
    assert "TikTok, read 2 h ago" in shown
    assert "Read by us latest 2 h ago , oldest 2 h ago" in shown


def test_what_was_not_read_is_said_to_be_and_shown_as_no_number():
    clip = an_approved_clip(a_campaign())
    TrackedClip.following(clip, due_at=MONDAY).save()

    shown = page("clip", "Ben", clip.id)

    assert "Views seen not measured" in shown
    assert "TikTok, not read yet" in shown
    assert "no clip yet" in page("campaign", "Ada", clip.campaign_id)


def test_a_clip_that_is_away_keeps_its_views_and_its_creator_is_told_what_to_do(clip):
    TrackedClip.objects.update(availability="unreachable")

    shown = page("clip", "Ben", clip.id)

    assert "TikTok did not show this clip when it was last looked at" in shown
    assert "If you made it private, make it public again" in shown
    assert "Views seen 10,000" in shown
    assert "make it public again" not in page("clip", "Ada", clip.id)
    assert "Unreachable" in page("creator_home", "Ben")
    assert "Unreachable" in page("campaign", "Ada", clip.campaign_id)


def test_a_clip_that_is_gone_is_told_with_what_it_means(clip):
    TrackedClip.objects.update(availability="gone")

    assert "TikTok says that this clip is gone" in page("clip", "Ben", clip.id)
    assert "should it come back, they are" in page("clip", "Ada", clip.id)


def test_a_fall_that_was_read_once_proves_nothing_and_a_confirmed_one_is_told(clip):
    TrackedClip.objects.update(fallen_to=7_000, fallen_at=clock.now())
    assert "The last reading showed 7,000 views" in page("clip", "Ben", clip.id)

    TrackedClip.objects.update(fallen_to=None, fallen_at=None, views_settled=7_000)
    shown = page("clip", "Ben", clip.id)
    assert "TikTok took views back: 7,000 of 10,000 stand" in shown
    assert "The clip earns again when it has more than 10,000 views." in shown


def point(hours: int, views: int, *, believed: bool = True) -> ObservationPoint:
    return ObservationPoint(
        observed_at=MONDAY + timedelta(hours=hours),
        views=views,
        likes=None,
        comments=None,
        shares=None,
        believed=believed,
        dropped=False,
        source="test",
    )


def test_readings_that_are_not_believed_are_marks_beside_the_curve():
    chart = view_chart([point(0, 100), point(1, 5, believed=False), point(2, 120)])

    assert chart is not None
    start = int(MONDAY.timestamp())
    assert chart["rows"] == [[start, 100, None], [start + 3600, None, 5], [start + 7200, 120, None]]
    assert chart["sparse"] is True
    assert [series["label"] for series in chart["series"]] == ["Views believed", "Read, but not believed"]


def test_where_nothing_was_read_for_long_the_curve_has_a_gap():
    chart = view_chart([point(0, 100), point(100, 120)])

    assert chart is not None
    start = int(MONDAY.timestamp())
    assert chart["gaps"] == [[start, start + 100 * 3600, "not measured"]]
