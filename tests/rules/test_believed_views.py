"""What of a reading is believed: rises at once, falls when seen twice, faults and silence never."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.tracking.rules.believed import Belief, BelievedViews, display_step, judge

START = datetime(2026, 10, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def known(views: int) -> BelievedViews:
    return BelievedViews(seen=views, settled=views, observed_at=START)


def story(*readings: int | None, apart: timedelta = HOUR) -> tuple[BelievedViews | None, list[Belief]]:
    believed, beliefs = None, []
    for place, views in enumerate(readings):
        judgement = judge(believed, views, START + place * apart)
        believed = judgement.believed
        beliefs.append(judgement.belief)
    return believed, beliefs


@pytest.mark.parametrize(
    ("before", "reading", "belief"),
    [
        (1000, 1001, Belief.ROSE),
        (1000, 1000, Belief.STEADY),
        (1000, 995, Belief.STEADY),  # 0.5 % of 1,000 = 5
        (1000, 994, Belief.FELL),
        (501, 0, Belief.FAULT),
        (501, None, Belief.FAULT),
        (500, 0, Belief.FELL),
        (500, None, Belief.MISSING),
        (2, 1, Belief.FELL),
        (0, 0, Belief.STEADY),
    ],
)
def test_a_reading_is_judged_against_what_is_believed(before: int, reading: int | None, belief: Belief) -> None:
    assert judge(known(before), reading, START + HOUR).belief is belief


@pytest.mark.parametrize(
    ("before", "reading", "dropped"),
    [(1000, 800, False), (1000, 799, True), (1000, 995, False), (501, 0, False), (500, 0, True)],  # 20 % of 1,000 = 200
)
def test_a_fall_of_more_than_a_fifth_is_warned_of(before: int, reading: int, dropped: bool) -> None:
    assert judge(known(before), reading, START + HOUR).dropped is dropped


def test_the_first_reading_is_believed() -> None:
    assert story(7) == (BelievedViews(seen=7, settled=7, observed_at=START), [Belief.FIRST])


def test_silence_before_the_first_reading_is_not_zero() -> None:
    assert story(None, None) == (None, [Belief.MISSING, Belief.MISSING])


def test_a_fall_is_believed_when_a_later_poll_shows_it_again() -> None:
    believed, beliefs = story(1000, 700, 700)
    assert beliefs == [Belief.FIRST, Belief.FELL, Belief.PURGED]
    assert believed is not None
    assert (believed.seen, believed.settled) == (1000, 700)


def test_a_fall_shown_twice_within_a_quarter_of_an_hour_is_not_believed_yet() -> None:
    believed, beliefs = story(1000, 700, 700, apart=timedelta(minutes=14))
    assert beliefs[-1] is Belief.FELL
    assert believed is not None
    assert believed.settled == 1000


def test_a_fall_that_is_gone_at_the_next_poll_was_none() -> None:
    believed, beliefs = story(1000, 700, 1010, 700)
    assert beliefs[-2:] == [Belief.ROSE, Belief.FELL]
    assert believed is not None
    assert believed.settled == 1010


def test_of_two_low_readings_the_higher_is_what_both_agree_on() -> None:
    believed, _ = story(1000, 700, 600)
    assert believed is not None
    assert (believed.settled, believed.fallen_to) == (700, 600)


def test_one_fall_is_warned_of_once() -> None:
    fallen = judge(known(1000), 700, START + HOUR)
    again = judge(fallen.believed, 700, START + 2 * HOUR)
    after = judge(again.believed, 700, START + 3 * HOUR)
    assert [fallen.dropped, again.dropped, after.dropped] == [True, False, False]


def test_a_fall_that_deepens_past_a_fifth_is_warned_of_then() -> None:
    fallen = judge(known(1000), 900, START + HOUR)
    assert judge(fallen.believed, 700, START + 2 * HOUR).dropped


def test_after_a_purge_growth_is_counted_from_the_lower_count() -> None:
    believed, beliefs = story(1000, 700, 700, 750)
    assert beliefs[-1] is Belief.ROSE
    assert believed is not None
    assert (believed.seen, believed.settled) == (1000, 750)


def test_many_small_falls_do_not_pass_for_jitter_together() -> None:
    assert story(1000, 997, 994)[1] == [Belief.FIRST, Belief.STEADY, Belief.FELL]


def test_silence_between_two_low_readings_changes_nothing() -> None:
    assert story(1000, 700, None, 0, 700)[1][-3:] == [Belief.FAULT, Belief.FAULT, Belief.PURGED]


def test_a_reading_older_than_the_last_one_is_late() -> None:
    judgement = judge(known(1000), 5000, START - HOUR)
    assert (judgement.belief, judgement.believed) == (Belief.LATE, known(1000))


@pytest.mark.parametrize(
    ("platform", "views", "step"),
    [
        ("tiktok", 9_999, 1),
        ("tiktok", 10_000, 100),
        ("tiktok", 999_900, 100),
        ("tiktok", 1_000_000, 100_000),
        ("instagram", 5_000_000, 1),
        ("youtube", 5_000_000, 1),
    ],
)
def test_tiktok_rounds_what_it_shows(platform: str, views: int, step: int) -> None:
    assert display_step(platform, views) == step


def test_a_fall_by_one_step_of_the_display_may_be_rounding() -> None:
    assert judge(known(1_300_000), 1_200_000, START + HOUR, step=100_000).belief is Belief.STEADY


def test_a_fall_by_two_steps_is_a_fall() -> None:
    assert judge(known(1_300_000), 1_100_000, START + HOUR, step=100_000).belief is Belief.FELL


READINGS = st.lists(st.none() | st.integers(min_value=0, max_value=10**11), max_size=12)


@given(READINGS)
def test_seen_never_falls_and_settled_never_exceeds_it(readings: list[int | None]) -> None:
    believed: BelievedViews | None = None
    for place, views in enumerate(readings):
        before, believed = believed, judge(believed, views, START + place * HOUR).believed
        if before is not None:
            assert believed is not None
            assert before.seen <= believed.seen
            assert believed.settled <= believed.seen


@given(READINGS, st.integers(min_value=0, max_value=10**11))
def test_seen_is_the_highest_count_that_was_read(readings: list[int | None], last: int) -> None:
    believed, _ = story(*readings, last)
    assert believed is not None
    assert believed.seen == max(views for views in (*readings, last) if views is not None)


@given(READINGS)
def test_silence_changes_nothing(readings: list[int | None]) -> None:
    believed, _ = story(*readings)
    assert judge(believed, None, START + 99 * HOUR).believed == believed
