"""Single entries: by name, as other rooms claim them, and those that a vendor's figures must mirror."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.ledger import chart

MIRROR_LEGS_MAX = 10_000


@dataclass(frozen=True, kw_only=True)
class LegFacts:
    """One leg of an entry; the amount in minor units of its accounts' currency."""

    leg_id: int
    debit_account: chart.Account
    credit_account: chart.Account
    amount_minor: int

    @property
    def debit(self) -> str:
        """The code of the debited account."""
        return self.debit_account.code

    @property
    def credit(self) -> str:
        """The code of the credited account."""
        return self.credit_account.code

    @property
    def currency(self) -> str:
        """The accounts' currency."""
        return self.debit_account.currency


@dataclass(frozen=True, kw_only=True)
class EntryFacts:
    """Everything that the books say about one entry.

    `occurred_at` is its business moment, `recorded_at` when it was written, `position` the number of the transaction
    that wrote it. `reversed_by` is the external id of its reversal, `reverses` names the entry that it reverses.
    """

    kind: chart.EntryKind
    external_id: str
    legs: tuple[LegFacts, ...]
    cause: str
    actor: str
    reason: str
    occurred_at: datetime
    recorded_at: datetime
    position: int
    reversed_by: str | None
    reverses: tuple[chart.EntryKind, str] | None


@dataclass(frozen=True, kw_only=True)
class ClaimedLeg:
    """A leg that another room's rows say an entry of the books has; the amount in minor units."""

    external_id: str
    debit: chart.Account
    credit: chart.Account
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class MirrorLeg:
    """What a leg adds to an account of the asked kind, on its normal side, in minor units; and whose account it is."""

    leg_id: int
    kind: chart.EntryKind
    external_id: str
    signed_minor: int
    owner_id: int | None
    occurred_at: datetime


def entry(kind: chart.EntryKind, external_id: str) -> EntryFacts | None:
    """The entry of this name with all its legs, or None."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRY, [int(chart.EntryKind.REVERSAL), int(kind), external_id])
        rows = cursor.fetchall()
    if not rows:
        return None
    cause, actor, reason, occurred_at, recorded_at, position, reversal = rows[0][7:]
    return EntryFacts(
        kind=kind,
        external_id=external_id,
        legs=tuple(
            LegFacts(
                leg_id=leg_id,
                debit_account=_account(debit_kind, debit_owner, currency),
                credit_account=_account(credit_kind, credit_owner, currency),
                amount_minor=amount,
            )
            for leg_id, debit_kind, debit_owner, credit_kind, credit_owner, currency, amount, *_ in rows
        ),
        cause=cause,
        actor=actor,
        reason=reason,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        position=position,
        reversed_by=reversal,
        reverses=chart.reversed_entry(external_id) if kind is chart.EntryKind.REVERSAL else None,
    )


def _account(kind: str, owner_id: int | None, currency: str) -> chart.Account:
    return chart.Account(kind=chart.AccountKind(kind), owner_id=owner_id, currency=currency)


_ENTRY = """
select l.id, d.kind, d.owner_id, c.kind, c.owner_id, d.currency, l.amount, l.cause, l.actor, l.reason,
       l.occurred_at, l.recorded_at, l.xid,
       (select r.external_id from ledger_leg r
         where r.kind = %s and r.external_id = l.kind || ':' || l.external_id and r.leg = 1)
  from ledger_leg l
  join ledger_account d on d.id = l.debit_account
  join ledger_account c on c.id = l.credit_account
 where l.kind = %s and l.external_id = %s
 order by l.leg"""


def entry_count(kind: chart.EntryKind) -> int:
    """How many entries of this kind are in the books."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from ledger_leg where kind = %s and leg = 1", [int(kind)])
        return int(cursor.fetchone()[0])


def leg_count() -> int:
    """How many legs are in the books. Their ids say less: those of refused legs are used up too."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from ledger_leg")
        return int(cursor.fetchone()[0])


def has_more_legs_than(number: int) -> bool:
    """Whether there are more legs than this, found without counting them all."""
    with connection.cursor() as cursor:
        cursor.execute("select exists(select from ledger_leg offset %s)", [number])
        return bool(cursor.fetchone()[0])


def unlike(kind: chart.EntryKind, claimed: Sequence[ClaimedLeg]) -> list[str]:
    """The external ids of claimed entries that are not in the books with exactly the claimed legs, in order."""
    rows = [
        (leg.external_id, leg.debit.code, leg.debit.currency, leg.credit.code, leg.credit.currency, leg.amount_minor)
        for leg in claimed
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(6)]
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE, [*columns, int(kind)])
        return [row[0] for row in cursor.fetchall()]


# Legs that are alike count as often as they are there: hence "all".
_UNLIKE = """
with claimed as materialized (
  select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])
      as c(external_id, debit, debit_currency, credit, credit_currency, amount)),
booked as materialized (
  select l.external_id, d.code, d.currency::text, c.code, c.currency::text, l.amount from ledger_leg l
    join ledger_account d on d.id = l.debit_account join ledger_account c on c.id = l.credit_account
   where l.kind = %s and l.external_id in (select external_id from claimed))
select distinct external_id from (
  (table claimed except all table booked) union all (table booked except all table claimed)) as differing
 order by external_id"""


def mirror_legs(
    account_kind: chart.AccountKind, *, currency: str, since_leg: int = 0, limit: int = MIRROR_LEGS_MAX
) -> list[MirrorLeg]:
    """The legs with an id above `since_leg` that touch accounts of this kind and currency, lower ids first.

    At most MIRROR_LEGS_MAX: go on from the last one's id until none comes. A leg whose transaction was still open may
    show up later below an id that was given already, so whoever remembers an id between two runs goes back a day.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _MIRROR,
            {"kind": account_kind, "currency": currency, "since": since_leg, "limit": min(limit, MIRROR_LEGS_MAX)},
        )
        rows = cursor.fetchall()
    sign = -1 if chart.ACCOUNT_TYPES[account_kind].account_class.debit_normal else 1
    return [
        MirrorLeg(
            leg_id=leg_id,
            kind=chart.EntryKind(kind),
            external_id=external_id,
            signed_minor=sign * signed,
            owner_id=owner_id,
            occurred_at=occurred_at,
        )
        for leg_id, kind, external_id, signed, owner_id, occurred_at in rows
    ]


_MIRROR = """
with account as materialized (
  select id, owner_id from ledger_account where kind = %(kind)s and currency = %(currency)s)
select * from (
  (select l.id, l.kind, l.external_id, -l.amount, a.owner_id, l.occurred_at
     from ledger_leg l join account a on a.id = l.debit_account where l.id > %(since)s order by l.id limit %(limit)s)
  union all
  (select l.id, l.kind, l.external_id, l.amount, a.owner_id, l.occurred_at
     from ledger_leg l join account a on a.id = l.credit_account where l.id > %(since)s order by l.id limit %(limit)s)
) as mirrored(id, kind, external_id, signed, owner_id, occurred_at)
 order by id, signed limit %(limit)s"""
