"""`cliphaven schedule traces`: a world of invented clips as a file, the same for the same seed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from cliphaven.config.commands.schedule import recordings
from cliphaven.config.commands.schedule.progress import shown
from cliphaven.tracking.rules.replay.curves import Curve
from cliphaven.tracking.rules.replay.generator import World, generated

CLIPS_MAX = 100_000


def traces(
    file: Annotated[Path, typer.Argument(help="Ends in .parquet, .csv or .csv.gz.", dir_okay=False)],
    seed: Annotated[int, typer.Option(help="Another seed is another world.", min=0)] = 1,
    clips: Annotated[int, typer.Option(help="How many clips.", min=1, max=CLIPS_MAX)] = 1000,
    days: Annotated[float, typer.Option(help="For how long each is recorded.", min=1, max=365)] = 30.0,
    spread: Annotated[float, typer.Option(help="Over how many days they are posted.", min=0, max=365)] = 7.0,
) -> None:
    """Invent clips and write their counts to a file, to be replayed."""
    if not file.name.endswith((".parquet", ".csv", ".csv.gz")):
        raise typer.BadParameter("The name has to end in .parquet, .csv or .csv.gz.", param_hint="FILE")
    if not file.absolute().parent.is_dir():
        raise typer.BadParameter(f"There is no directory {file.absolute().parent}.", param_hint="FILE")
    world = World(seed=seed, clips=clips, days=days, spread_days=spread)
    with shown("inventing clips") as tell:
        rows = recordings.write(file, _telling(world, tell))
    typer.echo(f"{file}: {rows:,} readings of {clips:,} clips")


def _telling(world: World, tell: Callable[[float], None]) -> Iterator[Curve]:
    for number in range(world.clips):
        yield generated(world, number)
        tell((number + 1) / world.clips)
