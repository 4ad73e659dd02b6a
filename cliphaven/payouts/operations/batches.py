"""The Monday batch: planned once a week, whoever asks and however often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from cliphaven.earnings import operations as earnings
from cliphaven.earnings import queries as owed
from cliphaven.foundation import jobs
from cliphaven.foundation.errors import Outcome, ProviderFailed, Refused
from cliphaven.foundation.outgoing import rules as outgoing
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import (
    BankPayout,
    Batch,
    BatchState,
    ConnectedAccount,
    Skip,
    SkipReason,
    Transfer,
)
from cliphaven.payouts.operations import onboarding

CREATORS_MAX = 20_000

Group = tuple[int, str]  # a creator and a currency


class NotStopped(Refused):
    """There is no such batch, or it goes on already."""

    code = "not_stopped"


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """What a batch does with one creator's money in one currency."""

    pay: Sequence[owed.PayablePart] = ()
    leave: Sequence[owed.PayablePart] = ()
    reason: SkipReason = SkipReason.BELOW_MINIMUM


@no_transaction
def plan_weekly_batch(*, now: datetime) -> int | None:
    """Plan the batch of the week that began last Monday at 06:00 UTC, unless it stands already; answers its id or None.

    Every connected account to be paid is read from Stripe right before. Accounts that Stripe cannot be asked about
    postpone the batch by up to six hours (raises ProviderFailed); afterwards it goes without them.
    """
    week = rules.due_week(now)
    if Batch.objects.filter(iso_week=week).exists():
        return None
    creator_ids = _creators_to_pay(now=now)
    readable = _read_accounts(creator_ids[:CREATORS_MAX], now=now)
    return _plan(week=week, readable=readable, full=frozenset(creator_ids[CREATORS_MAX:]), now=now)


@joined_transaction
def stop(*, batch_id: int, reason: str) -> None:
    """Send nothing more of a batch: Stripe does not let us in. Its items stay as they are until `resume`."""
    Batch.objects.filter(id=batch_id).exclude(state=BatchState.DONE).update(
        state=BatchState.STOPPED, stop_reason=reason[:200]
    )


@own_transaction
def resume(*, week: str) -> None:
    """Go on with a week's stopped batch; the next sweep sends what is open. Raises NotStopped."""
    stopped = Batch.objects.filter(iso_week=week, state=BatchState.STOPPED)
    if not stopped.update(state=BatchState.RUNNING, stop_reason=""):
        raise NotStopped(f"No batch of {week} is stopped.")


@joined_transaction
def finish_done(*, now: datetime) -> int:
    """Close every batch of which nothing moves any more; answers how many.

    Payouts that wait for a creator's new bank account do not keep it open: their next attempt stands for itself.
    """
    moving_transfers = Transfer.objects.filter(batch=OuterRef("pk")).exclude(
        state__in=[state.value for state in rules.TRANSFER_FINAL]
    )
    over = [rules.BankPayoutState.PAID.value, *(state.value for state in rules.BANK_PAYOUT_OVER)]
    moving_payouts = BankPayout.objects.filter(batch=OuterRef("pk")).exclude(state__in=over)
    return (
        Batch.objects.filter(~Exists(moving_transfers), ~Exists(moving_payouts))
        .filter(state__in=[BatchState.PLANNED, BatchState.RUNNING])
        .update(state=BatchState.DONE, done_at=now)
    )


def _groups(parts: Iterable[owed.PayablePart]) -> dict[Group, list[owed.PayablePart]]:
    groups: dict[Group, list[owed.PayablePart]] = {}
    for part in parts:
        groups.setdefault((part.creator_id, part.currency), []).append(part)
    return groups


def _to_pay(parts: Sequence[owed.PayablePart], *, now: datetime) -> list[owed.PayablePart]:
    # One currency: that of the group.
    minimum_minor = settings.MINIMUM_PAYOUT_MINOR[parts[0].currency]
    return rules.parts_to_pay(parts, minimum_minor=minimum_minor, now=now)


def _creators_to_pay(*, now: datetime) -> list[int]:
    """Creators who are owed enough, those waiting longest first."""
    waiting_since: dict[int, datetime] = {}
    for (creator_id, _), parts in _groups(owed.payable_parts()).items():
        for part in _to_pay(parts, now=now):
            since = waiting_since.get(creator_id, part.last_cleared_at)
            waiting_since[creator_id] = min(since, part.last_cleared_at)
    return sorted(waiting_since, key=lambda creator_id: (waiting_since[creator_id], creator_id))


