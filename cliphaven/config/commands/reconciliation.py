"""`cliphaven reconcile`: the books held against Stripe."""

import json
from typing import Annotated

import typer

from cliphaven.config.commands import house

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def reconcile(as_json: Json = False) -> None:
    """Compare the books with Stripe's balances, ours and each creator's. Exits 1 if a cent is unexplained."""
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import ProviderFailed  # noqa: PLC0415
    from cliphaven.foundation.money import formatted  # noqa: PLC0415
    from cliphaven.payouts.operations import reconciliation  # noqa: PLC0415

    try:
        lines = reconciliation.compare_with_stripe(now=clock.now())
    except ProviderFailed as failure:
        typer.echo(f"Stripe could not be asked: {failure.sentence.splitlines()[0]}", err=True)
        raise typer.Exit(2) from failure
    for line in lines:
        found = {
            "account": line.account,
            "currency": line.currency,
            "books": line.ledger_minor,
            "stripe": line.stripe_minor,
        }
        if as_json:
            typer.echo(json.dumps(found))
            continue
        held = f"books {formatted(line.ledger_minor, currency=line.currency)}"
        there = f"Stripe {formatted(line.stripe_minor, currency=line.currency)}"
        typer.echo(f"{'FAIL' if line.difference_minor else 'ok  '}  {line.account}: {held}, {there}")
    if any(line.difference_minor for line in lines):
        raise typer.Exit(1)
