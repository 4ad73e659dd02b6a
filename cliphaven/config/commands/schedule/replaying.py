"""`cliphaven schedule replay`: a policy on a recording, beside the best that was possible at the same price."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from cliphaven.config.commands.schedule import recordings
from cliphaven.config.commands.schedule.progress import shown
from cliphaven.config.commands.schedule.reporting import as_table
from cliphaven.config.commands.schedule.writing import CLIPS_MAX
from cliphaven.tracking.rules.policies import PRICE, Policy, UnknownPolicy
from cliphaven.tracking.rules.replay import campaigns as budgeting
from cliphaven.tracking.rules.replay.clip import Conditions
from cliphaven.tracking.rules.replay.curves import Curve
from cliphaven.tracking.rules.replay.figures import Figures, figures
from cliphaven.tracking.rules.replay.generator import World, generated
from cliphaven.tracking.rules.replay.house import House

_DAYS = 30.0


def replay(  # noqa: PLR0917  # options of a command line
    traces: Annotated[
        Path | None, typer.Option(help="A recording: Parquet, CSV or CSV.gz.", exists=True, dir_okay=False)
    ] = None,
    generate: Annotated[int | None, typer.Option(help="Invent clips with this seed instead.", min=0)] = None,
    policy: Annotated[str, typer.Option(help="index, ladder, hourly or fixed:H.")] = "index",
    mu: Annotated[float, typer.Option(help="The price of a poll, in USD·h.", min=0.001, max=1e6)] = PRICE,
    cpm: Annotated[
        float, typer.Option(help="A thousand views cost this, fee included, in USD.", min=0.01, max=1e6)
    ] = 1.2,
    clips: Annotated[int | None, typer.Option(help="At most so many clips.", min=1, max=CLIPS_MAX)] = None,
    days: Annotated[float | None, typer.Option(help="Of each invented clip; 30 if not said.", min=1, max=365)] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only rows of this source; may be repeated.")] = None,
    campaigns: Annotated[int | None, typer.Option(help="Campaigns; one for 7.5 clips if not said.", min=1)] = None,
    budget_from: Annotated[float, typer.Option(help="Least budget, in shares of what is earned.", min=0.01)] = 0.4,
    budget_to: Annotated[float, typer.Option(help="Most budget, likewise.", min=0.01)] = 1.8,
    missing: Annotated[float, typer.Option(help="Share of answers that lack a clip.", min=0, max=0.9)] = 0.0,
    stale: Annotated[float, typer.Option(help="Share of answers that repeat a count.", min=0, max=0.9)] = 0.0,
    rounding: Annotated[bool, typer.Option("--rounding", help="Show counts as coarsely as platforms do.")] = False,
    sweep: Annotated[bool, typer.Option(help="Read everything before Monday's cut-off.")] = True,
    hazard: Annotated[bool, typer.Option(help="Watch campaigns closely that are about to run out.")] = True,
    optimum: Annotated[bool, typer.Option(help="Reckon the best that was possible, too.")] = True,
    every: Annotated[float, typer.Option(help="Minutes between two looks at what is due.", min=1, max=60)] = 15.0,
    seed: Annotated[int, typer.Option(help="Of missing and stale answers.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run a policy over recorded counts and say what it asked, what it saw late, and how near that is to the best."""
    if (traces is None) == (generate is None):
        raise typer.BadParameter("Say --traces FILE or --generate SEED, one of the two.")
    if traces is not None and days is not None:
        raise typer.BadParameter("--days is of invented clips: a recording is as long as it is.")
    if generate is not None and source:
        raise typer.BadParameter("--source is of recordings: invented clips have none.")
    if budget_to < budget_from:
        raise typer.BadParameter("--budget-to is below --budget-from.")
    if not all(map(math.isfinite, (mu, cpm, days or 1, budget_from, budget_to, missing, stale, every))):
        raise typer.BadParameter("Every number has to be a finite one.")
    conditions = Conditions(
        policy=_policy(policy),
        worth=cpm / 1000,
        price=mu,
        every=every / 60,
        missing=missing,
        stale=stale,
        rounded=rounding,
        seed=seed,
    )
    curves, too_short = _curves(traces, generate, clips=clips, days=days or _DAYS, sources=source or [])
    number = min(campaigns or max(1, round(len(curves) / budgeting.CLIPS_EACH)), len(curves))
    belongs = budgeting.assigned(curves, campaigns=number)
    budgets = budgeting.budgets(curves, belongs, worth=cpm / 1000, shares=(budget_from, budget_to))
    house = House(curves, conditions, campaign_of=belongs, budgets=budgets, swept=sweep, watched=hazard)
    _print(_figures(house, conditions, best=optimum), too_short=too_short, as_json=as_json)


def _policy(name: str) -> Policy:
    try:
        return Policy.parse(name)
    except UnknownPolicy as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--policy") from unknown


def _figures(house: House, conditions: Conditions, *, best: bool) -> Figures:
    with shown("polling") as tell:
        played = house.play(tell)
    with shown("comparing") as tell:
        return figures(played, conditions, best=best, tell=tell)


def _curves(
    traces: Path | None, generate: int | None, *, clips: int | None, days: float, sources: list[str]
) -> tuple[list[Curve], int]:
    if traces is not None:
        try:
            recording = recordings.read(traces, sources=sources, clips=clips)
        except recordings.UnreadableRecording as unreadable:
            typer.echo(str(unreadable), err=True)
            raise typer.Exit(2) from unreadable
        return recording.curves, recording.too_short
    assert generate is not None
    world = World(seed=generate, days=days) if clips is None else World(seed=generate, clips=clips, days=days)
    with shown("inventing clips") as tell:
        curves = []
        for number in range(world.clips):
            curves.append(generated(world, number))
            tell((number + 1) / world.clips)
    return curves, 0


def _print(found: Figures, *, too_short: int, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**found.as_json(), "clips_too_short": too_short}))
        return
    as_table(found)
    if too_short:
        typer.echo(f"{too_short:,} clips with fewer than two readings were left out.")
