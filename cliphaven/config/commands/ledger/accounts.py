"""`cliphaven ledger balance`, `statement` and `trial-balance`: what accounts hold, now or at a past moment."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from cliphaven.config.commands import house
from cliphaven.config.commands.ledger import words
from cliphaven.config.commands.ledger.words import AccountName, AsOf, Currency, Json, Since, Until

if TYPE_CHECKING:
    from cliphaven.ledger import chart
    from cliphaven.ledger.queries import Posting, Statement

WIDE = 200  # a line of a statement is never folded, wherever it is written to


def balance(account: AccountName, currency: Currency = "", as_of: AsOf = "", as_json: Json = False) -> None:
    """What an account holds, in each of its currencies. Exits 1 for an account that is not in the books."""
    moment = words.last_moment(as_of)
    house.enter()
    from cliphaven.foundation.money import formatted  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.ledger import queries  # noqa: PLC0415

    found = queries.balances(words.opened(account, currency=currency), moment)
    if as_json:
        amounts = [_money(amount, one.currency) for one, amount in found.items()]
        typer.echo(json.dumps({"account": account, **_when(moment), "balances": amounts}))
        return
    for one, amount in found.items():
        typer.echo(f"{one.code}  {formatted(amount, currency=one.currency)}")
    _say_when(moment)


def statement(
    *,
    account: AccountName,
    currency: Currency = "",
    since: Since = "",
    until: Until = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many postings at most.")] = 50,
    before: Annotated[int, typer.Option(min=0, metavar="LEG", help="Go on before this leg of the last page.")] = 0,
    as_json: Json = False,
) -> None:
    """An account's postings, newest first, each with the balance after it; what it held before and after them.

    Exits 1 for an account that is not in the books.
    """
    first, last = words.beginning(since), words.end(until)
    house.enter()
    from cliphaven.ledger import queries  # noqa: PLC0415  # models exist only inside the house

    one = words.the_one_opened(account, currency=currency)
    page = queries.statement(one, before=before or None, since=first, until=last, limit=limit)
    if as_json:
        typer.echo(json.dumps(_statement_for_programs(one, page, since=first, until=last)))
    else:
        _show_statement(one, page)


def trial_balance(as_of: AsOf = "", as_json: Json = False) -> None:
    """Every account's balance, and whether the books sum to zero. Exits 1 if they do not."""
    moment = words.last_moment(as_of)
    house.enter()
    from cliphaven.foundation.money import formatted  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.ledger import queries  # noqa: PLC0415

    trial = queries.trial_balance(moment)
    if as_json:
        lines = [
            {
                "account": line.account,
                "class": line.account_class,
                "balance": _money(line.balance_minor, line.currency),
            }
            for line in trial.lines
        ]
        typer.echo(json.dumps({**_when(moment), "lines": lines, "difference": trial.difference_minor}))
    else:
        table = Table("account", "class", "balance")
        table.columns[2].justify = "right"
        for line in trial.lines:
            table.add_row(line.account, line.account_class, formatted(line.balance_minor, currency=line.currency))
        Console().print(table)
        for currency, difference in trial.difference_minor.items():
            typer.echo(f"{currency}: {'in balance' if difference == 0 else f'OFF BY {difference}'}")
        _say_when(moment)
    if not trial.is_balanced:
        raise typer.Exit(1)


def _money(amount_minor: int, currency: str) -> dict[str, object]:
    return {"amount": amount_minor, "currency": currency}


def _when(moment: datetime | None) -> dict[str, object]:
    """The moment that was asked about, and whether the answer can never change any more."""
    return {"as_of": moment.isoformat() if moment else None, "is_final": _is_final(moment)}


def _is_final(moment: datetime | None) -> bool:
    from cliphaven.ledger import queries  # noqa: PLC0415

    closed_through = queries.closed_through()
    return moment is not None and closed_through is not None and moment <= closed_through


def _say_when(moment: datetime | None) -> None:
    if moment is not None:
        promise = (
            "closed: this never changes" if _is_final(moment) else "not closed yet: later entries may be dated then"
        )
        typer.echo(f"as of {words.said(moment)}, {promise}")


def _show_statement(account: "chart.Account", page: "Statement") -> None:
    from cliphaven.foundation.money import formatted  # noqa: PLC0415

    def shown(amount_minor: int) -> str:
        return formatted(amount_minor, currency=account.currency)

    table = Table("occurred (UTC)", "kind", "external id", "amount", "balance", "cause", "actor", "reason")
    for column in (3, 4):
        table.columns[column].justify = "right"
    for posting in page:
        table.add_row(
            words.said(posting.occurred_at).removesuffix(" UTC"),
            posting.kind_name,
            posting.external_id,
            shown(posting.signed_minor),
            shown(posting.balance_minor),
            posting.cause,
            posting.actor,
            posting.reason,
        )
    typer.echo(f"{account.code} {account.currency}: {shown(page.closing_minor)} at the end of the period")
    Console(width=max(WIDE, Console().width)).print(table)
    typer.echo(f"{shown(page.opening_minor)} before it")
    if page.older is not None:
        typer.echo(f"There is more: --before {page.older} goes on.")


def _statement_for_programs(
    account: "chart.Account", page: "Statement", *, since: datetime | None, until: datetime | None
) -> dict[str, object]:
    return {
        "account": account.code,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "opening": _money(page.opening_minor, account.currency),
        "closing": _money(page.closing_minor, account.currency),
        "postings": [_posting_for_programs(posting) for posting in page],
        "older": page.older,
    }


def _posting_for_programs(posting: "Posting") -> dict[str, object]:
    return {
        "leg": posting.leg_id,
        "occurred_at": posting.occurred_at.isoformat(),
        "recorded_at": posting.recorded_at.isoformat(),
        "kind": posting.kind.name.lower(),
        "external_id": posting.external_id,
        "amount": _money(posting.signed_minor, posting.currency),
        "balance": _money(posting.balance_minor, posting.currency),
        "cause": posting.cause,
        "actor": posting.actor,
        "reason": posting.reason,
    }
