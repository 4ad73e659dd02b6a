"""The staff have clips read again: at once, whoever asks, once for each request, and with a reason that is kept."""

from datetime import timedelta
from typing import Any

import pytest

from cliphaven.campaigns.models import Campaign
from cliphaven.tracking.models import TrackedClip, TrackingAct
from cliphaven.tracking.operations import acts, asking_again
from cliphaven.tracking.queries.acts import latest_acts
from tests.people import MONDAY, a_campaign, a_user, an_approved_clip, ben, dot, seen

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def campaign() -> Campaign:
    """A campaign with a clip that was read on Monday and is not due for a week."""
    found = a_campaign()
    seen(an_approved_clip(found), 4_200)
    TrackedClip.objects.update(due_at=MONDAY + timedelta(days=7))
    return found


def clip_id() -> int:
    return TrackedClip.objects.order_by("clip_id").values_list("clip_id", flat=True)[0]


def read_again(**named: Any) -> int:
    order = {"staff_id": dot().id, "why": "The sponsor asks", "request_key": "key-of-a-form"}
    named = {"clip_id": named.get("clip_id") or clip_id(), **named}
    return asking_again.read_clip_again(**{**order, "now": LATER, **named})


@pytest.mark.usefixtures("campaign")
def test_a_clip_is_due_at_once_and_it_is_kept_who_asked_and_why():
    assert read_again() == 1

    tracked = TrackedClip.objects.get()
    assert (tracked.due_at, tracked.wanted_since) == (LATER, LATER)
    [act] = latest_acts(clip_id=clip_id())
    assert (act.who, act.what, act.why, act.clips) == ("Dot", "had a clip read again", "The sponsor asks", 1)


@pytest.mark.usefixtures("campaign")
def test_the_same_request_is_carried_out_once_and_answers_the_same():
    assert [read_again(), read_again(now=LATER + timedelta(minutes=5))] == [1, 1]

    assert TrackingAct.objects.count() == 1


@pytest.mark.usefixtures("campaign")
def test_who_asks_while_somebody_waits_changes_nothing():
    read_again()

    assert read_again(request_key="key-of-another-form", now=LATER + timedelta(minutes=1)) == 0
    assert TrackedClip.objects.get().wanted_since == LATER


@pytest.mark.usefixtures("campaign")
def test_a_key_that_was_used_for_something_else_is_refused(campaign):
    read_again()

    with pytest.raises(acts.KeyUsedBefore):
        asking_again.read_campaign_again(
            campaign_id=campaign.id, staff_id=dot().id, why="All", request_key="key-of-a-form", now=LATER
        )


@pytest.mark.usefixtures("campaign")
@pytest.mark.parametrize("why", ["", "   ", "x" * 301])
def test_without_a_reason_of_some_words_nothing_is_read(why):
    with pytest.raises(acts.ReasonMissing):
        read_again(why=why)

    assert TrackedClip.objects.get().wanted_since is None


@pytest.mark.usefixtures("campaign")
def test_only_staff_may_ask():
    with pytest.raises(acts.NotStaff):
        read_again(staff_id=ben().id)


def test_a_clip_that_is_not_followed_cannot_be_read():
    clip = an_approved_clip(a_campaign())

    with pytest.raises(asking_again.NotTracked, match="from its approval on"):
        read_again(clip_id=clip.id)


def test_of_a_campaign_those_are_read_that_nobody_waits_for_yet(campaign):
    for _ in range(2):
        seen(an_approved_clip(campaign), 100)
    read_again()
    other = a_campaign(title="Another")
    seen(an_approved_clip(other), 100)

    wanted = asking_again.read_campaign_again(
        campaign_id=campaign.id, staff_id=a_user("Eli", is_staff=True).id, why="A fall", request_key="k-all", now=LATER
    )

    assert wanted == 2
    assert TrackedClip.objects.filter(wanted_since=LATER, clip__campaign=campaign).count() == 3
    assert not TrackedClip.objects.filter(clip__campaign=other, wanted_since__isnull=False).exists()
    assert [(act.who, act.clips, act.campaign_id) for act in latest_acts()[:1]] == [("Eli", 2, campaign.id)]


def test_of_a_large_campaign_those_that_were_not_read_for_longest_come_first(campaign, monkeypatch):
    monkeypatch.setattr(asking_again, "CLIPS_AT_ONCE_MAX", 1)
    older = an_approved_clip(campaign)
    seen(older, 50, at=MONDAY - timedelta(days=2))

    asking_again.read_campaign_again(
        campaign_id=campaign.id, staff_id=dot().id, why="A fall", request_key="key-of-a-form", now=LATER
    )

    assert list(TrackedClip.objects.filter(wanted_since=LATER).values_list("clip_id", flat=True)) == [older.id]


def test_a_campaign_without_followed_clips_is_refused_with_the_reason():
    campaign = a_campaign()

    with pytest.raises(asking_again.NotTracked, match="None of its clips is followed"):
        asking_again.read_campaign_again(
            campaign_id=campaign.id, staff_id=dot().id, why="A fall", request_key="key-of-a-form", now=LATER
        )
