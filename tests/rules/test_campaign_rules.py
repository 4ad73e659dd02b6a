"""What a campaign's terms may be, where it may go next, and what of its money can be taken out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cliphaven.campaigns import rules
from cliphaven.campaigns.rules import TermsDraft

SOUND = TermsDraft(cpm_minor={"tiktok": 150})
COMPLETED_AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
LAST_DAY = date(2026, 11, 30)

NO_RATE = "Choose at least one platform and set its rate"
NO_SUCH_PLATFORM = "Only TikTok, Instagram and YouTube clips can be paid"
RATE = "A rate is between 1 and 1,000,000 minor units per 1,000 views"
MINIMUM = "The minimum of views cannot be negative"
CLIP_CAP = "The most that one clip can earn must be more than nothing"
CREATOR_CAP = "The most that one creator can earn must be more than nothing"
DAILY = "A creator may submit between 1 and 1,000 clips a day, or as many as they like"
HOLD = "Earnings clear within 60 days at the latest"
REVIEW = "The time to review a clip is between an hour and a week"
FRESHNESS = "Clips may be up to 90 days old when submitted, at least one"


@pytest.mark.parametrize(
    ("field", "lowest", "highest", "sentence"),
    [
        ("min_views", 0, 10**11, MINIMUM),
        ("max_payout_per_clip_minor", 1, 10**13, CLIP_CAP),
        ("cap_per_creator_minor", 1, 10**13, CREATOR_CAP),
        ("clips_per_creator_daily", 1, 1_000, DAILY),
        ("hold_days", 0, 60, HOLD),
        ("review_hours", 1, 168, REVIEW),
        ("freshness_days", 1, 90, FRESHNESS),
    ],
)
def test_each_number_of_the_terms_has_two_bounds_that_are_allowed_themselves(field, lowest, highest, sentence):
    for number in (lowest, highest):
        assert rules.problems_of_terms(replace(SOUND, **{field: number})) == []
    for number in (lowest - 1, highest + 1):
        assert rules.problems_of_terms(replace(SOUND, **{field: number})) == [sentence]


@pytest.mark.parametrize(
    ("cpm_minor", "problems"),
    [
        ({}, [NO_RATE]),
        ({"tiktok": 1, "instagram": 1_000_000, "youtube": 100}, []),
        ({"tiktok": 0}, [RATE]),
        ({"tiktok": 100, "youtube": 1_000_001}, [RATE]),
        ({"tiktok": 100, "myspace": 100}, [NO_SUCH_PLATFORM]),
        ({"myspace": 0}, [NO_SUCH_PLATFORM, RATE]),
    ],
)
def test_rates_are_for_the_three_platforms_and_within_bounds(cpm_minor, problems):
    assert rules.problems_of_terms(TermsDraft(cpm_minor=cpm_minor)) == problems


def test_everything_that_is_wrong_is_said_at_once():
    draft = TermsDraft(
        cpm_minor={},
        min_views=-1,
        max_payout_per_clip_minor=0,
        cap_per_creator_minor=0,
        clips_per_creator_daily=0,
        hold_days=61,
        review_hours=0,
        freshness_days=0,
    )

    assert rules.problems_of_terms(draft) == [
        *(NO_RATE, MINIMUM, CLIP_CAP, CREATOR_CAP, DAILY, HOLD, REVIEW, FRESHNESS),
    ]


def test_a_campaign_goes_only_where_the_table_says():
    states = list(rules.NEXT_STATES)

    assert {(one, other) for one in states for other in states if rules.can_become(one, other)} == {
        ("draft", "active"),
        ("draft", "closed"),
        ("active", "paused"),
        ("active", "completed"),
        ("paused", "active"),
        ("paused", "completed"),
        ("completed", "active"),
        ("completed", "closed"),
    }


@pytest.mark.parametrize(
    ("state", "completed_at", "expected"),
    [
        ("draft", None, datetime(1, 1, 1, tzinfo=UTC)),
        ("completed", COMPLETED_AT, COMPLETED_AT + timedelta(days=30)),
        ("completed", None, None),
        ("active", COMPLETED_AT, None),
        ("paused", None, None),
        ("closed", COMPLETED_AT, None),
    ],
)
def test_a_campaign_is_closed_when_nobody_can_earn_from_it_any_more(state, completed_at, expected):
    assert rules.closable_from(state=state, completed_at=completed_at) == expected


@pytest.mark.parametrize(
    ("ends_on", "today", "has_ended"),
    [
        (LAST_DAY, LAST_DAY, False),
        (LAST_DAY, LAST_DAY + timedelta(days=1), True),
        (LAST_DAY, LAST_DAY - timedelta(days=1), False),
        (None, LAST_DAY, False),
    ],
)
def test_the_last_day_belongs_to_the_campaign(ends_on, today, has_ended):
    assert rules.has_ended(ends_on=ends_on, today=today) is has_ended


@pytest.mark.parametrize(
    ("ends_on", "on", "last_day"),
    [
        (None, date(2026, 11, 10), date(2026, 11, 9)),
        (LAST_DAY, date(2026, 11, 10), date(2026, 11, 9)),
        (date(2026, 11, 3), date(2026, 11, 10), date(2026, 11, 3)),
    ],
)
def test_a_campaign_that_is_ended_is_over_at_once_and_never_lasts_longer(ends_on, on, last_day):
    assert rules.last_day_when_ended(ends_on=ends_on, on=on) == last_day
    assert rules.has_ended(ends_on=last_day, today=on)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("active", "Pause the campaign first: creators work for the money that an open one shows"),
        ("completed", "The last views are still being read: what is left comes back when you close the campaign"),
        ("closed", "This campaign is closed: what was left is in the wallet already"),
    ],
)
def test_nothing_is_taken_out_of_a_campaign_that_works_or_is_over(state, sentence):
    problem = rules.problem_of_defunding(
        state=state, amount_minor=1, unspent_minor=100, spoken_for_minor=0, currency="USD"
    )

    assert problem == sentence


@pytest.mark.parametrize("state", ["draft", "paused"])
@pytest.mark.parametrize(
    ("amount", "unspent", "spoken_for", "sentence"),
    [
        (10_000, 10_000, 0, ""),
        (10_001, 10_000, 0, "Of this campaign €100.00 is unspent: take out that much at most"),
        (7_500, 10_000, 2_500, ""),
        (
            7_501,
            10_000,
            2_500,
            "Take out €75.00 at most: €25.00 of what is unspent are for views that were seen and not counted yet",
        ),
        (
            1,
            10_000,
            12_000,
            "Take out €0.00 at most: €100.00 of what is unspent are for views that were seen and not counted yet",
        ),
    ],
)
def test_what_nobody_has_earned_or_is_about_to_can_be_taken_out(state, amount, unspent, spoken_for, sentence):
    problem = rules.problem_of_defunding(
        state=state, amount_minor=amount, unspent_minor=unspent, spoken_for_minor=spoken_for, currency="EUR"
    )

    assert problem == sentence
