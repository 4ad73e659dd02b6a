"""The invented world of honest and bought views, and the figures that are told of it."""

from dataclasses import replace

import pytest

from cliphaven.fraud.rules.calibrating import Told, heard
from cliphaven.fraud.rules.calibration import Ratio, shipped
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.worlds.attacks import KINDS, RING, RING_DRIP, attacked
from cliphaven.fraud.rules.worlds.evaluation import Outcome, Trial, row_of, tried, wilson
from cliphaven.fraud.rules.worlds.exact import exact_found
from cliphaven.fraud.rules.worlds.organics import HARD, PROMOTED, organic
from cliphaven.fraud.rules.worlds.sampling import Sampling, Spoilt, readings
from cliphaven.fraud.rules.worlds.targets import HONEST, targets
from cliphaven.fraud.rules.worlds.together import tried_together

DAYS = 9.0
SPOILT = Spoilt()


def an_outcome(**changed: object) -> Outcome:
    plain = Outcome(
        kind="burst",
        is_attack=True,
        readings=9,
        highest=5.0,
        flagged=True,
        detected_hours=4.0,
        unpaid=1.0,
        covered=0.9,
        strongest="burst",
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [None, *HARD])
def test_an_honest_clip_is_the_same_each_time_and_its_counts_only_grow(kind: str | None):
    life = organic(seed=3, number=1, days=DAYS, kind=kind)

    assert life == organic(seed=3, number=1, days=DAYS, kind=kind)
    for counts in (life.views, life.likes, life.comments, life.shares):
        assert counts == sorted(counts)
    assert life.likes[-1] <= life.views[-1]
    assert life.bought == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_attack_adds_views_that_nobody_watched_from_its_beginning_on(kind: str):
    life = attacked(kind, seed=3, number=2, days=DAYS + 8)

    assert life.began is not None
    before = life.place(life.began)
    assert life.bought[max(0, before - 1)] == 0
    assert life.bought[-1] > 0
    assert life.views == sorted(life.views)


def test_a_ring_is_served_from_one_order():
    lives = [attacked(RING_DRIP, seed=3, number=number, days=20) for number in range(RING)]

    assert {life.ring for life in lives} == {0}
    # Each clip is counted by half hours of its own.
    moments = [life.began for life in lives if life.began is not None]
    assert max(moments) - min(moments) < 0.5
    assert attacked(RING_DRIP, seed=3, number=RING, days=20).ring == 1


@pytest.mark.parametrize(
    ("sampling", "least", "most"),
    [(Sampling.HOURLY, 190, 216), (Sampling.SIX_HOURLY, 30, 36), (Sampling.SCHEDULER, 8, 40)],
)
def test_clips_are_read_as_often_as_the_sampling_says(sampling: Sampling, least: int, most: int):
    life = organic(seed=3, number=4, days=DAYS)

    assert least <= len(list(readings(life, sampling, spoilt=SPOILT, wants_probe=lambda: False))) <= most


def test_a_probe_reads_a_clip_hourly():
    life = organic(seed=3, number=4, days=DAYS)
    probed = list(readings(life, Sampling.PROBED, spoilt=SPOILT, wants_probe=lambda: True))
    plain = list(readings(life, Sampling.SCHEDULER, spoilt=SPOILT, wants_probe=lambda: True))

    assert len(probed) > 5 * len(plain)


def test_a_missing_counter_is_never_nothing():
    life = organic(seed=3, number=1, days=DAYS)
    life.has_likes = False

    assert {one.likes for one in readings(life, Sampling.HOURLY, spoilt=SPOILT, wants_probe=lambda: False)} == {None}


def test_an_outcome_is_the_same_each_time_and_a_burst_is_found():
    trial = Trial(attack="burst", seed=3, number=0, sampling=Sampling.HOURLY, days=16)
    outcome = tried(trial, shipped())

    assert outcome == tried(trial, shipped())
    assert outcome.detected_hours is not None
    assert outcome.detected_hours < 24
    assert outcome.unpaid == 1.0


def test_without_any_signal_nothing_is_found():
    trial = Trial(attack="burst", seed=3, number=0, sampling=Sampling.SIX_HOURLY, days=16)

    assert tried(trial, shipped(), frozenset()).highest == 0.0


def test_a_ring_is_found_when_its_clips_are_compared():
    trials = [
        Trial(attack=RING_DRIP, seed=3, number=number, sampling=Sampling.HOURLY, days=16) for number in range(RING)
    ]
    outcomes = tried_together(trials, shipped())

    assert sum(outcome.detected_hours is not None for outcome in outcomes) >= 4


def test_exact_keys_find_everything_and_nothing_else():
    for found in exact_found(seed=5, each=40):
        assert (found.found, found.wrong) == (40, 0)


def test_wilson_s_interval_is_as_in_his_paper_s_formula():
    low, high = wilson(0, 100)

    # With no hit in n the upper end is z²/(n + z²).
    assert low == 0.0
    assert high == pytest.approx(1.959964**2 / (100 + 1.959964**2))
    assert wilson(0, 0) == (0.0, 1.0)


def test_of_attacks_those_count_that_were_found_after_they_began():
    row = row_of("burst", [an_outcome(), an_outcome(detected_hours=None, flagged=True, unpaid=None, covered=None)])

    assert (row.clips, row.share) == (2, 0.5)
    assert row.unpaid == 1.0


def test_of_honest_clips_those_count_that_were_ever_flagged():
    honest = an_outcome(kind=HONEST, is_attack=False, detected_hours=None, unpaid=None, covered=None, strongest=None)

    assert row_of(HONEST, [honest, replace(honest, flagged=False)]).share == 0.5


def test_a_target_that_was_not_measured_is_not_reached():
    never = row_of("burst", [an_outcome(detected_hours=None, unpaid=None, covered=None)])
    found = {target.name: target.is_reached for target in targets({Sampling.HOURLY: [never]}, [])}

    assert found == {
        "burst: found": False,
        "burst: median hours": False,
        "burst: p90 hours": False,
        "burst: fake money unpaid": False,
    }


def test_promotion_that_was_paid_for_openly_brings_fewer_likes_and_is_no_attack():
    life = organic(seed=3, number=8, days=DAYS + 8, kind=PROMOTED)

    assert life.began is None
    assert life.bought == []


def test_what_signals_told_is_kept_row_by_row():
    life = attacked("burst", seed=3, number=0, days=16)
    said = list(
        heard(
            readings(life, Sampling.SIX_HOURLY, spoilt=SPOILT, wants_probe=lambda: False),
            posted_at=None,
            ratio=Ratio(-3.6, 1.2),
        )
    )
    told = Told.of(life.platform, said)

    assert [level for level, _ in told.each()][:5] == ["1", "2", "3-4", "3-4", "5+"]
    assert told.highest_score(shipped()) > told.highest_score(shipped(), [Signal.COM_LIKE])