def _read_accounts(creator_ids: Sequence[int], *, now: datetime) -> frozenset[int]:
    """Read their connected accounts from Stripe; answers the creators for whom that worked, or who have none.

    When every one of several accounts seems to have left, it is our key that is another platform's: raises
    ProviderFailed, and nothing is noted.
    """
    accounts = ConnectedAccount.objects.filter(creator_id__in=creator_ids, stripe_id__isnull=False).in_bulk(
        field_name="creator_id"
    )
    readable, departed = set(creator_ids) - accounts.keys(), []
    was_answered = 0
    for creator_id in creator_ids:
        if creator_id not in accounts:
            continue
        stripe_id = str(accounts[creator_id].stripe_id)
        try:
            is_ours = onboarding.is_still_ours(stripe_id=stripe_id, now=now)
        except ProviderFailed as failure:
            our_fault = outgoing.is_our_fault(outcome=failure.outcome, status=failure.status)
            if our_fault or not rules.may_go_without_unreadable(now):
                raise
        else:
            readable.add(creator_id)
            was_answered += 1
            if not is_ours:
                departed.append(accounts[creator_id])
    # Those that had left before are no news: they alone must not keep the week waiting.
    is_news = any(account.is_usable for account in departed)
    if is_news and len(departed) == was_answered > 1:
        raise ProviderFailed(
            f"Stripe knows none of the {was_answered} connected accounts: is the key this platform's?",
            outcome=Outcome.NOT_EXECUTED,
            code="all_accounts_left",
        )
    for account in departed:
        onboarding.record_departure(stripe_id=str(account.stripe_id), now=now)
    return frozenset(readable)


@own_transaction
def _plan(*, week: str, readable: frozenset[int], full: frozenset[int], now: datetime) -> int | None:
    """Batch, transfers, reservations, skips and jobs: all of it, or nothing."""
    # A second scheduler waits here for the first one's commit and then finds the week taken.
    batch, is_new = Batch.objects.get_or_create(
        iso_week=week, defaults={"planned_at": now, "key_prefix": settings.KEY_PREFIX}
    )
    if not is_new:
        return None
    groups = _groups(owed.payable_parts())
    accounts = {
        account.creator_id: account
        for account in ConnectedAccount.objects.filter(creator_id__in=[creator_id for creator_id, _ in groups])
    }
    choices = {
        group: _choice(group, parts, account=accounts.get(group[0]), readable=readable, full=full, now=now)
        for group, parts in groups.items()
    }
    Skip.objects.bulk_create(
        Skip(
            batch=batch,
            creator_id=creator_id,
            currency=currency,
            amount_minor=sum(part.amount_minor for part in choice.leave),
            reason=choice.reason,
        )
        for (creator_id, currency), choice in choices.items()
        if choice.leave
    )
    _reserve(batch, [part for choice in choices.values() for part in choice.pay], accounts=accounts, now=now)
    return batch.id


def _choice(
    group: Group,
    parts: Sequence[owed.PayablePart],
    *,
    account: ConnectedAccount | None,
    readable: frozenset[int],
    full: frozenset[int],
    now: datetime,
) -> _Choice:
    pay = _to_pay(parts, now=now)
    if not pay:
        return _Choice(leave=parts)
    reason = _obstacle(group, account=account, readable=readable, full=full)
    if reason is not None:
        return _Choice(leave=parts, reason=reason)
    return _Choice(pay=pay, leave=[part for part in parts if part not in pay])


def _obstacle(
    group: Group, *, account: ConnectedAccount | None, readable: frozenset[int], full: frozenset[int]
) -> SkipReason | None:
    creator_id, currency = group
    if creator_id in full:
        return SkipReason.RUN_FULL
    if account is None or account.stripe_id is None:
        return SkipReason.NO_CONNECTED_ACCOUNT
    # Somebody who became payable after the accounts were read counts as unread, too.
    if creator_id not in readable:
        return SkipReason.ACCOUNT_UNREADABLE
    if not account.is_usable:
        return SkipReason.ACCOUNT_INCOMPLETE
    return None if account.currency == currency else SkipReason.OTHER_CURRENCY


def _reserve(
    batch: Batch, parts: Sequence[owed.PayablePart], *, accounts: Mapping[int, ConnectedAccount], now: datetime
) -> None:
    transfers = Transfer.objects.bulk_create(
        Transfer(
            batch=batch,
            creator_id=part.creator_id,
            campaign_id=part.campaign_id,
            destination=accounts[part.creator_id].stripe_id or "",
            amount_minor=part.amount_minor,
            currency=part.currency,
            due_at=now,
        )
        for part in parts
    )
    earnings.reserve_for_transfers(
        reservations=[
            earnings.Reservation(transfer_id=transfer.id, part=part)
            for transfer, part in zip(transfers, parts, strict=True)
        ],
        cause=f"batch {batch.iso_week}",
        now=now,
    )
    for transfer in transfers:
        jobs.defer("payouts.send_transfer", at_most_one_waiting=f"transfer:{transfer.id}", transfer_id=transfer.id)
