"""`cliphaven fraud calibrate`: peer tables, from invented clips or from an installation's own history."""

from pathlib import Path
from typing import Annotated

import typer

from cliphaven.config.commands.fraud import observations
from cliphaven.config.commands.fraud.many_cores import answered
from cliphaven.config.commands.schedule.progress import shown
from cliphaven.fraud.rules.calibrating import Told, calibrated, heard, ratios_of
from cliphaven.fraud.rules.calibration import Calibration, Ratio, text_of
from cliphaven.fraud.rules.series import Series
from cliphaven.fraud.rules.worlds.peers import PeerWorld, calibrated_on, told_of, world_of

CLIPS_MIN = 200


def calibrate(  # noqa: PLR0917  # options of a command line
    out: Annotated[Path, typer.Argument(help="Where the peer tables go: a JSON file.", dir_okay=False)],
    file: Annotated[
        Path | None, typer.Option("--observations", help="Clips that nobody doubts: Parquet, CSV or CSV.gz.")
    ] = None,
    generate: Annotated[int | None, typer.Option(help="Invent clips with this seed instead.", min=0)] = None,
    clips: Annotated[int, typer.Option(help="How many are invented.", min=CLIPS_MIN, max=100_000)] = 900,
    days: Annotated[float, typer.Option(help="Of each invented clip.", min=1, max=60)] = 30.0,
    source: Annotated[list[str] | None, typer.Option(help="Only rows of this source; may be repeated.")] = None,
) -> None:
    """Freeze how rare each value of each signal is among clips that nobody doubts, and from which score on to hold."""
    if (file is None) == (generate is None):
        raise typer.BadParameter("Say --observations FILE or --generate SEED, one of the two.")
    if not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"There is no directory {out.absolute().parent}.", param_hint="OUT")
    if file is not None:
        made = _from_file(file, source or [])
    else:
        assert generate is not None
        made = _from_seed(generate, clips=clips, days=days)
    out.write_text(text_of(made), encoding="utf-8")
    typer.echo(
        f"{out}: calibration {made.id} of {made.clips:,} clips; views are held from a score of {made.hold_from:g} on,"
        f" and let go below {made.release_below:g}"
    )


def _from_seed(seed: int, *, clips: int, days: float) -> Calibration:
    world = world_of(seed=seed, clips=clips, days=days)
    with shown("inventing and reading clips") as tell:
        return calibrated_on(world, lambda questions: answered(_told, questions, tell=tell))


def _told(question: tuple[PeerWorld, int]) -> tuple[Told, ...]:
    return told_of(*question)


def _from_file(file: Path, sources: list[str]) -> Calibration:
    try:
        clips = list(observations.read(file, sources=sources))
    except observations.UnreadableObservations as unreadable:
        typer.echo(str(unreadable), err=True)
        raise typer.Exit(2) from unreadable
    if len(clips) < CLIPS_MIN:
        typer.echo(f"{file} holds {len(clips)} clips; peer tables need {CLIPS_MIN} that nobody doubts.", err=True)
        raise typer.Exit(2)
    latest = [clip.until(max(one.at for one in clip.snapshots))[-1] for clip in clips]
    ratios = ratios_of((clip.platform, one.views, one.likes) for clip, one in zip(clips, latest, strict=True))
    questions = [(clip, ratios.get(clip.platform) or ratios["any"]) for clip in clips]
    with shown("reading clips") as tell:
        told = list(answered(_told_of_series, questions, tell=tell))
    return calibrated(f"{len(clips)} clips of {file.name}", [told], ratios)


def _told_of_series(question: tuple[Series, Ratio]) -> Told:
    clip, ratio = question
    snapshots = clip.until(max(one.at for one in clip.snapshots))
    return Told.of(clip.platform, heard(snapshots, posted_at=clip.posted_at, ratio=ratio))
