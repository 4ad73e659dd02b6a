"""`cliphaven ledger verify`: the whole ledger, recomputed."""

import json

import typer

from cliphaven.config.commands import house
from cliphaven.config.commands.ledger.words import Json


def verify(as_json: Json = False) -> None:
    """Recompute the whole ledger and what it rests on, and say what was checked. Exits 1 if anything is wrong."""
    house.enter()
    from cliphaven.backoffice.queries import invariants  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.foundation import clock  # noqa: PLC0415

    checks = invariants.ask(now=clock.now())
    if as_json:
        found = [
            {
                "invariant": invariants.number_of(check.name),
                "check": check.name,
                "looked_at": check.looked_at,
                "failures": check.failures,
            }
            for check in checks
        ]
        typer.echo(json.dumps(found))
    else:
        for check in checks:
            number, word = invariants.number_of(check.name), "FAIL" if check.failures else "ok  "
            typer.echo(f"{word}  {number:<3} {check.name}: {check.looked_at:,} looked at")
            for failure in check.failures:
                typer.echo(f"      {failure}")
    if any(check.failures for check in checks):
        raise typer.Exit(1)
