"""How good the score is on clips whose truth is known: what it finds, how soon, whom it wrongs, what money it keeps.

Fake money is what bought views would earn. It is paid a week after it was earned: what is unpaid when a clip is flagged
can be held, and what is bought afterwards can be, too.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cliphaven.fraud.rules import scoring
from cliphaven.fraud.rules.calibrating import Heard, heard
from cliphaven.fraud.rules.calibration import Calibration
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.worlds.attacks import attacked
from cliphaven.fraud.rules.worlds.lives import Life
from cliphaven.fraud.rules.worlds.organics import organic
from cliphaven.fraud.rules.worlds.peers import PAUSE_HOURS
from cliphaven.fraud.rules.worlds.sampling import Sampling, Spoilt, readings
from cliphaven.tracking.rules.replay.curves import hour_of, moment_of

HOLD_HOURS = 168.0
"""The hold period: views earn at once, and what they earned is paid a week later."""
_Z = 1.959964


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One clip to be read in one way: the honest one of this number, or the one under this `attack`."""

    attack: str | None
    seed: int
    number: int
    sampling: Sampling
    days: float = 30.0
    spoilt: Spoilt = field(default_factory=Spoilt)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a trial. `detected_hours` counts from the first bought view; None if the clip was never flagged
    after it. `unpaid` and `covered` are shares of all bought views: those that were not paid yet when the clip was
    flagged, and of these those that came since the onset that was told. `highest` is the highest score there ever was.
    """

    kind: str
    is_attack: bool
    readings: int
    highest: float
    flagged: bool
    detected_hours: float | None
    unpaid: float | None
    covered: float | None
    strongest: str | None


def tried(trial: Trial, calibration: Calibration, signals: frozenset[Signal] = scoring.KEPT) -> Outcome:
    """The outcome of one trial: the clip's whole life, scored after each reading."""
    life = life_of(trial)
    scorer = Scorer(life, calibration, signals)
    snapshots = readings(
        life,
        trial.sampling,
        spoilt=trial.spoilt,
        wants_probe=lambda: scorer.latest >= calibration.probe_from,
    )
    for said in heard(
        snapshots,
        posted_at=moment_of(life.posted),
        ratio=calibration.ratio(life.platform),
        pause_hours=PAUSE_HOURS,
    ):
        scorer.hear(said)
    return scorer.outcome()


def life_of(trial: Trial) -> Life:
    """The life that a trial is about."""
    if trial.attack is None:
        return organic(seed=trial.seed, number=trial.number, days=trial.days)
    return attacked(trial.attack, seed=trial.seed, number=trial.number, days=trial.days)


class Scorer:
    """Scores a life while it goes on, and remembers what will be asked of it."""

    def __init__(self, life: Life, calibration: Calibration, signals: frozenset[Signal]) -> None:
        self.life, self.calibration, self.signals = life, calibration, signals
        self.latest = self.highest = 0.0
        self.readings = 0
        self.flagged = False
        self.caught: tuple[float, float | None] | None = None
        self.strongest: str | None = None

    def hear(self, said: Heard) -> None:
        """Score the clip after one more reading."""
        rare = said.strengths(self.signals, platform=self.life.platform, calibration=self.calibration)
        since = {signal: said.course.moment(one.since) for signal, one in said.found.items() if one.since >= 0}
        self.readings = said.course.readings
        self.look(hour_of(said.snapshot.at), rare, since)

    def look(self, hour: float, rare: Mapping[Signal, float], since: Mapping[Signal, datetime]) -> None:
        """Score the clip at a moment from strengths, and from when each of them says that doubt begins."""
        self.latest = scoring.combined(rare.values())
        self.highest = max(self.highest, self.latest)
        if self.latest < self.calibration.hold_from:
            return
        self.flagged = True
        if self.caught is None and self.life.began is not None and hour >= self.life.began:
            reasons = scoring.ranked(rare)
            self.strongest = reasons[0]
            began = scoring.onset([(rare[signal], since.get(signal)) for signal in reasons])
            self.caught = hour, None if began is None else hour_of(began)

    def outcome(self) -> Outcome:
        """What is to be told of the life."""
        life, detected, unpaid, covered = self.life, None, None, None
        if self.caught is not None and life.began is not None:
            hour, since = self.caught
            detected = max(0.0, hour - life.began)
            whole = life.bought[-1] if life.bought else 0
            if whole:
                paid = life.at(life.bought, max(life.posted, hour - HOLD_HOURS))
                unpaid = 1 - paid / whole
                before = paid if since is None else max(paid, life.at(life.bought, since))
                covered = 1 - before / whole
        return Outcome(
            kind=life.kind,
            is_attack=life.began is not None,
            readings=self.readings,
            highest=self.highest,
            flagged=self.flagged,
            detected_hours=detected,
            unpaid=unpaid,
            covered=covered,
            strongest=self.strongest,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of the table. Shares are from 0 to 1, with Wilson's interval of 95 %."""

    kind: str
    clips: int
    readings_mean: float
    share: float
    share_from: float
    share_to: float
    hours_median: float | None
    hours_p90: float | None
    unpaid: float | None
    covered: float | None
    strongest: Mapping[str, int]


def row_of(kind: str, outcomes: Sequence[Outcome]) -> Row:
    """The row of clips of one kind: for attacks what was found of them, for honest clips what was wrongly flagged."""
    hits = sum(1 for one in outcomes if (one.detected_hours is not None if one.is_attack else one.flagged))
    low, high = wilson(hits, len(outcomes))
    hours = sorted(one.detected_hours for one in outcomes if one.detected_hours is not None)
    strongest: dict[str, int] = {}
    for one in outcomes:
        if one.strongest is not None:
            strongest[one.strongest] = strongest.get(one.strongest, 0) + 1
    return Row(
        kind=kind,
        clips=len(outcomes),
        readings_mean=sum(one.readings for one in outcomes) / max(1, len(outcomes)),
        share=hits / max(1, len(outcomes)),
        share_from=low,
        share_to=high,
        hours_median=_quantile(hours, 0.5),
        hours_p90=_quantile(hours, 0.9),
        unpaid=_mean(one.unpaid for one in outcomes),
        covered=_mean(one.covered for one in outcomes),
        strongest=dict(sorted(strongest.items(), key=lambda item: (-item[1], item[0]))),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's interval of 95 % around a share (E. B. Wilson, *Probable inference*, JASA 1927)."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, _Z * _Z / of
    middle = share + square / 2
    width = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    return max(0.0, (middle - width) / (1 + square)), min(1.0, (middle + width) / (1 + square))


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _mean(values: Iterable[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if told else None
