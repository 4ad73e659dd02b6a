"""`cliphaven simulate`: everything goes wrong on purpose, and the invariants say whether the books withstood it."""

import json
from pathlib import Path
from typing import Annotated

import typer

SEEDS_AT_ONCE_MAX = 16
STEPS = 6_000
MANY_SEEDS = 100


def simulate(  # noqa: PLR0917  # options of a command line
    seed: Annotated[int, typer.Option(help="The first seed.", min=0)] = 1,
    seeds: Annotated[int, typer.Option(help="How many seeds, from the first on.", min=1, max=1_000_000)] = 1,
    steps: Annotated[int, typer.Option(help="Steps of each seed before it heals.", min=1, max=10_000_000)] = STEPS,
    at_once: Annotated[int, typer.Option(help="Seeds at the same time.", min=1, max=SEEDS_AT_ONCE_MAX)] = 1,
    plant: Annotated[
        str | None, typer.Option(help="Play a house that has this mistake (--plant help lists them).")
    ] = None,
    replay: Annotated[Path | None, typer.Option(help="Play what this report found once more.", exists=True)] = None,
    report: Annotated[Path | None, typer.Option(help="Write FILE.html and FILE.json.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on after the last seed of this report.", exists=True)] = None,
    write: Annotated[Path | None, typer.Option(help="Keep the run's numbers in this page.", exists=True)] = None,
    go_on: Annotated[bool, typer.Option("--go-on", help="Play all seeds, also after something was found.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Play seeds of the simulator; exits 1 when an invariant did not hold, or a replay went another way."""
    from simulator import runs  # noqa: PLC0415  # only this command needs it
    from simulator.pages import keep  # noqa: PLC0415
    from simulator.progress import Progress  # noqa: PLC0415
    from simulator.report import as_page, as_table, in_one_line  # noqa: PLC0415
    from simulator.universe import Server  # noqa: PLC0415

    if plant is not None:
        _must_exist(plant)
    found = None
    if replay is not None:
        before = json.loads(replay.read_text())
        found = before["first_violation"] or before["seeds"][0]
        seed, seeds, steps, plant = found["seed"], 1, before["steps_each"], before["plant"]
    earlier = None if resume is None else json.loads(resume.read_text())
    if earlier is not None:
        seed, steps = 1 + max(facts["seed"] for facts in earlier["seeds"]), earlier["steps_each"]
    with Server() as server, Progress(seeds=seeds, shown=not as_json) as progress:
        told = runs.play(
            server,
            range(seed, seed + seeds),
            steps=steps,
            at_once=at_once,
            stop_at_first=not go_on,
            plant=plant,
            tell=progress.over,
        )
    if earlier is not None:
        told.go_on_from(earlier)
    if write is not None:
        keep(write, "run", as_table(told))
    if report is not None:
        report.with_suffix(".json").write_text(json.dumps(told.as_json(), indent=1) + "\n")
        report.with_suffix(".html").write_text(as_page(told))
    typer.echo(json.dumps(told.as_json()) if as_json else in_one_line(told))
    went_another_way = found is not None and told.runs[0].facts["trace"] != found["trace"]
    if went_another_way:
        typer.echo(f"Another trace than at commit {before['commit']}: the code is not the same.")
    # Few seeds cannot meet everything that is rare; many that do not are a simulator that looks away.
    missed = told.missed_marks if len(told.runs) >= MANY_SEEDS else []
    if missed:
        typer.echo(f"Never met: {', '.join(missed)}")
    if told.first_violation is not None or went_another_way or missed:
        raise typer.Exit(1)


def _must_exist(plant: str) -> None:
    """List the mistakes and exit, unless this is one of them."""
    from simulator.bugs.catalogue import BUGS  # noqa: PLC0415  # only this command needs it

    if plant not in BUGS:
        width = max(map(len, BUGS))
        typer.echo("\n".join(f"{bug.name:{width}}  {bug.what}" for bug in BUGS.values()))
        raise typer.Exit(0 if plant == "help" else 2)
