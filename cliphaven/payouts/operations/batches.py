"""The Monday batch: planned once a week, whoever asks and however often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

from cliphaven.earnings import operations as earnings
from cliphaven.earnings import queries as owed
from cliphaven.foundation import jobs, money
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction
from cliphaven.payouts import rules
from cliphaven.payouts.models import BankPayout, Batch, BatchState, Skip, Transfer
from cliphaven.payouts.operations import acts, gates
from cliphaven.payouts.queries import acts as done
from cliphaven.payouts.queries import choices
from cliphaven.payouts.rules import TransferState

FIRST, AGAIN = 1, 2
SENDS = (BatchState.PLANNED, BatchState.RUNNING)
# When a transfer is due that must not go yet: its batch waits for a release, or its creator is paused. Whoever sends,
# sweeps or has an old job in hand looks at the moment it is due.
NOT_DUE = datetime(9999, 12, 31, tzinfo=UTC)


@no_transaction
def plan_weekly_batch(*, now: datetime) -> int | None:
    """Plan the batch of the week that began last Monday at 06:00 UTC, unless it stands already; answers its id or None.

    A week whose batch was sent back is planned once more when one of the staff has asked for that. It goes by what
    Stripe has said of the connected accounts since the evening before (see `gates`). Accounts that cannot be read
    postpone it by up to six hours (raises ProviderFailed); afterwards it goes without them.
    """
    week = rules.due_week(now)
    number = _next_number(week)
    return None if number is None else _plan(week=week, number=number, read=_read(now=now), now=now)


@joined_transaction
def stop(*, batch_id: int, reason: str) -> None:
    """Send nothing more of a batch: Stripe does not let us in. Its items stay as they are until `resume`."""
    # Also one that was done: the next attempt at a payout that failed is of its batch.
    sending = Batch.objects.filter(id=batch_id, state__in=[*SENDS, BatchState.DONE])
    sending.update(state=BatchState.STOPPED, stop_reason=reason[:200], done_at=None)


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
        .filter(state__in=SENDS)
        .update(state=BatchState.DONE, done_at=now)
    )


@dataclass(frozen=True, kw_only=True)
class _Read:
    """Of whom Stripe has told lately, and for whom there was no room."""

    readable: frozenset[int]
    full: frozenset[int]


def _read(*, now: datetime) -> _Read:
    creator_ids = choices.creators_to_pay(owed.payable_parts(), now=now)
    room = choices.CREATORS_MAX
    readable = gates.read_for_batch(creator_ids=creator_ids[:room], now=now)
    return _Read(readable=readable, full=frozenset(creator_ids[room:]))


def _next_number(week: str) -> int | None:
    """The number of the batch that the week is to be planned as; None when nothing is to be planned."""
    latest = Batch.objects.filter(iso_week=week).order_by("-number").first()
    if latest is None:
        return FIRST
    waits = latest.state == BatchState.SENT_BACK and latest.number == FIRST
    return AGAIN if waits and done.planned_again_at(batch_id=latest.id) is not None else None


@own_transaction
def _plan(*, week: str, number: int, read: _Read, now: datetime) -> int | None:
    """Batch, transfers, reservations, skips and jobs: all of it, or nothing. None when somebody else was quicker."""
    # A second scheduler waits here for the first one's commit and then finds the week taken.
    batch, is_new = Batch.objects.get_or_create(
        iso_week=week, number=number, defaults={"planned_at": now, "key_prefix": settings.KEY_PREFIX}
    )
    if not is_new:
        return None
    _let_pauses_wait()
    chosen = choices.choices(earnings.locked_payable_parts(), readable=read.readable, full=read.full, now=now)
    Skip.objects.bulk_create(
        Skip(
            batch=batch,
            creator_id=choice.creator_id,
            currency=choice.currency,
            amount_minor=choice.leave_minor,
            reason=choice.reason,
        )
        for choice in chosen
        if choice.reason is not None
    )
    if choices.above_limit(choices.sums_to_pay(chosen)):
        batch.state = BatchState.AWAITING_RELEASE
        batch.save(update_fields=["state"])
    _reserve(batch, chosen, now=now)
    if batch.state == BatchState.AWAITING_RELEASE:
        _ask_for_release(batch, choices.sums_to_pay(chosen), now=now)
    else:
        start(batch_id=batch.id, now=now)
    return batch.id


@joined_transaction
def start(*, batch_id: int, now: datetime) -> None:
    """Let a batch's transfers be sent from now on, those of paused creators excepted."""
    _let_pauses_wait()
    reserved = Transfer.objects.filter(batch_id=batch_id, state=TransferState.RESERVED, due_at=NOT_DUE)
    paused = choices.paused_among(reserved.values_list("creator_id", flat=True))
    let_go(transfer_ids=reserved.exclude(creator_id__in=paused).values_list("id", flat=True), now=now)


@joined_transaction
def let_go(*, transfer_ids: Iterable[int], now: datetime) -> None:
    """Let these transfers be sent from now on."""
    ids = sorted(transfer_ids)
    Transfer.objects.filter(id__in=ids).update(due_at=now)
    jobs.defer_each("payouts.send_transfer", {f"transfer:{id_}": {"transfer_id": id_} for id_ in ids})


def _let_pauses_wait() -> None:
    """Who pauses a creator from now on waits for our commit, and then finds the transfers that it must hold back."""
    with connection.cursor() as cursor:
        cursor.execute("lock table payouts_payoutpause in share mode")


def _ask_for_release(batch: Batch, sums: Mapping[str, int], *, now: datetime) -> None:
    amounts = ", ".join(money.formatted(amount, currency=currency) for currency, amount in sorted(sums.items()))
    acts.tell_staff(
        key=f"batch:{batch.id}:awaiting-release",
        subject=f"Payday {batch.iso_week} waits for two of you: {amounts}",
        text=f"The batch is planned and the money is set aside: {amounts}. That is above the limit, so nothing is sent "
        "until two of the staff have released it.",
        link=f"/staff/payday/{batch.iso_week}/",
        now=now,
    )


def _reserve(batch: Batch, chosen: Sequence[choices.Choice], *, now: datetime) -> None:
    paid = [(choice, part) for choice in chosen for part in choice.pay]
    transfers = Transfer.objects.bulk_create(
        Transfer(
            batch=batch,
            creator_id=part.creator_id,
            campaign_id=part.campaign_id,
            destination=choice.destination,
            amount_minor=part.amount_minor,
            currency=part.currency,
            due_at=NOT_DUE,
        )
        for choice, part in paid
    )
    earnings.reserve_for_transfers(
        reservations=[
            earnings.Reservation(transfer_id=transfer.id, part=part)
            for transfer, (_, part) in zip(transfers, paid, strict=True)
        ],
        cause=f"batch {batch.iso_week}",
        now=now,
    )
