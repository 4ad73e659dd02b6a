"""Cases as the staff read them: the queue, and one case with all that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, ExpressionWrapper, Prefetch, Q, QuerySet

from cliphaven.fraud.models import Appeal, Assessment, CaseEffect, RiskCase
from cliphaven.fraud.models.cases import RANK, UNDER_WAY

CASES_SHOWN = 50
EVENTS_SHOWN = 500
_PLACE_PARTS = 2


@dataclass(frozen=True, kw_only=True)
class ReasonLine:
    """Why a clip is doubted, in one sentence with the numbers behind it. `is_live`: it moves money."""

    signal: str
    strength_milli: int
    sentence: str
    evidence: Mapping[str, object]
    since_at: datetime | None
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """One case in a list. Scores are in thousandths; what is at stake is by the clip's rate, without caps."""

    case_id: int
    clip_id: int
    platform: str
    url: str
    creator_id: int
    creator_name: str
    campaign_id: int
    campaign_title: str
    state: str
    effect: str
    score_milli: int
    at_stake_minor: int
    currency: str
    opened_at: datetime
    expires_at: datetime
    voids_at: datetime | None
    ended_at: datetime | None
    reasons: Sequence[ReasonLine]
    appeal_due_at: datetime | None
    rank: int

    @property
    def place(self) -> str:
        """Where a list goes on behind this case."""
        return f"{self.rank}-{self.case_id}"


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A page of cases; `next_after` goes on, "" on the last page."""

    cases: Sequence[CaseLine]
    next_after: str


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """Who did what about a case."""

    deed: str
    actor: str
    note: str
    happened_at: datetime


@dataclass(frozen=True, kw_only=True)
class AppealLine:
    """An appeal; of its file what is known beside the contents."""

    appeal_id: int
    case_id: int
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


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """One case with all that it rests on. What came after `onset_views` views is doubted."""

    line: CaseLine
    onset_observation_id: int
    onset_views: int
    onset_at: datetime | None
    calibration_id: str
    signals_version: str
    input_digest: str
    decided_by: str
    decision_note: str
    settled_at: datetime | None
    extended_days: int
    events: Sequence[EventLine]
    appeals: Sequence[AppealLine]
    assessments: int


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file that came with an appeal."""

    name: str
    kind: str
    content: bytes


def queue(*, after: str = "", effect: str = "", under_way: bool = True) -> Queue:
    """The cases under way, or those that are over, by score times what is at stake; `after` is a place to go on from.

    A place that is none is ignored. With `effect` only those that hold money, of shadows, or of the sample.
    """
    # Those that are over are read in order from an index, of which the condition says no more than this.
    wanted = Q(state__in=UNDER_WAY) if under_way else Q(ended_at__isnull=False)
    rank = ExpressionWrapper(RANK, output_field=BigIntegerField())
    found = _with_names(RiskCase.objects.filter(wanted)).annotate(rank=rank)
    if effect:
        found = found.filter(effect=effect)
    if place := _place(after):
        # The first of the two says nothing new: it is where an index begins to be read.
        found = found.filter(Q(rank__lte=place[0]), Q(rank__lt=place[0]) | Q(rank=place[0], id__gt=place[1]))
    cases = list(found.order_by("-rank", "id")[: CASES_SHOWN + 1])
    shown = [_line(case) for case in cases[:CASES_SHOWN]]
    return Queue(cases=shown, next_after=shown[-1].place if len(cases) > len(shown) else "")


def case_file(*, case_id: int) -> CaseFile | None:
    """One case; None if there is none with this number."""
    case = _with_names(RiskCase.objects.filter(id=case_id)).first()
    if case is None:
        return None
    because = case.because
    dated = [reason.since_at for reason in _reasons(because) if reason.since_at]
    return CaseFile(
        line=_line(case),
        onset_observation_id=case.onset_observation_id,
        onset_views=case.onset_views,
        onset_at=min(dated) if dated and case.onset_observation_id else None,
        calibration_id=because.calibration_id,
        signals_version=because.signals_version,
        input_digest=because.input_digest,
        decided_by=case.decided_by,
        decision_note=case.decision_note,
        settled_at=case.settled_at,
        extended_days=case.extended_days,
        events=[
            EventLine(deed=event.deed, actor=event.actor, note=event.note, happened_at=event.happened_at)
            for event in case.events.order_by("id")[:EVENTS_SHOWN]
        ],
        appeals=appeals_of(case),
        assessments=Assessment.objects.filter(clip_id=case.clip_id).count(),
    )


