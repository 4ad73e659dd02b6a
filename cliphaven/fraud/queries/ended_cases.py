"""What is over of clips that are judged anew: their last cases, and what those rested on."""

from collections.abc import Collection

from django.db import connection

from cliphaven.foundation import arrays
from cliphaven.fraud.models import RiskCase
from cliphaven.fraud.models.cases import UNDER_WAY

# All that was said while the case went on, not only what opened it.
_TOLD = """
select k.id, array_agg(distinct said.reason ->> 'signal')
  from fraud_riskcase k
  join fraud_assessment a on a.clip_id = k.clip_id and a.id >= k.because_id and a.assessed_at <= k.ended_at
 cross join lateral jsonb_array_elements(a.reasons) said(reason)
 where k.id = any(%s::bigint[]) group by k.id"""


def last_of(clip_ids: Collection[int]) -> dict[int, RiskCase]:
    """The last case of each clip that is over; those of the house's own evidence aside."""
    over = RiskCase.objects.filter(clip_id__in=clip_ids, evidence="").exclude(state__in=UNDER_WAY)
    return {case.clip_id: case for case in over.order_by("clip_id", "-id").distinct("clip_id")}


def signals_told(case_ids: Collection[int]) -> dict[int, set[str]]:
    """The names of the signals that cases which are over rested on, by the case."""
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [arrays.numbers(sorted(case_ids))])
        return {case_id: set(names) for case_id, names in cursor.fetchall()}
