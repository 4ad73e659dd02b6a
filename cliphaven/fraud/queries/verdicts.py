"""What earnings come and fetch: clips whose new earnings are to be held, and decisions that money has to follow."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from cliphaven.foundation import arrays
from cliphaven.fraud.models import CaseDeed, CaseEffect, RiskCase
from cliphaven.fraud.models.cases import UNDER_WAY, WAITS_FOR_MONEY
from cliphaven.fraud.rules.cases import APPEAL_CLOCK

HOLDER = "fraud:"
"""What the names begin with under which cases hold money."""
SETTLED_AT_ONCE_MAX = 200
APPEAL_SENTENCE = (
    "If you think that this is wrong, appeal on the page of the clip and add what your account's own analytics show:"
    " another person answers within 72 hours, and if nobody does, you are right."
)
_SENTENCES_MAX = 1_500


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Earnings of a clip that came after a reading are to be held, each entry once, for so many days."""

    case_id: int
    clip_id: int
    onset_observation_id: int
    onset_views: int
    held_for: timedelta
    note: str

    @property
    def actor(self) -> str:
        """Who places the holds."""
        return holder(self.case_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """A case whose money has not followed what was decided yet. Each of its holds is to last for `held_for`, and all
    of them until `keep_until` while its creator can appeal. With `evidence` the house decided it by itself."""

    case_id: int
    clip_id: int
    state: str
    evidence: str
    evidence_id: int | None
    onset_observation_id: int
    onset_views: int
    through_observation_id: int | None
    decided_by: str
    note: str
    held_for: timedelta
    keep_until: datetime | None

    @property
    def holder(self) -> str:
        """Who placed its holds."""
        return holder(self.case_id)


def holder(case_id: int) -> str:
    """The name under which a case's holds are placed."""
    return f"{HOLDER}{case_id}"


def clips_to_hold() -> list[int]:
    """The clips whose new earnings are to be held, by id."""
    doubted = RiskCase.objects.filter(state__in=UNDER_WAY, effect=CaseEffect.HOLD, clip__risk__is_doubted=True)
    found = doubted.filter(evidence="")
    return list(found.order_by("clip_id").values_list("clip_id", flat=True))


_VERDICTS = """
select c.id, c.clip_id, c.onset_observation_id, c.onset_views, c.hold_days + c.extended_days, a.reasons
  from fraud_riskcase c join fraud_cliprisk r on r.clip_id = c.clip_id and r.is_doubted
  join fraud_assessment a on a.id = c.because_id
 where c.clip_id = any(%s::bigint[]) and c.state in ('open', 'voiding') and c.effect = 'hold' and c.evidence = ''
 order by c.id"""


def to_hold(clip_ids: Collection[int]) -> dict[int, Verdict]:
    """What is to be held of these clips now; those of which nothing is are absent."""
    with connection.cursor() as cursor:
        cursor.execute(_VERDICTS, [arrays.numbers(list(clip_ids))])
        rows = cursor.fetchall()
    return {
        clip_id: Verdict(
            case_id=case_id,
            clip_id=clip_id,
            onset_observation_id=onset_id,
            onset_views=onset_views,
            held_for=timedelta(days=days),
            note=note_of(json.loads(reasons)),
        )
        for case_id, clip_id, onset_id, onset_views, days, reasons in rows
    }


def note_of(reasons: Sequence[Mapping[str, object]]) -> str:
    """What a creator reads about money that is held: why, in the sentences of what is live, and what to do."""
    said = " ".join(str(reason["sentence"]) for reason in reasons if reason["is_live"])
    return f"{said[:_SENTENCES_MAX]} {APPEAL_SENTENCE}".strip()


def cases_to_settle() -> list[Decided]:
    """Decided cases whose money has not followed yet, the oldest first, at most 200."""
    found = RiskCase.objects.filter(WAITS_FOR_MONEY, effect=CaseEffect.HOLD).order_by("id")
    return [decided(case) for case in found[:SETTLED_AT_ONCE_MAX]]


def decided(case: RiskCase) -> Decided:
    """A decided or extended case as earnings see it."""
    extension = case.events.filter(deed=CaseDeed.EXTENDED).order_by("-id").first() if not case.decided_by else None
    return Decided(
        case_id=case.id,
        clip_id=case.clip_id,
        state=case.state,
        evidence=case.evidence,
        evidence_id=case.evidence_id,
        onset_observation_id=case.onset_observation_id,
        onset_views=case.onset_views,
        through_observation_id=case.through_observation_id,
        decided_by=extension.actor if extension else case.decided_by,
        note=extension.note if extension else case.decision_note,
        held_for=timedelta(days=case.hold_days + case.extended_days),
        keep_until=case.voids_at + APPEAL_CLOCK if case.voids_at else None,
    )
