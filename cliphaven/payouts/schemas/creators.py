"""What creators are told of their own money. Amounts are whole minor units with their currency, nothing else."""

from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from cliphaven.foundation.shapes import Money
from cliphaven.payouts import queries
from cliphaven.payouts.queries import history

Week = Annotated[str, Field(pattern="^[0-9]{4}-W[0-9]{2}$", examples=["2026-W45"])]


class Blocker(Schema):
    """Why a part of a balance is not paid on the next payday, until when, and what to do; `clip` if it is about one."""

    rule: str
    amount: Money
    clears_at: datetime | None
    what_to_do: str
    clip: int | None


class NextPayday(Schema):
    """What the next Monday pays as things stand, and why."""

    at: datetime
    amount: Money
    sentence: str


class NewBank(Schema):
    """Your new bank account: payouts to it begin `held_until`. If the change was not yours: /payouts/not-me."""

    name: str
    changed_at: datetime
    held_until: datetime


class Balance(Schema):
    """A creator's money in one currency: its stages add up to `owed`. Each blocker says why a part is not paid next."""

    as_of: datetime
    owed: Money
    clearing: Money
    held: Money
    payable: Money
    reserved: Money
    in_transit: Money
    paid: Money
    debt: Money
    next_payday: NextPayday
    blockers: list[Blocker]
    new_bank: NewBank | None


class Step(Schema):
    """Something that happened on the way to the bank, or (`ahead`) is expected to."""

    title: str
    at: datetime | None
    on: date | None
    ahead: bool
    sentence: str


class Payout(Schema):
    """What one Monday paid a creator in one currency."""

    id: str
    week: Week
    planned_at: datetime
    amount: Money
    state: str
    arrives_on: date | None
    sentence: str
    traces: list[str]
    timeline: list[Step]


class Payouts(Schema):
    """A page of payouts, newest first; `next_before` goes on, null on the last page."""

    payouts: list[Payout]
    next_before: int | None


def balance(place: queries.MoneyPlace) -> Balance:
    """A creator's money in one currency."""
    found = place.balance

    def said(amount_minor: int) -> Money:
        return _money(amount_minor, found.currency)

    return Balance(
        as_of=found.as_of,
        owed=said(found.owed_minor),
        clearing=said(found.clearing_minor),
        held=said(found.held_minor),
        payable=said(found.payable_minor),
        reserved=said(found.reserved_minor),
        in_transit=said(found.in_transit_minor),
        paid=said(place.paid_minor),
        debt=said(found.debt_minor),
        next_payday=NextPayday(
            at=place.payday.at, amount=said(place.payday.amount_minor), sentence=place.payday.sentence
        ),
        blockers=[
            Blocker(
                rule=blocker.rule,
                amount=said(blocker.amount_minor),
                clears_at=blocker.clears_at,
                what_to_do=blocker.what_to_do,
                clip=blocker.clip_id,
            )
            for blocker in place.blockers
        ],
        new_bank=None
        if place.held_bank is None
        else NewBank(
            name=place.held_bank.name,
            changed_at=place.held_bank.changed_at,
            held_until=place.held_bank.held_until,
        ),
    )


def payout(line: history.PayoutLine) -> Payout:
    """One payout with its way to the bank."""
    return Payout(
        id=line.name,
        week=line.week,
        planned_at=line.planned_at,
        amount=_money(line.amount_minor, line.currency),
        state=line.state,
        arrives_on=line.arrives_on,
        sentence=line.failure_sentence,
        traces=list(line.traces),
        timeline=[
            Step(title=step.title, at=step.at, on=step.on, ahead=step.ahead, sentence=step.sentence)
            for step in line.steps
        ],
    )


def _money(amount_minor: int, currency: str) -> Money:
    return Money(amount=amount_minor, currency=currency)
