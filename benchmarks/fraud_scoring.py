"""Scoring clips: the score of one after the other, with its reasons, as the house does it after a poll.

Each clip has sixty readings, as its scheduler and its probes made them; one in ten is under an attack, so that reasons
have to be told as well. What counts is the processor's time of one core: the work waits for nothing.
"""

import time
from itertools import islice

from benchmarks.frame import Bench, Figure, Result, Table, percentile
from cliphaven.fraud.rules.calibration import shipped
from cliphaven.fraud.rules.scoring import score
from cliphaven.fraud.rules.series import Series
from cliphaven.fraud.rules.worlds.attacks import KINDS, attacked
from cliphaven.fraud.rules.worlds.organics import organic
from cliphaven.fraud.rules.worlds.sampling import Sampling, Spoilt, readings
from cliphaven.tracking.rules.replay.curves import moment_of

CLIPS, READINGS, ROUNDS = 600, 60, 5
PER_SECOND_MIN = 2_000
_ATTACKED_EACH = 10
_WAYS = (Sampling.SCHEDULER, Sampling.SIX_HOURLY, Sampling.HOURLY)


def measure(bench: Bench) -> Result:
    """Every clip once in each round; a round before them is thrown away."""
    clips, rounds = bench.sized(CLIPS, 60), bench.sized(ROUNDS, 2)
    made = [_series(number) for number in range(clips)]
    bench.say(f"{clips:,} clips of {sum(len(one.snapshots) for one in made) / clips:.0f} readings made")
    calibration = shipped()
    rates, reasons = [], 0
    for number in range(rounds + 1):
        began = time.process_time()
        reasons = 0
        for series in made:
            found = score(series, calibration=calibration, now=series.snapshots[-1].at)
            reasons += len(found.reasons)
        if number:
            rates.append(clips / (time.process_time() - began))
            bench.say(f"round {number} of {rounds}: {rates[-1]:,.0f} clips/s")
    told = Table(
        title="Clips scored a second, one core",
        head=("clips", "readings", "reasons told", "slowest round", "median"),
        rows=((f"{clips:,}", f"{READINGS}", f"{reasons:,}", f"{min(rates):,.0f}", f"{percentile(rates, 0.5):,.0f}"),),
    )
    figure = Figure(name="clips scored a second of one core", value=percentile(rates, 0.5), limit=PER_SECOND_MIN)
    return Result(figures=[figure], tables=[told])


def _series(number: int) -> Series:
    """A clip read in one of three ways until there are sixty readings, or its life is over."""
    attack = KINDS[number // _ATTACKED_EACH % len(KINDS)] if number % _ATTACKED_EACH == 0 else None
    life = attacked(attack, seed=11, number=number) if attack else organic(seed=11, number=number)
    way = _WAYS[number % len(_WAYS)]
    snapshots = tuple(islice(readings(life, way, spoilt=Spoilt(), wants_probe=lambda: False), READINGS))
    return Series(clip=life.clip, platform=life.platform, snapshots=snapshots, posted_at=moment_of(life.posted))
