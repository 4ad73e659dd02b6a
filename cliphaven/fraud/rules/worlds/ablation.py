"""What each signal earns: the same clips scored without it, by a threshold of its own that one honest clip in a hundred
reaches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cliphaven.fraud.rules.calibrating import HOLD_SHARE, Told, heard, share_reached
from cliphaven.fraud.rules.calibration import ANY, Calibration, Ratio
from cliphaven.fraud.rules.scoring import ALONE, KEPT
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.worlds.evaluation import Trial, life_of
from cliphaven.fraud.rules.worlds.peers import PAUSE_HOURS
from cliphaven.fraud.rules.worlds.sampling import Sampling, Spoilt, readings
from cliphaven.fraud.rules.worlds.targets import DETECTABLE
from cliphaven.tracking.rules.replay.curves import moment_of

WAYS = (Sampling.HOURLY, Sampling.SCHEDULER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lives:
    """A clip to be read in both ways: the honest one of this number, or the one under this attack."""

    attack: str | None
    seed: int
    number: int
    days: float
    ratios: Mapping[str, Ratio]


@dataclass(frozen=True, kw_only=True, slots=True)
class Earned:
    """What is found when one signal is left out (None: none) or added (`+`): shares of clips that were ever flagged,
    the mean of both ways to read them."""

    without: str | None
    hold_from: float
    honest: float
    recall: Mapping[str, float]

    @property
    def mean(self) -> float:
        """The mean over the attacks that can be found."""
        told = [share for kind, share in self.recall.items() if kind in DETECTABLE]
        return sum(told) / len(told)


def lives_told(of: Lives) -> tuple[Told, ...]:
    """What all signals say of one clip, once for each way to read it."""
    found = []
    for way in WAYS:
        life = life_of(Trial(attack=of.attack, seed=of.seed, number=of.number, sampling=way, days=of.days))
        snapshots = readings(life, way, spoilt=Spoilt(), wants_probe=lambda: False)
        ratio = of.ratios.get(life.platform) or of.ratios[ANY]
        said = heard(snapshots, posted_at=moment_of(life.posted), ratio=ratio, pause_hours=PAUSE_HOURS)
        found.append(Told.of(life.platform, said))
    return tuple(found)


def earned(
    calibration: Calibration,
    *,
    train: Sequence[tuple[Told, ...]],
    test: Sequence[tuple[Told, ...]],
    bought: Mapping[str, Sequence[tuple[Told, ...]]],
) -> list[Earned]:
    """A row with all signals that are kept, one without each of them, and one with each that is not kept (`+`)."""
    rows = []
    for changed in (None, *ALONE):
        signals = KEPT if changed is None else KEPT ^ {changed}
        limit = max(share_reached(way, HOLD_SHARE) for way in zip(*_highest(train, calibration, signals), strict=True))
        rows.append(
            Earned(
                without=None if changed is None else f"{'' if changed in KEPT else '+'}{changed}",
                hold_from=limit,
                honest=_flagged(_highest(test, calibration, signals), limit),
                recall={kind: _flagged(_highest(clips, calibration, signals), limit) for kind, clips in bought.items()},
            )
        )
    return rows


def _highest(
    clips: Sequence[tuple[Told, ...]], calibration: Calibration, signals: Collection[Signal]
) -> list[tuple[float, ...]]:
    return [tuple(told.highest_score(calibration, signals) for told in ways) for ways in clips]


def _flagged(scores: Sequence[tuple[float, ...]], limit: float) -> float:
    each = [score >= limit for of in scores for score in of]
    return sum(each) / max(1, len(each))
