"""Signals of doubted views: each speaks of what it is made for, and is silent where an honest clip looks like it."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.series import Snapshot
from cliphaven.fraud.rules.signals import bursts, counts, engagement, shape

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_course(
    *rows: tuple[float, int] | tuple[float, int, int | None] | tuple[float, int, int | None, int | None],
) -> Course:
    """A course of rows (hour, views, likes, comments)."""
    snapshots = [Snapshot(NOON + timedelta(hours=row[0]), *row[1:]) for row in rows]  # type: ignore[arg-type]
    course = Course.of(snapshots)
    assert course is not None
    return course


def elastic(course: Course) -> float:
    found = engagement.elastic(course, engagement.stretches(course))
    return found.value if found else 0.0


def slump(course: Course) -> float:
    found = engagement.slump(course, engagement.stretches(course))
    return found.value if found else 0.0


def hourly(gains: list[float], *, start: int = 1_000) -> Course:
    count, rows = float(start), [(0.0, start)]
    for hour, gain in enumerate(gains, start=1):
        count += gain
        rows.append((float(hour), int(count)))
    return a_course(*rows)


def test_views_that_double_without_likes_are_three_deviations_off():
    course = a_course((0, 10_000, 1_000), (24, 20_000, 1_000))

    # 0.60·log 2 too few, of which 0.20·log 2 and what counting 1,000 twice leaves in doubt are one deviation.
    growth = math.log(2)
    assert elastic(course) == pytest.approx(0.6 * growth / math.sqrt((0.2 * growth) ** 2 + 2 / 1_001))


def test_fans_who_come_first_are_no_reason_while_new_viewers_still_like_the_clip():
    # From 10 % to 2 % likes, but one of two hundred new viewers still liked it: more than the 0.4 % that shut the gate.
    assert elastic(a_course((0, 10_000, 1_000), (24, 60_000, 1_250))) == 0.0


def test_a_handful_of_likes_is_too_little_to_be_missed():
    # Doubling would bring 10·(2^0.6 − 1) = 5 likes; at six something can be said.
    assert elastic(a_course((0, 1_000, 10), (24, 2_000, 10))) == 0.0


def test_counters_that_were_not_measured_say_nothing():
    course = a_course((0, 10_000, 1_000, 50), (24, 20_000, None, None))
    starts = engagement.stretches(course)

    assert engagement.elastic(course, starts) is None
    assert engagement.elastic_joint(course, starts) is None
    assert engagement.slump(course, starts) is None
    assert engagement.eng_total(course, usual=-3.0, spread=1.0) is None
    assert engagement.com_like(course) is None


def test_three_counters_together_are_stronger_than_one():
    rows = ((0, 10_000, 1_000, 200), (24, 20_000, 1_000, 200))
    course = a_course(*rows)
    joint = engagement.elastic_joint(course, engagement.stretches(course))

    assert joint is not None
    assert joint.value > elastic(course)


def test_new_views_that_like_a_clip_far_less_than_the_ones_before_are_a_slump():
    course = a_course((0, 5_000, 250), (10, 10_000, 500), (20, 20_000, 510))

    # 5 % of the second 5,000 liked it, so 500 of the next 10,000; there were 10.
    expected = math.log(500 / 11) - 0.4 * math.log(2) - 2 * math.sqrt(1 / 251 + 1 / 501)
    assert slump(course) == pytest.approx(expected)


def test_a_clip_whose_likes_always_faded_fast_is_held_against_itself():
    # Each doubling brings half the share of likes: 0.8 %, 0.4 %, 0.2 %, 0.1 %.
    rows = [(0, 5_000, 40), (1, 10_000, 80), (2, 20_000, 120), (3, 40_000, 160), (4, 80_000, 200)]
    steady = [(0, 5_000, 40), (1, 10_000, 80), (2, 20_000, 160), (3, 40_000, 320), (4, 80_000, 330)]

    assert slump(a_course(*rows)) == 0.0
    assert slump(a_course(*steady)) > 1.0


def test_few_likes_for_all_views_are_counted_in_spreads():
    course = a_course((0, 100_000, 100))
    found = engagement.eng_total(course, usual=math.log(0.02), spread=1.5)

    assert found is not None
    assert found.value == pytest.approx(math.log(0.02 / (100.5 / 100_000)) / 1.5)
    assert found.evidence["likes_usual"] == 2_000


@pytest.mark.parametrize(("comments", "speaks"), [(19, False), (20, True)])
def test_comments_are_held_against_likes_from_twenty_on(comments: int, speaks: bool):
    assert (engagement.com_like(a_course((0, 1_000, 20, comments))) is not None) is speaks


def test_views_all_at_once_are_a_burst_when_nothing_follows():
    course = hourly([10, 10, 10, 10, 3_000, 10, 10, 10, 10])
    found = bursts.burst(course)

    assert found is not None
    assert found.since == 4
    assert found.evidence["views_gained"] == 3_000
    assert found.evidence["views_per_hour_before"] == pytest.approx(10)
    # More than a fifth of all views: what counts is how much faster it was, a doubt of two views in three hours added.
    assert found.value == pytest.approx(math.log(3_000 / (10 + 2 / 3)))


def test_interest_that_fades_slowly_is_far_less_of_a_burst():
    at_once = bursts.burst(hourly([10, 10, 10, 10, 3_000, 10, 10, 10, 10]))
    fading = bursts.burst(hourly([10, 10, 10, 10, 3_000, 2_300, 1_800, 1_500, 1_300, 1_100]))

    assert at_once is not None
    assert fading is None or fading.value < at_once.value / 5


def test_a_burst_is_not_told_before_something_came_after_it():
    assert bursts.burst(hourly([10, 10, 10, 10, 3_000])) is None


def test_a_few_hundred_views_are_no_burst():
    assert bursts.burst(hourly([1, 1, 1, 1, 490, 1, 1, 1, 1], start=100)) is None


def test_the_same_pace_for_36_hours_is_strange_and_waves_are_not():
    even = hourly([120.0] * 40)
    waves = hourly([120 * (1 + 0.6 * math.sin(hour * math.pi / 12)) for hour in range(40)])
    pace = shape.pace_of(even)
    flat, wavy = shape.const(even, pace), shape.const(waves, shape.pace_of(waves))

    assert flat is not None
    # What counting leaves in doubt of 360 views: √(0.43/360) = 0.034, a tenth of 0.35.
    assert flat.value == pytest.approx(-math.log(math.sqrt(math.sqrt(2 / 11) / 360) / 0.35), rel=0.02)
    assert wavy is None or wavy.value < flat.value / 4


def test_a_pace_is_told_only_between_readings_that_are_close():
    sparse = a_course(*[(hour * 12.0, 1_000 + hour * 1_440) for hour in range(8)])

    assert shape.pace_of(sparse).gained == []


def test_nights_without_a_lull_are_strange():
    day_and_night = hourly([100 * (1 + 0.4 * math.cos(hour * math.pi / 12)) for hour in range(80)])
    no_night = hourly([101.0] * 80)
    honest = shape.flat_night(day_and_night, shape.pace_of(day_and_night))
    bought = shape.flat_night(no_night, shape.pace_of(no_night))

    assert honest is None
    assert bought is not None
    assert bought.value > 1.5


def test_an_order_is_switched_on_and_off():
    course = hourly([2.0] * 12 + [200.0] * 24 + [2.0] * 12)
    found = shape.edges(course, shape.pace_of(course))

    assert found is not None
    assert found.evidence["hours"] == 24
    assert found.evidence["views_per_hour"] == 200


@pytest.mark.parametrize("signal", [shape.const, shape.edges, shape.flat_night])
def test_the_shape_of_rounded_counts_is_the_rounding_s(signal):
    course = a_course(*[(float(hour), 100_000 + 1_000 * hour) for hour in range(80)])

    assert course.step == 1_000
    assert signal(course, shape.pace_of(course)) is None


def test_a_fall_counts_when_two_readings_agree_on_it():
    once = a_course((0, 1_000), (1, 2_000), (2, 1_500))
    twice = a_course((0, 1_000), (1, 2_000), (2, 1_500), (3, 1_600))
    found = counts.purge(twice)

    assert counts.purge(once) is None
    assert found is not None
    # What both agree on is the higher one: 400 of 2,000 are gone.
    assert found.value == pytest.approx(0.2)
    assert found.evidence["views_taken_back"] == 400


def test_half_a_percent_is_a_platform_s_own_unevenness():
    assert counts.purge(a_course((0, 1_000), (1, 20_000), (2, 19_901), (3, 19_901))) is None


def test_a_fall_that_is_made_up_for_is_none():
    assert counts.purge(a_course((0, 1_000), (1, 2_000), (2, 1_500), (3, 1_600), (4, 2_001))) is None


def test_likes_by_the_package_are_counted():
    likes = [100, 101, 102, 152, 153, 154, 204, 205]
    course = a_course(*[(float(hour), 5_000 + hour * 10, count) for hour, count in enumerate(likes)])
    found = counts.package(course)

    assert found is not None
    assert found.value == 2
    assert found.evidence["size"] == 50


def test_fifty_likes_are_no_package_for_a_clip_that_gains_them_anyway():
    likes = [100, 140, 195, 240, 290, 340]
    course = a_course(*[(float(hour), 5_000 + hour * 100, count) for hour, count in enumerate(likes)])

    assert counts.package(course) is None


def test_a_feed_that_stood_still_and_caught_up_has_said_nothing_in_between():
    stalled = a_course((0, 1_000), (6, 1_600), (7, 1_700), (8, 1_700), (9, 1_700), (10, 1_700), (11, 2_100))
    bought = a_course((0, 1_000), (6, 1_600), (7, 1_700), (8, 1_700), (9, 1_700), (10, 1_700), (11, 9_000))

    # A hundred an hour before, four hundred in four hours: caught up.
    assert stalled.hours == [0, 6, 7, 11]
    assert bought.hours == [0, 6, 7, 8, 9, 10, 11]


def test_nothing_where_there_was_plenty_is_a_fault_and_left_out():
    assert a_course((0, 1_000), (1, 0), (2, 1_010)).views == [1_000, 1_010]
    assert a_course((0, 400), (1, 0)).views == [400, 0]


@pytest.mark.parametrize(
    ("shown", "step"),
    [([12_345, 12_400], 1), ([12_300, 12_400], 100), ([1_800_000, 1_900_000], 100_000), ([5_000], 1_000), ([500], 1)],
)
def test_how_coarse_a_display_is_its_counts_say(shown: list[int], step: int):
    assert a_course(*[(float(hour), count) for hour, count in enumerate(shown)]).step == step
