"""Writing in the books: `record`, the only way in which money moves; closing and sealing what is written."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import Any, TypeVar

from django.db import DatabaseError, connection

from cliphaven.foundation import arrays
from cliphaven.foundation.errors import Refused
from cliphaven.foundation.transactions import joined_transaction, no_transaction, own_transaction, sqlstate
from cliphaven.ledger import chart, queries

T = TypeVar("T")
WEEKS_CAUGHT_UP_MAX = 600


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


class CloseRefused(Refused):
    """The books are not closed this way: closing goes forward, and not beyond now."""

    code = "close_refused"


class SealRefused(Refused):
    """There are fewer legs than are sealed already."""

    code = "seal_refused"


class BooksBusy(Refused):
    """Somebody has been recording for seconds, and closing and sealing do not make others wait any longer."""

    code = "books_busy"


_REFUSALS: dict[str, type[Refused]] = {
    "LG002": EntryRefused,
    "LG003": MovementNotDeclared,
    "LG004": EntryRefused,
    "LG005": EntryRefused,
    "LG006": BalanceWouldBeNegative,
    "LG007": EntryAlreadyRecorded,
    "LG008": EntryRefused,
    "LG009": EntryRefused,
    "LG010": EntryRefused,
    "LG011": CloseRefused,
    "LG012": CloseRefused,
    "LG013": SealRefused,
    "LG014": EntryRefused,
}
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """One debit and one credit of the same amount, in minor units of the accounts' currency."""

    debit: chart.Account
    credit: chart.Account
    amount_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
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
    _check_declared(entries)
    new_legs = _called(_RECORD, _columns(entries))
    assert isinstance(new_legs, int)
    return new_legs


@joined_transaction
def reverse(*, kind: chart.EntryKind, external_id: str, cause: str, actor: str, reason: str, now: datetime) -> None:
    """Record the exact mirror of an entry, once; asking again in the same words changes nothing.

    Raises EntryRefused when there is no such entry, when it is a reversal itself, or without a reason;
    EntryAlreadyRecorded when it was reversed for another cause or reason or by somebody else; BalanceWouldBeNegative
    when the money has moved on.
    """
    if not reason.strip():
        raise EntryRefused("A reversal needs a reason: say what was wrong with the entry")
    if kind is chart.EntryKind.REVERSAL:
        raise EntryRefused(
            f"{external_id} is a reversal, and those are final: record what should be there as a new entry"
        )
    entry = queries.entry(kind, external_id)
    if entry is None:
        raise EntryRefused(f"There is no {kind.name.lower()} {external_id} in the books that could be reversed")
    record(
        [
            Entry(
                kind=chart.EntryKind.REVERSAL,
                external_id=chart.reversal_of(kind, external_id),
                legs=tuple(
                    Leg(debit=leg.credit_account, credit=leg.debit_account, amount_minor=leg.amount_minor)
                    for leg in entry.legs
                ),
                occurred_at=now,
                cause=cause,
                actor=actor,
                reason=reason,
            )
        ]
    )


@own_transaction
def close_books(*, through: datetime, actor: str, now: datetime) -> bool:
    """Close all moments up to and including `through`: nothing is dated there any more, and balances of then are final.

    Waits for whoever is recording. Later entries of closed moments are dated at the first open one. Answers whether
    anything was closed: again through the same moment changes nothing. Raises CloseRefused for a moment before the
    last close, after `now`, or more than a week after the last close, and BooksBusy when somebody goes on recording for
    more than five seconds.
    """
    return bool(_called("select ledger_close_books(%s, %s, %s)", [through, now, actor]))


@own_transaction
def seal_books(*, now: datetime) -> int | None:
    """Seal everything that was recorded since the last seal; answers the new one's number, or None without any.

    Raises SealRefused when legs are missing that were sealed, and BooksBusy as `close_books` does.
    """
    seal = _called("select ledger_seal_books(%s)", [now])
    assert seal is None or isinstance(seal, int)
    return seal


@own_transaction
def write_checkpoints() -> int:
    """Keep every account's sums as of now, so that balances stay quick; answers how many were written."""
    written = _called("select ledger_write_checkpoints()", [])
    assert isinstance(written, int)
    return written


@own_transaction
def write_buckets() -> int:
    """Keep what every account held in the time that was closed since the last call; answers how many were written."""
    written = _called("select ledger_write_buckets()", [])
    assert isinstance(written, int)
    return written


@own_transaction
def drop_checkpoints() -> None:
    """Forget everything that is derived from the legs. Every answer stays the same, but slower until it is rebuilt."""
    _called("select ledger_drop_derived()", [])


@own_transaction
def rebuild_checkpoints() -> None:
    """Derive checkpoints and buckets anew from all legs: a minute or two for ten million."""
    for step in ("ledger_drop_derived", "ledger_write_checkpoints", "ledger_write_buckets"):
        _called(f"select {step}()", [])


