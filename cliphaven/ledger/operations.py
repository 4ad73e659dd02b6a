"""Writing in the books: `record`, the only way in which money moves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection

from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, sqlstate
from cliphaven.ledger import chart


class EntryRefused(Refused):
    """The books do not take this entry."""

    code = "entry_refused"


class MovementNotDeclared(EntryRefused):
    """No kind of entry moves money this way: see chart.py."""

    code = "movement_not_declared"


class BalanceWouldBeNegative(EntryRefused):
    """A guarded account would fall below zero."""

    code = "insufficient_balance"


class EntryAlreadyRecorded(EntryRefused):
    """The same kind and external id stand in the books with other content."""

    code = "entry_already_recorded"


_REFUSALS: dict[str, type[EntryRefused]] = {
    "LG002": EntryRefused,
    "LG003": MovementNotDeclared,
    "LG004": EntryRefused,
    "LG005": EntryRefused,
    "LG006": BalanceWouldBeNegative,
    "LG007": EntryAlreadyRecorded,
    "LG008": EntryRefused,
}


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One debit and one credit of the same amount, in minor units of the accounts' currency."""

    debit: chart.Account
    credit: chart.Account
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event in the books.

    (`kind`, `external_id`) names it for ever. `cause` is what made it happen (observations, a vendor's object),
    `actor` who acted ("system", "user:7"). These, the reason and the legs are its content. `occurred_at` is not: who
    asks again does so later, and the entry keeps the business moment of the first time.
    """

    kind: chart.EntryKind
    external_id: str
    legs: tuple[Leg, ...]
    occurred_at: datetime
    cause: str
    actor: str = "system"
    reason: str = ""


@joined_transaction
def record(entries: Sequence[Entry]) -> int:
    """Put the entries in the books, all of them or none, in one round trip; answers how many legs were new.

    Recording the same entry again changes nothing. Raises MovementNotDeclared, BalanceWouldBeNegative (a guarded
    account, also under concurrency), EntryAlreadyRecorded (same name, other content) or EntryRefused; the caller's
    transaction is then lost, as it must be.
    """
    if not entries:
        return 0
    for entry in entries:
        _check_declared(entry)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, _arguments(entries))
            [new_legs] = cursor.fetchone()
    except DatabaseError as error:
        refusal = _REFUSALS.get(sqlstate(error))
        if refusal is None:
            raise
        raise refusal(str(error).splitlines()[0]) from error
    return int(new_legs)


_RECORD = """select ledger_record(
    %s::smallint[], %s::text[], %s::smallint[], %s::smallint[], %s::bigint[], %s::integer[], %s::integer[],
    %s::timestamptz[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::boolean[])"""


def _check_declared(entry: Entry) -> None:
    if not entry.legs:
        raise EntryRefused(f"Entry {entry.external_id} moves nothing")
    permitted = chart.PERMITTED.get(entry.kind)
    for leg in entry.legs:
        if permitted is None or chart.Movement(debit=leg.debit.kind, credit=leg.credit.kind) not in permitted:
            raise MovementNotDeclared(
                f"{entry.kind!r} may not debit {leg.debit.kind} and credit {leg.credit.kind}: see the chart of accounts"
            )
        if leg.amount_minor <= 0:
            raise EntryRefused(f"A leg moves a positive amount, not {leg.amount_minor}")


def _arguments(entries: Sequence[Entry]) -> list[list[object]]:
    accounts = _positions(leg_side for entry in entries for leg in entry.legs for leg_side in (leg.debit, leg.credit))
    rows = [
        (
            int(entry.kind),
            entry.external_id,
            number,
            len(entry.legs),
            leg.amount_minor,
            accounts[leg.debit],
            accounts[leg.credit],
            entry.occurred_at,
            entry.cause,
            entry.actor,
            entry.reason,
        )
        for entry in entries
        for number, leg in enumerate(entry.legs, start=1)
    ]
    types = [(account, chart.ACCOUNT_TYPES[account.kind]) for account in accounts]
    return [list(column) for column in zip(*rows, strict=True)] + [
        [account.code for account, _ in types],
        [account.kind.value for account, _ in types],
        [type_.account_class.value for _, type_ in types],
        [account.owner_id for account, _ in types],
        [account.currency for account, _ in types],
        [type_.guarded for _, type_ in types],
    ]


def _positions(accounts: Iterable[chart.Account]) -> dict[chart.Account, int]:
    """Each account once, with its position counted from 1, as PostgreSQL counts arrays."""
    positions: dict[chart.Account, int] = {}
    for account in accounts:
        positions.setdefault(account, len(positions) + 1)
    return positions
