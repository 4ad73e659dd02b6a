"""When a call is made and who is in it, what a poll costs, campaigns near their end, and the hour before a cut-off."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.tracking.rules.batching import chosen, is_worth_sending
from cliphaven.tracking.rules.estimate import GrowthEstimate
from cliphaven.tracking.rules.exhaustion import exhaustion_hazard, hours_until_exhausted
from cliphaven.tracking.rules.pricing import PRICE_HIGHEST, PRICE_LOWEST, stepped_price
from cliphaven.tracking.rules.sweeping import is_swept, next_cut_off, sweep_of

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 10, 12, 6, tzinfo=UTC)
urgencies = st.lists(st.floats(0, 100), max_size=60)


def test_a_call_that_clips_which_are_just_due_fill_by_nine_tenths_is_worth_sending():
    assert is_worth_sending([1.0] * 23, size=25)
    assert not is_worth_sending([1.0] * 22, size=25)


def test_clips_that_may_only_ride_never_send_a_call():
    assert not is_worth_sending([0.5] * 1_000, size=25)


def test_one_clip_sends_a_call_alone_when_it_is_very_late():
    assert not is_worth_sending([11.7], size=25)
    assert is_worth_sending([11.75], size=25)  # 11¾ − ½ is 11¼: after √11¾ = 3.4 of its intervals


@given(urgencies, st.integers(1, 50))
def test_a_call_that_goes_takes_the_most_urgent_that_may_ride(wants, size):
    places = chosen(wants, size=size, forced=[False] * len(wants))

    assert len(places) <= size
    assert bool(places) == is_worth_sending(wants, size=size)
    if places:
        taken = [wants[place] for place in places]
        assert min(taken) >= 0.5
        left = [want for place, want in enumerate(wants) if place not in places and want >= 0.5]
        assert not left or (len(places) == size and max(left) <= min(taken))


@given(urgencies.filter(bool), st.integers(1, 50), st.randoms())
def test_who_may_not_wait_is_in_the_call_first(wants, size, chance):
    forced = [chance.random() < 0.5 for _ in wants]
    forced[0] = True

    places = chosen(wants, size=size, forced=forced)

    assert sum(forced[place] for place in places) == min(size, sum(forced))


def test_a_price_rises_when_too_much_is_spent_and_falls_when_too_little():
    assert stepped_price(10, spent=200, planned=100) == pytest.approx(10 * math.exp(0.1))
    assert stepped_price(10, spent=0, planned=100) == pytest.approx(10 * math.exp(-0.1))
    assert stepped_price(10, spent=100, planned=100) == 10


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0, 1e18),
    st.floats(0, 1e18),
)
def test_a_price_never_leaves_its_bounds(price, spent, planned):
    assert PRICE_LOWEST <= stepped_price(price, spent=spent, planned=planned) <= PRICE_HIGHEST


def test_without_a_plan_polls_are_as_dear_as_can_be():
    assert stepped_price(10, spent=0, planned=0) == PRICE_HIGHEST


def test_hour_by_hour_the_price_finds_the_plan():
    # A house that spends 1,000 ÷ √price an hour; 100 are planned, so the price should become 100.
    price = 1.0
    for _ in range(200):
        price = stepped_price(price, spent=1_000 / math.sqrt(price), planned=100)

    assert price == pytest.approx(100, rel=0.02)


@pytest.mark.parametrize(
    ("left", "unseen", "burn", "hours"),
    [(100, 0, 10, 10), (100, 40, 10, 6), (100, 100, 10, 0), (100, 400, 10, 0), (100, 0, 0, math.inf), (-5, 0, 0, 0)],
)
def test_a_budget_lasts_as_long_as_what_is_not_spent_unseen_already(left, unseen, burn, hours):
    assert hours_until_exhausted(budget_left=left, forecast_unseen=unseen, burn_per_hour=burn) == hours


def test_unseen_views_become_dear_only_near_the_end():
    assert exhaustion_hazard(math.inf) == 1
    assert exhaustion_hazard(48) < 1.02
    assert exhaustion_hazard(6) == pytest.approx(1 + 50 / math.e)
    assert exhaustion_hazard(0) == exhaustion_hazard(-3) == 51


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (MONDAY - 2 * HOUR, None),
        (MONDAY - HOUR, MONDAY - HOUR),
        (MONDAY, MONDAY - HOUR),
        (MONDAY + timedelta(seconds=1), None),
        (MONDAY - HOUR - 7 * 24 * HOUR, MONDAY - HOUR - 7 * 24 * HOUR),
    ],
)
def test_the_sweep_is_the_hour_before_monday_six_oclock(now, start):
    assert sweep_of(now) == start
    assert next_cut_off(now).weekday() == 0


def is_read(minutes_before: int, *, per_hour: float, polled: timedelta = 8 * HOUR) -> bool:
    """Whether a clip of 200 hours that earns so many USD an hour is read so long before the cut-off."""
    age = 200 * HOUR
    return is_swept(
        posted_at=MONDAY - polled - age,
        polled_at=MONDAY - polled,
        now=MONDAY - timedelta(minutes=minutes_before),
        estimate=GrowthEstimate(math.log(1_000 * 204), 1e-6),
        worth=per_hour / 1_000,
    )


def test_a_clip_is_read_so_late_that_little_is_added_and_early_enough_for_an_answer():
    # Of 0.04 USD an hour three quarters of an hour add three cents; of 9 USD it is as late as may be.
    assert [is_read(minutes, per_hour=0.04) for minutes in (60, 46, 44, 5)] == [False, False, True, True]
    assert [is_read(minutes, per_hour=9) for minutes in (60, 30, 21, 20)] == [False, False, False, True]


def test_what_leaves_less_than_three_cents_unseen_is_not_read_for_the_cut_off():
    # Eight hours of 0.003 USD are 2.4 cents, those of 0.005 are 4.
    assert not is_read(10, per_hour=0.003)
    assert is_read(10, per_hour=0.005)


def test_a_clip_that_the_sweep_has_read_is_not_read_again():
    assert not is_read(10, per_hour=9, polled=HOUR / 2)
