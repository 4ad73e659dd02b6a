"""Balances of closed moments, kept as they were told: asked again, the books give the same answer for ever."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cliphaven.backoffice.models import ToldBalance
from cliphaven.foundation.money import formatted
from cliphaven.ledger import queries as books
from cliphaven.ledger.chart import Account, account_named

ACCOUNTS_TOLD = 20
FAILURES_SHOWN_MAX = 100
DAY_S = 86_400
# A prime, so that the moments asked about fall all over the day, and others every day.
STRIDE_S = 7_919


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an account held at a moment, in minor units on its normal side."""

    account: Account
    moment: datetime
    balance_minor: int


def to_tell() -> Sequence[Told]:
    """What the books say of some accounts at the end of closed time and within its last day; other accounts each time.

    Empty while nothing is closed, and when this end was told already.
    """
    through = books.closed_through()
    if through is None or ToldBalance.objects.filter(held_at=through).exists():
        return []
    lines = books.trial_balance(as_of=through).lines
    told = ToldBalance.objects.count()
    first = told // 2 % max(1, len(lines))
    named = (account_named(line.account, currency=line.currency) for line in [*lines[first:], *lines[:first]])
    accounts = [account for account in named if account is not None][:ACCOUNTS_TOLD]
    return [
        Told(account=account, moment=moment, balance_minor=balance_minor)
        for moment in (through, through - timedelta(seconds=1 + told * STRIDE_S % DAY_S))
        for account, balance_minor in books.balances(accounts, moment).items()
    ]


def told_balances_stay(told_max: int | None) -> books.Check:
    """The same questions have the same answers as before: all that were kept, or `told_max` drawn anew each time."""
    rows = ToldBalance.objects.order_by("?")[:told_max] if told_max else ToldBalance.objects.order_by("held_at", "id")
    asked: dict[datetime, dict[Account, int]] = defaultdict(dict)
    failures = []
    for row in rows:
        account = account_named(row.account, currency=row.currency)
        if account is None:
            failures.append(f"{row.account} {row.currency} has a name that no account can have")
        else:
            asked[row.held_at][account] = row.balance_minor
    for moment, accounts in asked.items():
        now = books.balances(list(accounts), moment)
        failures += [
            f"{account.code} held {formatted(balance_minor, currency=account.currency)} at {moment:%Y-%m-%d %H:%M} UTC "
            f"by what was told, and {formatted(now[account], currency=account.currency)} by the books of now"
            for account, balance_minor in accounts.items()
            if now[account] != balance_minor
        ]
    looked_at = sum(map(len, asked.values()))
    return books.Check(
        name="balances of closed time stay as told", looked_at=looked_at, failures=tuple(failures[:FAILURES_SHOWN_MAX])
    )
