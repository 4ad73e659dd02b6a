"""`cliphaven ledger`: the books, proved from a shell."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cliphaven.config.commands import house

app = typer.Typer(no_args_is_help=True, help="The books.")
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


@app.command()
def verify(as_json: Json = False) -> None:
    """Recompute the whole ledger and what it rests on, and say what was checked. Exits 1 if anything is wrong."""
    house.enter()
    from cliphaven.backoffice import queries  # noqa: PLC0415  # models exist only inside the house

    checks = queries.proofs()
    if as_json:
        found = [{"check": check.name, "looked_at": check.looked_at, "failures": check.failures} for check in checks]
        typer.echo(json.dumps(found))
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if not check.failures else 'FAIL'}  {check.name}: {check.looked_at:,} looked at")
            for failure in check.failures:
                typer.echo(f"      {failure}")
    if any(check.failures for check in checks):
        raise typer.Exit(1)


@app.command("trial-balance")
def trial_balance(as_json: Json = False) -> None:
    """Every account's balance, and whether the books sum to zero. Exits 1 if they do not."""
    house.enter()
    from cliphaven.foundation.money import formatted  # noqa: PLC0415
    from cliphaven.ledger import queries  # noqa: PLC0415

    trial = queries.trial_balance()
    if as_json:
        lines = [
            {
                "account": line.account,
                "class": line.account_class,
                "balance": {"amount": line.balance_minor, "currency": line.currency},
            }
            for line in trial.lines
        ]
        typer.echo(json.dumps({"lines": lines, "difference": trial.difference_minor}))
    else:
        table = Table("account", "class", "balance")
        table.columns[2].justify = "right"
        for line in trial.lines:
            table.add_row(line.account, line.account_class, formatted(line.balance_minor, currency=line.currency))
        Console().print(table)
        for currency, difference in trial.difference_minor.items():
            typer.echo(f"{currency}: {'in balance' if difference == 0 else f'OFF BY {difference}'}")
    if not trial.is_balanced:
        raise typer.Exit(1)
