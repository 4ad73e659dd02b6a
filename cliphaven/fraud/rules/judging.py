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
    asked = _Asked(series=series, calibration=calibration, across=tuple(across), now=now)
    whole = asked.score(modes.heard)
    quiet = _quiet(whole, settled, asked)
    heard = modes.heard - quiet
    live = modes.live - quiet
    value_milli = _milli(whole.strengths, live)
    told = asked.narrowed(whole, heard)
    weighed = asked.narrowed(told, live) if value_milli else told
    reasons = [ToldReason(reason=one, is_live=one.signal in live) for one in weighed.reasons]
    named = {one.reason.signal for one in reasons}
    reasons += [ToldReason(reason=one, is_live=one.signal in live) for one in told.reasons if one.signal not in named]
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What a score is asked of."""

    series: Series
    calibration: Calibration
    across: tuple[AcrossClips, ...]
    now: datetime

    def score(self, signals: Collection[Signal]) -> Score:
        """The score if only these signals may speak."""
        return score(self.series, calibration=self.calibration, now=self.now, across=self.across, signals=signals)

    def narrowed(self, known: Score, signals: Collection[Signal]) -> Score:
        """The same; the one that is known already, if no other signal spoke in it."""
        return known if known.strengths.keys() <= set(signals) else self.score(signals)


def _quiet(whole: Score, settled: Settled | None, asked: _Asked) -> frozenset[Signal]:
    """The signals that an ended case rested on, but those that show something that began after its end."""
    if settled is None:
        return frozenset()
    anew = set()
    # Each by itself: a score tells moments of its three strongest reasons only.
    for signal in sorted(settled.signals & whole.strengths.keys()):
        alone = asked.score((signal,))
        since_at = alone.reasons[0].since_at if alone.reasons else None
        if since_at is not None and since_at > settled.ended_at:
            anew.add(signal)
    return settled.signals - anew


def _milli(strengths: Mapping[Signal, float], signals: Collection[Signal]) -> int:
    return round(MILLI * combined(strength for signal, strength in strengths.items() if signal in signals))
