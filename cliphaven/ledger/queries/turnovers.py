"""What moved on accounts in a period, by kind of entry."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from cliphaven.ledger import chart
from cliphaven.ledger.queries.balances import on_normal_side


def turnover(
    accounts: Sequence[chart.Account], *, since: datetime, until: datetime
) -> dict[tuple[chart.Account, chart.EntryKind], int]:
    """What each kind of entry added to each account with `since <= occurred_at < until`, in minor units.

    Amounts are on the account's normal side; pairs of which nothing happened are absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select w.position, p.kind, sum(p.signed_amount)"
            " from unnest(%s::text[], %s::text[]) with ordinality as w(code, currency, position)"
            " join ledger_account a on a.code = w.code and a.currency = w.currency"
            " join ledger_posting p on p.account_id = a.id and p.occurred_at >= %s and p.occurred_at < %s"
            " group by w.position, p.kind",
            [[account.code for account in accounts], [account.currency for account in accounts], since, until],
        )
        rows = cursor.fetchall()
    found = ((accounts[position - 1], chart.EntryKind(kind), int(signed)) for position, kind, signed in rows)
    return {(account, kind): on_normal_side(account.kind, signed) for account, kind, signed in found}
