"""Which accounts are in the books: found by their names, and by names that are nearly right."""

from difflib import get_close_matches

from django.db import connection

from cliphaven.ledger import chart

LIKE_MAX = 5
LOOKED_THROUGH_MAX = 1_000


def named(code: str) -> list[chart.Account]:
    """The opened accounts of this name, one for each currency, by currency; none when it was never used."""
    with connection.cursor() as cursor:
        cursor.execute("select currency from ledger_account where code = %s order by currency", [code])
        found = [chart.account_named(code, currency=currency) for (currency,) in cursor.fetchall()]
    return [account for account in found if account is not None]


def like(code: str) -> list[str]:
    """Names of opened accounts that look most like this one, at most LIKE_MAX, those of the same owner first."""
    found: list[str] = []
    parts = code.split(":")
    for length in range(len(parts) - 1, -1, -1):
        beginning = "".join(f"{part}:" for part in parts[:length])
        fitting = [other for other in _beginning_with(beginning) if other not in found]
        found += get_close_matches(code, fitting, n=LIKE_MAX - len(found), cutoff=0) if fitting else []
        if len(found) >= LIKE_MAX:
            break
    return found


def _beginning_with(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct code from ledger_account where code ^@ %s and code <> '' order by code limit %s",
            [text, LOOKED_THROUGH_MAX],
        )
        return [code for (code,) in cursor.fetchall()]
