"""`cliphaven fraud evaluate`: how good the score is on invented clips, and what each signal earns."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cliphaven.config.commands.fraud.many_cores import answered
from cliphaven.config.commands.fraud.tables import calibration_of
from cliphaven.config.commands.schedule.progress import shown
from cliphaven.fraud.rules.calibration import Calibration
from cliphaven.fraud.rules.worlds.ablation import Earned, Lives, earned, lives_told
from cliphaven.fraud.rules.worlds.attacks import KINDS, RING, RING_DRIP
from cliphaven.fraud.rules.worlds.evaluation import Outcome, Row, Trial, row_of, tried
from cliphaven.fraud.rules.worlds.exact import ExactFound, exact_found
from cliphaven.fraud.rules.worlds.organics import HARD
from cliphaven.fraud.rules.worlds.sampling import Sampling
from cliphaven.fraud.rules.worlds.targets import HONEST, HONEST_TOGETHER, TOGETHER, Target, targets
from cliphaven.fraud.rules.worlds.together import tried_together

WAYS = (Sampling.HOURLY, Sampling.PROBED)
_BESIDE = 25
"""So many honest clips are read beside each ring: a campaign of thirty."""
_Tell = Callable[[float], None]


def evaluate(  # noqa: PLR0917  # options of a command line
    seed: Annotated[int, typer.Option(help="Another seed is another world.", min=0)] = 2,
    clips: Annotated[int, typer.Option(help="Honest clips.", min=50, max=100_000)] = 900,
    attacks: Annotated[int, typer.Option(help="Clips under each attack.", min=10, max=10_000)] = 60,
    days: Annotated[float, typer.Option(help="Of each clip.", min=8, max=60)] = 30.0,
    calibration: Annotated[Path | None, typer.Option(help="Peer tables; those of the house if not said.")] = None,
    every_way: Annotated[bool, typer.Option("--every-way", help="Also six-hourly, and without probes.")] = False,
    ablation: Annotated[bool, typer.Option("--ablation", help="What is lost without each signal instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score invented clips, honest ones and others, and say what was found, how soon and how wrongly."""
    tables = calibration_of(calibration)
    about = {"seed": seed, "clips": clips, "attacks": attacks, "days": days, "calibration": tables.id}
    if ablation:
        found = _ablated(tables, seed=seed, clips=clips, attacks=attacks, days=days)
        if as_json:
            typer.echo(json.dumps({**about, "ablation": [asdict(one) for one in found]}))
        else:
            _print_ablation(found)
        return
    ways = tuple(Sampling) if every_way else WAYS
    with shown("reading clips") as tell:
        rows = _rows(tables, ways, seed=seed, clips=clips, attacks=attacks, days=days, tell=tell)
    exact = exact_found(seed=seed, each=attacks)
    reached = targets(rows, exact)
    if as_json:
        told = {str(way): [asdict(row) for row in of] for way, of in rows.items()}
        figures = [{**asdict(one), "is_reached": one.is_reached} for one in reached]
        said = {**about, "rows": told, "exact": [asdict(one) for one in exact], "targets": figures}
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    for way, of in rows.items():
        _print_rows(way, of)
    _print_targets(reached, exact)


def _rows(
    tables: Calibration, ways: Sequence[Sampling], *, seed: int, clips: int, attacks: int, days: float, tell: _Tell
) -> dict[Sampling, list[Row]]:
    trials = [
        Trial(attack=attack, seed=seed, number=number, sampling=way, days=days)
        for way in ways
        for attack, count in [(None, clips), *((kind, attacks) for kind in KINDS)]
        for number in range(count)
    ]
    groups = _groups(seed=seed, clips=clips, attacks=attacks, days=days)
    apart = list(answered(_tried, [(trial, tables) for trial in trials], tell=lambda share: tell(share * 0.85)))
    compared = list(
        answered(_compared, [(group, tables) for group in groups], tell=lambda share: tell(0.85 + share * 0.15))
    )
    rows: dict[Sampling, list[Row]] = {}
    for way in ways:
        of_way = [(trial, one) for trial, one in zip(trials, apart, strict=True) if trial.sampling is way]
        honest = [one for trial, one in of_way if trial.attack is None]
        rows[way] = [row_of(HONEST, honest)]
        rows[way] += [row_of(kind, [one for one in honest if one.kind == kind]) for kind in HARD]
        rows[way] += [row_of(kind, [one for trial, one in of_way if trial.attack == kind]) for kind in KINDS]
    if Sampling.HOURLY in rows:
        for name, is_attack in ((TOGETHER, True), (HONEST_TOGETHER, False)):
            outcomes = [
                one
                for group, found in zip(groups, compared, strict=True)
                for trial, one in zip(group, found, strict=True)
                if (trial.attack is not None) is is_attack
            ]
            rows[Sampling.HOURLY].append(row_of(name, outcomes))
    return rows


