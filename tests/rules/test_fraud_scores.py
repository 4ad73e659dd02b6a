"""Scores: the same readings are the same bytes in whatever order they came, and what comes later changes nothing."""

import json
import math
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliphaven.fraud.rules import cases
from cliphaven.fraud.rules.across.recidivism import recidivism
from cliphaven.fraud.rules.backtesting import Setting, compared
from cliphaven.fraud.rules.calibrating import share_reached
from cliphaven.fraud.rules.calibration import (
    ANY,
    BadCalibration,
    Ratio,
    frozen,
    level_of,
    parsed,
    peers_of,
    shipped,
    text_of,
)
from cliphaven.fraud.rules.scoring import AcrossClips, Response, Score, combined, onset, response_to, score
from cliphaven.fraud.rules.series import Series, Snapshot
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.trying import first_hold

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
COUNTS = st.one_of(st.none(), st.integers(0, 5_000))
SNAPSHOTS = st.lists(
    st.builds(
        Snapshot,
        st.integers(0, 400).map(lambda quarters: NOON + timedelta(minutes=15 * quarters)),
        st.integers(0, 200_000),
        COUNTS,
        COUNTS,
        COUNTS,
    ),
    min_size=1,
    max_size=40,
)


def a_series(snapshots: list[Snapshot]) -> Series:
    return Series(clip="a", platform="tiktok", snapshots=tuple(snapshots), posted_at=NOON - timedelta(hours=2))


def scored(series: Series, *, hours: float = 1_000) -> Score:
    return score(series, calibration=shipped(), now=NOON + timedelta(hours=hours))


def as_bytes(of: Score) -> bytes:
    return json.dumps(asdict(of), default=str, sort_keys=True).encode()


def a_burst() -> Series:
    gains = [10, 10, 10, 10, 3_000, 10, 10, 10, 10]
    counts = [1_000 + sum(gains[:hour]) for hour in range(len(gains) + 1)]
    return a_series([Snapshot(NOON + timedelta(hours=hour), count, 80, 5, 3) for hour, count in enumerate(counts)])


@settings(max_examples=80, deadline=None)
@given(SNAPSHOTS, st.randoms(use_true_random=False))
def test_the_order_in_which_readings_came_in_leaves_no_trace(snapshots, chance):
    shuffled = list(snapshots)
    chance.shuffle(shuffled)

    assert as_bytes(scored(a_series(snapshots))) == as_bytes(scored(a_series(shuffled)))


@settings(max_examples=80, deadline=None)
@given(SNAPSHOTS, SNAPSHOTS, st.integers(0, 100))
def test_later_readings_never_change_what_was_said(snapshots, more, hour):
    now = NOON + timedelta(hours=hour)
    later = [replace(one, at=one.at + timedelta(hours=hour, seconds=1)) for one in more]

    before, after = (
        score(a_series(each), calibration=shipped(), now=now) for each in (snapshots, [*snapshots, *later])
    )
    assert as_bytes(before) == as_bytes(after)


@settings(max_examples=60, deadline=None)
@given(SNAPSHOTS)
def test_a_score_is_finite_and_between_nothing_and_its_most(snapshots):
    found = scored(a_series(snapshots))

    # One signal of 4, three of 2 each.
    assert 0 <= found.value <= 4 + 0.35 * 3 * 2
    assert len(found.reasons) <= 3
    assert all(reason.sentence.endswith(".") for reason in found.reasons)


def test_without_readings_nothing_is_doubted():
    found = scored(a_burst(), hours=-1)

    assert (found.value, found.reasons, found.onset_at) == (0.0, (), None)


def test_a_burst_is_held_and_its_reasons_say_why_with_their_numbers():
    found = scored(a_burst())

    assert response_to(found.value, shipped()) is Response.HOLD
    assert found.reasons[0].signal in (Signal.BURST, Signal.SLUMP)
    assert any("3,000 views came in" in reason.sentence for reason in found.reasons)
    assert found.onset_at == NOON + timedelta(hours=4)


def test_one_signal_alone_says_what_it_knows_and_three_more_add_a_little():
    assert combined([3.0]) == 3.0
    # 3 + 0.35·(2 + 2 + 1); the fifth adds nothing, and none more than 2.
    assert combined([1.0, 2.5, 3.0, 2.0, 0.5]) == pytest.approx(3 + 0.35 * 5)
    assert combined([]) == 0.0


def test_doubt_begins_where_the_earliest_of_the_nearly_strongest_says():
    early, late = NOON, NOON + timedelta(hours=5)

    assert onset([(3.0, late), (2.1, early)]) == early
    assert onset([(3.0, late), (1.9, early)]) == late
    assert onset([(3.0, None)]) is None
    assert onset([]) is None


def test_places_in_a_life_are_compared_as_moments_are():
    """Also the first reading, whose number is 0."""
    assert onset([(3.0, 4), (2.1, 0)]) == 0


