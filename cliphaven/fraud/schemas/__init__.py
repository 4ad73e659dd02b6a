"""What the API tells of doubt: cases, appeals, the scorecard and the policy; and what people say about them."""

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from ninja import Schema
from pydantic import Field, StrictBool, StrictInt

from cliphaven.foundation.money import AMOUNT_MINOR_MAX
from cliphaven.foundation.shapes import ID_MAX, Money, Order
from cliphaven.fraud.queries import analytics as asked_for
from cliphaven.fraud.queries import case_files, policies, previews, scorecards
from cliphaven.fraud.schemas.analytics import AskedAnalytics, asked_analytics

Note = Annotated[str, Field(min_length=1, max_length=2_000, description="The creator reads it.")]
Minor = Annotated[StrictInt, Field(ge=0, le=AMOUNT_MINOR_MAX, description="In whole minor units.")]
Mode = Literal["off", "shadow", "live"]
Milli = Annotated[StrictInt, Field(ge=1, le=100_000, description="A score in thousandths.")]


class DoubtReason(Schema):
    """Why a clip is doubted, in a sentence with its numbers. `is_live`: it moves money."""

    signal: str
    strength_milli: int
    sentence: str
    evidence: dict[str, int | float | str | None]
    since_at: datetime | None
    is_live: bool


class CaseInQueue(Schema):
    """One case. Scores are in thousandths; `at_stake` is by the clip's rate, without caps."""

    case: int
    clip: int
    platform: str
    url: str
    creator: int
    creator_name: str
    campaign: int
    campaign_title: str
    state: str
    effect: str
    score_milli: int
    at_stake: Money
    opened_at: datetime
    expires_at: datetime
    voids_at: datetime | None
    ended_at: datetime | None
    appeal_due_at: datetime | None
    reasons: list[DoubtReason]


class CaseQueue(Schema):
    """Cases by score times what is at stake; `next_after` goes on, "" on the last page."""

    cases: list[CaseInQueue]
    next_after: str


class CaseDone(Schema):
    """What was done about a case, by whom ("system", "clock" or "user:7"), when and why."""

    deed: str
    actor: str
    note: str
    happened_at: datetime


class ToldAppeal(Schema):
    """What a creator said against a decision, by when it is answered, and how. Of a file the SHA-256 and the size."""

    appeal: int
    case: int
    against: str
    text: str
    file_name: str
    file_kind: str
    file_size: int
    file_sha256: str
    appealed_at: datetime
    due_at: datetime
    outcome: str
    decided_at: datetime | None
    decision_note: str


class WholeCase(CaseInQueue):
    """One case with all that it rests on: with the readings and these three ids anybody gets the same score."""

    onset_observation: int
    onset_views: int
    onset_at: datetime | None
    calibration_id: str
    signals_version: str
    input_digest: str
    decided_by: str
    decision_note: str
    settled_at: datetime | None
    extended_days: int
    events: list[CaseDone]
    appeals: list[ToldAppeal]
    analytics: AskedAnalytics | None


class WaitingAppeals(Schema):
    """Appeals that nobody answered yet, the one that is due first at the top."""

    appeals: list[ToldAppeal]


class Appealed(Schema):
    """The appeal that was made."""

    appeal: int


class CaseNow(Schema):
    """A case, and where it stands now."""

    case: int
    state: str


class NoteOrder(Order):
    """Why."""

    note: Note


class ExtendCaseOrder(NoteOrder):
    """For how many days more."""

    days: Annotated[StrictInt, Field(ge=1, le=30)]


class AnswerOrder(NoteOrder):
    """Whether the creator is right."""

    granted: StrictBool


class ScoredSignal(Schema):
    """One signal by what became of its cases; `precision`, with its 95 % interval, is null while none is decided."""

    signal: str
    mode: str
    fired: int
    open: int
    upheld: int
    overturned: int
    undecided: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    clears_the_bar: bool | None


