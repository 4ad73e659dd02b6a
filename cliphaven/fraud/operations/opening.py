"""Doubt becomes a case: one for a clip at a time, which holds money only where a signal that is live speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.fraud.models import Assessment, CaseDeed, CaseEffect, CaseEvent, RiskCase, RiskCaseState
from cliphaven.fraud.models.cases import SYSTEM


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """What a judgement asks for: the effect of a case, None for no case, and what is doubted."""

    clip_id: int
    effect: CaseEffect | None
    onset_observation_id: int
    onset_views: int
    at_stake_minor: int
    currency: str


@joined_transaction
def follow(
    *,
    doubts: Sequence[Doubt],
    because: Mapping[int, Assessment],
    under_way: Mapping[int, RiskCase],
    hold_days: int,
    appeal_days: int,
    now: datetime,
) -> None:
    """Open cases where there are none, let cases of shadows hold money where a live signal speaks now, and keep what is
    at stake. The risks of the clips are locked, `because` has their latest assessments and `under_way` their cases."""
    new: list[RiskCase] = []
    going_on: dict[int, Doubt] = {}
    for doubt in doubts:
        case = under_way.get(doubt.clip_id)
        if doubt.effect is None:
            continue
        if case is None:
            new.append(
                RiskCase(
                    clip_id=doubt.clip_id,
                    effect=doubt.effect,
                    because=because[doubt.clip_id],
                    score_milli=because[doubt.clip_id].score_milli,
                    onset_observation_id=doubt.onset_observation_id,
                    onset_views=doubt.onset_views,
                    at_stake_minor=doubt.at_stake_minor,
                    currency=doubt.currency,
                    hold_days=hold_days,
                    appeal_days=appeal_days,
                    opened_at=now,
                    expires_at=now + timedelta(days=hold_days),
                )
            )
        else:
            going_on[case.pk] = doubt
    opened = RiskCase.objects.bulk_create(new)
    strengthened = _go_on(going_on, because, now=now)
    CaseEvent.objects.bulk_create(
        [
            *(_event(case, CaseDeed.OPENED, now, note=str(case.get_effect_display())) for case in opened),
            *(_event(case, CaseDeed.STRENGTHENED, now) for case in strengthened),
        ]
    )


def _event(case: RiskCase, deed: CaseDeed, now: datetime, *, note: str = "") -> CaseEvent:
    return CaseEvent(case=case, deed=deed, actor=SYSTEM, note=note, happened_at=now)


_GOES_ON = (
    "effect",
    "because",
    "score_milli",
    "onset_observation_id",
    "onset_views",
    "expires_at",
    "at_stake_minor",
)


def _go_on(doubts: Mapping[int, Doubt], because: Mapping[int, Assessment], *, now: datetime) -> list[RiskCase]:
    """Cases under way keep their onset: what they say is doubted does not grow backwards. Answers those that held
    nothing and hold from now on."""
    locked = RiskCase.objects.select_for_update(no_key=True).filter(id__in=doubts, state=RiskCaseState.OPEN)
    changed, strengthened = [], []
    for case in locked.order_by("id"):
        doubt = doubts[case.pk]
        if case.effect == CaseEffect.SHADOW and doubt.effect not in (None, CaseEffect.SHADOW):
            case.effect = doubt.effect or case.effect
            case.because = because[case.clip_id]
            case.score_milli = case.because.score_milli
            case.onset_observation_id, case.onset_views = doubt.onset_observation_id, doubt.onset_views
            case.expires_at = now + timedelta(days=case.hold_days)
            strengthened.append(case)
        elif doubt.at_stake_minor <= case.at_stake_minor:
            continue
        case.at_stake_minor = max(case.at_stake_minor, doubt.at_stake_minor)
        changed.append(case)
    RiskCase.objects.bulk_update(changed, _GOES_ON)
    return strengthened
