"""How doubt treats creators, in figures for everybody: what is held, what comes back, when, and who is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, F, Q, Sum

from cliphaven.earnings.models import Accrual, Hold, HoldOutcome, KeptFigures
from cliphaven.foundation.transactions import one_snapshot
from cliphaven.fraud import queries as fraud
from cliphaven.fraud.models import RiskCase, SignalMode
from cliphaven.fraud.queries import scorecards

LOOKED_BACK = scorecards.LOOKED_BACK
KIND = "fairness"


@dataclass(frozen=True, kw_only=True)
class HeldMoney:
    """What was earned in one currency, net, in minor units; and what of it doubt held: let go, voided, or still so."""

    currency: str
    earned_minor: int
    held_minor: int
    released_minor: int
    voided_minor: int
    open_minor: int


@dataclass(frozen=True, kw_only=True)
class FairnessFigures:
    """The last ninety days until `as_of`. What nobody measured is None, or of nothing, and never 0.

    `clips_held` of `clips_earning` had something held. `days_held_median` is of the holds that ended, from their first
    moment to their last. Of the cases `cases_of_purges` rest on the platform's own count alone. `signals` are those
    that may hold money now.
    """

    as_of: datetime
    days: int
    clips_earning: int
    clips_held: int
    money: Sequence[HeldMoney]
    holds_ended: int
    days_held_median: float | None
    cases: scorecards.Fairness
    cases_of_purges: int
    signals: Sequence[scorecards.SignalScore]

    @property
    def by_the_clock(self) -> int:
        """What nobody decided in time, so that the clock did, for the creator: appeals, and cases that ran out."""
        return self.cases.appeals_out_of_time + self.cases.ended_by_themselves

    @property
    def appeals_for_creators(self) -> int:
        """Appeals after which the creator was right, by an answer or by the clock."""
        return self.cases.appeals_granted + self.cases.appeals_out_of_time

    @property
    def appeals_decided(self) -> int:
        """Appeals that are over."""
        return self.appeals_for_creators + self.cases.appeals_refused


def latest(*, now: datetime) -> FairnessFigures:
    """The figures as they were last kept, whenever that was (`as_of` says it); worked out now if they never were."""
    kept = KeptFigures.objects.filter(kind=KIND).values_list("figures", flat=True).first()
    return fairness(now=now) if kept is None else _read(kept)


def _read(kept: Mapping[str, Any]) -> FairnessFigures:
    whole = {
        "as_of": datetime.fromisoformat(kept["as_of"]),
        "money": [HeldMoney(**one) for one in kept["money"]],
        "cases": scorecards.Fairness(**kept["cases"]),
        "signals": [scorecards.SignalScore(**one) for one in kept["signals"]],
    }
    return FairnessFigures(**{**kept, **whole})


@one_snapshot
def fairness(*, now: datetime) -> FairnessFigures:
    """The figures of the last ninety days."""
    since = now - LOOKED_BACK
    earning = Accrual.objects.filter(accrued_at__gt=since)
    held = Hold.objects.filter(placed_at__gt=since, placed_by__startswith=fraud.HOLDER)
    spans = held.filter(ended_at__isnull=False).values_list("placed_at", "ended_at")
    days = [(ended_at - placed_at) / timedelta(days=1) for placed_at, ended_at in spans if ended_at is not None]
    return FairnessFigures(
        as_of=now,
        days=LOOKED_BACK.days,
        clips_earning=earning.aggregate(clips=Count("clip", distinct=True))["clips"],
        clips_held=held.aggregate(clips=Count("accrual__clip", distinct=True))["clips"],
        money=_money(since),
        holds_ended=len(days),
        days_held_median=round(median(days), 1) if days else None,
        cases=scorecards.fairness(now=now),
        cases_of_purges=RiskCase.objects.filter(opened_at__gt=since).exclude(evidence="").count(),
        signals=[one for one in scorecards.scorecard(now=now) if one.mode == SignalMode.LIVE],
    )


def _money(since: datetime) -> list[HeldMoney]:
    net = Sum(F("gross_minor") - F("fee_minor"))
    earned = Accrual.objects.filter(accrued_at__gt=since).values_list("currency").annotate(net=net).order_by("currency")
    held = (
        Hold.objects.filter(placed_at__gt=since, placed_by__startswith=fraud.HOLDER)
        .values_list("accrual__currency")
        .annotate(
            held=Sum("amount_minor"),
            released=Sum("amount_minor", filter=Q(outcome=HoldOutcome.RELEASED), default=0),
            voided=Sum("amount_minor", filter=Q(outcome=HoldOutcome.VOIDED), default=0),
            still=Sum("amount_minor", filter=Q(ended_at=None), default=0),
        )
        .order_by("accrual__currency")
    )
    of_held = {row[0]: tuple(int(minor) for minor in row[1:]) for row in held}
    return [
        HeldMoney(
            currency=currency,
            earned_minor=int(minor),
            held_minor=of_held.get(currency, (0, 0, 0, 0))[0],
            released_minor=of_held.get(currency, (0, 0, 0, 0))[1],
            voided_minor=of_held.get(currency, (0, 0, 0, 0))[2],
            open_minor=of_held.get(currency, (0, 0, 0, 0))[3],
        )
        for currency, minor in earned
    ]