def state_of(*, case_id: int) -> str:
    """Where a case stands now; it must exist."""
    return RiskCase.objects.values_list("state", flat=True).get(id=case_id)


def has_case(*, case_id: int) -> bool:
    """Whether there is a case with this number."""
    return RiskCase.objects.filter(id=case_id).exists()


def holds_money(*, case_id: int) -> bool:
    """Whether a case holds money, and is not of a shadow or of the sample."""
    return RiskCase.objects.filter(id=case_id, effect=CaseEffect.HOLD).exists()


def case_of_appeal(*, appeal_id: int) -> int | None:
    """The case that an appeal is about; None if there is no such appeal."""
    return Appeal.objects.filter(id=appeal_id).values_list("case_id", flat=True).first()


def waiting_appeals() -> list[AppealLine]:
    """The appeals that nobody answered yet, the one that is due first at the top; at most fifty."""
    waiting = _without_files(Appeal.objects.filter(outcome="")).order_by("due_at", "id")
    return [_appeal(one) for one in waiting[:CASES_SHOWN]]


def appeal_file(*, appeal_id: int) -> KeptFile | None:
    """The file of an appeal; None if there is none."""
    one = Appeal.objects.filter(id=appeal_id, file__isnull=False).first()
    return None if one is None else KeptFile(name=one.file_name, kind=one.file_kind, content=bytes(one.file or b""))


def appeals_of(case: RiskCase) -> list[AppealLine]:
    """What was said against a case, the earliest first."""
    return [_appeal(one) for one in _without_files(case.appeals.all())]


def _with_names(cases: QuerySet[RiskCase]) -> QuerySet[RiskCase]:
    appeals = Prefetch("appeals", queryset=Appeal.objects.only("case_id", "due_at", "outcome"))
    return cases.select_related("because", "clip__creator", "clip__campaign").prefetch_related(appeals)


def _line(case: RiskCase) -> CaseLine:
    clip = case.clip
    waiting = min((appeal.due_at for appeal in case.appeals.all() if not appeal.outcome), default=None)
    return CaseLine(
        case_id=case.pk,
        clip_id=clip.pk,
        platform=clip.platform,
        url=clip.canonical_url,
        creator_id=clip.creator_id,
        creator_name=clip.creator.name,
        campaign_id=clip.campaign_id,
        campaign_title=clip.campaign.title,
        state=case.state,
        effect=case.effect,
        score_milli=case.score_milli,
        at_stake_minor=case.at_stake_minor,
        currency=case.currency,
        opened_at=case.opened_at,
        expires_at=case.expires_at,
        voids_at=case.voids_at,
        ended_at=case.ended_at,
        reasons=_reasons(case.because),
        appeal_due_at=waiting,
        rank=case.score_milli * case.at_stake_minor,
    )


def _reasons(assessment: Assessment) -> list[ReasonLine]:
    return [
        ReasonLine(
            signal=reason["signal"],
            strength_milli=reason["strength_milli"],
            sentence=reason["sentence"],
            evidence=reason["evidence"],
            since_at=datetime.fromisoformat(reason["since_at"]) if reason["since_at"] else None,
            is_live=reason["is_live"],
        )
        for reason in assessment.reasons
    ]


def _without_files(appeals: QuerySet[Appeal]) -> QuerySet[Appeal]:
    return appeals.defer("file").order_by("id")


def _appeal(one: Appeal) -> AppealLine:
    return AppealLine(
        appeal_id=one.pk,
        case_id=one.case_id,
        against=one.against,
        text=one.text,
        file_name=one.file_name,
        file_kind=one.file_kind,
        file_size=one.file_size,
        file_sha256=bytes(one.file_sha256 or b"").hex(),
        appealed_at=one.appealed_at,
        due_at=one.due_at,
        outcome=one.outcome,
        decided_at=one.decided_at,
        decision_note=one.decision_note,
    )


def _place(text: str) -> tuple[int, int] | None:
    """Where a list goes on, as `CaseLine.place` writes it; None for anything else."""
    parts = text.split("-")
    if len(parts) != _PLACE_PARTS or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return None
    return int(parts[0]), int(parts[1])