def _groups(*, seed: int, clips: int, attacks: int, days: float) -> list[list[Trial]]:
    """Each ring beside honest clips, for as long as there are such."""
    return [
        [
            Trial(attack=kind, seed=seed, number=number, sampling=Sampling.HOURLY, days=days)
            for kind, of in ((RING_DRIP, RING), (None, _BESIDE))
            for number in range(group * of, (group + 1) * of)
        ]
        for group in range(min(attacks // RING, clips // _BESIDE))
    ]


def _tried(question: tuple[Trial, Calibration]) -> Outcome:
    return tried(*question)


def _compared(question: tuple[Sequence[Trial], Calibration]) -> list[Outcome]:
    return tried_together(*question)


def _ablated(tables: Calibration, *, seed: int, clips: int, attacks: int, days: float) -> list[Earned]:
    questions = [
        Lives(attack=attack, seed=of, number=number, days=days, ratios=tables.ratios)
        for attack, of, count in [
            (None, seed + 10_000, clips),
            (None, seed, clips),
            *((k, seed, attacks) for k in KINDS),
        ]
        for number in range(count)
    ]
    with shown("reading clips") as tell:
        told = list(zip(questions, answered(lives_told, questions, tell=tell), strict=True))
    train = [one for of, one in told if of.attack is None and of.seed != seed]
    test = [one for of, one in told if of.attack is None and of.seed == seed]
    bought = {kind: [one for of, one in told if of.attack == kind] for kind in KINDS}
    return earned(tables, train=train, test=test, bought=bought)


def _print_rows(way: Sampling, rows: Iterable[Row]) -> None:
    table = Table(title=f"Read {way}", title_justify="left")
    for name in (
        "",
        "clips",
        "readings",
        "flagged",
        "95 % between",
        "hours: median",
        "p90",
        "unpaid",
        "since onset",
        "by",
    ):
        table.add_column(name, justify="left" if name in ("", "by") else "right")
    for row in rows:
        table.add_row(
            row.kind,
            f"{row.clips:,}",
            f"{row.readings_mean:.0f}",
            f"{100 * row.share:.1f} %",
            f"{100 * row.share_from:.1f} – {100 * row.share_to:.1f} %",
            _number(row.hours_median, 1),
            _number(row.hours_p90, 1),
            _number(row.unpaid, 3),
            _number(row.covered, 3),
            ", ".join(f"{name} {count}" for name, count in list(row.strongest.items())[:3]),
        )
    Console().print(table)


def _print_targets(found: Iterable[Target], exact: Iterable[ExactFound]) -> None:
    table = Table(title="To reach", title_justify="left")
    for name in ("", "read", "measured", "limit", ""):
        table.add_column(name, justify="right" if name in ("measured", "limit") else "left")
    for one in found:
        limit = f"{'≥' if one.at_least else '≤'} {one.limit:g}"
        table.add_row(one.name, one.sampling, _number(one.value, 3), limit, "reached" if one.is_reached else "missed")
    Console().print(table)
    for one_exact in exact:
        typer.echo(f"{one_exact.kind}: {one_exact.found} of {one_exact.planted} found, {one_exact.wrong} wrongly")


def _print_ablation(found: Iterable[Earned]) -> None:
    rows = list(found)
    table = Table(title="Without a signal, at 1 % of honest clips each time", title_justify="left")
    kinds = list(rows[0].recall) if rows else []
    for name in ("without", "T₁", "honest", *kinds, "mean"):
        table.add_column(name, justify="left" if name == "without" else "right")
    for row in rows:
        recall = [f"{row.recall[kind]:.2f}" for kind in kinds]
        table.add_row(row.without or "nothing", f"{row.hold_from:.2f}", f"{row.honest:.3f}", *recall, f"{row.mean:.3f}")
    Console().print(table)


def _number(figure: float | None, digits: int) -> str:
    return "–" if figure is None else f"{figure:,.{digits}f}"
