"""How fair the house is, in the shape of the API."""

from datetime import datetime

from ninja import Schema

from cliphaven.earnings.queries import fairness
from cliphaven.foundation.shapes import Money


class HeldMoney(Schema):
    """What was earned in one currency, after the fee, and what of it was held for doubt."""

    earned: Money
    held: Money
    released: Money
    voided: Money
    still_held: Money


class LiveSignal(Schema):
    """A signal that may hold money: of the `decided` cases that it made, so many were upheld; `precision` is their
    share, with its 95 % interval (Wilson), null while none is decided."""

    signal: str
    cases: int
    decided: int
    upheld: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None


class Fairness(Schema):
    """What creators may expect, from the last `days` days. What was not measured is null.

    `clips_held` of `clips_earning` had something held. `decided_by_the_clock` are appeals that nobody answered in time
    and cases that ran out: both are for the creator. `cases_of_purges` rest on the platform's own count alone.
    """

    as_of: datetime
    days: int
    clips_earning: int
    clips_held: int
    money: list[HeldMoney]
    holds_ended: int
    days_held_median: float | None
    cases: int
    released: int
    voided: int
    ended_by_themselves: int
    under_way: int
    cases_of_purges: int
    appeals: int
    appeals_granted: int
    appeals_out_of_time: int
    appeals_refused: int
    hours_to_answer_median: float | None
    decided_by_the_clock: int
    signals: list[LiveSignal]


def told(found: fairness.FairnessFigures) -> Fairness:
    """The figures."""
    cases = found.cases
    return Fairness(
        as_of=found.as_of,
        days=found.days,
        clips_earning=found.clips_earning,
        clips_held=found.clips_held,
        money=[
            HeldMoney(
                earned=Money(amount=one.earned_minor, currency=one.currency),
                held=Money(amount=one.held_minor, currency=one.currency),
                released=Money(amount=one.released_minor, currency=one.currency),
                voided=Money(amount=one.voided_minor, currency=one.currency),
                still_held=Money(amount=one.open_minor, currency=one.currency),
            )
            for one in found.money
        ],
        holds_ended=found.holds_ended,
        days_held_median=found.days_held_median,
        cases=cases.cases,
        released=cases.released,
        voided=cases.voided,
        ended_by_themselves=cases.ended_by_themselves,
        under_way=cases.under_way,
        cases_of_purges=found.cases_of_purges,
        appeals=cases.appeals,
        appeals_granted=cases.appeals_granted,
        appeals_out_of_time=cases.appeals_out_of_time,
        appeals_refused=cases.appeals_refused,
        hours_to_answer_median=cases.hours_to_answer_median,
        decided_by_the_clock=found.by_the_clock,
        signals=[
            LiveSignal(
                signal=one.signal,
                cases=one.fired,
                decided=one.upheld + one.overturned,
                upheld=one.upheld,
                precision=one.precision,
                precision_low=one.precision_low,
                precision_high=one.precision_high,
            )
            for one in found.signals
        ],
    )
