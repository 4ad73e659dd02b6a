"""`cliphaven fraud backtest`: what other thresholds would have held of a history, before anybody sets them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cliphaven.config.commands.fraud import observations
from cliphaven.config.commands.fraud.tables import calibration_of
from cliphaven.fraud.rules.backtesting import Compared, Fate, Setting, compared
from cliphaven.fraud.rules.scoring import KEPT
from cliphaven.fraud.rules.signals.found import Signal

_SHOWN = 40


def backtest(  # noqa: PLR0917  # options of a command line
    file: Annotated[Path, typer.Option("--observations", help="Parquet, CSV or CSV.gz with a row for each reading.")],
    hold_from: Annotated[float | None, typer.Option(help="T₁ to try; the calibration's if not said.", min=0)] = None,
    release_below: Annotated[float | None, typer.Option(help="T₀ to try; likewise.", min=0)] = None,
    without: Annotated[list[Signal] | None, typer.Option(help="A signal to switch off; may be repeated.")] = None,
    cpm: Annotated[int, typer.Option(help="Cents that a thousand views earn.", min=1, max=10**6)] = 100,
    calibration: Annotated[Path | None, typer.Option(help="Peer tables; those of the house if not said.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only rows of this source; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Replay a history with the thresholds in force and with changed ones: clips, creators and money affected."""
    tables = calibration_of(calibration)
    now = Setting(hold_from=tables.hold_from, release_below=tables.release_below)
    then = Setting(
        hold_from=tables.hold_from if hold_from is None else hold_from,
        release_below=tables.release_below if release_below is None else release_below,
        signals=KEPT - frozenset(without or []),
    )
    try:
        found = compared(observations.read(file, sources=source or []), calibration=tables, now=now, then=then)
    except observations.UnreadableObservations as unreadable:
        typer.echo(str(unreadable), err=True)
        raise typer.Exit(2) from unreadable
    figures = {
        "calibration": tables.id,
        "clips": len(found),
        "now": {"hold_from": now.hold_from, "release_below": now.release_below, **_sums(found, _now, cpm)},
        "then": {"hold_from": then.hold_from, "release_below": then.release_below, **_sums(found, _then, cpm)},
        "newly_held": [one.clip for one in found if one.now.held_at is None and one.then.held_at is not None],
        "no_longer_held": [one.clip for one in found if one.now.held_at is not None and one.then.held_at is None],
    }
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        _print(found, cpm)


def _now(one: Compared) -> Fate:
    return one.now


def _then(one: Compared) -> Fate:
    return one.then


def _sums(found: Sequence[Compared], fate: Callable[[Compared], Fate], cpm: int) -> dict[str, int]:
    held = [one for one in found if fate(one).held_at is not None]
    return {
        "clips_held": len(held),
        "creators_held": len({one.creator or one.clip for one in held}),
        "views_held": sum(fate(one).views_held for one in held),
        "cents_held": sum(_cents(fate(one).views_held, cpm) for one in held),
        "clips_released": sum(1 for one in held if fate(one).is_released),
    }


def _cents(views: int, cpm: int) -> int:
    return (views * cpm + 500) // 1000


def _print(found: Sequence[Compared], cpm: int) -> None:
    table = Table(title=f"{len(found):,} clips at {cpm} cents a thousand views", title_justify="left")
    for name in ("", "now", "then"):
        table.add_column(name, justify="left" if not name else "right")
    now, then = _sums(found, _now, cpm), _sums(found, _then, cpm)
    for name, figure in now.items():
        table.add_row(name.replace("_", " "), f"{figure:,}", f"{then[name]:,}")
    console = Console()
    console.print(table)
    changed = [one for one in found if (one.now.held_at is None) != (one.then.held_at is None)]
    for one in changed[:_SHOWN]:
        held = one.then.held_at is not None
        console.print(
            f"{one.clip}: {'would be held' if held else 'would not be held'} (score up to {one.then.highest:.2f})"
        )
    if len(changed) > _SHOWN:
        console.print(f"{len(changed) - _SHOWN:,} more change; --json names all.")
