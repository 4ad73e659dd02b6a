"""Accruing, clearing, and setting aside what a batch pays: many rows at once, a transaction per campaign or chunk."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.campaigns import queries as campaigns
from cliphaven.campaigns.operations import campaigns as campaign_operations
from cliphaven.earnings import queries, rules
from cliphaven.earnings.models import Accrual
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import Account, AccountKind, EntryKind
from cliphaven.tracking import queries as tracking

log = logging.getLogger(__name__)

CLEARED_AT_ONCE_MAX = 5_000


class ReservationOutOfDate(Refused):
    """The accruals to be set aside are no longer free."""

    code = "reservation_out_of_date"


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What one transfer is going to pay: a payable part, in minor units of its currency."""

    transfer_id: int
    part: queries.PayablePart


@no_transaction
def accrue_all(*, now: datetime) -> int:
    """Turn all believed, uncounted views into money, campaign by campaign; answers how many clips earned something.

    A campaign that fails keeps no other from earning; the first failure is raised at the end.
    """
    earned, failure = 0, None
    for campaign_id in tracking.campaigns_with_counts():
        try:
            earned += accrue_campaign(campaign_id=campaign_id, now=now)
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
    the campaign.
    """
    budget = campaign_operations.locked_budget(campaign_id=campaign_id)
    if budget.amount_minor == 0:
        return 0
    counts = {count.clip_id: count for count in tracking.believed_counts(campaign_id)}
    counted = queries.counted(list(counts))
    terms = campaigns.earning_terms(list({count.terms_id for count in counts.values()}))
    positions = [_position(count, counted.get(count.clip_id), terms[count.terms_id]) for count in counts.values()]
    steps = rules.steps(positions=positions, budget_minor=budget.amount_minor)
    if not steps:
        return 0
    accruals = [
        _accrual(
            step,
            count=counts[step.clip_id],
            before=counted.get(step.clip_id),
            campaign_id=campaign_id,
            currency=budget.currency,
            hold=timedelta(days=terms[counts[step.clip_id].terms_id].hold_days),
            now=now,
        )
        for step in steps
    ]
    Accrual.objects.bulk_create(accruals)
    ledger.record([_accrual_entry(accrual) for accrual in accruals])
    if sum(step.gross_minor for step in steps) == budget.amount_minor:
        campaign_operations.complete_campaign(campaign_id=campaign_id, now=now)
    return len(steps)


@no_transaction
def clear_all(*, now: datetime) -> int:
    """Clear every accrual whose hold period is over; answers how many."""
    cleared = 0
    while chunk := clear_chunk(now=now):
        cleared += chunk
    return cleared


@own_transaction
def clear_chunk(*, now: datetime) -> int:
    """Move up to CLEARED_AT_ONCE_MAX accruals whose hold period is over from clearing to payable; answers how many."""
    due = list(
        Accrual.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(cleared_at__isnull=True, clears_at__lte=now)
        .order_by("clears_at", "id")[:CLEARED_AT_ONCE_MAX]
    )
    ledger.record([_clear_entry(accrual, now=now) for accrual in due if accrual.net_minor])
    Accrual.objects.filter(id__in=[accrual.id for accrual in due]).update(cleared_at=now)
    return len(due)


@joined_transaction
def reserve_for_transfers(*, reservations: Sequence[Reservation], cause: str, now: datetime) -> None:
    """Set payable money aside for transfers. Raises ReservationOutOfDate if any of it is already being paid."""
    for reservation in reservations:
        taken = Accrual.objects.filter(
            id__in=reservation.part.accrual_ids, cleared_at__isnull=False, reserved_for__isnull=True
        ).update(reserved_for=reservation.transfer_id)
        if taken != len(reservation.part.accrual_ids):
            raise ReservationOutOfDate("Some of these earnings are already being paid")
    ledger.record(
        [
            _reservation_entry(
                EntryKind.RESERVE,
                transfer_id=reservation.transfer_id,
                creator_id=reservation.part.creator_id,
                currency=reservation.part.currency,
                amount_minor=reservation.part.amount_minor,
                cause=cause,
                reason="",
                now=now,
            )
            for reservation in reservations
        ]
    )


@joined_transaction
def release_from_transfer(
    *, transfer_id: int, creator_id: int, currency: str, amount_minor: int, reason: str, now: datetime
) -> None:
    """Give money set aside for a transfer back to payable, because the transfer was definitely refused."""
    Accrual.objects.filter(reserved_for=transfer_id).update(reserved_for=None)
    ledger.record(
        [
            _reservation_entry(
                EntryKind.UNRESERVE,
                transfer_id=transfer_id,
                creator_id=creator_id,
                currency=currency,
                amount_minor=amount_minor,
                cause=f"transfer item {transfer_id} refused",
                reason=reason,
                now=now,
            )
        ]
    )


def _position(
    count: tracking.BelievedCount, counted: queries.Counted | None, terms: campaigns.EarningTerms
) -> rules.Position:
    return rules.Position(
        clip_id=count.clip_id,
        views_seen=count.views,
        gross_so_far_minor=counted.gross_minor if counted else 0,
        terms=rules.ClipTerms(
            cpm_minor=terms.cpm_minor[count.platform],
            min_views=terms.min_views,
            max_payout_minor=terms.max_payout_per_clip_minor,
            fee_bp=terms.fee_bp,
        ),
    )


def _accrual(
    step: rules.Step,
    *,
    count: tracking.BelievedCount,
    before: queries.Counted | None,
    campaign_id: int,
    currency: str,
    hold: timedelta,
    now: datetime,
) -> Accrual:
    return Accrual(
        clip_id=step.clip_id,
        number=before.number + 1 if before else 1,
        campaign_id=campaign_id,
        creator_id=count.creator_id,
        terms_id=count.terms_id,
        from_observation_id=before.observation_id if before else None,
        to_observation_id=count.observation_id,
        views_from=before.views if before else 0,
        views_to=count.views,
        gross_minor=step.gross_minor,
        fee_minor=step.fee_minor,
        unfunded_minor=step.unfunded_minor,
        currency=currency,
        accrued_at=now,
        clears_at=now + hold,
    )


def _accrual_entry(accrual: Accrual) -> ledger.Entry:
    budget = campaigns.budget_account(campaign_id=accrual.campaign_id, currency=accrual.currency)
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=accrual.creator_id, currency=accrual.currency)
    fees = Account(kind=AccountKind.PLATFORM_FEES, currency=accrual.currency)
    shares = ((clearing, accrual.net_minor), (fees, accrual.fee_minor))
    return ledger.Entry(
        kind=EntryKind.ACCRUAL,
        external_id=f"{accrual.clip_id}:{accrual.number}",
        legs=tuple(
            ledger.Leg(debit=budget, credit=account, amount_minor=amount) for account, amount in shares if amount
        ),
        occurred_at=accrual.accrued_at,
        cause=(
            f"clip {accrual.clip_id}, observations {accrual.from_observation_id or 'none'}"
            f" to {accrual.to_observation_id}"
        ),
    )


def _clear_entry(accrual: Accrual, *, now: datetime) -> ledger.Entry:
    clearing = Account(kind=AccountKind.CREATOR_CLEARING, owner_id=accrual.creator_id, currency=accrual.currency)
    payable = Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=accrual.creator_id, currency=accrual.currency)
    return ledger.Entry(
        kind=EntryKind.CLEAR,
        external_id=f"{accrual.clip_id}:{accrual.number}",
        legs=(ledger.Leg(debit=clearing, credit=payable, amount_minor=accrual.net_minor),),
        occurred_at=now,
        cause=f"accrual {accrual.clip_id}:{accrual.number}",
    )


def _reservation_entry(
    kind: EntryKind,
    *,
    transfer_id: int,
    creator_id: int,
    currency: str,
    amount_minor: int,
    cause: str,
    reason: str,
    now: datetime,
) -> ledger.Entry:
    payable = Account(kind=AccountKind.CREATOR_PAYABLE, owner_id=creator_id, currency=currency)
    reserved = Account(kind=AccountKind.CREATOR_RESERVED, owner_id=creator_id, currency=currency)
    debit, credit = (payable, reserved) if kind is EntryKind.RESERVE else (reserved, payable)
    return ledger.Entry(
        kind=kind,
        external_id=f"transfer:{transfer_id}",
        legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=amount_minor),),
        occurred_at=now,
        cause=cause,
        reason=reason,
    )