def test_trying_a_policy_doubts_the_views_that_a_hold_would_doubt():
    series, signals = a_burst(), frozenset({Signal.BURST, Signal.SLUMP, Signal.ELASTIC})
    found = scored(series)
    at_onset = max(one.views for one in series.snapshots if found.onset_at and one.at <= found.onset_at)

    tried = first_hold(
        series,
        calibration=shipped(),
        live=signals,
        thresholds=cases.Thresholds(hold_from_milli=1, release_below_milli=0, probe_from_milli=0),
        now=NOON + timedelta(hours=1_000),
    )

    # 1,040 views before 3,000 came within an hour, and 40 after them.
    assert tried is not None
    assert (at_onset, tried.doubted_views) == (1_040, 3_000 + 4 * 10)


@pytest.mark.parametrize(("since_hours", "doubted_views"), [(None, 4_080), (4, 3_040), (5, 40)])
def test_trying_a_policy_hears_what_is_known_across_clips_from_its_own_moment_on(since_hours, doubted_views):
    since_at = None if since_hours is None else NOON + timedelta(hours=since_hours)
    other = AcrossClips(signal=Signal.LOCKSTEP, strength=4.0, since_at=since_at, evidence={})

    tried = first_hold(
        a_burst(),
        calibration=shipped(),
        live=frozenset({Signal.LOCKSTEP}),
        thresholds=cases.Thresholds(hold_from_milli=3_000, release_below_milli=0, probe_from_milli=0),
        now=NOON + timedelta(hours=1_000),
        across=[other],
    )

    assert tried is not None
    assert (tried.signal, tried.doubted_views) == (Signal.LOCKSTEP, doubted_views)
    assert tried.at == (since_at or NOON)


def test_a_signal_that_may_not_speak_is_not_heard():
    alone = score(a_burst(), calibration=shipped(), now=NOON + timedelta(hours=99), signals=[Signal.COM_LIKE])

    assert alone.value == 0.0


def test_what_links_tell_of_a_creator_joins_the_score():
    earlier = recidivism(own=1, linked=0)
    assert earlier is not None
    quiet = a_series([Snapshot(NOON, 1_000)])
    found = score(quiet, calibration=shipped(), now=NOON, across=[earlier])

    assert found.value == pytest.approx(math.log10(112), abs=1e-4)
    assert "1 earlier clips" in found.reasons[0].sentence
    assert recidivism(own=0, linked=0) is None


@pytest.mark.parametrize(("readings", "level"), [(1, "1"), (2, "2"), (3, "3-4"), (4, "3-4"), (5, "5+"), (900, "5+")])
def test_how_much_is_known_has_four_levels(readings: int, level: str):
    assert level_of(readings) == level


def test_a_strength_is_the_share_of_clips_that_ever_reach_a_value():
    table = peers_of([float(value) for value in range(1, 101)], clips=100)

    # Half of all reach 51, a tenth reach 91; beyond the last twentieth values die away exponentially.
    assert table.strength(51) == pytest.approx(-math.log10(0.5), abs=1e-6)
    assert table.strength(91) == pytest.approx(1.0, abs=1e-6)
    assert table.strength(96) == pytest.approx(-math.log10(0.05), abs=1e-6)
    assert table.strength(96) < table.strength(100) < table.strength(1e6) == 4.0


def test_what_no_peer_ever_said_is_as_rare_as_one_clip_more_than_there_were():
    assert peers_of([], clips=99).strength(0.001) == pytest.approx(2.0)


def test_thresholds_leave_the_share_of_honest_clips_that_they_promise():
    scores = [value / 100 for value in range(1_000)]
    limit = share_reached(scores, 0.01)

    assert sum(value >= limit for value in scores) == 10


def test_a_calibration_is_the_same_after_it_was_written_and_read():
    assert text_of(parsed(text_of(shipped()))) == text_of(shipped())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": 1}', "null", "\x00"])
def test_what_is_no_calibration_is_refused_in_a_sentence(text: str):
    with pytest.raises(BadCalibration, match=r"\.$"):
        parsed(text)


def test_a_calibration_that_was_changed_is_not_believed():
    changed = json.loads(text_of(shipped())) | {"hold_from": 9.9}

    with pytest.raises(BadCalibration, match="changed"):
        parsed(json.dumps(changed))


def test_other_contents_have_another_id():
    one = frozen(source="a", clips=1, hold_from=1, release_below=1, ratios={ANY: Ratio(-3, 1)}, tables={})
    other = frozen(source="a", clips=1, hold_from=2, release_below=1, ratios={ANY: Ratio(-3, 1)}, tables={})

    assert one.id != other.id


def test_a_backtest_says_what_other_thresholds_would_have_held():
    strict, lax = (Setting(hold_from=limit, release_below=1.0) for limit in (2.0, 99.0))
    (found,) = compared([a_burst()], calibration=shipped(), now=lax, then=strict)

    assert found.now.held_at is None
    assert found.then.held_at is not None
    # Everything from the burst on: 3,000 and what followed.
    assert found.then.views_from == 1_040
    assert found.then.views_held == 4_080 - 1_040
