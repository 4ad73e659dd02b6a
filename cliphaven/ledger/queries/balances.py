"""What accounts hold, now or at any past moment.

A moment is one of business: all legs count that occurred up to and including it. An answer about a moment up to
`closed_through` never changes; about a later one it is exact for what is in the books now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cliphaven.ledger import chart


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

    def by_kind(self) -> dict[str, dict[chart.AccountKind, int]]:
        """What all accounts of a kind hold together, each on its normal side, in minor units, by currency."""
        totals: dict[str, dict[chart.AccountKind, int]] = {}
        for line in self.lines:
            account = chart.account_named(line.account, currency=line.currency)
            if account is not None:
                of_currency = totals.setdefault(line.currency, {})
                of_currency[account.kind] = of_currency.get(account.kind, 0) + line.balance_minor
        return totals

    @property
    def is_balanced(self) -> bool:
        """Whether every currency's books sum to zero."""
        return not any(self.difference_minor.values())


def balance(account: chart.Account, as_of: datetime | None = None) -> int:
    """The account's balance on its normal side, in minor units, now or at a moment; 0 for one that was never used."""
    return balances([account], as_of)[account]


def balances(accounts: Sequence[chart.Account], as_of: datetime | None = None) -> dict[chart.Account, int]:
    """The balances of several accounts, now or at a moment, each on its normal side, in minor units."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NOW if as_of is None else _AT,
            [
                *([] if as_of is None else [as_of]),
                [account.code for account in accounts],
                [account.currency for account in accounts],
            ],
        )
        found = dict(cursor.fetchall())
    return {
        account: on_normal_side(account.kind, int(found.get(position, 0)))
        for position, account in enumerate(accounts, start=1)
    }


_NOW = """
select w.position, t.balance
  from unnest(%s::text[], %s::text[]) with ordinality as w(code, currency, position)
  join ledger_account a on a.code = w.code and a.currency = w.currency
 cross join lateral ledger_tails(array[a.id]) t"""

_AT = """
select w.position, s.credits - s.debits
  from (select %s::timestamptz as moment) as_of
 cross join unnest(%s::text[], %s::text[]) with ordinality as w(code, currency, position)
  join ledger_account a on a.code = w.code and a.currency = w.currency
 cross join lateral ledger_sums_at(a.id, as_of.moment) s"""


def trial_balance(as_of: datetime | None = None) -> TrialBalance:
    """Every account's debits and credits, now or at a moment; all of one snapshot, from sums kept for the purpose."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.code, a.class, a.currency, s.debits, s.credits from ledger_all_sums(%s) s"
            " join ledger_account a on a.id = s.account_id order by a.currency, a.class, a.code",
            [as_of],
        )
        return _trial_balance(cursor.fetchall())


def trial_balance_from_legs() -> TrialBalance:
    """The trial balance now, from every single leg and nothing that was derived before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.code, a.class, a.currency, coalesce(sum(debit), 0), coalesce(sum(credit), 0)"
            " from ledger_account a left join ("
            "   select debit_account as account_id, sum(amount) as debit, 0 as credit from ledger_leg group by 1"
            "   union all select credit_account, 0, sum(amount) from ledger_leg group by 1) p on p.account_id = a.id"
            " group by a.id order by a.currency, a.class, a.code"
        )
        return _trial_balance(cursor.fetchall())


def _trial_balance(rows: Sequence[tuple[str, str, str, int, int]]) -> TrialBalance:
    return TrialBalance(
        lines=tuple(
            TrialBalanceLine(
                account=code,
                account_class=class_,
                currency=currency,
                debits_minor=int(debits),
                credits_minor=int(credits),
            )
            for code, class_, currency, debits, credits in rows
        )
    )


def on_normal_side(kind: chart.AccountKind, credits_minus_debits: int) -> int:
    """What an account's kind calls its balance: credits minus debits, or the other way round."""
    return -credits_minus_debits if chart.ACCOUNT_TYPES[kind].account_class.debit_normal else credits_minus_debits
