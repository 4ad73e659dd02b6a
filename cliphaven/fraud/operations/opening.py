"""Doubt becomes a case: one for a clip at a time, which holds money only where a signal that is live speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.fraud.models import Assessment, CaseDeed, CaseEffect, CaseEvent, RiskCase, RiskCaseState

SYSTEM = "system"


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
            _go_on(case, doubt, because[doubt.clip_id], now=now)
    events = [(case, CaseDeed.OPENED, str(case.get_effect_display())) for case in RiskCase.objects.bulk_create(new)]
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, deed=deed, actor=SYSTEM, note=note, happened_at=now) for case, deed, note in events
    )


def _go_on(case: RiskCase, doubt: Doubt, because: Assessment, *, now: datetime) -> None:
    """A case under way keeps its onset: what it says is doubted does not grow backwards."""
    locked = RiskCase.objects.select_for_update(no_key=True).get(id=case.id)
    if locked.state != RiskCaseState.OPEN:
        return
    if locked.effect == CaseEffect.SHADOW and doubt.effect != CaseEffect.SHADOW:
        locked.effect = doubt.effect or locked.effect
        locked.because = because
        locked.onset_observation_id, locked.onset_views = doubt.onset_observation_id, doubt.onset_views
        locked.expires_at = now + timedelta(days=locked.hold_days)
        CaseEvent.objects.create(case=locked, deed=CaseDeed.STRENGTHENED, actor=SYSTEM, happened_at=now)
    locked.at_stake_minor = max(locked.at_stake_minor, doubt.at_stake_minor)
    locked.save()
