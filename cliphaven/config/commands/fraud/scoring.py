"""`cliphaven fraud score`: how far the clips of a file are doubted, and why."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cliphaven.config.commands.fraud import observations
from cliphaven.config.commands.fraud.tables import calibration_of
from cliphaven.fraud.rules.across.lockstep import in_step, lockstep
from cliphaven.fraud.rules.calibration import Calibration
from cliphaven.fraud.rules.scoring import Score, response_to, score
from cliphaven.fraud.rules.series import Series

COMPARED_MAX = 500
"""Clips of one source and platform that are compared with one another at most."""
_SHOWN = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A clip of the file with its score."""

    series: Series
    as_of: datetime
    score: Score


def scored(
    clips: Iterable[Series], calibration: Calibration, *, at: datetime | None = None, compared: bool = True
) -> list[Scored]:
    """Every clip's score as of `at`, or of its last reading; compared with the others of its platform in the file, if
    these are no more than `COMPARED_MAX`."""
    known = [clip for clip in clips if at is None or any(one.at <= at for one in clip.snapshots)]
    groups: dict[tuple[str, str], list[Series]] = {}
    for clip in known:
        groups.setdefault((clip.clip.rpartition("/")[0], clip.platform), []).append(clip)
    found = []
    for group in groups.values():
        latest = at or max(one.at for clip in group for one in clip.snapshots)
        pairs = lockstep(group, now=latest) if compared and 1 < len(group) <= COMPARED_MAX else []
        for clip in group:
            as_of = at or max(one.at for one in clip.snapshots)
            together = in_step(clip.clip, pairs, among=len(group))
            across = () if together is None else (together,)
            found.append(
                Scored(series=clip, as_of=as_of, score=score(clip, calibration=calibration, now=as_of, across=across))
            )
    return sorted(found, key=lambda one: (-one.score.value, one.series.clip, one.series.platform))


def score_file(  # noqa: PLR0917  # options of a command line
    file: Annotated[Path, typer.Option("--observations", help="Parquet, CSV or CSV.gz with a row for each reading.")],
    calibration: Annotated[Path | None, typer.Option(help="Peer tables; those of the house if not said.")] = None,
    at: Annotated[datetime | None, typer.Option(help="As of this moment, UTC; else each clip's last reading.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only rows of this source; may be repeated.")] = None,
    compare: Annotated[bool, typer.Option(help="Look for clips whose views move in step.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score every clip of a file, with reasons. The same file is the same answer, to the byte."""
    tables = calibration_of(calibration)
    moment = None if at is None else at.replace(tzinfo=UTC)
    try:
        found = scored(observations.read(file, sources=source or []), tables, at=moment, compared=compare)
    except observations.UnreadableObservations as unreadable:
        typer.echo(str(unreadable), err=True)
        raise typer.Exit(2) from unreadable
    if as_json:
        typer.echo(json.dumps(_as_json(found, tables), ensure_ascii=False))
    else:
        _as_table(found, tables)


def _as_json(found: list[Scored], tables: Calibration) -> dict[str, object]:
    return {
        "calibration": tables.id,
        "hold_from": tables.hold_from,
        "release_below": tables.release_below,
        "clips": [
            {
                "clip": one.series.clip,
                "platform": one.series.platform,
                "as_of": one.as_of.isoformat(),
                "score": one.score.value,
                "band": response_to(one.score.value, tables),
                "level": one.score.level,
                "onset_at": one.score.onset_at and one.score.onset_at.isoformat(),
                "reasons": [
                    {
                        "signal": reason.signal,
                        "strength": reason.strength,
                        "one_in": reason.one_in,
                        "sentence": reason.sentence,
                        "since_at": reason.since_at and reason.since_at.isoformat(),
                        "evidence": dict(reason.evidence),
                    }
                    for reason in one.score.reasons
                ],
                "strengths": one.score.strengths,
                "version": one.score.version,
                "input_sha256": one.score.input_digest,
            }
            for one in found
        ],
    }


def _as_table(found: list[Scored], tables: Calibration) -> None:
    held = sum(1 for one in found if one.score.value >= tables.hold_from)
    table = Table(
        title=f"{len(found):,} clips, {held:,} of them doubted (score {tables.hold_from:g} and more)",
        title_justify="left",
    )
    for name in ("clip", "score", "", "why"):
        table.add_column(name, justify="right" if name == "score" else "left")
    for one in found[:_SHOWN]:
        why = "\n".join(reason.sentence for reason in one.score.reasons) or "nothing is strange about it"
        table.add_row(one.series.clip, f"{one.score.value:.2f}", response_to(one.score.value, tables), why)
    Console().print(table)
    if len(found) > _SHOWN:
        Console().print(f"{len(found) - _SHOWN:,} more with lower scores; --json prints all.")
