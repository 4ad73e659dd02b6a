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


def moved_by_number(kind: chart.EntryKind) -> dict[tuple[int, chart.AccountKind, str], int]:
    """What entries of a kind that is named by numbers (`7:2`) credited, by first number, kind of account and currency.

    Reversals of such entries are not taken off.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select split_part(l.external_id, ':', 1)::bigint, c.kind, c.currency, sum(l.amount) from ledger_leg l"
            " join ledger_account c on c.id = l.credit_account where l.kind = %s group by 1, 2, 3",
            [int(kind)],
        )
        return {
            (int(number), chart.AccountKind(account_kind), currency): int(minor)
            for number, account_kind, currency, minor in cursor.fetchall()
        }
