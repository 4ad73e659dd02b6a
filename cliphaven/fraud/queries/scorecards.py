"""How right signals are, by what people decided of the cases that they made; and how fair the house is to creators."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db import connection
from django.db.models import Count, QuerySet

from cliphaven.foundation import arrays
from cliphaven.fraud.models import Appeal, AppealOutcome, CaseEffect, RiskCase, RiskCaseState
from cliphaven.fraud.queries import policies
from cliphaven.fraud.rules import bar
from cliphaven.fraud.rules.signals.found import Signal
from cliphaven.fraud.rules.worlds.evaluation import wilson

LOOKED_BACK = timedelta(days=90)
CASES_MAX = 20_000


@dataclass(frozen=True, kw_only=True)
class SignalScore:
    """One signal: the cases that it was a reason of, and what became of them.

    `upheld` were decided against the clip, `overturned` for it, by a person, an appeal or its clock; `undecided` ended
    by themselves and say nothing. `precision` is the share of upheld ones among those decided, None while there are
    none; its 95 % interval is Wilson's, and `clears_the_bar` says whether the lower end of it reaches the policy's bar.
    `case_ids` are for whoever adds up their money.
    """

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
    case_ids: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """What creators may expect, from the cases that held money: how they ended, and how appeals did.

    `days_held_median` is from the opening of a case to its end, None while none has ended.
    """

    cases: int
    released: int
    voided: int
    ended_by_themselves: int
    under_way: int
    days_held_median: float | None
    appeals: int
    appeals_granted: int
    appeals_out_of_time: int
    appeals_refused: int
    hours_to_answer_median: float | None


# Texts and numbers of reasons stay where they are.
_BY_SIGNAL = """
select said.signal, k.state, array_agg(k.id)
  from (select id, state, because_id from fraud_riskcase
         where opened_at > %s and effect = any(%s) and evidence = '' order by id desc limit %s) k
  join fraud_assessment a on a.id = k.because_id
 cross join lateral (select distinct reason ->> 'signal' as signal from jsonb_array_elements(a.reasons) reason) said
 group by 1, 2"""


def scorecard(*, now: datetime, effects: Sequence[str] = tuple(CaseEffect.values)) -> list[SignalScore]:
    """Every signal by what became of its cases of the last ninety days, the most frequent first.

    With `effects` only cases that held money, or those of the shadow or of the sample that is never held.
    """
    draft = policies.in_force().version.draft
    # What the house decides on evidence says nothing about how right a signal is.
    by_signal: dict[str, Counter[str]] = {signal.value: Counter() for signal in Signal}
    ids: dict[str, list[int]] = {signal.value: [] for signal in Signal}
    with connection.cursor() as cursor:
        cursor.execute(_BY_SIGNAL, [now - LOOKED_BACK, arrays.texts(effects), CASES_MAX])
        rows = cursor.fetchall()
    for name, state, case_ids in rows:
        if name in by_signal:
            by_signal[name][_fate(state)] += len(case_ids)
            ids[name].extend(case_ids)
    scores = [_score(name, draft, fates, ids[name]) for name, fates in by_signal.items()]
    return sorted(scores, key=lambda score: (-score.fired, score.signal))


def fates(*, now: datetime, effect: str) -> Counter[str]:
    """What became of the last ninety days' cases of one effect: open, upheld, overturned, undecided."""
    told: Counter[str] = Counter()
    for state, number in _by_state(RiskCase.objects.filter(opened_at__gt=now - LOOKED_BACK, effect=effect)).items():
        told[_fate(state)] += number
    return told


def _by_state(cases: QuerySet[RiskCase]) -> Counter[str]:
    return Counter(dict(cases.order_by("state").values_list("state").annotate(Count("id"))))


def fairness(*, now: datetime) -> Fairness:
    """The figures of the last ninety days."""
    cases = RiskCase.objects.filter(opened_at__gt=now - LOOKED_BACK, effect=CaseEffect.HOLD)
    states = _by_state(cases)
    spans = cases.filter(ended_at__isnull=False).values_list("opened_at", "ended_at")
    days = [(ended_at - opened_at) / timedelta(days=1) for opened_at, ended_at in spans if ended_at is not None]
    appeals = Appeal.objects.filter(appealed_at__gt=now - LOOKED_BACK)
    outcomes = Counter(dict(appeals.order_by("outcome").values_list("outcome").annotate(Count("id"))))
    answered = appeals.filter(decided_at__isnull=False).values_list("appealed_at", "decided_at")
    hours = [(decided_at - appealed_at) / timedelta(hours=1) for appealed_at, decided_at in answered if decided_at]
    return Fairness(
        cases=states.total(),
        released=states[RiskCaseState.RELEASED],
        voided=states[RiskCaseState.VOIDED],
        ended_by_themselves=states[RiskCaseState.EXPIRED],
        under_way=states[RiskCaseState.OPEN] + states[RiskCaseState.VOIDING],
        days_held_median=round(median(days), 1) if days else None,
        appeals=outcomes.total(),
        appeals_granted=outcomes[AppealOutcome.GRANTED],
        appeals_out_of_time=outcomes[AppealOutcome.OUT_OF_TIME],
        appeals_refused=outcomes[AppealOutcome.REFUSED],
        hours_to_answer_median=round(median(hours), 1) if hours else None,
    )


_FATES: Mapping[str, str] = {
    RiskCaseState.OPEN: "open",
    RiskCaseState.VOIDING: "open",
    RiskCaseState.VOIDED: "upheld",
    RiskCaseState.RELEASED: "overturned",
    RiskCaseState.EXPIRED: "undecided",
}


def _fate(state: str) -> str:
    return _FATES[state]


def _score(name: str, draft: policies.PolicyDraft, fates: Mapping[str, int], case_ids: Sequence[int]) -> SignalScore:
    upheld, overturned = fates["upheld"], fates["overturned"]
    told = upheld + overturned
    low, high = wilson(upheld, told) if told else (None, None)
    return SignalScore(
        signal=name,
        mode=draft.mode(name),
        fired=len(case_ids),
        open=fates["open"],
        upheld=upheld,
        overturned=overturned,
        undecided=fates["undecided"],
        precision=upheld / told if told else None,
        precision_low=low,
        precision_high=high,
        clears_the_bar=bar.clears(upheld=upheld, overturned=overturned, live_from_percent=draft.live_from_percent),
        case_ids=case_ids,
    )
