"""What readings teach about a clip's growth: rates that are found again, and displays that hide them."""

import math
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.tracking.rules.estimate import (
    PRIOR,
    RATE_FLOOR,
    GrowthEstimate,
    expected_gain,
    expected_rate,
    step_of,
    updated,
)

HOUR = timedelta(hours=1)
ages = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
anything = st.floats(allow_nan=True, allow_infinity=True)


def of_a_clip(scale: float, *, polls: int, every: float, step: int = 1) -> GrowthEstimate:
    """The estimate of a clip that gains scale ÷ (age + 4) views an hour, after so many polls."""
    estimate, shown = None, 0
    for number in range(1, polls + 1):
        age = number * every
        count = int(scale * math.log((age + 4) / 4))
        now = (count + step // 2) // step * step
        estimate = updated(estimate, gained=now - shown, over=every * HOUR, age=age * HOUR, step=step)
        shown = now
    assert estimate is not None
    return estimate


@pytest.mark.parametrize("scale", [500, 20_000, 3_000_000])
def test_a_steady_clip_is_known_after_five_polls(scale):
    estimate = of_a_clip(scale, polls=5, every=6)

    assert math.exp(estimate.log_rate) == pytest.approx(scale, rel=0.1)
    assert estimate.variance < 0.1


def test_the_first_count_alone_tells_of_the_rate():
    # 10,000 views within 20 hours: 10,000 = scale · ln(24 ÷ 4).
    estimate = updated(None, gained=10_000, over=20 * HOUR, age=20 * HOUR)

    assert math.exp(estimate.log_rate) == pytest.approx(10_000 / math.log(6), rel=0.1)


@pytest.mark.parametrize(("scale", "step"), [(60_000, 100), (4_000_000, 100_000)])
def test_a_display_in_steps_is_seen_through(scale, step):
    # Polls come five times as often as the display moves in the end; on average it moves at the true rate.
    estimate = of_a_clip(scale, polls=120, every=2, step=step)

    assert math.exp(estimate.log_rate) == pytest.approx(scale, rel=0.5)


def test_a_display_that_stands_still_lowers_the_rate_softly_and_never_to_nothing():
    age = 200 * HOUR
    before = GrowthEstimate(math.log(1_000 * 204), 0.1)
    after = updated(before, gained=0, over=HOUR, age=age, step=100_000)

    # 1,000 of 100,000 views to the next step were expected: standing still says a hundredth.
    assert before.log_rate - 0.01 < after.log_rate < before.log_rate
    for _ in range(1_000):
        after = updated(after, gained=0, over=24 * HOUR, age=age, step=100_000)
    assert expected_rate(after, age=age) >= RATE_FLOOR


def test_a_take_off_is_believed_at_once():
    before = GrowthEstimate(math.log(2_000), 0.05)
    after = updated(before, gained=50_000, over=10 * HOUR, age=250 * HOUR)
    true = 50_000 / math.log(254 / 244)

    assert math.exp(after.log_rate) == pytest.approx(true, rel=0.3)


def test_nothing_measured_adds_doubt_and_changes_nothing_else():
    before = GrowthEstimate(5.0, 0.1)

    after = updated(before, gained=None, over=10 * HOUR, age=50 * HOUR)

    assert after.log_rate == before.log_rate
    assert after.variance > before.variance


@given(
    st.none() | st.builds(GrowthEstimate, log_rate=anything, variance=anything),
    st.none() | st.integers(-(10**12), 10**12),
    ages,
    ages,
    st.integers(-5, 10**6),
)
def test_whatever_is_read_the_estimate_stays_a_number_and_the_rate_above_nothing(before, gained, over, age, step):
    after = updated(before, gained=gained, over=over, age=age, step=step)

    assert math.isfinite(after.log_rate)
    assert 0 < after.variance <= PRIOR.variance
    assert RATE_FLOOR <= expected_rate(after, age=age) < math.inf
    assert 0 <= expected_gain(after, age=age, over=over) < math.inf


@given(st.floats(-3, 16), st.floats(0.001, 4), st.integers(0, 10**8), st.integers(1, 10**8))
def test_more_views_never_mean_a_lower_rate_as_long_as_they_are_no_surprise(log_rate, variance, gained, more):
    before = GrowthEstimate(log_rate, variance)
    low, high = (updated(before, gained=count, over=6 * HOUR, age=50 * HOUR) for count in (gained, gained + more))

    assert high.log_rate >= low.log_rate - 0.35  # a surprise, or the change from counting to logarithms, may cost that


def test_the_few_views_of_a_small_clip_are_followed_on_average():
    chance, estimate, found = Random(7), None, []
    for day in range(1, 31):
        expected = 40 * math.log((24 * day + 4) / (24 * day - 20))
        views = sum(chance.random() < expected / 1_000 for _ in range(1_000))
        estimate = updated(estimate, gained=views, over=24 * HOUR, age=24 * day * HOUR)
        found.append(expected_rate(estimate, age=24 * day * HOUR) * (24 * day + 4))

    assert sum(found[:10]) / 10 == pytest.approx(40, rel=0.6)


@pytest.mark.parametrize(
    ("platform", "views", "step"),
    [
        ("tiktok", 9_999, 1),
        ("tiktok", 12_300, 100),
        ("tiktok", 12_345, 1),  # so exact a count was not rounded
        ("tiktok", 1_800_000, 100_000),
        ("tiktok", 1_776_621, 1),
        ("youtube", 1_800_000, 100_000),  # whoever shows it so has rounded it
        ("youtube", 1_800_001, 1),
        ("instagram", 47_000, 1_000),
        ("instagram", 4_700, 1),
        ("instagram", 0, 1),
    ],
)
def test_a_count_shows_itself_how_coarse_it_is(platform, views, step):
    assert step_of(platform, views) == step
