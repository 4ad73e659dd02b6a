"""What moved on accounts in a period, by kind of entry."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from cliphaven.ledger import chart
from cliphaven.ledger.queries.balances import on_normal_side


def turnover(
    accounts: Sequence[chart.Account], *, since: datetime, until: datetime, net_of_reversals: bool = False
) -> dict[tuple[chart.Account, chart.EntryKind], int]:
    """What each kind of entry added to each account with `since <= occurred_at < until`, in minor units.

    Amounts are on the account's normal side; pairs of which nothing happened are absent. `net_of_reversals` counts a
    reversal as so much less of the kind of entry that it mirrors.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select w.position, case when %s and p.kind = %s then split_part(p.external_id, ':', 1)::smallint"
            " else p.kind end as counted_as, sum(p.signed_amount)"
            " from unnest(%s::text[], %s::text[]) with ordinality as w(code, currency, position)"
            " join ledger_account a on a.code = w.code and a.currency = w.currency"
            " join ledger_posting p on p.account_id = a.id and p.occurred_at >= %s and p.occurred_at < %s"
            " group by w.position, counted_as",
            [
                net_of_reversals,
                int(chart.EntryKind.REVERSAL),
                [account.code for account in accounts],
                [account.currency for account in accounts],
                since,
                until,
            ],
        )
        rows = cursor.fetchall()
    found = ((accounts[position - 1], chart.EntryKind(kind), int(signed)) for position, kind, signed in rows)
    return {(account, kind): on_normal_side(account.kind, signed) for account, kind, signed in found}
