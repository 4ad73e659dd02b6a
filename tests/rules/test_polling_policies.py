"""When a clip is polled next: what any numbers at all may do to a plan, and what a plan owes to a clip."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliphaven.tracking.rules import policies
from cliphaven.tracking.rules.estimate import GrowthEstimate
from cliphaven.tracking.rules.policies import (
    Policy,
    UnknownPolicy,
    latest_at,
    latest_retry_at,
    longest_wait,
    plan,
    promised_wait,
    urgency,
    value,
)

HOUR = timedelta(hours=1)
POSTED_AT = datetime(2026, 10, 5, 8, tzinfo=UTC)
INDEX = Policy.parse("index")

ages = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
# Also what never ought to be there: a plan is made of it all the same.
anything = st.floats(allow_nan=True, allow_infinity=True)
estimates = st.none() | st.builds(GrowthEstimate, log_rate=anything, variance=anything)
sane = st.builds(GrowthEstimate, log_rate=st.floats(-3, 16), variance=st.floats(0.001, 4))
worths = st.floats(1e-5, 1e-1)
prices = st.floats(0.05, 5_000)
steps = st.integers(1, 10**6)


@pytest.mark.parametrize("name", ["index", "ladder", "hourly", "fixed:12", "fixed:0.25", "fixed:72"])
def test_a_policy_is_told_by_its_name(name):
    assert str(Policy.parse(name)) == name


@pytest.mark.parametrize(
    "name", ["", "fixed", "fixed:", "fixed:0", "fixed:73", "fixed:nan", "fixed:-1", "index:3", "often", "hourly:2"]
)
def test_another_name_is_refused_with_a_sentence(name):
    with pytest.raises(UnknownPolicy, match=r"say .*fixed:H"):
        Policy.parse(name)


@given(ages, estimates, st.fixed_dictionaries({"worth": anything, "price": anything, "hazard": anything}), steps)
def test_whatever_the_numbers_are_no_clip_waits_longer_than_its_guard(age, estimate, numbers, step):
    polled_at = POSTED_AT + age

    made = plan(INDEX, posted_at=POSTED_AT, polled_at=polled_at, estimate=estimate, step=step, **numbers)

    root = 3 * math.sqrt(age / HOUR) * HOUR
    assert polled_at < made.ride_at <= made.due_at <= polled_at + min(72 * HOUR, root + HOUR)


@pytest.mark.parametrize(("age_hours", "promised"), [(0, 1), (1, 4), (16, 13), (100, 31), (576, 73), (10_000, 73)])
def test_it_is_promised_that_no_clip_is_unseen_for_three_roots_of_its_age_or_three_days_and_an_hour(
    age_hours, promised
):
    assert promised_wait(age_hours * HOUR) == promised * HOUR


@given(ages)
def test_a_batch_is_forced_half_an_hour_before_the_promise_of_the_clips_age_would_be_broken(age):
    polled_at = POSTED_AT + age
    unseen = latest_at(posted_at=POSTED_AT, polled_at=polled_at) - polled_at

    promised = min(72, 3 * math.sqrt((age + unseen) / HOUR)) + 1
    assert unseen / HOUR + 0.5 == pytest.approx(promised)
    assert unseen >= longest_wait(age)


def test_a_clip_that_gave_no_answer_waits_for_company_for_a_while_unless_a_promise_would_be_broken():
    measured_at = POSTED_AT + 100 * HOUR
    asked = {"posted_at": POSTED_AT, "measured_at": measured_at}
    latest = latest_at(posted_at=POSTED_AT, polled_at=measured_at)

    assert latest_retry_at(due_at=measured_at + HOUR, **asked) == measured_at + HOUR + 45 * HOUR / 60
    assert latest_retry_at(due_at=latest - HOUR / 6, **asked) == latest
    assert latest_retry_at(due_at=latest + HOUR, **asked) == latest + HOUR


@given(ages, sane, worths, prices)
def test_a_clip_is_due_when_what_nobody_saw_is_worth_the_price(age, estimate, worth, price):
    polled_at = POSTED_AT + age
    made = plan(INDEX, posted_at=POSTED_AT, polled_at=polled_at, estimate=estimate, worth=worth, price=price)
    waited = made.due_at - polled_at

    worth_then = value(posted_at=POSTED_AT, polled_at=polled_at, now=made.due_at, estimate=estimate, worth=worth)

    if policies.SHORTEST < waited < longest_wait(age):
        assert worth_then == pytest.approx(price, rel=1e-3)
    elif waited == policies.SHORTEST:
        assert worth_then >= price * (1 - 1e-3)
    else:
        assert worth_then <= price * (1 + 1e-3)


@given(ages, sane, worths, prices, st.floats(1, 100))
def test_what_is_worth_more_or_nearer_the_end_of_its_budget_is_never_polled_later(age, estimate, worth, price, factor):
    polled_at = POSTED_AT + age
    facts = {"posted_at": POSTED_AT, "polled_at": polled_at, "estimate": estimate, "price": price}
    plain = plan(INDEX, worth=worth, **facts)

    assert plan(INDEX, worth=worth * factor, **facts).due_at <= plain.due_at
    assert plan(INDEX, worth=worth, hazard=factor, **facts).due_at <= plain.due_at


@given(ages, sane, worths, prices, st.floats(0, 3))
def test_a_faster_clip_is_never_polled_later(age, estimate, worth, price, faster):
    polled_at = POSTED_AT + age
    fast = GrowthEstimate(estimate.log_rate + faster, estimate.variance)
    facts = {"posted_at": POSTED_AT, "polled_at": polled_at, "worth": worth}
    now = polled_at + 7 * HOUR

    slow_plan, fast_plan = (plan(INDEX, estimate=each, price=price, **facts) for each in (estimate, fast))
    assert fast_plan.due_at <= slow_plan.due_at
    assert value(now=now, estimate=fast, **facts) >= value(now=now, estimate=estimate, **facts)


@given(ages, estimates, anything, anything, st.floats(-10, 1e5))
def test_values_and_urgencies_are_numbers_and_not_below_zero(age, estimate, worth, other, hours):
    polled_at = POSTED_AT + age
    facts = {"posted_at": POSTED_AT, "polled_at": polled_at, "now": polled_at + hours * HOUR, "estimate": estimate}

    assert 0 <= value(worth=worth, hazard=other, **facts) < math.inf
    assert 0 <= urgency(worth=worth, hazard=other, price=other, **facts) < math.inf


def test_a_display_in_steps_is_not_asked_before_it_can_show_something_new():
    # 1,000 views an hour at ten days of age, shown in steps of 100,000: a quarter of a step takes 25 hours.
    age = timedelta(days=10)
    fast = GrowthEstimate(math.log(1_000 * 244), 1e-6)
    facts = {"posted_at": POSTED_AT, "polled_at": POSTED_AT + age, "estimate": fast, "worth": 0.01, "price": 1.0}

    exact, coarse = plan(INDEX, **facts), plan(INDEX, step=100_000, **facts)

    assert exact.due_at - facts["polled_at"] < HOUR
    assert (coarse.due_at - facts["polled_at"]) / HOUR == pytest.approx(25, rel=0.01)


def test_the_other_policies_follow_the_clock_alone():
    polled_at = POSTED_AT + timedelta(days=5)
    facts = {"posted_at": POSTED_AT, "polled_at": polled_at, "estimate": None, "worth": 1.0}
    dues = {name: plan(Policy.parse(name), **facts).due_at - polled_at for name in ("ladder", "hourly", "fixed:12")}

    assert dues == {"ladder": 8 * HOUR, "hourly": HOUR, "fixed:12": 12 * HOUR}
