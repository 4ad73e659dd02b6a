"""A score under a policy: what the signals that are live say, and what those in shadow would add.

Signals that a case rested on are quiet once it has ended, until what they show began after its end: the same doubt is
not raised twice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cliphaven.fraud.rules.calibration import Calibration
from cliphaven.fraud.rules.reasons import Reason
from cliphaven.fraud.rules.scoring import AcrossClips, Score, combined, score
from cliphaven.fraud.rules.series import Series
from cliphaven.fraud.rules.signals.found import Signal

MILLI = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Modes:
    """The signals that may move money, and those that are heard at all."""

    live: frozenset[Signal]
    heard: frozenset[Signal]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What a case that has ended rested on, and when it ended."""

    signals: frozenset[Signal]
    ended_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldReason:
    """A reason, and whether its signal was live."""

    reason: Reason
    is_live: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What a clip's readings come to under a policy. `onset_at` is of the live reasons, of all if none is live."""

    value_milli: int
    shadow_milli: int
    reasons: tuple[ToldReason, ...]
    onset_at: datetime | None
    level: str
    version: str
    calibration_id: str
    input_digest: str


def judged(
    series: Series,
    *,
    calibration: Calibration,
    modes: Modes,
    settled: Settled | None = None,
    across: Iterable[AcrossClips] = (),
    now: datetime,
) -> Judgement:
    """The judgement of a clip as of `now`."""
    findings = tuple(across)
    whole = score(series, calibration=calibration, now=now, across=findings, signals=modes.heard)
    quiet = _quiet(whole, settled, series, calibration, findings, now)
    heard = modes.heard - quiet
    live = modes.live - quiet
    value_milli = _milli(whole.strengths, live)
    told = _score(whole, heard, series, calibration, findings, now)
    weighed = _score(told, live, series, calibration, findings, now) if value_milli else told
    reasons = [ToldReason(reason=one, is_live=one.signal in live) for one in weighed.reasons]
    named = {one.reason.signal for one in reasons}
    reasons += [
        ToldReason(reason=one, is_live=one.signal in live) for one in told.reasons if one.signal not in named
    ]
    return Judgement(
        value_milli=value_milli,
        shadow_milli=max(value_milli, _milli(whole.strengths, heard)),
        reasons=tuple(reasons),
        onset_at=weighed.onset_at,
        level=whole.level,
        version=whole.version,
        calibration_id=whole.calibration_id,
        input_digest=whole.input_digest,
    )


def _score(
    known: Score,
    signals: Collection[Signal],
    series: Series,
    calibration: Calibration,
    across: tuple[AcrossClips, ...],
    now: datetime,
) -> Score:
    """The score of these signals alone; the one that is known already, if no other signal spoke in it."""
    if known.strengths.keys() <= set(signals):
        return known
    return score(series, calibration=calibration, now=now, across=across, signals=signals)


def _quiet(
    whole: Score,
    settled: Settled | None,
    series: Series,
    calibration: Calibration,
    across: tuple[AcrossClips, ...],
    now: datetime,
) -> frozenset[Signal]:
    if settled is None:
        return frozenset()
    suspects = settled.signals & whole.strengths.keys()
    anew = set()
    # Each by itself: a score tells moments of its three strongest reasons only.
    for signal in sorted(suspects):
        alone = score(series, calibration=calibration, now=now, across=across, signals=(signal,))
        since_at = alone.reasons[0].since_at if alone.reasons else None
        if since_at is not None and since_at > settled.ended_at:
            anew.add(signal)
    return frozenset(settled.signals - anew)


def _milli(strengths: Mapping[Signal, float], signals: Collection[Signal]) -> int:
    return round(MILLI * combined(strength for signal, strength in strengths.items() if signal in signals))
