"""What is certain becomes a case that the house decides: the platform took views back, and two readings agree.

Nobody has to judge that. Its creator is told, can appeal like against any decision, and nothing is taken before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.foundation.transactions import joined_transaction
from cliphaven.fraud.models import (
    Assessment,
    Band,
    CaseDeed,
    CaseEffect,
    CaseEvent,
    CaseEvidence,
    ClipRisk,
    RiskCase,
    RiskCaseState,
)
from cliphaven.fraud.models.cases import SYSTEM
from cliphaven.fraud.queries import bypassing, policies
from cliphaven.fraud.queries.verdicts import Decided, decided
from cliphaven.fraud.rules.calibration import STRENGTH_MAX
from cliphaven.fraud.rules.judging import MILLI
from cliphaven.fraud.rules.reasons import sentence
from cliphaven.fraud.rules.signals.found import VERSION, Signal


@dataclass(frozen=True, kw_only=True)
class Purged:
    """A purge that took views which had become money and are not paid yet.

    `onset_observation_id` is the last reading before these views (0: none), `digest` names the chain of readings.
    """

    purge_id: int
    clip_id: int
    onset_observation_id: int
    observation_id: int
    digest: str
    views_before: int
    views_after: int
    fell_at: datetime
    at_stake_minor: int
    currency: str


@joined_transaction
def open_purged(*, purged: Purged, now: datetime) -> Decided:
    """Decide by a purge that the views above what stands do not count, once; answers the case, for its holds.

    It is voided when its creator could appeal for as long as the policy says, and only what is unpaid then.
    """
    before = RiskCase.objects.filter(evidence=CaseEvidence.PURGE, evidence_id=purged.purge_id).first()
    if before is not None:
        return decided(before)
    draft = policies.latest_draft()
    voids_at = now + timedelta(days=draft.appeal_days)
    note = _said(purged, voids_at)
    is_bypassed = bypassing.is_bypassed(purged.clip_id, basis_points=draft.bypass_basis_points)
    # Whoever decides about a case locks the risk of its clip first, also of one that nobody judged yet.
    ClipRisk.objects.get_or_create(clip_id=purged.clip_id, defaults={"is_bypassed": is_bypassed})
    because = _assessment(purged, now=now)
    case = RiskCase.objects.create(
        clip_id=purged.clip_id,
        state=RiskCaseState.VOIDING,
        effect=CaseEffect.HOLD,
        because=because,
        score_milli=because.score_milli,
        evidence=CaseEvidence.PURGE,
        evidence_id=purged.purge_id,
        onset_observation_id=purged.onset_observation_id,
        onset_views=purged.views_after,
        at_stake_minor=purged.at_stake_minor,
        currency=purged.currency,
        hold_days=draft.hold_days,
        appeal_days=draft.appeal_days,
        opened_at=now,
        expires_at=voids_at,
        decided_by=SYSTEM,
        decided_at=now,
        decision_note=note,
        voids_at=voids_at,
        through_observation_id=purged.observation_id,
    )
    CaseEvent.objects.bulk_create(
        CaseEvent(case=case, deed=deed, actor=SYSTEM, note=said, happened_at=now)
        for deed, said in ((CaseDeed.OPENED, CaseEvidence.PURGE.label), (CaseDeed.DECIDED_AGAINST, note))
    )
    return decided(case)


def _assessment(purged: Purged, *, now: datetime) -> Assessment:
    """What the case rests on. No peers were asked: it is not rare, it is certain."""
    evidence = {
        "views_taken_back": purged.views_before - purged.views_after,
        "views_before": purged.views_before,
        "views_after": purged.views_after,
    }
    return Assessment.objects.create(
        clip_id=purged.clip_id,
        policy_id=policies.in_force().policy_id,
        calibration_id="",
        signals_version=VERSION,
        input_digest=purged.digest,
        level="",
        value_milli=round(MILLI * STRENGTH_MAX),
        shadow_milli=round(MILLI * STRENGTH_MAX),
        band=Band.HOLD,
        reasons=[
            {
                "signal": Signal.PURGE.value,
                "strength_milli": round(MILLI * STRENGTH_MAX),
                "sentence": sentence(Signal.PURGE, evidence, purged.fell_at),
                "evidence": evidence,
                "since_at": purged.fell_at.isoformat(),
                "is_live": True,
            }
        ],
        onset_observation_id=purged.onset_observation_id,
        onset_views=purged.views_after,
        through_observation_id=purged.observation_id,
        through_views=purged.views_before,
        assessed_at=now,
    )


def _said(purged: Purged, voids_at: datetime) -> str:
    return (
        f"The platform took back {purged.views_before - purged.views_after:,} of {purged.views_before:,} views:"
        f" {purged.views_after:,} stand, and two readings say so. What was earned above them, and is not paid by then,"
        f" will not count from {voids_at:%-d %B %Y} on, unless these views come back before, or you show us that they"
        " were real."
    )