@no_transaction
def close_day(*, now: datetime) -> None:
    """Close the books through the end of yesterday (UTC), keep what was closed for quick answers, and seal them.

    May be repeated at any time; what was missed is closed week by week. Raises BooksBusy as `close_books` does; the
    next call goes on.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    through = midnight - timedelta(microseconds=1)
    for _ in range(WEEKS_CAUGHT_UP_MAX):
        closed_through = queries.closed_through()
        if closed_through is not None and closed_through >= through:
            break
        close_books(through=min(through, queries.closable_through() or through), actor="system", now=now)
    write_buckets()
    write_checkpoints()
    seal_books(now=now)


def _called(statement: str, arguments: list[Any]) -> object:
    """What a function of the database answers; its refusals are raised as ours."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return cursor.fetchone()[0]
    except DatabaseError as error:
        if sqlstate(error) == _LOCK_NOT_AVAILABLE:
            raise BooksBusy("Entries are being recorded without a pause: try again in a minute") from error
        refusal = _REFUSALS.get(sqlstate(error))
        if refusal is None:
            raise
        raise refusal(str(error).splitlines()[0]) from error


_RECORD = """select ledger_record(
    %s::smallint[], %s::text[], %s::smallint[], %s::smallint[], %s::bigint[], %s::integer[], %s::integer[],
    %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::integer[], %s::bigint[])"""

_MOVES = frozenset((kind, move.debit, move.credit) for kind, moves in chart.PERMITTED.items() for move in moves)


def _check_declared(entries: Sequence[Entry]) -> None:
    for kind in {entry.kind for entry in entries}:
        of_kind = [entry for entry in entries if entry.kind is kind]
        shape = chart.NAMES[kind]
        name = _stranger([entry.external_id for entry in of_kind], shape.external_id)
        if name is not None:
            raise EntryRefused(f"{name!r} is no name of {kind!r}, which looks like {shape.external_id}")
        cause = _stranger([entry.cause for entry in of_kind], shape.cause)
        if cause is not None:
            raise EntryRefused(f"The cause of {kind!r} is one line of text, not {cause!r}")
    for entry in entries:
        if not entry.legs:
            raise EntryRefused(f"Entry {entry.external_id} moves nothing")
        kind = entry.kind
        mirrors = kind is chart.EntryKind.REVERSAL  # what it may move, the database sees in the entry it reverses
        currency = entry.legs[0].debit.currency
        for leg in entry.legs:
            if leg.debit.currency != currency or leg.credit.currency != currency:
                raise EntryRefused(f"Entry {entry.external_id} is of two currencies: record one entry for each")
            if (kind, leg.debit.kind, leg.credit.kind) not in _MOVES and not mirrors:
                raise MovementNotDeclared(
                    f"{kind!r} may not debit {leg.debit.kind} and credit {leg.credit.kind}: see the chart of accounts"
                )
            if leg.amount_minor <= 0:
                raise EntryRefused(f"A leg moves a positive amount, not {leg.amount_minor}")


def _stranger(texts: list[str], shape: str) -> str | None:
    """The first text that is not of the shape. One look at all of them as lines costs a tenth of a look at each."""
    lines = "\n".join([*texts, ""])
    if lines.count("\n") == len(texts) and re.fullmatch(f"(?:(?:{shape})\n)*", lines):
        return None
    return next((text for text in texts if not re.fullmatch(shape, text)), None)


def _columns(entries: Sequence[Entry]) -> list[str]:
    """The arguments of ledger_record. Thousands of legs go through here at a time: by columns, not leg by leg."""
    legs = [leg for entry in entries for leg in entry.legs]
    whole = [entry for entry in entries for _ in entry.legs]  # the entry of each leg
    debits = [_key(leg.debit) for leg in legs]
    credits = [_key(leg.credit) for leg in legs]
    keys = sorted({*debits, *credits})
    position = dict(zip(keys, count(1)))
    groups = Counter(map(itemgetter(0, 1), keys))
    return [
        arrays.numbers(_once([int(entry.kind) for entry in whole])),
        arrays.texts([entry.external_id for entry in whole]),
        arrays.numbers(_once([number for entry in entries for number in range(1, len(entry.legs) + 1)])),
        arrays.numbers(_once([len(entry.legs) for entry in whole])),
        arrays.numbers([leg.amount_minor for leg in legs]),
        arrays.numbers([position[key] for key in debits]),
        arrays.numbers([position[key] for key in credits]),
        arrays.texts([moment.isoformat() for moment in _once([entry.occurred_at for entry in whole])]),
        arrays.texts(_once([entry.cause for entry in whole])),
        arrays.texts(_once([entry.actor for entry in whole])),
        arrays.texts(_once([entry.reason for entry in whole])),
        arrays.texts([kind for kind, _ in groups]),
        arrays.texts([currency for _, currency in groups]),
        arrays.numbers([*groups.values()]),
        arrays.numbers([None if owner_id == _NOBODY else owner_id for _, _, owner_id in keys]),
    ]


_NOBODY = -1


def _key(account: chart.Account) -> tuple[str, str, int]:
    """Names an account, and sorts accounts as ledger_record wants them."""
    owner_id = account.owner_id
    return (account.kind, account.currency, _NOBODY if owner_id is None else owner_id)


def _once(column: list[T]) -> list[T]:
    """A column that says the same in every row is sent as one."""
    first = column[0]
    return column[:1] if column.count(first) == len(column) else column
