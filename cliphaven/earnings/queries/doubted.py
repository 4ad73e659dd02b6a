"""Which earning entries a doubt is about, those of what came after its onset; and what cases came to in money."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet, Sum

from cliphaven.earnings.models import Accrual, EarningReversal, HoldReason, ReversalKind, Stage
from cliphaven.earnings.queries import purged
from cliphaven.foundation import arrays
from cliphaven.fraud import queries as fraud
from cliphaven.fraud.rules.cases import counts_as_after

# An entry that reaches over the onset is left to the rule: only there the views decide.
_AFTER = """
select a.id, v.onset_views, a.views_from, a.views_to
  from unnest(%s::bigint[], %s::bigint[], %s::bigint[]) v(clip_id, onset_id, onset_views)
  join earnings_accrual a on a.clip_id = v.clip_id and a.to_observation_id > v.onset_id
 where a.stage in ('clearing', 'payable')
   and not exists (select from earnings_hold h where h.accrual_id = a.id and h.reason = %s)
 order by a.id"""


def entries_to_hold(verdicts: Sequence[fraud.Verdict]) -> list[int]:
    """The unpaid entries after the onset of each verdict that were never held for doubt, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            _AFTER,
            [
                arrays.numbers([verdict.clip_id for verdict in verdicts]),
                arrays.numbers([verdict.onset_observation_id for verdict in verdicts]),
                arrays.numbers([verdict.onset_views for verdict in verdicts]),
                HoldReason.SUSPICIOUS_VIEWS.value,
            ],
        )
        return [
            entry_id
            for entry_id, onset_views, views_from, views_to in cursor.fetchall()
            if counts_as_after(onset_views=onset_views, views_from=views_from, views_to=views_to)
        ]


def entries_to_void(decided: fraud.Decided) -> tuple[list[Accrual], list[Accrual]]:
    """What of a case's entries is not reversed yet: unpaid ones, and those paid or on their way; the newest first.

    What the house decided by itself takes nothing that was paid.
    """
    if decided.evidence_id is not None:
        return purged.unpaid(clip_id=decided.clip_id, purge_id=decided.evidence_id), []
    entries = _of(decided)
    left = entries.exclude(id__in=EarningReversal.objects.filter(accrual__in=entries).values("accrual_id"))
    after = [
        one
        for one in left.order_by("-id")
        if counts_as_after(onset_views=decided.onset_views, views_from=one.views_from, views_to=one.views_to)
    ]
    return (
        [one for one in after if one.stage != Stage.RESERVED],
        [one for one in after if one.stage == Stage.RESERVED],
    )


def clawed_back_minor(decided: fraud.Decided) -> int:
    """What of a case's entries had been paid and was taken back already, net, in minor units."""
    back = EarningReversal.objects.filter(accrual__in=_of(decided), kind=ReversalKind.CLAWBACK)
    return back.aggregate(total=Sum("net_minor"))["total"] or 0


def _of(decided: fraud.Decided) -> QuerySet[Accrual]:
    return Accrual.objects.filter(
        clip_id=decided.clip_id,
        to_observation_id__gt=decided.onset_observation_id,
        to_observation_id__lte=decided.through_observation_id,
    )


@dataclass(frozen=True, kw_only=True)
class CaseMoney:
    """What cases held in one currency, net, and what of it was let go or voided since, in minor units."""

    currency: str
    held_minor: int
    released_minor: int
    voided_minor: int


_OF_CASES = """
select k.id, k.currency, sum(h.amount_minor)::bigint,
       coalesce(sum(h.amount_minor) filter (where h.outcome = 'released'), 0)::bigint,
       coalesce(sum(h.amount_minor) filter (where h.outcome = 'voided'), 0)::bigint
  from unnest(%s::bigint[]) wanted(id) join fraud_riskcase k on k.id = wanted.id
  join earnings_hold h on h.placed_by = %s || k.id
 group by k.id"""


def money_of_each(case_ids: Collection[int]) -> dict[int, CaseMoney]:
    """The money of each case, in the currency of its clip's campaign; those that held none are absent."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_CASES, [arrays.numbers(sorted(case_ids)), fraud.HOLDER])
        return {
            case_id: CaseMoney(
                currency=currency, held_minor=held_minor, released_minor=released_minor, voided_minor=voided_minor
            )
            for case_id, currency, held_minor, released_minor, voided_minor in cursor.fetchall()
        }


def money_of_cases(case_ids: Collection[int]) -> list[CaseMoney]:
    """The money of cases together, by currency; nothing for none."""
    return together(money_of_each(case_ids), case_ids)


def together(money: Mapping[int, CaseMoney], case_ids: Collection[int]) -> list[CaseMoney]:
    """The money of some of these cases together, by currency."""
    sums: dict[str, list[int]] = {}
    for case_id in case_ids:
        if one := money.get(case_id):
            so_far = sums.setdefault(one.currency, [0, 0, 0])
            for place, minor in enumerate((one.held_minor, one.released_minor, one.voided_minor)):
                so_far[place] += minor
    return [
        CaseMoney(currency=currency, held_minor=held_minor, released_minor=released_minor, voided_minor=voided_minor)
        for currency, (held_minor, released_minor, voided_minor) in sorted(sums.items())
    ]
