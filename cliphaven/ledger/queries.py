"""Reading the books: balances, statements, the trial balance, and the proof that they are sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.foundation.transactions import one_snapshot
from cliphaven.ledger import chart

FAILURES_SHOWN_MAX = 100
STATEMENT_LINES = 50


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One side of one leg, as a statement shows it; `signed_minor` is what it adds to the account's normal balance."""

    leg_id: int
    account: str
    kind: chart.EntryKind
    external_id: str
    signed_minor: int
    currency: str
    cause: str
    actor: str
    reason: str
    occurred_at: datetime
    balance_minor: int

    @property
    def kind_name(self) -> str:
        """The kind in words fit for a page, such as "fund campaign"."""
        return self.kind.name.lower().replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class TrialBalanceLine:
    """One account's total debits and credits, in minor units."""

    account: str
    account_class: str
    currency: str
    debits_minor: int
    credits_minor: int

    @property
    def balance_minor(self) -> int:
        """The balance on the account's normal side."""
        difference = self.debits_minor - self.credits_minor
        return difference if chart.AccountClass(self.account_class).debit_normal else -difference


@dataclass(frozen=True, kw_only=True)
class TrialBalance:
    """Every account, and per currency whether assets and expenses equal everything else."""

    lines: tuple[TrialBalanceLine, ...]

    @property
    def difference_minor(self) -> dict[str, int]:
        """Debit-normal balances minus credit-normal ones, by currency: zero, or the books are wrong."""
        totals: dict[str, int] = {}
        for line in self.lines:
            sign = 1 if chart.AccountClass(line.account_class).debit_normal else -1
            totals[line.currency] = totals.get(line.currency, 0) + sign * line.balance_minor
        return totals

    @property
    def is_balanced(self) -> bool:
        """Whether every currency's books sum to zero."""
        return not any(self.difference_minor.values())


@dataclass(frozen=True, kw_only=True)
class Check:
    """One property of the books or of what they rest on: how much was looked at, and sentences about what fails it."""

    name: str
    looked_at: int
    failures: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClaimedLeg:
    """A leg that another room's rows say an entry of the books has; the amount in minor units."""

    external_id: str
    debit: chart.Account
    credit: chart.Account
    amount_minor: int


def balance(account: chart.Account) -> int:
    """The account's balance now on its normal side, in minor units; 0 for an account that was never used."""
    return balances([account])[account]


def balances(accounts: Sequence[chart.Account]) -> dict[chart.Account, int]:
    """The balances of several accounts now, each on its normal side, in minor units."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select w.position, (ledger_tail(a.id)).balance"
            " from unnest(%s::text[], %s::text[]) with ordinality as w(code, currency, position)"
            " join ledger_account a on a.code = w.code and a.currency = w.currency",
            [[account.code for account in accounts], [account.currency for account in accounts]],
        )
        found = dict(cursor.fetchall())
    return {
        account: _on_normal_side(account.kind, int(found.get(position, 0)))
        for position, account in enumerate(accounts, start=1)
    }


def statement(account: chart.Account, *, before: int | None = None, limit: int = STATEMENT_LINES) -> list[Posting]:
    """The account's postings, newest first, each with the balance after it; `before` is a leg id to go on from."""
    sign = -1 if chart.ACCOUNT_TYPES[account.kind].account_class.debit_normal else 1
    with connection.cursor() as cursor:
        cursor.execute(
            "select * from (select p.leg_id, p.kind, p.external_id, p.signed_amount, p.cause, p.actor, p.reason,"
            " p.occurred_at, sum(p.signed_amount) over (order by p.leg_id) from ledger_posting p"
            " join ledger_account a on a.id = p.account_id where a.code = %s and a.currency = %s) lines"
            " where %s::bigint is null or leg_id < %s order by leg_id desc limit %s",
            [account.code, account.currency, before, before, limit],
        )
        rows = cursor.fetchall()
    return [
        Posting(
            leg_id=row[0],
            account=account.code,
            kind=chart.EntryKind(row[1]),
            external_id=row[2],
            signed_minor=sign * row[3],
            currency=account.currency,
            cause=row[4],
            actor=row[5],
            reason=row[6],
            occurred_at=row[7],
            balance_minor=sign * int(row[8]),
        )
        for row in rows
    ]


def trial_balance() -> TrialBalance:
    """Every account's debits and credits, in one statement and so of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.code, a.class, a.currency,"
            " coalesce(sum(p.amount) filter (where p.side = 'debit'), 0),"
            " coalesce(sum(p.amount) filter (where p.side = 'credit'), 0)"
            " from ledger_account a left join ledger_posting p on p.account_id = a.id"
            " group by a.id order by a.currency, a.class, a.code"
        )
        rows = cursor.fetchall()
    return TrialBalance(
        lines=tuple(
            TrialBalanceLine(
                account=row[0],
                account_class=row[1],
                currency=row[2],
                debits_minor=int(row[3]),
                credits_minor=int(row[4]),
            )
            for row in rows
        )
    )


def entry_count(kind: chart.EntryKind) -> int:
    """How many entries of this kind are in the books."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from ledger_leg where kind = %s and leg = 1", [int(kind)])
        return int(cursor.fetchone()[0])


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


@one_snapshot
def verify() -> list[Check]:
    """Recompute the whole ledger: entries whole, movements declared, floors kept, books at zero, checkpoints true."""
    return [
        _entries_are_whole(),
        _movements_are_declared(),
        _one_currency_per_entry(),
        _floors_held(),
        _books_are_balanced(),
        _checkpoints_are_true(),
        _checkpoints_are_of_this_server(),
        _chart_matches_database(),
        _accounts_are_as_declared(),
    ]


