"""When a clip is polled next: the ladder by age, the gate for quiet clips, and what must hold for every clip."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.tracking.rules.ladder import LONGEST, gated_interval, next_due_at, polling_interval

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POSTED_AT = datetime(2026, 10, 5, 8, tzinfo=UTC)
AGES = st.timedeltas(min_value=-DAY, max_value=400 * DAY)


@pytest.mark.parametrize(
    ("age", "hours"),
    [
        (-HOUR, 1),
        (timedelta(0), 1),
        (24 * HOUR - timedelta(seconds=1), 1),
        (24 * HOUR, 2),
        (2 * DAY, 4),
        (4 * DAY, 8),
        (7 * DAY, 24),
        (14 * DAY, 36),
        (21 * DAY, 48),
        (30 * DAY, 72),
        (400 * DAY, 72),
    ],
)
def test_the_interval_grows_with_age(age: timedelta, hours: int) -> None:
    assert polling_interval(age) == hours * HOUR


def test_a_month_takes_about_a_tenth_of_the_polls_of_an_hourly_schedule() -> None:
    polls, moment = 0, POSTED_AT
    while moment < POSTED_AT + 30 * DAY:
        moment = next_due_at(posted_at=POSTED_AT, polled_at=moment)
        polls += 1
    # 24 hourly + 12 of 2 h + 12 of 4 h + 9 of 8 h + 7 daily + 5 of 36 h + 4 of 48 h, the last two with their remainders
    assert polls == 74


@pytest.mark.parametrize(
    ("gained", "over", "step", "hours"),
    [
        (199, HOUR, 1, 2),  # 199 in an hour: quiet
        (200, HOUR, 1, 1),
        (0, HOUR, 1, 2),
        (-50, HOUR, 1, 2),  # a fall is no growth
        (100, HOUR, 101, 1),  # 100 shown, but rounding may hide 100 more
        (0, HOUR, 100_000, 1),  # a count in steps of 100,000 that stands still says nothing
        (400, 4 * HOUR, 1, 2),  # 100 an hour
        (400, timedelta(minutes=30), 1, 1),  # 800 an hour
        (10**11, timedelta(microseconds=1), 1, 1),
        (0, timedelta(0), 1, 1),  # no time has passed, nothing can be said
    ],
)
def test_a_quiet_clip_waits_one_step_longer(gained: int, over: timedelta, step: int, hours: int) -> None:
    assert gated_interval(5 * HOUR, gained=gained, over=over, step=step) == hours * HOUR


def test_a_quiet_old_clip_is_still_polled_every_72_hours() -> None:
    assert gated_interval(90 * DAY, gained=0, over=72 * HOUR) == 72 * HOUR


def test_without_a_measurement_the_age_alone_decides() -> None:
    polled_at = POSTED_AT + 3 * DAY
    assert next_due_at(posted_at=POSTED_AT, polled_at=polled_at) == polled_at + 4 * HOUR


@given(AGES, st.timedeltas(min_value=timedelta(0), max_value=DAY))
def test_an_older_clip_is_never_polled_more_often(age: timedelta, older: timedelta) -> None:
    assert polling_interval(age) <= polling_interval(age + older)


@given(
    AGES,
    st.integers(min_value=-(10**9), max_value=10**9),
    st.timedeltas(min_value=timedelta(0), max_value=30 * DAY),
    st.sampled_from([1, 100, 100_000]),
)
def test_the_gate_waits_at_most_one_step_and_never_beyond_72_hours(
    age: timedelta, gained: int, over: timedelta, step: int
) -> None:
    steps = [hours * HOUR for hours in (1, 2, 4, 8, 24, 36, 48, 72, 72)]
    plain = polling_interval(age)
    gated = gated_interval(age, gained=gained, over=over, step=step)
    assert gated in (plain, steps[steps.index(plain) + 1])
    assert gated <= LONGEST
