"""`cliphaven evidence`: the evidence of a clip verified, without a database or a network."""

from pathlib import Path
from typing import Annotated

import typer

from cliphaven.tracking.rules.bundles import NotABundle, Verified
from cliphaven.tracking.rules.bundles import verify as verified

app = typer.Typer(no_args_is_help=True)
FILE_MAX_BYTES = 256 * 1024 * 1024


@app.callback()
def evidence() -> None:
    """Verify what a clip's page let you download."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The downloaded file.")],
) -> None:
    """Say what of a clip's evidence holds, and what was looked at. Exits 1 if anything does not hold."""
    if file.stat().st_size > FILE_MAX_BYTES:
        typer.echo("This file is too large to be the evidence of one clip.", err=True)
        raise typer.Exit(1)
    try:
        found = verified(file.read_bytes())
    except NotABundle as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    for line in report(found):
        typer.echo(line)
    if not found.holds:
        raise typer.Exit(1)


def report(found: Verified) -> list[str]:
    """What was verified, in sentences."""
    chain = (
        f"each of the {found.observations:,} observations follows from the one before it"
        if found.first_break is None
        else f"observation {found.first_break:,} of {found.observations:,} does not follow from those before it"
    )
    return [
        f"Clip {found.video}: {chain}.",
        f"{found.answers:,} of them were compared with the vendor's answer that they were taken from; "
        "the other answers are not in the file.",
        f"{found.accruals:,} steps of earnings were compared with the observations that they name.",
        *(f"Wrong: {problem}." for problem in found.problems),
        "It holds." if found.holds else "It does not hold.",
    ]
