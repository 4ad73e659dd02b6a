"""What becomes of an accrual at the end of its hold period, how long a hold may last, and what a debt takes."""

from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.earnings.rules import holding, settling, taking
from cliphaven.earnings.rules.settling import AtClearing
from cliphaven.earnings.rules.taking import Available, Taken

CLEARS = datetime(2026, 11, 9, 6, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def judged(
    *,
    looked: timedelta | None = timedelta(),
    now: timedelta = timedelta(),
    views_to: int = 10_000,
    counted: int = 10_000,
    settled: int | None = 10_000,
    fallen_to: int | None = None,
    was_answered: bool = False,
) -> AtClearing:
    """`looked` and `now` are counted from the end of the hold period."""
    look = settling.LatestLook(
        looked_at=None if looked is None else CLEARS + looked, settled_views=settled, fallen_to=fallen_to
    )
    return settling.at_clearing(
        clears_at=CLEARS,
        views_to=views_to,
        views_counted=counted,
        look=look,
        was_answered=was_answered,
        now=CLEARS + now,
    )


@pytest.mark.parametrize(
    ("looked", "now", "expected"),
    [
        (-12 * HOUR, timedelta(), AtClearing.CLEAR),
        (-12 * HOUR - SECOND, timedelta(), AtClearing.WAIT),
        (-12 * HOUR - SECOND, 72 * HOUR - SECOND, AtClearing.WAIT),
        (-12 * HOUR - SECOND, 72 * HOUR, AtClearing.CLEAR),  # a vendor that is out locks nobody's money
        (None, timedelta(), AtClearing.WAIT),
        (None, 72 * HOUR, AtClearing.CLEAR),
        (5 * HOUR, 5 * HOUR, AtClearing.CLEAR),
    ],
)
def test_earnings_clear_after_a_late_look_or_after_three_days(looked, now, expected):
    assert judged(looked=looked, now=now) is expected


@pytest.mark.parametrize(
    ("settled", "views_to", "counted", "expected"),
    [
        (8_000, 10_000, 10_000, AtClearing.CLEAR),  # 20 % less
        (7_999, 10_000, 10_000, AtClearing.HOLD),
        (7_999, 7_999, 10_000, AtClearing.CLEAR),  # this increment still stands
        (7_999, 8_000, 10_000, AtClearing.HOLD),
        (None, 10_000, 10_000, AtClearing.CLEAR),  # gone or hidden: silence takes nothing away
        (12_000, 10_000, 10_000, AtClearing.CLEAR),
    ],
)
def test_what_lies_above_a_fall_of_more_than_a_fifth_is_held(settled, views_to, counted, expected):
    assert judged(settled=settled, views_to=views_to, counted=counted) is expected


def test_a_fall_that_was_seen_once_waits_for_the_second_look():
    assert judged(fallen_to=5_000) is AtClearing.WAIT
    assert judged(fallen_to=5_000, views_to=5_000) is AtClearing.CLEAR
    assert judged(fallen_to=5_000, now=72 * HOUR) is AtClearing.CLEAR


def test_what_was_released_is_not_held_for_the_same_again():
    assert judged(settled=100, was_answered=True) is AtClearing.CLEAR
    assert judged(fallen_to=100, was_answered=True) is AtClearing.CLEAR


@pytest.mark.parametrize(
    ("accrued", "then", "standing", "expected"),
    [
        (timedelta(), 6_000, 6_000, True),
        (SECOND, 6_000, 6_000, False),  # it came after the answer
        (-HOUR, 6_000, 4_800, True),  # 20 % less than stood then
        (-HOUR, 6_000, 4_799, False),  # another fall
        (-HOUR, None, 100, True),
        (-HOUR, 6_000, None, True),
    ],
)
def test_a_persons_answer_holds_for_what_was_there_until_the_clip_falls_again(accrued, then, standing, expected):
    answer = settling.Answer(let_go_at=CLEARS, views_standing=then)
    look = settling.LatestLook(looked_at=CLEARS, settled_views=standing, fallen_to=None)

    assert settling.is_answered(accrued_at=CLEARS + accrued, answer=answer, look=look) is expected


@pytest.mark.parametrize(
    ("former", "releases", "is_sound"),
    [
        (timedelta(), SECOND, True),
        (timedelta(), timedelta(), False),
        (timedelta(days=14), timedelta(days=14), False),
        (timedelta(days=14), timedelta(days=60), True),
        (timedelta(days=14), timedelta(days=60, seconds=1), False),
    ],
)
def test_a_hold_ends_after_what_was_said_before_and_within_sixty_days(former, releases, is_sound):
    problem = holding.problem_of_release(placed_at=CLEARS, releases_at=CLEARS + releases, former=CLEARS + former)

    assert (problem == "") is is_sound


UNPAID = [
    Available(accrual_id=1, stage="payable", left_minor=50),
    Available(accrual_id=2, stage="held", left_minor=30),
    Available(accrual_id=3, stage="clearing", left_minor=20),
    Available(accrual_id=4, stage="clearing", left_minor=0),
    Available(accrual_id=5, stage="clearing", left_minor=10),
]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, []),
        (25, [(3, 20), (5, 5)]),
        (61, [(3, 20), (5, 10), (2, 30), (1, 1)]),
        (999, [(3, 20), (5, 10), (2, 30), (1, 50)]),  # the rest is owed
    ],
)
def test_a_debt_takes_from_what_is_furthest_from_the_bank_and_there_from_the_oldest(amount, expected):
    parts = taking.taken(amount_minor=amount, available=reversed(UNPAID))

    assert [(part.accrual_id, part.amount_minor) for part in parts] == expected
    assert all(isinstance(part, Taken) for part in parts)