class Scorecard(Schema):
    """The signals, the most frequent first."""

    signals: list[ScoredSignal]


class PolicySettings(Order):
    """What signals may do. Thresholds that are null are those of the peer tables, which are the house's own where none
    are named. Signals that are not named are off, or in shadow where they were measured to earn something."""

    peer_table: Annotated[StrictInt, Field(ge=1, le=ID_MAX)] | None = None
    hold_from_milli: Milli | None = None
    release_below_milli: Milli | None = None
    modes: dict[str, Mode]
    review_above_minor: dict[str, Minor] = Field(default_factory=lambda: dict(policies.REVIEW_ABOVE_MINOR))
    clawback_max_minor: dict[str, Minor] = Field(default_factory=lambda: dict(policies.CLAWBACK_MAX_MINOR))
    credit_max_minor: dict[str, Minor] = Field(default_factory=lambda: dict(policies.CREDIT_MAX_MINOR))
    credit_window_days: Annotated[StrictInt, Field(ge=0, le=180)] = policies.CREDIT_WINDOW_DAYS
    analytics_above_minor: dict[str, Minor] = Field(default_factory=lambda: dict(policies.ANALYTICS_ABOVE_MINOR))
    hold_days: Annotated[StrictInt, Field(ge=1, le=30)] = policies.HOLD_DAYS
    appeal_days: Annotated[StrictInt, Field(ge=3, le=14)] = policies.APPEAL_DAYS
    bypass_basis_points: Annotated[StrictInt, Field(ge=0, le=2_000)] = policies.BYPASS_BASIS_POINTS
    probe_percent: Annotated[StrictInt, Field(ge=10, le=100)] = policies.PROBE_PERCENT
    live_from_percent: Annotated[StrictInt, Field(ge=1, le=99)] = policies.LIVE_FROM_PERCENT


class PolicyInForce(PolicySettings):
    """A version of the policy; number 0 is what an installation begins with."""

    number: int
    calibration_id: str
    made_at: datetime | None
    reason: str
    against_the_bar: dict[str, str]


