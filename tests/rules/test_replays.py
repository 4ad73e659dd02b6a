"""Replays: recordings as curves, the best schedule there is, a world of clips, and a house that polls them."""

import json
from functools import cache
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliphaven.tracking.rules.policies import Policy
from cliphaven.tracking.rules.replay import campaigns
from cliphaven.tracking.rules.replay.alone import polled_alone
from cliphaven.tracking.rules.replay.clip import Conditions
from cliphaven.tracking.rules.replay.curves import Curve, TooShort
from cliphaven.tracking.rules.replay.figures import Figures, figures, percentile
from cliphaven.tracking.rules.replay.generator import World, generated
from cliphaven.tracking.rules.replay.house import House
from cliphaven.tracking.rules.replay.optimum import optimum

MONDAY = 494_184.0  # 18 May 2026, in hours since 1970


def a_curve(*rows: tuple[float, float], clip: str = "a", platform: str = "youtube") -> Curve:
    return Curve.of(clip=clip, platform=platform, posted=None, rows=[(MONDAY + time, count) for time, count in rows])


def conditions(policy: str = "index", **given: float) -> Conditions:
    return Conditions(policy=Policy.parse(policy), worth=0.0012, **{"price": 6.0, **given})  # type: ignore[arg-type]


def test_between_two_rows_a_count_grows_evenly():
    curve = a_curve((0, 100), (10, 200))

    # At five hours 150; the area below is that of 100 to 150 over five hours.
    assert curve.at(MONDAY + 5) == (150, (100 + 150) / 2 * 5)


def test_a_fall_is_no_growth_and_rows_may_come_in_any_order():
    assert a_curve((10, 150), (0, 100), (5, 200)).views == [100, 200, 200]


def test_of_two_counts_at_one_moment_the_higher_counts():
    assert a_curve((0, 5), (1, 7), (1, 9)).views == [5, 9]


def test_a_rounded_count_that_is_shown_again_says_nothing():
    rounded = a_curve((0, 12_300), (1, 12_300), (2, 12_400), (3, 12_400), platform="tiktok")
    exact = a_curve((0, 12_345), (1, 12_345), (2, 12_445), platform="tiktok")

    assert rounded.at(MONDAY + 1)[0] == 12_350
    assert exact.at(MONDAY + 1)[0] == 12_345


def test_one_reading_is_too_few():
    with pytest.raises(TooShort):
        a_curve((0, 100), (0, 101))


def by_trying_all(curve: Curve, *, moments: list[float], worth: float, price: float) -> float:
    """The least cost over every choice of moments to poll at."""
    best = float("inf")
    for many in range(len(moments) + 1):
        for chosen in combinations(moments, many):
            cost, seen, since = many * price, curve.at(curve.start)[0], curve.start
            for moment in (*chosen, curve.end):
                area = curve.at(moment)[1] - curve.at(since)[1]
                cost += worth * (area - seen * (moment - since))
                seen, since = curve.at(moment)[0], moment
            best = min(best, cost)
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 5_000), min_size=2, max_size=9),
    st.floats(0.01, 100),
)
def test_no_choice_of_moments_is_cheaper_than_the_optimum(gains, price):
    rows, count = [(0.0, 1_000.0)], 1_000.0
    for hour, gain in enumerate(gains, start=1):
        count += gain
        rows.append((float(hour), count))
    curve = a_curve(*rows)

    cost, _ = optimum(curve, start=curve.start, end=curve.end, every=1.0, worth=0.01, price=price)

    moments = [MONDAY + hour for hour in range(1, len(gains))]
    assert cost == pytest.approx(by_trying_all(curve, moments=moments, worth=0.01, price=price), rel=1e-9, abs=1e-6)


def test_a_clip_that_stands_still_is_best_left_alone():
    curve = a_curve((0, 1_000), (200, 1_000))

    assert optimum(curve, start=curve.start, end=curve.end, every=0.25, worth=0.01, price=1.0) == (0.0, 0)


@pytest.mark.parametrize("policy", ["index", "ladder", "hourly", "fixed:12"])
def test_no_policy_is_better_than_the_optimum(policy):
    for number in range(5):
        curve = generated(World(seed=3, days=8), number)
        best, _ = optimum(curve, start=curve.start, end=curve.end, every=0.25, worth=0.0012, price=6.0)
        clip = polled_alone(curve, conditions(policy))

        assert clip.area * 0.0012 + clip.asked * 6.0 >= best - 1e-6


