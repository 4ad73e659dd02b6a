"""The score of a clip as of a moment, with its reasons: the same readings are the same score, to the byte.

    score = the greatest strength + 0.35 · the next three, each at most 2

A strength is −log₁₀ of the share of honest clips that ever look like this (`calibration.py`), so one signal alone says
what it knows, and several that agree say a little more. Nothing but the readings up to the moment plays a part: later
ones never change what was said, nor does the order in which they came in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cliphaven.fraud.rules.calibration import Calibration, Ratio, level_of
from cliphaven.fraud.rules.course import Course
from cliphaven.fraud.rules.reasons import Reason, sentence
from cliphaven.fraud.rules.series import Series, input_digest
from cliphaven.fraud.rules.signals import bursts, counts, engagement, shape
from cliphaven.fraud.rules.signals.found import VERSION, Found, Signal

ALONE = (
    Signal.ELASTIC,
    Signal.ELASTIC_JOINT,
    Signal.SLUMP,
    Signal.ENG_TOTAL,
    Signal.COM_LIKE,
    Signal.BURST,
    Signal.CONST,
    Signal.EDGES,
    Signal.FLAT_NIGHT,
    Signal.PURGE,
    Signal.PACKAGE,
)
"""Signals of one clip by itself."""
KEPT = frozenset(Signal) - {Signal.ELASTIC_JOINT, Signal.ENG_TOTAL, Signal.EDGES, Signal.PACKAGE}
"""Signals that take part in a score unless somebody says otherwise: the others earn nothing, or cost others more."""
_DAILY_HOURS = 20.0
_OTHERS_SHARE, _OTHERS, _OTHER_MAX = 0.35, 3, 2.0
_REASONS = 3
NEARLY = 1.0
_DIGITS = 4
Place = TypeVar("Place", datetime, int)


class Response(StrEnum):
    """What a score asks for."""

    CLEAR = "clear"
    PROBE = "probe"  # look hourly for a while, to know more
    HOLD = "hold"  # what came since the onset is held


@dataclass(frozen=True, kw_only=True, slots=True)
class AcrossClips:
    """A signal that other clips or people gave, and how strong it is already said to be."""

    signal: Signal
    strength: float
    since_at: datetime | None
    evidence: dict[str, int | float | str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How much a clip's views are doubted as of a moment.

    `version` is of the signals, `calibration_id` of the peer tables, `input_digest` of the readings: with the three,
    and the findings across clips, anybody gets the same bytes. `strengths` are of all signals that spoke, `reasons` the
    three strongest. `onset_at` is since when views are doubted; None where all or none of them are.
    """

    version: str
    calibration_id: str
    input_digest: str
    value: float
    reasons: tuple[Reason, ...]
    onset_at: datetime | None
    level: str
    strengths: dict[Signal, float] = field(default_factory=dict)


def score(
    series: Series,
    *,
    calibration: Calibration,
    now: datetime,
    across: Iterable[AcrossClips] = (),
    signals: Collection[Signal] = KEPT,
) -> Score:
    """The score of a clip as of `now`, from its readings up to then. `signals` says which may take part."""
    snapshots = series.until(now)
    course = Course.of(snapshots, posted_at=series.posted_at)
    heard = {} if course is None else found(course, calibration.ratio(series.platform))
    level = level_of(0 if course is None else course.readings)
    alone = strengths(
        {signal: one.value for signal, one in heard.items() if signal in signals}, series.platform, level, calibration
    )
    spoke: list[tuple[float, Signal, Found | AcrossClips]] = [
        (strength, signal, heard[signal]) for signal, strength in alone.items()
    ]
    for finding in across:
        if finding.strength > 0 and finding.signal in signals:
            spoke.append((round(finding.strength, _DIGITS), finding.signal, finding))
    spoke.sort(key=lambda one: (-one[0], one[1]))
    reasons = tuple(_reason(strength, signal, one, course) for strength, signal, one in spoke[:_REASONS])
    return Score(
        version=VERSION,
        calibration_id=calibration.id,
        input_digest=input_digest(series, snapshots),
        value=combined([strength for strength, _, _ in spoke]),
        reasons=reasons,
        onset_at=onset([(one.strength, one.since_at) for one in reasons]),
        level=level,
        strengths={signal: strength for strength, signal, _ in spoke},
    )


