"""The peer tables that a command works with: those that were named, or those that come with the house."""

from pathlib import Path

import typer

from cliphaven.fraud.rules.calibration import BadCalibration, Calibration, parsed, shipped


def calibration_of(file: Path | None) -> Calibration:
    """The calibration in a file; without one the one that is shipped. A bad file ends the command with exit code 2."""
    if file is None:
        return shipped()
    try:
        return parsed(file.read_text(encoding="utf-8"))
    except (BadCalibration, OSError, UnicodeDecodeError) as bad:
        said = bad if isinstance(bad, BadCalibration) else f"{file} cannot be read."
        typer.echo(str(said), err=True)
        raise typer.Exit(2) from bad