class PolicyOrder(PolicySettings):
    """The next version, after the one that was seen (`after`), and why; `despite_bar` names the signals that shall be
    live although they have not cleared the bar."""

    after: Annotated[StrictInt, Field(ge=0, le=ID_MAX)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    despite_bar: Annotated[list[str], Field(max_length=40)] = Field(default_factory=list)


class SavedPolicy(Schema):
    """The version that was saved."""

    number: int


class AffectedByPolicy(Schema):
    """So many clips and creators, and at most so much money."""

    clips: int
    creators: int
    money: list[Money]


class RiskPolicyPreview(Schema):
    """What a policy would have held of the clips of the last thirty days, beside the one in force."""

    looked_at: int
    is_all: bool
    held_now: AffectedByPolicy
    held_then: AffectedByPolicy
    newly_held: AffectedByPolicy
    no_longer_held: AffectedByPolicy


def case_in_queue(line: case_files.CaseLine) -> CaseInQueue:
    """A case in a list."""
    return CaseInQueue(**_case(line))


def whole_case(found: case_files.CaseFile, *, asked: asked_for.AnalyticsLine | None) -> WholeCase:
    """One case, and what its creator showed of the clip unasked by it."""
    return WholeCase(
        **_case(found.line),
        onset_observation=found.onset_observation_id,
        onset_views=found.onset_views,
        onset_at=found.onset_at,
        calibration_id=found.calibration_id,
        signals_version=found.signals_version,
        input_digest=found.input_digest,
        decided_by=found.decided_by,
        decision_note=found.decision_note,
        settled_at=found.settled_at,
        extended_days=found.extended_days,
        events=[CaseDone.from_orm(event) for event in found.events],
        appeals=[told_appeal(one) for one in found.appeals],
        analytics=asked_analytics(asked) if asked else None,
    )


def told_appeal(line: case_files.AppealLine) -> ToldAppeal:
    """An appeal without its file."""
    return ToldAppeal(
        appeal=line.appeal_id,
        case=line.case_id,
        against=line.against,
        text=line.text,
        file_name=line.file_name,
        file_kind=line.file_kind,
        file_size=line.file_size,
        file_sha256=line.file_sha256,
        appealed_at=line.appealed_at,
        due_at=line.due_at,
        outcome=line.outcome,
        decided_at=line.decided_at,
        decision_note=line.decision_note,
    )


def scored(score: scorecards.SignalScore) -> ScoredSignal:
    """A row of the scorecard."""
    return ScoredSignal.from_orm(score)


def policy(in_force: policies.InForce) -> PolicyInForce:
    """The policy in force."""
    version, draft = in_force.version, in_force.version.draft
    return PolicyInForce(
        number=version.number,
        calibration_id=in_force.calibration.id,
        made_at=version.made_at,
        reason=version.reason,
        against_the_bar=dict(version.against_the_bar),
        peer_table=version.peer_table_id,
        hold_from_milli=draft.hold_from_milli,
        release_below_milli=draft.release_below_milli,
        modes={signal: cast(Mode, mode) for signal, mode in draft.modes.items()},
        review_above_minor=dict(draft.review_above_minor),
        clawback_max_minor=dict(draft.clawback_max_minor),
        credit_max_minor=dict(draft.credit_max_minor),
        credit_window_days=draft.credit_window_days,
        analytics_above_minor=dict(draft.analytics_above_minor),
        hold_days=draft.hold_days,
        appeal_days=draft.appeal_days,
        bypass_basis_points=draft.bypass_basis_points,
        probe_percent=draft.probe_percent,
        live_from_percent=draft.live_from_percent,
    )


def draft(settings: PolicySettings) -> policies.PolicyDraft:
    """What was asked for, as the rules know it."""
    return policies.PolicyDraft(
        hold_from_milli=settings.hold_from_milli,
        release_below_milli=settings.release_below_milli,
        modes=dict(settings.modes),
        review_above_minor=settings.review_above_minor,
        clawback_max_minor=settings.clawback_max_minor,
        credit_max_minor=settings.credit_max_minor,
        credit_window_days=settings.credit_window_days,
        analytics_above_minor=settings.analytics_above_minor,
        hold_days=settings.hold_days,
        appeal_days=settings.appeal_days,
        bypass_basis_points=settings.bypass_basis_points,
        probe_percent=settings.probe_percent,
        live_from_percent=settings.live_from_percent,
    )


def preview(found: previews.PolicyPreview) -> RiskPolicyPreview:
    """A preview."""
    return RiskPolicyPreview(
        looked_at=found.looked_at,
        is_all=found.is_all,
        held_now=_affected(found.held_now),
        held_then=_affected(found.held_then),
        newly_held=_affected(found.newly_held),
        no_longer_held=_affected(found.no_longer_held),
    )


def _affected(found: previews.Affected) -> AffectedByPolicy:
    return AffectedByPolicy(
        clips=found.clips,
        creators=found.creators,
        money=[Money(amount=minor, currency=currency) for currency, minor in found.money_minor.items()],
    )


def _case(line: case_files.CaseLine) -> dict[str, Any]:
    return {
        "case": line.case_id,
        "clip": line.clip_id,
        "platform": line.platform,
        "url": line.url,
        "creator": line.creator_id,
        "creator_name": line.creator_name,
        "campaign": line.campaign_id,
        "campaign_title": line.campaign_title,
        "state": line.state,
        "effect": line.effect,
        "score_milli": line.score_milli,
        "at_stake": Money(amount=line.at_stake_minor, currency=line.currency),
        "opened_at": line.opened_at,
        "expires_at": line.expires_at,
        "voids_at": line.voids_at,
        "ended_at": line.ended_at,
        "appeal_due_at": line.appeal_due_at,
        "reasons": [DoubtReason.from_orm(reason) for reason in line.reasons],
    }
