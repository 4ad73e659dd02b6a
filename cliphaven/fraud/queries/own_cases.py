"""Cases as the creators of the clips read them: why, until when, what was decided, and whether they can appeal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from cliphaven.clips import queries as clips
from cliphaven.fraud.models import AppealedAgainst, CaseDeed, CaseEffect, CaseEvent, RiskCase, RiskCaseState
from cliphaven.fraud.models.cases import UNDER_WAY
from cliphaven.fraud.queries.case_files import AppealLine, appeals_of

OF_A_CLIP_SHOWN = 20
TO_SEE_TO_MAX = 20
REASONS_TOLD_MAX = 3
_LAST_WORDS = (CaseDeed.RELEASED, CaseDeed.APPEAL_GRANTED, CaseDeed.DECIDED_AGAINST, CaseDeed.EXTENDED)


@dataclass(frozen=True, kw_only=True)
class OwnDoubt:
    """What a creator is told of a case of their clip: the strongest reasons, until when, and what they can do now.

    An open case ends by itself at `ends_at`; a decided one takes nothing before it; of one that is over it is the end.
    `appeal_against` is "hold" or "void", "" when there is nothing to appeal against any more. With `is_asked` the staff
    asked for analytics. `decision_note` is what the last decision, or extension, says.
    """

    case_id: int
    clip_id: int
    state: str
    is_holding: bool
    is_asked: bool
    opened_at: datetime
    ends_at: datetime
    sentences: Sequence[str]
    decision_note: str
    decided_at: datetime | None
    extended_days: int
    appeal_against: str
    appeals: Sequence[AppealLine]

    @property
    def can_appeal(self) -> bool:
        """Whether they can say something against it now."""
        return bool(self.appeal_against)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state not in UNDER_WAY

    @property
    def answer_due_at(self) -> datetime | None:
        """By when an appeal that waits is answered; then the creator is right. None while none waits."""
        return next((one.due_at for one in self.appeals if not one.outcome), None)


def own_doubts(*, clip_id: int, creator_id: int, now: datetime) -> list[OwnDoubt]:
    """The cases of a creator's clip that held money, or that they were asked about, the latest first.

    Raises NoSuchClip for somebody else's clip.
    """
    clips.clip_of_creator(clip_id=clip_id, creator_id=creator_id)
    shown = _told().filter(clip_id=clip_id).select_related("because").order_by("-id")[:OF_A_CLIP_SHOWN]
    return [_own(case, now) for case in shown]


def to_see_to(*, creator_id: int, now: datetime) -> list[OwnDoubt]:
    """The cases of a creator's clips about which they can say something now, those that end first at the top."""
    under_way = _told().filter(clip__creator_id=creator_id, state__in=UNDER_WAY).select_related("because")
    found = [_own(case, now) for case in under_way.order_by("expires_at", "id")[:TO_SEE_TO_MAX]]
    return [doubt for doubt in found if doubt.can_appeal]


def _told() -> QuerySet[RiskCase]:
    asked = CaseEvent.objects.filter(deed=CaseDeed.ASKED).values("case_id")
    return RiskCase.objects.filter(Q(effect=CaseEffect.HOLD) | Q(id__in=asked))


def _own(case: RiskCase, now: datetime) -> OwnDoubt:
    against = AppealedAgainst.HOLD if case.state == RiskCaseState.OPEN else AppealedAgainst.VOID
    appeals = appeals_of(case)
    can_appeal = (
        case.state in UNDER_WAY
        and (case.voids_at is None or now < case.voids_at)
        and all(one.against != against for one in appeals)
    )
    events = list(case.events.filter(deed__in=(*_LAST_WORDS, CaseDeed.ASKED)).order_by("id"))
    said = [event for event in events if event.deed in _LAST_WORDS]
    is_holding = case.effect == CaseEffect.HOLD
    told = [reason["sentence"] for reason in case.because.reasons if reason["is_live"] or not is_holding]
    return OwnDoubt(
        case_id=case.pk,
        clip_id=case.clip_id,
        state=case.state,
        is_holding=is_holding,
        is_asked=any(event.deed == CaseDeed.ASKED for event in events),
        opened_at=case.opened_at,
        ends_at=case.ended_at or case.voids_at or case.expires_at,
        sentences=told[:REASONS_TOLD_MAX],
        decision_note=case.decision_note or (said[-1].note if said else ""),
        decided_at=case.decided_at or (said[-1].happened_at if said else None),
        extended_days=case.extended_days,
        appeal_against=against if can_appeal else "",
        appeals=appeals,
    )
