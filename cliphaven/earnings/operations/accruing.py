"""Views become money owed: campaign by campaign, as many clips at once as there are, in a few statements."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import connection

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.earnings.operations import suspecting
from cliphaven.earnings.queries import positions
from cliphaven.earnings.rules.accruing import Step
from cliphaven.foundation import arrays
from cliphaven.foundation.transactions import no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

log = logging.getLogger(__name__)

CLIPS_AT_ONCE_MAX = 10_000
"""Clips that one transaction pays, as long as there is money for all: so long does nobody else get at the campaign."""


@no_transaction
def accrue_all(*, now: datetime) -> int:
    """Turn all believed, uncounted views into money, campaign by campaign; answers how many clips earned something.

    A campaign that fails keeps no other from earning; the first failure is raised at the end.
    """
    earned, failure = 0, None
    for campaign_id in campaigns.with_money(positions.campaigns_to_count()):
        try:
            while chunk := accrue_campaign(campaign_id=campaign_id, now=now):
                earned += chunk
                if chunk < CLIPS_AT_ONCE_MAX:
                    break
        except Exception as error:
            log.exception("earnings: campaign %s could not accrue", campaign_id)
            failure = failure or error
    if failure is not None:
        raise failure
    return earned


@own_transaction
def accrue_campaign(*, campaign_id: int, now: datetime) -> int:
    """Turn one campaign's believed, uncounted views into money; answers how many clips earned something.

    The campaign is locked first, so that its budget cannot be spent twice. What views earn is the difference of totals
    under each clip's pinned terms; a budget that cannot pay everybody is shared pro rata, and its last cent completes
    the campaign. With money for all, at least CLIPS_AT_ONCE_MAX clips are paid and the others next time: who answers
    that many is to be asked again. Nothing is earned while a payment under a warning may be what the budget lives on:
    see `campaigns.spend_paused`. What a clip in doubt earns is held in the same transaction.
    """
    budget = campaign_operations.locked_budget(campaign_id=campaign_id)
    if budget.amount_minor == 0 or campaigns.spend_paused([campaign_id], now=now):
        return 0
    found = positions.uncounted(campaign_id=campaign_id)
    steps = found.steps(budget_minor=budget.amount_minor)
    if steps and sum(step.gross_minor for step in steps) < budget.amount_minor:
        steps = _whole_creators(steps, at_least=CLIPS_AT_ONCE_MAX)
    if not steps:
        return 0
    _insert(steps, found=found, campaign_id=campaign_id, currency=budget.currency, now=now)
    ledger.record(_entries(steps, found=found, campaign_id=campaign_id, currency=budget.currency, now=now))
    suspecting.hold_doubted(clip_ids=[step.clip_id for step in steps], now=now)
    if sum(step.gross_minor for step in steps) == budget.amount_minor:
        campaign_operations.complete_campaign(campaign_id=campaign_id, now=now)
    return len(steps)


def _whole_creators(steps: Sequence[Step], *, at_least: int) -> list[Step]:
    """The first steps, up to that many or a few more: the shares under a creator's cap are not torn apart."""
    if len(steps) <= at_least:
        return list(steps)
    chosen: list[Step] = []
    for _, of_one in groupby(sorted(steps, key=lambda step: step.creator_id), key=lambda step: step.creator_id):
        if len(chosen) >= at_least:
            break
        chosen += of_one
    return chosen


_COLUMNS = {
    "clip_id": "bigint",
    "number": "integer",
    "creator_id": "bigint",
    "terms_id": "bigint",
    "from_observation_id": "bigint",
    "to_observation_id": "bigint",
    "views_from": "bigint",
    "views_to": "bigint",
    "gross_minor": "bigint",
    "fee_minor": "bigint",
    "gross_total_minor": "bigint",
    "capped_minor": "bigint",
    "unfunded_minor": "bigint",
    "clears_at": "timestamptz",
}
_INSERT = (
    f"insert into earnings_accrual (campaign_id, currency, accrued_at, stage, {', '.join(_COLUMNS)})"  # nosec B608  # noqa: S608  # only the names above
    f" select %s, %s, %s, 'clearing', {', '.join(_COLUMNS)}"
    f" from unnest({', '.join(f'%s::{type_}[]' for type_ in _COLUMNS.values())}) as n({', '.join(_COLUMNS)})"
)


def _insert(
    steps: Sequence[Step], *, found: positions.Uncounted, campaign_id: int, currency: str, now: datetime
) -> None:
    """One statement for all rows: an object of the ORM for each would take more time than all the rest."""
    clears_at = {terms_id: now + timedelta(days=terms.hold_days) for terms_id, terms in found.terms.items()}
    rows = []
    for step in steps:
        count, before = found.counts[step.clip_id], found.counted.get(step.clip_id)
        rows.append(
            (
                step.clip_id,
                before.number + 1 if before else 1,
                step.creator_id,
                count.terms_id,
                before.observation_id if before else None,
                count.observation_id,
                before.views if before else 0,
                count.views,
                step.gross_minor,
                step.fee_minor,
                step.gross_total_minor,
                step.capped_minor,
                step.unfunded_minor,
                clears_at[count.terms_id],
            )
        )
    *columns, clearing = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                campaign_id,
                currency,
                now,
                *(arrays.numbers(list(column)) for column in columns),
                arrays.texts([moment.isoformat() for moment in clearing]),
            ],
        )


def _entries(
    steps: Sequence[Step], *, found: positions.Uncounted, campaign_id: int, currency: str, now: datetime
) -> list[ledger.Entry]:
    budget = campaigns.budget_account(campaign_id=campaign_id, currency=currency)
    fees = Account(kind=AccountKind.PLATFORM_FEES, currency=currency)
    clearing = {
        creator_id: Account(kind=AccountKind.CREATOR_CLEARING, owner_id=creator_id, currency=currency)
        for creator_id in {step.creator_id for step in steps}
    }
    entries = []
    for step in steps:
        count, before = found.counts[step.clip_id], found.counted.get(step.clip_id)
        legs = []
        if step.net_minor:
            legs.append(ledger.Leg(debit=budget, credit=clearing[step.creator_id], amount_minor=step.net_minor))
        if step.fee_minor:
            legs.append(ledger.Leg(debit=budget, credit=fees, amount_minor=step.fee_minor))
        since = before.observation_id if before else "none"
        entries.append(
            ledger.Entry(
                kind=EntryKind.ACCRUAL,
                external_id=f"{step.clip_id}:{before.number + 1 if before else 1}",
                legs=tuple(legs),
                occurred_at=now,
                cause=f"clip {step.clip_id}, observations {since} to {count.observation_id}",
            )
        )
    return entries
