"""The policy that holds now, and what earlier ones said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cliphaven.fraud.models import Policy, SignalMode
from cliphaven.fraud.queries import calibrations
from cliphaven.fraud.rules import scoring
from cliphaven.fraud.rules.calibration import Calibration
from cliphaven.fraud.rules.cases import Thresholds
from cliphaven.fraud.rules.judging import MILLI, Modes
from cliphaven.fraud.rules.signals.found import Signal

HOLD_DAYS, APPEAL_DAYS = 7, 7
BYPASS_BASIS_POINTS = 200
PROBE_PERCENT = 55
LIVE_FROM_PERCENT = 60
REVIEW_ABOVE_MINOR: Mapping[str, int] = {"USD": 10_000, "EUR": 10_000, "GBP": 10_000, "JPY": 15_000}
CLAWBACK_MAX_MINOR: Mapping[str, int] = {"USD": 50_000, "EUR": 50_000, "GBP": 50_000, "JPY": 75_000}
CREDIT_MAX_MINOR: Mapping[str, int] = CLAWBACK_MAX_MINOR
CREDIT_WINDOW_DAYS = 60
ANALYTICS_ABOVE_MINOR: Mapping[str, int] = {"USD": 50_000, "EUR": 50_000, "GBP": 50_000, "JPY": 75_000}
VERSIONS_SHOWN = 50
# No thousandths are so many: a threshold that peer tables leave open is never reached.
_NEVER_MILLI = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class PolicyDraft:
    """What an operator may set. Scores in thousandths, None for what the peer tables say; amounts in minor units.

    A signal that is absent from `modes` is in shadow, or off where it was measured to earn nothing (`scoring.KEPT` has
    the others). Of what was paid already no more than `clawback_max_minor` of a clip is taken back. Sponsors are
    credited up to `credit_max_minor` of a clip for views that were purged within `credit_window_days` after they were
    earned, and creators are asked for analytics of clips whose views are worth `analytics_above_minor` (0: of none). A
    signal is to be made live where at least `live_from_percent` of its cases are right, as far as the decided ones can
    tell: the lower end of Wilson's interval.
    """

    hold_from_milli: int | None = None
    release_below_milli: int | None = None
    modes: Mapping[str, str]
    review_above_minor: Mapping[str, int]
    clawback_max_minor: Mapping[str, int]
    credit_max_minor: Mapping[str, int] = field(default_factory=lambda: dict(CREDIT_MAX_MINOR))
    credit_window_days: int = CREDIT_WINDOW_DAYS
    analytics_above_minor: Mapping[str, int] = field(default_factory=lambda: dict(ANALYTICS_ABOVE_MINOR))
    hold_days: int = HOLD_DAYS
    appeal_days: int = APPEAL_DAYS
    bypass_basis_points: int = BYPASS_BASIS_POINTS
    probe_percent: int = PROBE_PERCENT
    live_from_percent: int = LIVE_FROM_PERCENT

    def mode(self, signal: str) -> str:
        """What a signal may do."""
        return self.modes.get(signal, (SignalMode.SHADOW if signal in scoring.KEPT else SignalMode.OFF).value)

    def signal_modes(self) -> Modes:
        """The signals that are live, and those that are heard."""
        return Modes(
            live=frozenset(signal for signal in Signal if self.mode(signal) == SignalMode.LIVE),
            heard=frozenset(signal for signal in Signal if self.mode(signal) != SignalMode.OFF),
        )

    def thresholds(self, calibration: Calibration) -> Thresholds:
        """From where on this policy doubts, measured by these peer tables."""
        hold = _milli(calibration.hold_from) if self.hold_from_milli is None else self.hold_from_milli
        release = _milli(calibration.release_below) if self.release_below_milli is None else self.release_below_milli
        return Thresholds(
            hold_from_milli=hold,
            release_below_milli=min(release, hold),
            probe_from_milli=hold * self.probe_percent // 100,
        )


DEFAULT = PolicyDraft(modes={}, review_above_minor=REVIEW_ABOVE_MINOR, clawback_max_minor=CLAWBACK_MAX_MINOR)
"""Where nobody decided anything: signals are in shadow or off, and no money is held."""


@dataclass(frozen=True, kw_only=True)
class PolicyVersion:
    """One version with who made it, when and why. Number 0, by nobody, is the default of an installation.

    `against_the_bar` has the signals that were made live below the bar, each with what was known of it then.
    """

    number: int
    draft: PolicyDraft
    peer_table_id: int | None
    made_by: int | None
    made_at: datetime | None
    reason: str
    preview: Mapping[str, object]
    against_the_bar: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The version that holds now, with the peer tables it is measured by."""

    version: PolicyVersion
    calibration: Calibration
    modes: Modes
    thresholds: Thresholds

    @property
    def policy_id(self) -> int | None:
        """The version's row; None for the default."""
        return self.version.number or None


def in_force() -> InForce:
    """The policy that holds now."""
    latest = Policy.objects.order_by("-id").first()
    version = _version(latest) if latest else first_version()
    calibration = calibrations.calibration(version.peer_table_id)
    return InForce(
        version=version,
        calibration=calibration,
        modes=version.draft.signal_modes(),
        thresholds=version.draft.thresholds(calibration),
    )


def latest_draft() -> PolicyDraft:
    """What the operator wants now."""
    latest = Policy.objects.order_by("-id").first()
    return (_version(latest) if latest else first_version()).draft


def clawback_max_minor(*, currency: str) -> int:
    """The most that is taken back of what was paid for one clip, in minor units, by the policy that holds now."""
    return latest_draft().clawback_max_minor.get(currency, 0)


def first_version() -> PolicyVersion:
    """The default."""
    return PolicyVersion(
        number=0,
        draft=DEFAULT,
        peer_table_id=None,
        made_by=None,
        made_at=None,
        reason="What an installation begins with: every signal is in shadow.",
        preview={},
        against_the_bar={},
    )


def versions() -> Sequence[PolicyVersion]:
    """The versions, the latest first, the default at the end; at most fifty."""
    return [*(_version(row) for row in Policy.objects.order_by("-id")[:VERSIONS_SHOWN]), first_version()]


def _version(row: Policy) -> PolicyVersion:
    return PolicyVersion(
        number=row.pk,
        draft=PolicyDraft(
            hold_from_milli=row.hold_from_milli,
            release_below_milli=row.release_below_milli,
            modes=row.modes,
            review_above_minor={**REVIEW_ABOVE_MINOR, **row.review_above_minor},
            clawback_max_minor={**CLAWBACK_MAX_MINOR, **row.clawback_max_minor},
            credit_max_minor={**CREDIT_MAX_MINOR, **row.credit_max_minor},
            credit_window_days=row.credit_window_days,
            analytics_above_minor={**ANALYTICS_ABOVE_MINOR, **row.analytics_above_minor},
            hold_days=row.hold_days,
            appeal_days=row.appeal_days,
            bypass_basis_points=row.bypass_basis_points,
            probe_percent=row.probe_percent,
            live_from_percent=row.live_from_percent,
        ),
        peer_table_id=row.peer_table_id,
        made_by=row.made_by_id,
        made_at=row.made_at,
        reason=row.reason,
        preview=row.preview,
        against_the_bar=row.against_the_bar,
    )


def _milli(score: float) -> int:
    return min(_NEVER_MILLI, round(score * MILLI)) if score < _NEVER_MILLI else _NEVER_MILLI
