"""`cliphaven evidence`: the evidence of a clip verified, without a database or a network."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cliphaven.tracking.rules.verifying import NotABundle, Verified
from cliphaven.tracking.rules.verifying import verify as verified

app = typer.Typer(no_args_is_help=True)
FILE_MAX_BYTES = 64 * 1024 * 1024
"""Twenty thousand observations and two hundred answers about one clip come to a quarter of it."""
_NAMED_MAX = 20


@app.callback()
def evidence() -> None:
    """Verify what a clip's page let you download."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The downloaded file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False,
) -> None:
    """Say what of a clip's evidence holds, and what was looked at. Exits 1 if anything does not hold."""
    with file.open("rb") as opened:
        content = opened.read(FILE_MAX_BYTES + 1)
    try:
        if len(content) > FILE_MAX_BYTES:
            raise NotABundle("This file is too large to be the evidence of one clip.")
        found = verified(content)
    except NotABundle as problem:
        if as_json:
            typer.echo(json.dumps({"problems": [str(problem)], "holds": False}))
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    if as_json:
        typer.echo(json.dumps({**asdict(found), "holds": found.holds}))
    for line in [] if as_json else report(found):
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
        f"{found.answers:,} of them were compared with the vendor's answer that they were taken from.",
        *_absent("are forgotten, as all are after their time", found.forgotten),
        *_absent("are left out, because only the newest are in the file", found.left_out),
        f"{found.accruals:,} steps of earnings were compared with the observations that they name.",
        *(f"Wrong: {problem}." for problem in found.problems),
        "It holds." if found.holds else "It does not hold.",
    ]


def _absent(why: str, calls: Sequence[int]) -> list[str]:
    """Which answers could not be compared; of very many the first ones are named."""
    if not calls:
        return []
    named = ", ".join(map(str, calls[:_NAMED_MAX]))
    more = f" and {len(calls) - _NAMED_MAX:,} more" if len(calls) > _NAMED_MAX else ""
    return [f"The answers of {len(calls):,} calls {why}: {named}{more}. Of them the chain holds the digest alone."]