def _entries_are_whole() -> Check:
    return _check(
        "entries complete",
        "select count(*) from (select 1 from ledger_leg group by kind, external_id) e",
        "select format('entry %s of kind %s has %s of %s legs', external_id, kind, count(*), max(legs)) from ledger_leg"
        " group by kind, external_id having count(*) <> max(legs) or min(legs) <> max(legs)",
    )


def _movements_are_declared() -> Check:
    return _check(
        "movements declared",
        "select count(*) from ledger_leg",
        "select format('leg %s moves money from %s to %s', l.id, c.code, d.code) from ledger_leg l"
        " left join ledger_account d on d.id = l.debit_account left join ledger_account c on c.id = l.credit_account"
        " left join ledger_movement m on m.entry_kind = l.kind and m.debit_kind = d.kind and m.credit_kind = c.kind"
        " where m.entry_kind is null",
    )


def _one_currency_per_entry() -> Check:
    return _check(
        "one currency per entry",
        "select count(*) from (select 1 from ledger_leg group by kind, external_id) e",
        "select format('entry %s of kind %s mixes currencies', p.external_id, p.kind) from ledger_posting p"
        " join ledger_account a on a.id = p.account_id group by p.kind, p.external_id"
        " having count(distinct a.currency) > 1",
    )


def _floors_held() -> Check:
    # As the books stand now. What they were in between was guarded at every single insert; no order of the rows
    # that can be read back tells in which order the lock was held.
    return _check(
        "guarded balances never below zero",
        "select count(*) from ledger_account where guarded",
        "select format('%s %s is %s', a.code, a.currency, sum(x.signed)) from ledger_account a join lateral"
        " (select case when a.class in ('asset', 'expense') then -p.signed_amount else p.signed_amount end as signed"
        " from ledger_posting p where p.account_id = a.id) x on true"
        " where a.guarded group by a.id having sum(x.signed) < 0",
    )


def _books_are_balanced() -> Check:
    trial = trial_balance()
    return Check(
        name="books sum to zero",
        looked_at=len(trial.lines),
        failures=tuple(
            f"the {currency} books are off by {difference}"
            for currency, difference in trial.difference_minor.items()
            if difference
        ),
    )


def _checkpoints_are_true() -> Check:
    return _check(
        "checkpoints equal their legs",
        "select count(*) from ledger_checkpoint",
        "select format('checkpoint of %s at %s says %s', a.code, c.upto_xid, c.credits - c.debits)"
        " from ledger_checkpoint c join ledger_account a on a.id = c.account_id"
        " where c.credits - c.debits <> (select coalesce(sum(p.signed_amount), 0)"
        " from ledger_posting p where p.account_id = c.account_id and p.xid < c.upto_xid)",
    )


def _checkpoints_are_of_this_server() -> Check:
    return _check(
        "checkpoints are of this server",
        "select count(*) from ledger_checkpoint",
        "select format('the checkpoint of %s at %s lies ahead of this server: the books were restored from another one,"
        " it is not believed and the next entry removes it', a.code, c.upto_xid) from ledger_checkpoint c"
        " join ledger_account a on a.id = c.account_id"
        " where c.upto_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    )


def _chart_matches_database() -> Check:
    declared: set[tuple[object, ...]] = {
        (int(kind), movement.debit.value, movement.credit.value)
        for kind, movements in chart.PERMITTED.items()
        for movement in movements
    }
    declared |= {
        (kind.value, type_.pattern, type_.account_class.value, type_.guarded)
        for kind, type_ in chart.ACCOUNT_TYPES.items()
    }
    with connection.cursor() as cursor:
        cursor.execute("select entry_kind, debit_kind, credit_kind from ledger_movement")
        kept: set[tuple[object, ...]] = set(cursor.fetchall())
        cursor.execute("select kind, pattern, class, guarded from ledger_account_kind")
        kept |= set(cursor.fetchall())
    failures = tuple(f"{one_sided} is declared on one side only" for one_sided in sorted(map(str, declared ^ kept)))
    return Check(name="chart and database agree", looked_at=len(declared | kept), failures=failures)


def _accounts_are_as_declared() -> Check:
    """An account that was opened without its guard could fall below zero, and no other check would call it wrong."""
    with connection.cursor() as cursor:
        cursor.execute("select code, kind, class, owner_id, currency, guarded from ledger_account order by id")
        rows = cursor.fetchall()
    failures = tuple(
        f"{code} {currency} is not what the chart declares"
        for code, kind, class_, owner_id, currency, guarded in rows
        if (code, class_, guarded) != _declared(kind, owner_id=owner_id, currency=currency)
    )
    return Check(name="accounts are as the chart declares", looked_at=len(rows), failures=failures[:FAILURES_SHOWN_MAX])


def _declared(kind: str, *, owner_id: int | None, currency: str) -> tuple[str, str, bool] | None:
    """An account's code, class and guard as chart.py has them; None for a kind that is not there."""
    if kind not in set(chart.AccountKind):
        return None
    account = chart.Account(kind=chart.AccountKind(kind), owner_id=owner_id, currency=currency)
    type_ = chart.ACCOUNT_TYPES[account.kind]
    return account.code, type_.account_class.value, type_.guarded


def _check(name: str, count_sql: str, failures_sql: str) -> Check:
    with connection.cursor() as cursor:
        cursor.execute(count_sql)
        [looked_at] = cursor.fetchone()
        cursor.execute(f"{failures_sql} limit {FAILURES_SHOWN_MAX}")
        failures = tuple(row[0] for row in cursor.fetchall())
    return Check(name=name, looked_at=int(looked_at), failures=failures)


def _on_normal_side(kind: chart.AccountKind, credits_minus_debits: int) -> int:
    return -credits_minus_debits if chart.ACCOUNT_TYPES[kind].account_class.debit_normal else credits_minus_debits