def found(course: Course, ratio: Ratio) -> dict[Signal, Found]:
    """What each signal of a clip by itself says at the end of its course; those that say nothing are left out.

    `ratio` is what is usual of likes and views on its platform. What compares two stretches of a life is silent where
    the latest two readings are more than twenty hours apart: on clips that were read once a day such signals only
    drowned the one that speaks there, comments for likes.
    """
    is_close = len(course) > 1 and course.hours[-1] - course.hours[-2] <= _DAILY_HOURS
    pace, starts = shape.pace_of(course), engagement.stretches(course)
    said = {
        Signal.ELASTIC: engagement.elastic(course, starts) if is_close else None,
        Signal.ELASTIC_JOINT: engagement.elastic_joint(course, starts) if is_close else None,
        Signal.SLUMP: engagement.slump(course, starts) if is_close else None,
        Signal.ENG_TOTAL: engagement.eng_total(course, usual=ratio.usual, spread=ratio.spread),
        Signal.COM_LIKE: engagement.com_like(course),
        Signal.BURST: bursts.burst(course) if is_close else None,
        Signal.CONST: shape.const(course, pace),
        Signal.EDGES: shape.edges(course, pace),
        Signal.FLAT_NIGHT: shape.flat_night(course, pace),
        Signal.PURGE: counts.purge(course),
        Signal.PACKAGE: counts.package(course),
    }
    return {signal: one for signal, one in said.items() if one is not None}


def strengths(
    values: Mapping[Signal, float], platform: str, level: str, calibration: Calibration
) -> dict[Signal, float]:
    """How rare the values of signals are among a clip's peers; those that are not rare at all are left out."""
    rare = {}
    for signal, value in values.items():
        strength = round(calibration.strength(signal, platform, level, value), _DIGITS)
        if strength > 0:
            rare[signal] = strength
    return rare


def combined(strengths: Iterable[float]) -> float:
    """The score that strengths come to."""
    ordered = sorted(strengths, reverse=True)
    if not ordered:
        return 0.0
    others = sum(min(_OTHER_MAX, strength) for strength in ordered[1 : 1 + _OTHERS])
    return round(ordered[0] + _OTHERS_SHARE * others, _DIGITS)


def response_to(value: float, calibration: Calibration) -> Response:
    """What a score asks for under this calibration."""
    if value >= calibration.hold_from:
        return Response.HOLD
    return Response.PROBE if value >= calibration.probe_from else Response.CLEAR


def _reason(strength: float, signal: Signal, one: Found | AcrossClips, course: Course | None) -> Reason:
    if isinstance(one, AcrossClips):
        since_at = one.since_at
    else:
        since_at = course.moment(one.since) if course is not None and one.since >= 0 else None
    return Reason(
        signal=signal,
        strength=strength,
        sentence=sentence(signal, one.evidence, since_at),
        evidence=dict(one.evidence),
        since_at=since_at,
    )


def ranked(strengths: Mapping[Signal, float]) -> list[Signal]:
    """Whose reasons are told: the three that are strongest, the strongest first."""
    return sorted(strengths, key=lambda signal: (-strengths[signal], signal))[:_REASONS]


def onset(reasons: Sequence[tuple[float, Place | None]]) -> Place | None:
    """Since when views are doubted: the earliest place that any reason names which is nearly as strong as the first.

    `reasons` are strengths with places, the strongest first: all moments, or all numbers of readings. None where none
    of these names one.
    """
    named = [place for strength, place in reasons if place is not None and strength >= reasons[0][0] - NEARLY]
    return min(named, default=None)
