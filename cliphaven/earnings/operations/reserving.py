"""Setting payable money aside for transfers, and giving it back: the payouts' side of earnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.earnings import queries
from cliphaven.earnings.models import Accrual, Stage
from cliphaven.earnings.operations import debts
from cliphaven.earnings.queries import remaining
from cliphaven.foundation import arrays
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger.chart import AccountKind, EntryKind


class ReservationOutOfDate(Refused):
    """The accruals to be set aside are no longer free, or no longer worth the same."""

    code = "reservation_out_of_date"


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What one transfer is going to pay: a payable part, in minor units of its currency."""

    transfer_id: int
    part: queries.PayablePart


@dataclass(frozen=True, kw_only=True)
class Release:
    """What was set aside for one transfer and is given back, whole, in minor units of its currency."""

    transfer_id: int
    creator_id: int
    currency: str
    amount_minor: int

    @property
    def purse(self) -> debts.Purse:
        """Whose money it is."""
        return debts.Purse(creator_id=self.creator_id, currency=self.currency)


@joined_transaction
def locked_payable_parts() -> list[queries.PayablePart]:
    """Like `queries.payable_parts`, with everything locked until the transaction ends.

    What a batch plans from these, it can reserve: holds, voids and clawbacks wait for it.
    """
    payable = Accrual.objects.filter(stage=Stage.PAYABLE).select_for_update(no_key=True).order_by("id")
    # What clears meanwhile is not locked, and so it is not among them.
    return queries.payable_parts(among=list(payable.values_list("id", flat=True)))


@joined_transaction
def reserve_for_transfers(*, reservations: Sequence[Reservation], cause: str, now: datetime) -> None:
    """Set payable money aside for transfers.

    Raises ReservationOutOfDate if any of it is no longer payable, or was partly taken for a debt meanwhile: the
    caller's transaction is then lost, and who plans anew with `locked_payable_parts` is not surprised again.
    """
    transfers = {
        accrual_id: reservation.transfer_id
        for reservation in reservations
        for accrual_id in reservation.part.accrual_ids
    }
    left: dict[int, int] = dict.fromkeys((reservation.transfer_id for reservation in reservations), 0)
    locked = Accrual.objects.select_for_update(no_key=True).filter(id__in=list(transfers), stage=Stage.PAYABLE)
    free = list(locked.order_by("id").values_list("id", flat=True))
    for accrual_id, left_minor in _left(free):
        left[transfers[accrual_id]] += left_minor
    promised = {reservation.transfer_id: reservation.part.amount_minor for reservation in reservations}
    if len(free) != sum(len(reservation.part.accrual_ids) for reservation in reservations) or left != promised:
        raise ReservationOutOfDate("Some of these earnings are held, reversed or being paid by now: plan again")
    with connection.cursor() as cursor:
        cursor.execute(
            "update earnings_accrual a set stage = 'reserved', reserved_for = n.transfer_id"
            " from unnest(%s::bigint[], %s::bigint[]) as n(id, transfer_id) where a.id = n.id",
            [arrays.numbers(free), arrays.numbers([transfers[accrual_id] for accrual_id in free])],
        )
    ledger.record(
        [
            _entry(
                EntryKind.RESERVE,
                transfer_id=reservation.transfer_id,
                purse=debts.Purse(creator_id=reservation.part.creator_id, currency=reservation.part.currency),
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
    release = Release(transfer_id=transfer_id, creator_id=creator_id, currency=currency, amount_minor=amount_minor)
    _give_back([release], cause=f"transfer item {transfer_id} refused", reason=reason, now=now)


@joined_transaction
def release_from_transfers(*, releases: Sequence[Release], cause: str, reason: str, now: datetime) -> None:
    """The same for many transfers at once, because none of them was ever sent."""
    _give_back(releases, cause=cause, reason=reason, now=now)


@joined_transaction
def return_transfer(
    *,
    transfer_id: int,
    creator_id: int,
    currency: str,
    amount_minor: int,
    reason: str,
    entries: Sequence[ledger.Entry] = (),
    now: datetime,
) -> None:
    """Give the money of a sent transfer back to payable, because Stripe took the whole of it back.

    `entries` say so in the books, which makes the money reserved again. They are recorded here, after the accruals are
    locked, unless the caller has done it.
    """
    release = Release(transfer_id=transfer_id, creator_id=creator_id, currency=currency, amount_minor=amount_minor)
    cause = f"transfer item {transfer_id} taken back"
    _give_back([release], cause=cause, reason=reason, entries=entries, now=now)


def _give_back(
    releases: Sequence[Release], *, cause: str, reason: str, entries: Sequence[ledger.Entry] = (), now: datetime
) -> None:
    """All accruals are locked first, in their order, whichever transfers they are in; then debts, then accounts."""
    reserved = Accrual.objects.filter(reserved_for__in=[release.transfer_id for release in releases])
    locked = list(reserved.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
    left: dict[int | None, int] = {}
    for transfer_id, left_minor in reserved.annotate(left_minor=remaining.left()).values_list(
        "reserved_for", "left_minor"
    ):
        left[transfer_id] = left.get(transfer_id, 0) + left_minor
    for release in releases:
        if left.get(release.transfer_id, 0) != release.amount_minor:
            raise ReservationOutOfDate(f"Transfer {release.transfer_id} does not hold {release.amount_minor}")
    with connection.cursor() as cursor:
        cursor.execute(
            "update earnings_accrual set stage = 'payable', reserved_for = null where id = any(%s::bigint[])",
            [arrays.numbers(locked)],
        )
    given_back = [
        _entry(
            EntryKind.UNRESERVE,
            transfer_id=release.transfer_id,
            purse=release.purse,
            amount_minor=release.amount_minor,
            cause=cause,
            reason=reason,
            now=now,
        )
        for release in releases
    ]
    recovered = debts.recover(purses={release.purse for release in releases}, now=now)
    ledger.record([*entries, *given_back, *recovered])


def _left(accrual_ids: Sequence[int]) -> list[tuple[int, int]]:
    accruals = Accrual.objects.filter(id__in=accrual_ids).annotate(left_minor=remaining.left())
    return list(accruals.values_list("id", "left_minor"))


def _entry(
    kind: EntryKind,
    *,
    transfer_id: int,
    purse: debts.Purse,
    amount_minor: int,
    cause: str,
    reason: str,
    now: datetime,
) -> ledger.Entry:
    payable, reserved = purse.account(AccountKind.CREATOR_PAYABLE), purse.account(AccountKind.CREATOR_RESERVED)
    debit, credit = (payable, reserved) if kind is EntryKind.RESERVE else (reserved, payable)
    return ledger.Entry(
        kind=kind,
        external_id=f"transfer:{transfer_id}",
        legs=(ledger.Leg(debit=debit, credit=credit, amount_minor=amount_minor),),
        occurred_at=now,
        cause=cause,
        reason=reason,
    )
