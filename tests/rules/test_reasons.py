"""Why a clip is read when it is, in words: one reason for each case, and the figures of the clip in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.tracking.rules.policies import Policy
from cliphaven.tracking.rules.reasons import Standing, reason

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
STANDING = Standing(
    policy=Policy.parse("index"),
    now=NOW,
    posted_at=NOW - timedelta(days=4),
    polled_at=NOW - timedelta(hours=1),
    due_at=NOW + timedelta(hours=4),
    wanted_since=None,
    is_under_way=False,
    is_gone=False,
    failures=0,
    rate=1_250.0,
    worth=0.0015,
    hazard=1.0,
    value=0.9,
    price=12.0,
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_under_way": True, "wanted_since": NOW}, "being read just now"),
        ({"wanted_since": NOW, "due_at": NOW}, "Somebody waits"),
        ({"due_at": None}, "It rests: its campaign is closed, or has no money left"),
        ({"polled_at": None}, "never read"),
        ({"is_gone": True, "failures": 9}, "gone from its platform"),
        ({"failures": 1}, "The last look measured nothing"),
        ({"failures": 3}, "The last 3 looks measured nothing"),
        ({"policy": Policy.parse("ladder")}, "By the ladder of ages: a clip as old as this one is read every 5 hours"),
        ({"policy": Policy.parse("fixed:5")}, "Every clip is read every 5 hours"),
        ({"worth": 0.0}, "Nothing is paid for its views for now"),
        ({"hazard": 0.0}, "Nothing is paid for its views for now"),
        # Read at an age of 95 hours: 3·√95 + ½ = 29.7 hours is the longest.
        ({"due_at": NOW + timedelta(hours=28.8)}, "too few for a reading of their own"),
        ({"hazard": 20.0}, "running out of money"),
        ({"rate": None}, "about as many views as any clip"),
    ],
)
def test_every_case_has_its_sentence(change, said):
    assert said in reason(replace(STANDING, **change))


PAUSED = {"paused_until": NOW + timedelta(hours=2), "paused_because": "its credit is used up"}


@pytest.mark.parametrize("change", [{"due_at": NOW}, {"wanted_since": NOW}])
def test_a_clip_whose_turn_has_come_says_which_vendor_it_waits_for_and_until_when(change):
    said = reason(replace(STANDING, **PAUSED, **change))

    assert "asked nothing until Mon 02 Nov, 08:00 UTC: its credit is used up." in said


def test_a_clip_whose_turn_is_later_does_not_mind_a_pause():
    assert reason(replace(STANDING, **PAUSED)) == reason(STANDING)


def test_where_money_is_weighed_its_figures_are_told():
    assert reason(STANDING) == (
        "It gains about 1,250 views an hour, each worth $0.0015 to whoever pays. What nobody has seen of it is worth"
        " 0.9 $·h now, and a reading is made at 12.0 $·h: 5 hours after the last one."
    )


def test_only_a_campaign_that_runs_out_is_said_to():
    assert "running out" not in reason(STANDING)
