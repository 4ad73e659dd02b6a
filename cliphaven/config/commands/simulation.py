"""`cliphaven simulate`: everything goes wrong on purpose, and the invariants say whether the books withstood it."""

import json
import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from simulator.runs import Report

SEEDS_AT_ONCE_MAX = 16
STEPS = 6_000
MANY_SEEDS = 100
INTERRUPTED = 130
# What a report must have to be played again or gone on from.
KEPT = {"began_at", "commit", "steps_each", "plant", "seconds", "first_violation", "seeds"}


def simulate(  # noqa: PLR0917  # options of a command line
    seed: Annotated[
        int | None, typer.Option(help="The first seed (1); with --replay, which one of the report's.", min=0)
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds, from the first on.", min=1, max=1_000_000)] = 1,
    steps: Annotated[int, typer.Option(help="Steps of each seed before it heals.", min=1, max=10_000_000)] = STEPS,
    at_once: Annotated[int, typer.Option(help="Seeds at the same time.", min=1, max=SEEDS_AT_ONCE_MAX)] = 1,
    plant: Annotated[
        str | None, typer.Option(help="Play a house that has this mistake (--plant help lists them).")
    ] = None,
    replay: Annotated[Path | None, typer.Option(help="Play what this report found once more.", dir_okay=False)] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write FILE.html and FILE.json, anew after each seed.", dir_okay=False)
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on after the last seed of this report.", dir_okay=False)
    ] = None,
    write: Annotated[Path | None, typer.Option(help="Keep the run's numbers in this page.", dir_okay=False)] = None,
    go_on: Annotated[bool, typer.Option("--go-on", help="Play all seeds, also after something was found.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Play seeds of the simulator; exits 1 when an invariant did not hold, or a replay went another way."""
    from simulator.pages import keep  # noqa: PLC0415  # only this command needs it
    from simulator.report import as_table, in_one_line  # noqa: PLC0415

    _must_be_sound(plant=plant, replay=replay, resume=resume, report=report, write=write)
    found = None
    earlier = _kept("--resume", resume) if resume is not None else None
    if replay is not None:
        before = _kept("--replay", replay)
        found = _one_of(before, seed)
        seed, seeds, steps, plant = found["seed"], 1, before["steps_each"], before["plant"]
    if earlier is not None:
        seed, steps, plant = 1 + max(one["seed"] for one in earlier["seeds"]), earlier["steps_each"], earlier["plant"]
    first = 1 if seed is None else seed

    def whole(so_far: "Report") -> "Report":
        return so_far if earlier is None else so_far.after(earlier)

    played = _played(
        range(first, first + seeds),
        is_shown=not as_json,
        steps=steps,
        at_once=at_once,
        stop_at_first=not go_on,
        plant=plant,
        keep=lambda so_far: _put_down(whole(so_far), report),
    )
    told = whole(played)
    if write is not None and not told.was_interrupted:
        keep(write, "run", as_table(told))
    typer.echo(json.dumps(told.as_json()) if as_json else in_one_line(told))
    raise typer.Exit(_judged(told, played, found=found, report=report))


def _played(seeds: range, *, is_shown: bool, **how: Any) -> "Report":
    """Play seeds on a server of their own, and show how far it is; `how` is as `runs.play` has it. Raises Exit."""
    from simulator import runs  # noqa: PLC0415  # only this command needs it
    from simulator.progress import Progress  # noqa: PLC0415
    from simulator.universe import Server  # noqa: PLC0415

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _asked_to_stop)  # shells start background jobs with SIGINT ignored
    try:
        with Server() as server, Progress(seeds=len(seeds), steps_each=how["steps"], shown=is_shown) as progress:
            return runs.play(server, seeds, tell=progress.over, go_on=progress.go_on, **how)
    except runs.SeedLost as lost:
        typer.echo(f"ClipHaven: {lost}", err=True)
        raise typer.Exit(1) from lost


def _asked_to_stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the shape that signal wants
    """Seeds that are being played are played to their end, unless they were told, too; no other is begun."""
    raise KeyboardInterrupt


def _judged(told: "Report", played: "Report", *, found: dict[str, Any] | None, report: Path | None) -> int:
    """Say what is to be said beside the report, where it does not get into its way; answers the exit code."""
    from simulator.report import again  # noqa: PLC0415  # only this command needs it

    if told.was_interrupted:
        kept = "" if report is None else f" --resume {report.with_suffix('.json')} goes on from there."
        typer.echo(f"Interrupted after {len(told.runs):,} seeds.{kept}", err=True)
        return INTERRUPTED
    first = told.first_violation
    if first is not None and found is None:
        typer.echo(f"Again: cliphaven simulate {again(told, first)}", err=True)
    went_another_way = found is not None and played.runs[0].facts["trace"] != found["trace"]
    if went_another_way:
        typer.echo("Another trace than the report's: the code, or the seed, is not the same.", err=True)
    elif found is not None:
        typer.echo(f"The same trace as the report's: {found['trace'][:12]}, {found['steps']:,} steps.", err=True)
    # Few seeds cannot meet everything that is rare; many that do not are a simulator that looks away.
    missed = told.missed_marks if len(told.runs) >= MANY_SEEDS else []
    if missed:
        typer.echo(f"Never met: {', '.join(missed)}", err=True)
    return int(first is not None or went_another_way or bool(missed))


def _must_be_sound(
    *, plant: str | None, replay: Path | None, resume: Path | None, report: Path | None, write: Path | None
) -> None:
    """Refuse what would come to nothing, before hours are spent on it. Raises BadParameter."""
    from simulator.pages import has_place  # noqa: PLC0415  # only this command needs it

    if replay is not None and resume is not None:
        raise typer.BadParameter("one report is played again or gone on from, not both", param_hint="--resume")
    if plant is not None and (replay is not None or resume is not None):
        raise typer.BadParameter("the report says what was planted", param_hint="--plant")
    if plant is not None:
        _must_exist(plant)
    if report is not None and not report.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {report.parent}", param_hint="--report")
    if write is not None and not (write.is_file() and has_place(write, "run")):
        raise typer.BadParameter(f"{write} is no page with a place for a run", param_hint="--write")


def _kept(option: str, file: Path) -> dict[str, Any]:
    """What a report says. Raises BadParameter for a file that is none."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} cannot be read: {error}", param_hint=option) from error
    if not isinstance(found, dict) or KEPT - found.keys() or not found["seeds"]:
        raise typer.BadParameter(f"{file} is no report of a run: --report writes them", param_hint=option)
    return found


def _one_of(before: dict[str, Any], seed: int | None) -> dict[str, Any]:
    """The seed of a report that was asked for, or the first in which something was wrong, or the first."""
    if seed is None:
        found: dict[str, Any] = before["first_violation"] or before["seeds"][0]
        return found
    known: dict[int, dict[str, Any]] = {facts["seed"]: facts for facts in before["seeds"]}
    if seed not in known:
        raise typer.BadParameter(f"the report has no seed {seed}", param_hint="--seed")
    return known[seed]


def _put_down(told: "Report", report: Path | None) -> None:
    """Write both files, each at once: whoever looks, or stops the run, has the one or the other whole."""
    from simulator.report import as_page  # noqa: PLC0415  # only this command needs it

    if report is None:
        return
    for ending, text in ((".json", json.dumps(told.as_json(), indent=1) + "\n"), (".html", as_page(told))):
        draft = report.with_suffix(f"{ending}.new")
        draft.write_text(text)
        draft.replace(report.with_suffix(ending))


def _must_exist(plant: str) -> None:
    """List the mistakes and exit, unless this is one of them."""
    from simulator.bugs.catalogue import BUGS  # noqa: PLC0415  # only this command needs it

    if plant not in BUGS:
        width = max(map(len, BUGS))
        typer.echo("\n".join(f"{bug.name:{width}}  {bug.what}" for bug in BUGS.values()))
        if plant != "help":
            typer.echo(f"ClipHaven: there is no mistake called {plant}; those above can be planted.", err=True)
        raise typer.Exit(0 if plant == "help" else 2)
