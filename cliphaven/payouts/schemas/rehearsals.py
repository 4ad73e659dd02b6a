"""What the staff is told of the Monday to come."""

from datetime import datetime
from typing import Literal

from ninja import Schema

from cliphaven.foundation.shapes import Money
from cliphaven.payouts.queries import rehearsals
from cliphaven.payouts.schemas.creators import Week


class CampaignPart(Schema):
    """What of a payout is for one campaign."""

    campaign_id: int
    title: str
    amount: Money


class RehearsedPayout(Schema):
    """What one creator would be paid, beside the last run, and what about it to look at."""

    creator_id: int
    name: str
    amount: Money
    before: Money
    change: Literal["new", "up", "down", "same"]
    parts: list[CampaignPart]
    new_bank: str
    outlier: str


class LeftOut(Schema):
    """A creator who would be left out, and why."""

    creator_id: int
    name: str
    amount: Money
    held: Money
    before: Money
    reason: str


class CurrencyRehearsal(Schema):
    """The run in one currency. Cash and shortfall are null where Stripe did not answer."""

    creators: int
    transfers: int
    amount: Money
    clears_before: Money
    before: Money
    held: Money
    left_out: Money
    limit: Money
    needs_release: bool
    available: Money | None
    pending: Money | None
    shortfall: Money | None


class Rehearsal(Schema):
    """The next Monday as it would be now. `is_all` is false when there are more creators than are listed."""

    week: Week
    payday_at: datetime
    as_of: datetime
    compared_with: str
    totals: list[CurrencyRehearsal]
    payouts: list[RehearsedPayout]
    left_out: list[LeftOut]
    is_all: bool


def rehearsal(found: rehearsals.Rehearsal) -> Rehearsal:
    """The next Monday as it would be now."""
    return Rehearsal(
        week=found.week,
        payday_at=found.payday_at,
        as_of=found.as_of,
        compared_with=found.compared_with,
        totals=[_total(total) for total in found.totals],
        payouts=[
            RehearsedPayout(
                creator_id=line.creator_id,
                name=line.name,
                amount=_money(line.amount_minor, line.currency),
                before=_money(line.before_minor, line.currency),
                change=line.change,
                parts=[
                    CampaignPart(
                        campaign_id=part.campaign_id,
                        title=part.title,
                        amount=_money(part.amount_minor, line.currency),
                    )
                    for part in line.parts
                ],
                new_bank=line.new_bank,
                outlier=line.outlier,
            )
            for line in found.payouts
        ],
        left_out=[
            LeftOut(
                creator_id=line.creator_id,
                name=line.name,
                amount=_money(line.amount_minor, line.currency),
                held=_money(line.held_minor, line.currency),
                before=_money(line.before_minor, line.currency),
                reason=line.reason,
            )
            for line in found.left_out
        ],
        is_all=found.is_all,
    )


def _total(total: rehearsals.CurrencyRehearsal) -> CurrencyRehearsal:
    def said(amount_minor: int) -> Money:
        return _money(amount_minor, total.currency)

    cash = total.cash
    return CurrencyRehearsal(
        creators=total.creators,
        transfers=total.transfers,
        amount=said(total.amount_minor),
        clears_before=said(total.clears_before_minor),
        before=said(total.before_minor),
        held=said(total.held_minor),
        left_out=said(total.left_out_minor),
        limit=said(total.limit_minor),
        needs_release=total.needs_release,
        available=None if cash is None else said(cash.available_minor),
        pending=None if cash is None else said(cash.pending_minor),
        shortfall=None if total.shortfall_minor is None else said(total.shortfall_minor),
    )


def _money(amount_minor: int, currency: str) -> Money:
    return Money(amount=amount_minor, currency=currency)
