"""`cliphaven payouts`: payday's people's side. What is stuck, and letting it go on once its cause is gone."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cliphaven.config.commands import house

if TYPE_CHECKING:
    from cliphaven.payouts.queries.stuck import StuckItem

app = typer.Typer(
    no_args_is_help=True, help="What does not go on by itself on payday. docs/runbooks/payday.md says why."
)


@app.command("list-stuck")
def list_stuck(
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines; amounts in minor units.")] = False,
) -> None:
    """Stopped batches, items that wait for a person, and items that take too long. Exits 1 if there is anything."""
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.payouts.queries.stuck import stuck  # noqa: PLC0415

    found = stuck(now=clock.now())
    if as_json:
        batches = [vars(batch) for batch in found.batches]
        items = [{**vars(item), "since": item.since.isoformat()} for item in found.items]
        typer.echo(json.dumps({"batches": batches, "items": items, "is_all": found.is_all}))
    else:
        for batch in found.batches:
            waiting = f"transfers waiting: {batch.open_transfers}, payouts waiting: {batch.open_payouts}"
            typer.echo(f"batch {batch.week} is stopped, {waiting}: {batch.reason}")
        for item in found.items:
            typer.echo(_line(item))
        if not found.is_all:
            typer.echo("There is more than is listed here.")
        if not found.batches and not found.items:
            typer.echo("Nothing is stuck.")
    if found.batches or found.items:
        raise typer.Exit(1)


@app.command()
def resume(week: Annotated[str, typer.Argument(metavar="BATCH_WEEK", help="Such as 2026-W45.")]) -> None:
    """Go on with a stopped batch, after its reason is gone. Exits 1 if no such batch is stopped."""
    house.enter()
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.payouts.operations import batches  # noqa: PLC0415

    try:
        batches.resume(week=week)
    except Refused as refused:
        raise _said(refused.sentence) from refused
    typer.echo(f"{week} goes on: the next sweep, within five minutes, sends what is open.")


@app.command("look-again")
def look_again(
    name: Annotated[str, typer.Argument(metavar="transfer:ID | payout:ID", help="As `list-stuck` names it.")],
) -> None:
    """Look an item in review up at Stripe anew, after it was put right there. Exits 1 if it is not in review."""
    kind, _, number = name.partition(":")
    if kind not in ("transfer", "payout") or not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise typer.BadParameter(f"{name} is neither transfer:ID nor payout:ID")
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.payouts.operations import reviews  # noqa: PLC0415

    try:
        if kind == "transfer":
            reviews.look_again_for_transfer(transfer_id=int(number), now=clock.now())
        else:
            reviews.look_again_for_payout(bank_payout_id=int(number), now=clock.now())
    except Refused as refused:
        raise _said(refused.sentence) from refused
    typer.echo(f"{name} is looked up at Stripe by the next sweep, within five minutes.")


def _line(item: "StuckItem") -> str:
    from cliphaven.foundation.money import formatted  # noqa: PLC0415

    amount = formatted(item.amount_minor, currency=item.currency)
    whose = f"{item.name} of {item.week}, creator {item.creator_id}, {amount}"
    reason = f": {item.reason}" if item.reason else ""
    return f"{whose}, {item.state} since {item.since:%Y-%m-%d %H:%M} UTC{reason}"


def _said(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)
