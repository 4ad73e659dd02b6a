"""`cliphaven payouts`: payday's people's side. What is stuck, who releases what, and the proof that it is right."""

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
    """Alarms, stopped batches, items that wait for a person or take too long. Exits 1 if there is anything."""
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415  # models exist only inside the house
    from cliphaven.payouts.queries.alarms import alarms  # noqa: PLC0415
    from cliphaven.payouts.queries.stuck import stuck  # noqa: PLC0415

    now = clock.now()
    found, standing = stuck(now=now), alarms(now=now)
    if as_json:
        batches = [vars(batch) for batch in found.batches]
        items = [{**vars(item), "since": item.since.isoformat()} for item in found.items]
        said = [{**vars(alarm), "since": alarm.since.isoformat()} for alarm in standing]
        typer.echo(json.dumps({"alarms": said, "batches": batches, "items": items, "is_all": found.is_all}))
    else:
        for alarm in standing:
            typer.echo(f"ALARM {alarm.title}, since {alarm.since:%Y-%m-%d %H:%M} UTC. {alarm.sentence}")
        for batch in found.batches:
            waiting = f"transfers waiting: {batch.open_transfers}, payouts waiting: {batch.open_payouts}"
            typer.echo(f"batch {batch.week} is stopped, {waiting}: {batch.reason}")
        for item in found.items:
            typer.echo(_line(item))
        if not found.is_all:
            typer.echo("There is more than is listed here.")
        if not found.batches and not found.items and not standing:
            typer.echo("Nothing is stuck.")
    if found.batches or found.items or standing:
        raise typer.Exit(1)


@app.command()
def release(
    week: Annotated[str, typer.Argument(metavar="BATCH_WEEK", help="Such as 2026-W45.")],
    by: Annotated[str, typer.Option("--as", metavar="E-MAIL", help="Who of the staff says that it may go.")],
) -> None:
    """Say that a batch above the limit may go; with the second person's word it goes. Exits 1 when it is refused."""
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.payouts.operations import releases  # noqa: PLC0415

    try:
        missing = releases.release(week=week, staff_id=_person(by), now=clock.now())
    except Refused as refused:
        raise _said(refused.sentence) from refused
    typer.echo(f"{week} waits for one more person." if missing else f"{week} is released, and goes out now.")


@app.command()
def proof(
    week: Annotated[str, typer.Argument(metavar="BATCH_WEEK", help="Such as 2026-W45.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines; amounts in minor units.")] = False,
) -> None:
    """A batch beside the books and Stripe. Exits 1 when anything differs, 2 when something could not be compared."""
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.payouts.operations import proofs  # noqa: PLC0415

    try:
        found = proofs.prove(week=week, now=clock.now())
    except Refused as refused:
        raise _said(refused.sentence) from refused
    if as_json:
        sums = [{**vars(line), "open_minor": line.open_minor} for line in found.sums]
        checks = [{**vars(check), "failures": list(check.failures)} for check in found.checks]
        said = {"week": found.week, "state": found.state, "as_of": found.as_of.isoformat(), "holds": found.holds}
        typer.echo(json.dumps({**said, "is_whole": found.is_whole, "sums": sums, "checks": checks}))
    else:
        for check in found.checks:
            if check.looked_at is None:
                typer.echo(f"?     {check.name}: {check.sentence}")
                continue
            typer.echo(f"{'FAIL' if check.failures else 'ok  '}  {check.name}: {check.looked_at} compared")
            for failure in check.failures:
                typer.echo(f"      {failure}")
    if not found.holds:
        raise typer.Exit(1)
    if not found.is_whole:
        raise typer.Exit(2)


@app.command()
def resume(
    week: Annotated[str, typer.Argument(metavar="BATCH_WEEK", help="Such as 2026-W45.")],
    by: Annotated[str, typer.Option("--as", metavar="E-MAIL", help="Who of the staff lets it go on.")],
) -> None:
    """Go on with a stopped batch, after its reason is gone. Exits 1 if no such batch is stopped."""
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.payouts.operations import releases  # noqa: PLC0415

    try:
        releases.resume(week=week, staff_id=_person(by), now=clock.now())
    except Refused as refused:
        raise _said(refused.sentence) from refused
    typer.echo(f"{week} goes on: what is open is sent now.")


@app.command("look-again")
def look_again(
    name: Annotated[str, typer.Argument(metavar="transfer:ID | payout:ID | reversal:ID", help="As `list-stuck` says.")],
) -> None:
    """Look an item in review up at Stripe anew, after it was put right there. Exits 1 if it is not in review."""
    kind, _, number = name.partition(":")
    if kind not in ("transfer", "payout", "reversal") or not (
        number.isascii() and number.isdecimal() and len(number) < 19
    ):
        raise typer.BadParameter(f"{name} is not transfer:ID, payout:ID or reversal:ID")
    house.enter()
    from cliphaven.foundation import clock  # noqa: PLC0415
    from cliphaven.foundation.errors import Refused  # noqa: PLC0415
    from cliphaven.payouts.operations import reversals, reviews  # noqa: PLC0415

    try:
        if kind == "transfer":
            reviews.look_again_for_transfer(transfer_id=int(number), now=clock.now())
        elif kind == "payout":
            reviews.look_again_for_payout(bank_payout_id=int(number), now=clock.now())
        else:
            reversals.look_again(reversal_id=int(number), now=clock.now())
    except Refused as refused:
        raise _said(refused.sentence) from refused
    typer.echo(f"{name} is looked up at Stripe by the next sweep, within five minutes.")


def _person(email: str) -> int:
    """Whose word it is; whether it counts, the operation says."""
    from cliphaven.identity import queries as people  # noqa: PLC0415

    person = people.person_at(email=email)
    if person is None:
        raise _said(f"Nobody has the address {email}.")
    return person.id


def _line(item: "StuckItem") -> str:
    from cliphaven.foundation.money import formatted  # noqa: PLC0415

    amount = formatted(item.amount_minor, currency=item.currency)
    whose = f"{item.name} of {item.week}, creator {item.creator_id}, {amount}"
    reason = f": {item.reason}" if item.reason else ""
    return f"{whose}, {item.state} since {item.since:%Y-%m-%d %H:%M} UTC{reason}"


def _said(sentence: str) -> typer.Exit:
    typer.echo(sentence, err=True)
    return typer.Exit(1)