def test_an_hourly_policy_asks_once_an_hour():
    clip = polled_alone(a_curve((0, 0), (48, 48_000)), conditions("hourly"))

    # Not at the very end: nothing is left to be seen there.
    assert clip.asked == 47
    # A steady thousand an hour is seen half an hour late on average.
    assert clip.area == pytest.approx(48 * 500)


def test_the_same_seed_is_the_same_world_and_more_clips_do_not_change_the_first():
    assert generated(World(seed=1, clips=5, days=3), 4) == generated(World(seed=1, clips=50, days=3), 4)
    assert generated(World(seed=2, days=3), 4) != generated(World(seed=1, days=3), 4)


def test_the_world_has_the_sizes_that_were_measured():
    finals = sorted(generated(World(seed=5), number).gained for number in range(200))

    assert 3_500 < finals[100] < 10_000
    assert finals[-1] > 50 * finals[100]


@cache
def played(policy: str = "index", **given: float) -> Figures:
    world = World(seed=4, days=9, spread_days=2)
    curves = [generated(world, number) for number in range(60)]
    belongs = campaigns.assigned(curves, campaigns=8)
    budgets = campaigns.budgets(curves, belongs, worth=0.0012)
    asked = conditions(policy, **given)
    return figures(House(curves, asked, campaign_of=belongs, budgets=budgets).play(), asked, best=True)


def test_a_replay_is_the_same_each_time():
    assert json.dumps(played().as_json()) == json.dumps(played.__wrapped__().as_json())


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    clips=st.integers(1, 8),
    price=st.floats(0.1, 1e6),
    stale=st.sampled_from([0.0, 0.01, 0.5]),
    rounded=st.booleans(),
)
def test_however_dear_polls_are_and_however_few_clips_there_are_none_is_unseen_longer_than_promised(
    seed, clips, price, stale, rounded
):
    curves = [generated(World(seed=seed, days=6, spread_days=2), number) for number in range(clips)]
    asked = conditions(price=price, stale=stale, rounded=rounded)
    house = House(curves, asked, campaign_of=[0] * clips, budgets={0: 1e9}, swept=seed % 2 == 0)

    assert house.play().longest_over <= 0


def test_a_promise_that_is_broken_is_measured():
    # Every clip is asked once in 72 hours, when 3·√72 + 1 = 26.5 are promised.
    assert played("fixed:72").longest_over_promise_hours == pytest.approx(72 - 3 * 72**0.5 - 1, abs=0.5)


def test_a_twentieth_of_missing_answers_is_made_up_for():
    whole, holed = played(), played(missing=0.05)

    assert holed.as_polled.lag_percent <= 1.1 * whole.as_polled.lag_percent
    # Asked again after ten minutes: only who is not answered twice in a row, at the very end, is late by one tick.
    assert holed.longest_over_promise_hours <= 0.25


def test_the_index_asks_half_as_often_as_the_ladder_and_costs_less():
    index, ladder = played(), played("ladder")

    assert index.alone.items < ladder.alone.items / 2
    assert index.alone.cost_usd_hours < ladder.alone.cost_usd_hours * 0.7


def test_campaigns_close_when_their_budget_was_seen_to_be_spent():
    found = played()

    assert 0 < found.campaigns_run_out < found.campaigns
    assert found.over_run_percent_mean is not None
    assert found.detection_hours_mean is not None
    assert found.over_run_percent_mean >= 0
    assert found.detection_hours_mean >= 0


def test_rounded_counts_never_leave_a_clip_without_a_rate():
    chance = Random(1)
    for number in range(6):
        curve = generated(World(seed=chance.randrange(100), days=20), number * 3)  # each third is of TikTok
        clip = polled_alone(curve, conditions(rounded=True))

        assert clip.estimate is None or clip.estimate.variance > 0
        assert clip.asked >= 14  # at the least what the longest waits come to in twenty days


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 2.5), (0.95, 3.85), (1.0, 4.0)])
def test_a_percentile_lies_between_its_neighbours(share, expected):
    assert percentile([4, 1, 3, 2], share) == pytest.approx(expected)
    assert percentile([], share) is None
