"""What creators owe, because paid earnings turned out not to count: kept back from what becomes payable."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.earnings.models import Accrual, Deduction, EarningReversal, Recovery, Stage
from cliphaven.earnings.queries import remaining
from cliphaven.earnings.rules.taking import Available, Taken, taken
from cliphaven.foundation.transactions import joined_transaction, own_transaction
from cliphaven.ledger import operations as ledger
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, AccountKind, EntryKind

ACCRUALS_AT_ONCE_MAX = 10_000
"""Unpaid accruals of one creator that a debt takes from at once; what they do not cover waits for the next occasion."""
_LOCK_CLASS = 7202


@dataclass(frozen=True, kw_only=True)
class Purse:
    """One creator's money in one currency."""

    creator_id: int
    currency: str

    def account(self, kind: AccountKind) -> Account:
        """One of its accounts in the books."""
        return Account(kind=kind, owner_id=self.creator_id, currency=self.currency)


@own_transaction
def recover_all(*, now: datetime) -> int:
    """Recover from everybody who owes and has something payable; answers from how many.

    Whatever makes earnings payable recovers at once. This is for what was locked by somebody else just then.
    """
    reversed_of = EarningReversal.objects.order_by("accrual__creator_id", "accrual__currency")
    rows = reversed_of.values_list("accrual__creator_id", "accrual__currency").distinct()
    entries = recover(purses=[Purse(creator_id=id_, currency=currency) for id_, currency in rows], now=now)
    ledger.record(entries)
    return len(entries)


@joined_transaction
def recover(*, purses: Collection[Purse], now: datetime) -> list[ledger.Entry]:
    """Take what creators owe from what they have payable, before a batch can; answers the entries, for one record.

    Whatever makes earnings payable ends with this. Accruals that somebody else has locked are passed over, so that
    nobody who holds some waits here for others.
    """
    if not (owing := _owed(purses)):
        return []
    _lock(creator_ids={purse.creator_id for purse in owing})
    # Read again: who held the lock before us may have recovered the debt.
    found = [
        _recover(purse, owed_minor=owed_minor, now=now)
        for purse, owed_minor in sorted(_owed(owing).items(), key=lambda item: (item[0].creator_id, item[0].currency))
    ]
    return [entry for entry in found if entry is not None]


@joined_transaction
def deduct(
    *,
    parts: Collection[Taken],
    holds: Mapping[int, int],
    reversal: EarningReversal | None = None,
    recovery: Recovery | None = None,
    now: datetime,
) -> None:
    """Write down what is taken from locked accruals; `holds` has the open hold of each held one."""
    Deduction.objects.bulk_create(
        Deduction(
            accrual_id=part.accrual_id,
            amount_minor=part.amount_minor,
            taken_from=part.stage,
            hold_id=holds[part.accrual_id] if part.stage == Stage.HELD else None,
            reversal=reversal,
            recovery=recovery,
            taken_at=now,
        )
        for part in parts
    )


def _lock(creator_ids: Iterable[int]) -> None:
    """Let nobody else recover from these creators until this transaction ends: both would take the whole debt."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock((%s::bigint << 48) | id) from unnest(%s::bigint[]) as one(id)",
            [_LOCK_CLASS, sorted(creator_ids)],
        )


def _owed(purses: Iterable[Purse]) -> dict[Purse, int]:
    accounts = {purse.account(AccountKind.CREATOR_RECEIVABLE): purse for purse in purses}
    if not accounts:
        return {}
    return {accounts[account]: minor for account, minor in books.balances(list(accounts)).items() if minor > 0}


def _recover(purse: Purse, *, owed_minor: int, now: datetime) -> ledger.Entry | None:
    payable = Accrual.objects.filter(creator_id=purse.creator_id, currency=purse.currency, stage=Stage.PAYABLE)
    oldest = payable.select_for_update(no_key=True, skip_locked=True).order_by("id").values_list("id", flat=True)
    locked = Accrual.objects.filter(id__in=list(oldest[:ACCRUALS_AT_ONCE_MAX]))
    parts = taken(
        amount_minor=owed_minor,
        available=[
            Available(accrual_id=id_, stage=Stage.PAYABLE, left_minor=minor)
            for id_, minor in locked.annotate(left_minor=remaining.left()).values_list("id", "left_minor")
        ],
    )
    if not parts:
        return None
    recovery = Recovery.objects.create(
        creator_id=purse.creator_id,
        currency=purse.currency,
        amount_minor=sum(part.amount_minor for part in parts),
        recovered_at=now,
    )
    deduct(parts=parts, holds={}, recovery=recovery, now=now)
    leg = ledger.Leg(
        debit=purse.account(AccountKind.CREATOR_PAYABLE),
        credit=purse.account(AccountKind.CREATOR_RECEIVABLE),
        amount_minor=recovery.amount_minor,
    )
    return ledger.Entry(
        kind=EntryKind.RECOVER,
        external_id=f"creator:{purse.creator_id}:{recovery.id}",
        legs=(leg,),
        occurred_at=now,
        cause=f"creator {purse.creator_id} owes {owed_minor}",
    )
